"""The ledger: whatever is done to it is noticed, and a kill at any moment leaves it whole."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from riskml.core import hash_chain
from riskml.core.china_day import CHINA
from riskml.core.errors import RunError
from riskml.core.hash_chain import NOTHING_BEFORE, hash_of, line_bytes
from riskml.core.ledger import NOTHING, Ledger
from riskml.core.principal import account


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "data" / "ledger.jsonl")
    for number in range(1, 5):
        made.append("decision", {"officer": "李某", "number": number})
    return made


def test_what_was_written_is_read_by_kind(ledger: Ledger) -> None:
    ledger.append("run", {"of": "run yunnan/2026-10-31"})
    assert [line.content["number"] for line in ledger.lines("decision")] == [1, 2, 3, 4]
    assert [(line.number, line.kind) for line in ledger.lines()][-1] == (5, "run")
    assert {line.account for line in ledger.lines()} == {account()}
    assert all(line.at.utcoffset() == CHINA.utcoffset(None) for line in ledger.lines())
    assert ledger.last_hash() == ledger.lines()[-1].hash


def test_a_ledger_of_nothing_is_empty(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "ledger.jsonl").lines() == []
    assert Ledger(tmp_path / "ledger.jsonl").last_hash() == NOTHING_BEFORE


def test_the_account_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = account()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody")
    assert account() == before


def forged(lines: list[bytes]) -> bytes:
    """A line that goes on with the chain as it should, written by other means."""
    return line_bytes(len(lines) + 1, hash_of(lines[-1]), "decision", {"officer": "张某"})


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "first removed": lambda lines: lines[1:],
    "middle removed": lambda lines: [*lines[:1], *lines[2:]],
    "last removed": lambda lines: lines[:-1],
    "last two removed": lambda lines: lines[:-2],
    "all removed": lambda lines: [],
    "swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "doubled": lambda lines: [*lines[:2], lines[1], *lines[2:]],
    "first changed": lambda lines: [lines[0].replace("李".encode(), "王".encode()), *lines[1:]],
    "last changed": lambda lines: [*lines[:-1], lines[-1].replace("李".encode(), "王".encode())],
    "last cut": lambda lines: [*lines[:-1], lines[-1][:40]],
    "added": lambda lines: [*lines, forged(lines)],
    "no JSON added": lambda lines: [*lines, b"{}"],
    "empty line added": lambda lines: [*lines, b""],
    "not text": lambda lines: [b"\xff\x00", *lines[1:]],
}


@pytest.mark.parametrize("tamper", TAMPERED)
def test_whatever_is_done_to_it_is_noticed_and_nothing_more_is_written(ledger: Ledger, tamper: str) -> None:
    lines = ledger.path.read_bytes().splitlines()
    ledger.path.write_bytes(b"".join(line + b"\n" for line in TAMPERED[tamper](lines)))
    altered = ledger.path.read_bytes()
    for use in (ledger.lines, lambda: ledger.append("decision", {})):
        with pytest.raises(RunError, match="backup"):
            use()
    assert ledger.path.read_bytes() == altered


def test_a_line_cut_by_hand_is_no_line_that_was_being_written(ledger: Ledger) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes()[:-20])
    with pytest.raises(RunError, match="removed, cut"):
        ledger.lines()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"last": 3, "next": null}'])
def test_a_damaged_head_is_named(ledger: Ledger, content: bytes) -> None:
    ledger.path.with_suffix(".head").write_bytes(content)
    with pytest.raises(RunError, match=r"ledger\.head"):
        ledger.lines()


def test_without_its_head_a_ledger_is_not_believed(ledger: Ledger) -> None:
    ledger.path.with_suffix(".head").unlink()
    with pytest.raises(RunError, match=r"ledger\.head"):
        ledger.lines()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(1, 7))
def test_killed_at_any_step_of_a_line_the_ledger_is_whole_and_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    taken = 0

    def stop(original: Callable[..., None]) -> Callable[..., None]:
        def run(path: Path, *content: bytes, **how: bool) -> None:
            nonlocal taken
            taken += 1
            if taken == step:
                if original is append:  # killed in the middle of the line
                    with path.open("ab") as file:
                        file.write(content[0][:30])
                raise Killed
            original(path, *content, **how)

        return run

    append = hash_chain.append_durably
    with monkeypatch.context() as patched:
        for name in ("write_durably", "append_durably", "overwrite", "sync"):
            patched.setattr(hash_chain, name, stop(getattr(hash_chain, name)))
        try:
            ledger.append("decision", {"number": 5})
        except Killed:
            pass
        else:
            assert step > taken
    numbers = [line.content["number"] for line in ledger.lines()]
    assert numbers in ([1, 2, 3, 4], [1, 2, 3, 4, 5])
    ledger.append("decision", {"number": 6})
    assert [line.content["number"] for line in ledger.lines()] == [*numbers, 6]


RECORDS = "records"


def test_what_was_put_in_place_is_accepted_and_nothing_else(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.accepted(RECORDS) == (NOTHING,)
    with pytest.raises(RunError, match="the ledger knows nothing of it"):
        ledger.require(RECORDS, "a" * 64, tmp_path / "manifest.json")
    with ledger.putting("load", RECORDS, "a" * 64):
        pass
    with ledger.putting("load", RECORDS, "b" * 64):
        pass
    ledger.require(RECORDS, "b" * 64, tmp_path / "manifest.json")
    for other in ("a" * 64, "c" * 64):
        with pytest.raises(
            RunError,
            match=r"manifest\.json is not what riskml put there: line 8 of the ledger .* has bbbbbbbbbbbb, there is",
        ):
            ledger.require(RECORDS, other, tmp_path / "manifest.json")


def test_where_a_writer_was_killed_both_are_accepted_until_the_next_completes_it(ledger: Ledger) -> None:
    with ledger.putting("load", RECORDS, "a" * 64):
        pass
    with pytest.raises(Killed), ledger.putting("load", RECORDS, "b" * 64):
        raise Killed
    assert ledger.accepted(RECORDS) == ("a" * 64, "b" * 64)
    ledger.settle(RECORDS, "c" * 64)
    assert ledger.accepted(RECORDS) == ("a" * 64, "b" * 64)
    ledger.settle(RECORDS, "b" * 64)
    assert ledger.accepted(RECORDS) == ("b" * 64,)
    lines = ledger.lines()
    ledger.settle(RECORDS, "b" * 64)
    assert ledger.lines() == lines


def test_writers_at_the_same_time_wait_for_each_other_and_readers_see_whole_lines(ledger: Ledger) -> None:
    def write() -> None:
        for _ in range(10):
            ledger.append("decision", {"number": os.getpid()})

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        ledger.lines()
    assert len(ledger.lines()) == 34


def test_a_hundred_thousand_lines_are_read_in_well_under_a_second(tmp_path: Path) -> None:
    ledger, before, lines = Ledger(tmp_path / "ledger.jsonl"), NOTHING_BEFORE, []
    content = {"enterprise_id": "91530102000000001X", "rule": "serious_negative_effect", "reason": "媒体集中报道" * 20}
    for number in range(1, 100_001):
        lines.append(line_bytes(number, before, "decision", content))
        before = hash_of(lines[-1])
    ledger.path.write_bytes(b"\n".join(lines) + b"\n")
    ledger.path.with_suffix(".head").write_text(json.dumps({"last": before, "next": None}))
    started = time.process_time()
    assert ledger.lines("run") == []
    assert time.process_time() - started < 0.8
