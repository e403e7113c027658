"""Grades that others gave the enterprise: beside the scheme's, which neither replaces nor follows them (Yunnan
Art. 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.engines.statements import Statements
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES, Label


@dataclass(frozen=True)
class ExternalGrade:
    """One grade that still holds.

    Parameters
    ----------
    field
        Of what it is a grade: a professional field, a public evaluation, a third party's.
    grade
        As its own rules call it.
    risk_level
        What it amounts to, where the source says.
    method, authority
        By which rules, and whose; None where the source does not say.
    until
        The day on which it ends as planned.
    """

    record_id: str
    field: Label
    grade: str
    risk_level: Label | None
    method: str | None
    authority: str | None
    since: date
    until: date | None


def read_external_grades(connection: Statements, moment: str, periods: EffectPeriods) -> tuple[ExternalGrade, ...]:
    """Those of the one enterprise in `moment` (``enterprise_id``, ``as_of``), by field, the newest of each first."""
    if not connection.execute("SELECT 1 FROM external_grade LIMIT 1").fetchall():
        return ()  # few records mostly have none, which is seen in a fifth of the time
    found = connection.execute(f"""
SELECT record_id, field, grade, risk_level, method, authority, start_date, planned_end_date
FROM ({live_sql("external_grade", moment, periods)})
WHERE end_date IS NULL
ORDER BY field, start_date DESC, record_id""").fetchall()
    return tuple(
        ExternalGrade(record, _code("field", field) or Label(field, field), grade, _code("risk_level", level), *others)
        for record, field, grade, level, *others in found
    )


def _code(column: str, value: str | None) -> Label | None:
    codes = TABLES["external_grade"].column(column).codes or {}
    return codes.get(value or "")
