"""What several derived relations have in common: found once for all of them where they are computed together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.relations.known_inspections import PEER_WINDOWS, known_visits_sql, peer_visits_sql, usual_visits_sql

Listing = tuple[str, str]
"""An enterprise, and the record of a person's listing that is held against it."""

KNOWN_VISITS, USUAL_VISITS, PEER_VISITS = "known_visits", "usual_visits", "peer_visits"


@dataclass(frozen=True)
class Common:
    """Relations to read from.

    Parameters
    ----------
    registered
        The registration as last known of every pair asked for, with the columns of ``enterprise``: a table, or a SELECT
        in brackets.
    usual_visits
        What `usual_visits_sql` gives, likewise.
    peer_visits
        What `peer_visits_sql` gives, likewise.
    windows
        The look-back windows of peer rates that are asked for.
    tying
        Whether the tables of `riskml.relations.links.linking_statements` were made; not where so few enterprises are
        asked for that it would take longer than it saves.
    somebody_elses
        Listings of persons of whom an officer answered that they are not the enterprise's post-holders.
    struck
        A table with what `riskml.relations.templates.struck_sql` gives, for the days asked for; None where the rates of
        peers are to be found from `peer_visits`.
    """

    registered: str
    usual_visits: str
    peer_visits: str
    tying: bool = False
    windows: tuple[int, ...] = PEER_WINDOWS
    somebody_elses: tuple[Listing, ...] = ()
    struck: str | None = None

    @classmethod
    def of(cls, entity_dates: str, periods: EffectPeriods, somebody_elses: Iterable[Listing] = ()) -> Common:
        """For a relation that is computed by itself, for few."""
        known = f"({known_visits_sql(periods)})"
        usual = f"({usual_visits_sql(known)})"
        return cls(
            f"({current_enterprise_sql(entity_dates, periods)})",
            usual,
            f"({peer_visits_sql(known, usual, periods)})",
            somebody_elses=tuple(somebody_elses),
        )


def visit_statements(periods: EffectPeriods) -> dict[str, str]:
    """Name → SELECT of the tables about all visits, in the order to make them: `KNOWN_VISITS`, `USUAL_VISITS` and
    `PEER_VISITS`.
    """
    return {
        KNOWN_VISITS: known_visits_sql(periods),
        USUAL_VISITS: usual_visits_sql(KNOWN_VISITS),
        PEER_VISITS: peer_visits_sql(KNOWN_VISITS, USUAL_VISITS, periods),
    }
