"""From amendments and the records they met to spans of days: when each amendment acts, and how each record reads on
which days.

Every day is decided by what was known on it. A span begins where the amendment, the record that it amends and, for a
changed act, the replacing record are all known; it ends where an undoing amendment begins to act. What becomes known
later moves no earlier day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

Span = tuple[date, date]
"""From the first day to before the second."""

ALWAYS: Span = (date.min, date.max)


@dataclass(frozen=True)
class Act:
    """One amendment acting on one record, before anything undoes it.

    Parameters
    ----------
    amendment, record
        Their numbers.
    span
        The days.
    part, value
        The column that is reduced, and to what (None: it is empty); both None where the whole record is out.
    replacements
        The records that take its place.
    """

    amendment: int
    record: int
    span: Span
    part: str | None = None
    value: str | None = None
    replacements: tuple[int, ...] = ()


@dataclass(frozen=True)
class Undo:
    """One amendment undoing another.

    Parameters
    ----------
    amendment, undone
        Their numbers.
    in_error
        Whether the other was written by mistake, so that a replacing act stands by itself, not the change taken back,
        with which it falls.
    """

    amendment: int
    undone: int
    span: Span
    in_error: bool = False


@dataclass(frozen=True)
class Reading:
    """How a record reads on a span of days: out as a whole, or some of its columns changed (column → text of the value,
    None: empty).
    """

    record: int
    span: Span
    excluded: bool
    values: tuple[tuple[str, str | None], ...]


def acting_days(undoes: Iterable[Undo], begins: dict[int, date]) -> tuple[dict[int, list[Span]], set[int]]:
    """On which days each amendment that something undoes may act; an undoing that is itself undone does not count.

    Parameters
    ----------
    begins
        Amendment → the first day it is known.

    Returns
    -------
    tuple
        Amendment → spans, and the amendments of one day that undo each other in a circle and therefore do nothing.
    """
    by_undone, by_undoing = defaultdict(list), defaultdict(list)
    for undo in undoes:
        by_undone[undo.undone].append(undo)
        by_undoing[undo.amendment].append(undo)
    allowed: dict[int, list[Span]] = {}
    waiting = {number: len(own) for number, own in by_undone.items()}
    open_ = [number for number in by_undoing if number not in waiting]
    left = set(by_undone) | set(by_undoing)

    def settle() -> None:
        while open_:
            number = open_.pop()
            left.discard(number)
            taken = [
                span for undo in by_undone[number] for span in _within(allowed.get(undo.amendment, [ALWAYS]), undo.span)
            ]  # fmt: skip
            allowed[number] = _without([ALWAYS], taken)
            for undo in by_undoing[number]:
                waiting[undo.undone] -= 1
                if not waiting[undo.undone] and undo.undone in left:
                    open_.append(undo.undone)

    settle()
    # Who undoes what came only later closes a circle: without the later one it would be none, so the earlier undoing
    # goes.
    for undo in [undo for number in left for undo in by_undoing[number] if undo.undone in left]:
        if begins[undo.amendment] < begins[undo.undone]:
            by_undone[undo.undone].remove(undo)
            by_undoing[undo.amendment].remove(undo)
            waiting[undo.undone] -= 1
            if not waiting[undo.undone]:
                open_.append(undo.undone)
    settle()
    return allowed | {number: [] for number in left}, left


def read_records(
    acts: Iterable[Act],
    undoes: Iterable[Undo],
    allowed: dict[int, list[Span]],
    clocks: dict[int, dict[str, date | None]],
) -> tuple[list[Reading], dict[Act, list[Span]], set[int]]:
    """How the amended records read, and when.

    Parameters
    ----------
    allowed
        As `acting_days` gives it; an amendment that is not in it is undone by nothing.
    clocks
        Record that is replaced or replaces → its own dates from which windows and effect periods run.

    Returns
    -------
    tuple
        The readings, in which no day of a record occurs twice; the days on which each act acts; and the amendments that
        change a record back into one that it came from, which do nothing.
    """
    taken_back: dict[int, list[Span]] = defaultdict(list)
    for undo in undoes:
        if not undo.in_error:
            taken_back[undo.undone] += _within(allowed.get(undo.amendment, [ALWAYS]), undo.span)
    days: dict[Act, list[Span]] = {}
    chain, circular = _Chain(clocks), set()
    out: dict[int, list[Span]] = defaultdict(list)
    parts: dict[int, list[tuple[Span, str, str | None]]] = defaultdict(list)
    falls: dict[int, list[Span]] = defaultdict(list)
    for act in sorted(acts, key=lambda one: (one.span, one.amendment, one.record)):
        if any(chain.comes_from(act.record, new) for new in act.replacements):
            circular.add(act.amendment)
            continue
        days[act] = _within(allowed.get(act.amendment, [ALWAYS]), act.span)
        if act.part is None:
            out[act.record] += days[act]
        else:
            parts[act.record] += [(span, act.part, act.value) for span in days[act]]
        for new in act.replacements:
            chain.add(act.record, new, days[act])
            falls[new] += _within(taken_back[act.amendment], act.span)
    for record, spans in falls.items():
        out[record] += _without(spans, chain.stands_in(record))
    for record, column, span, value in chain.earlier_clocks():
        parts[record].append((span, column, value))
    readings = [
        reading for record in sorted({*out, *parts}) for reading in _readings(record, out[record], parts[record])
    ]
    return readings, days, circular


class _Chain:
    """Which record replaces which, on which days."""

    def __init__(self, clocks: dict[int, dict[str, date | None]]) -> None:
        self.clocks = clocks
        self.olds: dict[int, list[tuple[int, list[Span]]]] = defaultdict(list)

    def comes_from(self, record: int, other: int) -> bool:
        """Whether `record` is `other`, or replaced it at one or more removes."""
        seen, rest = set(), [record]
        while rest:
            one = rest.pop()
            if one == other:
                return True
            if one not in seen:
                seen.add(one)
                rest += [old for old, _ in self.olds.get(one, ())]
        return False

    def stands_in(self, record: int) -> list[Span]:
        """The days on which the record takes the place of another."""
        return [span for _, spans in self.olds.get(record, ()) for span in spans]

    def add(self, old: int, new: int, spans: list[Span]) -> None:
        self.olds[new].append((old, spans))

    def earlier_clocks(self) -> Iterable[tuple[int, str, Span, str | None]]:
        """(record, column, span, value) where a replacing record has the dates of what it replaced."""
        pieces: dict[int, list[tuple[Span, dict[str, date | None]]]] = {}
        for record in self._oldest_first():
            own = self.clocks[record]
            lines = [
                (overlap, dates)
                for old, spans in self.olds.get(record, ())
                for piece, dates in pieces[old]
                for overlap in _within(spans, piece)
            ]
            pieces[record] = []
            for span in _elementary([line for line, _ in lines]):
                dates = own
                for line, theirs in lines:
                    if line[0] <= span[0] and span[1] <= line[1]:
                        dates = {column: _earlier(value, theirs[column]) for column, value in dates.items()}
                pieces[record].append((span, dates))
                yield from (
                    (record, column, span, str(value) if value else None)
                    for column, value in dates.items()
                    if value != own[column]
                )

    def _oldest_first(self) -> list[int]:
        ordered: dict[int, None] = {}
        for start in sorted(self.olds):
            rest = [start]
            while rest:
                missing = [old for old, _ in self.olds.get(rest[-1], ()) if old not in ordered]
                if missing:
                    rest += missing
                else:
                    ordered.setdefault(rest.pop())
        return list(ordered)


def _earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two days; none where one is not given: what stands in its place is the day of the act."""
    return min(one, other) if one and other else None


def _readings(record: int, out: list[Span], parts: list[tuple[Span, str, str | None]]) -> Iterable[Reading]:
    last: Reading | None = None
    for span in _elementary([*out, *(span for span, _, _ in parts)], whole=False):
        excluded = any(start <= span[0] and span[1] <= end for start, end in out)
        values: dict[str, str | None] = {}
        for (start, end), part, value in parts:
            if not excluded and start <= span[0] and span[1] <= end:
                values[part] = smaller(values[part], value) if part in values else value
        reading = Reading(record, span, excluded, tuple(sorted(values.items())))
        if not (excluded or values):
            continue
        if last and last.span[1] == span[0] and (last.excluded, last.values) == (excluded, reading.values):
            last = Reading(record, (last.span[0], span[1]), excluded, last.values)
            continue
        if last:
            yield last
        last = reading
    if last:
        yield last


def smaller(one: str | None, other: str | None) -> str | None:
    """The smaller of two values of one part as text, which counts: numbers by size, days by their order; nothing is
    less than anything.

    >>> smaller("10", "9"), smaller("5", None)
    ('9', None)
    """
    if one is None or other is None:
        return None
    try:
        return min(one, other, key=Decimal)
    except InvalidOperation:
        return min(one, other)


def _elementary(spans: list[Span], *, whole: bool = True) -> list[Span]:
    """The spans between one boundary and the next, of all time or only of what `spans` reach over."""
    edges = {edge for span in spans for edge in span} | (set(ALWAYS) if whole else set())
    return list(pairwise(sorted(edges)))


def _within(spans: Iterable[Span], span: Span) -> list[Span]:
    cut = [(max(start, span[0]), min(end, span[1])) for start, end in spans]
    return [(start, end) for start, end in cut if start < end]


def _without(spans: list[Span], taken: Iterable[Span]) -> list[Span]:
    for cut in taken:
        spans = [
            piece
            for span in spans
            for piece in (*_within([span], (date.min, cut[0])), *_within([span], (cut[1], date.max)))
        ]
    return spans
