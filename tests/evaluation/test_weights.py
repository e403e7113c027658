"""Weights of indicators: shares of the contributions, over versions, and whether values drift."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from handmade import ROOT
from small_runs import make_bundle

from riskml.core.configuration import read_text
from riskml.core.workspace import Workspace
from riskml.evaluation.weights import _indicator, _version, weigh
from riskml.training.bundle import ModelBundle
from riskml.training.settings import parse_training

TRAINING = read_text(ROOT / "models" / "yunnan" / "training.yaml")
NAMES = ("penalty_count_365d", "fine_amount", "complaint_count_365d")
DIMENSION = dict.fromkeys(NAMES[:2], "supervision") | {NAMES[2]: "social"}


def test_a_weight_is_the_share_of_mean_absolute_contributions_without_the_base() -> None:
    contributions = np.array([[3.0, -1.0, 0.0, 99.0], [-3.0, 1.0, 0.0, 99.0], [0.0, -1.0, 2.0, 99.0]])
    bundle = SimpleNamespace(
        columns=NAMES, contributions=lambda rows: contributions, digest="d", facts={"as_of": "2026-10-31"}
    )
    found = _version(bundle, pd.DataFrame(0.0, index=range(3), columns=NAMES), DIMENSION)
    assert found.indicators == pytest.approx(dict(zip(NAMES, (6 / 11, 3 / 11, 2 / 11), strict=True)))
    assert found.dimensions == pytest.approx({"supervision": 9 / 11, "social": 2 / 11})


@pytest.mark.parametrize(
    ("history", "lasting"),
    [
        ((0.5,), None),
        ((None, 0.0), None),  # one version only has it
        ((0.0, 0.0009), False),
        ((0.0009, 0.001), True),
        ((0.2, None, 0.0), True),  # once it weighed
    ],
)
def test_an_indicator_lasts_where_it_weighed_in_some_version_of_two(
    history: tuple[float | None, ...], lasting: bool | None
) -> None:
    subject = values(np.zeros(1), np.zeros(1))
    assert _indicator("x", "supervision", history, subject).lasting is lasting


def values(before: np.ndarray | None, after: np.ndarray) -> SimpleNamespace:
    """A subject with these values of x in the learning period (None: no sample of it) and in the test period."""
    population = None if before is None else pd.DataFrame({"x": before})
    data = SimpleNamespace(population=population, builder=SimpleNamespace(system=SimpleNamespace(categories={})))
    return SimpleNamespace(data=data, registered=pd.DataFrame({"x": after}))


def test_values_that_moved_by_half_drift_and_the_same_do_not() -> None:
    before = np.arange(1000.0)
    moved = _indicator("x", "supervision", (1.0,), values(before, before + 500))
    assert moved.drift is not None
    assert moved.drift.index > 1
    assert moved.drift.much
    same = _indicator("x", "supervision", (1.0,), values(before, before))
    assert same.drift is not None
    assert same.drift.index == 0
    assert not same.drift.much


def test_a_move_that_chance_explains_is_no_drift() -> None:
    found = _indicator("x", "supervision", (1.0,), values(np.arange(20.0), np.arange(20.0) + 10))
    assert found.drift is not None
    assert found.drift.index > 0.25  # beyond the usual limit, yet of twenty enterprises
    assert not found.drift.much


def test_what_was_never_known_and_now_is_has_drifted() -> None:
    found = _indicator("x", "supervision", (1.0,), values(np.full(1000, np.nan), np.arange(1000.0)))
    assert found.drift is not None
    assert found.drift.much
    assert found.drift.unknown is not None
    assert (found.drift.unknown.before, found.drift.unknown.now) == (1, 0)
    assert found.drift.present is None


@pytest.mark.parametrize(("before", "after"), [(None, np.arange(9.0)), (np.array([np.nan]), np.full(9, np.nan))])
def test_without_values_to_compare_drift_is_not_known(before: np.ndarray | None, after: np.ndarray) -> None:
    assert _indicator("x", "supervision", (1.0,), values(before, after)).drift is None


@pytest.fixture(scope="module")
def used() -> ModelBundle:
    return replace(make_bundle(), training_yaml=TRAINING)


def logged(workspace: Workspace, number: int, bundle: ModelBundle) -> None:
    """Log and register a version, the higher numbers later."""
    bundle.save(workspace.mlruns / "artifacts" / f"run{number}" / "artifacts" / "bundle")
    name = parse_training(bundle.training_yaml, "training.yaml").name
    workspace.ledger.append("model", {"model": name, "bundle": bundle.digest, "run_id": f"run{number}"})


def subject_of(bundle: ModelBundle) -> SimpleNamespace:
    random = np.random.default_rng(1)
    everyone = pd.DataFrame({name: random.gamma(2, 2, 60) for name in bundle.columns})
    columns = [SimpleNamespace(name=name, dimension=DIMENSION[name]) for name in bundle.columns]
    system = SimpleNamespace(columns=columns, categories={})
    return SimpleNamespace(
        bundle=bundle,
        registered=everyone,
        data=SimpleNamespace(population=None, builder=SimpleNamespace(system=system)),
    )


def test_versions_are_the_model_s_own_oldest_first_with_the_one_in_use_last(used: ModelBundle, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    industry = TRAINING.replace("scheme: yunnan", "scheme: yunnan\nindustry: tourism").replace(
        "cohort:\n", "cohort:\n  industries: [H61]\n", 1
    )
    logged(workspace, 1, replace(used, facts={"as_of": "2024-10-31"}))
    logged(workspace, 2, replace(used, facts={"as_of": "2025-10-31"}))
    logged(
        workspace,
        3,
        replace(used, facts={"as_of": "2026-01-31"}, training_yaml=TRAINING.replace("yunnan", "xinjiang", 1)),
    )
    logged(workspace, 4, replace(used, facts={"as_of": "2026-02-28"}, training_yaml=industry))
    logged(workspace, 5, replace(used, facts={"as_of": "2026-03-31"}, columns=("gone", *used.columns[1:])))
    logged(workspace, 6, used)
    logged(workspace, 7, used)
    found = weigh(subject_of(used), workspace)
    assert [one.as_of for one in found.versions] == ["2024-10-31", "2025-10-31", used.facts["as_of"]]
    assert all(one.lasting for one in found.indicators)
    assert [len(one.history) for one in found.indicators] == [3, 3, 3]


def test_indicators_come_by_weight_and_their_weights_are_those_of_the_model_in_use(
    used: ModelBundle, tmp_path: Path
) -> None:
    subject = subject_of(used)
    found = weigh(subject, Workspace(tmp_path))
    (version,) = found.versions
    weights = [one.history[-1] for one in found.indicators]
    assert weights == sorted(version.indicators.values(), reverse=True)
    assert sum(version.indicators.values()) == pytest.approx(1)
    everyone = np.abs(used.contributions(subject.registered))[:, :-1].mean(axis=0)
    assert found.indicators[0].name == used.columns[int(everyone.argmax())]
    assert version.dimensions["social"] == version.indicators["complaint_count_365d"]
