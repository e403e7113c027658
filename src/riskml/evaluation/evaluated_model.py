"""What is evaluated: the model in use, with the rows it was trained on and those it has never seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.refits import Refits, refits_of
from riskml.features.matrix import read_matrix
from riskml.lifecycle.candidates import candidate_settings
from riskml.lifecycle.out_of_time import grade_visits
from riskml.lifecycle.search_settings import with_values
from riskml.lifecycle.training_data import TrainingData, read_training_data
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.conduct import band_scores
from riskml.training.model import Model, load_model
from riskml.training.population import population_sample
from riskml.training.registry import Registry
from riskml.training.settings import TrainingSettings, parse_training

Floats = NDArray[np.float64]

FOLLOWED_ENTERPRISES, FOLLOWED_MONTHS = 3_000, 6
"""Enterprises that are scored month after month, and for how many months."""


@dataclass(frozen=True)
class EvaluatedModel:
    """A model and its data.

    Parameters
    ----------
    visits
        The test part's rows of the cohort, n rows: random draws later than all the model has seen.
    indicators, outcome, score, risk, grade
        Of the visits, n rows each; the grade with the scheme's rules, as of the day before the visit.
    registered
        A sample of the province in the test period, inspected or not: ``enterprise_id``, ``as_of`` and indicators.
    followed
        A smaller sample at each of the last month-ends of the test period, with ``score`` and ``grade``.
    records_changed
        Whether records arrived since the model was trained.
    """

    bundle: ModelBundle
    scheme: Scheme
    data: TrainingData
    visits: pd.DataFrame
    indicators: pd.DataFrame
    outcome: NDArray[np.int64]
    score: Floats
    risk: Floats
    grade: list[str]
    registered: pd.DataFrame
    followed: pd.DataFrame
    records_changed: bool

    @cached_property
    def refits(self) -> Refits:
        """How it is fitted again, where that is asked for."""
        return refits_of(self.bundle)

    @property
    def enterprise(self) -> NDArray[np.object_]:
        """The visits' enterprises, shape (n,)."""
        return self.visits["enterprise_id"].to_numpy(dtype=object)


def read_evaluated_model(
    workspace: Workspace, scheme_name: str, on_progress: Progress, version: int | None = None
) -> EvaluatedModel:
    """Read a model of the scheme and the records as they were known on the day it was trained.

    Its indicators, effect periods and settings are those of its bundle, whatever was edited since.

    Parameters
    ----------
    version
        Which registered version; the model in use where None.

    Raises
    ------
    ConfigurationError
        Where there is no model yet, or no such version.
    """
    model = load_model(workspace, scheme_name) if version is None else load_version(workspace, scheme_name, version)
    bundle = model.bundle
    scheme = load_policy(workspace, scheme_name).scheme
    settings = trained_settings(bundle, f"{workspace.bundle(scheme_name)}/training.yaml")
    as_of = date.fromisoformat(bundle.facts["as_of"])
    among = scheme.graded_sql(settings.cohort.industries)
    data = read_training_data(
        workspace, settings, as_of, on_progress, among=among, with_population=True,
        indicators=(model.system, model.trained_periods),
    )  # fmt: skip
    registered, followed = _samples(data, among, on_progress)
    test = data.split.test
    visits, indicators = data.cohort[test], data.matrix[test]
    margin = bundle.margin(indicators)
    score = bundle.score(margin)
    followed["score"] = bundle.score(bundle.margin(followed[list(bundle.columns)]))
    followed["grade"] = grade_visits(data.builder, followed, band_scores(model, scheme, followed), scheme)
    return EvaluatedModel(
        bundle=bundle,
        scheme=scheme,
        data=data,
        visits=visits,
        indicators=indicators,
        outcome=data.outcome[test],
        score=score,
        risk=bundle.risk(margin),
        grade=grade_visits(data.builder, visits, band_scores(model, scheme, indicators), scheme),
        registered=registered,
        followed=followed,
        records_changed=bundle.facts["data_hash"] != data.builder.store.digest,
    )


def load_version(workspace: Workspace, scheme: str, version: int) -> Model:
    """A registered version of the scheme's model; raises as `riskml.training.registry.Registry`."""
    registry = Registry(workspace.root, scheme)
    return Model(registry.load(registry.version(version)))


def trained_settings(bundle: ModelBundle, name: str) -> TrainingSettings:
    """The settings a model was trained with: those of its training.yaml, with what tuning and the choice of a candidate
    put in their place.

    Parameters
    ----------
    name
        What the training.yaml is called in a ConfigurationError.
    """
    settings = parse_training(bundle.training_yaml, name)
    tuning = bundle.facts.get("tuning")
    if tuning:
        settings = with_values(settings, tuning["best_settings"])
    chosen = bundle.facts.get("candidates")
    return candidate_settings(settings, chosen["candidate"]) if chosen else settings


def _samples(data: TrainingData, among: str, on_progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two samples of the test period, of those graded, with their indicators, computed in one pass."""
    split, builder = data.split, data.builder
    builder.store.open_views(builder.connection)
    keys = ["enterprise_id", "as_of"]
    sample = population_sample(
        builder.connection, builder.periods, split.test_from, split.test_until, visits=0, among=among
    )
    ends = [end.date() for end in pd.date_range(end=split.test_until, periods=FOLLOWED_MONTHS, freq="ME")]
    # Those registered before the first month-end: each was there in all months, or has left since.
    there = sample[pd.to_datetime(sample["as_of"]) <= pd.Timestamp(ends[0])]["enterprise_id"].head(FOLLOWED_ENTERPRISES)
    months = pd.DataFrame([(one, end) for end in ends for one in there], columns=keys)
    builder.pairs(pd.concat([sample, months]))
    computed = read_matrix(builder, on_progress)
    registered = sample.merge(computed, on=keys, how="left")
    followed = months.merge(computed, on=keys, how="left")
    return registered, followed
