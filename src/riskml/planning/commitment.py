"""What a plan is bound to before anybody can know its draw, and the draw that follows: once, and never again.

A commitment names the plan's files by their hashes, and a public event that is still to come, or hashes of numbers that
witnesses keep to themselves. Both it and the draw have a line on the ledger, whose tree an outsider can check: who
commits again and again, or to many plans, to choose among draws, is seen to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import write_durably
from riskml.core.ledger import Ledger
from riskml.core.locks import exclusive
from riskml.planning.plan_files import PlanFolder, steps_of, verifier_source
from riskml.publication.atomic_write import json_bytes
from riskml.sampling.verifier import (
    COMMITMENT,
    DRAW,
    PROGRAM,
    event_value,
    hashes_of,
    nonce_hash,
    outcome,
    seed_of,
    used_hashes,
)


@dataclass(frozen=True)
class Committed:
    """A commitment.

    Parameters
    ----------
    digest
        SHA-256 of commitment.json: what is announced.
    number
        Which of the plan it is, from 1 on.
    content, plan
        Of commitment.json, and of plan.json.
    """

    digest: str
    number: int
    content: Mapping[str, Any]
    plan: Mapping[str, Any]


def refuse_drawn(ledger: Ledger, folder: PlanFolder) -> None:
    """A RunError where a plan was drawn: nothing of it changes any more."""
    if steps_of(ledger, folder.name).draw is not None:
        raise RunError(
            zh=f"计划 {folder.name} 已经抽取，不能重做、再承诺或再抽；要另行检查，请另立计划。",
            en=f"The plan {folder.name} was drawn: it is not made, committed to or drawn again. Make another plan.",
        )


def commit(ledger: Ledger, folder: PlanFolder) -> Committed:
    """Commit to a plan as its files are now.

    Raises
    ------
    RunError
        Where it was drawn, or its event is over: an outcome that somebody may know draws nothing.
    """
    with exclusive(folder.lock):
        refuse_drawn(ledger, folder)
        return _commit(ledger, folder)


def _commit(ledger: Ledger, folder: PlanFolder) -> Committed:
    files, now = folder.committed(), china_now()
    _refuse_other_program(folder, files)
    plan = folder.content()
    event, witnesses = plan["rules"]["event"], plan["rules"]["witnesses"]
    _refuse_used(ledger, witnesses)
    if event is not None and datetime.fromisoformat(event["at"]) <= now:
        raise RunError(
            zh=f"计划 {folder.name} 指定的事件在 {event['at']}，已经发生：承诺须在事件之前；请在计划中改用将来的事件。",
            en=f"The event of plan {folder.name} was at {event['at']}: a commitment comes before its event. Name "
            "one to come in the plan.",
        )
    number = len(steps_of(ledger, folder.name).commitments) + 1
    content = {
        "riskml_commitment": 1,
        "scheme": plan["scheme"],
        "plan": plan["plan"],
        "number": number,
        "at": now.isoformat(timespec="seconds"),
        "files": hashes_of(files),
        "event": event,
        "witnesses": witnesses,
        "program": plan["program"],
    }
    written = json_bytes(content)
    digest = hashlib.sha256(written).hexdigest()
    write_durably(folder.published / COMMITMENT, written)
    ledger.append("plan", {"plan": folder.name, "step": "commitment", "digest": digest, "number": number,
                           "period": plan["period"], "units": plan["units"], "size": plan["size"],
                           "witnesses": [one["hash"] for one in witnesses]})  # fmt: skip
    return Committed(digest, number, content, plan)


def _refuse_other_program(folder: PlanFolder, files: Mapping[str, bytes]) -> None:
    if files[PROGRAM] != verifier_source():
        raise RunError(
            zh=f"计划 {folder.name} 由另一版本的抽取程序制定；请用该版本，或重新运行 riskml plan make 并承诺。",
            en=f"The plan {folder.name} was made with another version of what draws it: use that version, or run "
            "'riskml plan make' and commit again.",
        )


def _refuse_used(ledger: Ledger, witnesses: Sequence[Mapping[str, str]]) -> None:
    """Refuse a witness whose number may be known, since it was needed for another commitment."""
    used = used_hashes(line.content for line in ledger.lines("plan"))
    for one in witnesses:
        if one["hash"] in used:
            raise RunError(
                zh=f"见证人 {one['name']} 的校验值 {one['hash'][:12]} 在先前的承诺中用过；请换新的随机数"
                "（riskml plan nonce），再制定并承诺。",
                en=f"The hash of {one['name']}, {one['hash'][:12]}, was used by an earlier commitment: take a new "
                "number ('riskml plan nonce'), and make the plan again.",
            )


def committed(ledger: Ledger, folder: PlanFolder) -> Committed:
    """The last commitment to a plan.

    Raises
    ------
    RunError
        Where there is none, or the file is not the one that the ledger has, or a file it names was changed.
    """
    known = steps_of(ledger, folder.name).commitments
    path = folder.published / COMMITMENT
    if not known or not path.is_file():
        raise RunError(
            zh=f"计划 {folder.name} 还没有承诺；先运行 riskml plan commit。",
            en=f"The plan {folder.name} is not committed to; run 'riskml plan commit' first.",
        )
    written = path.read_bytes()
    digest = hashlib.sha256(written).hexdigest()
    if digest != known[-1]:
        raise RunError(
            zh=f"{path} 不是总账所记的承诺 {known[-1][:12]}；请从备份恢复，或重新承诺。",
            en=f"{path} is not the commitment that the ledger has, {known[-1][:12]}: restore it, or commit again.",
        )
    content = json.loads(written)
    for name, one in folder.committed().items():
        if hashlib.sha256(one).hexdigest() != content["files"][name]:
            raise RunError(
                zh=f"{folder.published / name} 在承诺之后被改动；请从备份恢复，或重新承诺（总账会显示）。",
                en=f"{folder.published / name} was changed after the commitment: restore it, or commit again, which "
                "the ledger shows.",
            )
    return Committed(digest, len(known), content, folder.content())


def draw(ledger: Ledger, folder: PlanFolder, event: str, nonces: Mapping[str, str]) -> dict[str, bytes]:
    """Draw a plan by what came after its commitment, and write what follows.

    Parameters
    ----------
    event
        What the public event came to, however it is spelled (`riskml.sampling.verifier.event_value`); empty where the
        plan names none.
    nonces
        Witness → the number it kept.

    Returns
    -------
    dict
        The files written: draw.json, draw.csv, visits.csv.

    Raises
    ------
    RunError
        As `committed`; where the event is still to come; where another version made the plan; or where the plan was
        drawn already, by other values.
    ConfigurationError
        Where the value of the event or a nonce is missing, has not as many numbers as the plan says, or is not the one
        committed to.
    """
    with exclusive(folder.lock):
        return _draw(ledger, folder, event_value(event), nonces)


def _draw(ledger: Ledger, folder: PlanFolder, event: str, nonces: Mapping[str, str]) -> dict[str, bytes]:
    found = committed(ledger, folder)
    committed_files = folder.committed()
    _refuse_other_program(folder, committed_files)
    values = _values(found.content, event, nonces)
    seed = seed_of(found.digest, event, values)
    drawn = outcome(committed_files, seed)
    told = json_bytes({
        "riskml_draw": 1, "commitment": found.digest, "event": event, "nonces": values, "seed": seed.hex(),
        "files": hashes_of(drawn),
    })  # fmt: skip
    digest, known = hashlib.sha256(told).hexdigest(), steps_of(ledger, folder.name).draw
    # What a kill left unwritten is written again, by the same values alone; draw.json is written last.
    if known is not None and (known != digest or (folder.published / DRAW).exists()):
        refuse_drawn(ledger, folder)
    if known is None:
        # First on the ledger: nobody sees a draw that is not there.
        ledger.append("plan", {"plan": folder.name, "step": "draw", "digest": digest, "commitment": found.digest})
    files = {**drawn, DRAW: told}
    for name, one in files.items():
        write_durably(folder.published / name, one)
    return files


def _values(content: Mapping[str, Any], event: str, nonces: Mapping[str, str]) -> Sequence[str]:
    """The nonces in the order of the commitment, once everything it names is there."""
    named = content["event"]
    if (named is None) != (not event):
        raise ConfigurationError(
            zh="--event：计划指定了公共事件，须给出其公布的值。"
            if named
            else "--event：计划没有指定公共事件，不能给值。",
            en="--event: the plan names a public event, so its value is needed."
            if named
            else "--event: the plan names no public event.",
        )
    if named is not None and datetime.fromisoformat(named["at"]) > china_now():
        raise RunError(
            zh=f"指定的事件在 {named['at']}，还没有发生。", en=f"The event is at {named['at']}, which is still to come."
        )
    if named is not None and len(event.split()) != named["numbers"]:
        raise ConfigurationError(
            zh=f"--event：{event!r} 有 {len(event.split())} 个数，计划写的是 {named['numbers']} 个"
            f"（{named['where']['zh']}）。",
            en=f"--event: {event!r} is {len(event.split())} numbers; the plan says {named['numbers']} "
            f"({named['where']['en']}).",
        )
    for one in content["witnesses"]:
        if nonce_hash(nonces.get(one["name"], "")) != one["hash"]:
            raise ConfigurationError(
                zh=f"--nonce：见证人 {one['name']} 的随机数没有给出，或与承诺的不符。",
                en=f"--nonce: that of {one['name']} is missing, or is not the one committed to.",
            )
    return [nonces[one["name"]] for one in content["witnesses"]]
