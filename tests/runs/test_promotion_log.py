"""The promotion log: whatever is done to it is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from riskml.errors import RunError
from riskml.runs.promotion_log import Action, Entry, PromotionLog

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Head:
    """A registry that keeps the head of the log."""

    digest: str | None = None

    def log_head(self) -> str | None:
        return self.digest

    def set_log_head(self, digest: str) -> None:
        self.digest = digest


def entry(number: int, action: Action = "promoted") -> Entry:
    at = START + timedelta(days=30 * number)
    return Entry(
        number, at, action, number, f"{number:064d}", number - 1 or None, None, "李某", "riskml", "更准", {"gain": 0.01 * number}
    )


@pytest.fixture
def log(tmp_path: Path) -> PromotionLog:
    made = PromotionLog(tmp_path / "promotions" / "yunnan.jsonl", Head())  # type: ignore[arg-type]
    for number in range(1, 5):
        made.append(entry(number))
    return made


def test_what_was_written_is_read(log: PromotionLog) -> None:
    assert log.entries() == tuple(entry(number) for number in range(1, 5))


def test_a_log_of_nothing_is_empty(tmp_path: Path) -> None:
    assert PromotionLog(tmp_path / "none.jsonl", Head()).entries() == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: lines[1:],
        lambda lines: [*lines[:1], *lines[2:]],
        lambda lines: lines[:-2],
        lambda lines: lines[:-1],
        lambda lines: [],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines[:2], lines[1], *lines[2:]],
        lambda lines: [lines[0].replace("李某", "王某"), *lines[1:]],
        lambda lines: [*lines[:-1], lines[-1].replace("更准", "更快")],
        lambda lines: [*lines[:-1], lines[-1][:40]],
    ],
    ids=["first", "middle", "last two", "last", "all", "swapped", "doubled", "changed", "last changed", "cut"],
)
def test_whatever_is_done_to_it_is_noticed(log: PromotionLog, tamper: Callable[[list[str]], list[str]]) -> None:
    lines = log.path.read_text(encoding="utf-8").splitlines()
    log.path.write_text("".join(line + "\n" for line in tamper(lines)), encoding="utf-8")
    with pytest.raises(RunError, match="备份"):
        log.entries()


def test_killed_before_the_registry_was_told_the_log_is_whole(log: PromotionLog) -> None:
    before = log.registry.log_head()
    log.append(entry(5))
    log.registry.set_log_head(str(before))
    assert len(log.entries()) == 5
