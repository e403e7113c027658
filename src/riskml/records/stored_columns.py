"""Which columns the stored files of a table have: a column that was added later is null in what was stored before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import parquet
from riskml.records.newest import LOAD_SPAN
from riskml.records.schema import SQL_TYPES, Column, ColumnType, Table
from riskml.records.tables import TABLES

ROW_GROUP = 2_048
"""Rows that a stored file keeps together: one enterprise's are found by the least and the greatest key of each group,
and no more than one or two groups are read for it.
"""


@dataclass(frozen=True)
class StoredColumn:
    """A column of a table in the store.

    Parameters
    ----------
    since
        The number of the load from which on files have it.
    """

    type: ColumnType
    since: int


StoredColumns = dict[str, dict[str, StoredColumn]]
"""Table → column → what the store has of it."""


@dataclass(frozen=True)
class StoredFiles:
    """Files of one table, as ``load-00003.parquet`` and the like below `folder`.

    Parameters
    ----------
    columns
        The table's columns in the store; one that is not among them is in no file. Where none is named every file has
        all.
    """

    table: Table
    folder: Path
    names: tuple[str, ...]
    columns: Mapping[str, StoredColumn] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """A SELECT in brackets of all their rows, with all columns of the table."""
        groups: dict[frozenset[str], list[Path]] = {}
        for name in self.names:
            groups.setdefault(self._lacking(name), []).append(self.folder / name)
        parts = [self._select(lacking, paths) for lacking, paths in groups.items()]
        return f"({' UNION ALL '.join(parts)})" if parts else f"({empty_relation(self.table)})"

    def differs(self, name: str) -> str:
        """True where a column of a delivered row (a) is another than that of the stored record (s), which has it at
        all.
        """
        different = f"a.{name} IS DISTINCT FROM s.{name}"
        since = self.columns[name].since if name in self.columns else 0
        first = min((column.since for column in self.columns.values()), default=0)
        return f"(s.arrival >= {since * LOAD_SPAN} AND {different})" if since > first else different

    def _lacking(self, file: str) -> frozenset[str]:
        """The columns that a file does not have, by the load that wrote it."""
        if not self.columns:
            return frozenset()
        load = int(Path(file).name.split("-")[1].removesuffix(".parquet"))
        return frozenset(
            name for name in self.table.column_names if name not in self.columns or self.columns[name].since > load
        )

    def _select(self, lacking: frozenset[str], paths: list[Path]) -> str:
        columns = ", ".join(
            _nothing(column) if column.name in lacking else column.name for column in self.table.columns
        )
        return f"SELECT {columns} FROM {parquet(paths)}"


def empty_relation(table: Table) -> str:
    """A SELECT with the table's columns and no row."""
    return f"SELECT {', '.join(map(_nothing, table.columns))} WHERE false"


def _nothing(column: Column) -> str:
    return f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}"


def columns_after(before: StoredColumns, load: int) -> StoredColumns:
    """The columns of every table once a load of this number is stored: what is new begins with it."""
    return {
        name: {
            column.name: before.get(name, {}).get(column.name) or StoredColumn(column.type, load)
            for column in table.columns
        }
        for name, table in TABLES.items()
    }


def refuse_undescribed(columns: StoredColumns, manifest: Path) -> None:
    """Refuse to read a store with a table or a column that no table in use has, or has as another type.

    Raises
    ------
    ConfigurationError
        Naming it, and where it was described.
    """
    for name, stored in columns.items():
        own = {column.name: column.type for column in TABLES[name].columns} if name in TABLES else {}
        for column, there in stored.items():
            if column not in own:
                what = (
                    (f"表 {name}", f"table {name!r}")
                    if not own
                    else (f"表 {name} 的字段 {column}", f"column {column!r} of table {name!r}")
                )
                raise ConfigurationError(
                    zh=f"{manifest} 的记录有{what[0]}，但没有文件说明它；请放回 features/ 之下 tables/{name}.yaml "
                    "中的说明。",
                    en=f"The records of {manifest} have {what[1]}, which no file describes: put what "
                    f"tables/{name}.yaml below features/ "
                    f"said of it back.",
                )
            if own[column] != there.type:
                raise ConfigurationError(
                    zh=f"{manifest} 中表 {name} 的字段 {column} 是 {there.type}，tables/{name}.yaml 写的是 "
                    f"{own[column]}；"
                    f"请改回，或另起字段名。",
                    en=f"In {manifest} column {column!r} of table {name!r} is {there.type}; tables/{name}.yaml says "
                    f"{own[column]}. "
                    "Change it back, or give the new one another name.",
                )
