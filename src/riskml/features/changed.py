"""Whose indicators or rules may differ between two days: enterprises with records that arrived, were amended, began or
ceased to count or left a window, and those linked to them by the relations in use.

What is found may be more than what differs, never less. Two things are not found here: values that change with every
day by themselves (`riskml.features.time_features`), and rates of peers, which may change for everyone every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from riskml.features.compile import relations_used
from riskml.features.specs import NEVER_DAYS, IndicatorColumn, IndicatorSystem
from riskml.features.time_features import is_time_feature
from riskml.records.changed_between import changed_between_sql
from riskml.records.effect_periods import EffectPeriods, Period, effective_date_sql
from riskml.records.expressions import names_used
from riskml.records.live import same_record
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, PEERS, relation_date, relation_inputs, window_date
from riskml.relations.templates import affected_sql, with_affected

_CARRIED = {"enterprise": ("address",), "position": ("person_id",), "shareholding": ("holder_id", "holder_kind")}
"""Columns that link a record to enterprises other than its own."""


@dataclass(frozen=True)
class Condition:
    """What a rule asks of a relation that may be answered differently on another day.

    Parameters
    ----------
    turning
        The time-dependent expressions, over its columns and ``as_of``.
    """

    relation: str
    turning: tuple[str, ...]


def reports_due(day: date) -> frozenset[int]:
    """The years whose annual reports are looked at on a day.

    >>> sorted(reports_due(date(2026, 6, 30))), sorted(reports_due(date(2026, 7, 1)))
    ([2022, 2023, 2024], [2023, 2024, 2025])
    """
    reports = DERIVED["report_due"].constants["reports"]
    half_a_year_ago = day.year if day >= date(day.year, 7, 1) else day.year - 1
    years = range(day.year - reports - 1, day.year + 1)
    return frozenset(year for year in years if date(year + 1, 6, 30) < day and year > half_a_year_ago - reports - 1)


def time_dependent_expressions(column: IndicatorColumn, scoring: Mapping[str, tuple[Period, ...]]) -> tuple[str, ...]:
    """What an indicator column asks of a row that may be answered differently on another day, as expressions over it
    and ``as_of``.

    Parameters
    ----------
    scoring
        Record table → its effect periods.
    """
    indicator, day = column.indicator, relation_date(column.indicator.from_ or "")
    turning = [text for text in (indicator.where, indicator.over) if text and "as_of" in names_used(text)]
    if column.window_days and indicator.from_ not in PEERS:
        table = indicator.from_ or ""
        begun = effective_date_sql(table, scoring.get(table, ()), "as_of") if table in TABLES else window_date(table)
        turning.append(f"{begun} > as_of - INTERVAL {column.window_days} DAY")
    if is_time_feature(column):
        # A value equal to that of an enterprise without records is not shifted with the days (`TimeFeature.shifted`):
        # such rows are found here.
        none, value = indicator.none_value, indicator.value or f"date_diff('day', {day}, as_of)"
        if none is not None and (indicator.measure, none) != ("days_since", NEVER_DAYS):
            turning.append(f"({indicator.where}) AND ({value}) = {none}")
    elif indicator.measure == "days_since":
        turning.append(f"date_diff('day', {day}, as_of)")
    elif indicator.value and "as_of" in names_used(indicator.value):
        turning.append(indicator.value)
    return tuple(turning)


def not_covered(
    system: IndicatorSystem, rules: Iterable[Condition], before: date, after: date
) -> tuple[str, str] | None:
    """Why what differs between two days cannot be found, in Chinese and in English; None where it can."""
    used = {*relations_used(system), *(rule.relation for rule in rules)} & set(DERIVED)
    for relation in sorted(used - with_affected() - set(PEERS)):
        return f"不掌握关系 {relation} 逐日的变化", f"how the relation {relation} changes from day to day is not known"
    if "report_due" in used and reports_due(before) != reports_due(after):
        return "应报年报的年度换了", "the annual reports that are due are of other years"
    for rule in rules:
        if rule.relation in DERIVED and rule.turning:
            return (
                f"关系 {rule.relation} 上的规则随日期变化",
                f"a rule over the relation {rule.relation} depends on the day",
            )
    moving = {column.name for column in system.computed if is_time_feature(column) or column.indicator.from_ in PEERS}
    for column in system.computed:
        indicator = column.indicator
        if (indicator.from_ in DERIVED and time_dependent_expressions(column, {})) or (
            indicator.from_ is None and moving & names_used(indicator.value or "")
        ):
            return (
                f"不掌握指标 {column.name} 逐日的变化",
                f"how the indicator {column.name} moves from day to day is not known",
            )
    return None


@dataclass(frozen=True)
class Changes:
    """Finds whose records changed, on a connection with the store's views, the view ``arrivals`` and the links of the
    day `after` (`riskml.features.matrix.MatrixBuilder.find_ties`).

    Parameters
    ----------
    received
        The record tables of which anything was ever received.
    """

    connection: duckdb.DuckDBPyConnection
    system: IndicatorSystem
    periods: EffectPeriods
    rules: tuple[Condition, ...]
    received: frozenset[str]
    before: date
    after: date

    def find(self) -> None:
        """Create the table ``touched`` (enterprise_id, each once), which every connection sees."""
        self.connection.execute("CREATE OR REPLACE TEMP TABLE reached (enterprise_id VARCHAR)")
        relations = {*relations_used(self.system), *(rule.relation for rule in self.rules)}
        own = {relation for relation in relations if relation in TABLES}
        needed = own | {"enterprise"} | {table for relation in relations for table in relation_inputs(relation)}
        for table in sorted(needed & self.received):
            self._find_changed(table, self._turning(table) if table in own else ())
        for table in TABLES:
            if table not in needed & self.received:
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE changed_{table} (subject VARCHAR, address "
                                        "VARCHAR, "
                                        "person_id VARCHAR, holder_id VARCHAR, holder_kind VARCHAR, "
                                        "moved BOOLEAN)")  # fmt: skip
        for table in sorted(own | {"enterprise"}):
            self._add(f"SELECT subject FROM changed_{table}")
        for relation in sorted(relations & with_affected()):
            self._add(affected_sql(relation, self.periods, self.after))
        self.connection.execute("CREATE OR REPLACE TABLE touched AS SELECT DISTINCT enterprise_id FROM reached")

    def _turning(self, table: str) -> tuple[str, ...]:
        columns = [column for column in self.system.computed if column.indicator.from_ == table]
        asked = [text for column in columns for text in time_dependent_expressions(column, self.periods.scoring)]
        asked += [text for rule in self.rules if rule.relation == table for text in rule.turning]
        return tuple(dict.fromkeys(asked))

    def _find_changed(self, name: str, turning: tuple[str, ...]) -> None:
        """The rows of a table that may count, or be seen, differently: by time, by arrival, by amendment."""
        table, carried = TABLES[name], _CARRIED.get(name, ())
        columns = "".join(f", r.{column}" for column in carried)
        own = f"SELECT r.{table.subject} AS subject{columns}, true AS moved FROM {name} r SEMI JOIN"
        # The days on which an amendment begins or ceases to act; what it changed in a record may run out, or answer
        # otherwise, on any day.
        day = {"before": f"DATE '{self.before}'", "after": f"DATE '{self.after}'"}
        amended = (
            f"(SELECT DISTINCT source, subject, record_id FROM amended_span WHERE of_table = '{name}' AND ("
            f"(acts_from > {day['before']} AND acts_from <= {day['after']}) OR (acts_until > {day['before']} AND "
            f"acts_until <= {day['after']}) "
            f"OR (part IS NOT NULL AND acts_from <= {day['after']} AND acts_until > {day['before']})))"
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE changed_{name} AS SELECT DISTINCT * FROM ("
            f"({changed_between_sql(name, self.before, self.after, self.periods, turning=turning, carried=carried)}) "
            "UNION ALL "
            f"{own} (SELECT record_id, subject FROM arrivals WHERE of_table = '{name}') a "
            f"ON a.record_id = r.record_id AND a.subject = r.{table.subject} UNION ALL "
            f"{own} {amended} a ON {same_record(name)})"
        )

    def _add(self, sql: str) -> None:
        self.connection.execute(f"INSERT INTO reached {sql}")
