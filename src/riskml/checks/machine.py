"""Whether the machine is ready for a run: disk, memory, time, locks, clock, folders; estimated from the earlier runs
where there are any.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.checks.findings import Finding, Level
from riskml.core.language import Label, counted
from riskml.core.locks import holder
from riskml.core.workspace import Workspace, score_command
from riskml.records.received import last_received
from riskml.records.store import RecordStore
from riskml.runs.published import PublishedRun, published_days

GIB = 2**30

SECONDS_PER_ENTERPRISE = 54 / 888_932
BYTES_PER_ENTERPRISE = 98e6 / 88_974
GIB_BASE, GIB_PER_ENTERPRISE = 1.7, 2.7 / 888_932
"""As measured with simulated records of 888,932 enterprises (the size of what is published, of 88,974) on two cores,
with a model of any depth; used where the scheme has no run yet.
"""


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to need.

    Parameters
    ----------
    published_bytes
        Size of what it publishes; it is made beside the run that stands there.
    basis
        What the estimate was made from.
    """

    enterprises: int
    seconds: float
    memory_gib: float
    published_bytes: float
    basis: Label


def estimate(newest: PublishedRun | None, enterprises: int) -> Estimate:
    """Scale the newest published run of the scheme to `enterprises`; without one that has any, the measured rates."""
    if newest is not None and newest.manifest.enterprises:
        made = newest.manifest
        share = enterprises / made.enterprises
        size = sum(path.stat().st_size for path in newest.folder.rglob("*") if path.is_file())
        return Estimate(
            enterprises, sum(made.seconds.values()) * share, made.peak_memory_gib * max(1.0, share), size * share,
            Label(f"按 {made.as_of} "
                  f"的运行（{made.enterprises:,} 家）推算", f"scaled from the run of {made.as_of} "
                                                    f"({made.enterprises:,} enterprises)"),
        )  # fmt: skip
    return Estimate(
        enterprises, enterprises * SECONDS_PER_ENTERPRISE, GIB_BASE + enterprises * GIB_PER_ENTERPRISE,
        enterprises * BYTES_PER_ENTERPRISE,
        Label(
            "尚无以前的运行，按双核机器上 888,932 家模拟企业 54 秒、4.4 GiB 推算",
            "there is no earlier run: scaled from 54 s and 4.4 GiB for 888,932 simulated enterprises on two cores",
        ),
    )  # fmt: skip


def check_machine(workspace: Workspace, store: RecordStore, needed: Estimate) -> list[Finding]:
    """Compare what a run needs with what there is."""
    records = sum(path.stat().st_size for table in store.tables for path in store.paths(table) if path.exists())
    spill, published = 2 * records, needed.published_bytes
    shared = workspace.data.stat().st_dev == workspace.runs.stat().st_dev
    places = (
        [(workspace.root, spill + published)]
        if shared
        else [(workspace.data, float(spill)), (workspace.runs, published)]
    )
    minutes = needed.seconds / 60
    zh, en = (
        (f"{minutes:.0f} 分钟", counted(round(minutes), "minutes"))
        if minutes >= 1
        else ("不到 1 分钟", "less than a minute")
    )
    return [
        *(_disk(folder, bytes_, needed) for folder, bytes_ in places),
        _memory(needed),
        Finding("time", "ok", f"预计 {zh}（{needed.enterprises:,} 家以内；{needed.basis.zh}）。",
                f"Expected to take {en} ({needed.enterprises:,} enterprises at most; "
                f"{needed.basis.en})."),
    ]  # fmt: skip


def _disk(folder: Path, needed: float, by: Estimate) -> Finding:
    free = shutil.disk_usage(folder).free
    level: Level = "error" if free < needed else "warning" if free < 2 * needed else "ok"
    cure = ("", "") if level == "ok" else ("请腾出空间。", " Free some space.")
    return Finding(
        "disk", level,
        f"{folder} 可用 {free / GIB:.2f} GiB，预计需要 {needed / GIB:.2f} GiB：临时数据取记录的两倍，加上结果"
        f"（{by.basis.zh}）。{cure[0]}",
        f"{folder} has {free / GIB:.2f} GiB free and is expected to need {needed / GIB:.2f} GiB: temporary data, twice "
        f"the records, and results ({by.basis.en}).{cure[1]}",
        int(level == "error"),
    )  # fmt: skip


def available_gib(meminfo: Path = Path("/proc/meminfo")) -> float:
    """The memory that programs can still have."""
    facts = dict(line.split(":") for line in meminfo.read_text().splitlines())
    return int(facts["MemAvailable"].split()[0]) / 2**20


def _memory(needed: Estimate) -> Finding:
    available = available_gib()
    level: Level = (
        "error" if available < needed.memory_gib / 2 else "warning" if available < needed.memory_gib else "ok"
    )
    cure = (
        ("", "")
        if level == "ok"
        else ("请关闭其他程序，或换内存更大的机器。", " Stop other programs or use a larger machine.")
    )
    return Finding(
        "memory", level,
        f"可用内存 {available:.1f} GiB，预计峰值 {needed.memory_gib:.1f} GiB（{needed.basis.zh}）。{cure[0]}",
        f"{available:.1f} GiB of memory are available, the peak is expected at {needed.memory_gib:.1f} GiB "
        f"({needed.basis.en}).{cure[1]}",
        int(level == "error"),
    )  # fmt: skip


def check_locks(workspace: Workspace, scheme: str) -> list[Finding]:
    """Whether a run or a load is under way."""
    places = (workspace.runs / scheme / "run.lock", workspace.data / "load.lock")
    found = [
        Finding(
            "lock",
            "error",
            f"{path} 由另一个 riskml 进程持有（{who}）；请等它结束。",
            f"{path} is held by another riskml process ({who}); wait for it to end.",
            1,
        )
        for path in places
        if (who := holder(path)) is not None
    ]
    return found or [Finding("lock", "ok", "没有其他运行或导入在进行。", "No other run or load is under way.")]


def check_clock(
    workspace: Workspace, scheme: str, store: RecordStore, as_of: date | None, today: date
) -> list[Finding]:
    """Whether the system's date can be right, and the as-of date has come."""
    received = last_received(store)
    latest = max([received, *published_days(workspace, scheme)])
    if today < latest:
        return [
            Finding("clock", "error", f"系统日期 {today} 早于最近一批数据的接收日或最近一次发布 {latest}；"
                                      "请校准系统时钟。",
                    f"The system's date {today} is before the last delivery or published run, {latest}; set the "
                    "clock.", 1)
        ]  # fmt: skip
    if as_of is not None and as_of > max(received, today):
        return [
            Finding("clock", "error", f"基准日 {as_of} 还没有到；请改用不晚于 {today} 的日期。",
                    f"The as-of date {as_of} has not come yet; use one no later than {today}.", 1)
        ]  # fmt: skip
    if as_of is not None and received < as_of:
        return [
            Finding("clock", "warning", f"最近一批数据于 {received} 接收，早于基准日 {as_of}；请先导入其后的数据。",
                    f"The last delivery was received on {received}, before the as-of date {as_of}; load later ones "
                    "first.")
        ]  # fmt: skip
    return [
        Finding(
            "clock",
            "ok",
            f"系统日期 {today}，最近一批数据于 {received} 接收。",
            f"It is {today}; the last delivery was received on {received}.",
        )
    ]


def check_folders(workspace: Workspace, scheme: str) -> list[Finding]:
    """Whether the folders can be written to, are their owner's alone, and hold an interrupted run."""
    found = [
        Finding("folders", "error", f"没有 {folder}（被删除或改名）；请从备份恢复，尚无结果的新工作区可用 mkdir 新建。",
                f"There is no {folder}: deleted or renamed. Restore it from the backup; in a new workspace without "
                "results make it by mkdir.", 1)
        for folder in (workspace.data, workspace.runs) if not folder.is_dir()
    ]  # fmt: skip
    if found:
        return found
    for folder in (
        workspace.data,
        workspace.runs,
        *(path for path in (workspace.logs, workspace.spill) if path.exists()),
    ):
        if not os.access(folder, os.W_OK | os.X_OK):
            level: Level = "warning" if folder == workspace.logs else "error"
            found.append(
                Finding("folders", level, f"{folder} 不可写；请用拥有该工作区的账号运行。",
                        f"{folder} cannot be written to; run as the account that owns the "
                        "workspace.", int(level == "error"))
            )  # fmt: skip
    found += [
        Finding(
            "folders",
            "warning",
            f"{folder} 他人可读；请运行 chmod 700 {folder}。",
            f"{folder} is open to others; run chmod 700 {folder}.",
        )
        for folder in (workspace.data, workspace.runs)
        if folder.stat().st_mode & 0o077
    ]
    found += [_unfinished(draft) for draft in sorted((workspace.runs / scheme).glob(".????-??-??.draft"))]
    return found or [
        Finding(
            "folders",
            "ok",
            "data、runs 和日志目录可写，只有属主可读。",
            "The folders can be written to and are their owner's alone.",
        )
    ]


def _unfinished(draft: Path) -> Finding:
    command = score_command(draft.parent.name, draft.name[1:11])
    return Finding(
        "folders",
        "warning",
        f"{draft} 是未完成的运行；再运行 {command} 会接着做，不再需要时可删除。",
        f"{draft} is an unfinished run; '{command}' goes on with it. Delete it if it is not wanted.",
    )
