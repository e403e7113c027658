"""The files of one delivery: which could be opened, in which order they come, and what of them no mapping reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from riskml.core.errors import RiskmlError, RunError
from riskml.core.language import counted
from riskml.engines.duckdb import identifier
from riskml.records.columns import ROW, Wanted
from riskml.records.extracts import Extract, open_extract
from riskml.records.newest import UNKNOWN_FILE
from riskml.records.sources import Source
from riskml.records.tables import Table


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
        own = {str(one.path) for extract in self._extracts_of(table.name) for one in extract.files}
        return {path: number for path, number in self.numbers.items() if path in own}

    def is_read_whole(self, table: Table) -> bool:
        """Whether no file, and no line, of what the mapping of `table` reads is left out."""
        if self.source.views_of(table.name) & self.unreadable.keys():
            return False
        extracts = self._extracts_of(table.name)
        return not any(extract.refused or any(one.malformed for one in extract.files) for extract in extracts)

    def can_fill(self, table: str) -> bool:
        """Whether the mapping of `table` can run: every extract that it reads is open, or some are and what they give
        does not depend on the others.
        """
        views = self.source.views_of(table)
        lacking = views & self.unreadable.keys()
        return not lacking or (lacking < views and self.source.is_separable(table))

    def left_out(self) -> dict[tuple[str, ...], RunError]:
        """Extracts that are open → why nothing of them goes to a table whose mapping cannot run without another one."""
        tables: dict[tuple[str, ...], list[str]] = {}
        for table in self.source.mappings:
            views = self.source.views_of(table) - self.unreadable.keys()
            if views and not self.can_fill(table):
                tables.setdefault(tuple(sorted(views)), []).append(table)
        return {views: self._left_out(views, names) for views, names in tables.items()}

    def _left_out(self, views: tuple[str, ...], tables: list[str]) -> RunError:
        lacking = sorted({view for table in tables for view in self.source.views_of(table)} & self.unreadable.keys())
        files = [(one.path.name, one.rows) for view in views for one in self.extracts[view].files]
        rows_zh = "、".join(f"{name} 的 {rows:,} 行" for name, rows in files)
        rows_en = ", ".join(f"the {counted(rows, 'rows')} of {name}" for name, rows in files)
        return RunError(
            zh=f"{'、'.join(tables)} 表没有导入，{rows_zh}没有进入该表：其 SQL 还要读 {'、'.join(lacking)}，而它"
            f"无法读取（{' '.join(self.unreadable[view].zh for view in lacking)}）请补齐后整批再导入。",
            en=f"Table {', '.join(tables)} was not loaded, and {rows_en} did not get into it: its SQL also reads "
            f"{', '.join(lacking)}, which cannot be read "
            f"({' '.join(self.unreadable[view].en for view in lacking)}) Add that and load the delivery again.",
        )

    def _extracts_of(self, table: str) -> list[Extract]:
        """The extracts that the mapping of `table` reads, of those that are open."""
        return [self.extracts[view] for view in self.source.views_of(table) if view in self.extracts]

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
            _open_empty(connection, view, source.wanted(view))
    if (files := sum(len(extract.files) for extract in extracts.values())) > UNKNOWN_FILE:
        raise RunError(
            zh=f"{folder} 中有 {files:,} 个文件，一批最多 {UNKNOWN_FILE:,} 个；请分批导入，或合并文件。",
            en=f"{folder} has {files:,} files, a delivery {UNKNOWN_FILE:,} at most: load them in parts, or put files "
            "together.",
        )
    return Delivery(source, folder, extracts, unreadable)


def _open_empty(connection: duckdb.DuckDBPyConnection, view: str, wanted: Wanted) -> None:
    """An extract without rows, for the mappings that can do without it."""
    names = sorted(wanted.certain | wanted.possible)
    columns = "".join(f"CAST(NULL AS VARCHAR) AS {identifier(name)}, " for name in names)
    connection.execute(
        f"CREATE OR REPLACE VIEW {identifier(view)} AS SELECT {columns}'' AS source_file, 0 AS {ROW} WHERE false"
    )
