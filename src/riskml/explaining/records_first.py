"""The record first, its points second: every record that an explanation cites, what each bears on, and when it stops
counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.explaining.citations import Citation, Fact
from riskml.explaining.explanation import Explanation
from riskml.explaining.future import Future, Leaves
from riskml.records.tables import Label


@dataclass(frozen=True)
class Feed:
    """An indicator, item or rule that rests on a record among others; `points` are of all its records together, None of
    a rule.
    """

    label: Label
    points: float | None


@dataclass(frozen=True)
class CitedRecord:
    """A record with all that it bears on.

    Parameters
    ----------
    leaves
        The days on which it stops counting for something, within the months that were looked ahead.
    """

    record_id: str
    table: Label
    dated: date | None
    authority: Label | None
    facts: tuple[Fact, ...]
    feeds: tuple[Feed, ...]
    leaves: tuple[Leaves, ...]


def records_first(explanation: Explanation, future: Future) -> tuple[CitedRecord, ...]:
    """The cited records, the newest first."""
    resting = [(one.evidence, Feed(one.rule.label, None)) for one in explanation.rules]
    resting += [
        (one.evidence, Feed(one.label, one.points))
        for one in (*explanation.raised, *explanation.lowered, *explanation.noted)
    ]
    cited: dict[tuple[str, str], Citation] = {}
    feeds: dict[tuple[str, str], list[Feed]] = {}
    for evidence, feed in resting:
        for one in evidence.cited:
            key = (one.table.zh, one.record_id)
            cited.setdefault(key, one)
            feeds.setdefault(key, []).append(feed)
    found = [
        CitedRecord(
            one.record_id,
            one.table,
            one.dated,
            one.authority,
            one.facts,
            tuple(feeds[key]),
            tuple(leaves for leaves in future.leaving if (leaves.table.zh, leaves.record_id) == key),
        )
        for key, one in cited.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.dated or date.min, one.record_id), reverse=True))
