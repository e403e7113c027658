"""Which version graded in a month, who promoted it and on what evidence: from the published runs and the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.lifecycle.promotion_log import Entry, promotions
from riskml.runs.published import latest_day, published_days, published_run
from riskml.training.registry import Registry, Version


@dataclass(frozen=True)
class Graded:
    """One published run of the month.

    Parameters
    ----------
    bundle
        The digest of the model that graded, as the run's manifest has it; None where the scheme adds points or counts.
    version
        None where no such model was registered.
    promoted
        The promotion that put it in use last before now; None where there is none.
    """

    as_of: str
    bundle: str | None
    version: Version | None
    promoted: Entry | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "as_of": self.as_of,
            "bundle": self.bundle,
            "version": self.version.to_dict() if self.version else None,
            "promoted": self.promoted.to_dict() if self.promoted else None,
        }


def graded_in(workspace: Workspace, scheme: str, month: str) -> tuple[Graded, ...]:
    """The published runs whose as-of date lies in a month (``2025-03``), oldest first.

    Raises
    ------
    ConfigurationError
        Where that is no month, or no run of it is published; lists the months there are.
    RunError
        Where the ledger, or a run of the month, was altered.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII):
        raise ConfigurationError(
            zh=f"--graded {month} 不是月份；月份形如 2026-10。",
            en=f"--graded {month} is no month; a month is like 2026-10.",
        )
    latest_day(workspace, scheme)
    days = published_days(workspace, scheme)
    found = [published_run(workspace, scheme, day) for day in days if day.isoformat()[:7] == month]
    if not found:
        months = sorted({day.isoformat()[:7] for day in days})
        raise ConfigurationError(
            zh=f"{month} 没有已发布的结果；已有：{'、'.join(months)}。",
            en=f"No run of {month} is published; there are {', '.join(months)}.",
        )
    registry = Registry(workspace.root, scheme)
    entries = promotions(workspace.ledger, scheme)
    return tuple(
        Graded(
            run.as_of.isoformat(),
            run.model,
            registry.with_bundle(run.model) if run.model else None,
            next(
                (entry for entry in reversed(entries) if entry.outcome.promotes and entry.outcome.bundle == run.model),
                None,
            ),
        )
        for run in found
    )
