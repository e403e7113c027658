"""A data source: a folder with source.yaml (its files) and one SELECT per record table it fills."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

import sqlglot
from pydantic import Field, field_validator, model_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, nearest
from riskml.records.attributes import ATTRIBUTE, Attributes, attribute_sql
from riskml.records.columns import Wanted
from riskml.records.delimited_header import MOST_HEADER_LINES, MOST_TITLE_LINES, Heading
from riskml.records.expressions import sql_fault
from riskml.records.mapping_columns import columns_wanted
from riskml.records.source_sql import RESERVED, mapping_fault
from riskml.records.tables import TABLES, Label
from riskml.records.workbook import SHEET_NAME, WORKBOOK

LONGEST_TEXT = 100_000
"""Bytes of source.yaml or of a mapping."""

GAP = "GAP:"
"""How a comment begins that marks what a person has to fill in, or to remove, before the source can be read."""

_GAP_LINE = re.compile(rf"(?:--|#)[ \t]*{GAP}[ \t]*(.*)")
_MOST_GAPS = 20


class SourceFile(Entry):
    """One extract of a source: where it is, how it is written, and which of the columns that mappings read a file may
    lack.

    `title_lines` are the lines of a delimited file before the names of its columns, `header_lines` those that the names
    take (`riskml.records.delimited_header.Heading`). `sheet` is the sheet of a workbook that has
    several with rows.
    """

    path: str
    sheet: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    title_lines: int = Field(default=0, ge=0, le=MOST_TITLE_LINES)
    header_lines: int = Field(default=1, ge=1, le=MOST_HEADER_LINES)
    snapshot: bool = False
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

    @field_validator("sheet")
    @classmethod
    def _a_sheets_name(cls, sheet: str | None) -> str | None:
        if sheet is not None and not SHEET_NAME.fullmatch(sheet):
            raise ContentError(
                f"{sheet!r} 不能作工作表的名称：Excel 不允许其中有 \\ / ? * [ ] : 和控制字符",
                f"{sheet!r} cannot be the name of a sheet: Excel allows no \\ / ? * [ ] : and no control character "
                "in one",
            )
        return sheet

    @model_validator(mode="after")
    def _what_its_kind_has(self) -> Self:
        is_workbook = PurePosixPath(self.path).suffix.lower() in WORKBOOK
        given = self.model_fields_set
        wrong = given & {"encoding", "delimiter"} if is_workbook else given & {"sheet"}
        for name in sorted(wrong):
            raise ContentError(
                f"{self.path} {'是' if is_workbook else '不是'} Excel 工作簿，没有 {name}；请删去",
                f"{self.path} is {'a' if is_workbook else 'no'} workbook and has no {name}: take it out",
            )
        return self

    @property
    def heading(self) -> Heading:
        """Where in a delimited file the names are."""
        return Heading(self.title_lines, self.header_lines)

    def read_as(self, file: Path) -> Path:
        """What a file is called where its rows are told apart: with its sheet, where that is named."""
        return file / self.sheet if self.sheet else file


class SourceSpec(Entry):
    """The content of source.yaml.

    `identifier` says what an enterprise is called in this source: ``uscc`` (unified social credit
    codes, whose check character is verified) or ``free`` (any text). `delivery` says what a delivery is: ``additions``
    (what is new or changed, or all that ever was) or ``snapshot`` (the lists as they are now: a state that is no longer
    on its list has ended); a file may say ``snapshot: true`` for itself. `attributes` lists what else the files hold
    (`riskml.records.attributes`). `simulated` says that what it delivers is generated, and all that is made of it says
    so.
    """

    source: str
    label: Label
    simulated: bool = False
    identifier: Literal["uscc", "free"]
    delivery: Literal["additions", "snapshot"] = "additions"
    files: dict[str, SourceFile]
    attributes: tuple[Attributes, ...] = ()

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
            if view.lower() in RESERVED:
                raise ContentError(
                    f"{view!r} 是导入时自用的名称；请换一个名称，如 {view}_raw",
                    f"{view!r} is a name that loading keeps for itself; use another, such as {view}_raw",
                )
        if len({view.lower() for view in files}) < len(files):
            raise ContentError(
                "有两个文件的名称只是大小写不同；SQL 分不清它们，请换一个名称",
                "two files have names that differ by case only, which SQL cannot tell apart; use another name",
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

    def mapping_file(self, table: str) -> Path:
        """Where the mapping of `table` is written."""
        return self.folder / (f"{table}.sql" if (self.folder / f"{table}.sql").exists() else "source.yaml")

    @property
    def digest(self) -> str:
        """SHA-256 of what the source says of its files and of their mapping."""
        content = {"spec": self.spec.model_dump_json(), "mappings": self.mappings}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def is_snapshot(self, table: str) -> bool:
        """Whether each delivery of `table` is a whole list, so that who is no longer on it has left."""
        whole = self.spec.delivery == "snapshot" or all(self.spec.files[view].snapshot for view in self.views_of(table))
        return whole and TABLES[table].kind == "state"

    def views_of(self, table: str) -> frozenset[str]:
        """The extracts that the mapping of `table` reads."""
        parsed = _parsed(self.mappings[table])
        own = {cte.alias for cte in parsed.find_all(exp.CTE)}
        return frozenset(node.name for node in parsed.find_all(exp.Table)) - own

    def wanted(self, view: str) -> Wanted:
        """The columns that the mappings read of an extract."""
        mappings = [self.mappings[table] for table in self.mappings if view in self.views_of(table)]
        return columns_wanted(view, mappings, frozenset(name.lower() for name in self.spec.files[view].optional))

    def is_plain(self, table: str) -> bool:
        """Whether the mapping of `table` makes at most one row of each row that it reads."""
        parsed = _parsed(self.mappings[table])
        several = (
            exp.SetOperation,
            exp.Join,
            exp.Subquery,
            exp.With,
            exp.Lateral,
            exp.Unnest,
            exp.Explode,
            exp.Group,
            exp.Distinct,
        )
        return (
            isinstance(parsed, exp.Select)
            and not any(parsed.find_all(*several))
            and len(list(parsed.find_all(exp.Table))) == 1
        )

    def is_separable(self, table: str) -> bool:
        """Whether the mapping of `table` is a UNION in which each SELECT reads one extract: the rows that one extract
        gives are the same without the others.
        """
        parsed = _parsed(self.mappings[table])
        if not isinstance(parsed, exp.Union) or any(parsed.args.get(name) for name in ("with_", "limit", "offset")):
            return False
        return all(_is_of_one_extract(select) for select in _selects(parsed))

    def columns_of(self, table: str) -> frozenset[str]:
        """The names of all columns that the mapping of `table` mentions, in lower case."""
        parsed = _parsed(self.mappings[table])
        return frozenset(node.name.lower() for node in parsed.find_all(exp.Column))


def _selects(parsed: exp.Expression) -> list[exp.Expression]:
    """The queries of which a UNION is made."""
    if not isinstance(parsed, exp.Union):
        return [parsed]
    return _selects(parsed.this) + _selects(parsed.expression)


def _is_of_one_extract(select: exp.Expression) -> bool:
    """Whether a query reads one extract, and makes no row of none."""
    makes_a_row = any(select.find_all(exp.AggFunc)) and not select.args.get("group")
    return (
        isinstance(select, exp.Select)
        and not any(select.find_all(exp.With))
        and len({table.name for table in select.find_all(exp.Table)}) == 1
        and not makes_a_row
    )


@lru_cache(maxsize=256)
def _parsed(sql: str) -> exp.Expr:
    """A mapping taken apart once; nobody changes what is shared."""
    return sqlglot.parse_one(sql, read="duckdb")


def find_source(sources: Path, name: str) -> Path:
    """The folder of the source called `name` below `sources`.

    Raises
    ------
    ConfigurationError
        Where that is a path and no name: what is loaded is always below `sources`.
    """
    if name in {"", ".", ".."} or set(name) & set("/\\\0"):
        raise ConfigurationError(
            zh=f"{name!r} 不是来源的名称；请写 {sources} 之下的文件夹名，如 simulated。",
            en=f"{name!r} is not the name of a source; name a folder below {sources}, such as simulated.",
        )
    return sources / name


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
    refuse_gaps(folder)
    spec = parse_yaml(SourceSpec, _text_of(path), str(path))
    if spec.source != folder.name:
        raise ConfigurationError(
            zh=f"{path} 的 source 应与文件夹同名，写 {folder.name!r}，不是 {spec.source!r}。",
            en=f"'source' in {path} should be the name of the folder, {folder.name!r}, not {spec.source!r}.",
        )
    mappings = {file.stem: _text_of(file) for file in sorted(folder.glob("*.sql"))}
    if spec.attributes:
        if ATTRIBUTE in mappings:
            raise ConfigurationError(
                zh=f"{folder / 'attribute.sql'} 与 {path} 的 attributes 只能有一个；请并入后者。",
                en=f"{folder / 'attribute.sql'} and 'attributes' in {path} cannot both be; put the former into the "
                "latter.",
            )
        mappings[ATTRIBUTE] = _attributes_sql(spec, path)
    source = Source(folder, spec, mappings)
    for table in source.mappings:
        _check_mapping(source, table)
    _check_lists(source, path)
    return source


def refuse_gaps(folder: Path) -> None:
    """Refuse a source in which something is still to be filled in.

    Raises
    ------
    ConfigurationError
        With the file, the line and the text of each gap, the first `_MOST_GAPS` of them.
    """
    found = [
        f"{file.name}:{number}: {gap[1].strip()}"
        for file in (folder / "source.yaml", *sorted(folder.glob("*.sql")))
        for number, line in enumerate(_text_of(file).splitlines(), 1)
        if (gap := _GAP_LINE.search(line))
    ]
    if found:
        shown = "\n  ".join(found[:_MOST_GAPS])
        raise ConfigurationError(
            zh=f"{folder} 还有 {len(found)} 处要由人填写（标有 {GAP}）；逐处填好或删去该行注释后再导入：\n  {shown}",
            en=f"{folder} has {len(found)} places that a person has to fill in, marked {GAP}; fill in each, or remove "
            f"its comment, and load again:\n  {shown}",
        )


def _check_lists(source: Source, path: Path) -> None:
    """Refuse whole lists of what is no state: nobody leaves a list of events."""
    states = {table for table in source.mappings if TABLES[table].kind == "state"}
    meant = [
        view
        for view, file in source.spec.files.items()
        if file.snapshot and not any(view in source.views_of(one) for one in states)
    ]
    if source.spec.delivery == "snapshot" and not states:
        meant = ["delivery"]
    if meant:
        known = ", ".join(table.name for table in TABLES.values() if table.kind == "state")
        raise ConfigurationError(
            zh=f"{path} 的 {'、'.join(meant)} 写了 snapshot，却不填任何状态表，谁也不会移出；请去掉，或填 {known} "
            "之一。",
            en=f"{path} has snapshot for {', '.join(meant)}, which fills no table of states, so that nobody would ever "
            "leave; leave it out, or "
            f"fill one of {known}.",
        )


def _text_of(file: Path) -> str:
    """The text of a file of the folder itself: what a link points to may be anything."""
    if not file.is_file() or file.resolve().parent != file.parent.resolve() or file.stat().st_size > LONGEST_TEXT:
        raise ConfigurationError(
            zh=f"{file} 应为该文件夹中的普通文件，不超过 {LONGEST_TEXT:,} 字节。",
            en=f"{file} should be a regular file of this folder, of at most {LONGEST_TEXT:,} bytes.",
        )
    return read_text(file)


def _attributes_sql(spec: SourceSpec, path: Path) -> str:
    """The mapping of all attributes; a ConfigurationError where one names a file that is not there, or one name comes
    twice.
    """
    names = [name for attributes in spec.attributes for name in attributes.columns]
    if unknown := [attributes.file for attributes in spec.attributes if attributes.file not in spec.files]:
        zh, en = nearest(unknown[0], spec.files)
        raise ConfigurationError(
            zh=f"{path} 的 attributes：files 中没有 {unknown[0]}{zh}。",
            en=f"{path}, attributes: {unknown[0]} is none of 'files'{en}.",
        )
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(
            zh=f"{path} 的 attributes：属性 {repeated[0]} 写了两次；每个属性一个名称。",
            en=f"{path}, attributes: {repeated[0]} stands there twice; each attribute has a name of its own.",
        )
    several = any(set("*?[") & set(spec.files[attributes.file].path) for attributes in spec.attributes)
    return "\nUNION ALL BY NAME\n".join(attribute_sql(attributes, several=several) for attributes in spec.attributes)


def _check_mapping(source: Source, table: str) -> None:
    path = source.mapping_file(table)
    if table not in TABLES:
        raise ConfigurationError(
            zh=f"{path}：没有名为 {table} 的记录表；文件名应为 {', '.join(TABLES)} 之一。",
            en=f"{path}: there is no record table {table!r}; the file name must be one of {', '.join(TABLES)}.",
        )
    try:
        # First, because it gives up on what is nested so deeply that the engine's own parser would crash.
        statements = sqlglot.parse(source.mappings[table], read="duckdb")
        fault = mapping_fault(source.mappings[table], frozenset(source.spec.files))
    except RecursionError as error:
        raise ConfigurationError(
            zh=f"{path} 嵌套太深；请拆成几步（WITH）。", en=f"{path} is nested too deeply; use WITH."
        ) from error
    except SqlglotError as error:
        zh, en = sql_fault(error)
        raise ConfigurationError(zh=f"{path} 不是有效的 SQL：{zh}。", en=f"{path} is not valid SQL: {en}.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ConfigurationError(zh=f"{path} 必须只含一条 SELECT。", en=f"{path} must hold exactly one SELECT.")
    if fault:
        raise ConfigurationError(zh=f"{path} {fault[0]}。", en=f"{path}, {fault[1]}.")
    several = [view for view in sorted(source.views_of(table)) if set("*?[") & set(source.spec.files[view].path)]
    if several and "source_file" not in source.columns_of(table):
        # A row of several files is known by its file and its number: without the file, two rows would seem to be one.
        raise ConfigurationError(
            zh=f"{path} 读取的 {', '.join(several)} 可能有多个文件，请同时选出 source_file。",
            en=f"{path} reads {', '.join(several)}, which may be several files; select source_file too.",
        )
