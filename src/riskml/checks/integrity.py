"""Whether records, models in use, registered models, published runs and decisions are what riskml put there, each by
itself.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from riskml.audit.logs import NAMES, log_of
from riskml.audit.verifier import Checked
from riskml.checks.findings import Finding, attempt
from riskml.core.errors import RiskmlError
from riskml.core.language import counted
from riskml.core.ledger import NOTHING
from riskml.core.workspace import Workspace, model_name, score_command
from riskml.lifecycle.promotion_log import promotions
from riskml.records.store import check_store, read_store
from riskml.runs.immediate import read_updates
from riskml.runs.layout import run_place
from riskml.runs.published import PublishedRun
from riskml.runs.run_manifest import read_run_manifest
from riskml.schemes.decisions import read_decisions
from riskml.training.model import is_in_use, load_model
from riskml.training.registry import Registry

_RUN = "????-??-??"


def check_integrity(workspace: Workspace) -> list[Finding]:
    """Compare everything with the ledger, and with its own hashes where the ledger itself was altered."""
    found: list[Finding] = []
    lines = attempt("ledger", workspace.ledger.lines, found)
    attempt("records", lambda: read_store(workspace.records), found)
    found += [*_records(workspace), *_models(workspace), *_runs(workspace), *_lines(workspace), *_left_over(workspace)]
    found += _logs(workspace)
    if lines is not None and not any(finding.level == "error" for finding in found):
        found.append(
            Finding("ledger", "ok", f"总账 {len(lines)} 行完整，记录、模型、各期结果、人员决定与之相符；末行散列 "
                                    f"{workspace.ledger.last_hash()[:12]}。",
                    f"The ledger is whole ({counted(len(lines), 'lines')}), and records, models, runs and decisions "
                    "are as it has them; its last hash is "
                    f"{workspace.ledger.last_hash()[:12]}.")
        )  # fmt: skip
    return found


def _logs(workspace: Workspace) -> list[Finding]:
    """Whether each log that has a checkpoint is what that has, and the entries of reads are as they were written."""
    found: list[Finding] = []
    for name, label in NAMES.items():
        log = log_of(workspace, name)
        lines = attempt("logs", lambda one=log: one.verify(None) if one.stored() else one.chain.read(), found)  # type: ignore[misc]
        if isinstance(lines, Checked):
            size = lines.checkpoint.size
            found.append(
                Finding("logs", "ok", f"{label.zh}与其检查点（{size} 条）相符，共 {lines.entries} 条。",
                        f"{label.en[:1].upper()}{label.en[1:]}: its first {size} entries are those of its checkpoint; "
                        f"it has {lines.entries}.")
            )  # fmt: skip
    return found


def _records(workspace: Workspace) -> list[Finding]:
    """The files that differ from the manifest, also where the manifest is not the ledger's."""
    store = attempt("records", lambda: check_store(workspace.records), [])
    return [
        _finding(
            "records",
            f"{path} 缺失或损坏；请从备份恢复该文件。",
            f"{path} is missing or damaged; restore it from the backup.",
        )
        for path in (store.damaged() if store else [])
    ]


def _models(workspace: Workspace) -> list[Finding]:
    found: list[Finding] = []
    for name in _model_names(workspace):
        registry = Registry(workspace.root, name)
        for digest, run_id in (attempt("ledger", registry.registered, found) or {}).items():
            attempt("model", lambda one=registry, run=run_id, of=digest: one.bundle(run, of), found)  # type: ignore[misc]
        if (astray := attempt("model", registry.astray, found)) is not None:
            found.append(Finding("model", "warning", astray.zh, astray.en))
        try:
            if is_in_use(workspace, name):
                load_model(workspace, name)
        except RiskmlError as error:
            found.append(Finding.of("model", error))
    return found


def _model_names(workspace: Workspace) -> list[str]:
    return [
        model_name(scheme, industry)
        for scheme in workspace.schemes
        for industry in (None, *workspace.industries(scheme))
    ]


def _runs(workspace: Workspace) -> list[Finding]:
    found: list[Finding] = []
    folders = [path for path in sorted(workspace.runs.glob(f"*/{_RUN}")) if not path.name.startswith(".")]
    for folder in folders:
        if not _is_day(folder.name) or not folder.is_dir():
            found.append(
                _finding("runs", f"{folder} 不是已发布的结果；请移走。", f"{folder} is no published run; move it away.")
            )
            continue
        try:
            run = PublishedRun(folder, read_run_manifest(folder)[0])
        except RiskmlError as error:
            found.append(Finding.of("runs", error))
            continue
        found += [
            _finding(
                "runs",
                f"{path} 缺失、被改动，或是多出的；请从备份恢复，或重新运行 "
                f"{score_command(folder.parent.name, folder.name)}。",
                f"{path} is missing, was changed, or is one too many; restore it, or run "
                f"'{score_command(folder.parent.name, folder.name)}' again.",
            )
            for path in run.altered()
        ]
        attempt("runs", lambda one=folder: PublishedRun.of(one, workspace.ledger), found)  # type: ignore[misc]
    present = {run_place(folder.parent.name, folder.name) for folder in folders}
    for place, digests in (attempt("ledger", workspace.ledger.places, found) or {}).items():
        if place.startswith("run ") and "://" not in place and place not in present and NOTHING not in digests:
            again = score_command(*place[4:].split("/", 1))
            found.append(
                _finding(
                    "runs",
                    f"总账中的结果 {place[4:]} 已不在 {workspace.runs}（被删除或改名）；请从备份恢复，或重新运行 "
                    f"{again}。",
                    f"{place} of the ledger is no longer in {workspace.runs}: deleted or renamed. Restore it from the "
                    "backup, or run "
                    f"'{again}' again.",
                )
            )
    return found


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _lines(workspace: Workspace) -> list[Finding]:
    """Lines whose content has another form than riskml writes."""
    found: list[Finding] = []
    ledger = workspace.ledger
    attempt("decisions", lambda: read_decisions(ledger), found)
    attempt("ledger", lambda: read_updates(ledger, "", date.min), found)
    attempt("ledger", lambda: promotions(ledger, ""), found)
    return found


def _left_over(workspace: Workspace) -> list[Finding]:
    """What an earlier version kept elsewhere: nobody reads it now, and a decision in it would be lost without a
    word.
    """
    paths: list[Path] = [
        workspace.data / "decisions.jsonl",
        workspace.data / "promotions",
        *sorted(workspace.runs.glob("*/updates.jsonl")),
    ]
    return [
        _finding(
            "ledger",
            f"{path} 已不再读取，现在都记在 {workspace.ledger.path}；请用 riskml decide 重新记录仍有效的决定，"
            "再移走它。",
            f"{path} is no longer read, all of it is in {workspace.ledger.path} now; record decisions that still apply "
            "again with "
            "'riskml decide', then move it away.",
        )
        for path in paths
        if path.exists()
    ]


def _finding(about: str, zh: str, en: str) -> Finding:
    return Finding(about, "error", zh, en, 1)
