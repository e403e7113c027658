"""One enterprise many times over, each time with other edits of its records.

What is laid out here in a few operations is what `riskml.records.edits.edited` makes of the records one choice after
another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.records.edits import SUPPOSED, Add, Edit, edited
from riskml.records.lookup import record_schema
from riskml.records.resolved import SPANS, resolved_schema
from riskml.records.tables import TABLES

Places = NDArray[np.int64]

MOST_STEPS = 62
"""So many steps have a bit each in one number."""

_LAST = 1 << 48
"""An arrival after all others."""


@dataclass(frozen=True)
class Step:
    """An edit, and the day on which it is made and known."""

    edit: Edit
    day: date


def stepwise(tables: Mapping[str, pa.Table], subject: str, steps: Sequence[Step], choice: int) -> dict[str, pa.Table]:
    """The records once the steps of a choice are made.

    Parameters
    ----------
    choice
        A bit for each of the steps that are made, the lowest for the first.
    """
    found = dict(tables)
    for place, step in enumerate(steps):
        if choice >> place & 1:
            found = edited(found, subject, [_numbered(step.edit, place)], step.day)
    return found


def copy_names(subject: str, count: int) -> pa.Array:
    """The ids of `count` copies, which are no enterprise's; shape (n,)."""
    return pa.array([f"{subject}#{place}" for place in range(count)], pa.string())


def copied(
    tables: Mapping[str, pa.Table], subject: str, steps: Sequence[Step], choices: Places, read: Collection[str]
) -> dict[str, pa.Table]:
    """The records of copies of a subject, each with the steps of its own choice made, and those of others.

    Parameters
    ----------
    tables
        Record table → rows, and ``amended_span``.
    choices
        Shape (n,): a choice for each copy, as `stepwise` has it.
    read
        The record tables that are wanted.

    Returns
    -------
    dict
        Record table → rows, and ``amended_span``; a table without any row is not there.
    """
    names = copy_names(subject, len(choices))
    everyone = np.arange(len(choices), dtype=np.int64)
    spans = tables.get(SPANS, resolved_schema(SPANS).empty_table())
    of_subject = pc.equal(spans["subject"], subject)
    laid_out, spread = dict[str, pa.Table](), [spans.filter(pc.invert(of_subject))]
    spans = spans.filter(of_subject)
    for table in read:
        whole = tables.get(table, record_schema(TABLES[table]).empty_table())
        own = pc.equal(whole[TABLES[table].subject], subject)
        rows, kept = whole.filter(own), spans.filter(pc.equal(spans["of_table"], table))
        parts = [whole.filter(pc.invert(own))]
        for target in _targets(table, steps):
            if not target.new:
                here, there = (_of_record(found, target) for found in (rows, kept))
                rows, kept = rows.filter(pc.invert(here)), kept.filter(pc.invert(there))
            bits = choices & target.mask
            for variant in np.unique(bits):
                made = _made(tables, subject, steps, target, int(variant))
                copies = everyone[bits == variant]
                parts.append(_spread(made[table], TABLES[table].subject, names, copies))
                spread.append(_spread(made[SPANS], "subject", names, copies))
        parts.append(_spread(rows, TABLES[table].subject, names, everyone))
        spread.append(_spread(kept, "subject", names, everyone))
        if len(found := pa.concat_tables(parts)):
            laid_out[table] = found
    if len(found := pa.concat_tables(spread)):
        laid_out[SPANS] = found
    return laid_out


@dataclass
class _Target:
    """A record that steps are about, or one that a step adds.

    Parameters
    ----------
    mask
        The bits of these steps.
    """

    table: str
    source: str | None
    record_id: str | None
    mask: int = 0
    places: list[int] = field(default_factory=list)

    @property
    def new(self) -> bool:
        """Whether it is only there once the step is made."""
        return self.record_id is None


def _targets(table: str, steps: Sequence[Step]) -> list[_Target]:
    """The records of a table that steps are about."""
    found = dict[object, _Target]()
    for place, step in enumerate(steps):
        edit = step.edit
        if edit.table != table:
            continue
        key = place if isinstance(edit, Add) else (edit.source, edit.record_id)
        new = _Target(table, None, None) if isinstance(edit, Add) else _Target(table, edit.source, edit.record_id)
        target = found.setdefault(key, new)
        target.mask |= 1 << place
        target.places.append(place)
    return list(found.values())


def _of_record(rows: pa.Table, target: _Target) -> pa.ChunkedArray:
    """Which rows, of a record table or of spans, are of a target's record."""
    return pc.and_(pc.equal(rows["source"], target.source), pc.equal(rows["record_id"], target.record_id))


def _made(
    tables: Mapping[str, pa.Table], subject: str, steps: Sequence[Step], target: _Target, variant: int
) -> dict[str, pa.Table]:
    """The rows and spans of a target's record once the steps of `variant` are made."""
    table = target.table
    rows = tables.get(table, record_schema(TABLES[table]).empty_table())
    spans = tables.get(SPANS, resolved_schema(SPANS).empty_table())
    if target.new:
        if not variant:
            return {table: rows.slice(0, 0), SPANS: spans.slice(0, 0)}
        added = stepwise({table: rows}, subject, steps, variant)[table]
        return {table: added.slice(len(rows)), SPANS: spans.slice(0, 0)}
    of_subject = pc.equal(rows[TABLES[table].subject], subject)
    of_span = pc.and_(pc.equal(spans["subject"], subject), pc.equal(spans["of_table"], table))
    found = {
        table: rows.filter(pc.and_(of_subject, _of_record(rows, target))),
        SPANS: spans.filter(pc.and_(of_span, _of_record(spans, target))),
    }
    return stepwise(found, subject, steps, variant)


def _numbered(edit: Edit, place: int) -> Edit:
    """The edit; what it adds has an id of its own, and came after all that was delivered and earlier steps added."""
    if not isinstance(edit, Add):
        return edit
    return Add(edit.table, {"record_id": f"{SUPPOSED}-{place + 1}", "arrival": _LAST + place, **edit.values})


def _spread(rows: pa.Table, subject: str, names: pa.Array, copies: Places) -> pa.Table:
    """The rows once for each of `copies`, which are then their subject."""
    count = len(rows)
    taken = rows.take(pa.array(np.tile(np.arange(count, dtype=np.int64), len(copies))))
    whose = names.take(pa.array(np.repeat(copies, count)))
    return taken.set_column(taken.schema.get_field_index(subject), taken.schema.field(subject), whose)
