"""Which record table a file fills, and which of its columns which column of that table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from scipy.optimize import linear_sum_assignment

from riskml.mapping.look import TOP, FoundColumn, FoundFile
from riskml.mapping.words import code_of, is_running, likeness, names_of, names_of_table
from riskml.records.tables import TABLES, Column, Table

LEAST = 0.5
"""A likeness below which a column is left without a place."""

_LEAST_TABLE = 0.35
_LEAST_READABLE = 0.3
"""Below this share of readable values a column is not what its name says."""
_FROM_VALUES = 0.75
"""What a column of codes is worth whose values are the codes, whatever it is called."""
_NUMBER = 0.9
"""A likeness from which a column is called the number of a document or record: it goes before a running number."""
_NOT_TOLD = frozenset({"source"})


@dataclass(frozen=True)
class Placed:
    """A column of a file that fills a column of a record table, and how sure that is (from 0 to 1)."""

    found: FoundColumn
    column: Column
    sureness: float


@dataclass(frozen=True)
class MatchedFile:
    """A file with the table that it fills, or None.

    Parameters
    ----------
    likeness
        How well it fits the table.
    next_best
        The table that fits next, and how well.
    """

    file: FoundFile
    table: Table | None
    likeness: float
    next_best: tuple[str, float]
    placed: tuple[Placed, ...]

    @property
    def unplaced(self) -> tuple[FoundColumn, ...]:
        """Its columns without a place."""
        taken = {one.found.name for one in self.placed}
        return tuple(column for column in self.file.columns if column.name not in taken)


def match(file: FoundFile) -> MatchedFile:
    """The table that a file fills best, by the names of the file and of its columns and by what these hold."""
    tried = []
    for table in TABLES.values():
        if table.name == "attribute":
            continue
        placed = _place(file, table)
        tried.append((_fit(file, table, placed), table, placed))
    tried.sort(key=lambda one: -one[0])
    (best, table, placed), (second, other, _) = tried[:2]
    if best < _LEAST_TABLE or not any(one.column.name == table.subject for one in placed):
        return MatchedFile(file, None, best, (table.name, best), ())
    return MatchedFile(file, table, best, (other.name, second), placed)


def _place(file: FoundFile, table: Table) -> tuple[Placed, ...]:
    """The assignment of the file's columns to the table's that is likest as a whole."""
    targets = [column for column in table.delivered_columns if column.name not in _NOT_TOLD]
    worth = np.array([[_likeness(file, found, table, column) for column in targets] for found in file.columns])
    rows, places = linear_sum_assignment(worth, maximize=True)
    return tuple(
        Placed(file.columns[row], targets[place], float(worth[row, place]))
        for row, place in zip(rows, places, strict=True)
        if worth[row, place] >= LEAST
    )


def _likeness(file: FoundFile, found: FoundColumn, table: Table, column: Column) -> float:
    if not found.rows:
        return 0.0
    name = likeness(found.name, names_of(table, column))
    if column.codes is not None:
        known = sum(rows for word, rows in found.top.items() if code_of(table, column, word) is not None)
        share = known / sum(found.top.values())
        if len(found.top) >= TOP:
            return 0.0  # so many words are no list of codes
        by_values = _FROM_VALUES * share if len(found.top) > 1 else 0.0
        return max(name * (0.6 + 0.4 * share), by_values)
    if column.name == "record_id":
        if is_running(found.name) and any(likeness(one, names_of(table, column)) >= _NUMBER for one in file.unique):
            return 0.0
        return name if found.name in file.unique else 0.4 * name
    share_read = found.shape.of(column)
    if share_read is None:
        return name
    share_read += found.shape.short_years if column.type == "date" else 0.0
    if share_read < _LEAST_READABLE:
        return 0.0
    by_shape = 0.9 if column.name == "enterprise_id" and share_read > 0.5 else 0.0
    return max(name * (0.5 + 0.5 * min(share_read, 1.0)), by_shape * share_read)


def _fit(file: FoundFile, table: Table, placed: tuple[Placed, ...]) -> float:
    """How well a file fits a table, from 0 to 1: its name, what of the table's it has, what of its own is placed."""
    called = max(likeness(one, names_of_table(table)) for one in (PurePath(file.path).stem, file.title or "?"))
    found = {one.column.name: one.sureness for one in placed}
    own = [column for column in table.own_columns if column.required]
    # A table that asks for nothing of its own is not fitted by that alone.
    has_required = sum(found.get(column.name, 0.0) for column in own) / len(own) if own else 0.5
    has_own = sum(found.get(column.name, 0.0) for column in table.own_columns)
    share = sum(found.values()) / max(1, len(file.columns))
    return 0.35 * called + 0.3 * share + 0.2 * has_required + 0.15 * min(1.0, has_own / 3)
