"""What became of one load: the counts of every table, the faults, what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.errors import RiskmlError
from riskml.records.references import Unmet

Progress = Callable[[str, int, int], None]
"""Called with (what is done now, number done, number in all)."""


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one record table."""

    table: str
    received: int
    taken: int
    repeated: int
    closed: int
    refused: int


@dataclass(frozen=True)
class IngestReport:
    """What became of one load.

    Parameters
    ----------
    faults
        (table, column, reason) → number of faults for which rows were refused.
    notes
        (table, column, reason) → number of fields that were given up in rows that are stored.
    new_words
        (table, column, word) → how often a word that is not among the column's codes became ``other``.
    unknown_names
        (column, word) → the nearest table or part there is (None: none is near), of amendments that were refused for naming none.
    unmet
        What should meet something among all records and does not.
    unreadable
        Extracts that could not be read, or do not have the columns their mapping names, with the message for the user.
    unused_columns
        Extract → columns that no mapping mentions.
    quarantine
        The file with every refused row and every field given up, or None where there is none.
    """

    source: str
    received: date
    tables: tuple[TableReport, ...]
    faults: dict[tuple[str, str, str], int]
    notes: dict[tuple[str, str, str], int]
    new_words: dict[tuple[str, str, str], int]
    unknown_names: dict[tuple[str, str], str | None]
    unmet: tuple[Unmet, ...]
    unreadable: dict[str, RiskmlError]
    unused_columns: dict[str, tuple[str, ...]]
    quarantine: Path | None

    @property
    def complete(self) -> bool:
        """Whether every declared extract could be read."""
        return not self.unreadable
