"""What several derived relations have in common: found once for all of them where they are computed together."""

from __future__ import annotations

from dataclasses import dataclass

from riskml.features.struck_visits import struck_visits_sql
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql


@dataclass(frozen=True)
class Common:
    """Relations to read from.

    Parameters
    ----------
    registered
        The registration as last known of every moment asked for, with the columns of ``enterprise``: a table, or a SELECT in brackets.
    struck_visits
        What `struck_visits_sql` gives, likewise.
    tying
        Whether the tables of `riskml.features.ties.tying_statements` were made; not where so few enterprises are asked for that it
        would take longer than it saves.
    """

    registered: str
    struck_visits: str
    tying: bool = False

    @classmethod
    def of(cls, moments: str, periods: EffectPeriods) -> Common:
        """For a relation that is computed by itself, for few."""
        return cls(f"({current_enterprise_sql(moments, periods)})", f"({struck_visits_sql(moments, periods)})")
