"""What every amendment does: which record it means, from which day until which it acts, or why it does not (Yunnan Art.
14).

Worked out once for each load, over all records, and stored: `riskml.records.live` reads the result and never the
amendments themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import duckdb
import pyarrow as pa

from riskml.records.amendment_spans import ALWAYS, Act, Reading, Span, Undo, acting_days, read_records
from riskml.records.amendment_targets import AMENDMENTS, Amendment, Met, amendments_of, met_by, replacing
from riskml.records.resolved import resolved_table
from riskml.records.tables import TABLES

EXCLUDING = ("revoked", "changed", "misjudged", "repaired", "barred")
"""Amendments that exclude the whole record: Art. 14 (1), (2), (4), (5), and repair (the record is not used any
more).
"""

REDUCING = ("reduced", "partly_revoked")
"""Amendments that leave the record and take from one of its parts: Art. 14 (2), (3)."""

Fate = Literal[
    "acting",
    "undone",
    "waiting_record",
    "waiting_replacement",
    "ambiguous",
    "nothing_to_reduce",
    "larger_than_original",
    "circular",
]

_RANK: tuple[Fate, ...] = (
    "circular", "larger_than_original", "nothing_to_reduce", "ambiguous", "waiting_record", "waiting_replacement",
    "undone", "acting",
)  # fmt: skip
"""Where an amendment means several parties' records, the last of their fates is its own."""


@dataclass(frozen=True)
class Resolved:
    """What came of all amendments.

    Parameters
    ----------
    effects, spans
        The relations ``amendment_effect`` and ``amended_span`` (`riskml.records.resolved`).
    fates
        Each amendment, with what became of it.
    """

    effects: pa.Table
    spans: pa.Table
    fates: tuple[tuple[Amendment, Fate], ...]


def resolve_amendments(connection: duckdb.DuckDBPyConnection) -> Resolved:
    """Follow every amendment among the record tables that are open on `connection`."""
    work = _Resolution(amendments_of(connection))
    for table in sorted({one.of_table for one in work.amendments.values()} & set(TABLES)):
        work.meet(table, met_by(connection, table), replacing(connection, table))
    return work.resolved()


@dataclass
class _Resolution:
    """One resolution under way: what the amendments met so far."""

    amendments: dict[int, Amendment]
    records: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    clocks: dict[int, dict[str, date | None]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    originals: dict[Act, str | None] = field(default_factory=dict)
    undoes: list[Undo] = field(default_factory=list)
    fates: dict[int, Fate] = field(default_factory=dict)

    def meet(self, table: str, met: Iterable[Met], replacements: dict[int, list[Met]]) -> None:
        """Take over what the amendments of one table met."""
        for one in met:
            amendment = self.amendments[one.amendment]
            span: Span = (max(amendment.since, one.seen), one.until)
            if span[0] >= span[1]:
                self._note(one.amendment, "ambiguous")
                continue
            new: list[Met] = []
            if amendment.kind == "changed" and amendment.replaced_by:
                new = [r for r in replacements.get(one.amendment, ()) if self._replaces(amendment, one, r)]
                if not new:
                    self._note(one.amendment, "waiting_replacement")
                    continue
                span = (max(span[0], min(r.seen for r in new)), span[1])
                if span[0] >= span[1]:
                    self._note(one.amendment, "ambiguous")
                    continue
            if table == AMENDMENTS:
                self._undo(amendment, one, span)
            else:
                self._act(amendment, one, span, new)

    def _undo(self, amendment: Amendment, one: Met, span: Span) -> None:
        assert one.number is not None
        self.undoes.append(Undo(amendment.number, one.number, span, in_error=amendment.kind == "misjudged"))

    def _act(self, amendment: Amendment, one: Met, span: Span, new: list[Met]) -> None:
        record = self._record(one)
        if amendment.kind not in REDUCING:
            numbers = tuple(self._record(r) for r in new)
            if new:
                names = TABLES[amendment.of_table].clock_columns
                for number, met in zip((record, *numbers), (one, *new), strict=True):
                    self.clocks[number] = dict(zip(names, met.clocks, strict=True))
            self.acts.append(Act(amendment.number, record, span, replacements=numbers))
            return
        assert amendment.part is not None
        column = TABLES[amendment.of_table].column(amendment.part)
        if one.original is None:
            self._note(amendment.number, "nothing_to_reduce")
            return
        if amendment.value is not None and not one.reducible:
            self._note(amendment.number, "larger_than_original")
            return
        nothing = {"amount": "0", "share": "0", "number": "0", "integer": "0", "flag": "false"}.get(column.type)
        act = Act(
            amendment.number, record, span, amendment.part, amendment.value if amendment.value is not None else nothing
        )
        self.acts.append(act)
        self.originals[act] = one.original

    def _record(self, one: Met) -> int:
        return self.records.setdefault(one.key, len(self.records))

    def _replaces(self, amendment: Amendment, old: Met, new: Met) -> bool:
        """Whether `new` stands in the place of `old`: it is the same party's record, whichever source has it."""
        return amendment.of_table == AMENDMENTS or new.key[2] == old.key[2]

    def _note(self, amendment: int, fate: Fate) -> None:
        self.fates[amendment] = max(self.fates.get(amendment, fate), fate, key=_RANK.index)

    def resolved(self) -> Resolved:
        begins = {number: one.since for number, one in self.amendments.items()}
        allowed, in_circle = acting_days(self.undoes, begins)
        readings, days, back = read_records(self.acts, self.undoes, allowed, self.clocks)
        for number in (*in_circle, *back):
            self._note(number, "circular")
        for act, spans in days.items():
            acts = any(end == date.max for _, end in spans)
            self._note(act.amendment, "acting" if acts else "undone" if act.span[1] == date.max else "ambiguous")
        for undo in self.undoes:
            if undo.amendment not in in_circle:
                ends = [end for _, end in allowed.get(undo.amendment, [ALWAYS])]
                self._note(undo.amendment, "acting" if date.max in ends else "undone")
        fates = tuple((one, self.fates.get(number, "waiting_record")) for number, one in self.amendments.items())
        keys = {number: key for key, number in self.records.items()}
        return Resolved(self._effects(days, keys), _spans(readings, keys), fates)

    def _effects(self, days: dict[Act, list[Span]], keys: dict[int, tuple[str, str, str, str]]) -> pa.Table:
        rows = []
        for act, spans in days.items():
            one = self.amendments[act.amendment]
            value = act.value if act.part else None
            rows += [
                (*keys[act.record], *span, one.kind, one.part, self.originals.get(act), value, one.replaced_by, one.law,
                 one.event_date, one.known_date,
                 one.source, one.record_id)
                for span in spans
            ]  # fmt: skip
        return resolved_table("amendment_effect", rows)


def _spans(readings: list[Reading], keys: dict[int, tuple[str, str, str, str]]) -> pa.Table:
    rows = [
        (*keys[one.record], *one.span, part, value)
        for one in readings
        for part, value in ([(None, None)] if one.excluded else one.values)
    ]
    return resolved_table("amended_span", rows)
