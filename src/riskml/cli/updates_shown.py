"""What a load changed at once, as it is printed and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from riskml.core import logs
from riskml.core.errors import RiskmlError
from riskml.core.terminal import out, show_error, table
from riskml.core.workspace import Workspace
from riskml.runs.direct_at_once import UpdatedAtOnce, update_schemes

_SHOWN = 20


def update_at_once(workspace: Workspace, day: date) -> tuple[tuple[UpdatedAtOnce, ...], tuple[RiskmlError, ...]]:
    """Have direct determinations act, after what is known has changed; says what went wrong, and logs how many they moved."""
    updated, failed = update_schemes(workspace, day)
    for one in updated:
        log_updates(one)
    for error in failed:
        show_error(error)
    return updated, failed


def log_updates(updated: UpdatedAtOnce) -> None:
    """Write the count to the command's log."""
    logs.event("updated_at_once", scheme=updated.scheme, as_of=updated.as_of, changed=len(updated.updates))


def show_updates(updated: Iterable[UpdatedAtOnce]) -> None:
    """Print whose grades are others now, by which rule and on which records."""
    for one in updated:
        if not one.updates:
            out.print(
                f"{one.scheme}：直接判定没有改变任何等级（{one.as_of}）。 No grade was changed by a direct determination.",
                soft_wrap=True,
            )
            continue
        table(
            f"{one.scheme}：即时更新 {len(one.updates):,} 家 updated at once，{one.run} 的结果之后，截至 as of {one.as_of}",
            ["企业 enterprise", "等级 grade", "由 by", "依据 evidence"],
            [
                [update.enterprise_id, f"{update.was} → {update.grade}", update.decided_by, "、".join(update.evidence) or "–"]
                for update in one.updates[:_SHOWN]
            ],
        )
        if (more := len(one.updates) - _SHOWN) > 0:
            out.print(f"  另有 {more:,} 家，见 --json {more:,} more, listed by --json", soft_wrap=True)


def updates_content(updated: Iterable[UpdatedAtOnce]) -> list[dict[str, Any]]:
    """The same for programs, all of it."""
    return [
        {
            "scheme": one.scheme, "run": one.run.isoformat(), "as_of": one.as_of.isoformat(),
            "updates": [update.model_dump(mode="json", exclude={"scheme", "run", "as_of"}) for update in one.updates],
        }
        for one in updated
    ]  # fmt: skip
