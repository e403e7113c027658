"""What differs between two policies, entry by entry, as the one who edited the file would name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.schemes.policy import Policy
from riskml.schemes.scheme import SCHEME

_NAMED_BY = ("id", "grade", "document", "in_force", "where")
"""What an entry of a list is called by, the first of these that tells all of them apart."""


@dataclass(frozen=True)
class PolicyChange:
    """One value that differs between two policies.

    Parameters
    ----------
    file, place
        Where it stands, as in ``scheme.yaml`` and ``score.bands.C.from``.
    before, after
        Plain JSON values; None where there was or is none.
    """

    file: str
    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.file} {self.place}: {_shown(self.before)} → {_shown(self.after)}"


def policy_changes(before: Policy, after: Policy) -> tuple[PolicyChange, ...]:
    """Every value that differs, in the order of the files; comments and the way a file is written are no difference."""
    files = dict.fromkeys((*_plain(before), *_plain(after)))
    one, other = _plain(before), _plain(after)
    return tuple(
        PolicyChange(file, place, *values)
        for file in files
        for place, values in _differing(one.get(file), other.get(file), "")
    )


def _plain(policy: Policy) -> dict[str, Any]:
    parts = {SCHEME: policy.scheme, EFFECT_PERIODS: policy.periods}
    parts |= {f"industries/{name}": industry for name, industry in policy.industries.items()}
    return {name: part.model_dump(mode="json", by_alias=True) for name, part in parts.items()}


def _differing(before: Any, after: Any, place: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if before == after:
        return
    one, other = _entries(before, after), _entries(after, before)
    if one is None or other is None:
        yield place or "–", (before, after)
        return
    for name in dict.fromkeys((*one, *other)):
        yield from _differing(one.get(name), other.get(name), f"{place}.{name}" if place else name)


def _entries(value: Any, other: Any) -> dict[str, Any] | None:
    """The entries of a mapping, or of a list by what each is called; None where it is a plain value."""
    if isinstance(value, dict):
        return value
    if not (
        isinstance(value, list)
        and isinstance(other, list)
        and value
        and all(isinstance(one, dict) for one in value + other)
    ):
        return None
    for key in _NAMED_BY:
        names = [str(one.get(key)) for one in value]
        if all(key in one for one in value + other) and len(set(names)) == len(names):
            return dict(zip(names, value, strict=True))
    return {str(number): one for number, one in enumerate(value, start=1)}


def _shown(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
