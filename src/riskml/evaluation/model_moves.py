"""One model beside another, enterprise by enterprise: who would have another grade, and which indicators do it.

Records, policy and decisions are the same on both sides; only the model differs. Nothing is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from riskml.core.language import Label
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder
from riskml.lifecycle.compare_models import last_seen, later_visits
from riskml.records.live import current_columns_sql
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_impossible_day
from riskml.schemes.decisions import Decision, in_force, read_decisions, somebody_elses
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Assessed
from riskml.schemes.policy import load_policy
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme
from riskml.training.cohort import read_cohort
from riskml.training.evaluation import wilson
from riskml.training.explained import explained_by
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod
from riskml.training.settings import load_training

Floats = NDArray[np.float64]

NAMED = 3
"""Indicators that are named of each enterprise."""

MILDER, SAME, RISKIER = "milder", "same", "riskier"


@dataclass(frozen=True)
class Found:
    """What later visits found of those who move one way.

    Parameters
    ----------
    move
        ``milder``, ``same`` or ``riskier``.
    visits, problems
        Of the kinds that are judged on, later than all that either model was fitted or calibrated on and than the
        as-of date.
    rate, low, high
        Problems for each visit with the 95 % Wilson interval; None where there were no visits.
    """

    move: str
    enterprises: int
    visits: int
    problems: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class GroupMoves:
    """How many of a group would have a milder or a riskier grade."""

    group: str
    enterprises: int
    milder: int
    riskier: int


@dataclass(frozen=True)
class IndicatorMoves:
    """What one indicator does otherwise, in points of the score.

    Parameters
    ----------
    everyone
        The mean of the absolute difference, over everyone.
    milder, riskier
        The mean difference over those whose grade would be milder, and riskier; 0 where there are none.
    """

    name: str
    everyone: float
    milder: float
    riskier: float


@dataclass(frozen=True)
class ModelMoves:
    """Everyone registered whom the scheme grades, by two models.

    Parameters
    ----------
    rows
        By code: ``enterprise_id``, ``grade``, ``decided_by``, ``score`` by the first model, the same as ``other_…`` by
        the second, ``move``, ``apart`` (how many grades), ``division``, ``kind``, ``section``, ``visits`` and
        ``problems`` (those of `Found`), and of the `NAMED` indicators that move the score most ``by_1`` … with their
        points ``by_1_points`` …
    start
        By how many points everyone starts higher with the second model: with the differences of all indicators it adds
        up to the difference of the scores.
    since
        The day after which visits were counted.
    reasons_by
        How points were computed, of each model that is an analyst's own estimator.
    """

    scheme: Scheme
    as_of: date
    since: date
    rows: pa.Table
    start: float
    indicators: tuple[IndicatorMoves, ...]
    labels: Mapping[str, Label]
    simulated: bool
    reasons_by: tuple[Label, ...]

    @property
    def enterprises(self) -> int:
        """How many there are."""
        return len(self.rows)

    @cached_property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """Shape (k, k): a row for each grade by the first model, a column for each by the second."""
        names = self.scheme.grade_names
        counted = {
            (one["grade"], one["other_grade"]): one["count_all"]
            for one in self.rows.group_by(["grade", "other_grade"]).aggregate([([], "count_all")]).to_pylist()
        }
        return tuple(tuple(counted.get((one, other), 0) for other in names) for one in names)

    def share(self, least: int = 1) -> float:
        """The share of enterprises whose grade is at least so many grades apart."""
        return float((self.rows["apart"].to_numpy() >= least).mean())

    def found(self) -> tuple[Found, ...]:
        """What later visits found of those who move, by the way they move."""
        counted = self._ask("SELECT move, count(*), sum(visits), sum(problems) FROM moves GROUP BY move")
        by = {move: (int(count), int(visits), int(problems)) for move, count, visits, problems in counted}
        result = []
        for move in (MILDER, SAME, RISKIER):
            count, visits, problems = by.get(move, (0, 0, 0))
            low, high = wilson(problems, visits) if visits else (None, None)
            result.append(Found(move, count, visits, problems, problems / visits if visits else None, low, high))
        return tuple(result)

    def groups(self, by: str) -> tuple[GroupMoves, ...]:
        """Those of each region (``region``, the prefecture), ``kind`` or ``section``, the largest first."""
        key = {"region": "left(division, 4)", "kind": "kind", "section": "section"}[by]
        found = self._ask(
            f"SELECT coalesce({key}, ''), count(*), count(*) FILTER (move = '{MILDER}'), "
            f"count(*) FILTER (move = '{RISKIER}') FROM moves GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return tuple(GroupMoves(*one) for one in found)

    def furthest(self, count: int) -> list[dict[str, Any]]:
        """Those whose grade moves, by how far the grade and then the score does."""
        return self._asked(
            f"SELECT * FROM moves WHERE apart > 0 ORDER BY apart DESC, abs(other_score - score) DESC, enterprise_id "
            f"LIMIT {count:d}"
        )

    def squares(self, width: float) -> list[dict[str, Any]]:
        """How many enterprises there are in each square of both scores: ``score``, ``other`` (lower ends),
        ``count``.
        """
        return self._asked(
            f"SELECT floor(score / {width}) * {width} AS score, floor(other_score / {width}) * {width} AS other, "
            "count(*) AS count FROM moves GROUP BY 1, 2 ORDER BY 1, 2"
        )

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(one.values()) for one in self._asked(sql)]

    def _asked(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a SELECT from ``moves``."""
        with duckdb.connect() as connection:
            connection.register("moves", self.rows)
            found: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
            return found


def model_moves(
    workspace: Workspace, scheme_name: str, first: Model, second: Model, as_of: date, on_progress: Progress
) -> ModelMoves:
    """Grade everyone registered at `as_of` by both models, a bucket at a time, under the policy in force.

    Raises
    ------
    RunError
        Where `as_of` is to come or nobody was registered then, or a model's contributions are not exact.
    """
    policy = load_policy(workspace, scheme_name)
    settings, _ = load_training(workspace.model(scheme_name) / "training.yaml")
    scheme = policy.graded_by(settings.industry)
    among = scheme.graded_sql(settings.cohort.industries)
    store, connection = open_store(workspace.records), connect(workspace.spill)
    decisions = in_force(read_decisions(workspace.ledger), as_of)
    others = somebody_elses(decisions, scheme_name)
    methods = ModelMethod(first, scheme), ModelMethod(second, scheme)
    for method in methods:
        method.lay_out()
    builder = MatrixBuilder(connection, store, first.system, policy.periods, others, beside=(second.system,))
    refuse_impossible_day(store, as_of, builder.ask_registered(as_of, among))
    rules = fired_rules_sql(scheme, "all_entity_dates", policy.periods, store.tables, decisions)
    connection.execute(f"CREATE OR REPLACE TABLE fired AS {rules.sql}")
    on_progress("relations", 0, store.buckets + 1)
    builder.prepare()
    both = _Both(scheme, methods, decisions)
    parts, sums = [], None
    for bucket, (rows, added) in builder.each_bucket(both.block, range(store.buckets)):
        on_progress("grades", bucket + 1, store.buckets + 1)
        parts.append(rows)
        sums = added if sums is None else sums + added
    whole = pa.concat_tables(parts).sort_by("enterprise_id")
    since = max(as_of, last_seen(first.bundle), last_seen(second.bundle))
    store.open_views(connection)
    cohort = read_cohort(connection, settings, policy.periods, last_received(store), among=among)
    cohort = cohort[cohort["observed"].isin(settings.cohort.judge_on)]
    assert sums is not None
    labels = {column.name: column.label for model in (first, second) for column in model.system.columns}
    return ModelMoves(
        scheme=scheme,
        as_of=as_of,
        since=since,
        rows=_with_visits(whole, later_visits(cohort, since, settings.cohort)),
        start=methods[1].base_score - methods[0].base_score,
        indicators=_indicators(both.names, sums, whole["move"].to_numpy(zero_copy_only=False)),
        labels=labels,
        simulated=store.simulated,
        reasons_by=tuple(by for model in (first, second) if (by := explained_by(model.bundle))),
    )


@dataclass(frozen=True)
class _Both:
    """Two methods over the same enterprises."""

    scheme: Scheme
    methods: tuple[ModelMethod, ModelMethod]
    decisions: tuple[Decision, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The indicators of either model."""
        return tuple(dict.fromkeys(name for method in self.methods for name in method.bundle.columns))

    def block(self, builder: MatrixBuilder, bucket: int) -> tuple[pa.Table, Floats]:
        """One bucket: its rows, and by indicator the sums of the absolute differences, and of the differences of those
        who move to milder and to riskier grades; shape (3, k). Called in several threads.
        """
        builder.lay_out(bucket)
        connection = builder.connection
        block = builder.measured()
        ids = block.keys["enterprise_id"].to_pylist()
        fired = connection.sql(
            "SELECT f.* FROM fired f SEMI JOIN entity_dates USING (enterprise_id) ORDER BY f.enterprise_id, f.rule"
        ).to_arrow_table()
        known = connection.sql(
            f"SELECT e.place, division, kind, industry_section AS section FROM "
            f"({current_columns_sql(('division', 'kind', 'industry_section'), 'entity_dates', builder.periods)}) "
            "JOIN entity_dates e USING (enterprise_id) ORDER BY e.place"
        ).to_arrow_table()
        columns: dict[str, Any] = {"enterprise_id": block.keys["enterprise_id"]}
        moved, places = np.zeros((len(ids), len(self.names))), []
        for method, prefix, sign in zip(self.methods, ("", "other_"), (-1.0, 1.0), strict=True):
            if prefix and method.system != builder.system:
                block = replace(builder, system=method.system, beside=(builder.system,)).measured()
            found = method.assess(block.values)
            graded = self._graded(ids, found, fired)
            columns |= {f"{prefix}{name}": graded[name] for name in ("grade", "decided_by", "score")}
            places.append(pd.Index(self.scheme.grade_names).get_indexer(graded["grade"].to_pylist()))
            for place, name in enumerate(method.bundle.columns):
                moved[:, self.names.index(name)] += sign * found.points[:, place]
        apart = places[1] - places[0]
        columns["move"] = pa.array(np.select([apart < 0, apart > 0], [MILDER, RISKIER], SAME))
        columns["apart"] = pa.array(np.abs(apart).astype(np.int8))
        columns |= {name: known[name] for name in ("division", "kind", "section")} | self._named(moved)
        sums = np.stack([np.abs(moved).sum(axis=0), *(moved[way].sum(axis=0) for way in (apart < 0, apart > 0))])
        return pa.table(columns), sums

    def _graded(self, ids: list[str], found: Assessed, fired: pa.Table) -> pa.Table:
        """Grades with rules and decisions, as a run gives them; the grade and what decided as plain texts."""
        graded = grade_block(self.scheme, ids, found.scores, fired, self.decisions, bands=found.bands)
        return graded.select(["grade", "decided_by", "score"]).cast(
            pa.schema({"grade": pa.string(), "decided_by": pa.string(), "score": pa.float64()})
        )

    def _named(self, moved: Floats) -> dict[str, pa.Array]:
        """The indicators that move each score most, with their points."""
        count = min(NAMED, len(self.names))
        order = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :count]
        points = np.take_along_axis(moved, order, axis=1)
        names = np.array(self.names, dtype=object)
        found: dict[str, pa.Array] = {}
        for place in range(count):
            found[f"by_{place + 1}"] = pa.array(names[order[:, place]], pa.string()).dictionary_encode()
            found[f"by_{place + 1}_points"] = pa.array(points[:, place])
        return found


def _indicators(names: tuple[str, ...], sums: Floats, move: NDArray[Any]) -> tuple[IndicatorMoves, ...]:
    """The means, the indicator that moves scores most first."""
    counts = np.maximum([[len(move)], [(move == MILDER).sum()], [(move == RISKIER).sum()]], 1)
    means = sums / counts
    found = [IndicatorMoves(name, *map(float, means[:, place])) for place, name in enumerate(names)]
    return tuple(sorted(found, key=lambda one: -one.everyone))


def _with_visits(rows: pa.Table, visits: pd.DataFrame) -> pa.Table:
    """The rows with how many of the visits each enterprise had, and how many found a problem."""
    counted = visits.groupby("enterprise_id")["outcome"].agg(["size", "sum"])
    of = counted.reindex(rows["enterprise_id"].to_pandas()).fillna(0).astype(np.int64)
    return rows.append_column("visits", pa.array(of["size"])).append_column("problems", pa.array(of["sum"]))
