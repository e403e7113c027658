"""The as-of matrix as statements over whole relations, for an engine that divides the work among machines by itself.

The definitions are those of `riskml.features.matrix`, which goes bucket by bucket on one machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from riskml.features.compile import aggregate_sql, relations_used, rows_sql
from riskml.features.matrix import rows_table
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.relations.catalogue import is_received
from riskml.relations.common import PEER_VISITS, USUAL_VISITS, Common, Listing, visit_statements
from riskml.relations.links import linking_statements

ENTITY_DATES = "entity_dates"
"""The relation of whom to look at, and when: ``enterprise_id`` and ``as_of``, each pair once, and ``place``, the
enterprise once more: under this name it goes with every row found for it.
"""

REGISTERED = "registered"
"""The relation of the registration as last known."""

_COMMON = Common(REGISTERED, USUAL_VISITS, PEER_VISITS, tying=True)

_PLACES = "place, as_of"


def registered_sql(as_of: date, periods: EffectPeriods, among: str = "true") -> str:
    """Every enterprise that is registered at `as_of` (not deregistered), as `ENTITY_DATES`.

    Parameters
    ----------
    among
        Which of them, as a condition on the columns of ``enterprise``.
    """
    known = (
        f"(SELECT DISTINCT enterprise_id, DATE '{as_of}' AS as_of FROM enterprise WHERE valid_from <= DATE '{as_of}')"
    )
    current = current_enterprise_sql(known, periods)
    return (
        f"SELECT enterprise_id, as_of, enterprise_id AS place FROM ({current}) WHERE status <> 'deregistered' AND "
        f"({among})"
    )


def common_statements(periods: EffectPeriods) -> dict[str, str]:
    """Name → SELECT of what the relations have in common, for `ENTITY_DATES`, in the order to make them."""
    return {
        REGISTERED: current_enterprise_sql(ENTITY_DATES, periods),
        **visit_statements(periods),
        **linking_statements(ENTITY_DATES, periods, number="enterprise_id"),
    }


def rows_statements(
    system: IndicatorSystem, periods: EffectPeriods, received: frozenset[str], somebody_elses: tuple[Listing, ...] = ()
) -> dict[str, str]:
    """Name → SELECT of every relation's live rows for `ENTITY_DATES`: what `matrix_sql` and the evidence read by these
    names.

    They read what `common_statements` gives.

    Parameters
    ----------
    received
        The record tables of which an extract was received; relations that read others are left out.
    somebody_elses
        As in `Common`.
    """
    common = replace(_COMMON, somebody_elses=somebody_elses)
    return {
        rows_table(relation): rows_sql(relation, _columns_of(system, relation), ENTITY_DATES, "place", periods, common)
        for relation in relations_used(system)
        if is_received(relation, received)
    }


def matrix_sql(system: IndicatorSystem, received: frozenset[str]) -> str:
    """The matrix from the rows: every pair, every indicator column as DOUBLE.

    Parameters
    ----------
    received
        The record tables of which an extract was received. An indicator whose inputs were not received is null
        ("cannot be known"); one that looked and found nothing has its ``none_value``.

    Returns
    -------
    str
        ``enterprise_id``, ``as_of`` and the indicator columns in the system's order, one row per pair.
    """
    plain, expressions = [], []
    for column in system.computed:
        if column.indicator.measure == "expression":
            expressions.append(f"CAST({column.indicator.value} AS DOUBLE) AS {column.name}")
        else:
            plain.append(f"{_filled(column, received)} AS {column.name}")
    joins = "\n".join(
        f"LEFT JOIN ({aggregate_sql(_columns_of(system, relation), rows_table(relation), _PLACES)}) t_{relation} "
        f"ON t_{relation}.place = m.place AND t_{relation}.as_of = m.as_of"
        for relation in relations_used(system)
        if is_received(relation, received)
    )
    base = f"SELECT m.enterprise_id, m.as_of,\n  {', '.join(plain)}\nFROM {ENTITY_DATES} m\n{joins}"
    computed = f"SELECT *, {', '.join(expressions)} FROM ({base}) b" if expressions else base
    return f"SELECT enterprise_id, as_of, {', '.join(column.name for column in system.columns)} FROM ({computed}) c"


def _columns_of(system: IndicatorSystem, relation: str) -> tuple[IndicatorColumn, ...]:
    return tuple(column for column in system.computed if column.indicator.from_ == relation)


def _filled(column: IndicatorColumn, received: frozenset[str]) -> str:
    relation = column.indicator.from_ or ""
    if not is_received(relation, received):
        return "CAST(NULL AS DOUBLE)"
    value = f"CAST(t_{relation}.{column.name} AS DOUBLE)"
    none = column.indicator.none_value
    return value if none is None else f"coalesce({value}, CAST({none} AS DOUBLE))"
