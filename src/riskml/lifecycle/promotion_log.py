"""Promotions on the ledger: which version took whose place, who decided it, on what evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from riskml.core.language import Label
from riskml.core.ledger import Ledger
from riskml.training.model import in_use

Action = Literal["first", "promoted", "overridden", "refused", "rolled_back"]

ACTION_LABELS: Mapping[str, Label] = {
    "first": Label("首个模型", "first model"),
    "promoted": Label("晋升", "promoted"),
    "overridden": Label("越限晋升", "promoted against the limits"),
    "refused": Label("拒绝", "refused"),
    "rolled_back": Label("退回", "rolled back"),
}


class Outcome(BaseModel):
    """What became of a version that was to be promoted.

    Parameters
    ----------
    version, bundle
        The version that was to be promoted, and the digest of its bundle.
    replaced, replaced_bundle
        The one in use until then; None where there was none, or one that was never registered.
    by
        Who decided it, by name.
    evidence
        The comparison and the limits it was held against, with those that were broken.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Action
    version: int
    bundle: str
    replaced: int | None
    replaced_bundle: str | None
    by: str
    reason: str
    evidence: dict[str, Any]

    @property
    def promotes(self) -> bool:
        """Whether the version took its place."""
        return self.action != "refused"


class _Promotion(BaseModel):
    """A line: one that begins a promotion, or a refusal, has what became of the version."""

    of: str
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Entry:
    """An outcome as the ledger has it.

    Parameters
    ----------
    number
        Counted from 1 for each model.
    at
        When, with the time zone.
    account
        The account of the operating system that ran the command.
    """

    number: int
    at: datetime
    account: str
    outcome: Outcome

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "account": self.account,
            **self.outcome.model_dump(mode="json"),
        }


def promotions(ledger: Ledger, model: str) -> tuple[Entry, ...]:
    """Every promotion of a model, carried out or refused, the oldest first.

    Raises
    ------
    RunError
        Where the ledger was altered.
    """
    lines = [line for line in ledger.lines("promotion") if line.content.get("of") == in_use(model)]
    said = [one for one in ledger.contents("promotion", _Promotion) if one.of == in_use(model)]
    told = [(line, one.outcome) for line, one in zip(lines, said, strict=True) if one.outcome is not None]
    return tuple(Entry(number, line.at, line.account, outcome) for number, (line, outcome) in enumerate(told, start=1))


def note_refusal(ledger: Ledger, model: str, outcome: Outcome) -> None:
    """Keep that a version was not promoted."""
    ledger.append("promotion", {"of": in_use(model), "phase": "refused", "outcome": outcome.model_dump(mode="json")})


@contextmanager
def putting_in_use(ledger: Ledger, model: str, outcome: Outcome) -> Iterator[None]:
    """Note around a ``with`` block that a version takes its place in it."""
    with ledger.putting("promotion", in_use(model), outcome.bundle, outcome=outcome.model_dump(mode="json")):
        yield
