"""The as-of matrix: every indicator for the (enterprise, as-of date) moments asked for.

Relations that look beyond one enterprise run once over the whole store; the record tables of the
enterprises themselves run bucket by bucket, so that memory follows the bucket and not the province.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa

from riskml.features.compile import aggregate_sql, assemble_sql, relations_used
from riskml.features.relations import is_whole
from riskml.features.specs import IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.store import RecordStore, bucket_sql

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MatrixBuilder:
    """Builds the as-of matrix of one store.

    Parameters
    ----------
    connection
        Where the work is done; its views and temporary tables are replaced.
    """

    connection: duckdb.DuckDBPyConnection
    store: RecordStore
    system: IndicatorSystem
    periods: EffectPeriods

    def everyone(self, as_of: date) -> int:
        """Ask for every enterprise that is registered at `as_of` (not deregistered); returns their number."""
        self.store.open_views(self.connection)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE known AS SELECT DISTINCT enterprise_id, DATE '{as_of}' AS as_of FROM enterprise "
            f"WHERE valid_from <= DATE '{as_of}'"
        )
        return self._ask(
            f"SELECT enterprise_id, as_of FROM ({current_enterprise_sql('known', self.periods)}) WHERE status <> 'deregistered'"
        )

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
        self.store.open_views(self.connection)
        arrow = pa.table(
            {"enterprise_id": pa.array(pairs["enterprise_id"], pa.string()), "as_of": pa.array(pairs["as_of"], pa.date32())}
        )
        self.connection.register("asked", arrow)
        count = self._ask("SELECT DISTINCT enterprise_id, as_of FROM asked")
        self.connection.unregister("asked")
        return count

    def _ask(self, sql: str) -> int:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE all_moments AS SELECT enterprise_id, as_of, "
            f"{bucket_sql('enterprise_id', self.store.buckets)} AS bucket FROM ({sql})"
        )
        ((count,),) = self.connection.execute("SELECT count(*) FROM all_moments").fetchall()
        return int(count)

    def prepare(self) -> None:
        """Aggregate the relations that look beyond one enterprise, for all moments asked for."""
        for relation in filter(is_whole, relations_used(self.system)):
            columns = tuple(c for c in self.system.computed if c.indicator.from_ == relation)
            self._store_aggregate(relation, f"SELECT * FROM ({aggregate_sql(relation, columns, 'all_moments', self.periods)})")

    def blocks(self) -> Iterator[tuple[int, pa.Table]]:
        """The matrix bucket by bucket: ``enterprise_id``, ``as_of`` and the indicator columns, ordered by both keys."""
        for bucket in range(self.store.buckets):
            yield bucket, self.block(bucket)

    def block(self, bucket: int) -> pa.Table:
        """One bucket of the matrix. `prepare` must have run."""
        self.store.open_views(self.connection, bucket)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE moments AS SELECT enterprise_id, as_of FROM all_moments WHERE bucket = {bucket}"
        )
        aggregates = {}
        for relation in relations_used(self.system):
            aggregates[relation] = f"aggregate_{relation}"
            if not is_whole(relation):
                columns = tuple(c for c in self.system.computed if c.indicator.from_ == relation)
                self._store_aggregate(relation, aggregate_sql(relation, columns, "moments", self.periods))
        statement = assemble_sql(self.system, "moments", aggregates, self.store.tables)
        return self.connection.sql(f"{statement} ORDER BY enterprise_id, as_of").to_arrow_table()

    def _store_aggregate(self, relation: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE aggregate_{relation} AS {sql}")


def read_matrix(builder: MatrixBuilder, on_progress: Progress) -> pd.DataFrame:
    """The whole matrix as one DataFrame: for training sets and samples, not for a province.

    Returns
    -------
    DataFrame
        One row per moment asked for: ``enterprise_id``, ``as_of`` and float64 indicator columns (null: cannot be known).
    """
    buckets = builder.store.buckets
    on_progress("relations", 0, buckets + 1)
    builder.prepare()
    parts = []
    for bucket, block in builder.blocks():
        on_progress("indicators", bucket + 1, buckets + 1)
        parts.append(block)
    matrix: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return matrix
