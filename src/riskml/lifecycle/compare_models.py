"""A challenger beside the champion: on the same later random draws that neither has seen, and over everyone
registered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import norm

from riskml.core.errors import RunError
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.lifecycle.out_of_time import grade_visits
from riskml.lifecycle.reference import reference_population
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.store import RecordStore, open_store
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.cohort import read_cohort
from riskml.training.conduct import band_scores
from riskml.training.evaluation import Z95, Difference, Evaluation, evaluate, paired_difference
from riskml.training.model import Model
from riskml.training.parity import GroupParity, group_parity
from riskml.training.promotion_limits import ATTRIBUTES, Comparison
from riskml.training.settings import Cohort, TrainingSettings
from riskml.training.splits import MIN_POSITIVES

GROUPS_SQL = (
    "coalesce(left(division, 4), '?') AS region, coalesce(kind, '?') AS ownership, "
    "CASE WHEN registered_capital IS NULL THEN '?' WHEN registered_capital < 100 THEN '<100' "
    "WHEN registered_capital < 1000 THEN '100–1000' ELSE '≥1000' END AS size"
)
"""What enterprises are grouped by (`ATTRIBUTES`), over the registration; capital in 10,000 yuan."""


@dataclass(frozen=True)
class _Rows:
    """The visits and everyone registered on `day`, with the indicators of a model."""

    builder: MatrixBuilder
    visits: pd.DataFrame
    day: date
    matrix: pd.DataFrame
    registered: pd.DataFrame


@dataclass(frozen=True)
class _Judged:
    """One model's scores and grades of the visits, and grades of the population by enterprise."""

    scores: NDArray[np.float64]
    grades: list[str]
    population: pd.Series


def compare(
    workspace: Workspace,
    settings: TrainingSettings,
    champion: ModelBundle,
    challenger: ModelBundle,
    on_progress: Progress,
) -> Comparison:
    """Compare two bundles, both under the policy in force.

    The visits are those of the kinds in ``judge_on`` that are later than all that either model was fitted or calibrated
    on. Where too few of them found a problem, as when the champion was trained on later records, each model keeps the
    figures of its own test part and the difference is that of two independent figures; the challenger's grades and
    parity are then of its own test visits.

    Raises
    ------
    RunError
        Where even the challenger's own later visits are too few.
    """
    policy = load_policy(workspace, settings.scheme)
    scheme, periods = policy.graded_by(settings.industry), policy.periods
    among = scheme.graded_sql(settings.cohort.industries)
    store, connection = open_store(workspace.records), connect(workspace.spill)
    store.open_views(connection)
    day = max(date.fromisoformat(bundle.facts["as_of"]) for bundle in (champion, challenger))
    cohort = read_cohort(connection, settings, periods, day, among=among)
    cohort = cohort[cohort["observed"].isin(settings.cohort.judge_on)]
    visits = later_visits(cohort, max(last_seen(champion), last_seen(challenger)), settings.cohort)
    same_rows = _enough(visits)
    if not same_rows:
        visits = later_visits(cohort, last_seen(challenger), settings.cohort)
    if not _enough(visits):
        raise RunError(
            zh=f"挑战者训练所见之后（{last_seen(challenger)} 以后）只有 {len(visits)} 次可用于评判的检查、"
            f"{int(visits['outcome'].sum())} 次发现问题，至少需要 {MIN_POSITIVES} 次发现问题，无法比较；"
            "请导入更晚的检查记录。",
            en=f"After all the challenger has seen ({last_seen(challenger)}) there are {len(visits)} visits to judge "
            f"by, of which {int(visits['outcome'].sum())} found "
            f"a problem; {MIN_POSITIVES} are needed. Load later inspections.",
        )
    in_use, proposed = Model(champion), Model(challenger)
    on_progress("champion", 0, 2)
    rows = _read(MatrixBuilder(connection, store, in_use.system, periods), visits, day, among, on_progress)
    old = _judge(rows, in_use, scheme)
    on_progress("challenger", 1, 2)
    if proposed.system.columns != in_use.system.columns:
        rows = _read(MatrixBuilder(connection, store, proposed.system, periods), visits, day, among, on_progress)
    new = _judge(rows, proposed, scheme)
    outcome, who = visits["outcome"].to_numpy(), visits["enterprise_id"].to_numpy()
    theirs = evaluate(outcome, old.scores, enterprise=who)
    ours = evaluate(outcome, new.scores, grade=new.grades, grades=scheme.grade_names, enterprise=who)
    figure = settings.promotion.figure
    if same_rows:
        difference = paired_difference(outcome, new.scores, old.scores, enterprise=who)[figure]
        before, after = _figures(theirs), _figures(ours)
    else:
        before, after = (dict(bundle.facts["figures"]["model"]["figures"]) for bundle in (champion, challenger))
        difference = _independent(after[figure], before[figure])
    assert ours.grades is not None
    apart = _apart(old.population, new.population, scheme)
    return Comparison(
        same_rows=same_rows,
        since=str(visits["as_of"].min()),
        until=str(visits["as_of"].max()),
        visits=ours.rows,
        problems=ours.problems,
        champion=before,
        challenger=after,
        difference=difference,
        flips=float((apart > 0).mean()),
        wide_flips=float((apart > 1).mean()),
        flips_of=len(apart),
        rates=ours.grades.rates,
        rising=ours.grades.rising,
        parity=_parity(connection, store, periods, visits, new, day, scheme),
    )


def last_seen(bundle: ModelBundle) -> date:
    """The last as-of date that a model was fitted or calibrated on."""
    parts = bundle.facts["parts"]
    return max(date.fromisoformat(parts[name]["until"]) for name in ("learn", "calibrate") if parts[name]["visits"])


def later_visits(visits: pd.DataFrame, seen: date, cohort: Cohort) -> pd.DataFrame:
    """The visits whose as-of date is later than every outcome that a model which has seen `seen` knows."""
    after = pd.Timestamp(seen) + pd.DateOffset(months=cohort.outcome_months)
    return visits[pd.to_datetime(visits["as_of"]) > after].reset_index(drop=True)


def _enough(visits: pd.DataFrame) -> bool:
    return MIN_POSITIVES <= int(visits["outcome"].sum()) < len(visits)


def _read(builder: MatrixBuilder, visits: pd.DataFrame, day: date, among: str, on_progress: Progress) -> _Rows:
    keys = ["enterprise_id", "as_of"]
    builder.pairs(visits[keys])
    matrix = visits[keys].merge(read_matrix(builder, on_progress), on=keys, how="left")
    return _Rows(builder, visits, day, matrix, reference_population(builder, day, among))


def _judge(rows: _Rows, model: Model, scheme: Scheme) -> _Judged:
    scores = model.bundle.score(model.bundle.margin(rows.matrix))
    grades = grade_visits(rows.builder, rows.visits, band_scores(model, scheme, rows.matrix), scheme)
    asked = rows.registered[["enterprise_id"]].assign(as_of=rows.day)
    population = grade_visits(rows.builder, asked, band_scores(model, scheme, rows.registered), scheme)
    return _Judged(scores, grades, pd.Series(population, index=rows.registered["enterprise_id"]))


def _apart(old: pd.Series, new: pd.Series, scheme: Scheme) -> NDArray[np.int64]:
    """By how many grades each enterprise differs."""
    place = {grade: number for number, grade in enumerate(scheme.grade_names)}
    distance: NDArray[np.int64] = np.abs(new.map(place) - old.reindex(new.index).map(place)).to_numpy()
    return distance


def _parity(
    connection: duckdb.DuckDBPyConnection,
    store: RecordStore,
    periods: EffectPeriods,
    visits: pd.DataFrame,
    new: _Judged,
    day: date,
    scheme: Scheme,
) -> tuple[GroupParity, ...]:
    riskier = scheme.grade_names[-2:]
    store.open_views(connection)
    registered = _groups(connection, periods, pd.DataFrame({"enterprise_id": new.population.index, "as_of": day}))
    seen = _groups(connection, periods, visits[["enterprise_id", "as_of"]])
    return tuple(
        figures
        for attribute in ATTRIBUTES
        for figures in group_parity(
            attribute,
            group=registered[attribute],
            selected=new.population.isin(riskier),
            visit_group=seen[attribute],
            visit_selected=pd.Series(new.grades).isin(riskier),
            problem=visits["outcome"],
        )
    )


def _groups(connection: duckdb.DuckDBPyConnection, periods: EffectPeriods, pairs: pd.DataFrame) -> pd.DataFrame:
    """The groups of each pair, in the pairs' order."""
    asked = pa.table(
        {"enterprise_id": pa.array(pairs["enterprise_id"], pa.string()), "as_of": pa.array(pairs["as_of"], pa.date32())}
    )
    connection.register("asked", asked)
    connection.execute("CREATE OR REPLACE TEMP TABLE grouped AS SELECT DISTINCT enterprise_id, as_of FROM asked")
    connection.unregister("asked")
    found = connection.sql(
        f"SELECT enterprise_id, as_of, {GROUPS_SQL} FROM ({current_enterprise_sql('grouped', periods)})"
    )
    groups = found.to_arrow_table().to_pandas()
    return pairs.merge(groups, on=["enterprise_id", "as_of"], how="left").fillna("?")


def _figures(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    return {name: vars(one) for name, one in evaluation.figures.items()}


def _independent(after: Mapping[str, Any], before: Mapping[str, Any]) -> Difference:
    """The difference of two figures of different visits, its interval from theirs."""
    error = math.hypot(*((one["high"] - one["low"]) / (2 * Z95) for one in (after, before)))
    value = after["value"] - before["value"]
    return Difference(value, value - Z95 * error, value + Z95 * error, better_share=float(norm.cdf(value / error)))
