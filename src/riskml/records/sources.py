"""A data source: a folder with source.yaml (its files) and one SELECT per record table it fills."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import sqlglot
from pydantic import BaseModel, ConfigDict, field_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from riskml.configuration import parse_yaml, read_text
from riskml.errors import ConfigurationError
from riskml.faults import ContentError
from riskml.records.columns import Wanted
from riskml.records.expressions import sql_fault
from riskml.records.mapping_columns import columns_wanted
from riskml.records.tables import TABLES, Label


class SourceFile(BaseModel):
    """One extract of a source: where it is, how it is written, and which of the columns that mappings read a file may lack."""

    model_config = ConfigDict(extra="forbid")

    path: str
    encoding: str = "utf-8"
    delimiter: str = ","
    optional: tuple[str, ...] = ()

    @field_validator("path")
    @classmethod
    def _below_the_folder(cls, path: str) -> str:
        if not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ContentError(
                f"应为 --from 目录之下的相对路径，如 penalties/*.csv，不是 {path!r}",
                f"a path below the --from folder is needed, such as penalties/*.csv, not {path!r}",
            )
        return path

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise ContentError(
                f"没有名为 {encoding!r} 的编码；请写 utf-8、gb18030 或 utf-16",
                f"there is no encoding {encoding!r}; write utf-8, gb18030 or utf-16",
            ) from error
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '"\r\n ':
            raise ContentError(
                f"分隔符是一个字符，如 ',' 或 '\\t'，不是 {delimiter!r}",
                f"a delimiter is one character, such as ',' or '\\t', not {delimiter!r}",
            )
        return delimiter


class SourceSpec(BaseModel):
    """The content of source.yaml.

    `identifier` says what an enterprise is called in this source: ``uscc`` (unified social credit
    codes, whose check character is verified) or ``free`` (any text).
    """

    model_config = ConfigDict(extra="forbid")

    source: str
    label: Label
    identifier: Literal["uscc", "free"]
    files: dict[str, SourceFile]

    @field_validator("files", mode="before")
    @classmethod
    def _path_alone(cls, files: Any) -> Any:
        """A file that is written as its path alone is UTF-8 with commas."""
        if not isinstance(files, dict):
            return files
        return {view: {"path": entry} if isinstance(entry, str) else entry for view, entry in files.items()}

    @field_validator("files")
    @classmethod
    def _names(cls, files: dict[str, SourceFile]) -> dict[str, SourceFile]:
        for view in files:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", view):
                raise ContentError(
                    f"{view!r} 不能作文件的名称；只用英文字母、数字和下划线，不以数字开头",
                    f"{view!r} is no name for an extract; use letters, digits and _, and no digit first",
                )
        return files


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

    def wanted(self, view: str) -> Wanted:
        """The columns that the mappings read of an extract."""
        mappings = [self.mappings[table] for table in self.mappings if view in self.views_of(table)]
        return columns_wanted(view, mappings, frozenset(name.lower() for name in self.spec.files[view].optional))

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
    spec = parse_yaml(SourceSpec, read_text(path), str(path))
    source = Source(folder, spec, {file.stem: read_text(file) for file in sorted(folder.glob("*.sql"))})
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
    except SqlglotError as error:
        zh, en = sql_fault(error)
        raise ConfigurationError(zh=f"{path} 不是有效的 SQL：{zh}。", en=f"{path} is not valid SQL: {en}.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ConfigurationError(zh=f"{path} 必须只含一条 SELECT。", en=f"{path} must hold exactly one SELECT.")
    unknown = source.views_of(table) - set(source.spec.files)
    if unknown:
        raise ConfigurationError(
            zh=f"{path} 引用了 source.yaml 的 files 中没有的 {', '.join(sorted(unknown))}。",
            en=f"{path} reads {', '.join(sorted(unknown))}, which source.yaml does not declare under files.",
        )
    several = [view for view in sorted(source.views_of(table)) if set("*?[") & set(source.spec.files[view].path)]
    if several and "source_file" not in source.columns_of(table):
        # A row of several files is known by its file and its number: without the file, two rows would seem to be one.
        raise ConfigurationError(
            zh=f"{path} 读取的 {', '.join(several)} 可能有多个文件，请同时选出 source_file。",
            en=f"{path} reads {', '.join(several)}, which may be several files; select source_file too.",
        )
