"""What several derived relations have in common: found once for all of them where they are computed together."""

from __future__ import annotations

from dataclasses import dataclass

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql

SEVERAL = (
    "SELECT person_id FROM (SELECT person_id, enterprise_id FROM position UNION ALL SELECT holder_id, enterprise_id FROM shareholding) "
    "GROUP BY person_id HAVING min(enterprise_id) <> max(enterprise_id)"
)
"""Everyone who ever had a post or a share in more than one enterprise (``person_id``): nobody else ties two together on any date."""


@dataclass(frozen=True)
class Common:
    """Relations to read from, each a table or a SELECT in brackets.

    Parameters
    ----------
    registered
        The registration as last known of every moment asked for, with the columns of ``enterprise``.
    several
        What `SEVERAL` gives; None where so few enterprises are asked for that finding it would take longer than it saves.
    """

    registered: str
    several: str | None = None

    @classmethod
    def of(cls, moments: str, periods: EffectPeriods) -> Common:
        """For a relation that is computed by itself, for few."""
        return cls(f"({current_enterprise_sql(moments, periods)})")


def tying(person: str, several: str | None) -> str:
    """The condition that a `person` (a column) may tie enterprises together; `several` as `Common` has it."""
    return "true" if several is None else f"{person} IN (SELECT person_id FROM {several})"
