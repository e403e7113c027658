"""The daily run: only what changed since the last run is computed anew; what is published equals a full run to the last byte.

An enterprise is *touched* where its records, or those that its relations reach, may have changed: all of it is computed anew. It
has *crossed* where nothing happened but days passed, and one of its values came to the other side of a threshold of the model: it
is scored from the indicators published before. Of all others only the days move on.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from riskml import __version__
from riskml.errors import RiskmlError
from riskml.features.changed import PEERS, Changes, Condition, not_covered
from riskml.features.clocks import Clock, crossed, find_clocks
from riskml.features.compile import aggregate_sql, relations_used, rows_sql
from riskml.features.relations import relation_inputs
from riskml.grading.rules import turning_expressions
from riskml.grading.scheme import Scheme, parse_scheme
from riskml.locks import exclusive
from riskml.records.arrivals import loads_digest, open_arrivals
from riskml.records.live import live_sql
from riskml.records.store import bucket_sql
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.layout import TABLES, RunFolder
from riskml.runs.published import PublishedRun, published_runs
from riskml.runs.score import Daily, Progress, Run, RunResult
from riskml.training.model import Model, load_model
from riskml.treeshap.trees import NotCoveredError, read_trees
from riskml.workspace import Workspace

Floats = NDArray[np.float64]


def score_daily(workspace: Workspace, scheme_name: str, as_of: date, on_progress: Progress) -> RunResult:
    """Grade everyone registered at `as_of`, going on from the last run before it, and publish the run.

    Where a full run cannot be done without, one is made, and the result's `daily` says why.

    Raises
    ------
    ConfigurationError, RunError
        As `riskml.runs.score.score` does.
    """
    model = load_model(workspace.bundle(scheme_name))
    scheme = parse_scheme("scheme.yaml", model.bundle.scheme_yaml)
    folder = RunFolder(workspace.runs, scheme_name, as_of)
    with exclusive(workspace.runs / scheme_name / "run.lock"):
        base = _base(folder)
        run = DailyRun(workspace, model, scheme, folder, on_progress, base) if base else None
        why = run.why_full() if run else ("之前没有已发布的结果", "there is no published run before")
        if run is None or why is not None:
            full = Run(workspace, model, scheme, folder, on_progress)
            full.daily = Daily(None, why, 0, 0)
            return full.publish()
        return run.publish()


def _base(folder: RunFolder) -> PublishedRun | None:
    """The last published run before this one's date."""
    if folder.earlier() is None:
        return None
    earlier = [run for run in published_runs(folder.runs, folder.scheme) if run.as_of < folder.as_of]
    return earlier[-1]


class DailyRun(Run):
    """A run that goes on from `before`."""

    def __init__(
        self, workspace: Workspace, model: Model, scheme: Scheme, folder: RunFolder, on_progress: Progress, before: PublishedRun
    ) -> None:
        super().__init__(workspace, model, scheme, folder, on_progress)
        self.before = before
        self.days = (folder.as_of - before.as_of).days
        self.rules = tuple(Condition(rule.from_, turning_expressions(rule)) for rule in scheme.rules)
        self.clocks = find_clocks(model.system)
        self.crossed: dict[int, dict[str, pa.Table]] = {}

    def why_full(self) -> tuple[str, str] | None:
        """Why the run before cannot be gone on from, in Chinese and in English; None where it can."""
        known, loads = self.before.manifest, self.store.loads
        if known["riskml"] != __version__ or "loads" not in known:
            return "上次结果由另一版本的 riskml 作出", "the run before was made by another version of riskml"
        if known["model"] != self.model.bundle.digest:
            return "模型已更换", "the model is another one"
        seen = known["loads"]
        if loads_digest(loads[: seen["count"]]) != seen["digest"]:
            return "记录库不是上次所用的那一个", "the record store is not the one that the run before read"
        if {name for load in loads[: seen["count"]] for name in load["tables"]} != {
            name for load in loads for name in load["tables"]
        }:
            return "收到了以前没有的记录表", "a record table arrived that there was none of before"
        if not open_arrivals(self.connection, self.store, seen["count"]):
            return "不清楚上次之后各批数据带来了哪些记录", "what the loads since the run before brought is not known"
        try:
            self.before.verify(*TABLES)
            read_trees(self.model.bundle.booster_text)
        except (RiskmlError, NotCoveredError) as error:
            return error.zh, error.en
        return not_covered(self.model.system, self.rules, self.before.as_of, self.folder.as_of)

    def inputs(self) -> dict[str, Any]:
        """What decides the result, and the run gone on from."""
        manifest = (self.before.folder / "manifest.json").read_bytes()
        return {
            **super().inputs(),
            "daily_from": {"as_of": self.before.as_of.isoformat(), "manifest": hashlib.sha256(manifest).hexdigest()},
        }

    def ask(self) -> None:
        """Find the touched and the crossed; ask for the indicators of the touched."""
        with self.timed("changes"):
            self.store.open_views(self.connection)
            Changes(
                self.connection,
                self.model.system,
                self.model.periods,
                self.rules,
                self.store.tables,
                self.before.as_of,
                self.folder.as_of,
            ).find()
            self._touch_choices()
            self._touch_peers()
        with self.timed("clocks"):
            self._find_growing()
            for bucket in range(self.store.buckets):
                self._cross(bucket)
        with self.timed("relations"):
            registered = self.builder.everyone(self.folder.as_of, among="touched")
            kept = self.connection.execute(
                "SELECT count(*) FROM before_grades ANTI JOIN touched USING (enterprise_id)"
            ).fetchall()[0][0]
            refuse_impossible_day(self.store, self.folder.as_of, registered + kept)
            self.builder.prepare()
        self.daily = Daily(self.before.as_of, None, registered, sum(len(one["grades"]) for one in self.crossed.values()))

    def tables_of(self, bucket: int) -> dict[str, pa.Table]:
        """The bucket's tables: the touched anew, the crossed scored, the days of all others moved on."""
        anew = super().tables_of(bucket)
        with self.timed("merging"):
            touched = self._touched(bucket)
            ids, values = self._later(bucket)
            merged = {}
            out = pc.invert(pc.is_in(ids, value_set=touched))
            merged["indicators"] = _joined("indicators", anew["indicators"], self._matrix(ids, values).filter(out))
            passed = self.crossed.get(bucket, {})
            gone = pa.chunked_array([touched, *(passed["grades"]["enterprise_id"].chunks if passed else ())], type=pa.string())
            for name in ("grades", "contributions", "reasons", "rules"):
                old = self._before(name, bucket)
                old = old.filter(pc.invert(pc.is_in(old["enterprise_id"], value_set=gone)))
                if name == "reasons":
                    old = self._days_on(old, ids, values)
                if name == "rules":
                    day = pa.array([self.folder.as_of] * len(old), pa.date32())
                    old = old.set_column(old.schema.get_field_index("as_of"), "as_of", day)
                merged[name] = _joined(name, anew[name], old, *([passed[name]] if passed else []))
            return merged

    def _touch_choices(self) -> None:
        """Enterprises whose grade an officer may have decided on: the decision may be another one, or have expired."""
        self.before.open_view(self.connection, "grades", "before_grades")
        choices = [rule.id for rule in self.scheme.rules if rule.effect.kind == "officer_choice"]
        self.connection.execute(
            "INSERT INTO touched SELECT enterprise_id FROM before_grades WHERE list_has_any(rules, CAST($1 AS VARCHAR[])) "
            "AND enterprise_id NOT IN (SELECT enterprise_id FROM touched)",
            [choices],
        )

    def _touch_peers(self) -> None:
        """Where a late record may have moved the rates of peers: those whose rate is another one."""
        changes = Changes(
            self.connection,
            self.model.system,
            self.model.periods,
            self.rules,
            self.store.tables,
            self.before.as_of,
            self.folder.as_of,
        )
        used = [
            relation for relation in relations_used(self.model.system) if relation in PEERS and self.builder.received(relation)
        ]
        if not used or not changes.peers_may_differ():
            return
        self.builder.everyone(self.folder.as_of)
        self.before.open_view(self.connection, "indicators", "before_indicators")
        for relation in used:
            columns = tuple(column for column in self.model.system.columns if column.indicator.from_ == relation)
            rows = rows_sql(relation, columns, "all_moments", "enterprise_id", self.model.periods)
            found = aggregate_sql(columns, f"({rows})", "enterprise_id")
            differs = " OR ".join(
                f"coalesce(CAST(a.{column.name} AS DOUBLE), 'nan') IS DISTINCT FROM b.{column.name}" for column in columns
            )
            self.connection.execute(
                f"INSERT INTO touched SELECT b.enterprise_id FROM before_indicators b LEFT JOIN ({found}) a USING (enterprise_id) "
                f"WHERE ({differs}) AND b.enterprise_id NOT IN (SELECT enterprise_id FROM touched)"
            )

    def _find_growing(self) -> None:
        """The longest time of what still lasts, of every growing column."""
        self.growing: dict[str, pa.Table] = {}
        for clock in self.clocks:
            relation, indicator = clock.column.indicator.from_ or "", clock.column.indicator
            if not clock.growing or not set(relation_inputs(relation)) <= self.store.tables:
                continue
            moments = f"(SELECT DISTINCT enterprise_id, DATE '{self.folder.as_of}' AS as_of FROM {relation})"
            self.growing[clock.column.name] = self.connection.sql(
                f"SELECT enterprise_id, max(CAST({indicator.value} AS DOUBLE)) AS lasted "
                f"FROM ({live_sql(relation, moments, self.model.periods)}) WHERE ({indicator.where}) AND end_date IS NULL GROUP BY enterprise_id"
            ).to_arrow_table()

    def _later(self, bucket: int) -> tuple[pa.Array, Floats]:
        """The enterprises of the run before and their indicators, the days moved on; right for all that are not touched."""
        table = self._before("indicators", bucket)
        ids = table["enterprise_id"].combine_chunks()
        values = np.empty((len(ids), len(table.column_names) - 1), order="F")
        for place, name in enumerate(table.column_names[1:]):
            values[:, place] = table[name].to_numpy()
        for clock in self.clocks:
            values[:, clock.place] = self._moved_on(clock, ids, values[:, clock.place])
        return ids, values

    def _moved_on(self, clock: Clock, ids: pa.Array, values: Floats) -> Floats:
        if not clock.growing:
            return clock.shifted(values, self.days)
        lasting = self.growing.get(clock.column.name)
        if lasting is None:
            return values
        places = pc.index_in(lasting["enterprise_id"], value_set=ids).to_numpy(zero_copy_only=False)
        here = ~np.isnan(places.astype(np.float64))
        later = values.copy()
        at = places[here].astype(np.int64)
        later[at] = np.fmax(later[at], lasting["lasted"].to_numpy()[here])
        return later

    def _cross(self, bucket: int) -> None:
        """Score those for whom days passing made a difference; one with a reason that it did not have is touched."""
        ids, after = self._later(bucket)
        before = self._before("indicators", bucket)
        moved = np.zeros(len(ids), dtype=bool)
        for clock in self.clocks:
            values = before[clock.column.name].to_numpy()
            moved |= crossed(values, after[:, clock.place], self.thresholds[clock.place])
        moved &= ~pc.is_in(ids, value_set=self._touched(bucket)).to_numpy(zero_copy_only=False)
        if not moved.any():
            return
        who = ids.filter(pa.array(moved))
        grades, fired, reasons = (_only(self._before(name, bucket), who) for name in ("grades", "rules", "reasons"))
        day = pa.array([self.folder.as_of] * len(fired), pa.date32())
        fired = fired.set_column(fired.schema.get_field_index("as_of"), "as_of", day)
        tables, _ = self.scored(who.to_pylist(), after[moved], fired, grades["division"].combine_chunks())
        tables["reasons"], unknown = _with_evidence(tables["reasons"], reasons)
        if len(unknown):
            self.connection.register("unknown_reasons", pa.table({"enterprise_id": unknown}))
            self.connection.execute("INSERT INTO touched SELECT DISTINCT enterprise_id FROM unknown_reasons")
            self.connection.unregister("unknown_reasons")
            tables = {
                name: table.filter(pc.invert(pc.is_in(table["enterprise_id"], value_set=unknown)))
                for name, table in tables.items()
            }
        self.crossed[bucket] = tables

    @cached_property
    def thresholds(self) -> dict[int, Floats]:
        """Of every column that moves by itself the thresholds of the model's trees, ascending."""
        trees, _ = read_trees(self.model.bundle.booster_text)
        return {
            clock.place: np.unique(
                np.concatenate([np.empty(0), *(tree.threshold[tree.feature == clock.place] for tree in trees)])
            )
            for clock in self.clocks
        }

    def _before(self, name: str, bucket: int) -> pa.Table:
        """One bucket's part of a table of the run before."""
        return pq.ParquetFile(self.before.parts(name)[bucket]).read()

    def _touched(self, bucket: int) -> pa.ChunkedArray:
        found = self.connection.sql(
            f"SELECT enterprise_id FROM touched WHERE {bucket_sql('enterprise_id', self.store.buckets)} = {bucket}"
        ).to_arrow_table()
        return found["enterprise_id"]

    def _matrix(self, ids: pa.Array, values: Floats) -> pa.Table:
        by_name = {name: pa.array(values[:, place]) for place, name in enumerate(self.model.bundle.columns)}
        return pa.table({"enterprise_id": ids, **by_name})

    def _days_on(self, reasons: pa.Table, ids: pa.Array, values: Floats) -> pa.Table:
        """The reasons of a run before with the values of what moves by itself as they are now."""
        shown = reasons["value"].to_numpy().copy()
        rows = pc.index_in(reasons["enterprise_id"], value_set=ids).to_numpy()
        for clock in self.clocks:
            own = pc.equal(reasons["indicator"].cast(pa.string()), clock.column.name).to_numpy()
            shown[own] = values[rows[own], clock.place]
        return reasons.set_column(reasons.schema.get_field_index("value"), "value", pa.array(shown, from_pandas=True))


def _only(table: pa.Table, who: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table["enterprise_id"], value_set=who))


def _with_evidence(reasons: pa.Table, known: pa.Table) -> tuple[pa.Table, pa.Array]:
    """Reasons with the evidence that the same reasons had before; and the enterprises of those that are new."""
    keys = ["enterprise_id", "indicator"]
    plain = [table.set_column(2, "indicator", table["indicator"].cast(pa.string())) for table in (reasons, known)]
    asked, had = (_numbered(table).select([*keys, "number"]) for table in plain)
    found = asked.join(had, keys, right_suffix="_known").sort_by("number")
    new = found["number_known"].is_null()
    at = found["number_known"].fill_null(0)
    if len(known):
        for name in ("evidence", "evidence_count"):
            reasons = reasons.append_column(name, known[name].take(at))
    return reasons, found.filter(new)["enterprise_id"].combine_chunks()


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column("number", pa.array(np.arange(len(table))))


def _joined(name: str, anew: pa.Table, *others: pa.Table) -> pa.Table:
    """Rows of one published table in the order of a full run."""
    whole = pa.concat_tables([anew, *(other.cast(anew.schema) for other in others)])
    keys = {"rules": ["enterprise_id", "rule"], "reasons": ["lowers", "enterprise_id", "rank"]}.get(name, ["enterprise_id"])
    if name == "reasons":
        by = whole.select(["enterprise_id", "rank"]).append_column("lowers", pc.less(whole["points"], 0))
    else:
        by = whole.select(keys)
    return whole.take(pc.sort_indices(by, sort_keys=[(key, "ascending") for key in keys]))
