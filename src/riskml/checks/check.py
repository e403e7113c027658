"""A dry run: whether the month's run would succeed, what it needs and how long it takes. Nothing is written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from riskml.checks.configuration import check_configuration, check_sources
from riskml.checks.delivery import check_delivery
from riskml.checks.effect_periods import check_periods
from riskml.checks.findings import Finding, Level, attempt
from riskml.checks.integrity import check_integrity
from riskml.checks.machine import check_clock, check_folders, check_locks, check_machine, estimate
from riskml.checks.regimes import check_regimes
from riskml.checks.unknown_indicators import check_received
from riskml.core.china_day import china_today
from riskml.core.language import counted
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, parquet
from riskml.features.specs import load_system
from riskml.records.reconciliation import reports_of
from riskml.records.references import read_references
from riskml.records.sources import find_source, load_source
from riskml.records.store import RecordStore, open_store
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.schemes.policy import load_policy
from riskml.training.model import is_in_use, load_model


def check(
    workspace: Workspace,
    scheme: str,
    *,
    as_of: date | None = None,
    source: str | None = None,
    folder: Path | None = None,
) -> tuple[Finding, ...]:
    """Look at everything that a run depends on.

    Parameters
    ----------
    as_of
        The as-of date of the run to come, if it is known.
    source, folder
        A source, and a delivery of it that is to be loaded first; None where there is none.

    Returns
    -------
    tuple of Finding
        In the order: configuration, sources, delivery, records, machine, integrity; each thing that is wrong once.
    """
    found = [*check_configuration(workspace, scheme), *check_sources(workspace)]
    if source is not None and folder is not None:
        chosen = attempt("delivery", lambda: load_source(find_source(workspace.sources, source)), found)
        if chosen is not None:
            found += check_delivery(chosen, folder)
    store = attempt("records", lambda: open_store(workspace.records), found)
    if store is not None:
        damaged = store.damaged()
        found += [] if damaged else [_records(store), _accounted(store), *_references(store)]
        system = attempt("records", lambda: load_system(workspace.features), [])
        found += [] if damaged or system is None else check_received(store, system)
        enterprises = 0 if damaged else _enterprises(store)
        if workspace.runs.is_dir():
            found += check_machine(workspace, store, estimate(_newest(workspace, scheme), enterprises))
        model = attempt("model", lambda: load_model(workspace, scheme), []) if is_in_use(workspace, scheme) else None
        policy = attempt("policy", lambda: load_policy(workspace, scheme), [])
        if model is not None and policy is not None and not damaged:
            found += check_periods(model, policy, store, connect(workspace.spill))
        found += check_clock(workspace, scheme, store, as_of, china_today())
        found += [] if damaged else check_regimes(workspace, scheme, store)
    found += [*check_integrity(workspace), *check_locks(workspace, scheme), *check_folders(workspace, scheme)]
    return tuple({(one.zh, one.en): one for one in found}.values())  # an altered ledger is met by many


def _newest(workspace: Workspace, scheme: str) -> PublishedRun | None:
    """The scheme's newest run that is as it was published."""
    days = attempt("runs", lambda: published_days(workspace, scheme), []) or ()
    found = (attempt("runs", lambda one=day: published_run(workspace, scheme, one), []) for day in reversed(days))  # type: ignore[misc]
    return next((run for run in found if run is not None), None)


def _records(store: RecordStore) -> Finding:
    paths = [path for table in sorted(store.tables) for path in store.paths(table)]
    rows = sum(pq.read_metadata(path).num_rows for path in paths)
    size = sum(path.stat().st_size for path in paths) / 2**30
    return Finding(
        "records", "ok", f"{len(store.tables)} 张表、{len(paths)} 个文件、{rows:,} 行、{size:.2f} GiB，与校验值相符。",
        f"{counted(len(store.tables), 'tables')}, {counted(len(paths), 'files')}, {counted(rows, 'rows')}, {size:.2f} "
        "GiB, as their hashes have it.",
    )  # fmt: skip


def _references(store: RecordStore) -> list[Finding]:
    """What should meet something and does not, as the last load left it."""
    levels: dict[str, Level] = {"red": "error", "yellow": "warning", "usual": "ok"}
    return [
        Finding("references", levels[one.level], f"{one.told.zh}。", f"{one.told.en}.", 1 if one.level == "red" else 0)
        for one in read_references(store)
    ]


def _accounted(store: RecordStore) -> Finding:
    """Whether every row of every file that was ever delivered is accounted for."""
    files = [(load["number"], one) for load in store.loads for one in reports_of(load)]
    bad = next(((number, one) for number, one in files if not one.adds_up), None)
    if bad is not None:
        number, one = bad
        return Finding(
            "records", "error", f"第 {number} 批的 {one.file} 收到 {one.received:,} 行，与入库、已有、隔离、"
                                "等待之和不符。",
            f"Of load {number}, file {one.file}, {one.received:,} rows were received, which is not the sum of stored, "
            "known, refused and waiting.", 1,
        )  # fmt: skip
    received, stored, known, refused, waiting = (
        sum(getattr(one, name) for _, one in files) for name in ("received", "stored", "known", "refused", "waiting")
    )
    return Finding(
        "records", "ok",
        f"{len(store.loads)} 批 {len(files)} 个文件收到 {received:,} 行 = 入库 {stored:,} + 已有 {known:,} + 隔离 "
        f"{refused:,} + 等待 {waiting:,}。",
        f"{counted(len(store.loads), 'loads')}, {counted(len(files), 'files')}: {counted(received, 'rows')} received = "
        f"{stored:,} stored + {known:,} known before + "
        f"{refused:,} refused + {waiting:,} waiting.",
    )  # fmt: skip


def _enterprises(store: RecordStore) -> int:
    """Everyone who was ever registered: no fewer than a run grades."""
    paths = store.paths("enterprise")
    if not paths:
        return 0
    with duckdb.connect() as connection:
        ((count,),) = connection.execute(f"SELECT count(DISTINCT enterprise_id) FROM {parquet(paths)}").fetchall()
    return int(count)
