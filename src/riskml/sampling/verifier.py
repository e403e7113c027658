"""Draw an inspection plan again and check it: by this one file and Python's own library, on any machine.

``python3 verifier.py FOLDER --event VALUE --commitment DIGEST --ledger FILE`` (see ``--help``). It ends with 0 where
the plan is what was committed to and drawn, with 1 where something is not, and says what. riskml itself draws, and
finds pairs, by the functions of this file: there is no second way.

The seed is ``SHA-256("riskml plan seed 1", commitment, value of the event, nonces of the witnesses)``, each on a line
of its own, the commitment by its SHA-256; row i of the frame has bytes 24·i to 24·i+23 of SHAKE-256 of the seed. Rows
were committed to in their order, so that a row is as good as the unit's id, and a million take one call.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


FRAME, FIXED, INSPECTORS, CONFLICTS = "frame.csv", "fixed.csv", "inspectors.csv", "conflicts.csv"
COMMITTED = ("plan.json", FRAME, FIXED, INSPECTORS, CONFLICTS)
"""The files that a commitment names; all that follows, follows from them."""

COMMITMENT, DRAW = "commitment.json", "draw.json"

FRAME_HEAD = "unit,stratum,probability,place,field,days"
FIXED_HEAD = "unit,arms,due,place,field,days"
INSPECTORS_HEAD = "inspector,places,fields,days"
CONFLICTS_HEAD = "inspector,unit"
DRAWN_HEAD = "unit,probability"
VISITS_HEAD = "visit,unit,arms,place,field,days,due,first,second"

RANDOM = "random"
"""The arm of those who were drawn; others are directed, or were chosen."""


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
    arms
        Why: ``random``, and what else; separated by +.
    days
        Of each of the two inspectors, in hundredths.
    """

    unit: str
    arms: str
    place: str
    field: str
    days: int
    due: str


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
        The value of the public event; empty where there is none.
    nonces
        Of the witnesses, in the order of the commitment.
    """
    return hashlib.sha256("\n".join(("riskml plan seed 1", commitment, event, *nonces)).encode()).digest()


def nonce_hash(nonce: str) -> str:
    """What a witness gives before the draw, for the nonce that it gives after."""
    return hashlib.sha256(f"riskml nonce 1\n{nonce}".encode()).hexdigest()


def drawn_of(frame: Frame, seed: bytes) -> list[int]:
    """The rows of a frame that a seed draws."""
    return drawn(frame.probabilities, blocks_of(frame.strata), hashlib.shake_256(seed).digest(KEY * len(frame.units)))


def visits_of(frame: Frame, rows: Sequence[int], fixed: Sequence[str], until: str) -> list[Visit]:
    """Every visit of a plan: those drawn, and those that are fixed; of one unit one, in the order of their units.

    Parameters
    ----------
    fixed
        The rows of fixed.csv.
    until
        The last day of the plan's period, by which those drawn are due.
    """
    found: dict[str, Visit] = {}
    for line in fixed:
        unit, arms, due, place, field, days = line.split(",")
        found[unit] = Visit(unit, arms, place, field, hundredths(days), due)
    for row in rows:
        place, field, days = frame.others[row].split(",")
        unit = frame.units[row]
        if (other := found.get(unit)) is None:
            found[unit] = Visit(unit, RANDOM, place, field, hundredths(days), until)
        else:
            found[unit] = Visit(unit, f"{RANDOM}+{other.arms}", place, other.field or field, other.days, other.due)
    return [found[unit] for unit in sorted(found)]


def code_of(seed: bytes, unit: str) -> str:
    """The code of a visit, which whoever comes shows at the door."""
    return hashlib.sha256(seed + b"visit" + unit.encode()).hexdigest()[:12].upper()


def pairs_of(
    visits: Sequence[Visit], inspectors: Sequence[Inspector], conflicts: frozenset[tuple[str, str]], seed: bytes
) -> list[tuple[str, str]]:
    """Two inspectors for each visit, drawn from those who may be sent; empty names where there are none.

    Who may be sent reaches the place, has days left, and has no conflict with the unit; one of both at least is
    qualified for the visit's field. The seed says whose turn it is, and who goes.
    """
    left = [one.days for one in inspectors]
    reach: dict[str, list[int]] = {}
    found: list[tuple[str, str]] = [("", "")] * len(visits)
    turns = [hashlib.sha256(seed + b"pair" + one.unit.encode()).digest() for one in visits]
    for at in sorted(range(len(visits)), key=turns.__getitem__):
        visit, turn = visits[at], turns[at]
        if visit.place not in reach:
            reach[visit.place] = [
                number for number, one in enumerate(inspectors) if not one.places or visit.place.startswith(one.places)
            ]
        able = [
            number
            for number in reach[visit.place]
            if left[number] >= visit.days and (inspectors[number].name, visit.unit) not in conflicts
        ]
        fit = [number for number in able if not visit.field or visit.field in inspectors[number].fields]
        if not fit or len(able) < 2:
            continue
        first = fit[int.from_bytes(turn[8:16], "big") * len(fit) >> _CHANCE]
        able.remove(first)
        second = able[int.from_bytes(turn[16:24], "big") * len(able) >> _CHANCE]
        for one in (first, second):
            left[one] -= visit.days
        found[at] = inspectors[first].name, inspectors[second].name
    return found


def read_inspectors(rows: Iterable[str]) -> list[Inspector]:
    """Those of inspectors.csv."""
    found = []
    for line in rows:
        name, places, fields, days = line.split(",")
        found.append(Inspector(name, tuple(places.split()), frozenset(fields.split()), hundredths(days)))
    return found


def visit_rows(visits: Sequence[Visit], pairs: Sequence[tuple[str, str]], seed: bytes) -> list[str]:
    """The rows of visits.csv."""
    return [
        ",".join(
            (code_of(seed, one.unit), one.unit, one.arms, one.place, one.field, f"{one.days / 100:g}", one.due, *pair)
        )
        for one, pair in zip(visits, pairs, strict=True)
    ]


def csv_bytes(head: str, rows: Iterable[str]) -> bytes:
    """A CSV as the files of a plan have it."""
    return "\n".join((head, *rows, "")).encode()


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
    visits = visits_of(frame, rows, fixed, json.loads(files["plan.json"])["period"]["until"])
    inspectors = read_inspectors(read_rows(files[INSPECTORS], INSPECTORS_HEAD, INSPECTORS))
    conflicts = frozenset(
        (name, unit)
        for name, unit in (line.split(",") for line in read_rows(files[CONFLICTS], CONFLICTS_HEAD, CONFLICTS))
    )
    pairs = pairs_of(visits, inspectors, conflicts, seed)
    return {
        "draw.csv": csv_bytes(DRAWN_HEAD, (f"{frame.units[row]},{frame.probabilities[row]}" for row in rows)),
        "visits.csv": csv_bytes(VISITS_HEAD, visit_rows(visits, pairs, seed)),
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
    commitments
        How many times the plan was committed to, by the ledger; None where none was given.
    """

    commitment: str
    units: int
    size: int
    visits: int
    unassigned: int
    commitments: int | None


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
    files = {name: _bytes(folder / name) for name in (*COMMITTED, COMMITMENT, DRAW, "draw.csv", "visits.csv")}
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
    if draw["commitment"] != digest:
        raise NotAsDrawnError(
            f"{DRAW} 抽取的是另一份承诺 {draw['commitment']}", f"{DRAW} is of another commitment, {draw['commitment']}"
        )
    seed = _seed(told, draw, digest, event)
    expected = outcome(files, seed)
    for name, content in expected.items():
        _compare(name, files[name], content)
    commitments = None if ledger is None else _in_ledger(ledger, told, digest, hashlib.sha256(files[DRAW]).hexdigest())
    visits = files["visits.csv"].decode().split("\n")[1:-1]
    return Checked(
        digest,
        files[FRAME].count(b"\n") - 1,
        files["draw.csv"].count(b"\n") - 1,
        len(visits),
        sum(line.endswith(",") for line in visits),
        commitments,
    )


def _seed(told: dict[str, Any], draw: dict[str, Any], digest: str, event: str | None) -> bytes:
    """The seed that follows from the commitment and what came after it."""
    value, nonces = draw["event"], draw["nonces"]
    if event is not None and event.strip() != value:
        raise NotAsDrawnError(
            f"{DRAW} 所用事件值是 {value!r}，不是 {event.strip()!r}",
            f"{DRAW} used {value!r} for the event, not {event.strip()!r}",
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


def _in_ledger(path: Path, told: dict[str, Any], commitment: str, draw: str) -> int:
    """How many times the ledger has the plan committed to, once it is seen that it has this draw of it and no other."""
    before = "0" * 64
    commitments: list[str] = []
    draws: list[str] = []
    of = f"{told['scheme']}/{told['plan']}"
    for number, raw in enumerate(_bytes(path).split(b"\n")[:-1], start=1):
        line = _json(raw, f"{path.name}, {number}")
        if line["number"] != number or line["before"] != before:
            raise NotAsDrawnError(
                f"{path.name} 第 {number} 行与前一行接不上",
                f"line {number} of {path.name} does not follow the one before",
            )
        before = hashlib.sha256(raw).hexdigest()
        content = line["content"]
        if line["kind"] == "plan" and content["plan"] == of:
            (commitments if content["step"] == "commitment" else draws).append(content["digest"])
            if content["step"] == "draw" and content["commitment"] != commitments[-1]:
                raise NotAsDrawnError(
                    f"{of} 抽取的不是最后一次承诺", f"what was drawn of {of} is not its last commitment"
                )
    if commitment not in commitments:
        raise NotAsDrawnError(f"{path.name} 中没有这一承诺", f"{path.name} does not have this commitment")
    if draws != [draw]:
        raise NotAsDrawnError(
            f"{path.name} 记有 {of} 的抽取 {len(draws)} 次，应只有这一次",
            f"{path.name} has {len(draws)} draws of {of}, and should have this one alone",
        )
    return len(commitments)


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
    if found.commitments is not None:
        print(say(f"承诺 {found.commitments} 次", f"Committed to {found.commitments} times"))
    if given.event is None:
        print(say("没有给事件值：请自行查对。", "The event was not given: look it up yourself."))
    return 0


if __name__ == "__main__":
    sys.exit(main())
