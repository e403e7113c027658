"""The loop over leaves that pairs of indicators are found by; it runs as it stands here, and compiled."""

from __future__ import annotations

from typing import Any, NamedTuple

LANES = 4
"""Points of an integral worked on together, written out one by one: so they are compiled to one instruction."""


class PairLayout(NamedTuple):
    """What the loop reads: arrays, or lists of the same, over leaves (l) with two indicators or more and over the
    indicators above each of them (e). Starts have one entry more than what they index.

    A *step* is a split and a side of it: the split's number for the left one, for the right one that and the number of
    all splits.
    """

    value: Any  # floats, (l,)
    leaf_entry: Any  # (l + 1,) first entry of each leaf
    column: Any  # (e,) the indicator
    share: Any  # floats, (e,) the share of training rows that follow the path at it
    step: Any  # (e,) the first step on it
    leaf_more: Any  # (l + 1,) first entry in `more_step`
    more_step: Any  # further steps on indicators that the path has more than once
    more_place: Any  # which of the leaf's entries each is on
    where: Any  # floats, `stride` for every number of indicators: Gauss-Legendre points, filled up
    weight: Any  # floats, their weights, filled up with zeros
    stride: int


class Room(NamedTuple):
    """Room to work in, as long as the longest path; `ratio` is `LANES` times as long."""

    entry: Any
    place: Any
    slope: Any
    ratio: Any


def add_pairs(out, count, place_of, takes, m, room):  # type: ignore[no-untyped-def]
    """Add, for one row, what every leaf gives to the pairs of the indicators asked for.

    With z_k, o_k and f_k(t) = (1 - t) z_k + t o_k, a leaf of value v gives the pair (i, j): v times the integral over t
    of the product of all f_k times (o_i - z_i) / f_i times (o_j - z_j) / f_j. An f_k is zero where neither the row nor
    any training row follows the path: such a leaf gives nothing to any pair.

    Parameters
    ----------
    out
        ``count`` squared: of each pair one of its two places is added to.
    place_of
        Which of the `count` indicators asked for each indicator is; -1: none.
    takes
        Whether the row takes each step.
    m
        The `PairLayout`.
    """
    for leaf in range(len(m.value)):
        first, last = m.leaf_entry[leaf], m.leaf_entry[leaf + 1]
        found = 0
        for e in range(first, last):
            room.entry[found] = e - first
            found += place_of[m.column[e]] >= 0
        if found < 2:
            continue
        for e in range(first, last):
            room.slope[e - first] = takes[m.step[e]] - m.share[e]
        for more in range(m.leaf_more[leaf], m.leaf_more[leaf + 1]):
            if not takes[m.more_step[more]]:
                room.slope[m.more_place[more]] = -m.share[first + m.more_place[more]]
        for a in range(found):
            room.place[a] = place_of[m.column[first + room.entry[a]]]
        start, value = (last - first) * m.stride, m.value[leaf]
        for q in range(start, start + (last - first) // 2, LANES):
            t0, t1, t2, t3 = m.where[q], m.where[q + 1], m.where[q + 2], m.where[q + 3]
            p0, p1, p2, p3 = (
                value * m.weight[q], value * m.weight[q + 1], value * m.weight[q + 2], value * m.weight[q + 3],
            )  # fmt: skip
            for e in range(first, last):
                z, slope = m.share[e], room.slope[e - first]
                p0 *= z + t0 * slope
                p1 *= z + t1 * slope
                p2 *= z + t2 * slope
                p3 *= z + t3 * slope
            if p0 == 0.0:
                continue
            for a in range(found):
                z, slope = m.share[first + room.entry[a]], room.slope[room.entry[a]]
                room.ratio[LANES * a] = slope / (z + t0 * slope)
                room.ratio[LANES * a + 1] = slope / (z + t1 * slope)
                room.ratio[LANES * a + 2] = slope / (z + t2 * slope)
                room.ratio[LANES * a + 3] = slope / (z + t3 * slope)
            for a in range(1, found):
                g0, g1 = p0 * room.ratio[LANES * a], p1 * room.ratio[LANES * a + 1]
                g2, g3 = p2 * room.ratio[LANES * a + 2], p3 * room.ratio[LANES * a + 3]
                at = room.place[a] * count
                for b in range(a):
                    out[at + room.place[b]] += (g0 * room.ratio[LANES * b] + g1 * room.ratio[LANES * b + 1]) + (
                        g2 * room.ratio[LANES * b + 2] + g3 * room.ratio[LANES * b + 3]
                    )
