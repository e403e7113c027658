"""A trade that becomes riskier from one month on, whatever its enterprises are like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from riskml.lab.simulation.calendar import day_number
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.world import World


@dataclass(frozen=True)
class Jump:
    """A change of regime.

    Parameters
    ----------
    section
        The section of trade (GB/T 4754) that changes.
    since
        The first day of the month from which its enterprises are riskier.
    rise
        By how much, on the scale of the hidden risk: records and inspections follow it as they follow all risk.
    """

    section: str
    since: date
    rise: float


def with_jump(world: World, jump: Jump) -> World:
    """The same province with the change."""
    changed = np.array([one.code.startswith(jump.section) for one in industries()])[world.registration.industry]
    month = int(world.calendar.month_of(np.array([day_number(jump.since)], np.int32))[0])
    drift = world.risk.drift.copy()
    drift[changed, month:] += np.float32(jump.rise)
    return replace(world, risk=replace(world.risk, drift=drift))
