"""Which rules of a scheme fire for whom, as SQL over live records, with the records they rest on.

A rule reads live records only, so it lapses with its evidence: a listing that ended, a record that was revoked or found
to be misjudged, three months that have passed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import literal
from riskml.features.windows import is_longer, longest_period
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import check_expression
from riskml.records.lengths import interval_sql
from riskml.relations.catalogue import relation_columns, relation_date, relation_inputs
from riskml.relations.common import Common
from riskml.relations.templates import relation_sql
from riskml.schemes.decisions import Decision, somebody_elses
from riskml.schemes.rule_specs import Circumstance, Rule
from riskml.schemes.scheme import Scheme

_NONE = (
    "SELECT CAST(NULL AS VARCHAR) AS enterprise_id, CAST(NULL AS DATE) AS as_of, CAST(NULL AS VARCHAR) AS rule, "
    "CAST(NULL AS VARCHAR) AS effect, CAST(NULL AS VARCHAR[]) AS grades, CAST(NULL AS VARCHAR) AS article, "
    "CAST(NULL AS VARCHAR[]) AS evidence WHERE false"
)


@dataclass(frozen=True)
class FiredRules:
    """The query for the rules that fire, and what it cannot answer.

    Parameters
    ----------
    sql
        A SELECT, one row per enterprise, as-of date and rule that fired, in this order: enterprise_id, as_of, rule,
        effect (fixed | floor | officer_choice), grades (the grade set, or those to choose from, mildest first), article
        (as in "15(1)") and evidence (the ids of the records, sorted, each once).
    unknown
        Rule id → the record tables of which nothing was ever received: whether such a rule would fire cannot be known,
        so it is reported and not taken as "did not fire".
    """

    sql: str
    unknown: dict[str, tuple[str, ...]]


def fired_rules_sql(
    scheme: Scheme,
    entity_dates: str,
    periods: EffectPeriods,
    covered_tables: Collection[str],
    decisions: Iterable[Decision] = (),
) -> FiredRules:
    """The rules of `scheme` over the records, for every pair asked for.

    Parameters
    ----------
    entity_dates
        A relation with the columns ``enterprise_id`` and ``as_of``.
    periods
        The effect periods.
    covered_tables
        The record tables of which a source has sent an extract (``RecordStore.tables``).
    decisions
        Those in force: a case that an officer opened makes its rule fire on the records it was opened on, while these
        count; a listing of somebody who is not the enterprise's post-holder makes no rule fire for it.
    """
    own = [decision for decision in decisions if decision.scheme == scheme.id]
    opened = [decision for decision in own if decision.evidence_tables]
    common = Common.of(entity_dates, periods, somebody_elses(own, scheme.id))
    parts = []
    for rule in scheme.applied:
        found = [
            _found_sql(one, entity_dates, periods, common)
            for one in rule.circumstances
            if all(table in covered_tables for table in relation_inputs(one.from_))
        ]
        cases = [decision for decision in opened if decision.rule == rule.id]
        found += [
            _opened_sql(rule, table, cases, entity_dates, periods)
            for table in _tables_of(cases)
            if table in covered_tables
        ]
        if found:
            parts.append(_rule_sql(rule, found))
    sql = "\nUNION ALL\n".join(parts) or _NONE
    unknown = unknown_rules(scheme, covered_tables)
    return FiredRules(f"SELECT * FROM (\n{sql}\n) ORDER BY enterprise_id, as_of, rule", unknown)


def unknown_rules(scheme: Scheme, covered_tables: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Rule id → the record tables of which nothing was ever received (`FiredRules.unknown`)."""
    inputs = {
        rule.id: dict.fromkeys(table for one in rule.circumstances for table in relation_inputs(one.from_))
        for rule in scheme.applied
    }
    missing = {rule: tuple(name for name in names if name not in covered_tables) for rule, names in inputs.items()}
    return {rule: tables for rule, tables in missing.items() if tables}


def refuse_long_rules(scheme: Scheme, periods: EffectPeriods, name: str) -> None:
    """Refuse a rule that looks back further than the effect period of its records; a ConfigurationError calls the
    scheme `name`.
    """
    for rule, one in [(whole, one) for whole in scheme.rules for one in whole.circumstances]:
        length = longest_period(one.from_, one.where, periods) if one.within else None
        if one.within and length and is_longer(one.within, length):
            raise ConfigurationError(
                zh=f"{name} 中规则 {rule.id} 的 within: {one.within} 长于影响期 {length}（effect_periods.yaml，"
                "scoring）：更早的记录已不计入。",
                en=f"{name}, rule {rule.id}: within {one.within} is longer than the effect period {length} "
                "(effect_periods.yaml, scoring): "
                "earlier records do not count any more.",
            )


def last_day_sql(rule: Rule, entity_dates: str, periods: EffectPeriods, opened_on: Collection[str] = ()) -> str:
    """A SELECT of the records that `rule` may rest on, and ``until``: the day from which each is too old for it, null
    where none is.

    Parameters
    ----------
    opened_on
        Record tables about enterprises; any record of these counts, as for a case that an officer opens.
    """
    found = [(one.from_, condition_sql(one), one.within) for one in rule.circumstances] if not opened_on else []
    found += [(table, "true", rule.within) for table in opened_on]
    return "\nUNION ALL\n".join(
        f"SELECT r.record_id, '{relation}' AS relation, {_until(within, f'r.{relation_date(relation)}')} AS until "
        f"FROM ({relation_sql(relation, entity_dates, periods)}) r WHERE {condition}"
        for relation, condition, within in found
    )


def _until(within: str | None, day: str) -> str:
    if within is None:
        return "CAST(NULL AS DATE)"
    return f"CAST({day} + {interval_sql(within)} AS DATE)"


def _within(within: str, day: str) -> str:
    # The same reckoning as the effect periods: over when as many months have passed, whatever the months' lengths.
    return f"r.{day} + {interval_sql(within)} > r.as_of"


def _rule_sql(rule: Rule, found: list[str]) -> str:
    grades = ", ".join(f"'{grade}'" for grade in rule.effect.grades)
    records = "\nUNION ALL\n".join(found)
    return (
        f"SELECT enterprise_id, as_of, '{rule.id}' AS rule, '{rule.effect.kind}' AS effect, [{grades}] AS grades, "
        f"'{rule.article.number}' AS article, list_sort(list(DISTINCT record_id)) AS evidence\n"
        f"FROM (\n{records}\n) GROUP BY enterprise_id, as_of"
    )


def _found_sql(one: Circumstance, entity_dates: str, periods: EffectPeriods, common: Common) -> str:
    """The records of a circumstance: enterprise_id, as_of, record_id, where there are enough of them."""
    relation = f"({relation_sql(one.from_, entity_dates, periods, common)})"
    # Records of two sources may have one id.
    arrival = ", r.arrival" if one.at_least > 1 and relation_date(one.from_) else ""
    records = (
        f"SELECT DISTINCT r.enterprise_id, r.as_of, r.record_id{arrival} FROM {relation} r\nWHERE {condition_sql(one)}"
    )
    if one.at_least == 1:
        return records
    return (
        "SELECT enterprise_id, as_of, record_id FROM (\n"
        f"SELECT *, count(*) OVER (PARTITION BY enterprise_id, as_of) AS found FROM ({records})\n) WHERE found >= "
        f"{one.at_least:d}"
    )


def _opened_sql(rule: Rule, table: str, cases: Iterable[Decision], entity_dates: str, periods: EffectPeriods) -> str:
    """The records of `table` that officers opened cases on, while they count and are no older than the rule asks."""
    pairs = [
        (case.enterprise_id, record)
        for case in cases
        for record, of in zip(case.evidence, case.evidence_tables, strict=True)
        if of == table
    ]
    recent = "true" if rule.within is None else _within(rule.within, relation_date(table) or "")
    return (
        f"SELECT DISTINCT r.enterprise_id, r.as_of, r.record_id FROM ({relation_sql(table, entity_dates, periods)}) r "
        f"JOIN (VALUES {_pairs(pairs)}) o (enterprise_id, record_id) ON o.enterprise_id = r.enterprise_id AND "
        "o.record_id = r.record_id "
        f"WHERE {recent}"
    )


def _tables_of(cases: Iterable[Decision]) -> list[str]:
    return list(dict.fromkeys(table for case in cases for table in case.evidence_tables))


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"({literal(enterprise)}, {literal(record)})" for enterprise, record in pairs)


def condition_sql(one: Circumstance) -> str:
    """The condition on a row of its relation (alias r) that it is one of a circumstance's records."""
    where = check_expression(one.where, {*relation_columns(one.from_), "as_of"}, qualifier="r")
    if one.within is None:
        return f"({where})"
    return f"({where}) AND {_within(one.within, relation_date(one.from_) or '')}"
