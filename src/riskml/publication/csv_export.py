"""CSV files that people open in a spreadsheet: headers in the language that is spoken, a byte order mark, and no cell
that turns into a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypedDict

import duckdb
import pyarrow as pa

from riskml.core.language import LIST_SEPARATOR, SIMULATED, Label, say
from riskml.engines.duckdb import identifier, literal
from riskml.publication.columns import ARROW_TYPES, Field
from riskml.publication.csv_lines import cell_sql, give_lines, line_of, line_sql
from riskml.schemes.notices import NOTICE

_CONTROL = r"[\x00-\x1f\x7f\x{85}\x{2028}\x{2029}]"

# What makes a spreadsheet take a cell for a formula, at the start of a cell or after blanks that it drops (OWASP, CSV
# injection); Chinese and Japanese editions take the full-width forms too.
FORMULA = r"[\s\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]*[=+\-@＝＋－＠]"

_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-zİı]*"
_DATED = r"[\p{Nd}.,/:\-年月日时分秒 ]*"
_TURNED = (
    rf"(?i:\p{{Nd}}{{12,}}|0\p{{Nd}}+|\p{{Nd}}{_DATED}[./:\-年月日时分秒,%]{_DATED}|\p{{Nd}}+(\.\p{{Nd}}*)?e[+-]?\p{{Nd}}+"
    rf"|{_MONTH}[-/ .]?\p{{Nd}}+|\p{{Nd}}+[-/ .]?{_MONTH}|true|false)"
)
"""Texts that a spreadsheet takes for something else: a code of digits loses its last ones (fifteen are kept) or its
leading zeros, 530102E5 becomes a power of ten, 3-2 and 3月2日 and MAR2 a day, 1/2 a half.
"""

_SPECIAL = rf'{_CONTROL}|[",]|^{FORMULA}|^{_TURNED}$'
"""Finds every text that is not written as it is, by one look at each: nearly all are."""


class Marked(TypedDict):
    """What `write_sheet` is told of every sheet of one kind of document."""

    notice: Label
    simulated: bool


def write_sheet(
    path: Path, fields: Sequence[Field], rows: Iterable[Mapping[str, Any]], *, notice: Label, simulated: bool
) -> int:
    """Write rows as CSV for spreadsheets and return how many there were; `notice` and `simulated` as `write_query` has
    them.

    Parameters
    ----------
    fields
        The columns, in order; a row may hold more.
    """
    lines = sheet_lines(fields, rows)
    write_lines(path, fields, lines, notice=notice, simulated=simulated)
    return len(lines)


def sheet_lines(fields: Sequence[Field], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The lines of rows in such a sheet, to be written by `write_lines`: of many sheets all at once, since the engine
    takes a fifth of a second to read the question, however few they are.
    """
    listed = list(rows)
    table = pa.table({
        field.name: pa.array([_of_type(field, row[field.name]) for row in listed], ARROW_TYPES[field.type])
        for field in fields
    })  # fmt: skip
    lines: list[str] = []
    with duckdb.connect() as connection:
        connection.register("sheet_rows", table)
        for batch in connection.sql(f"SELECT {_line_sql(fields, excel=True)} FROM sheet_rows").to_arrow_reader():
            lines += batch.column(0).to_pylist()
    return lines


def write_lines(path: Path, fields: Sequence[Field], lines: Iterable[str], *, notice: Label, simulated: bool) -> None:
    """Write a sheet of lines that `sheet_lines` gave."""
    with _opened(path, fields, notice=notice, simulated=simulated, excel=True) as file:
        file.writelines(lines)


def write_query(
    path: Path,
    fields: Sequence[Field],
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    *,
    notice: Label,
    simulated: bool,
    excel: bool = True,
    on_rows: Callable[[int], None] | None = None,
) -> int:
    """Write the rows of a relation as CSV, in order, and return how many there were.

    Parameters
    ----------
    fields
        The columns, in order, of the types that `ARROW_TYPES` gives them; the relation may have more.
    rows
        The relation; what it is in SQL.
    notice
        The scheme's (`riskml.schemes.notices`): the head of a last column that holds nothing else. All other columns
        stay as a program expects them, and whoever opens, sorts or prints the sheet has the notice with them.
    simulated
        Whether the rows come from simulated records: the first header says so.
    excel
        Whether the file begins with the byte order mark by which Excel knows UTF-8, and texts that it would turn into
        numbers or dates end in a tab, by which it takes them for text. A program that reads the file would rather have
        neither.
    on_rows
        Told every now and then how many are written.
    """
    lines = connection.sql(f"SELECT {_line_sql(fields, excel=excel)} FROM {rows}")
    with _opened(path, fields, notice=notice, simulated=simulated, excel=excel) as file:
        return give_lines(lines, file.write, on_rows)


@contextmanager
def _opened(path: Path, fields: Sequence[Field], *, notice: Label, simulated: bool, excel: bool) -> Iterator[TextIO]:
    """A sheet with its heads, open for its lines."""
    with path.open("w", encoding="utf-8-sig" if excel else "utf-8", newline="") as file:
        file.write(line_of(headers(fields, notice=notice, simulated=simulated)))
        yield file


def headers(fields: Sequence[Field], *, notice: Label, simulated: bool) -> list[str]:
    """The heads of the columns; the first one says where the rows are simulated, the last one is the notice."""
    first, *others = (field.header for field in fields)
    return [
        f"{first}{SIMULATED.said if simulated else ''}",
        *others,
        say(f"{NOTICE.zh}：{notice.zh}", f"{NOTICE.en}: {notice.en}"),
    ]


def harmless_sql(text: str) -> str:
    r"""A SQL expression of a text that no spreadsheet takes for a formula: line breaks become blanks, and an apostrophe
    goes before a sign.

    >>> texts = "(VALUES ('=1+2'), ('－A1'), (E'昆明\n=1'), ('A-B'), (' @x')) t(a)"
    >>> [text for (text,) in duckdb.sql(f"SELECT {harmless_sql('a')} FROM {texts}").fetchall()]
    ["'=1+2", "'－A1", '昆明 =1', 'A-B', "' @x"]
    """
    line = f"regexp_replace({text}, '{_CONTROL}+', ' ', 'g')"
    return f"if(regexp_matches({line}, '^{FORMULA}'), chr(39) || {line}, {line})"


def plain_sql(field: Field) -> str:
    """A column as a cell shows it, in SQL: yes and no in words, the entries of a list side by side, numbers without
    invented digits; everything else as it is.
    """
    column = identifier(field.name)
    match field.type:
        case "flag":
            yes, no = literal(say("是", "yes")), literal(say("否", "no"))
            return f"CASE {column} WHEN true THEN {yes} WHEN false THEN {no} END"
        case "list":
            return f"array_to_string({column}, {literal(LIST_SEPARATOR.said)})"
        case "number":  # the engine's own rounding multiplies, and may end on the digit beside
            return f"CAST(format('{{:.3f}}', {column}) AS DOUBLE)"
        case _:
            return column


def _line_sql(fields: Sequence[Field], *, excel: bool) -> str:
    return line_sql([*(_cell_sql(field, excel=excel) for field in fields), literal("")])


def _cell_sql(field: Field, *, excel: bool) -> str:
    shown = plain_sql(field)
    if field.type not in ("text", "list"):
        return f"coalesce(CAST({shown} AS VARCHAR), '')"
    changed = harmless_sql(shown)
    if field.type == "text" and excel:
        changed = f"CASE WHEN regexp_full_match({shown}, '{_TURNED}') THEN {shown} || chr(9) ELSE {changed} END"
    cell = cell_sql(f"({changed})")
    return f"CASE WHEN regexp_matches({shown}, '{_SPECIAL}') THEN {cell} ELSE coalesce({shown}, '') END"


def _of_type(field: Field, value: Any) -> Any:
    """A value as Arrow takes it; what is a text only to the reader, a word of the file's own, is made one."""
    match field.type:
        case "text":
            return None if value is None else str(value)
        case "list":
            return None if value is None else [str(entry) for entry in value]
        case _:
            return value
