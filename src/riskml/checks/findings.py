"""What a check found: one finding for each thing looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from riskml.core.errors import RiskmlError

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at before a run.

    Parameters
    ----------
    about
        What was looked at: configuration, sources, delivery, records, references, disk, memory, time, clock, policy, ledger, model, runs, decisions, lock or
        folders.
    level
        ``error`` where the run would fail of it.
    zh, en
        What is so, naming the file, and what to do about it where something is wrong.
    exit_code
        Of an error: 1, or 2 where the configuration is wrong; 0 of all others.
    """

    about: str
    level: Level
    zh: str
    en: str
    exit_code: int = 0

    @classmethod
    def of(cls, about: str, error: RiskmlError) -> Finding:
        """What an error says, as a finding."""
        return cls(about, "error", error.zh, error.en, error.exit_code)


def attempt(about: str, read: Callable[[], Any], found: list[Finding]) -> Any:
    """What `read` returns, or None where it failed in words, which are added to `found`."""
    try:
        return read()
    except RiskmlError as error:
        found.append(Finding.of(about, error))
        return None


def exit_code(findings: tuple[Finding, ...]) -> int:
    """0 without an error; 2 where the configuration is wrong; 1 where the run would fail of something else."""
    return max((finding.exit_code for finding in findings), default=0)
