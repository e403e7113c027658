"""The point-in-time rule, in one place: ``live(table, T)``.

At as-of date T a record counts if its date and its known date are at or before T, T lies in its
effect period, and no amendment known at T excludes it (Yunnan Arts. 13, 14). Features, rules,
evidence and what-if all read this relation, in training and in scoring; nothing else decides
what was known when.
"""

from __future__ import annotations

from riskml.records.effect_periods import EffectPeriods, in_effect_sql
from riskml.records.tables import TABLES, Column, Table

EXCLUDING = ("revoked", "changed", "misjudged", "repaired")
"""Amendments that exclude the whole record: Art. 14 (1), (2), (4), and repair (the record is not used any more)."""

_EMPTY = {"amount": "0", "share": "0", "integer": "0", "flag": "false", "text": "NULL", "date": "NULL"}


def live_sql(
    name: str, moments: str, periods: EffectPeriods, *, key: str | None = None, carried: str = "", rows: str | None = None
) -> str:
    """The records of a table that count, for every moment asked for.

    Parameters
    ----------
    name
        A record table.
    moments
        A relation with the columns `key` and ``as_of``: whom to look at, and when.
    periods
        The effect periods; scoring periods apply.
    key
        The column of the table that is looked up, and its name in `moments`; the table's subject where None.
    carried
        Further columns of `moments`, separated by commas, to give with every record.
    rows
        Where its rows are, a table or a SELECT in brackets, to leave out early what the asker has no use for; the whole table where None.

    Returns
    -------
    str
        A SELECT of ``as_of``, the `carried` columns and the table's columns. An end that was not yet known at T is null, a part that had
        been revoked at T is zero.
    """
    table = TABLES[name]
    key = key or table.subject
    columns = ", ".join(_column_sql(table, column) for column in table.columns if column.name != "end_known_date")
    parts = ", ".join(
        f"min(greatest(event_date, known_date)) FILTER (WHERE kind = 'partly_revoked' AND part = '{column.name}') AS {column.name}_from"
        for column in _revocable(table)
    )
    excluding = ", ".join(f"'{kind}'" for kind in EXCLUDING)
    return (
        f"SELECT m.as_of, {carried + ', ' if carried else ''}{columns} FROM {moments} m JOIN {rows or name} r ON r.{key} = m.{key} "
        f"LEFT JOIN (SELECT of_record, min(greatest(event_date, known_date)) FILTER (WHERE kind IN ({excluding})) AS excluded_from"
        f"{', ' + parts if parts else ''} FROM amendment WHERE of_table = '{name}' GROUP BY of_record) a ON a.of_record = r.record_id "
        f"WHERE r.{table.date_column} <= m.as_of AND r.known_date <= m.as_of "
        f"AND (a.excluded_from IS NULL OR a.excluded_from > m.as_of) "
        f"AND {in_effect_sql(name, periods.scoring.get(name, ()), 'm.as_of')}"
    )


def current_enterprise_sql(moments: str, periods: EffectPeriods) -> str:
    """The registration as last known, one row per moment."""
    return (
        f"SELECT * FROM ({live_sql('enterprise', moments, periods)}) "
        "QUALIFY row_number() OVER (PARTITION BY enterprise_id, as_of ORDER BY valid_from DESC, record_id DESC) = 1"
    )


def current_columns_sql(columns: tuple[str, ...], moments: str, periods: EffectPeriods) -> str:
    """`columns` of the registration as last known, one row per moment: what `current_enterprise_sql` gives, at half its cost where they are few."""
    latest = ", ".join(f"arg_max_null({column}, newest) AS {column}" for column in columns)
    return (
        f"SELECT enterprise_id, as_of, {latest} FROM (SELECT *, CAST(valid_from AS VARCHAR) || record_id AS newest "
        f"FROM ({live_sql('enterprise', moments, periods)})) GROUP BY enterprise_id, as_of"
    )


def turns_sql(name: str, key: str, moments: str, periods: EffectPeriods, *, rows: str | None = None) -> str:
    """The days from which on other records of a key may count than on the day before: on the days between two of them the same do.

    Parameters
    ----------
    key
        A column of the table.
    moments
        A relation with the column ``as_of``: the days that are asked about, the first to the last of them.
    rows
        As `live_sql` has it.

    Returns
    -------
    str
        A SELECT of `key` and ``day``, each pair once; what came before the first day asked about stands at that day. More days than
        necessary may be among them, never fewer. Where records of the table run out, every day asked about is.
    """
    table, rows = TABLES[name], rows or name
    if periods.scoring.get(name):
        return f"SELECT DISTINCT r.{key}, d.as_of AS day FROM {rows} r CROSS JOIN (SELECT DISTINCT as_of FROM {moments}) d"
    turns = [f"SELECT r.{key}, greatest(r.{table.date_column}, r.known_date) AS day FROM {rows} r"]
    if table.kind == "state":
        turns.append(f"SELECT r.{key}, greatest(r.end_date, r.end_known_date) AS day FROM {rows} r")
    turns.append(
        f"SELECT r.{key}, greatest(a.event_date, a.known_date) AS day FROM {rows} r JOIN amendment a ON a.of_record = r.record_id "
        f"WHERE a.of_table = '{name}'"
    )
    return (
        f"SELECT DISTINCT t.{key}, greatest(t.day, d.first_day) AS day FROM ({' UNION ALL '.join(turns)}) t "
        f"CROSS JOIN (SELECT min(as_of) AS first_day, max(as_of) AS last_day FROM {moments}) d WHERE t.day <= d.last_day"
    )


def live_columns(name: str) -> dict[str, Column]:
    """The columns of ``live(name, T)`` by name, without ``as_of``."""
    return {column.name: column for column in TABLES[name].columns if column.name != "end_known_date"}


def _revocable(table: Table) -> list[Column]:
    fixed = {"record_id", table.subject, table.date_column, "end_date", "end_known_date", "known_date", "authority", "source"}
    return [column for column in table.columns if not column.required and column.name not in fixed]


def _column_sql(table: Table, column: Column) -> str:
    name = column.name
    if name == "end_date":
        return "CASE WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of THEN r.end_date END AS end_date"
    if column in _revocable(table):
        return f"CASE WHEN a.{name}_from <= m.as_of THEN {_EMPTY[column.type]} ELSE r.{name} END AS {name}"
    return f"r.{name}"
