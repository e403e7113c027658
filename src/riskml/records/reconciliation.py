"""Every row that was delivered, accounted for: file by file, received = stored + known before + refused + waiting."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from riskml.engines.duckdb import parquet
from riskml.records.amendment_targets import Amendment
from riskml.records.amendments import Fate
from riskml.records.extracts import Extract
from riskml.records.newest import FILE_SPAN, LOAD_SPAN

STORED, KNOWN, REFUSED = ("new", "returned", "closed"), ("repeated",), ("conflict", "duplicate", "refused")
"""What becomes of a row, by its verdict (`riskml.records.merge`)."""

WAITING: frozenset[Fate] = frozenset({"waiting_record", "waiting_replacement", "ambiguous"})
"""What becomes of an amendment that acts on nothing yet."""


@dataclass(frozen=True)
class FileReport:
    """What became of the rows of one file.

    Parameters
    ----------
    received
        The rows that mappings made of it, and its malformed lines.
    waiting
        Rows that are stored and act on nothing yet: amendments whose record is not there.
    """

    file: str
    received: int
    stored: int
    known: int
    refused: int
    waiting: int

    @property
    def adds_up(self) -> bool:
        """Whether every row received is accounted for."""
        return self.received == self.stored + self.known + self.refused + self.waiting


class Tally:
    """What was counted of each file of a load under way; rows whose mapping does not name their file, of all the files
    that it reads.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._received: Counter[tuple[str, ...]] = Counter()
        self._verdicts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def add_table(self, files: Collection[str], received: dict[str, int], verdicts: dict[tuple[str, str], int]) -> None:
        """Add what became of the rows of one table, whose mapping reads `files`: file → rows, and (file, verdict) →
        rows. A file is here what ``source_file`` says, which may be `all_of` them.
        """
        together = {all_of(files): tuple(files)}
        for file, rows in received.items():
            self._received[together.get(file, (file,))] += rows
        for (file, verdict), rows in verdicts.items():
            self._verdicts[together.get(file, (file,))][verdict] += rows

    def add_lost(self, extract: Extract) -> None:
        """Add the rows of an extract whose tables could not be loaded: all are refused."""
        for one in extract.files:
            self._received[(str(one.path),)] += one.rows
            self._verdicts[(str(one.path),)]["refused"] += one.rows

    def reports(self, extracts: Iterable[Extract], waiting: Counter[tuple[str, ...]]) -> tuple[FileReport, ...]:
        """Of every file that was read, in the order of their paths; `waiting` counts rows that are among those
        stored.
        """
        malformed: dict[tuple[str, ...], int] = {
            (str(one.path),): len(one.malformed) for extract in extracts for one in extract.files
        }
        found = []
        for files in sorted({*malformed, *self._received}):
            counts = self._verdicts[files]
            stored, known, refused = (sum(counts[name] for name in names) for names in (STORED, KNOWN, REFUSED))
            bad = malformed.get(files, 0)
            found.append(
                FileReport(
                    all_of(map(self._name, files)),
                    self._received[files] + bad,
                    stored - waiting[files],
                    known,
                    refused + bad,
                    waiting[files],
                )
            )
        return tuple(found)

    def _name(self, file: str) -> str:
        """A file below the folder."""
        path = Path(file)
        return str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)


def all_of(files: Iterable[str]) -> str:
    """How files are shown together, for rows whose mapping does not name their file."""
    return ", ".join(files)


def file_of(arrival: int, load: int, files: dict[str, int]) -> tuple[str, ...]:
    """The file that a row of a load came with, from its place in the order of arrival; all of them where its mapping
    does not say which.

    >>> file_of(3 * LOAD_SPAN + FILE_SPAN + 7, 3, {"a.csv": 0, "b.csv": 1})
    ('b.csv',)
    >>> file_of(4 * LOAD_SPAN - FILE_SPAN + 7, 3, {"a, c.csv": 0, "b.csv": 1})
    ('a, c.csv', 'b.csv')
    """
    number = (arrival - load * LOAD_SPAN) // FILE_SPAN
    return next(((name,) for name, own in files.items() if own == number), tuple(files))


def count_waiting(
    connection: duckdb.DuckDBPyConnection,
    amendments: list[Path],
    fates: Iterable[tuple[Amendment, Fate]],
    load: int,
    files: dict[str, int],
) -> Counter[tuple[str, ...]]:
    """How many amendments of each file of a load are stored and act on nothing yet.

    Parameters
    ----------
    amendments
        The stored files of the table.
    fates
        What became of each amendment.
    files
        The files that the table's mapping reads, each with its number in the delivery.
    """
    waiting = {(one.source, one.of_record, one.record_id) for one, fate in fates if fate in WAITING}
    found: Counter[tuple[str, ...]] = Counter()
    if not waiting or not amendments:
        return found
    own = f"SELECT source, of_record, record_id, arrival FROM {parquet(amendments)} WHERE arrival >= {load * LOAD_SPAN}"
    for source, of_record, record_id, arrival in connection.execute(own).fetchall():
        if (source, of_record, record_id) in waiting:
            found[file_of(arrival, load, files)] += 1
    return found


def entries(reports: Iterable[FileReport], hashes: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What a load's entry in the manifest says of its files."""
    return {
        report.file: {
            "sha256": hashes.get(report.file),
            **{name: value for name, value in asdict(report).items() if name != "file"},
        }
        for report in reports
    }


def reports_of(load: dict[str, Any]) -> tuple[FileReport, ...]:
    """The same from that entry."""
    return tuple(
        FileReport(file, **{name: value for name, value in entry.items() if name != "sha256"})
        for file, entry in load["files"].items()
    )
