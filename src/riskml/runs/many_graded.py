"""Many enterprises graded again at once: on given days, with their records as they are or with steps of their own made.

The rows of all are found in one pass of the province, as a run finds them. What steps bear on is measured once more, on
copies of the enterprises' own records alone: nobody's steps reach another's row. The one relation that counts an
enterprise's own record among those of others, that of addresses, is put right from what was counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.features.compile import relations_used
from riskml.features.matrix import MatrixBuilder
from riskml.features.matrix_of_one import columns_of
from riskml.features.values import MatrixValues
from riskml.records.copies_of_many import copied_rows_sql, copied_spans_sql
from riskml.records.expressions import names_used
from riskml.records.live import current_enterprise_sql, live_sql
from riskml.records.store import RecordStore
from riskml.relations.catalogue import is_whole, own_inputs, relation_inputs
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import Policy
from riskml.schemes.questions import asked
from riskml.schemes.rule_specs import Rule
from riskml.schemes.rules import fired_rules_sql

ADDRESS, LISTING = "address_firms", "abnormal_listing"

AT_ONCE = 16_384
"""Rows assessed together."""

_ASKED_ROWS = """
CREATE OR REPLACE TEMP TABLE asked_rows AS
SELECT
  row_number() OVER (ORDER BY m.place, a.choice) - 1 AS number,
  m.place,
  m.enterprise_id,
  m.as_of,
  a.row,
  a.choice,
  m.enterprise_id || '#' || a.choice AS copy,
  g.enterprise_id IS NOT NULL AS graded
FROM all_asked a
JOIN entity_dates m ON m.enterprise_id = a.enterprise_id AND m.as_of = a.as_of
LEFT JOIN graded_then g ON g.enterprise_id = m.enterprise_id AND g.as_of = m.as_of
"""

_COPIES = """
CREATE OR REPLACE TEMP TABLE copies AS
SELECT DISTINCT enterprise_id, copy, choice
FROM asked_rows
WHERE choice <> 0
"""

_ASK_FOR_COPIES = """
CREATE OR REPLACE TEMP TABLE registered AS
SELECT r.* REPLACE (a.copy AS enterprise_id)
FROM registered r
JOIN asked_rows a ON a.enterprise_id = r.enterprise_id AND a.as_of = r.as_of
WHERE a.choice <> 0;
CREATE OR REPLACE TEMP TABLE entity_dates AS
SELECT copy AS enterprise_id, as_of, CAST(number AS INTEGER) AS place
FROM asked_rows
WHERE choice <> 0
ORDER BY number
"""

_LISTED = "SELECT DISTINCT enterprise_id, as_of FROM ({live}) WHERE end_date IS NULL"

_ADDRESS_ROWS = """
SELECT
  w.* EXCLUDE (bucket) REPLACE (
    a.number AS place,
    w.abnormal_firms - CASE
      WHEN w.abnormal_firms > 0 AND r.status = 'active' AND b.as_of IS NOT NULL AND n.as_of IS NULL THEN 1
      ELSE 0
    END AS abnormal_firms
  )
FROM whole_address_firms w
JOIN asked_rows a ON a.place = w.place AND a.choice <> 0
JOIN registered r ON r.enterprise_id = a.copy AND r.as_of = a.as_of
LEFT JOIN listed_before b ON b.enterprise_id = a.enterprise_id AND b.as_of = a.as_of
LEFT JOIN listed_now n ON n.enterprise_id = a.copy AND n.as_of = a.as_of
WHERE w.bucket = {bucket}
"""
"""An enterprise that is on the list is among those counted at its address, where there are others and it is active:
once it is off the list one fewer is counted. An address of one alone counts none.
"""

OUTCOMES = pa.schema([("row", pa.int64()), ("rank", pa.int64()), ("decided_by", pa.string())])
"""What each row comes to: the place of its grade, -1 where the scheme does not grade the enterprise on that day, and
what decides it (`riskml.schemes.grade.grade_block`).
"""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class ManyGraded:
    """Grades enterprises about whom no officer decided anything.

    Parameters
    ----------
    connection
        Where the work is done, with the table ``steps`` (`riskml.records.copies_of_many`).
    stepped
        The record tables that steps may be of.
    """

    store: RecordStore
    policy: Policy
    method: Method
    connection: duckdb.DuckDBPyConnection
    stepped: frozenset[str]

    def graded(self, rows: pa.Table, on_bucket: Callable[[], None]) -> pa.Table:
        """What rows come to (`OUTCOMES`), in their order.

        Parameters
        ----------
        rows
            ``row`` (a number), ``enterprise_id``, ``as_of`` and ``choice``, each of these three once: a bit for each
            step that is made, 0 for the records as they are.
        on_bucket
            Called after each bucket.
        """
        builder = MatrixBuilder(self.connection, self.store, self.method.system, self.policy.periods)
        builder.pairs(rows.select(["enterprise_id", "as_of"]).to_pandas())
        builder.prepare()
        periods, scheme = self.policy.periods, self.policy.scheme
        self.connection.register("asked", rows)
        fired = fired_rules_sql(scheme, "all_entity_dates", periods, self.store.tables).sql
        for name, found in {
            "all_asked": "FROM asked",
            "fired": fired,
            "graded_then": f"SELECT enterprise_id, as_of FROM ({current_enterprise_sql('all_entity_dates', periods)}) "
            f"WHERE status <> 'deregistered' AND ({scheme.in_scope_sql})",
        }.items():
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {found}")
        self.connection.unregister("asked")
        done = list[pa.Table]()
        for _, part in builder.each_bucket(self._of_bucket, range(self.store.buckets)):
            done.append(part)
            on_bucket()
        return pa.concat_tables(done).sort_by("row")

    @cached_property
    def left_tables(self) -> frozenset[str]:
        """The tables of whose records no steps can be made here: a rule or a relation reads them together with other
        enterprises' records.
        """
        beyond = {
            *(name for name in self._touched_relations if not _alone(name) and name != ADDRESS),
            *(one.from_ for rule in self._read_by_rules if not _by_itself(rule) for one in rule.circumstances),
        }
        return self.stepped & {table for name in beyond for table in own_inputs(name)}

    # What steps bear on

    @cached_property
    def _touched_relations(self) -> tuple[str, ...]:
        """The relations of the method that read tables which steps are of."""
        read = {
            column.indicator.from_ or ""
            for column in self.method.system.computed
            if column.indicator.from_ != ADDRESS or "abnormal_firms" in names_used(column.indicator.value or "")
        }
        used = relations_used(self.method.system)
        return tuple(name for name in used if name in read and self.stepped & set(own_inputs(name)))

    @cached_property
    def _read_by_rules(self) -> tuple[Rule, ...]:
        """The rules that do."""
        return tuple(
            rule
            for rule in self.policy.scheme.applied
            if any(self.stepped & set(own_inputs(one.from_)) for one in rule.circumstances)
        )

    @cached_property
    def _touched_rules(self) -> tuple[Rule, ...]:
        """Those of them that read nothing else than the enterprise's own records."""
        return tuple(filter(_by_itself, self._read_by_rules))

    @cached_property
    def _copied(self) -> tuple[str, ...]:
        """The record tables of which copies are laid out."""
        names = {name for name in self._touched_relations if _alone(name)}
        names |= {one.from_ for rule in self._touched_rules for one in rule.circumstances}
        tables = {table for name in names for table in relation_inputs(name)}
        return tuple(sorted(tables | ({LISTING} if ADDRESS in self._touched_relations else set())))

    # One bucket

    def _of_bucket(self, builder: MatrixBuilder, bucket: int) -> pa.Table:
        """What the rows of a bucket come to; called in several threads."""
        builder.lay_out(bucket)
        _, base = builder.values()
        builder.connection.execute(_ASKED_ROWS)
        rows = builder.connection.sql("FROM asked_rows ORDER BY number").to_arrow_table()
        places, chosen = rows["place"].to_numpy(), rows["choice"].to_numpy()
        values = MatrixValues(builder.system, len(rows), builder.received)
        for name, column in base.computed.items():
            values.computed[name] = column[places]
        del base
        copies = np.flatnonzero(chosen)
        if len(copies):
            self._measure_copies(builder, bucket, values, copies)
        builder.express(values)
        fired = self._fired(builder.connection, any_copies=len(copies) > 0)
        return self._graded(rows, values, fired)

    def _measure_copies(self, builder: MatrixBuilder, bucket: int, values: MatrixValues, copies: Integers) -> None:
        """Lay out the copies in the place of the enterprises, and fill in what is made from tables that steps are of.

        Parameters
        ----------
        copies
            Shape (m,), ascending: the numbers of the rows that are of a copy.
        """
        connection = builder.connection
        listed = (
            f"SELECT DISTINCT enterprise_id, as_of FROM ({live_sql(LISTING, 'entity_dates', self.policy.periods)}) "
        )
        listed += "WHERE end_date IS NULL"
        connection.execute(_COPIES)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE listed_before AS {listed}")
        for name in self._copied:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE copied_{name} AS {copied_rows_sql(name)}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE copied_span AS {copied_spans_sql()}")
        for name in self._copied:
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM copied_{name}")
        connection.execute("CREATE OR REPLACE TEMP VIEW amended_span AS FROM copied_span")
        connection.execute(_ASK_FOR_COPIES)
        own = MatrixValues(builder.system, len(copies), builder.received)
        for name in filter(builder.received, self._touched_relations):
            if name == ADDRESS:
                connection.execute(f"CREATE OR REPLACE TEMP TABLE listed_now AS {listed}")
                builder.measure(name, f"({_ADDRESS_ROWS.format(bucket=bucket)})", own, copies)
            elif _alone(name):
                builder.measure(name, f"({builder.own_rows_sql(name)})", own, copies)
            else:
                continue  # nobody has steps of what it reads (`left_tables`)
            for column in columns_of(builder.system, name):
                values.computed[column.name][copies] = own.computed[column.name]

    def _fired(self, connection: duckdb.DuckDBPyConnection, *, any_copies: bool) -> pa.Table:
        """The rules that fire for rows: ``number`` of the row, ``rule`` and ``evidence``, in the order of rows."""
        touched = ", ".join(f"'{rule.id}'" for rule in self._touched_rules) or "NULL"
        parts = [
            "SELECT number, rule, evidence FROM fired JOIN asked_rows USING (enterprise_id, as_of) "
            f"WHERE choice = 0 OR (rule IN ({touched})) IS NOT TRUE"
        ]
        if any_copies and self._touched_rules:
            found = fired_rules_sql(self.policy.scheme, "entity_dates", self.policy.periods, self.store.tables).sql
            parts.append(
                f"SELECT place AS number, rule, evidence FROM (SELECT * FROM ({found}) WHERE rule IN ({touched})) "
                "JOIN entity_dates USING (enterprise_id, as_of)"
            )
        return connection.sql(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY number, rule").to_arrow_table()

    def _graded(self, rows: pa.Table, values: MatrixValues, fired: pa.Table) -> pa.Table:
        """The rows with what they come to."""
        scheme, matrix = self.policy.scheme, values.matrix()
        names = pa.array(scheme.grade_names, pa.string())
        numbers, ranks, decided = fired["number"].to_numpy(), list[Integers](), list[pa.ChunkedArray]()
        for start in range(0, len(rows), AT_ONCE):
            some = matrix[start : start + AT_ONCE]
            ids = list(map(str, range(start, start + len(some))))
            first, last = np.searchsorted(numbers, [start, start + len(some)])
            own = _of_rows(fired.slice(first, last - first))
            found = self.method.assess(np.asfortranarray(some))
            own = asked(scheme.classes, found.classes, ids, own)
            graded = grade_block(scheme, ids, found.scores, own, (), bands=found.bands)
            ranks.append(pc.index_in(graded["grade"], value_set=names).to_numpy().astype(np.int64))
            decided.append(graded["decided_by"])
        rank = np.concatenate([np.zeros(0, dtype=np.int64), *ranks])
        rank[~rows["graded"].to_numpy()] = -1
        decided_by = pa.chunked_array([chunk for one in decided for chunk in one.chunks], pa.string())
        return pa.table([rows["row"], pa.array(rank), decided_by], schema=OUTCOMES)


def _alone(name: str) -> bool:
    """Whether a relation reads nothing else than the enterprise's own records."""
    return not is_whole(name) and own_inputs(name) == relation_inputs(name)


def _by_itself(rule: Rule) -> bool:
    """Whether a rule does."""
    return all(_alone(one.from_) for one in rule.circumstances)


def _of_rows(fired: pa.Table) -> pa.Table:
    """Rules that fired for rows, each row as an enterprise of one day."""
    ids = pc.cast(fired["number"], pa.string())
    day = pa.nulls(len(fired), pa.date32())
    return pa.table({"enterprise_id": ids, "as_of": day, "rule": fired["rule"], "evidence": fired["evidence"]})
