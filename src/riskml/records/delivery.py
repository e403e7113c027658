"""The files of one delivery: which could be opened, in which order they come, and what of them no mapping reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from riskml.core.errors import RiskmlError, RunError
from riskml.records.extracts import Extract, open_extract
from riskml.records.newest import NO_ONE_FILE
from riskml.records.sources import Source
from riskml.records.tables import Table

MOST_FILES = NO_ONE_FILE
"""Files of one delivery that can be told apart in ``arrival``."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a source, its extracts open as views.

    Parameters
    ----------
    folder
        Where the files are.
    extracts
        View → the extract that it reads.
    unreadable
        View → why its extract could not be opened.
    """

    source: Source
    folder: Path
    extracts: dict[str, Extract]
    unreadable: dict[str, RiskmlError]

    @property
    def size(self) -> int:
        """Bytes of all files that are read."""
        return sum(one.size for extract in self.extracts.values() for one in extract.files)

    @cached_property
    def hashes(self) -> dict[str, str]:
        """File, relative to the delivery's folder → SHA-256."""
        read = [file for extract in self.extracts.values() for file in extract.files]
        return {str(file.path.relative_to(self.folder)): file.sha256 for file in read}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Every file that is read → its number in the order of all paths of the delivery."""
        paths = sorted({one.path for extract in self.extracts.values() for one in extract.files})
        return {str(path): number for number, path in enumerate(paths)}

    def numbers_of(self, table: Table) -> dict[str, int]:
        """The same of the files that the mapping of `table` reads."""
        own = {str(one.path) for view in self.source.views_of(table.name) for one in self.extracts[view].files}
        return {path: number for path, number in self.numbers.items() if path in own}

    def is_read_whole(self, table: Table) -> bool:
        """Whether no file, and no line, of what the mapping of `table` reads is left out."""
        extracts = [self.extracts[view] for view in self.source.views_of(table.name)]
        return not any(extract.refused or any(one.malformed for one in extract.files) for extract in extracts)

    def unused_columns(self) -> dict[str, tuple[str, ...]]:
        """View → the columns of its extract that no mapping mentions."""
        mentioned: dict[str, set[str]] = {}
        for table in self.source.mappings:
            for view in self.source.views_of(table):
                mentioned.setdefault(view, set()).update(self.source.columns_of(table))
        own = {view: extract.columns for view, extract in self.extracts.items()}
        unused = {
            view: tuple(c for c in names if c.lower() not in mentioned.get(view, set())) for view, names in own.items()
        }
        return {view: names for view, names in unused.items() if names}


def open_delivery(connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, scratch: Path) -> Delivery:
    """Open every extract of a delivery that can be opened.

    Parameters
    ----------
    scratch
        A folder for files that are rewritten to be read.

    Raises
    ------
    RunError
        Where the delivery has too many files.
    """
    extracts: dict[str, Extract] = {}
    unreadable: dict[str, RiskmlError] = {}
    for view, file in source.spec.files.items():
        try:
            extracts[view] = open_extract(connection, view, file, folder, scratch, source.wanted(view))
        except RunError as error:
            unreadable[view] = error
    if (files := sum(len(extract.files) for extract in extracts.values())) > MOST_FILES:
        raise RunError(
            zh=f"{folder} 中有 {files:,} 个文件，一批最多 {MOST_FILES:,} 个；请分批导入，或合并文件。",
            en=f"{folder} has {files:,} files, a delivery {MOST_FILES:,} at most: load them in parts, or put files "
            "together.",
        )
    return Delivery(source, folder, extracts, unreadable)
