"""What several derived relations have in common: found once for all of them where they are computed together."""

from __future__ import annotations

from dataclasses import dataclass

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql

TYING = {
    "tying_person": "SELECT person_id FROM (SELECT person_id, enterprise_id FROM position UNION ALL SELECT holder_id, enterprise_id FROM shareholding) "
    "GROUP BY person_id HAVING min(enterprise_id) <> max(enterprise_id)",
    "tying_position": "SELECT * FROM position WHERE person_id IN (SELECT person_id FROM tying_person)",
    "tying_shareholding": "SELECT * FROM shareholding WHERE holder_kind = 'enterprise' OR holder_id IN (SELECT person_id FROM tying_person)",
}
"""Table → SELECT, in the order they are made: everyone who ever had a post or a share in more than one enterprise (no other person ties two
together on any date), and the posts and shares that may tie any together: of a simulated province a quarter of all."""


@dataclass(frozen=True)
class Common:
    """Relations to read from.

    Parameters
    ----------
    registered
        The registration as last known of every moment asked for, with the columns of ``enterprise``: a table, or a SELECT in brackets.
    tying
        Whether the tables of `TYING` were made; not where so few enterprises are asked for that it would take longer than it saves.
    """

    registered: str
    tying: bool = False

    @classmethod
    def of(cls, moments: str, periods: EffectPeriods) -> Common:
        """For a relation that is computed by itself, for few."""
        return cls(f"({current_enterprise_sql(moments, periods)})")
