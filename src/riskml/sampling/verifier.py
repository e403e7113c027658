"""Draw an inspection plan again and check it: by this one file and Python's own library, on any machine.

``python3 verifier.py FOLDER --event VALUE --commitment DIGEST --ledger FILE`` (see ``--help``). It ends with 0 where
the plan is what was committed to and drawn, with 1 where something is not, and says what. riskml itself draws, and
finds pairs, by the functions of this file: there is no second way.

The seed is ``SHA-256("riskml plan seed 1", commitment, value of the event, nonces of the witnesses)``, each on a line
of its own, the commitment by its SHA-256, the value as `event_value` spells it; row i of the frame has bytes 24·i to
24·i+23 of SHAKE-256 of the seed. Rows were committed to in their order, so that a row is as good as the unit's id, and
a million take one call.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from struct import unpack
from typing import Any

WHOLE = 2**32
"""A probability of one: probabilities are integers in parts of it."""

KEY = 24
"""Random bytes of each unit: eight for its order, eight for where it meets another of its stratum, eight for where it
goes on to the next one.
"""

_CHANCE = 64
"""Bits of what decides between two units: a probability is kept to 2**-64 at each step."""

_TRIALS = 16
"""How many inspectors are tried for a visit before all who reach its place are looked through."""


FRAME, FIXED, INSPECTORS, CONFLICTS = "frame.csv", "fixed.csv", "inspectors.csv", "conflicts.csv"
PROGRAM = "verifier.py"
"""This file, as it was when the plan was made: another one might draw others."""

COMMITTED = ("plan.json", FRAME, FIXED, INSPECTORS, CONFLICTS, PROGRAM)
"""The files that a commitment names; all that follows, follows from them."""

COMMITMENT, DRAW, DRAWN, VISITS = "commitment.json", "draw.json", "draw.csv", "visits.csv"

FRAME_HEAD = "unit,stratum,probability,place,field,days"
FIXED_HEAD = "unit,place,field,days"
INSPECTORS_HEAD = "inspector,places,fields,days"
CONFLICTS_HEAD = "inspector,unit"
DRAWN_HEAD = "unit,probability"
VISITS_HEAD = "unit,place,field,days,first,second"


class NotAsDrawnError(Exception):
    """What is checked is not what was committed to, or not what follows from it; one sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en


# The sample.


def sample(probabilities: Sequence[int], strata: Sequence[int | str], keys: Sequence[bytes]) -> list[int]:
    """A sample of fixed size with exactly these inclusion probabilities, by the sequential pivotal method.

    The units of each stratum are put in the order that the seed gives; each in turn meets the one that is still open,
    and one of both is decided, so that what both expect stays the same (Deville and Tillé 1998, Chauvet 2012). What is
    left open at the end of each stratum goes on to the next: a stratum gets its expected number, rounded up or down.

    Parameters
    ----------
    probabilities
        In parts of `WHOLE`; their sum is a multiple of it, the size of the sample.
    strata
        Of each unit; the units of one stand together.
    keys
        `KEY` random bytes of each unit.

    Returns
    -------
    list of int
        The positions of the units drawn, ascending.

    Raises
    ------
    ValueError
        Where the three are not of one length, a probability is none, their sum is no multiple, or a stratum begins
        again.

    Examples
    --------
    >>> half = [WHOLE // 2] * 4
    >>> len(sample(half, [1, 1, 2, 2], [bytes([one]) * KEY for one in (3, 1, 4, 1)]))
    2
    """
    if not len(probabilities) == len(strata) == len(keys):
        raise ValueError("probabilities, strata and keys are not of one length")
    return drawn(probabilities, blocks_of(strata), b"".join(keys))


def blocks_of(strata: Iterable[int | str]) -> list[tuple[int, int]]:
    """Where each stratum begins and ends; a ValueError where one begins again."""
    blocks, at, seen = [], 0, set()
    for stratum, rows in groupby(strata):
        size = sum(1 for _ in rows)
        if stratum in seen:
            raise ValueError(f"the units of stratum {stratum!r} do not stand together")
        seen.add(stratum)
        blocks.append((at, at + size))
        at += size
    return blocks


def drawn(probabilities: Sequence[int], blocks: Iterable[tuple[int, int]], keys: bytes) -> list[int]:
    """As `sample`, of strata as blocks of positions, and of keys one after the other."""
    if probabilities and not (min(probabilities) >= 0 and max(probabilities) <= WHOLE):
        raise ValueError("a probability is below nought or above one")
    if sum(probabilities) % WHOLE:
        raise ValueError("the probabilities add up to no whole number of units")
    numbers = unpack(f"<{len(keys) // 8}Q", keys)
    # Thirty bits are compared fast; of units that agree in them the one that stands first comes first.
    order, chance, onward = [number >> 34 for number in numbers[::3]], numbers[1::3], numbers[2::3]
    chosen: list[int] = []
    still, open_part = -1, 0
    for start, end in blocks:
        left, part = -1, 0
        for position in sorted(range(start, end), key=order.__getitem__):
            left, part = _met(left, part, position, probabilities[position], chance[position], chosen)
        if part:
            still, open_part = _met(still, open_part, left, part, onward[left], chosen)
    return sorted(chosen)


def _met(still: int, part: int, other: int, own: int, chance: int, chosen: list[int]) -> tuple[int, int]:
    """Let the unit that is still open, and expects `part`, meet another that expects `own`: one is decided, and what
    both expect stays the same. Returns the one that is open now, and what it expects.
    """
    both = part + own
    if both < WHOLE:
        return (still if part and chance * both >> _CHANCE < part else other), both
    if part and chance * (2 * WHOLE - both) >> _CHANCE < WHOLE - own:
        chosen.append(still)
        return other, both - WHOLE
    chosen.append(other)
    return still, both - WHOLE


# What follows from the files of a plan.


@dataclass(frozen=True)
class Frame:
    """The rows of frame.csv, in their order.

    Parameters
    ----------
    units, strata
        Of each row.
    probabilities
        In parts of `WHOLE`.
    others
        ``place,field,days`` of each row, as they stand there.
    """

    units: Sequence[str]
    strata: Sequence[str]
    probabilities: Sequence[int]
    others: Sequence[str]


@dataclass(frozen=True)
class Inspector:
    """One who may be sent.

    Parameters
    ----------
    places
        Beginnings of the divisions that it is sent to; everywhere where there are none.
    fields
        The fields that it is qualified for.
    days
        Its working days, in hundredths.
    """

    name: str
    places: tuple[str, ...]
    fields: frozenset[str]
    days: int


@dataclass(frozen=True)
class Visit:
    """One visit: whoever comes to an enterprise, and for whatever reasons, comes together.

    Parameters
    ----------
    days
        Of each of the two inspectors, in hundredths.
    """

    unit: str
    place: str
    field: str
    days: int


def read_rows(content: bytes, head: str, name: str) -> list[str]:
    """The lines of a CSV without quotes, once its first line is seen to be `head`."""
    lines = content.decode().split("\n")
    if lines[0] != head or lines.pop():
        raise NotAsDrawnError(
            f"{name} 的首行应为 {head}，并以换行结尾", f"{name} should begin with {head} and end in a newline"
        )
    return lines[1:]


def read_frame(content: bytes) -> Frame:
    """The frame in the bytes of frame.csv."""
    rows = [line.split(",", 3) for line in read_rows(content, FRAME_HEAD, FRAME)]
    units, strata, probabilities, others = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Frame(units, strata, list(map(int, probabilities)), others)


def hundredths(days: str) -> int:
    """Days as they stand in a file, with at most two decimals, in hundredths.

    >>> hundredths("1.5"), hundredths("0.25"), hundredths("2")
    (150, 25, 200)
    """
    whole, _, part = days.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def seed_of(commitment: str, event: str, nonces: Iterable[str]) -> bytes:
    """The seed of a draw.

    Parameters
    ----------
    commitment
        SHA-256 of commitment.json.
    event
        The value of the public event as `event_value` spells it; empty where there is none.
    nonces
        Of the witnesses, in the order of the commitment.
    """
    return hashlib.sha256("\n".join(("riskml plan seed 1", commitment, event, *nonces)).encode()).digest()


def event_value(text: str) -> str:
    """The numbers in what an event came to, as the seed takes them: one spelling of one value.

    >>> event_value(" ０3 11，17 + 07")
    '3 11 17 7'
    """
    return " ".join(str(int(one)) for one in re.findall("[0-9]+", unicodedata.normalize("NFKC", text)))


def nonce_hash(nonce: str) -> str:
    """What a witness gives before the draw, for the nonce that it gives after."""
    return hashlib.sha256(f"riskml nonce 1\n{nonce}".encode()).hexdigest()


def drawn_of(frame: Frame, seed: bytes) -> list[int]:
    """The rows of a frame that a seed draws."""
    return drawn(frame.probabilities, blocks_of(frame.strata), hashlib.shake_256(seed).digest(KEY * len(frame.units)))


def visits_of(frame: Frame, rows: Sequence[int], fixed: Sequence[str]) -> list[Visit]:
    """Every visit of a plan: those drawn, and those that are fixed; of one unit one, in the order of their units.

    Parameters
    ----------
    fixed
        The rows of fixed.csv.
    """
    found: dict[str, Visit] = {}
    for line in fixed:
        unit, place, field, days = line.split(",")
        found[unit] = Visit(unit, place, field, hundredths(days))
    for row in rows:
        place, field, days = frame.others[row].split(",")
        unit = frame.units[row]
        found.setdefault(unit, Visit(unit, place, field, hundredths(days)))
    return [found[unit] for unit in sorted(found)]


def pairs_of(
    visits: Sequence[Visit], inspectors: Sequence[Inspector], conflicts: frozenset[tuple[str, str]], seed: bytes
) -> list[tuple[str, str]]:
    """Two inspectors for each visit, drawn from those who may be sent; empty names where there are none.

    Who may be sent reaches the place, has days left, and has no conflict with the unit; one of both at least is
    qualified for the visit's field. The seed says whose turn it is, and who goes.
    """
    left = [one.days for one in inspectors]
    reach: dict[str, list[int]] = {}
    qualified: dict[tuple[str, str], list[int]] = {}
    found: list[tuple[str, str]] = [("", "")] * len(visits)
    turns = [hashlib.sha256(seed + b"pair" + one.unit.encode()).digest() for one in visits]

    def free(number: int, visit: Visit, but: int | None) -> bool:
        return number != but and left[number] >= visit.days and (inspectors[number].name, visit.unit) not in conflicts

    for at in sorted(range(len(visits)), key=turns.__getitem__):
        visit, turn = visits[at], turns[at]
        if visit.place not in reach:
            reach[visit.place] = [
                number for number, one in enumerate(inspectors) if not one.places or visit.place.startswith(one.places)
            ]
        if (visit.place, visit.field) not in qualified:
            qualified[visit.place, visit.field] = [
                number for number in reach[visit.place] if not visit.field or visit.field in inspectors[number].fields
            ]
        first = _one_of(qualified[visit.place, visit.field], partial(free, visit=visit, but=None), turn + b"1")
        if first is None:
            continue
        second = _one_of(reach[visit.place], partial(free, visit=visit, but=first), turn + b"2")
        if second is None:
            continue
        for one in (first, second):
            left[one] -= visit.days
        found[at] = inspectors[first].name, inspectors[second].name
    return found


def _one_of(numbers: Sequence[int], may: Callable[[int], bool], turn: bytes) -> int | None:
    """One of those who may, each with the same chance; None where nobody may.

    Most may: so a few are tried before everyone is looked through.
    """
    for trial in range(_TRIALS if numbers else 0):
        number = numbers[_place_in(numbers, turn, trial)]
        if may(number):
            return number
    able = [number for number in numbers if may(number)]
    return able[_place_in(able, turn, _TRIALS)] if able else None


def _place_in(numbers: Sequence[int], turn: bytes, trial: int) -> int:
    return int.from_bytes(hashlib.sha256(turn + bytes([trial])).digest()[:8], "big") * len(numbers) >> _CHANCE


def read_inspectors(rows: Iterable[str]) -> list[Inspector]:
    """Those of inspectors.csv."""
    found = []
    for line in rows:
        name, places, fields, days = line.split(",")
        found.append(Inspector(name, tuple(places.split()), frozenset(fields.split()), hundredths(days)))
    return found


def visit_rows(visits: Sequence[Visit], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The rows of visits.csv."""
    return [
        ",".join((one.unit, one.place, one.field, f"{one.days / 100:g}", *pair))
        for one, pair in zip(visits, pairs, strict=True)
    ]


def csv_bytes(head: str, rows: Iterable[str]) -> bytes:
    """A CSV as the files of a plan have it."""
    return "\n".join((head, *rows, "")).encode()


def hashes_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each of some files."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def outcome(files: Mapping[str, bytes], seed: bytes) -> dict[str, bytes]:
    """What follows from the committed files and a seed: draw.csv and visits.csv."""
    collects = gc.isenabled()
    gc.disable()  # nothing here goes in circles, and a million rows would be looked through for them
    try:
        return _outcome(files, seed)
    finally:
        if collects:
            gc.enable()


def _outcome(files: Mapping[str, bytes], seed: bytes) -> dict[str, bytes]:
    frame = read_frame(files[FRAME])
    rows = drawn_of(frame, seed)
    fixed = read_rows(files[FIXED], FIXED_HEAD, FIXED)
    visits = visits_of(frame, rows, fixed)
    inspectors = read_inspectors(read_rows(files[INSPECTORS], INSPECTORS_HEAD, INSPECTORS))
    conflicts = frozenset(
        (name, unit)
        for name, unit in (line.split(",") for line in read_rows(files[CONFLICTS], CONFLICTS_HEAD, CONFLICTS))
    )
    pairs = pairs_of(visits, inspectors, conflicts, seed)
    return {
        DRAWN: csv_bytes(DRAWN_HEAD, (f"{frame.units[row]},{frame.probabilities[row]}" for row in rows)),
        VISITS: csv_bytes(VISITS_HEAD, visit_rows(visits, pairs)),
    }


# Checking.


@dataclass(frozen=True)
class Checked:
    """A plan that is what was committed to and drawn.

    Parameters
    ----------
    commitment
        The digest of its commitment.
    units, size, visits
        How many could be drawn, were drawn, and are visited.
    unassigned
        Visits for which no two inspectors could be sent.
    event
        The value that the draw used; empty where the plan names no event.
    looked_up
        Whether that was compared with what whoever checks looked up, or there is none.
    commitments
        How many times the plan was committed to, by the ledger; None where none was given.
    others
        Other plans on the ledger that have days in common with this one: name → ``commitments``, how many there were,
        and ``drawn``.
    """

    commitment: str
    units: int
    size: int
    visits: int
    unassigned: int
    event: str
    looked_up: bool
    commitments: int | None
    others: Mapping[str, Mapping[str, int | bool]]


def check(
    folder: Path, *, event: str | None = None, commitment: str | None = None, ledger: Path | None = None
) -> Checked:
    """See that a plan is what was committed to, and its draw what follows.

    Parameters
    ----------
    folder
        The published files.
    event
        The value of the public event, as whoever checks looked it up.
    commitment
        The digest that was announced.
    ledger
        The ledger that the office shows: that it holds this commitment and this draw, and no second draw.

    Raises
    ------
    NotAsDrawnError
        Naming the first thing that is not.
    """
    try:
        return _checked(folder, event, commitment, ledger)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise NotAsDrawnError(f"有文件形式不对：{error!r}", f"a file is not of its form: {error!r}") from error


def _checked(folder: Path, event: str | None, commitment: str | None, ledger: Path | None) -> Checked:
    files = {name: _bytes(folder / name) for name in (*COMMITTED, COMMITMENT, DRAW, DRAWN, VISITS)}
    told, draw = _json(files[COMMITMENT], COMMITMENT), _json(files[DRAW], DRAW)
    digest = hashlib.sha256(files[COMMITMENT]).hexdigest()
    if commitment is not None and commitment != digest:
        raise NotAsDrawnError(
            f"{COMMITMENT} 的校验值是 {digest}，不是公布的 {commitment}",
            f"{COMMITMENT} has the digest {digest}, not {commitment}, which was announced",
        )
    for name in COMMITTED:
        if hashlib.sha256(files[name]).hexdigest() != told["files"].get(name):
            raise NotAsDrawnError(f"{name} 不是承诺时的文件", f"{name} is not the file that was committed to")
    if files[PROGRAM] != Path(__file__).read_bytes():
        raise NotAsDrawnError(
            f"承诺的程序不是现在运行的：请核对后运行所公布的 {PROGRAM}",
            f"the program that was committed to is not the one that runs: read the published {PROGRAM}, and run it",
        )
    plan = _json(files["plan.json"], "plan.json")
    _refuse_open_to_choice(told, plan["rules"])
    if draw["commitment"] != digest:
        raise NotAsDrawnError(
            f"{DRAW} 抽取的是另一份承诺 {draw['commitment']}", f"{DRAW} is of another commitment, {draw['commitment']}"
        )
    seed = _seed(told, draw, digest, event)
    expected = outcome(files, seed)
    for name, content in expected.items():
        _compare(name, files[name], content)
    if draw["files"] != hashes_of(expected):
        raise NotAsDrawnError(f"{DRAW} 所记的文件不是抽取的", f"the files that {DRAW} names are not those drawn")
    commitments, others = None, dict[str, Mapping[str, int | bool]]()
    if ledger is not None:
        lines, of = list(_plan_lines(ledger)), f"{told['scheme']}/{told['plan']}"
        commitments = _in_ledger(lines, of, told, plan["period"], digest, hashlib.sha256(files[DRAW]).hexdigest())
        others = others_of([line["content"] for line in lines], of, plan["period"])
    visits = files[VISITS].decode().split("\n")[1:-1]
    return Checked(
        digest,
        files[FRAME].count(b"\n") - 1,
        files[DRAWN].count(b"\n") - 1,
        len(visits),
        sum(line.endswith(",") for line in visits),
        draw["event"],
        event is not None or not draw["event"],
        commitments,
        others,
    )


def _refuse_open_to_choice(told: dict[str, Any], rules: dict[str, Any]) -> None:
    """Refuse a commitment whose draw somebody could know, or choose, when it was made."""
    event, witnesses = told["event"], told["witnesses"]
    if (event, witnesses) != (rules["event"], rules["witnesses"]) or not (event or witnesses):
        raise NotAsDrawnError(
            "承诺的事件和见证人不是计划所写的，或两样都没有",
            "event and witnesses of the commitment are not those of the plan, or there is neither",
        )
    if event is not None and not datetime.fromisoformat(told["at"]) < datetime.fromisoformat(event["at"]):
        raise NotAsDrawnError(
            f"承诺在 {told['at']}，不早于事件的 {event['at']}",
            f"the commitment, at {told['at']}, is not before its event, at {event['at']}",
        )


def _seed(told: dict[str, Any], draw: dict[str, Any], digest: str, event: str | None) -> bytes:
    """The seed that follows from the commitment and what came after it."""
    value, nonces, named = draw["event"], draw["nonces"], told["event"]
    numbers = 0 if named is None else named["numbers"]
    if value != event_value(value) or len(value.split()) != numbers:
        raise NotAsDrawnError(
            f"{DRAW} 的事件值 {value!r} 应为 {numbers} 个数，以一个空格分隔",
            f"the event of {DRAW}, {value!r}, should be {numbers} numbers with a blank between them",
        )
    if event is not None and event_value(event) != value:
        raise NotAsDrawnError(
            f"{DRAW} 所用事件值是 {value!r}，不是 {event_value(event)!r}",
            f"{DRAW} used {value!r} for the event, not {event_value(event)!r}",
        )
    witnesses = told["witnesses"]
    if len(nonces) != len(witnesses):
        raise NotAsDrawnError(
            f"见证人有 {len(witnesses)} 位，揭示的随机数有 {len(nonces)} 个",
            f"there are {len(witnesses)} witnesses and {len(nonces)} nonces",
        )
    for witness, nonce in zip(witnesses, nonces, strict=True):
        if nonce_hash(nonce) != witness["hash"]:
            raise NotAsDrawnError(
                f"见证人 {witness['name']} 揭示的随机数与承诺的不符",
                f"the nonce of {witness['name']} is not the one committed to",
            )
    seed = seed_of(digest, value, nonces)
    if seed.hex() != draw["seed"]:
        raise NotAsDrawnError(f"{DRAW} 的种子应为 {seed.hex()}", f"the seed of {DRAW} should be {seed.hex()}")
    return seed


def _compare(name: str, found: bytes, expected: bytes) -> None:
    """Refuse a file that is not what follows, naming its first line that is not."""
    if found == expected:
        return
    lines, wanted = found.decode(errors="replace").split("\n"), expected.decode().split("\n")
    at = next(
        (at for at, (one, other) in enumerate(zip(lines, wanted, strict=False)) if one != other),
        min(len(lines), len(wanted)),
    )
    one, other = (("" if at >= len(rows) else rows[at]) for rows in (lines, wanted))
    raise NotAsDrawnError(
        f"{name} 第 {at + 1} 行是 {one!r}，由承诺和种子得出的是 {other!r}",
        f"{name}, line {at + 1}, is {one!r}; {other!r} follows from the commitment and the seed",
    )


def _plan_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines about plans of a ledger, once each line is seen to follow the one before."""
    before = "0" * 64
    for number, raw in enumerate(_bytes(path).split(b"\n")[:-1], start=1):
        line = _json(raw, f"{path.name}, {number}")
        if line["number"] != number or line["before"] != before:
            raise NotAsDrawnError(
                f"{path.name} 第 {number} 行与前一行接不上",
                f"line {number} of {path.name} does not follow the one before",
            )
        before = hashlib.sha256(raw).hexdigest()
        if line["kind"] == "plan":
            yield line


def _in_ledger(
    lines: Sequence[dict[str, Any]], of: str, told: dict[str, Any], period: Any, commitment: str, draw: str
) -> int:
    """How many times the ledger has the plan committed to, once it is seen that it has this draw of it and no other."""
    commitments: list[str] = []
    draws: list[str] = []
    for place, line in enumerate(lines):
        content = line["content"]
        if content["plan"] != of:
            continue
        if content["step"] == "draw":
            draws.append(content["digest"])
            if draws == [draw]:
                _refuse_line_of_draw(line, of, told, commitment, commitments)
        elif draws:
            raise NotAsDrawnError(f"{of} 抽取之后又有承诺", f"{of} was committed to after it was drawn")
        else:
            commitments.append(content["digest"])
            if content["digest"] == commitment:
                _refuse_line_of_commitment(line, told, period, lines[:place])
    if commitment not in commitments:
        raise NotAsDrawnError("总账中没有这一承诺", "the ledger does not have this commitment")
    if draws != [draw]:
        raise NotAsDrawnError(
            f"总账记有 {of} 的抽取 {len(draws)} 次，应只有这一次",
            f"the ledger has {len(draws)} draws of {of}, and should have this one alone",
        )
    return len(commitments)


def _refuse_line_of_commitment(
    line: dict[str, Any], told: dict[str, Any], period: Any, earlier: Sequence[dict[str, Any]]
) -> None:
    """Refuse a line of the commitment that is not of what it says, or whose witnesses may have told their numbers."""
    content, hashes = line["content"], [one["hash"] for one in told["witnesses"]]
    if (content["witnesses"], content["period"]) != (hashes, period):
        raise NotAsDrawnError(
            "总账所记的见证人或期间不是承诺的", "witnesses or period on the ledger are not those of the commitment"
        )
    if used := used_hashes(one["content"] for one in earlier) & set(hashes):
        raise NotAsDrawnError(
            f"见证人的校验值 {min(used)[:12]} 在先前的承诺中用过",
            f"the hash of a witness, {min(used)[:12]}, was used by an earlier commitment",
        )
    event = told["event"]
    if event is not None and not datetime.fromisoformat(line["at"]) < datetime.fromisoformat(event["at"]):
        raise NotAsDrawnError(
            f"总账记承诺在 {line['at']}，不早于事件的 {event['at']}",
            f"the ledger has the commitment at {line['at']}, which is not before its event, at {event['at']}",
        )


def _refuse_line_of_draw(
    line: dict[str, Any], of: str, told: dict[str, Any], commitment: str, commitments: Sequence[str]
) -> None:
    """Refuse a draw of another commitment than the last, or before its event."""
    if not line["content"]["commitment"] == commitment == (commitments or [""])[-1]:
        raise NotAsDrawnError(f"{of} 抽取的不是最后一次承诺", f"what was drawn of {of} is not its last commitment")
    event = told["event"]
    if event is not None and datetime.fromisoformat(line["at"]) < datetime.fromisoformat(event["at"]):
        raise NotAsDrawnError(
            f"总账记抽取在 {line['at']}，早于事件的 {event['at']}",
            f"the ledger has the draw at {line['at']}, before its event, at {event['at']}",
        )


def used_hashes(contents: Iterable[Mapping[str, Any]]) -> set[str]:
    """The hashes of witnesses in what a ledger's lines about plans say: each is good for one commitment."""
    return {one for content in contents if content["step"] == "commitment" for one in content.get("witnesses", ())}


def others_of(
    contents: Iterable[Mapping[str, Any]], of: str, period: Mapping[str, str]
) -> dict[str, Mapping[str, int | bool]]:
    """The plans besides `of` that a ledger's lines tell of, with days in common with a period: from among several that
    were drawn, one could be chosen.
    """
    found: dict[str, dict[str, int | bool]] = {}
    for content in contents:
        plan = content["plan"]
        if content["step"] == "draw":
            if plan in found:
                found[plan]["drawn"] = True
        elif plan != of and plan not in found:
            own = content["period"]
            if own["from"] <= period["until"] and period["from"] <= own["until"]:
                found[plan] = {"commitments": 1, "drawn": False}
        elif plan in found:
            found[plan]["commitments"] += 1
    return dict(found)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotAsDrawnError(f"{path} 无法读取", f"{path} cannot be read ({error.strerror})") from error


def _json(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAsDrawnError(f"{name} 不是有效的 JSON", f"{name} is not valid JSON") from error
    if not isinstance(found, dict):
        raise NotAsDrawnError(f"{name} 不是 JSON 对象", f"{name} is no JSON object")
    return found


def say(zh: str, en: str) -> str:
    """The one of two texts that ``RISKML_LANG``, or else the locale, asks for."""
    asked = os.environ.get("RISKML_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return en if asked.startswith("en") else zh


def main(words: Sequence[str] | None = None) -> int:
    """Check what the words of a command line name; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="verifier.py", description=say("核验检查对象的抽取。", "Check a draw of inspections.")
    )
    parser.add_argument("folder", type=Path, help=say("计划的公布文件所在目录", "the published files of the plan"))
    parser.add_argument(
        "--event", help=say("自行查得的公共事件值", "the value of the public event, as you looked it up")
    )
    parser.add_argument("--commitment", help=say("公布过的承诺校验值", "the digest that was announced"))
    parser.add_argument("--ledger", type=Path, help=say("总账文件", "the office's ledger.jsonl"))
    given = parser.parse_args(words)
    try:
        found = check(given.folder, event=given.event, commitment=given.commitment, ledger=given.ledger)
    except NotAsDrawnError as error:
        print(say(f"不符：{error.zh}", f"Not as drawn: {error.en}"))
        return 1
    print(
        say(
            f"相符：{found.units:,} 户中抽 {found.size:,} 户，检查 {found.visits:,} 次，"
            f"无人可派 {found.unassigned:,} 次",
            f"As drawn: {found.size:,} of {found.units:,}, {found.visits:,} visits, {found.unassigned:,} with "
            "nobody to send",
        )
    )
    print(say(f"承诺校验值 {found.commitment}", f"Digest of the commitment: {found.commitment}"))
    for one in notes_of(found):
        print(say(*one))
    return 0


def other_told(name: str, other: Mapping[str, int | bool]) -> tuple[str, str]:
    """One of `others_of` in words, in both languages."""
    drawn = ("，已抽取", ", and drawn") if other["drawn"] else ("，未抽取", ", not drawn")
    return (
        f"期间有重叠的另一计划 {name}：承诺 {other['commitments']} 次{drawn[0]}",
        f"Another plan of the same days, {name}: committed to {other['commitments']} times{drawn[1]}",
    )


def notes_of(found: Checked) -> Iterator[tuple[str, str]]:
    """What whoever checks has to know besides, in both languages."""
    if found.commitments is not None:
        yield f"承诺 {found.commitments} 次", f"Committed to {found.commitments} times"
    for name, other in found.others.items():
        yield other_told(name, other)
    if not found.looked_up:
        yield (
            f"没有给事件值：抽取用的是 {found.event}，请自行查对。",
            f"The event was not given: the draw used {found.event}; look it up yourself.",
        )


if __name__ == "__main__":
    sys.exit(main())
