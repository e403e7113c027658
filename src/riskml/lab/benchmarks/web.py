"""The desk with twenty readers: how long a page takes, and whether memory stays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riskml.core.errors import RunError
from riskml.core.language import SIMULATED, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.benchmarks.speed_province import SCHEME, open_speed_province, run_python
from riskml.lab.benchmarks.web_readers import EACH, PAUSE, READERS, Visited, visit
from riskml.records.store import open_store
from riskml.runs.published import latest_day, published_days, published_run

_PATIENCE = 120.0
"""Seconds that a server may take to start."""


@dataclass(frozen=True)
class WebResult:
    """What was measured; `visited` as `riskml.lab.benchmarks.web_readers.visit` gives it."""

    enterprises: int
    simulated: bool
    visited: Visited

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark web --json``), by wall clock."""
        return {
            "enterprises": self.enterprises,
            "cores": os.cpu_count(),
            "simulated": self.simulated,
            "readers": READERS,
            "pause_s": PAUSE,
            **self.visited.to_dict(),
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """One row for each kind of page."""
        names = {
            "enterprise": say("一家企业的页面", "one enterprise's page"),
            "search": say("查找", "a search"),
            "worklist": say("工作清单", "a worklist"),
        }
        rows = tuple(
            (names[page], how, f"{times['median']:,.0f}", f"{times['p99']:,.0f}")
            for how, pages in (
                (say("读几秒再看下一页", "who read some seconds in between"), self.visited.reading),
                (say("一页接一页", "one page after the other"), self.visited.at_once),
            )
            for page, times in pages.items()
        )
        size = f"{self.enterprises:,} {say('家企业', 'enterprises')}{SIMULATED.said if self.simulated else ''}"
        title = say(f"{READERS} 人同时使用办案台：{size}", f"The desk with {READERS} readers: {size}")
        heads = ("", "", say("中位数（毫秒）", "median (ms)"), say("第 99 百分位", "99th percentile"))
        return (ShownTable(title, heads, rows),)

    def notes(self) -> tuple[str, ...]:
        """On what, and in how much memory."""
        before, after = self.visited.rss_mib
        return (
            say(
                f"{os.cpu_count()} 核，服务器一个进程；每人每种页面 {EACH} 次；间隔 {PAUSE:g} 秒",
                f"{os.cpu_count()} cores, one server process; each reader asks for {EACH} pages of each kind; "
                f"{PAUSE:g} s in between",
            ),
            say(
                f"服务器内存：起初 {before:,.0f} MiB，{self.visited.requests:,} 次之后 {after:,.0f} MiB",
                f"memory of the server: {before:,.0f} MiB at first, {after:,.0f} MiB after {self.visited.requests:,} "
                "pages",
            ),
        )


def run_web(enterprises: int, data: Path | None, on_progress: Progress) -> WebResult:
    """Measure the desk.

    Parameters
    ----------
    enterprises, data
        As `open_speed_province` has them; where `data` has a published run, that one is read.

    Raises
    ------
    RunError
        Where a step fails.
    """
    with _published(enterprises, data, on_progress) as workspace:
        run = published_run(workspace, SCHEME, latest_day(workspace, SCHEME))
        with _served(workspace) as (process, port):
            visited = visit(workspace, process, port, on_progress)
        return WebResult(run.manifest.enterprises, open_store(workspace.records).simulated, visited)


@contextmanager
def _published(enterprises: int, data: Path | None, on_progress: Progress) -> Iterator[Workspace]:
    """A workspace with a published run to which may be written; nothing is written to `data`."""
    source = None if data is None else Workspace(data)
    if source is not None and source.features.is_dir() and published_days(source, SCHEME):
        with TemporaryDirectory(prefix="riskml-web-") as root:
            workspace = Workspace(Path(root))
            workspace.data.mkdir()
            for ours, theirs in (
                (workspace.features, source.features),
                (workspace.models, source.models),
                (workspace.sources, source.sources),
                (workspace.runs, source.runs),
                (workspace.records, source.records),
            ):
                ours.symlink_to(theirs.resolve(), target_is_directory=True)
            for path in source.data.glob("ledger.*"):
                shutil.copy(path, workspace.data)
            yield workspace
        return
    with open_speed_province(enterprises, "any", data, on_progress) as province:
        run_python(
            "riskml.cli", "--workspace", str(province.workspace.root),
            "score", "--scheme", SCHEME, "--as-of", province.as_of.isoformat(),
        )  # fmt: skip
        yield province.workspace


@contextmanager
def _served(workspace: Workspace) -> Iterator[tuple[int, int]]:
    """The desk as a process of its own on this machine: its number, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "riskml.cli", "--workspace", str(workspace.root), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + _PATIENCE
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise RunError(zh="办案台没有启动。", en="The desk did not start.")
                time.sleep(0.1)
            yield process.pid, port
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
