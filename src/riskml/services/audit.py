"""The logs: checked, given checkpoints, shown, and proved to outsiders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.audit.entries import Event
from riskml.audit.keys import Signer
from riskml.audit.logs import NAMES, log_of
from riskml.audit.tlog import MerkleLog, as_run_error
from riskml.audit.verifier import Checkpoint, Consistency, Key, Proof, read_checkpoint
from riskml.core.errors import ConfigurationError
from riskml.core.hash_chain import Extent, Line
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.grade_proof import grade_proof
from riskml.runs.published import latest_day
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class VerifiedLog:
    """A log that is as it was written.

    Parameters
    ----------
    entries
        How many it has.
    checkpoint
        The last that was made, which covers the first of them; None where none was.
    signed_by
        The key by which its signature was checked; None where it was not.
    """

    name: str
    entries: int
    checkpoint: Checkpoint | None
    signed_by: str | None


def verify_logs(
    workspace: Workspace, asker: Principal, since: Sequence[Path], keys: Sequence[str]
) -> tuple[VerifiedLog, ...]:
    """Compare the lines of both logs with their tiles, these with the last checkpoints, and those with earlier ones.

    Parameters
    ----------
    since
        Files of earlier checkpoints, of either log.
    keys
        Public keys; where none is of a log's name, that of the key in the environment.

    Raises
    ------
    RunError
        Naming what differs.
    ConfigurationError
        Where an earlier checkpoint is of neither log.
    """
    with asked_by(asker, workspace, None):
        signer, known = Signer.of_environment(), as_run_error(lambda: [Key.of(one) for one in keys])
        earlier = [_kept(workspace, path) for path in since]
        return tuple(
            _verified(
                name,
                log,
                next((key for key in known if key.name == log.origin), signer.key(log.origin) if signer else None),
                [one for kept, one in earlier if kept == name],
            )
            for name, log in ((name, log_of(workspace, name)) for name in NAMES)
        )


def _kept(workspace: Workspace, path: Path) -> tuple[str, Checkpoint]:
    """A checkpoint that somebody kept in a file, and the log it is of."""
    checkpoint = as_run_error(lambda: read_checkpoint(path))
    name = next((name for name in NAMES if log_of(workspace, name).origin == checkpoint.origin), None)
    if name is None:
        raise ConfigurationError(
            zh=f"{path} 是 {checkpoint.origin} 的检查点，不是本工作区的日志（settings.yaml 的 audit.origin）。",
            en=f"{path} is a checkpoint of {checkpoint.origin}, and that is no log of this workspace (audit.origin of "
            "settings.yaml).",
        )
    return name, checkpoint


def prove_consistency(workspace: Workspace, asker: Principal, since: Path) -> Consistency:
    """The proof that the log of an earlier checkpoint, kept in a file, has only grown since.

    Raises
    ------
    ConfigurationError
        Where the checkpoint is of no log of the workspace.
    RunError
        Where the log does not begin with what it has.
    """
    with asked_by(asker, workspace, None):
        name, earlier = _kept(workspace, since)
        return log_of(workspace, name).consistency(earlier, Signer.of_environment())


def _verified(name: str, log: MerkleLog, key: Key | None, since: Sequence[Checkpoint]) -> VerifiedLog:
    if log.stored() is None and not since:
        entries = sum(1 for _ in log.chain.lines_from(Extent(), log.chain.extent()))
        return VerifiedLog(name, entries, None, None)
    checked = log.verify(key, since)
    return VerifiedLog(name, checked.entries, checked.checkpoint, key.name if key else None)


def make_checkpoints(workspace: Workspace, asker: Principal) -> dict[str, Checkpoint]:
    """A checkpoint of each log as it is now, signed where the environment names a key; errors as
    `riskml.audit.tlog.MerkleLog.checkpoint`.
    """
    with asked_by(asker, workspace, None):
        signer = Signer.of_environment()
        return {name: log_of(workspace, name).checkpoint(signer) for name in NAMES}


def public_keys(workspace: Workspace, asker: Principal, signer: Signer) -> tuple[Key, ...]:
    """The public key of each log, for whoever checks its checkpoints."""
    with asked_by(asker, workspace, None):
        return tuple(signer.key(log_of(workspace, name).origin) for name in NAMES)


def show_entries(
    workspace: Workspace, asker: Principal, *, who: str | None, about: str | None, on: date | None
) -> tuple[Line, ...]:
    """Who read what, oldest first, by account, enterprise and day; that it was looked at is an entry too.

    Raises
    ------
    RunError
        Naming the first entry that is not as it was written.
    """
    by = {"account": who is not None, "enterprise": about is not None, "day": str(on) if on else None}
    with asked_by(asker, workspace, Event("audit", "show", facts=by)):
        chain = log_of(workspace, "audit").chain
        lines = (chain.parsed(raw) for raw in _bearing(chain.lines_from(Extent(), chain.extent()), who, about))
        return tuple(
            line
            for line in lines
            if who in (None, line.account)
            and about in (None, line.content.get("enterprise"))
            and on in (None, line.at.date())
        )


def _bearing(lines: Iterator[bytes], *words: str | None) -> Iterator[bytes]:
    """The lines in which all of some words stand somewhere, without reading the others."""
    wanted = [word.encode() for word in words if word is not None]
    return (raw for raw in lines if all(word in raw for word in wanted))


def prove_entry(workspace: Workspace, asker: Principal, log: str, number: int) -> Proof:
    """The proof that a line is in a log, by a checkpoint made now; errors as `riskml.audit.tlog.MerkleLog.prove`."""
    with asked_by(asker, workspace, Event("audit", "prove", facts={"log": log, "number": number})):
        return log_of(workspace, log).prove(number, Signer.of_environment())


def prove_grade(workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None) -> str:
    """The proof of an enterprise's grade, in the newest run where `as_of` is None; errors as
    `riskml.runs.grade_proof.grade_proof`.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "grade proof", code, scheme)):
        return grade_proof(workspace, scheme, code, as_of or latest_day(workspace, scheme))


def copy_log(workspace: Workspace, asker: Principal, log: str, to: Path) -> Checkpoint:
    """Write a whole log for an outsider; errors as `riskml.audit.tlog.MerkleLog.copy`."""
    with asked_by(asker, workspace, Event("export", "log", facts={"log": log})):
        return log_of(workspace, log).copy(to, Signer.of_environment())
