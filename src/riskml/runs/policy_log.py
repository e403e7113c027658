"""The log of policies: which was used first when, by which account, what it changed and how many grades it moved. Lines
of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel, ConfigDict

from riskml.core.errors import RunError
from riskml.core.hash_chain import Line
from riskml.core.ledger import Ledger
from riskml.core.workspace import Workspace
from riskml.runs.policy_preview import preview_policy
from riskml.runs.published import published_days, published_run
from riskml.schemes.policy import Policy


class PolicyUse(BaseModel):
    """One line: the first run by a policy that is not that of the run before.

    Parameters
    ----------
    policy, files
        Its digest, and that of each of its files.
    document
        The text that it puts into data, with its date.
    as_of
        The as-of date of the run.
    since
        The as-of date of the run it is compared with; None where there is none.
    changed
        What differs, one entry each.
    grades_moved, enterprises
        How many grades of that run it moves, and of how many; None where there is no such run, or it cannot be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str
    policy: str
    files: dict[str, str]
    document: str
    as_of: date
    since: date | None
    changed: tuple[str, ...]
    grades_moved: int | None
    enterprises: int | None


def policy_log(ledger: Ledger, scheme: str) -> tuple[tuple[Line, PolicyUse], ...]:
    """Every first use of a policy of a scheme with its line, the oldest first; a RunError where the ledger was
    altered.
    """
    # Lines of this kind without a scheme are of earlier versions: they tell under which policy a model was registered.
    lines = [line for line in ledger.lines("policy") if line.content.get("scheme") == scheme]
    return tuple((line, PolicyUse.model_validate(line.content)) for line in lines)


def note_use(workspace: Workspace, policy: Policy, as_of: date, on_progress: Callable[[str, int, int], None]) -> None:
    """Add a line to the ledger where the policy of the run as of a date is not the one that was used last."""
    scheme, ledger = policy.scheme, workspace.ledger
    uses = policy_log(ledger, scheme.id)
    if uses and uses[-1][1].policy == policy.digest:
        return
    days = published_days(workspace, scheme.id)
    since: date | None = None
    changed: tuple[str, ...] = ()
    moved: int | None = None
    enterprises: int | None = None
    if days:
        since = days[-1]
        try:
            seen = preview_policy(workspace, published_run(workspace, scheme.id, since), on_progress)
            changed, moved, enterprises = tuple(map(str, seen.changes)), len(seen.moved), seen.enterprises
        except RunError:
            pass  # a damaged run tells nothing; `check` names it
    text = scheme.basis[0]
    use = PolicyUse(
        scheme=scheme.id, policy=policy.digest, files=policy.digests,
        document=" ".join(filter(None, (text.title.zh, text.number, str(text.issued or "")))),
        as_of=as_of, since=since, changed=changed, grades_moved=moved, enterprises=enterprises,
    )  # fmt: skip
    ledger.append("policy", use.model_dump(mode="json"))
