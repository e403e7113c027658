"""Copies of many enterprises at once, each with the steps of its own choice made: what `riskml.records.copies.copied`
lays out for one, as SQL.

It reads two tables. ``copies`` says which there are: ``enterprise_id``, ``copy`` (its own id) and ``choice``, a bit for
each step that is made. ``steps`` has the steps of all enterprises (`STEPS_SCHEMA`). Of one id an enterprise has one
record in a table.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from riskml.records.resolved import RESOLVED
from riskml.records.tables import TABLES

STEPS_SCHEMA = pa.schema(
    [
        ("enterprise_id", pa.string()),
        ("of_table", pa.string()),
        ("source", pa.string()),
        ("record_id", pa.string()),
        ("kind", pa.string()),
        ("day", pa.date32()),
        ("place", pa.int64()),
    ]
)
"""A step with a record, ``repaired`` or ``ended`` as `riskml.records.repair.StepKind` has it, the day on which it is
made and known, and its place in a choice.
"""

_MADE = "(c.choice >> s.place) & 1 = 1"


def copied_rows_sql(name: str) -> str:
    """The rows of a record table of all copies, each of its copy."""
    table = TABLES[name]
    of_copy, ended = f"c.copy AS {table.subject}", ""
    if table.kind == "state":
        ends = ", ".join(f"coalesce(s.day, r.{column}) AS {column}" for column in ("end_date", "end_known_date"))
        of_copy = f"{of_copy}, {ends}"
        ended = f"""
LEFT JOIN steps s ON s.enterprise_id = c.enterprise_id AND s.of_table = '{name}' AND s.kind = 'ended'
  AND s.source = r.source AND s.record_id = r.record_id AND {_MADE}"""
    return f"""
SELECT r.* REPLACE ({of_copy})
FROM {name} r
JOIN copies c ON c.enterprise_id = r.{table.subject}{ended}"""


def copied_spans_sql() -> str:
    """How the records of all copies read on which days (``amended_span``): a record that is repaired is out from that
    day on, whatever else was to become of it.
    """
    repaired = f"s.kind = 'repaired' AND {_MADE}"
    out = {
        **{name: f"s.{name}" for name in RESOLVED["amended_span"]},
        "subject": "c.copy",
        "acts_from": "s.day",
        "acts_until": f"DATE '{date.max}'",
        "part": "NULL",
        "value": "NULL",
    }
    return f"""
SELECT a.* REPLACE (c.copy AS subject, least(a.acts_until, coalesce(s.day, a.acts_until)) AS acts_until)
FROM amended_span a
JOIN copies c ON c.enterprise_id = a.subject
LEFT JOIN steps s ON s.enterprise_id = c.enterprise_id AND s.of_table = a.of_table AND s.source = a.source
  AND s.record_id = a.record_id AND {repaired}
WHERE s.day IS NULL OR a.acts_from < s.day
UNION ALL
SELECT {", ".join(f"{value} AS {name}" for name, value in out.items())}
FROM steps s
JOIN copies c ON c.enterprise_id = s.enterprise_id
WHERE {repaired}"""
