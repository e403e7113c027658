"""Record tables as YAML: one file a table, the shipped ones and those that a workspace adds.

A workspace's files are ``features/tables/*.yaml`` and ``features/overlays/<name>/tables/*.yaml``; all of them hold for
the whole workspace, because its record store is one. A file that is called like a shipped table adds columns to it,
another one is a table of its own. What an office adds has a name that begins with `riskml.records.table_checks.OWN`: no
later version of riskml ships one, and none is a word of SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path

from riskml.core import yaml_text
from riskml.core.configuration import parse_yaml, read_text
from riskml.core.language import Label
from riskml.core.validation import validated
from riskml.records.schema import DIMENSIONS, Table
from riskml.records.table_checks import check_added, check_own, check_references
from riskml.records.table_specs import TableFile, TableSpec


@dataclass(frozen=True, eq=False)
class Tables(Mapping[str, Table]):
    """Record tables by name, dimension by dimension.

    Parameters
    ----------
    own
        The workspace's own files, name and text, that were added to the shipped ones.
    """

    by_name: dict[str, Table]
    own: tuple[tuple[str, str], ...] = ()

    # Which tables they are is asked by identity: there is one such object for the same files.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __getitem__(self, name: str) -> Table:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the files say of the tables: names, types, labels, codes, bounds."""
        return hashlib.sha256(repr(self.by_name).encode()).hexdigest()


def tables_in(features: Path) -> Tables:
    """The tables of a workspace: the shipped ones with what the files below its `features` add.

    Raises
    ------
    ConfigurationError
        Naming the file, the line, the entry and the field that is wrong, with what would be right.
    """
    paths = sorted((*features.glob("tables/*.yaml"), *features.glob("overlays/*/tables/*.yaml")))
    return parse_tables(tuple((str(path), read_text(path)) for path in paths))


@lru_cache(maxsize=1)
def shipped_tables() -> Tables:
    """The tables that riskml ships."""
    folder = resources.files("riskml.records").joinpath("shipped_tables")
    files = []
    for file in sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name):
        text = file.read_text("utf-8")  # tested by the strict reader, which takes ten times as long
        files.append(TableFile(file.name, text, validated(TableSpec, yaml_text.load_fast(text))))
    return _put_together(files, {})


@lru_cache(maxsize=16)
def parse_tables(own: tuple[tuple[str, str], ...]) -> Tables:
    """The same from texts: the name and the text of each of a workspace's files."""
    if not own:
        return shipped_tables()
    files = [TableFile(name, text, parse_yaml(TableSpec, text, name)) for name, text in own]
    for file in files:
        check_own(file, shipped_tables())
    return replace(_put_together(files, shipped_tables()), own=own)


def _put_together(files: Sequence[TableFile], before: Mapping[str, Table]) -> Tables:
    """The tables of `files`, added to those there were `before`."""
    tables = dict(before)
    for file in files:
        check_added(file, tables, before)
        spec, known = file.spec, tables.get(file.spec.table)
        columns = tuple(column.column(column.codes) for column in spec.columns)
        if known:
            tables[spec.table] = replace(known, own_columns=(*known.own_columns, *columns))
        else:
            tables[spec.table] = spec.new_table(columns)
    coded = {
        f"{table.name}.{column.name}": column.codes
        for table in tables.values()
        for column in table.columns
        if column.codes
    }
    for file in files:
        check_references(file, tables[file.spec.table], coded)
        tables[file.spec.table] = _with_codes(file.spec, tables[file.spec.table], coded)
    order = [*DIMENSIONS, "any"]
    return Tables(dict(sorted(tables.items(), key=lambda item: (order.index(item[1].dimension), item[1].name))))


def _with_codes(spec: TableSpec, table: Table, coded: Mapping[str, dict[str, Label]]) -> Table:
    """The table with the codes that columns of the file have from others."""
    codes = {column.id: coded[column.codes_of] for column in spec.columns if column.codes_of is not None}
    columns = (replace(column, codes=codes.get(column.name, column.codes)) for column in table.own_columns)
    return replace(table, own_columns=tuple(columns))
