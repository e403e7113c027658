"""Looking after a workspace: what a run depends on, and the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.audit.entries import Event
from riskml.checks.check import check
from riskml.checks.findings import Finding
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.hash_chain import Line
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.schemes.policy import load_policy
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class LedgerLines:
    """The ledger, its whole chain verified.

    Parameters
    ----------
    rules
        What the rules are called that its decisions and updates rest on, by scheme and rule; without those that no
        scheme has any more.
    held
        The line that has the hash asked about; None where none was.
    """

    path: Path
    lines: tuple[Line, ...]
    rules: Mapping[tuple[str, str], Label]
    last_hash: str
    held: Line | None


def check_run(
    workspace: Workspace, asker: Principal, scheme: str, *, as_of: date | None, source: str | None, folder: Path | None
) -> tuple[Finding, ...]:
    """Look at everything that a run depends on; nothing is written. Parameters as `riskml.checks.check.check`."""
    with asked_by(asker, workspace, None):
        return check(workspace, scheme, as_of=as_of, source=source, folder=folder)


def read_ledger(workspace: Workspace, asker: Principal, noted: str | None = None) -> LedgerLines:
    """The ledger.

    Parameters
    ----------
    noted
        A hash, or its beginning, that was noted earlier and should still be in it.

    Raises
    ------
    ConfigurationError
        Where that is no hash, or too little of one to tell lines apart.
    RunError
        Where no line has it, or the chain is not as it was written.
    """
    with asked_by(asker, workspace, Event("list", "ledger")):
        ledger = workspace.ledger
        lines = tuple(ledger.lines())
        held = _held(ledger.path, lines, noted) if noted else None
        return LedgerLines(ledger.path, lines, _rules(workspace, lines), ledger.last_hash(), held)


def _rules(workspace: Workspace, lines: tuple[Line, ...]) -> dict[tuple[str, str], Label]:
    """The labels of the rules of every scheme that a line is about, and that can be read."""
    content = [one for line in lines for one in (line.content, *line.content.get("updates", ()))]
    found: dict[tuple[str, str], Label] = {}
    for name in {str(one["scheme"]) for one in content if "scheme" in one}:
        with suppress(ConfigurationError):  # `check` names it
            found |= {(name, rule.id): rule.label for rule in load_policy(workspace, name).scheme.all_rules}
    return found


def _held(path: Path, lines: tuple[Line, ...], noted: str) -> Line:
    """The line that has a hash, or whose hash begins with what was noted of it."""
    if not re.fullmatch(r"[0-9a-f]{12,64}", noted.lower()):
        raise ConfigurationError(
            zh=f"--holds {noted} 不是散列；散列是 64 位的十六进制数，至少给出前 12 位。",
            en=f"--holds {noted} is no hash: a hash has 64 hexadecimal digits, of which at least the first 12 are "
            "needed.",
        )
    found = next((line for line in lines if line.hash.startswith(noted.lower())), None)
    if found is None:
        raise RunError(
            zh=f"{path} 中没有散列为 {noted} 的行：它在抄下之后被重写过；请从备份恢复，并查明原因。",
            en=f"{path} has no line with the hash {noted}: it was written anew since that was noted. Restore it from "
            "the backup and find "
            "out why.",
        )
    return found
