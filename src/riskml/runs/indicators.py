"""Computing the as-of matrix of a date into a file, for analysts who want the indicators themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.records.lookup import Lookup
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_future_day, refuse_impossible_day
from riskml.runs.configured import configured_indicators
from riskml.training.settings import TrainingSettings


@dataclass(frozen=True)
class Written:
    """A matrix on disk."""

    path: Path
    rows: int
    columns: int


def write_indicators(
    workspace: Workspace, settings: TrainingSettings, as_of: date, on_progress: Callable[[str, int, int], None]
) -> Written:
    """Write the matrix of everyone registered at `as_of` below data/indicators/: of the indicators that `settings`
    names.
    """
    builder = _builder(workspace, settings)
    buckets = builder.store.buckets
    on_progress("relations", 0, buckets + 1)
    refuse_impossible_day(builder.store, as_of, builder.ask_registered(as_of))
    builder.prepare()
    own = f"-{settings.industry}" if settings.industry else ""
    path = workspace.data / "indicators" / f"{as_of.isoformat()}{own}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    writer = None
    for bucket, block in builder.blocks():
        on_progress("indicators", bucket + 1, buckets + 1)
        table = block.to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        rows += len(table)
    if writer:
        writer.close()
    return Written(path, rows, len(builder.system.columns))


def indicators_of(builder: MatrixBuilder, enterprise_id: str, as_of: date) -> pd.Series[Any]:
    """One enterprise's row of the as-of matrix.

    Raises
    ------
    RunError
        Where nothing is known of such an enterprise at that date, or it is a day to come.
    """
    refuse_future_day(builder.store, as_of)
    refuse_unregistered(Lookup(builder.store).rows("enterprise", [enterprise_id]), enterprise_id, as_of)
    builder.pairs(pd.DataFrame({"enterprise_id": [enterprise_id], "as_of": [as_of]}))
    return read_matrix(builder, lambda *_: None).iloc[0]


def refuse_unregistered(registrations: pa.Table, enterprise_id: str, as_of: date) -> None:
    """Refuse an enterprise of which no registration had begun at that date; `registrations` are all of it."""
    first = pc.min(registrations["valid_from"]).as_py()
    if first is None:
        raise RunError(
            zh=f"数据中没有统一社会信用代码为 {enterprise_id!r} 的企业；请核对代码（18 位）。",
            en=f"There is no enterprise {enterprise_id!r} among the records; check the code (18 characters).",
        )
    if first > as_of:
        raise RunError(
            zh=f"企业 {enterprise_id} 最早的登记信息自 {first} 起，基准日 {as_of} 在其之前。",
            en=f"The first registration of {enterprise_id} dates from {first}, after the as-of date {as_of}.",
        )


def indicators_of_one(
    workspace: Workspace, settings: TrainingSettings, enterprise_id: str, as_of: date
) -> pd.Series[Any]:
    """The same with the indicators that `settings` names."""
    return indicators_of(_builder(workspace, settings), enterprise_id, as_of)


def _builder(workspace: Workspace, settings: TrainingSettings) -> MatrixBuilder:
    system, periods = configured_indicators(workspace, settings)
    return MatrixBuilder(connect(workspace.spill), open_store(workspace.records), system, periods)
