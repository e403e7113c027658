"""Edits of a policy: what one would do, and what was used when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from riskml.audit.entries import Event
from riskml.core.errors import ConfigurationError
from riskml.core.hash_chain import Line
from riskml.core.principal import Principal
from riskml.core.remarks import remark
from riskml.core.workspace import Workspace
from riskml.runs.policy_log import PolicyUse, policy_log
from riskml.runs.policy_preview import PolicyPreview, preview_policy
from riskml.runs.published import latest_day, published_run
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Previewed:
    """What the policy as it now stands would do to the run of a date."""

    as_of: date
    preview: PolicyPreview


def preview_edits(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date | None,
    on_progress: Callable[[str, int, int], None],
) -> Previewed:
    """Who in a run, the newest where `as_of` is None, would have another grade by the policy as it now stands."""
    with asked_by(asker, workspace, Event("list", "policy preview", scheme=scheme)):
        run = published_run(workspace, scheme, as_of or latest_day(workspace, scheme))
        return Previewed(run.as_of, preview_policy(workspace, run, on_progress))


@dataclass(frozen=True)
class PoliciesUsed:
    """The lines of the ledger about policies that runs of a scheme were made by, oldest first, and what they say; the
    scheme as it stands, None where it cannot be read.
    """

    uses: tuple[tuple[Line, PolicyUse], ...]
    scheme: Scheme | None


def policies_used(workspace: Workspace, asker: Principal, scheme: str) -> PoliciesUsed:
    """Which policies runs of a scheme were made by."""
    with asked_by(asker, workspace, None):
        uses = policy_log(workspace.ledger, scheme)
        try:
            return PoliciesUsed(uses, load_policy(workspace, scheme).scheme)
        except ConfigurationError as error:
            remark(error)
            return PoliciesUsed(uses, None)
