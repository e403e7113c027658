"""The reasons that a run publishes: the indicators that moved each score most."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riskml.explaining.contributions import top_raising

RAISING, LOWERING = 5, 3
"""How many indicators that raised and that lowered a score are published for each enterprise; `riskml explain` shows all."""

EVIDENCE = 6
"""How many record ids are published for each reason, the newest; all are counted."""


def published_reasons(
    ids: list[str], values: np.ndarray, points: np.ndarray, columns: tuple[str, ...]
) -> tuple[pa.Table, pa.Table]:
    """The indicators that moved each score most, one row each.

    Parameters
    ----------
    ids
        n enterprises.
    values, points
        Shape (n, k): the indicators and what each added to the score.

    Returns
    -------
    reasons
        enterprise_id, rank (1 moved the score most in its direction), indicator, value (null: cannot be known), points (positive:
        raised the score).
    places
        Of each reason its number, its enterprise's row and its indicator's column, as `read_evidence` asks for them.
    """
    parts, places_of = [], []
    names = pa.array(columns)
    who = pa.array(ids, pa.string())
    for sign, count in ((1, RAISING), (-1, LOWERING)):
        places = top_raising(sign * points, count)
        rows, ranks = np.nonzero(places >= 0)
        chosen = places[rows, ranks]
        parts.append(
            pa.table(
                {
                    "enterprise_id": who.take(pa.array(rows)),
                    "rank": pa.array((ranks + 1).astype(np.int8)),
                    # Every column is in the dictionary, in order: the same reasons give the same bytes whichever came first.
                    "indicator": pa.DictionaryArray.from_arrays(pa.array(chosen.astype(np.int32)), names),
                    "value": pa.array(values[rows, chosen], from_pandas=True),
                    "points": pa.array(points[rows, chosen]),
                }
            )
        )
        places_of.append(np.stack([rows, chosen]))
    row, column = np.concatenate(places_of, axis=1)
    asked = {"reason": np.arange(len(row), dtype=np.int32), "place": row.astype(np.int32), "indicator": column.astype(np.int16)}
    return pa.concat_tables(parts), pa.table(asked)
