"""Reading the rows of one key out of a Parquet file that is in the order of its keys, and nothing else of it.

The footer of such a file says the least and the greatest key of each group of its rows. Footers are read once and kept;
they may be used by many threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

FOOTERS = 128
"""How many footers a process keeps, the last that were asked for: of a table of 140 columns one may take a few MiB."""

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

    def groups_of(self, wanted: str) -> list[int]:
        """The groups that may have rows of a key."""
        may = self.filled & (self.least <= wanted) & (wanted <= self.greatest)
        return [int(group) for group in np.flatnonzero(may)]


def rows_of_key(path: Path, digest: str, key: str, wanted: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of `path` whose column `key` is `wanted`, in the order of the file.

    Parameters
    ----------
    digest
        The SHA-256 of the file, by which its footer is remembered: another file may come to have its name.
    columns
        Which to read; all where None.
    """
    footer = _footer(path, digest, key)
    # The keys first: of a table in which few enterprises have a row most reads end here.
    with pq.ParquetFile(path, metadata=footer.metadata, memory_map=True) as file:
        own = [
            (group, first, count)
            for group in footer.groups_of(wanted)
            for first, count in _runs(file.read_row_group(group, columns=[key], use_threads=False)[key], wanted)
        ]
        read = {group: file.read_row_group(group, columns=columns, use_threads=False) for group, _, _ in own}
        empty = file.schema_arrow.empty_table().select(columns or file.schema_arrow.names)
    return pa.concat_tables([read[group].slice(first, count) for group, first, count in own] or [empty])


def _runs(keys: pa.ChunkedArray, wanted: str) -> list[tuple[int, int]]:
    """Where the wanted key stands: first place and number of each run of places."""
    places = pc.indices_nonzero(pc.equal(keys, wanted)).to_numpy()
    if not len(places):
        return []
    runs = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1)
    return [(int(run[0]), len(run)) for run in runs]


@lru_cache(maxsize=FOOTERS)
def _footer(path: Path, digest: str, key: str) -> _Footer:
    metadata = pq.read_metadata(path)
    place = metadata.schema.to_arrow_schema().get_field_index(key)
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    known = [group.column(place).statistics for group in groups]
    bounds = [(one.min, one.max) if one is not None and one.has_min_max else ("", _LAST) for one in known]
    least, greatest = (np.array([bound[end] for bound in bounds], dtype=object) for end in (0, 1))
    return _Footer(metadata, least, greatest, np.array([group.num_rows > 0 for group in groups], dtype=bool))
