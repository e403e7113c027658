"""Columns of a raw extract: numbers in memory, text only for the block of rows being written.

Registry extracts arrive as text throughout. Turning thirty million records into text at once would
fill the memory, so every column here keeps compact arrays and makes text slice by slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import NEVER, Days, Flags, Floats, Integers

NOTHING = -1
"""In a column of codes or integers: no value."""

TextArray: TypeAlias = pa.Array


class TextColumn(Protocol):
    """A column that can be written as text."""

    def __len__(self) -> int:
        """Number of rows."""

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows, as strings or as a dictionary of strings."""


Frame = dict[str, TextColumn]
"""A raw extract: its columns by name, all of one length."""


def vocabulary(words: Sequence[str]) -> pa.Array:
    """`words` as the dictionary of dictionary arrays."""
    return pa.array(words, pa.string())


@cache
def _day_words() -> tuple[int, pa.Array]:
    """The first day and the ISO texts of every day from 1950 to 2199."""
    first, last = np.datetime64("1950-01-01"), np.datetime64("2200-01-01")
    return int(first.astype(np.int64)), vocabulary(np.arange(first, last).astype(str).tolist())


@dataclass(frozen=True)
class Dates:
    """Days as ISO dates; `NEVER` is empty."""

    days: Days

    def __len__(self) -> int:
        return len(self.days)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        first, words = _day_words()
        days = self.days[rows]
        return pa.DictionaryArray.from_arrays(
            pa.array(np.where(days == NEVER, 0, days - first), mask=days == NEVER), words
        )


@dataclass(frozen=True)
class Codes:
    """Positions in a list of words; `NOTHING` is empty."""

    positions: NDArray[np.integer[Any]]
    words: pa.Array

    def __len__(self) -> int:
        return len(self.positions)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        positions = self.positions[rows].astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(positions, mask=positions == NOTHING), self.words)


def yes_no(flags: Flags) -> Codes:
    """Flags as the registry writes them: 1 or 0."""
    return Codes(flags.astype(np.int8), vocabulary(["0", "1"]))


@dataclass(frozen=True)
class Amounts:
    """Amounts in 10,000 yuan, with two decimals; not-a-number is empty."""

    values: Floats | NDArray[np.float32]
    decimals: int = 2

    def __len__(self) -> int:
        return len(self.values)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        values = self.values[rows].astype(np.float64)
        rounded = np.round(values, self.decimals) + 0.0  # minus zero becomes zero
        return pc.cast(pa.array(rounded, mask=np.isnan(values)), pa.string())


@dataclass(frozen=True)
class Whole:
    """Whole numbers; `NOTHING` is empty."""

    values: NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.values)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        values = self.values[rows]
        return pc.cast(pa.array(values, mask=values == NOTHING), pa.string())


@dataclass(frozen=True)
class Fixed:
    """Texts of equal length: rows of a byte matrix, taken by position; `NOTHING` is empty."""

    matrix: NDArray[np.uint8]
    positions: NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.positions)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        positions = self.positions[rows]
        texts = fixed_text(self.matrix[positions])
        missing = positions == NOTHING
        return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts) if missing.any() else texts


@dataclass(frozen=True)
class Numbered:
    """A prefix and a number of fixed width, such as ``CF000000042``."""

    prefix: str
    numbers: NDArray[np.integer[Any]]
    width: int = 9

    def __len__(self) -> int:
        return len(self.numbers)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        numbers = self.numbers[rows].astype(np.int64)
        prefix = np.frombuffer(self.prefix.encode(), np.uint8)
        matrix = np.empty((len(numbers), len(prefix) + self.width), np.uint8)
        matrix[:, : len(prefix)] = prefix
        for place in range(self.width):
            matrix[:, -1 - place] = numbers % 10 + ord("0")
            numbers = numbers // 10
        return fixed_text(matrix)


@dataclass(frozen=True)
class Joined:
    """Several columns written one after another; empty where one of them is."""

    parts: tuple[TextColumn, ...]

    def __len__(self) -> int:
        return len(self.parts[0])

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        texts = [pc.cast(part.text(rows), pa.string()) for part in self.parts]
        return pc.binary_join_element_wise(*texts, "")


@dataclass(frozen=True)
class Either:
    """The second column where `flags`, the first elsewhere."""

    first: TextColumn
    second: TextColumn
    flags: Flags

    def __len__(self) -> int:
        return len(self.flags)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        texts = [pc.cast(part.text(rows), pa.string()) for part in (self.second, self.first)]
        return pc.if_else(pa.array(self.flags[rows]), *texts)


@dataclass(frozen=True)
class OnlyWhere:
    """A column that is empty except where `flags`."""

    column: TextColumn
    flags: Flags

    def __len__(self) -> int:
        return len(self.flags)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        texts = pc.cast(self.column.text(rows), pa.string())
        return pc.if_else(pa.array(self.flags[rows]), texts, pa.scalar(None, pa.string()))


def fixed_text(matrix: NDArray[np.uint8]) -> pa.StringArray:
    """Strings from a byte matrix of shape (rows, bytes per row) holding UTF-8."""
    rows, width = matrix.shape
    offsets = (
        np.arange(0, (rows + 1) * width, width, dtype=np.int32)[: rows + 1] if width else np.zeros(rows + 1, np.int32)
    )
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix)))
