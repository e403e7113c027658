"""What is checked in every incoming row, as SQL: types, codes, identifiers, dates, bounds and order.

A row that cannot stand without what is wrong in it is *refused*, whole, with one line per fault. In any other one the
field alone is given up, and that is *noted*: it is null, or the code ``other`` for a word that is not among the
column's codes, where they have such a one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from riskml.engines.duckdb import literal, literals
from riskml.records.normalising import NEVER, PERSON_NAME, hides_identity_sql, open_date_sql, says_open_sql, typed_sql
from riskml.records.tables import OLDEST_ENTERPRISE, SQL_TYPES, Column, Label, Table
from riskml.records.uscc import is_valid_sql

Severity = Literal["refused", "noted"]

REASONS: dict[str, Label] = {
    "wrong_type": Label("类型不符，无法读作该字段的类型", "cannot be read as the column's type"),
    "missing": Label("必填字段为空", "a required field is empty"),
    "unknown_code": Label("不在代码表中", "not one of the codes of this column"),
    "future_date": Label("日期晚于接收日期", "the date lies after the day the extract was received"),
    "bad_uscc": Label("统一社会信用代码校验不通过（GB 32100）", "not a valid unified social credit code (GB 32100)"),
    "no_identity": Label(
        "标识被遮蔽、只是姓名或明显不实，不与任何记录对应",
        "the id is masked, a name alone or plainly made up, and meets no other record",
    ),
    "out_of_range": Label("超出该字段的合理范围", "beyond what the column can plausibly hold"),
    "out_of_order": Label("早于它不应早于的日期", "earlier than the date that it cannot precede"),
    "ends_before_start": Label("终止日期早于起始日期", "it ends before it begins"),
    "end_not_told": Label(
        "说了何时得知终止，却没有可用的终止日期", "it says when the end became known, and no end that can be used"
    ),
    "two_planned_ends": Label(
        "终止日期尚未到，又与预定终止日期不同；用终止日期",
        "the end is still to come and differs from the planned end: the end is used",
    ),
    "plan_replaced": Label(
        "预定终止日期与库中的不同；用后到的", "another planned end than the stored one: the later to arrive is used"
    ),
    "duplicate_id": Label(
        "同一批次内先有一条编号（record_id）相同的记录，本字段与它不同；保留先出现的一条",
        "an earlier row of the delivery has the same id (record_id), and another value in this column; the first row "
        "is kept",
    ),
    "conflict": Label(
        "与库中同编号记录内容不同；更正应通过 amendment 表报送",
        "differs from the stored record of this id; send corrections as amendments",
    ),
    "unknown_table": Label(
        "没有这张记录表（表名或其中文名称）", "there is no such record table (by name or Chinese label)"
    ),
    "unknown_part": Label(
        "所涉表没有这个字段（字段名或其中文名称）", "the table amended has no such column (by name or Chinese label)"
    ),
    "inseparable_part": Label(
        "该字段不能单独撤销或减少；应撤销或变更整条记录",
        "this column cannot be taken away alone: revoke or change the whole record",
    ),
    "whole_record": Label(
        "这一更正种类针对整条记录，不能只涉及一部分；部分撤销用 partly_revoked，减少用 reduced",
        "this kind amends the whole record, not a part: use partly_revoked or reduced for a part",
    ),
    "amends_itself": Label("更正所涉记录或替代记录是它自己", "it amends itself, or a record is replaced by itself"),
    "unreadable_file": Label("文件无法读取", "the file cannot be read"),
    "malformed_line": Label("该行不符合 CSV 格式", "the line is not well-formed CSV"),
    "cut_off": Label(
        "末行不完整，且没有换行：文件可能没有传完",
        "the last line is not whole and has no line end: the file may not have arrived whole",
    ),
    "undecodable": Label("该行有不是声明编码的字节", "the line has bytes that are no text in the encoding of the file"),
}
"""Why a row or a file was refused, or a field given up."""

_DEFAULT_DATES = "DATE '1900-01-01', DATE '1900-01-02', DATE '1899-12-30', DATE '1899-12-31'"
"""What programs write into a date that they know nothing of."""


@dataclass(frozen=True)
class Check:
    """One fault a row may have.

    Parameters
    ----------
    condition
        True where the row has it; over the typed columns, their text as ``raw_<column>``, and what `with_suspects_sql`
        adds.
    instead
        What is stored where it is only noted, as SQL.
    """

    column: str
    reason: str
    condition: str
    severity: Severity = "refused"
    instead: str = "NULL"


def value_sql(column: Column, text: str, *, identifier: str) -> str:
    """`text` in the column's type and form; where it says that something never ends, the end is null and an expiry
    `NEVER`.
    """
    value = typed_sql(column, text, identifier=identifier)
    if column.name in _ENDS:
        return open_date_sql(value, text, "NULL")
    return open_date_sql(value, text, f"DATE '{NEVER}'") if column.planned else value


def checks_for(
    table: Table, *, source: str, identifier: str, received: date, usual: frozenset[str] = frozenset()
) -> tuple[Check, ...]:
    """Every check of a row of `table`.

    Parameters
    ----------
    source
        The name of the source.
    identifier
        ``uscc`` or ``free``: whether enterprise codes are verified.
    received
        The day the extract was received. Nothing can have happened after it.
    usual
        The columns of which every value is in its usual form: what that rules out is not asked again.
    """
    checks = [
        check
        for column in table.delivered_columns
        for check in _column_checks(table, column, received, column.name in usual)
    ]
    for column in table.delivered_columns:
        if column.form == "identifier":
            checks += _identifier_checks(table, column, source, identifier)
    if table.kind == "state":
        checks += _end_checks(table, checks, received)
    return tuple(checks)


def settled_sql(table: Table, checks: tuple[Check, ...], *, source: str, received: date) -> dict[str, str]:
    """Column → what is stored of it, as SQL over the typed columns and their texts.

    What was noted is given up; a day of knowledge that is not told is the record's own, or its end's; an end that was
    still to come when the extract was received is a planned one.
    """
    kept = {}
    for column in table.delivered_columns:
        value = column.name
        for check in (
            one
            for one in checks
            if one.column == column.name and one.severity == "noted" and one.instead != column.name
        ):
            value = f"CASE WHEN {check.condition} THEN {check.instead} ELSE {value} END"
        kept[column.name] = value
    if table.kind == "state":
        end = kept["end_date"]
        kept["end_date"] = f"CASE WHEN {end} <= DATE '{received}' THEN {end} END"
        kept["planned_end_date"] = (
            f"coalesce(CASE WHEN {end} > DATE '{received}' THEN {end} END, {kept['planned_end_date']})"
        )
        kept["end_known_date"] = f"coalesce({kept['end_known_date']}, {kept['end_date']})"
    kept["known_date"] = f"coalesce({kept['known_date']}, {table.date_column})"
    kept["source"] = f"coalesce({kept['source']}, {literal(source)})"
    return {name: f"CAST({value} AS {SQL_TYPES[table.column(name).type]})" for name, value in kept.items()}


def suspect_ids_sql(table: Table, *, identifier: str) -> str:
    """The ids among the view ``typed`` that are no good, each judged once however many rows have it, as a query:
    ``id``, ``of_nobody`` (true where it names nobody in particular), ``is_invalid`` (true where an enterprise has it,
    and it is no valid code).
    """
    given = "\n    UNION\n    ".join(
        f"SELECT DISTINCT {name} AS id, coalesce({_IS_ENTERPRISE.get(name, 'false')}, false) AS is_enterprise FROM "
        "typed"
        for name in _identifiers(table)
    )
    invalid = f"is_enterprise AND NOT {is_valid_sql('id')}" if identifier == "uscc" else "false"
    return f"""
        WITH given AS (
            {given}
        ),
        judged AS (
            SELECT id, {hides_identity_sql("id", free=identifier == "free")} AS of_nobody, {invalid} AS is_invalid
            FROM given
            WHERE id IS NOT NULL
        )
        SELECT id, bool_or(of_nobody) AS of_nobody, bool_or(is_invalid) AS is_invalid
        FROM judged
        WHERE of_nobody OR is_invalid
        GROUP BY id
    """


def with_suspects_sql(table: Table) -> str:
    """The view ``typed``, and for each identifier whether it is among the table ``suspect``: ``of_nobody_<column>``,
    ``is_invalid_<column>``.
    """
    told = "".join(
        f", coalesce(suspect_{name}.{what}, false) AS {what}_{name}"
        for name in _identifiers(table)
        for what in ("of_nobody", "is_invalid")
    )
    joined = " ".join(
        f"LEFT JOIN suspect AS suspect_{name} ON suspect_{name}.id = typed.{name}" for name in _identifiers(table)
    )
    return f"SELECT typed.*{told} FROM typed {joined}"


def findings_sql(checks: tuple[Check, ...], severity: Severity) -> str:
    """A list of structs {c: column, v: text, r: reason, s: severity}: every check of this severity that a row fails."""
    found = ", ".join(
        f"CASE WHEN {check.condition} THEN {{c: '{check.column}', v: raw_{check.column}, r: '{check.reason}', s: "
        f"'{severity}'}} END"
        for check in checks
        if check.severity == severity
    )
    return f"list_filter([{found}], lambda one: one IS NOT NULL)"


def any_sql(checks: tuple[Check, ...], severity: Severity) -> str:
    """True where a row fails at least one check of this severity."""
    return (
        " OR ".join(f"coalesce({check.condition}, false)" for check in checks if check.severity == severity) or "false"
    )


_ENDS = frozenset({"end_date", "planned_end_date"})

_IS_ENTERPRISE = {
    "enterprise_id": "true",
    "branch_id": "true",
    "holder_id": "holder_kind = 'enterprise'",
    "subject_id": "subject_kind = 'enterprise'",
}
"""Identifier → whether an enterprise has it, as SQL; the others are never an enterprise's."""


def _identifiers(table: Table) -> list[str]:
    return [column.name for column in table.delivered_columns if column.form == "identifier"]


def _column_checks(table: Table, column: Column, received: date, usual: bool) -> list[Check]:
    name = column.name
    severity: Severity = "refused" if column.required else "noted"
    checks = []
    if column.required:
        checks.append(Check(name, "missing", f"raw_{name} IS NULL"))
    if not usual and (column.type != "text" or column.form in {"division", "street", "area", "industry"}):
        open_end = f" AND NOT {says_open_sql(f'raw_{name}')}" if name in _ENDS else ""
        checks.append(Check(name, "wrong_type", f"raw_{name} IS NOT NULL AND {name} IS NULL{open_end}", severity))
    if column.codes is not None and not usual:
        listed = literals(column.codes)
        instead = "'other'" if "other" in column.codes else "NULL"
        may_be_new = "other" in column.codes or not column.required
        checks.append(
            Check(name, "unknown_code", f"{name} NOT IN ({listed})", "noted" if may_be_new else "refused", instead)
        )
    if column.type == "date":
        checks.append(Check(name, "out_of_range", f"NOT {_in_range(column)}", severity))
        if not column.planned and name != "end_date":
            checks.append(Check(name, "future_date", f"{name} > DATE '{received}'", severity))
        if column.not_before:
            checks.append(
                Check(name, "out_of_order", f"{name} < {column.not_before} AND {_in_range(column)}", severity)
            )
    elif column.maximum is not None:
        most = received.year if column.maximum == "received" else column.maximum
        checks.append(Check(name, "out_of_range", f"{name} NOT BETWEEN {column.minimum} AND {most}", severity))
    return checks


def _end_checks(table: Table, checks: list[Check], received: date) -> list[Check]:
    """How the dates on which a state ends contradict each other. An end that cannot be used is given up, and the state
    is open.
    """
    early = Check(
        "end_date", "ends_before_start", f"end_date < start_date AND {_in_range(table.column('end_date'))}", "noted"
    )
    unusable = [f"coalesce({one.condition}, false)" for one in (*checks, early) if one.column == "end_date"]
    no_end = " OR ".join(("end_date IS NULL", *unusable))
    planned = f"end_date > DATE '{received}' AND NOT ({no_end})"
    return [
        early,
        Check("end_known_date", "end_not_told", f"end_known_date IS NOT NULL AND ({no_end})", "noted"),
        Check(
            "planned_end_date", "two_planned_ends", f"{planned} AND end_date <> planned_end_date", "noted", "end_date"
        ),
    ]


def _in_range(column: Column) -> str:
    latest = f" AND {column.name} <= DATE '{NEVER}'" if column.planned or column.name == "end_date" else ""
    defaults = f" AND {column.name} NOT IN ({_DEFAULT_DATES})" if column.earliest == OLDEST_ENTERPRISE else ""
    return f"({column.name} >= DATE '{column.earliest}'{latest}{defaults})"


def _identifier_checks(table: Table, column: Column, source: str, identifier: str) -> list[Check]:
    name, of_nobody = column.name, f"of_nobody_{column.name}"
    is_enterprise = _IS_ENTERPRISE.get(name)
    invalid = f"is_invalid_{name} AND {is_enterprise} AND NOT {of_nobody}"
    if name == "enterprise_id":
        nobody = Check(name, "no_identity", of_nobody)
        return [nobody, Check(name, "bad_uscc", invalid)] if identifier == "uscc" else [nobody]
    # It keeps the record, and meets nobody: not even the same mask of another record, which may hide somebody else.
    party = " || ':' || enterprise_id" if table.subject == "enterprise_id" else ""
    # A free source may give its enterprises' names for ids; a person's name alone is nobody in particular.
    is_name = f"NOT coalesce({is_enterprise or 'false'}, false) AND regexp_full_match({name}, '{PERSON_NAME}')"
    meets_none = f"{of_nobody} OR ({is_name})" if identifier == "free" else of_nobody
    nobody = Check(name, "no_identity", meets_none, "noted", f"{name} || {literal(f' #{source}:')} || record_id{party}")
    # What is no code meets nobody either, and is kept as it is.
    wrong = Check(name, "bad_uscc", invalid, "noted", name)
    return [nobody, wrong] if identifier == "uscc" and is_enterprise else [nobody]
