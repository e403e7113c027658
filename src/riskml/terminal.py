"""What a person sees on a terminal: progress, tables, and errors in two languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from riskml.errors import RiskmlError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing where the output is piped.

    Yields
    ------
    callable
        ``on_progress(step, done, total)``.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def on_progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title} {step}", completed=done, total=total)

        yield on_progress


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; every column but the first is aligned to the right."""
    view = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        view.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    for row in rows:
        view.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    out.print(view)


def show_error(error: RiskmlError) -> None:
    """Print both languages to standard error."""
    err.print(f"[bold red]错误[/] {_plain(error.zh)}", soft_wrap=True)
    err.print(f"[bold red]Error[/] {_plain(error.en)}", soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
