"""Effect periods (影响期): for how long a record counts, as data versioned by the day the law changed.

The version that applies at an as-of date is the one in force on that date, also to older
records: the repair rules of 2025-12-25 and 2026-04-01 ended the publicity of records made before
them. Publicity periods and scoring periods are separate settings; no source equates them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.validation import ContentError, matching, nearest
from riskml.records.ends import known_end_sql
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.lengths import interval_sql
from riskml.records.parsed_once import parsed_once
from riskml.records.tables import TABLES, Label, Table

EFFECT_PERIODS = "effect_periods.yaml"

Length = Annotated[
    str,
    matching(
        r"0d|[1-9]\d{0,4}d|[1-9]\d{0,3}m|[1-9]\d{0,2}y|unlimited",
        "时长，如 90d（天）、3m（月）、3y（年），或 unlimited",
        "a length like 90d, 3m, 3y or unlimited",
    ),
]


class Version(Entry):
    """How long the period is from one change of the law on."""

    in_force: date
    length: Length
    basis: str = Field(min_length=1)


class Period(Entry):
    """The effect period of the records of a table that satisfy `where`.

    `clock` is the column the period runs from (the record's own date where null); `until` is a column
    holding a later end that the decision itself set.
    """

    where: str = "true"
    clock: str
    until: str | None = None
    versions: tuple[Version, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Period:
        dates = [version.in_force for version in self.versions]
        if dates != sorted(set(dates)):
            given = ", ".join(map(str, dates))
            raise ContentError(
                f"versions 应按 in_force 由早到晚排列，每个日期一次，现在依次是 {given}",
                f"versions must be in the order of in_force, each date once, not {given}",
            )
        return self


class EffectPeriods(Entry):
    """The content of effect_periods.yaml: table → periods, tried in order; a table not named counts for ever."""

    label: Label
    scoring: dict[str, tuple[Period, ...]]
    publicity: dict[str, tuple[Period, ...]]

    @model_validator(mode="after")
    def _known(self) -> EffectPeriods:
        for section, tables in (("scoring", self.scoring), ("publicity", self.publicity)):
            for name, periods in tables.items():
                if name not in TABLES:
                    zh, en = nearest(name, TABLES)
                    raise ContentError(
                        f"没有记录表 {name!r}{zh}",
                        f"there is no record table {name!r}{en}",
                        field=section,
                    )
                for number, period in enumerate(periods, start=1):
                    try:
                        _check_period(
                            TABLES[name],
                            period,
                            {one.where for one in periods[: number - 1]},
                            scoring=section == "scoring",
                        )
                    except ContentError as error:
                        place = f"{section}.{name}"
                        own = f".{error.field}" if error.field else ""
                        raise ContentError(
                            f"{place}（第 {number} 项）{own}：{error.zh}", f"{place} (item {number}){own}: {error.en}"
                        ) from error
        return self


def check_entry(table: Table, where: str, before: set[str], dates_named: Mapping[str, str | None]) -> None:
    """Refuse an entry of a list tried in order that no record ever falls in, or that names a date that is not there.

    Parameters
    ----------
    before
        The conditions of the entries that are tried first.
    dates_named
        Field → the date column of the table that it names.
    """
    columns = {column.name: column for column in table.columns}
    check_expression(where, set(columns), field="where")
    check_types(where, columns, wanted=["flag"], field="where")
    if before & {"true", where}:
        raise ContentError(
            "前面一项的 where 已包括它，它永远用不到；请调整次序或条件",
            "an earlier item takes all of its records, so it is never used; change the order or the condition",
            field="where",
        )
    for field, name in dates_named.items():
        dates = [column.name for column in table.columns if column.type == "date"]
        if name is not None and name not in dates:
            zh, en = nearest(name, dates)
            raise ContentError(
                f"{table.name} 没有日期字段 {name!r}{zh}", f"{table.name} has no date {name!r}{en}", field=field
            )


def _check_period(table: Table, period: Period, before: set[str], *, scoring: bool) -> None:
    """Refuse a period that no record ever falls in, or that ends before it begins.

    Parameters
    ----------
    before
        The conditions of the periods that are tried first.
    """
    check_entry(table, period.where, before, {"clock": period.clock, "until": period.until})
    if scoring and table.kind != "state":
        for version in period.versions:
            if version.length == "0d":
                raise ContentError(
                    f"{version.in_force} 起的 length: 0d 使这些记录从不计入；请写时长，如 90d。只有状态类记录可以写 "
                    "0d：终止后不再计入",
                    f"length 0d from {version.in_force} on, by which these records never count; write a length like "
                    "90d. Only states take 0d: "
                    "they count until they end",
                    field="versions",
                )


def parse_effect_periods(text: str, name: str) -> EffectPeriods:
    """Validate the text of an effect_periods.yaml; a ConfigurationError names the file and the field."""
    return _parsed(text, name=name)


@parsed_once(16)
def _parsed(text: str, name: str) -> EffectPeriods:
    return parse_yaml(EffectPeriods, text, name)


def load_effect_periods(path: Path) -> EffectPeriods:
    """Read and validate effect_periods.yaml."""
    return parse_effect_periods(read_text(path), str(path))


def in_effect_sql(table: str, periods: tuple[Period, ...], as_of: str) -> str:
    """True where a record of `table` (alias r) is still in its effect period on the day `as_of`.

    A state that is open is always in effect; the first period whose `where` holds decides.
    """
    if not periods:
        return "true"
    still_open = f"({known_end_sql(as_of)}) IS NULL OR " if TABLES[table].kind == "state" else ""
    cases = " ".join(
        f"WHEN {_qualified(period.where, table)} THEN {_ends_after(table, period, as_of)}" for period in periods
    )
    return f"({still_open}CASE {cases} ELSE true END)"


def effective_date_sql(table: str, periods: tuple[Period, ...], as_of: str, *, qualifier: str = "") -> str:
    """The day that a window of an indicator compares: when the information began to be in effect, `as_of` itself while
    it runs on.

    A penalty counts from the day its period runs from; a state that has not ended, and what lasts to a day that the
    decision set (a ban, a stopped production), is inside every window.

    Parameters
    ----------
    periods
        The table's effect periods.
    qualifier
        What goes before the table's columns, as in ``r.``.
    """
    date_column = f"{qualifier}{TABLES[table].date_column}"
    if TABLES[table].kind == "state":
        return f"CASE WHEN {qualifier}end_date IS NULL THEN {as_of} ELSE {date_column} END"
    cases = [
        f"WHEN {_qualified(period.where, table, qualifier)} THEN {_begins(table, period, as_of, qualifier)}"
        for period in periods
    ]
    if all(case.endswith(f" THEN {date_column}") for case in cases):
        return date_column
    return f"CASE {' '.join(cases)} ELSE {date_column} END"


def _begins(table: str, period: Period, as_of: str, qualifier: str) -> str:
    own = f"{qualifier}{TABLES[table].date_column}"
    clock = own if f"{qualifier}{period.clock}" == own else f"coalesce({qualifier}{period.clock}, {own})"
    return f"CASE WHEN {qualifier}{period.until} > {as_of} THEN {as_of} ELSE {clock} END" if period.until else clock


def _qualified(where: str, table: str, qualifier: str = "r.") -> str:
    return check_expression(where, set(TABLES[table].column_names), qualifier=qualifier.removesuffix(".") or None)


def change_points_within(table: str, periods: EffectPeriods, days: int) -> tuple[str, ...]:
    """The days on which a record of `table` may leave or come back into effect while it is younger than `days`, as
    expressions over its columns.

    None where all its periods run from its own date and last at least as long.
    """
    turns: list[str] = []
    for period in periods.scoring.get(table, ()):
        short = period.clock != TABLES[table].date_column or any(
            _days(version.length) < days for version in period.versions
        )
        if short:
            clock = f"coalesce({period.clock}, {TABLES[table].date_column})"
            turns += [f"DATE '{version.in_force}'" for version in period.versions]
            turns += [_end(clock, version.length) for version in period.versions]
            turns += [period.until] if period.until else []
    return tuple(dict.fromkeys(turns))


def _days(length: str) -> float:
    """The fewest days that a length of time has."""
    return math.inf if length == "unlimited" else int(length[:-1]) * {"d": 1, "m": 28, "y": 365}[length[-1]]


def _ends_after(table: str, period: Period, as_of: str) -> str:
    runs_from = known_end_sql(as_of) if period.clock == "end_date" else f"r.{period.clock}"
    clock = f"coalesce({runs_from}, r.{TABLES[table].date_column})"
    ends = " ".join(
        f"WHEN {as_of} >= DATE '{version.in_force}' THEN {_end(clock, version.length)} > {as_of}"
        for version in reversed(period.versions)
    )
    first = period.versions[0]
    by_length = f"CASE {ends} ELSE {_end(clock, first.length)} > {as_of} END"
    return f"({by_length} OR coalesce(r.{period.until} > {as_of}, false))" if period.until else by_length


def _end(clock: str, length: str) -> str:
    if length == "unlimited":
        return "DATE '9999-12-31'"
    return f"{clock} + {interval_sql(length)}"
