"""Whether visits still find what the model in use expected."""

from __future__ import annotations

from riskml.checks.findings import Finding, attempt
from riskml.core.language import counted
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.records.received import last_received
from riskml.records.store import RecordStore
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.runs.regimes import Watch, watch
from riskml.runs.regimes_told import notice

MOST = 5
"""How many of these groups are named, the surest first."""


def check_regimes(workspace: Workspace, scheme: str, store: RecordStore) -> list[Finding]:
    """A warning for each group that is now beyond its bound; nothing where nothing is published, or what is cannot be
    read, which others say.
    """
    days = attempt("runs", lambda: published_days(workspace, scheme), []) or ()
    read = (attempt("runs", lambda one=day: published_run(workspace, scheme, one), []) for day in days)  # type: ignore[misc]
    runs = tuple(run for run in read if run is not None and run.manifest.enterprises)
    found = attempt("runs", lambda: _watched(workspace, runs, store), []) if runs else None
    if found is None:
        return []
    if found.why_not is not None:
        return [Finding("model", "ok", found.why_not.zh, found.why_not.en)]
    told = [notice(one) for one in found.lasting[:MOST]]
    findings = [Finding("model", "warning", one.zh, one.en) for one in told]
    more = len(found.lasting) - MOST
    if more > 0:
        findings.append(
            Finding("model", "warning", f"另有 {more} 组与预期不同，见 riskml monitor。",
                    f"{counted(more, 'more groups')} unlike expected: see riskml monitor.")
        )  # fmt: skip
    return findings or [
        Finding("model", "ok",
                f"{found.draws:,} 次随机抽查发现问题 {found.problems:,} 次，现用模型预期 {found.expected:,.1f} 次；"
                f"{found.groups} 组中现在没有哪一组与预期相差到提示的界限。",
                f"{counted(found.draws, 'random draws')} found {counted(found.problems, 'problems')}, the model in use "
                f"expected {found.expected:,.1f}; none of {found.groups} groups stands apart beyond its bound.")
    ]  # fmt: skip


def _watched(workspace: Workspace, runs: tuple[PublishedRun, ...], store: RecordStore) -> Watch:
    connection = connect(workspace.spill)
    store.open_views(connection)
    return watch(connection, runs, last_received(store), workspace.ledger)
