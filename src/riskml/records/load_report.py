"""What became of one load: the counts of every table, the faults, what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from riskml.core.errors import RiskmlError
from riskml.records.reconciliation import FileReport
from riskml.records.references import Unmet
from riskml.records.tables import Label


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one record table: ``received`` = ``taken`` + ``repeated`` + ``closed`` + ``refused``.

    Parameters
    ----------
    left
        Of a list that is delivered whole, the open states that are no longer on it and end.
    open_before
        The open states of the source before the load, of such a list.
    listed
        Whether the table is delivered as whole lists, and if so whether this one was read whole or partly.
    is_late
        Whether it is a list older than one loaded before it, which adds to the past alone
        (`riskml.records.whole_list`).
    """

    table: str
    received: int
    taken: int
    repeated: int
    closed: int
    refused: int
    left: int = 0
    open_before: int = 0
    listed: Literal["whole", "partly"] | None = None
    is_late: bool = False


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
        (column, word) → the nearest table or part there is (None: none is near), of amendments that were refused for
        naming none.
    unmet
        What should meet something among all records and does not.
    unreadable
        Extracts that could not be read, or do not have the columns their mapping names, with the message for the user.
    unused_columns
        Extract → columns that no mapping mentions.
    quarantine
        The file with every refused row and every field given up, or None where there is none.
    files
        What became of the rows of every file that was read.
    load
        The load's number; None where nothing was loaded.
    same_as
        The load that brought the same files by the same mapping: nothing is done again.
    older
        What is to be said of a delivery older than the last.
    to_confirm
        Why it needs to be confirmed.
    offered, number_offered
        A file of amendments that what differs from stored records could be sent as, and how many they are.
    """

    source: str
    received: date
    tables: tuple[TableReport, ...]
    files: tuple[FileReport, ...]
    unused_columns: dict[str, tuple[str, ...]]
    load: int | None = None
    faults: dict[tuple[str, str, str], int] = field(default_factory=dict)
    notes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    new_words: dict[tuple[str, str, str], int] = field(default_factory=dict)
    unknown_names: dict[tuple[str, str], str | None] = field(default_factory=dict)
    unmet: tuple[Unmet, ...] = ()
    unreadable: dict[str, RiskmlError] = field(default_factory=dict)
    quarantine: Path | None = None
    same_as: int | None = None
    older: Label | None = None
    to_confirm: tuple[Label, ...] = ()
    offered: Path | None = None
    number_offered: int = 0

    @property
    def complete(self) -> bool:
        """Whether every declared extract could be read."""
        return not self.unreadable
