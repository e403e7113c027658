"""What is checked in every incoming row, as SQL: types, codes, identifiers, dates.

A row that fails any check goes to quarantine whole, with one line per fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskml.engines.duckdb import quote
from riskml.records.tables import SQL_TYPES, Column, Label, Table
from riskml.records.uscc import is_valid_sql

REASONS: dict[str, Label] = {
    "wrong_type": Label("类型不符，无法读作该字段的类型", "cannot be read as the column's type"),
    "missing": Label("必填字段为空", "a required field is empty"),
    "unknown_code": Label("不在代码表中", "not one of the codes of this column"),
    "future_date": Label("日期晚于接收日期", "the date lies after the day the extract was received"),
    "bad_uscc": Label("统一社会信用代码校验不通过（GB 32100）", "not a valid unified social credit code (GB 32100)"),
    "out_of_range": Label("比例应在 0 与 1 之间", "a share must lie between 0 and 1"),
    "ends_before_start": Label("终止日期早于起始日期", "it ends before it begins"),
    "duplicate_id": Label(
        "同一批次内记录编号重复，保留先出现的一条", "the record id occurs again in the extract; the first row is kept"
    ),
    "conflict": Label(
        "与库中同编号记录内容不同；更正应通过 amendment 表报送",
        "differs from the stored record of this id; send corrections as amendments",
    ),
    "unreadable_file": Label("文件无法读取", "the file cannot be read"),
    "malformed_line": Label("该行不符合 CSV 格式", "the line is not well-formed CSV"),
    "undecodable": Label("该行有不是声明编码的字节", "the line has bytes that are no text in the encoding of the file"),
}
"""Why a row or a file was refused."""

_DATE_FORMATS = "['%Y-%m-%d %H:%M:%S', '%Y%m%d', '%Y/%m/%d', '%Y.%m.%d', '%Y年%m月%d日']"


@dataclass(frozen=True)
class Check:
    """One fault a row may have: the SQL condition that is true where it has it."""

    column: str
    reason: str
    condition: str


def text_sql(column: str) -> str:
    """The column as trimmed text, null where empty."""
    return f"nullif(trim(CAST({column} AS VARCHAR)), '')"


def typed_sql(column: Column, raw: str) -> str:
    """The raw column in the type of `column`, null where it cannot be read as such."""
    text = text_sql(raw)
    if column.type == "text":
        return text
    if column.type == "date":
        return f"coalesce(TRY_CAST({text} AS DATE), CAST(TRY_STRPTIME({text}, {_DATE_FORMATS}) AS DATE))"
    if column.type == "flag":
        yes, no = f"lower({text}) IN ('是', 'y', 'yes')", f"lower({text}) IN ('否', 'n', 'no')"
        return f"CASE WHEN {yes} THEN true WHEN {no} THEN false ELSE TRY_CAST({text} AS BOOLEAN) END"
    return f"TRY_CAST({text} AS {SQL_TYPES[column.type]})"


def checks_for(table: Table, *, identifier: str, received: str) -> tuple[Check, ...]:
    """Every check of a row of `table`.

    The conditions read the typed columns by name and the raw text as ``raw_<column>``.

    Parameters
    ----------
    identifier
        ``uscc`` or ``free``: whether enterprise codes are verified.
    received
        The day the extract was received, as an ISO date. Nothing can have happened after it.
    """
    checks = [check for column in table.columns for check in _column_checks(column, received)]
    if identifier == "uscc" and table.subject == "enterprise_id":
        checks.append(Check("enterprise_id", "bad_uscc", f"enterprise_id IS NOT NULL AND NOT {is_valid_sql('enterprise_id')}"))
    if table.kind == "state":
        checks.append(Check("end_date", "ends_before_start", "end_date < start_date"))
    return tuple(checks)


def _column_checks(column: Column, received: str) -> list[Check]:
    name = column.name
    checks = []
    if column.type != "text":
        checks.append(Check(name, "wrong_type", f"raw_{name} IS NOT NULL AND {name} IS NULL"))
    if column.required:
        checks.append(Check(name, "missing", f"raw_{name} IS NULL"))
    if column.codes is not None:
        listed = ", ".join(f"'{quote(code)}'" for code in column.codes)
        checks.append(Check(name, "unknown_code", f"{name} NOT IN ({listed})"))
    if column.type == "date" and not column.planned:
        checks.append(Check(name, "future_date", f"raw_{name} IS NOT NULL AND {name} > DATE '{received}'"))
    if column.type == "share":
        checks.append(Check(name, "out_of_range", f"{name} NOT BETWEEN 0 AND 1"))
    return checks


def any_fault_sql(checks: tuple[Check, ...]) -> str:
    """True where a row has at least one fault."""
    return " OR ".join(f"coalesce({check.condition}, false)" for check in checks)
