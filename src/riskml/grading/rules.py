"""Which rules of a scheme fire for whom, as SQL over live records, with the records they rest on.

A rule reads live records only, so it lapses with its evidence: a listing that ended, a record that was revoked or found
to be misjudged, three months that have passed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from riskml.errors import ConfigurationError
from riskml.features.relations import relation_columns, relation_date, relation_inputs, relation_sql
from riskml.features.windows import is_longer, longest_period
from riskml.grading.scheme import Rule, Scheme
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import check_expression, names_used

_UNITS = {"d": "DAY", "m": "MONTH", "y": "YEAR"}

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
        A SELECT, one row per enterprise, as-of date and rule that fired, in this order: enterprise_id, as_of, rule, effect
        (fixed | floor | officer_choice), grades (the grade set, or those to choose from, mildest first), article (as in
        "15(1)") and evidence (the ids of the records, sorted, each once).
    unknown
        Rule id → the record tables of which nothing was ever received: whether such a rule would fire cannot be known, so it
        is reported and not taken as "did not fire".
    """

    sql: str
    unknown: dict[str, tuple[str, ...]]


def fired_rules_sql(scheme: Scheme, moments: str, periods: EffectPeriods, covered_tables: Collection[str]) -> FiredRules:
    """The rules of `scheme` over the records, for every moment asked for.

    Parameters
    ----------
    moments
        A relation with the columns ``enterprise_id`` and ``as_of``.
    periods
        The effect periods.
    covered_tables
        The record tables of which a source has sent an extract (``RecordStore.tables``).
    """
    unknown: dict[str, tuple[str, ...]] = {}
    parts = []
    for rule in scheme.rules:
        missing = tuple(table for table in relation_inputs(rule.from_) if table not in covered_tables)
        if missing:
            unknown[rule.id] = missing
        else:
            parts.append(_rule_sql(rule, moments, periods))
    sql = "\nUNION ALL\n".join(parts) or _NONE
    return FiredRules(f"SELECT * FROM (\n{sql}\n) ORDER BY enterprise_id, as_of, rule", unknown)


def refuse_long_rules(scheme: Scheme, periods: EffectPeriods, name: str) -> None:
    """Refuse a rule that looks back further than the effect period of its records; a ConfigurationError calls the scheme `name`."""
    for rule in scheme.rules:
        length = longest_period(rule.from_, rule.where, periods) if rule.within else None
        if rule.within and length and is_longer(rule.within, length):
            raise ConfigurationError(
                zh=f"{name} 中规则 {rule.id} 的 within: {rule.within} 长于影响期 {length}（effect_periods.yaml，scoring）：更早的记录已不计入。",
                en=f"{name}, rule {rule.id}: within {rule.within} is longer than the effect period {length} (effect_periods.yaml, scoring): "
                "earlier records do not count any more.",
            )


def turning_expressions(rule: Rule) -> tuple[str, ...]:
    """What a rule asks of a record that may be answered differently on another day, as expressions over it and ``as_of``."""
    turning = [rule.where] if "as_of" in names_used(rule.where) else []
    if rule.within is not None:
        turning.append(_within(rule, ""))
    return tuple(turning)


def _within(rule: Rule, qualifier: str) -> str:
    # The same reckoning as the effect periods: over when as many months have passed, whatever the months' lengths.
    length, unit = (rule.within or "")[:-1], _UNITS[(rule.within or "")[-1]]
    return f"{qualifier}{relation_date(rule.from_)} + INTERVAL {length} {unit} > {qualifier}as_of"


def _rule_sql(rule: Rule, moments: str, periods: EffectPeriods) -> str:
    grades = ", ".join(f"'{grade}'" for grade in rule.effect.grades)
    # Records of two sources may have one id.
    records = "arrival" if relation_date(rule.from_) else "record_id"
    return (
        f"SELECT enterprise_id, as_of, '{rule.id}' AS rule, '{rule.effect.kind}' AS effect, [{grades}] AS grades, "
        f"'{rule.article.number}' AS article, list_sort(list(DISTINCT record_id)) AS evidence\n"
        f"FROM ({relation_sql(rule.from_, moments, periods)}) r\nWHERE {_condition(rule)}\n"
        f"GROUP BY enterprise_id, as_of HAVING count(DISTINCT {records}) >= {rule.at_least:d}"
    )


def _condition(rule: Rule) -> str:
    where = check_expression(rule.where, {*relation_columns(rule.from_), "as_of"}, qualifier="r")
    if rule.within is None:
        return f"({where})"
    return f"({where}) AND {_within(rule, 'r.')}"
