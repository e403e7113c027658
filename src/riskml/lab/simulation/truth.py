"""The hidden risk, written apart for evaluation only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskml.lab.simulation.calendar import HISTORY_MONTHS
from riskml.lab.simulation.latent import risk_ahead
from riskml.lab.simulation.world import World


def write_truth(world: World, path: Path) -> None:
    """Write one row per active enterprise and month-end of the window.

    Columns: ``enterprise_id``; ``month_end``; ``risk``, the probability that a random-draw inspection
    in the next twelve months finds a problem; ``latent``, the hidden risk on its own scale.
    """
    calendar = world.calendar
    schema = pa.schema(
        [("enterprise_id", pa.string()), ("month_end", pa.date32()), ("risk", pa.float32()), ("latent", pa.float32())]
    )
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=["month_end"], store_schema=False) as out:
        for month in range(HISTORY_MONTHS, calendar.all_months):
            day = min(int(calendar.month_starts[month + 1]) - 1, calendar.last_day)
            active = np.flatnonzero((world.registration.established <= day) & (world.closed > day))
            drift = world.risk.drift[active, month]
            ends = np.full(len(active), day, np.int32)
            columns = [
                world.code(active).text(slice(None)),
                pa.array(ends, pa.int32()).cast(pa.date32()),
                pa.array(risk_ahead(world.risk.fixed[active], drift).astype(np.float32)),
                pa.array((world.risk.fixed[active] + drift).astype(np.float32)),
            ]
            out.write_table(pa.table(columns, schema=schema))
