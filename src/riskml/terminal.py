"""What a person sees on a terminal: progress, tables, and errors in two languages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from riskml import logs
from riskml.errors import RiskmlError
from riskml.pace import Pace


class _Console(Console):
    """A console whose reader may go away (``| head``) without that being a failure of the command."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        _drop_output()


out = _Console(highlight=False)
err = _Console(stderr=True, highlight=False)


def speak_chinese() -> None:
    """Write UTF-8 where the locale (such as LANG=C) has no Chinese, and never fail of a character the terminal lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            try:
                "中".encode(stream.encoding)
            except UnicodeEncodeError:
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def write(text: str) -> None:
    """Write a text to standard output as it is, for programs to read."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _TimeLeft(ProgressColumn):
    """The time left, where an earlier run tells it."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace

    def render(self, task: Task) -> Text:
        left = self.pace.left()
        if left is None:
            return Text("")
        minutes, seconds = divmod(round(left), 60)
        return Text(f"约剩 left {minutes:d}:{seconds:02d}", style="progress.remaining")


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing where the output is piped; the command's log gets its stages either way.

    Yields
    ------
    callable
        ``on_progress(step, done, total)``.
    """
    pace = Pace(logs.earlier_stages())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _TimeLeft(pace),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def on_progress(step: str, done: int, total: int) -> None:
            if step != pace.stage:
                end_stage()
                logs.event("stage_started", stage=step)
            pace.step(step)
            bar.update(task, description=f"{title} {step}", completed=done, total=total)

        def end_stage() -> None:
            ended = pace.leave()
            if ended is not None:
                logs.event("stage_finished", stage=ended.name, seconds=round(ended.seconds, 3), steps=ended.steps)

        yield on_progress
        end_stage()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; every column but the first is aligned to the right, and the first, the rows' names, is not broken."""
    view = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        view.add_column(column, justify="left" if place == 0 else "right", overflow="fold", no_wrap=place == 0)
    for row in rows:
        view.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    out.print(view)


def show_error(error: RiskmlError) -> None:
    """Print both languages to standard error."""
    err.print(f"[bold red]错误[/] {_plain(error.zh)}", soft_wrap=True)
    err.print(f"[bold red]Error[/] {_plain(error.en)}", soft_wrap=True)


def show_log(run: str, path: Path) -> None:
    """Say which run this was and where its log is."""
    err.print(f"运行编号 run {run}，日志 log: {_plain(str(path))}", soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
