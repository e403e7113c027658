"""The usual way is an independent reading of the same definitions: it agrees with the product, indicator by indicator
and grade by grade.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade import Province, Rows
from provinces import T, loaded_province, silent
from small_runs import put_in_use

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.evidence import columns_behind, evidence_sql
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import IndicatorSystem, load_system
from riskml.lab.naive.features import all_indicators, matrix
from riskml.lab.naive.judging import RULES
from riskml.lab.naive.pipeline import Stages, run_naive
from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet
from riskml.records.effect_periods import load_effect_periods
from riskml.runs.result import RunResult
from riskml.runs.score import score
from riskml.training.model import load_model

ALIKE = 0.998
"""The last bit of a value that each side divides or adds up in its own order may fall on the other side of a tree's
threshold.
"""

WHOLE = ("count", "open", "distinct", "days_since")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def workspace(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A smaller province, with the model of the one that is shared."""
    made = loaded_province(tmp_path_factory.mktemp("naive") / "workspace", 3000, 3, 48, date(2026, 11, 1))
    put_in_use(made, load_model(Workspace(trained), "yunnan").bundle)
    ids = sorted(Records(Province(made.root).store, pd.Timestamp(T)).registered["enterprise_id"])
    loaded = Province(made.root).receive(seldom(ids))
    assert not loaded.faults
    return made


def seldom(ids: list[str]) -> Rows:
    """What the simulation never or hardly makes: values left open, edges of periods, parts revoked, ends learnt of
    later, Art. 15 (3).
    """
    draw = np.random.default_rng(5)

    def some(*values: Any) -> Any:
        return values[draw.integers(len(values))]

    days = (
        "2023-10-31",
        "2023-11-01",
        "2025-10-31",
        "2025-11-01",
        "2026-07-31",
        "2026-08-01",
        "2026-08-03",
        "2026-10-31",
    )
    rows: Rows = {
        "inspection": [
            {"event_date": some(*days), "kind": some("random", "routine", "targeted", "complaint_led", "follow_up"),
             "domain": None,
             "result": some(None, "no_problem", "problem", "serious_problem"), "problems": some(None, 0, 3),
             "serious_problems": some(None, 0, 2)}
            for _ in range(400)
        ],
        "penalty": [
            {"event_date": some(*days), "severity": some("warning", "minor", "moderate", "serious"),
             "kind": some("fine", "closure"),
             "domain": some(None, "food"), "market_supervision": some(None, "true", "false"), "fine": some(None, "1.5"),
             "confiscated": None,
             "publicised_date": some(None, *days[3:]), "restricted_until": some(None, None, "2026-10-31", "2026-12-01")}
            for _ in range(600)
        ],
        "opinion": [
            {"event_date": some(*days), "sentiment": some("negative", "negative", "positive"),
             "attention": some("high", "high", "normal"),
             "effect": some("serious", "serious", "minor")}
            for _ in range(300)
        ],
        "serious_listing": [
            {"start_date": "2024-01-01", "end_date": some(None, "2025-10-31", "2025-11-01", "2026-10-31"),
             "list_kind": some("tax", "market_supervision"),
             "end_known_date": some(None, "2026-10-31", "2026-11-01")}
            for _ in range(60)
        ],
        "honour": [{"event_date": some(*days), "level": some("provincial", "municipal"),
        "expiry_date": some(None, "2026-10-31", "2027-01-01")}
                   for _ in range(60)],
    }  # fmt: skip
    for table, entries in rows.items():
        for number, entry in enumerate(entries):
            entry |= {"record_id": f"S-{table}-{number:04}", "enterprise_id": ids[draw.integers(len(ids))]}
            entry["known_date"] = None
            if entry.get("end_date") is None:
                entry.pop("end_known_date", None)
    rows["amendment"] = [
        {"record_id": f"S-A-{table}-{number}", "event_date": day, "known_date": None, "of_table": table,
         "of_record": f"S-{table}-{number:04}", "kind": kind,
         "part": part, "replaced_by": None}
        for number in range(0, 60, 3)
        for table, kind, part, day in (
            ("penalty", "partly_revoked", some("fine", "market_supervision", "domain"),
             some("2026-10-31", "2026-11-01")),
            ("inspection", "partly_revoked", some("result", "problems"), "2026-09-01"),
            ("opinion", some("repaired", "misjudged"), None, some("2026-10-31", "2026-11-01")),
        )
    ]  # fmt: skip
    return rows


def test_every_indicator_equals_the_products(workspace: Workspace) -> None:
    system, builder = built(workspace, T)
    product = read_matrix(builder, silent).set_index("enterprise_id").sort_index()
    usual = matrix(sheet_of(workspace, T), [column.name for column in system.columns])
    assert list(usual.index) == list(product.index)
    for column in system.columns:
        found, expected = usual[column.name].to_numpy(), product[column.name].to_numpy()
        assert (np.isnan(found) == np.isnan(expected)).all(), column.name
        assert found == pytest.approx(expected, rel=0 if column.indicator.measure in WHOLE else 1e-6, nan_ok=True), (
            column.name
        )
        assert product[column.name].nunique() > 1, f"{column.name} tells nothing here: the comparison would be empty"


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 11, 30), date(2025, 12, 31), date(2026, 6, 30)])
def test_at_earlier_month_ends_too(workspace: Workspace, as_of: date) -> None:
    """Before and after the repair rules of 2025-12-25 and 2026-04-01, at a leap day, and on the day reports are due."""
    system, builder = built(workspace, as_of)
    product = read_matrix(builder, silent).set_index("enterprise_id").sort_index()
    names = [column.name for column in system.columns]
    pd.testing.assert_frame_equal(matrix(sheet_of(workspace, as_of), names), product[names], rtol=1e-6)


def test_the_records_behind_every_indicator_are_the_products(workspace: Workspace) -> None:
    system, builder = built(workspace, T)
    sheet = sheet_of(workspace, T)
    registered = set(sheet.enterprises)
    for column in system.columns:
        usual = {
            pair for pair in sheet.evidence[column.name]().itertuples(index=False, name=None) if pair[0] in registered
        }
        product = set()
        for behind in columns_behind(system, column):
            rows = builder.connection.sql(evidence_sql(behind, "all_entity_dates", builder.periods)).to_arrow_table()
            product |= set(zip(rows["enterprise_id"].to_pylist(), rows["record_id"].to_pylist(), strict=True))
        assert usual == product, column.name


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> RunResult:
    return score(workspace, "yunnan", T, silent)


@pytest.fixture(scope="module")
def usual(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Stages, Path]:
    folder = tmp_path_factory.mktemp("usual")
    bundle = load_model(workspace, "yunnan").bundle
    return run_naive(Province(workspace.root).store, bundle, pd.Timestamp(T), folder, 10_000_000), folder


def test_every_grade_and_rule_equals_the_runs(run: RunResult, usual: tuple[Stages, Path]) -> None:
    grades, rules = (pd.read_parquet(run.folder / name) for name in ("grades", "rules"))
    theirs = (
        pd.read_parquet(usual[1] / "grades.parquet")
        .set_index("enterprise_id")
        .loc[grades["enterprise_id"]]
        .reset_index()
    )
    same = ["band", "grade", "decided_by", "pending", "rules"]
    for name in same:
        assert [_plain(one) for one in theirs[name]] == [_plain(one) for one in grades[name]], name
    same_scores = np.isclose(theirs["score"], grades["score"], rtol=1e-9) & np.isclose(
        theirs["risk"], grades["risk"], rtol=1e-9
    )
    assert same_scores.mean() > ALIKE
    fired = pd.read_parquet(usual[1] / "rules.parquet")
    keys = ["enterprise_id", "rule"]
    assert _fired(fired.sort_values(keys)) == _fired(rules.sort_values(keys))
    # Nobody in a simulated province has one of the posts of enterprises that are no companies, and a case that only
    # waits decides nothing.
    there = {*RULES} - {"dishonest_responsible_person"}
    assert set(fired["rule"]) == there
    assert set(grades["decided_by"]) <= {*there, "band"} - {"serious_negative_effect"}


def test_every_reason_and_contribution_equals_the_runs(run: RunResult, usual: tuple[Stages, Path]) -> None:
    ours = pd.read_parquet(run.folder / "contributions").set_index("enterprise_id").drop(columns="base")
    shap = pd.read_parquet(usual[1] / "contributions.parquet").set_index("enterprise_id").loc[ours.index, ours.columns]
    alike = (ours - shap).abs().max(axis=1) < 1e-9
    assert alike.mean() > ALIKE
    product, theirs = pd.read_parquet(run.folder / "reasons"), pd.read_parquet(usual[1] / "reasons.parquet")
    product, theirs = (one[one["enterprise_id"].isin(ours.index[alike])] for one in (product, theirs))
    keys = ["enterprise_id", "raised", "rank"]
    product, theirs = (
        one.assign(raised=one["points"] > 0).sort_values(keys).reset_index(drop=True) for one in (product, theirs)
    )
    assert product[keys].equals(theirs[keys].astype(product[keys].dtypes))
    assert list(product["indicator"]) == list(theirs["indicator"])
    assert theirs["points"].to_numpy() == pytest.approx(product["points"].to_numpy(), rel=1e-6)
    assert theirs["evidence"].notna().mean() > 0.5


def test_what_goes_row_by_row_is_scaled_up_from_a_sample_and_said_so(
    workspace: Workspace, usual: tuple[Stages, Path], tmp_path: Path
) -> None:
    bundle = load_model(workspace, "yunnan").bundle
    stages = run_naive(Province(workspace.root).store, bundle, pd.Timestamp(T), tmp_path, 100)
    assert (stages.enterprises, stages.measured) == (usual[0].enterprises, 100)
    assert set(stages.seconds) == set(usual[0].seconds)
    assert usual[0].extrapolated == set()
    assert stages.extrapolated == {"contributions", "scores", "grades", "reasons", "evidence, listing it", "writing"}
    assert len(pd.read_parquet(tmp_path / "grades.parquet")) == 100


def test_a_stage_on_a_sample_is_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 2.0, 2.0, 5.0])
    monkeypatch.setattr("riskml.lab.naive.pipeline.time.perf_counter", lambda: next(ticks))
    stages = Stages(enterprises=1000, measured=100)
    with stages.row_by_row("a"):
        pass
    with stages.whole("a"):
        pass
    assert stages.seconds == {"a": 20.0 + 3.0}


def built(workspace: Workspace, as_of: date) -> tuple[IndicatorSystem, MatrixBuilder]:
    system, periods = load_system(workspace.features), load_effect_periods(workspace.features / "effect_periods.yaml")
    builder = MatrixBuilder(connect(workspace.spill), Province(workspace.root).store, system, periods)
    builder.ask_registered(as_of)
    return system, builder


def sheet_of(workspace: Workspace, as_of: date) -> Sheet:
    return all_indicators(Records(Province(workspace.root).store, pd.Timestamp(as_of)))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, np.ndarray) else value


def _fired(rows: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    return [(one.enterprise_id, one.rule, list(one.evidence)) for one in rows.itertuples()]
