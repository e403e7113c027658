"""The point-in-time rule, in one place: ``live(table, T)``.

At as-of date T a record counts if its date and its known date are at or before T, T lies in its
effect period, and no amendment known at T excludes it (Yunnan Arts. 13, 14). Features, rules,
evidence and what-if all read this relation, in training and in scoring; nothing else decides
what was known when. What amendments do is worked out once for each load (`riskml.records.amendments`)
and read here as ``amended_span``.
"""

from __future__ import annotations

from riskml.records.effect_periods import EffectPeriods, effective_date_sql, in_effect_sql
from riskml.records.ends import known_end_sql
from riskml.records.newest import newest_first_sql, newness_sql
from riskml.records.tables import SQL_TYPES, TABLES, Column, Table


def live_sql(
    name: str,
    entity_dates: str,
    periods: EffectPeriods,
    *,
    key: str | None = None,
    carried: str = "",
    rows: str | None = None,
    subject: str | None = None,
) -> str:
    """The records of a table that count, for every pair asked for.

    Parameters
    ----------
    name
        A record table.
    entity_dates
        A relation with the columns `key` and ``as_of``: whom to look at, and when.
    periods
        The effect periods; scoring periods apply.
    key
        The column of the table that is looked up, and its name in `entity_dates`; the table's subject where None.
    carried
        Further columns of `entity_dates`, separated by commas, to give with every record.
    rows
        Where its rows are, a table or a SELECT in brackets, to leave out early what the asker has no use for; the whole
        table where None.
    subject
        The column of `rows` that has the subject as it was received, where its own column has something else.

    Returns
    -------
    str
        A SELECT of ``as_of``, the `carried` columns and the table's columns. ``end_date`` is the end that was known at
        T, or the planned one once it has passed; a part that had been revoked at T is zero, one that had been reduced
        is what was left; a changed act has the dates of the first decision. Of events and states also
        ``effective_date``: the day that windows compare (`effective_date_sql`).
    """
    table = TABLES[name]
    key = key or table.subject
    scoring = periods.scoring.get(name, ())
    effective = (
        ""
        if table.kind == "version"
        else f", {effective_date_sql(name, scoring, 'r.as_of', qualifier='r.')} AS effective_date"
    )
    ends = ("end_known_date",) if table.kind == "state" else ()
    columns = ", ".join(column.name for column in table.columns if column.name not in ends)
    amended = _amended_columns(table)
    read = ", ".join(_column_sql(column, amended) for column in table.columns)
    return f"""
SELECT as_of, {carried + ", " if carried else ""}{columns}{effective} FROM (
  SELECT m.as_of, {carried + ", " if carried else ""}{read}
  FROM {entity_dates} m JOIN {rows or name} r ON r.{key} = m.{key}
  LEFT JOIN ({_spans_sql(name, amended)}) a ON {same_record(name, subject)} AND a.acts_from <= m.as_of
    AND m.as_of < a.acts_until
  WHERE r.{table.date_column} <= m.as_of AND r.known_date <= m.as_of AND NOT coalesce(a.excluded, false)) r
WHERE {in_effect_sql(name, scoring, "r.as_of")}"""


def same_record(name: str, subject: str | None = None) -> str:
    """Joins ``amended_span`` (alias a) to the records of a table (alias r); `subject` as `live_sql` has it."""
    return f"a.record_id = r.record_id AND a.source = r.source AND a.subject = r.{subject or TABLES[name].subject}"


def current_enterprise_sql(entity_dates: str, periods: EffectPeriods) -> str:
    """The registration as last known, one row per pair."""
    return (
        f"SELECT * FROM ({live_sql('enterprise', entity_dates, periods)}) "
        f"QUALIFY row_number() OVER (PARTITION BY enterprise_id, as_of ORDER BY {newest_first_sql('valid_from')}) = 1"
    )


def current_columns_sql(columns: tuple[str, ...], entity_dates: str, periods: EffectPeriods) -> str:
    """`columns` of the registration as last known, one row per pair: what `current_enterprise_sql` gives, at half its
    cost where they are few.
    """
    latest = ", ".join(f"arg_max_null({column}, newest) AS {column}" for column in columns)
    return (
        f"SELECT enterprise_id, as_of, {latest} FROM (SELECT *, {newness_sql('valid_from')} AS newest "
        f"FROM ({live_sql('enterprise', entity_dates, periods)})) GROUP BY enterprise_id, as_of"
    )


def change_points_sql(
    name: str,
    key: str,
    entity_dates: str,
    periods: EffectPeriods,
    *,
    rows: str | None = None,
    subject: str | None = None,
) -> str:
    """The days on which the records that count for a key may change; between two of these days they are the same.

    Parameters
    ----------
    key
        A column of the table.
    entity_dates
        A relation with the column ``as_of``: the days that are asked about, the first to the last of them.
    rows, subject
        As `live_sql` has them.

    Returns
    -------
    str
        A SELECT of `key` and ``day``, each pair once. A change before the first requested day is given as that day.
        There may be more days than necessary, never fewer: if the table has effect periods, every requested date is a
        change point.
    """
    table, rows = TABLES[name], rows or name
    if periods.scoring.get(name):
        return (
            f"SELECT DISTINCT r.{key}, d.as_of AS day FROM {rows} r CROSS JOIN (SELECT DISTINCT as_of FROM "
            f"{entity_dates}) d"
        )
    changes = [f"SELECT r.{key}, greatest(r.{table.date_column}, r.known_date) AS day FROM {rows} r"]
    if table.kind == "state":
        changes.append(f"SELECT r.{key}, greatest(r.end_date, r.end_known_date) AS day FROM {rows} r")
        changes.append(f"SELECT r.{key}, r.planned_end_date AS day FROM {rows} r WHERE r.planned_end_date IS NOT NULL")
    changes += [
        f"SELECT r.{key}, a.{edge} AS day FROM {rows} r JOIN amended_span a ON {same_record(name, subject)} WHERE "
        f"a.of_table = '{name}'"
        for edge in ("acts_from", "acts_until")
    ]
    return (
        f"SELECT DISTINCT t.{key}, greatest(t.day, d.first_day) AS day FROM ({' UNION ALL '.join(changes)}) t "
        f"CROSS JOIN (SELECT min(as_of) AS first_day, max(as_of) AS last_day FROM {entity_dates}) d WHERE t.day <= "
        "d.last_day"
    )


def live_columns(name: str) -> dict[str, Column]:
    """The columns of ``live(name, T)`` by name, without ``as_of``."""
    return {column.name: column for column in TABLES[name].columns if column.name != "end_known_date"}


def _amended_columns(table: Table) -> list[Column]:
    """The columns that an amendment may change: parts, and the dates that a changed act keeps."""
    return [column for column in table.columns if column in table.parts or column.name in table.clock_columns]


def _spans_sql(name: str, amended: list[Column]) -> str:
    """How each amended record of a table reads on which days, one row for each span."""
    parts = "".join(
        f", bool_or(part = '{column.name}') AS has_{column.name}, max(value) FILTER (WHERE part = '{column.name}') AS "
        f"{column.name}"
        for column in amended
    )
    return (
        f"SELECT source, subject, record_id, acts_from, acts_until, bool_or(part IS NULL) AS excluded{parts} "
        f"FROM amended_span WHERE of_table = '{name}' GROUP BY source, subject, record_id, acts_from, acts_until"
    )


def _column_sql(column: Column, amended: list[Column]) -> str:
    name = column.name
    if name == "end_date":
        return f"{known_end_sql('m.as_of')} AS end_date"
    if column in amended:
        return f"CASE WHEN a.has_{name} THEN CAST(a.{name} AS {SQL_TYPES[column.type]}) ELSE r.{name} END AS {name}"
    return f"r.{name}"
