"""Reading the rows of some keys out of a Parquet file that is in the order of its keys, and nothing else of it.

The footer of such a file says the least and the greatest key of each group of its rows. Footers are read once and kept;
they may be used by many threads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

FOOTERS = 512
"""How many footers a process keeps, the last that were asked for: more than one run and its store have files."""

_LAST = "\U0010ffff"
"""No key comes after it."""


@dataclass(frozen=True)
class _Footer:
    """What the end of a file says, and the least and the greatest key of each group of rows.

    Parameters
    ----------
    filled
        Whether a group has rows: pyarrow fails on comparing those of an empty one.
    """

    metadata: pq.FileMetaData
    least: NDArray[np.object_]
    greatest: NDArray[np.object_]
    filled: NDArray[np.bool_]

    def groups_of(self, keys: NDArray[np.object_]) -> list[int]:
        """The groups that may have rows of `keys`, which are sorted."""
        first = np.searchsorted(keys, self.least, side="left")
        last = np.searchsorted(keys, self.greatest, side="right")
        return [int(group) for group in np.flatnonzero(self.filled & (first < last))]


def rows_of_keys(
    path: Path, digest: str, key: str, wanted: Collection[str], columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows of `path` whose column `key` is one of `wanted`, in the order of the file.

    Parameters
    ----------
    digest
        The SHA-256 of the file, by which its footer is remembered: another file may come to have its name.
    columns
        Which to read, in the file's order; all where None. Those that the file has not are left out.
    """
    footer = _footer(path, digest, key)
    asked = np.array(sorted(wanted), dtype=object)
    value_set, found = pa.array(asked, pa.string()), list[pa.Table]()
    with pq.ParquetFile(path, metadata=footer.metadata, memory_map=True) as file:
        for group in footer.groups_of(asked):
            # The keys first: of a table in which few enterprises have a row most reads end here.
            keys = file.read_row_group(group, columns=[key], use_threads=False)[key]
            places = pc.indices_nonzero(pc.is_in(keys, value_set=value_set))
            if len(places):
                found.append(_rows_at(file.read_row_group(group, columns=columns, use_threads=False), places))
        schema = file.schema_arrow
    names = [name for name in schema.names if columns is None or name in columns]
    return pa.concat_tables(found or [schema.empty_table().select(names)])


def _rows_at(rows: pa.Table, places: pa.Array) -> pa.Table:
    """The rows at `places`, which are ascending; those of one key stand together."""
    first, last = places[0].as_py(), places[-1].as_py()
    return rows.slice(first, len(places)) if last - first < len(places) else rows.take(places)


@lru_cache(maxsize=FOOTERS)
def _footer(path: Path, digest: str, key: str) -> _Footer:
    metadata = pq.read_metadata(path)
    place = metadata.schema.to_arrow_schema().get_field_index(key)
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    known = [group.column(place).statistics for group in groups]
    bounds = [(one.min, one.max) if one is not None and one.has_min_max else ("", _LAST) for one in known]
    least, greatest = (np.array([bound[end] for bound in bounds], dtype=object) for end in (0, 1))
    return _Footer(metadata, least, greatest, np.array([group.num_rows > 0 for group in groups], dtype=bool))
