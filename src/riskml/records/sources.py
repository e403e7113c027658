"""A data source: a folder with source.yaml (its files) and one SELECT per record table it fills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlglot
from pydantic import BaseModel, ConfigDict
from sqlglot import exp
from sqlglot.errors import ParseError

from riskml.configuration import parse_yaml
from riskml.errors import ConfigurationError
from riskml.records.tables import TABLES, Label


class SourceFile(BaseModel):
    """One extract of a source: where it is and how it is written."""

    model_config = ConfigDict(extra="forbid")

    path: str
    encoding: str = "utf-8"
    delimiter: str = ","


class SourceSpec(BaseModel):
    """The content of source.yaml.

    `identifier` says what an enterprise is called in this source: ``uscc`` (unified social credit
    codes, whose check character is verified) or ``free`` (any text).
    """

    model_config = ConfigDict(extra="forbid")

    source: str
    label: Label
    identifier: Literal["uscc", "free"]
    files: dict[str, str | SourceFile]

    def file(self, view: str) -> SourceFile:
        """How the extract behind `view` is written."""
        entry = self.files[view]
        return SourceFile(path=entry) if isinstance(entry, str) else entry


@dataclass(frozen=True)
class Source:
    """A validated source folder.

    Parameters
    ----------
    mappings
        Record table → the text of its SELECT.
    """

    folder: Path
    spec: SourceSpec
    mappings: dict[str, str]

    def views_of(self, table: str) -> frozenset[str]:
        """The extracts that the mapping of `table` reads."""
        parsed = sqlglot.parse_one(self.mappings[table], read="duckdb")
        own = {cte.alias for cte in parsed.find_all(exp.CTE)}
        return frozenset(node.name for node in parsed.find_all(exp.Table)) - own

    def columns_of(self, table: str) -> frozenset[str]:
        """The names of all columns that the mapping of `table` mentions, in lower case."""
        parsed = sqlglot.parse_one(self.mappings[table], read="duckdb")
        return frozenset(node.name.lower() for node in parsed.find_all(exp.Column))


def load_source(folder: Path) -> Source:
    """Read and validate a source folder before any data is touched.

    Raises
    ------
    ConfigurationError
        Naming the file and what is wrong in it: no source.yaml, an unknown key, a SQL file whose name is
        no record table, or one that is not a single SELECT over the declared files.
    """
    path = folder / "source.yaml"
    if not path.exists():
        known = ", ".join(sorted(child.name for child in folder.parent.glob("*") if (child / "source.yaml").exists()))
        raise ConfigurationError(
            zh=f"找不到数据来源 {folder.name}：{path} 不存在。已有来源：{known or '无'}。",
            en=f"There is no source {folder.name!r}: {path} does not exist. Known sources: {known or 'none'}.",
        )
    spec = parse_yaml(SourceSpec, path.read_text(encoding="utf-8"), str(path))
    source = Source(folder, spec, {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))})
    for table in source.mappings:
        _check_mapping(source, table)
    return source


def _check_mapping(source: Source, table: str) -> None:
    path = source.folder / f"{table}.sql"
    if table not in TABLES:
        raise ConfigurationError(
            zh=f"{path}：没有名为 {table} 的记录表；文件名应为 {', '.join(TABLES)} 之一。",
            en=f"{path}: there is no record table {table!r}; the file name must be one of {', '.join(TABLES)}.",
        )
    try:
        statements = sqlglot.parse(source.mappings[table], read="duckdb")
    except ParseError as error:
        raise ConfigurationError(zh=f"{path} 不是有效的 SQL：{error}", en=f"{path} is not valid SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ConfigurationError(zh=f"{path} 必须只含一条 SELECT。", en=f"{path} must hold exactly one SELECT.")
    unknown = source.views_of(table) - set(source.spec.files)
    if unknown:
        raise ConfigurationError(
            zh=f"{path} 引用了 source.yaml 的 files 中没有的 {', '.join(sorted(unknown))}。",
            en=f"{path} reads {', '.join(sorted(unknown))}, which source.yaml does not declare under files.",
        )
