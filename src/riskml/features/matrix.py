"""The as-of matrix: every indicator for the (enterprise, as-of date) pairs asked for.

Relations that look beyond one enterprise run once over the whole store; the record tables of the
enterprises themselves run bucket by bucket, so that memory follows the bucket and not the province.
Each relation gives its few columns with the row they belong in, and they are written there: joining
thirty relations side by side in SQL took as long as computing them. Where evidence is asked for, the live rows
of a bucket stay until the next one: what was aggregated is also the evidence.

A bucket's queries are short, and the engine works on most of them with one thread. So several buckets are under way at
once, each on a connection of its own; what concerns all of them stands in ordinary tables, which every connection sees,
and what belongs to one bucket in temporary ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from riskml.core.context_pool import ContextPool
from riskml.core.progress import Progress
from riskml.engines.duckdb import another
from riskml.features.compile import aggregate_sql, measured_sql, relations_used, rows_sql
from riskml.features.failing import naming_the_indicator
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.features.values import MatrixValues, expressions_sql
from riskml.records.buckets import bucket_sql
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.store import RecordStore
from riskml.relations.catalogue import PEERS, VISIT_COUNTS, is_by_days, is_received, is_whole
from riskml.relations.common import PEER_VISITS, USUAL_VISITS, Common, Listing, visit_statements
from riskml.relations.known_inspections import PEER_WINDOWS
from riskml.relations.links import linking_statements

Found = TypeVar("Found")

ASKED_OF_REGISTRATIONS = (
    "record_id", "valid_from", "known_date", "arrival", "name", "address", "status", "kind", "industry", "division",
    "registered_capital", "established_date",
)  # fmt: skip
"""The columns of ``enterprise`` that relations read of the registration as last known."""

_FEW = 64
"""Where fewer are asked for than one for each so many registrations on record, they are few."""

_MOMENTS_AT_ONCE = 250_000
"""Moments of different dates whose ties are followed at once: each reaches dozens of enterprises, at a date that it
hardly shares.
"""

AT_ONCE = 4
"""Most buckets worked on at once, however many cores there are: each holds several matrices of its enterprises besides
what the engine bounds, half a GiB at 125,000 enterprises and 140 indicators.
"""


@dataclass(frozen=True)
class MatrixBlock:
    """One bucket of the matrix, ordered by enterprise and as-of date.

    Parameters
    ----------
    keys
        Columns ``enterprise_id`` and ``as_of``, n rows.
    columns
        The k indicator columns.
    values
        Shape (n, k), each column contiguous; NaN: cannot be known.
    places
        Shape (n,), ascending: the ``place`` of each among the rows that were laid out.
    """

    keys: pa.Table
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    places: NDArray[np.int64]

    def to_arrow(self) -> pa.Table:
        """Keys and indicators as one table, null where a value cannot be known."""
        table = self.keys
        for place, name in enumerate(self.columns):
            table = table.append_column(name, pa.array(self.values[:, place], from_pandas=True))
        return table


@dataclass(frozen=True)
class MatrixBuilder:
    """Builds the as-of matrix of one store.

    Parameters
    ----------
    connection
        Where the work is done; its views and temporary tables are replaced.
    somebody_elses
        As in `Common`.
    beside
        Further systems whose rows are laid out at once, for everyone asked for; each is then measured by itself, for
        some of them.
    """

    connection: duckdb.DuckDBPyConnection
    store: RecordStore
    system: IndicatorSystem
    periods: EffectPeriods
    somebody_elses: tuple[Listing, ...] = ()
    beside: tuple[IndicatorSystem, ...] = ()

    def ask_registered(self, as_of: date, among: str = "true") -> int:
        """Ask for every enterprise that is registered at `as_of` (not deregistered); returns their number.

        Parameters
        ----------
        among
            Which of them, as a condition on the columns of ``enterprise``.
        """
        self._open(self.connection)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE known AS SELECT DISTINCT enterprise_id, DATE '{as_of}' AS as_of FROM "
            "enterprise "
            f"WHERE valid_from <= DATE '{as_of}' AND ({among})"  # a superset: which version is current is asked below
        )
        self._register(
            f"SELECT * FROM ({current_enterprise_sql('known', self.periods)}) WHERE status <> 'deregistered' AND "
            f"({among})"
        )
        return self._ask("SELECT enterprise_id, as_of FROM all_registered")

    def pairs(self, pairs: pd.DataFrame) -> int:
        """Ask for given pairs.

        Parameters
        ----------
        pairs
            Columns ``enterprise_id`` (text) and ``as_of`` (date), of shape (n, 2); repeated pairs count once.

        Returns
        -------
        int
            Number of different pairs.
        """
        self._open(self.connection)
        arrow = pa.table(
            {
                "enterprise_id": pa.array(pairs["enterprise_id"], pa.string()),
                "as_of": pa.array(pairs["as_of"], pa.date32()),
            }
        )
        self.connection.register("asked", arrow)
        count = self._ask("SELECT DISTINCT enterprise_id, as_of FROM asked")
        self._register(current_enterprise_sql("all_entity_dates", self.periods))
        self.connection.unregister("asked")
        return count

    def _ask(self, sql: str) -> int:
        self.connection.execute(
            f"CREATE OR REPLACE TABLE all_entity_dates AS SELECT *, "
            f"CAST(row_number() OVER (PARTITION BY bucket ORDER BY enterprise_id, as_of) - 1 AS INTEGER) AS place "
            f"FROM (SELECT enterprise_id, as_of, {bucket_sql('enterprise_id', self.store.buckets)} AS bucket FROM "
            f"({sql}))"
        )
        ((count,),) = self.connection.execute("SELECT count(*) FROM all_entity_dates").fetchall()
        return int(count)

    def prepare(self) -> None:
        """Find the rows of the relations that look beyond one enterprise, for all pairs asked for.

        Two at once: each has steps that the engine works on with one thread.
        """
        with ContextPool(1) as aside:
            visits = aside.submit(self._count_visits)
            common = self._common(tied=self._find_ties_of_many())
            visits.result()

        def find(relation: str) -> None:
            connection = another(self.connection)
            self._open(connection)
            into = f"CREATE OR REPLACE TABLE whole_{relation} AS"
            for entity_dates in self._few_days() if is_by_days(relation) else ["all_entity_dates"]:
                found = rows_sql(
                    relation, self._laid_out(relation), entity_dates, "bucket, place", self.periods, common
                )
                with naming_the_indicator(self.system, self._laid_out(relation)):
                    connection.execute(f"{into} {found}")
                into = f"INSERT INTO whole_{relation}"

        with ContextPool(2) as pool:
            list(pool.map(find, filter(is_whole, self.relations)))

    @property
    def workers(self) -> int:
        """How many buckets are worked on at once."""
        ((threads,),) = self.connection.execute("SELECT current_setting('threads')").fetchall()
        return min(int(threads), self.store.buckets, AT_ONCE)

    def blocks(self) -> Iterator[tuple[int, MatrixBlock]]:
        """The matrix bucket by bucket; `prepare` must have run."""
        return self.each_bucket(MatrixBuilder.block, range(self.store.buckets))

    def each_bucket(
        self, work: Callable[[MatrixBuilder, int], Found], buckets: Iterable[int]
    ) -> Iterator[tuple[int, Found]]:
        """What `work` makes of every bucket, in their order; `prepare` must have run.

        Parameters
        ----------
        work
            Called in another thread with a builder that no other thread uses, and the bucket.
        """
        waiting: SimpleQueue[MatrixBuilder] = SimpleQueue()
        for _ in range(self.workers):
            waiting.put(replace(self, connection=another(self.connection)))

        def work_on(bucket: int) -> Found:
            builder = waiting.get()
            try:
                return work(builder, bucket)
            finally:
                waiting.put(builder)

        left = iter(buckets)
        with ContextPool(self.workers) as pool:
            under_way: deque[tuple[int, Future[Found]]] = deque()
            try:
                # One more than can be worked on: while its result is taken up, no thread is idle.
                for bucket in islice(left, self.workers + 1):
                    under_way.append((bucket, pool.submit(work_on, bucket)))
                while under_way:
                    bucket, future = under_way.popleft()
                    yield bucket, future.result()
                    for following in islice(left, 1):
                        under_way.append((following, pool.submit(work_on, following)))
            finally:
                for _, future in under_way:
                    future.cancel()

    def block(self, bucket: int, *, keep_rows: bool = False) -> MatrixBlock:
        """One bucket of the matrix. `prepare` must have run.

        Parameters
        ----------
        keep_rows
            Whether the rows that it is computed from are kept until the next bucket, for `riskml.explaining.evidence`.
        """
        self.lay_out(bucket, keep_rows=keep_rows)
        return self.measured()

    def lay_out(self, bucket: int, *, keep_rows: bool = False) -> None:
        """Find a bucket's rows of every relation that a system reads, for those asked for, who are then the table
        ``entity_dates``.
        """
        self._open(self.connection, bucket)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE entity_dates AS SELECT enterprise_id, as_of, place FROM all_entity_dates "
            f"WHERE bucket = {bucket} ORDER BY place"
        )
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE registered AS SELECT * EXCLUDE (bucket) FROM all_registered WHERE bucket = "
            f"{bucket}"
        )
        for relation in filter(self.received, self.relations):
            if is_whole(relation):
                found = f"SELECT * EXCLUDE (bucket) FROM whole_{relation} WHERE bucket = {bucket}"
            else:
                found = self.own_rows_sql(relation)
            self.connection.execute(
                f"CREATE OR REPLACE TEMP {'TABLE' if keep_rows else 'VIEW'} {rows_table(relation)} AS {found}"
            )

    def own_rows_sql(self, relation: str) -> str:
        """The rows of a relation that reads no others' records, for those in the table ``entity_dates``."""
        common = Common("registered", USUAL_VISITS, PEER_VISITS, somebody_elses=self.somebody_elses)
        return rows_sql(relation, self._laid_out(relation), "entity_dates", "place", self.periods, common)

    def measured(self) -> MatrixBlock:
        """The own system's matrix of the enterprises in the table ``entity_dates``, from the rows that `lay_out` found
        for these and perhaps others.
        """
        keys, values = self.values()
        self.express(values)
        names = tuple(column.name for column in self.system.columns)
        places = keys["place"].to_numpy().astype(np.int64)
        return MatrixBlock(keys.drop_columns("place"), names, values.matrix(), places)

    def values(self) -> tuple[pa.Table, MatrixValues]:
        """The same as ``enterprise_id``, ``as_of`` and ``place``, and values of which the columns that are expressions
        are still to be computed (`express`).
        """
        keys = self.connection.sql(
            "SELECT enterprise_id, as_of, place FROM entity_dates ORDER BY place"
        ).to_arrow_table()
        places = keys["place"].to_numpy().astype(np.int64)
        values = MatrixValues(self.system, len(keys), self.received)
        for relation in filter(self.received, relations_used(self.system)):
            rows = rows_table(relation)
            if self.beside:
                rows = f"(SELECT r.* FROM {rows} r SEMI JOIN entity_dates USING (place))"
            self.measure(relation, rows, values, places)
        return keys, values

    def measure(self, relation: str, rows: str, values: MatrixValues, places: NDArray[np.int64]) -> None:
        """Fill in the columns that are made from a relation, of which `rows` (a table, or a SELECT in brackets) are
        the rows.
        """
        columns = self._columns_of(relation)
        alone = partial(_measure_of_one, rows=rows)
        with naming_the_indicator(self.system, columns, self.connection, alone):
            measured = self.connection.sql(measured_sql(columns, rows)).to_arrow_table()
        values.fill(columns, measured, places)

    def express(self, values: MatrixValues) -> None:
        """Compute the columns that are expressions over others."""
        values.express(self._evaluate)

    def _evaluate(self, others: pa.Table, expressions: list[IndicatorColumn]) -> pa.Table:
        """Compute expressions over other columns, a view ``others`` meanwhile."""
        self.connection.register("others", others)
        with naming_the_indicator(self.system, expressions, self.connection, _expressed_alone):
            found = self.connection.sql(expressions_sql(expressions)).to_arrow_table()
        self.connection.unregister("others")
        return found

    def _count_visits(self) -> None:
        """Make the tables about all visits (`riskml.relations.common.visit_statements`), where an indicator reads them.

        They are of the whole store, whoever is asked for and when. Called in a thread of its own.
        """
        if VISIT_COUNTS & set(self.relations):
            connection = another(self.connection)
            self._open(connection)
            for name, found in visit_statements(self.periods).items():
                connection.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {found}")

    def _common(self, *, tied: bool) -> Common:
        """What the relations have in common; `_count_visits` makes its tables about visits."""
        peers = (column for relation in PEERS for column in self._laid_out(relation))
        windows = sorted({days for column in peers for days in column.windows_read})
        return Common("all_registered", USUAL_VISITS, PEER_VISITS, tied, tuple(windows) or PEER_WINDOWS)

    def _find_ties_of_many(self) -> bool:
        """Make the tables of `linking_statements`; not where so few are asked for that it would take longer than it
        saves.
        """
        counts = "SELECT (SELECT count(*) FROM all_entity_dates), (SELECT count(*) FROM enterprise)"
        ((asked, registrations),) = self.connection.execute(counts).fetchall()
        if asked < registrations / _FEW:
            return False
        for name, found in linking_statements("all_entity_dates", self.periods).items():
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {found}")
        return True

    def _few_days(self) -> Iterator[str]:
        """The entity_dates asked for, a few as-of dates at a time: each a SELECT in brackets."""
        counted = self.connection.execute(
            "SELECT as_of, count(*) FROM all_entity_dates GROUP BY as_of ORDER BY as_of"
        ).fetchall()
        if not counted:
            yield "all_entity_dates"
        first, held = None, 0
        for day, count in counted:
            first, held = first or day, held + count
            if held >= _MOMENTS_AT_ONCE or day == counted[-1][0]:
                yield f"(SELECT * FROM all_entity_dates WHERE as_of BETWEEN DATE '{first}' AND DATE '{day}')"
                first, held = None, 0

    def _register(self, sql: str) -> None:
        """Keep the registrations that `sql` gives: what relations ask of them, by bucket."""
        columns = ", ".join(("enterprise_id", "as_of", *ASKED_OF_REGISTRATIONS))
        self.connection.execute(
            f"CREATE OR REPLACE TABLE all_registered AS SELECT {columns}, "
            f"{bucket_sql('enterprise_id', self.store.buckets)} AS bucket FROM ({sql})"
        )

    def _open(self, connection: duckdb.DuckDBPyConnection, bucket: int | None = None) -> None:
        """Open the store's views; what amendments do, which every statement reads, is read from the disk once."""
        self.store.open_views(connection, bucket)
        connection.execute("CREATE TABLE IF NOT EXISTS all_amended_spans AS FROM amended_span")
        connection.execute("CREATE OR REPLACE TEMP VIEW amended_span AS FROM all_amended_spans")

    def received(self, relation: str) -> bool:
        """Whether enough of what `relation` reads was ever received; where not, nothing of it can be known."""
        return is_received(relation, self.store.tables)

    @property
    def relations(self) -> tuple[str, ...]:
        """The relations that any of the systems reads."""
        return tuple(dict.fromkeys(name for system in (self.system, *self.beside) for name in relations_used(system)))

    def _laid_out(self, relation: str) -> tuple[IndicatorColumn, ...]:
        """The columns of all systems that are made from a relation: its rows are found once for all of them."""
        found = (column for system in (self.system, *self.beside) for column in system.computed)
        return tuple(dict.fromkeys(column for column in found if column.indicator.from_ == relation))

    def _columns_of(self, relation: str) -> tuple[IndicatorColumn, ...]:
        return tuple(column for column in self.system.computed if column.indicator.from_ == relation)


def _expressed_alone(column: IndicatorColumn) -> str:
    return expressions_sql([column])


def _measure_of_one(column: IndicatorColumn, rows: str) -> str:
    return aggregate_sql((column,), rows, "place")


def rows_table(relation: str) -> str:
    """The name of a relation's live rows in the bucket computed last, with their ``place``."""
    return f"rows_{relation}"


def read_matrix(builder: MatrixBuilder, on_progress: Progress) -> pd.DataFrame:
    """The whole matrix as one DataFrame: for training sets and samples, not for a province.

    Returns
    -------
    DataFrame
        One row per pair asked for: ``enterprise_id``, ``as_of`` and float64 indicator columns (null: cannot be known).
    """
    buckets = builder.store.buckets
    on_progress("relations", 0, buckets + 1)
    builder.prepare()
    ((rows,),) = builder.connection.execute("SELECT count(*) FROM all_entity_dates").fetchall()
    # One array for all: put together from tables, a million rows were copied twice more.
    values = np.empty((rows, len(builder.system.columns)), order="F")
    keys, filled = [], 0
    for bucket, block in builder.blocks():
        on_progress("indicators", bucket + 1, buckets + 1)
        keys.append(block.keys)
        values[filled : filled + len(block.values)] = block.values
        filled += len(block.values)
    names = [column.name for column in builder.system.columns]
    matrix: pd.DataFrame = pd.concat(
        [pa.concat_tables(keys).to_pandas(), pd.DataFrame(values, columns=names, copy=False)], axis=1
    )
    return matrix
