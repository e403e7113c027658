"""The promotion log: which version took whose place, who decided it, on what evidence. It is only ever appended to.

Every line holds the hash of the line before it, and the registry holds that of the last: a line that was changed, removed,
added or put elsewhere is noticed when the log is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from riskml.errors import RunError
from riskml.files import append_durably
from riskml.training.registry import Registry

Action = Literal["first", "promoted", "overridden", "refused", "rolled_back"]

ACTION_LABELS: Mapping[str, str] = {
    "first": "首个模型 first model",
    "promoted": "晋升 promoted",
    "overridden": "越限晋升 promoted against the limits",
    "refused": "拒绝 refused",
    "rolled_back": "退回 rolled back",
}

NOTHING_BEFORE = "0" * 64
"""What the first line has for the line before it."""


@dataclass(frozen=True)
class Entry:
    """One line.

    Parameters
    ----------
    at
        When, with the time zone.
    by, account
        Who decided it, by name, and the account of the operating system that ran the command.
    version, bundle
        The version that was to be promoted, and the digest of its bundle.
    replaced, replaced_bundle
        The one in use until then; None where there was none, or one that was never registered.
    evidence
        The comparison and the limits it was held against, with those that were broken.
    """

    number: int
    at: datetime
    action: Action
    version: int
    bundle: str
    replaced: int | None
    replaced_bundle: str | None
    by: str
    account: str
    reason: str
    evidence: Mapping[str, Any]

    @property
    def promotes(self) -> bool:
        """Whether the version took its place."""
        return self.action != "refused"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "at": self.at.isoformat()}


class PromotionLog:
    """The log of one scheme.

    Parameters
    ----------
    path
        A JSONL file.
    registry
        Where the hash of the last line is kept.
    """

    def __init__(self, path: Path, registry: Registry) -> None:
        self.path, self.registry = path, registry

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first.

        Raises
        ------
        RunError
            Naming the first line that is not as it was written, or saying that lines are missing at the end.
        """
        lines = self._lines()
        entries, before = [], NOTHING_BEFORE
        hashes = [before]
        for number, line in enumerate(lines, 1):
            try:
                content = json.loads(line)
                entry = Entry(**content["entry"] | {"at": datetime.fromisoformat(content["entry"]["at"])})
                intact = content["before"] == before and entry.number == number and line == _line(before, entry)
            except (ValueError, KeyError, TypeError):
                intact = False
            if not intact:
                raise RunError(
                    zh=f"{self.path} 第 {number} 行与写入时不同，或它前面有行被删去、增加或移动；请从备份恢复，并查明原因。",
                    en=f"{self.path}, line {number}, is not as it was written, or a line before it was removed, added or moved; restore the "
                    "log from the backup and find out why.",
                )
            entries.append(entry)
            before = _hash(line)
            hashes.append(before)
        head = self.registry.log_head() or NOTHING_BEFORE
        # The line is written before the registry is told: killed in between, the log is one line ahead.
        if head not in hashes[-2:]:
            raise RunError(
                zh=f"{self.path} 末尾与登记处的记录不符：有行被删去或增加；请从备份恢复，并查明原因。",
                en=f"The end of {self.path} is not what the registry has on record: lines were removed or added; restore the log from the "
                "backup and find out why.",
            )
        return tuple(entries)

    def append(self, entry: Entry) -> None:
        """Write an entry; it is on the disk when this returns. The caller holds the lock and gives the next number."""
        lines = self._lines()
        line = _line(_hash(lines[-1]) if lines else NOTHING_BEFORE, entry)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        append_durably(self.path, line.encode())
        self.registry.set_log_head(_hash(line))

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        return self.path.read_text(encoding="utf-8").splitlines()


def in_use(entries: tuple[Entry, ...], moment: datetime) -> Entry | None:
    """The entry that put the version in its place that graded at a moment."""
    promotions = [entry for entry in entries if entry.promotes and entry.at <= moment]
    return promotions[-1] if promotions else None


def _line(before: str, entry: Entry) -> str:
    return json.dumps({"before": before, "entry": entry.to_dict()}, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
