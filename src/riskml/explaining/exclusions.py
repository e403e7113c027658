"""What was not used, and why: the amendments known at the as-of date (Yunnan Art. 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from riskml.grading.provisions import Provision
from riskml.grading.scheme import AMENDMENTS, Scheme
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES, Label


@dataclass(frozen=True)
class Excluded:
    """A record, or a part of one, that is no basis of the grade.

    Parameters
    ----------
    part
        The part that was revoked; None where the whole record is out.
    replaced_by
        The record that stands in its place.
    amended, known
        The day the amendment took effect, and the day it became known.
    provision
        The scheme's sentence that excludes it; None where the scheme names none.
    """

    record_id: str
    table: Label
    dated: date | None
    kind: Label
    part: Label | None
    replaced_by: str | None
    amended: date
    known: date
    provision: Provision | None


def read_excluded(
    connection: duckdb.DuckDBPyConnection, moment: str, periods: EffectPeriods, scheme: Scheme
) -> tuple[Excluded, ...]:
    """What is excluded of the records about the one enterprise in the relation `moment`, and of its post-holders' listings.

    Returns
    -------
    tuple
        The latest amendment first.
    """
    own = " UNION ALL ".join(_own_records(name, moment) for name in TABLES if name != "amendment")
    amendments = live_sql("amendment", f"(SELECT DISTINCT record_id AS of_record, as_of FROM ({own}))", periods)
    kinds = ", ".join(f"'{kind}'" for kind in AMENDMENTS)
    sql = (
        "SELECT DISTINCT o.record_id, o.of_table, o.record_date, a.kind, a.part, a.replaced_by, a.event_date, a.known_date "
        f"FROM ({amendments}) a JOIN ({own}) o ON o.of_table = a.of_table AND o.record_id = a.of_record "
        f"WHERE a.kind IN ({kinds}) ORDER BY a.known_date DESC, o.of_table, o.record_id, a.kind"
    )
    provisions = {kind: exclusion for exclusion in scheme.exclusions for kind in exclusion.amendments}
    codes = TABLES["amendment"].column("kind").codes or {}
    return tuple(
        Excluded(
            record_id=record_id,
            table=TABLES[table].label,
            dated=record_date,
            kind=codes[kind],
            part=TABLES[table].column(part).label if kind == "partly_revoked" and part in TABLES[table].column_names else None,
            replaced_by=replaced_by,
            amended=amended,
            known=known,
            provision=provisions.get(kind),
        )
        for record_id, table, record_date, kind, part, replaced_by, amended, known in connection.execute(sql).fetchall()
    )


def _own_records(name: str, moment: str) -> str:
    table = TABLES[name]
    about = f"r.{table.subject} = m.enterprise_id"
    if name == "dishonest_debtor":  # persons in its posts are looked up as well (Art. 15(2))
        about = f"({about} OR r.subject_id IN (SELECT person_id FROM position p JOIN {moment} USING (enterprise_id)))"
    return f"SELECT '{name}' AS of_table, r.record_id, r.{table.date_column} AS record_date, m.as_of FROM {name} r JOIN {moment} m ON {about}"
