"""Whether the policy changed between two runs: what differs, and who graded by the new one first. Some of what moved is
then the policy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.ledger import Ledger
from riskml.core.remarks import remark
from riskml.runs.policy_log import policy_log
from riskml.runs.published import PublishedRun
from riskml.schemes.policy import Policy
from riskml.schemes.policy_changes import PolicyChange, policy_changes

_SHOWN = 5
"""How many changes are said in a sentence; the others are counted."""


@dataclass(frozen=True)
class PolicyBetween:
    """That two runs were made by two policies.

    Parameters
    ----------
    since
        The as-of date of the earlier run.
    before, after
        The digests.
    first_used, account
        On which day a run was first made by the later policy, and by which account; None where the log does not say.
    """

    since: date
    before: str
    after: str
    changes: tuple[PolicyChange, ...]
    first_used: date | None
    account: str | None

    @property
    def said(self) -> Label:
        """The sentence for lists and pages."""
        shown = "; ".join(map(str, self.changes[:_SHOWN]))
        others = len(self.changes) - _SHOWN
        more = Label(f"；另有 {others} 处" if others > 0 else "", f"; and {others} more" if others > 0 else "")
        who = Label("", "")
        if self.first_used is not None:
            who = Label(
                f"，{self.first_used} 由 {self.account} 首次使用",
                f", first used on {self.first_used} by {self.account}",
            )
        return Label(
            f"办法自 {self.since} 那期之后改过（{self.before[:12]} → {self.after[:12]}{who.zh}）：{shown}{more.zh}。"
            "等级变动有一部分来自办法。",
            f"The policy changed since the run of {self.since} ({self.before[:12]} → {self.after[:12]}{who.en}): "
            f"{shown}{more.en}. Some of what "
            "moved is due to the policy.",
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "changes": [vars(one) for one in self.changes],
            "first_used": self.first_used and self.first_used.isoformat(),
            "account": self.account,
        }


def policy_between(ledger: Ledger, before: PublishedRun, after: Policy) -> PolicyBetween | None:
    """How the policy of a later run differs from that of an earlier one; None where it does not, or where the earlier
    run's is damaged.

    Raises
    ------
    RunError
        Where the ledger was altered.
    """
    try:
        then = before.policy
    except RunError as error:
        remark(error)
        return None
    changes = policy_changes(then, after)
    if then.digest == after.digest or not changes:
        return None
    uses = [line for line, use in policy_log(ledger, after.scheme.id) if use.policy == after.digest]
    first, account = (uses[-1].at.date(), uses[-1].account) if uses else (None, None)
    return PolicyBetween(before.as_of, then.digest, after.digest, changes, first, account)
