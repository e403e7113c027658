"""Amendments: acts revoked, changed, reduced or partly revoked, information found wrong or barred, credit repaired
(Yunnan Art. 14).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import NEVER, REPAIR_ORDER_36, REPAIR_ORDER_107, Days, Flags, Integers, learnt
from riskml.lab.simulation.columns import (
    NOTHING,
    Amounts,
    Codes,
    Dates,
    Frame,
    Numbered,
    OnlyWhere,
    TextArray,
    vocabulary,
)
from riskml.lab.simulation.listings import Listings
from riskml.lab.simulation.penalties import MINOR, SERIOUS, Penalties, penalty_numbers
from riskml.lab.simulation.social import Complaints
from riskml.lab.simulation.vocabularies import labels
from riskml.lab.simulation.world import World

_KINDS = ("revoked", "changed", "partly_revoked", "misjudged", "repaired", "reduced", "barred")
_SHARES = {"revoked": 0.010, "changed": 0.008, "partly_revoked": 0.008, "misjudged": 0.006}
"""Share of penalties that are amended so, at most once each."""

_REDUCED, _BARRED, _UNDONE = 0.006, 0.002, 0.04
"""Share of penalties whose fine is reduced later, or that another law bars; and of revocations that are taken back as
noted in error.
"""

_LAW = "中华人民共和国预防未成年人犯罪法"

_TABLES = ("penalty", "abnormal_listing", "serious_listing", "complaint", "amendment")
_PREFIXES = {"abnormal_listing": "YC", "serious_listing": "HMD", "complaint": "TS", "amendment": "GZ"}


@dataclass(frozen=True)
class Amendments:
    """Amendments of records; tables, kinds and parts as positions, records by their row.

    Parameters
    ----------
    replacement
        Row of the penalty that takes the place of a changed one; -1 otherwise.
    part
        0 the fine, 1 what was confiscated, -1 the whole.
    value
        What the fine is reduced to; not a number otherwise.
    """

    table: Integers
    row: Integers
    kind: Integers
    day: Days
    known: Days
    replacement: Integers
    part: Integers
    value: NDArray[np.float64]


def amend(
    rng: np.random.Generator,
    world: World,
    *,
    penalties: Penalties,
    abnormal: Listings,
    serious: Listings,
    complaints: Complaints,
) -> tuple[Amendments, Penalties]:
    """Amend some records.

    Returns
    -------
    The amendments, and the penalties with the replacements of changed ones appended.
    """
    last = world.calendar.last_day
    rows = len(penalties.day)
    fate = np.searchsorted(np.cumsum(list(_SHARES.values())), rng.random(rows), side="right")
    when = (penalties.known + 20 + rng.gamma(1.5, 80, rows)).astype(np.int32)
    part = np.where(np.isnan(penalties.confiscated), 0, rng.integers(0, 2, rows))
    fate = np.where((fate == 2) & np.isnan(penalties.fine), 4, fate)
    fate = np.where((fate == 1) & np.isnan(penalties.fine), 4, fate)
    fate = np.where(when > last, 4, fate)
    acted = np.flatnonzero(fate < 4)
    changed = np.flatnonzero(fate == 1)
    replacement = np.full(rows, NOTHING)
    replacement[changed] = rows + np.arange(len(changed))
    parts = [
        (0, acted, fate[acted], when[acted], replacement[acted], np.where(fate[acted] == 2, part[acted], NOTHING)),
        _repaired(0, *_repairs(rng, world, penalties, fate == 4)),
        _misjudged(rng, 1, abnormal.known, 0.004, last),
        _misjudged(rng, 2, serious.known, 0.006, last),
        _misjudged(rng, 3, complaints.known, 0.002, last),
    ]
    table = np.repeat([entry[0] for entry in parts], [len(entry[1]) for entry in parts])
    row, kind, day, new, half = (np.concatenate([entry[place] for entry in parts]) for place in range(1, 6))
    known = learnt(rng, day.astype(np.int32), typical=6, forgotten=0.02)
    amendments = Amendments(table, row, kind, day.astype(np.int32), known, new, half, np.full(len(row), np.nan))
    by_change = amendments.kind == _KINDS.index("changed")
    more = _with_replacements(rng, penalties, changed, amendments.known[by_change])
    untouched = np.setdiff1d(np.arange(rows), row[table == 0])
    return _appended(rng, amendments, penalties, untouched, last), more


def _appended(
    rng: np.random.Generator, made: Amendments, penalties: Penalties, untouched: Integers, last: int
) -> Amendments:
    """Append fines reduced, penalties barred by another law, and revocations taken back: what amends an amendment comes
    after it.
    """
    share = rng.random(len(untouched))
    reduced = untouched[(share < _REDUCED) & ~np.isnan(penalties.fine[untouched])]
    barred = untouched[(share >= _REDUCED) & (share < _REDUCED + _BARRED)]
    revoked = np.flatnonzero(made.kind == _KINDS.index("revoked"))
    undone = revoked[rng.random(len(revoked)) < _UNDONE]
    row = np.concatenate([reduced, barred, undone])
    sizes = [len(reduced), len(barred), len(undone)]
    since = np.concatenate([penalties.known[reduced], penalties.known[barred], made.known[undone]])
    day = (since + 15 + rng.gamma(1.5, 60, len(row))).astype(np.int32)
    value = np.full(len(row), np.nan)
    value[: len(reduced)] = np.round(penalties.fine[reduced] * rng.uniform(0.1, 0.6, len(reduced)), 2)
    new = Amendments(
        np.repeat([0, 0, _TABLES.index("amendment")], sizes),
        row,
        np.repeat([_KINDS.index(kind) for kind in ("reduced", "barred", "misjudged")], sizes),
        day,
        learnt(rng, day, typical=6, forgotten=0.02),
        np.full(len(row), NOTHING),
        np.repeat([0, NOTHING, NOTHING], sizes),
        value,
    )
    kept = day <= last
    return Amendments(*(np.concatenate([column, vars(new)[name][kept]]) for name, column in vars(made).items()))


def _with_replacements(rng: np.random.Generator, penalties: Penalties, changed: Integers, known: Days) -> Penalties:
    """Append what changed decisions say now: the same act of the same day, a lower fine, known with the change."""
    values = {name: np.concatenate([column, column[changed]]) for name, column in vars(penalties).items()}
    new = slice(len(penalties.day), None)
    values["fine"][new] = np.round(values["fine"][new] * rng.uniform(0.2, 0.8, len(changed)), 2)
    values["known"][new] = known
    return replace(penalties, **values)


def _repairs(rng: np.random.Generator, world: World, penalties: Penalties, standing: Flags) -> tuple[Integers, Days]:
    """Repairs on application: after six months, since Order 107 after three (serious: one year), and more often
    since.
    """
    public = np.minimum(penalties.publicised, 2**30)
    serious, minor = penalties.severity == SERIOUS, penalties.severity == MINOR
    wait_before, wait_after = np.where(serious, 365, 183), np.where(serious, 365, 91)
    early = np.maximum(public + wait_after, REPAIR_ORDER_107)
    wait = rng.exponential(1.0, len(public))
    old = public + wait_before + wait * 500
    day = np.where(old < REPAIR_ORDER_107, old, early + wait * np.where(early >= REPAIR_ORDER_36, 110, 160))
    risk = world.risk.on(penalties.enterprise, penalties.day)
    applies = rng.random(len(public)) < 1 / (1 + np.exp(0.6 + 0.45 * risk - 0.4 * minor))
    repaired = standing & applies & (day <= world.calendar.last_day) & (penalties.publicised < NEVER)
    return np.flatnonzero(repaired), np.maximum(day[repaired], penalties.known[repaired] + 5).astype(np.int32)


def _repaired(table: int, rows: Integers, day: Days) -> tuple[int, Integers, Integers, Days, Integers, Integers]:
    nothing = np.full(len(rows), NOTHING)
    return table, rows, np.full(len(rows), _KINDS.index("repaired")), day, nothing, nothing


def _misjudged(
    rng: np.random.Generator, table: int, known: Days, share: float, last: int
) -> tuple[int, Integers, Integers, Days, Integers, Integers]:
    rows = np.flatnonzero((rng.random(len(known)) < share) & (known + 90 <= last))
    day = (known[rows] + rng.integers(5, 90, len(rows))).astype(np.int32)
    nothing = np.full(len(rows), NOTHING)
    return table, rows, np.full(len(rows), _KINDS.index("misjudged")), day, nothing, nothing


@dataclass(frozen=True)
class _Records:
    """The numbers of amended records, in their own tables' style."""

    table: Integers
    row: Integers

    def __len__(self) -> int:
        return len(self.row)

    def text(self, rows: slice | Integers) -> TextArray:
        """The text of some rows."""
        table, row = self.table[rows], self.row[rows]
        texts = np.empty(len(row), object)
        for position, name in enumerate(_TABLES):
            mine = np.flatnonzero(table == position)
            column = penalty_numbers(row) if name == "penalty" else Numbered(_PREFIXES[name], row)
            texts[mine] = column.text(mine).to_numpy(zero_copy_only=False)
        return pa.array(texts, pa.string())


def amendment_records(amendments: Amendments) -> Frame:
    """Amendments as the departments report them."""
    rows = len(amendments.day)
    replaced = amendments.replacement
    return {
        "recordId": Numbered("GZ", np.arange(rows)),
        "ofTable": Codes(amendments.table, vocabulary(_TABLES)),
        "ofRecord": _Records(amendments.table, amendments.row),
        "kind_CN": Codes(amendments.kind, labels("amendment", "kind", _KINDS)),
        "decDate": Dates(amendments.day),
        "replacedBy": OnlyWhere(penalty_numbers(np.maximum(replaced, 0)), replaced != NOTHING),
        "part": Codes(amendments.part, vocabulary(["fine", "confiscated"])),
        "reducedTo": Amounts(amendments.value),
        "law": Codes(np.where(amendments.kind == _KINDS.index("barred"), 0, NOTHING), vocabulary([_LAW])),
        "recDate": Dates(amendments.known),
    }
