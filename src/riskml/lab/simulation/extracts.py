"""Writing raw extracts: Parquet, every column text, in blocks, the same bytes for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.lab.simulation.calendar import Integers
from riskml.lab.simulation.columns import Codes, Dates, Frame
from riskml.lab.simulation.defects import Fields, count_defects, spoil

_BLOCK = 250_000
_SAMPLE = 5_000


@dataclass(frozen=True)
class Written:
    """What went into one extract: all rows, and the bad ones among them by kind."""

    rows: int
    bad: dict[str, int]


def write_extract(
    rng: np.random.Generator, path: Path, frame: Frame, fields: Fields, *, last_day: int, year: int
) -> Written:
    """Write what had become known by the last day, block by block, and the bad rows after it.

    Parameters
    ----------
    frame
        Columns of one length; ``recDate`` says when a row became known.
    """
    known = frame["recDate"]
    assert isinstance(known, Dates)
    rows = np.flatnonzero(known.days <= last_day)
    schema = pa.schema([(name, pa.string()) for name in frame])
    dictionaries = [name for name, column in frame.items() if isinstance(column, Codes | Dates)]
    sample = _block(frame, rows[rng.integers(0, len(rows), min(_SAMPLE, len(rows)))] if len(rows) else rows).cast(
        schema
    )
    counts = count_defects(fields, len(rows))
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=dictionaries, store_schema=False) as out:
        for start in range(0, len(rows), _BLOCK):
            out.write_table(_block(frame, rows[start : start + _BLOCK]).cast(schema))
        if counts:
            out.write_table(spoil(rng, sample, fields, counts, year))
    return Written(len(rows) + sum(counts.values()), counts)


def _block(frame: Frame, rows: Integers) -> pa.Table:
    return pa.table({name: pc.cast(column.text(rows), pa.string()) for name, column in frame.items()})
