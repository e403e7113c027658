"""What was not used, and why: the amendments that acted at the as-of date (Yunnan Art. 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from riskml.engines.statements import Statements
from riskml.explaining.values import column_value
from riskml.records.amendment_spans import smaller
from riskml.records.amendments import REDUCING
from riskml.records.live import same_record
from riskml.records.tables import TABLES, Label
from riskml.schemes.scheme import Scheme
from riskml.schemes.scheme_entries import Exclusion


@dataclass(frozen=True)
class Excluded:
    """A record, or a part of one, that is no basis of the grade.

    Parameters
    ----------
    part
        The part that was revoked or reduced; None where the whole record is out.
    original, value
        What the part was, and what is left of it (None: nothing); both None where the whole record is out.
    replaced_by
        The record that stands in its place.
    law
        The law that bars it.
    amended, known
        The day the amendment took effect, and the day it became known.
    provision
        The scheme's sentence that excludes it; None where the scheme names none.
    outdone
        Whether another amendment leaves less of the same part: of several reductions the smallest value counts,
        whatever their days.
    """

    record_id: str
    table: Label
    dated: date | None
    kind: Label
    part: Label | None
    original: Label | None
    value: Label | None
    replaced_by: str | None
    law: str | None
    amended: date
    known: date
    provision: Exclusion | None
    outdone: bool


def read_excluded(connection: Statements, moment: str, scheme: Scheme) -> tuple[Excluded, ...]:
    """What is excluded of the records about the one enterprise in the relation `moment`, and of its post-holders'
    listings.

    Returns
    -------
    tuple
        The latest amendment first.
    """
    # Of few records mostly none is amended, or those of one table: to plan for all would take longer than all else.
    found = connection.execute("SELECT DISTINCT of_table FROM amendment_effect").fetchall()
    amended = {table for (table,) in found} - {"amendment"}
    if not amended:
        return ()
    own = " UNION ALL ".join(_own_amended(name, moment) for name in TABLES if name in amended)
    sql = (
        "SELECT DISTINCT record_id, of_table, record_date, kind, part, original, value, replaced_by, law, event_date, "
        "known_date "
        f"FROM ({own}) ORDER BY known_date DESC, of_table, record_id, kind, part, value, event_date"
    )
    rows = connection.execute(sql).fetchall()
    least: dict[tuple[str, str, str], str | None] = {}
    for record_id, table, _, kind, part, _, value, *_ in rows:
        if kind in REDUCING:
            at = (table, record_id, part)
            least[at] = smaller(least[at], value) if at in least else value
    provisions = {kind: exclusion for exclusion in scheme.exclusions for kind in exclusion.amendments}
    codes = TABLES["amendment"].column("kind").codes or {}
    return tuple(
        Excluded(
            record_id=record_id,
            table=TABLES[table].label,
            dated=record_date,
            kind=codes[kind],
            part=TABLES[table].column(part).label if kind in REDUCING else None,
            original=_part_value(table, part, original),
            value=_part_value(table, part, value),
            replaced_by=replaced_by,
            law=law,
            amended=amended,
            known=known,
            provision=provisions.get(kind),
            outdone=kind in REDUCING and smaller(value, least[table, record_id, part]) != value,
        )
        for record_id, table, record_date, kind, part, original, value, replaced_by, law, amended, known in rows
    )


def _part_value(table: str, part: str | None, text: str | None) -> Label | None:
    """The text of a part's value, as a page says it."""
    if part is None or text is None:
        return None
    column = TABLES[table].column(part)
    match column.type:
        case "amount" | "share" | "number":
            return column_value(column, Decimal(text))
        case "integer":
            return column_value(column, int(text))
        case "flag":
            return column_value(column, text == "true")
        case _:
            return column_value(column, text)


def _own_amended(name: str, moment: str) -> str:
    """The records of a table about the enterprise that were known, with the amendments that acted on them."""
    table = TABLES[name]
    about = f"r.{table.subject} = m.enterprise_id"
    if name == "dishonest_debtor":  # persons in its posts are looked up as well (Art. 15(2))
        about = f"({about} OR r.subject_id IN (SELECT person_id FROM position p JOIN {moment} USING (enterprise_id)))"
    return (
        f"SELECT '{name}' AS of_table, r.record_id, r.{table.date_column} AS record_date, a.kind, a.part, a.original, "
        "a.value, a.replaced_by, "
        f"a.law, a.event_date, a.known_date FROM {name} r JOIN {moment} m ON {about} JOIN amendment_effect a ON "
        f"{same_record(name)} "
        f"WHERE a.of_table = '{name}' AND a.acts_from <= m.as_of AND m.as_of < a.acts_until "
        f"AND r.{table.date_column} <= m.as_of AND r.known_date <= m.as_of"
    )
