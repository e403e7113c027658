"""What a load changed at once, as it is printed and as JSON."""

from __future__ import annotations

from typing import Any

from riskml.cli.terminal import out, show_error, table
from riskml.core import logs
from riskml.core.language import counted, say
from riskml.runs.immediate import told_by
from riskml.services.deliveries import AtOnce

_SHOWN = 20


def log_updates(updates: AtOnce) -> None:
    """Write the counts to the command's log, and what went wrong to standard error."""
    for one in updates.made:
        logs.event("updated_at_once", scheme=one.scheme, as_of=one.as_of, changed=len(one.updates))
    for error in updates.failed:
        show_error(error)


def show_updates(updates: AtOnce) -> None:
    """Print whose grades are others now, by which rule and on which records."""
    for one in updates.made:
        if not one.updates:
            out.print(
                say(
                    f"{one.scheme}：直接判定没有改变任何等级（{one.as_of}）。",
                    f"{one.scheme}: no grade was changed by a direct determination ({one.as_of}).",
                ),
                soft_wrap=True,
            )
            continue
        table(
            say(
                f"{one.scheme}：{one.run} 的结果之后，截至 {one.as_of} 即时更新 {len(one.updates):,} 家",
                f"{one.scheme}: {counted(len(one.updates), 'grades')} updated at once since the run of {one.run}, as "
                f"of {one.as_of}",
            ),
            [say("企业", "enterprise"), say("等级", "grade"), say("由", "by"), say("依据", "evidence")],
            [
                [
                    update.enterprise_id,
                    f"{update.was} → {update.grade}",
                    told_by(one.regulation, update.decided_by).said,
                    say("、", ", ").join(update.evidence) or "–",
                ]
                for update in one.updates[:_SHOWN]
            ],
        )
        if (more := len(one.updates) - _SHOWN) > 0:
            out.print(say(f"  另有 {more:,} 家，见 --json", f"  {more:,} more, listed by --json"), soft_wrap=True)


def updates_content(updates: AtOnce) -> list[dict[str, Any]]:
    """The same for programs, all of it."""
    return [
        {
            "scheme": one.scheme, "run": one.run.isoformat(), "as_of": one.as_of.isoformat(),
            "updates": [update.model_dump(mode="json", exclude={"scheme", "run", "as_of"}) for update in one.updates],
        }
        for one in updates.made
    ]  # fmt: skip
