"""Which records count differently on one day than on another, as far as time alone decides.

The same rule as `riskml.records.live`, asked of two days at once: a record may have happened, become known, ended or
run out of its effect period between them. What arrived or was amended between them is asked of the loads
(`riskml.records.load_delta`).
"""

from __future__ import annotations

from datetime import date

from riskml.records.effect_periods import EffectPeriods, in_effect_sql
from riskml.records.ends import known_end_sql
from riskml.records.expressions import names_used
from riskml.records.tables import TABLES


def changed_between_sql(
    name: str,
    before: date,
    after: date,
    periods: EffectPeriods,
    *,
    turning: tuple[str, ...] = (),
    carried: tuple[str, ...] = (),
) -> str:
    """The rows of a record table that count, ended or answer one of `turning` differently on the two days.

    Parameters
    ----------
    turning
        Expressions over the table's columns and ``as_of``.
    carried
        Columns to give with the subject.

    Returns
    -------
    str
        A SELECT of ``subject``, the `carried` columns and ``moved``: whether the row itself counts or ended
        differently, not only an expression over it. Amendments are left out: a row they exclude on both days may be
        among the rows.
    """
    table = TABLES[name]
    days = {"before": f"DATE '{before}'", "after": f"DATE '{after}'"}
    seen = {
        when: f"coalesce(r.{table.date_column} <= {day} AND r.known_date <= {day} "
        f"AND {in_effect_sql(name, periods.scoring.get(name, ()), day)}, false)"
        for when, day in days.items()
    }
    is_state = table.kind == "state"
    ends = {when: known_end_sql(day) if is_state else "CAST(NULL AS DATE)" for when, day in days.items()}
    read = sorted({*carried, *(column for text in turning for column in names_used(text))} - {"as_of", "end_date"})
    columns = "".join(f", r.{column}" for column in read)
    answers = {when: "".join(f", {text} AS {when}_{number}" for number, text in enumerate(turning)) for when in days}
    differs = " OR ".join(
        ["moved", *(f"before_{number} IS DISTINCT FROM after_{number}" for number in range(len(turning)))]
    )
    return (
        f"WITH seen AS (SELECT r.{table.subject} AS subject{columns}, {seen['before']} AS seen_before, {seen['after']} "
        "AS seen_after, "
        f"{ends['before']} AS end_before, {ends['after']} AS end_after FROM {name} r WHERE seen_before OR seen_after), "
        f"earlier AS (SELECT *{answers['before']} FROM (SELECT *, {days['before']} AS as_of, end_before AS end_date "
        "FROM seen)), "
        f"later AS (SELECT *{answers['after']} FROM (SELECT * EXCLUDE (as_of, end_date), {days['after']} AS as_of, "
        "end_after AS end_date FROM earlier)), "
        "compared AS (SELECT *, seen_before <> seen_after OR end_before IS DISTINCT FROM end_after AS moved FROM "
        "later) "
        f"SELECT {', '.join(['subject', *carried])}, moved FROM compared WHERE {differs}"
    )
