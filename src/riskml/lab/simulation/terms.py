"""Succession: who holds a place, from which day, until the day somebody follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import NEVER, Days, Integers


@dataclass(frozen=True)
class Terms:
    """Successive holders of places, sorted by enterprise, place and start.

    Parameters
    ----------
    place
        Number of the post or of the shareholder's seat within the enterprise.
    holder
        Who holds it.
    end
        Day on which the next holder followed; `NEVER` while the term lasts.
    """

    enterprise: Integers
    place: Integers
    holder: Integers
    start: Days
    end: Days


def succeed(enterprise: Integers, place: Integers, holder: Integers, start: Days) -> Terms:
    """Let each holder's term end where the next one of the same place begins.

    >>> one = np.ones(2, np.int64)
    >>> succeed(one, one, np.array([7, 8]), np.array([100, 50], dtype=np.int32)).end.tolist()
    [100, 2147483647]
    """
    order = np.lexsort((start, place, enterprise))
    enterprise, place, holder, start = enterprise[order], place[order], holder[order], start[order]
    end = np.full(len(start), NEVER, np.int32)
    same = (enterprise[1:] == enterprise[:-1]) & (place[1:] == place[:-1])
    end[:-1][same] = start[1:][same]
    return Terms(enterprise, place, holder, start, end)
