"""What a person sees on a terminal: progress, tables and errors."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from rich.box import HEAVY_HEAD, SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
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
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from riskml.core import logs
from riskml.core.errors import RiskmlError
from riskml.core.eta import Eta
from riskml.core.language import say
from riskml.core.lines import Flowing

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters but for line breaks and tabs, marks that turn the direction of writing, and characters without
width.
"""


def harmless(text: str) -> str:
    r"""The text with what a terminal would obey, or not show, written out; in a JSON text it stays the same value.

    >>> harmless("red \x1b[31m")
    'red \\u001b[31m'
    """
    return _UNSEEN.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


class _Console(Console):
    """A console that shows what it is given: names and values from elsewhere are no markup, and no commands to the
    terminal.

    Its reader may go away (``| head``) without that being a failure of the command.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        _drop_output()


# Names and paths are shown as they are: [1] in one is no markup.
out = _Console(highlight=False, markup=False, emoji=False)
err = _Console(stderr=True, highlight=False, markup=False, emoji=False)


def write_utf8() -> None:
    """Write UTF-8 where the locale (such as LANG=C) has no Chinese, and never fail of a character the terminal
    lacks.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            try:
                "中".encode(stream.encoding)
            except UnicodeEncodeError:
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def write(text: str) -> None:
    """Write a text to standard output, for programs to read: as it is, but for `harmless`."""
    try:
        sys.stdout.write(harmless(text) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _TimeLeft(ProgressColumn):
    """The time left, where an earlier run tells it."""

    def __init__(self, eta: Eta) -> None:
        super().__init__()
        self.eta = eta

    def render(self, task: Task) -> Text:
        left = self.eta.seconds_left()
        if left is None:
            return Text("")
        minutes, seconds = divmod(round(left), 60)
        return Text(f"{say('约剩', 'left')} {minutes:d}:{seconds:02d}", style="progress.remaining")


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing where the output is piped; the command's log gets its stages either way.

    Yields
    ------
    callable
        ``on_progress(step, done, total)``.
    """
    eta = Eta(logs.earlier_stages())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _TimeLeft(eta),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def on_progress(step: str, done: int, total: int) -> None:
            if step != eta.stage:
                end_stage()
                logs.event("stage_started", stage=step)
            eta.step(step)
            bar.update(task, description=f"{title} {step}", completed=done, total=total)

        def end_stage() -> None:
            ended = eta.end_stage()
            if ended is not None:
                logs.event("stage_finished", stage=ended.name, seconds=round(ended.seconds, 3), steps=ended.steps)

        yield on_progress
        end_stage()


_FIGURE = re.compile(r"^(\S+) (\[.+\])$")
"""A figure with its interval; both stay whole on lines of their own where a terminal is narrow."""

_LONGEST_FIGURE, _LEAST_TEXT = 30, 10
"""Cells of the longest figure with its interval, and of a column of texts that can still be read."""

_CHINESE = re.compile("[\u4e00-\u9fff]")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; figures and identifiers are aligned to the right and never broken, the first column and texts to
    the left.

    The title is a line of its own. Where the table is wider than the terminal, intervals stand under their figures,
    lines between columns are left out, and texts are folded; where that does not fit either, every cell stands on a
    line of its own. Nothing is cut.
    """
    cells = [[f"{cell:,}" if isinstance(cell, int) else harmless(str(cell)) for cell in row] for row in rows]
    content = [list(column) for column in zip(*cells, strict=True)] or [[] for _ in columns]
    narrow = sum(_width([head, *column]) + 3 for head, column in zip(columns, content, strict=True)) + 1 > out.width
    texts = [any(_is_text(cell) for cell in column) for column in content]
    if narrow and sum(_least(*of) + 3 for of in zip(columns, content, texts, strict=True)) > out.width:
        out.print(Flowing(title))
        out.print("\n".join(_listed(columns, row) for row in cells), soft_wrap=True)
        return
    out.print(Flowing(title))
    view = Table(box=SIMPLE_HEAD if narrow else HEAVY_HEAD, pad_edge=not narrow)
    for place, (head, column) in enumerate(zip(columns, content, strict=True)):
        text = texts[place]
        if narrow:
            content[place] = [_FIGURE.sub(r"\1\n\2", cell) for cell in column]
            head = _folded(head, _width(content[place]))
        justify: Literal["left", "right"] = "left" if place == 0 or text else "right"
        view.add_column(head, justify=justify, overflow="fold", no_wrap=not (narrow and text))
    for row in zip(*content, strict=True):
        view.add_row(*(Flowing(cell) if text else cell for cell, text in zip(row, texts, strict=True)))
    out.print(view)


def _is_text(cell: str) -> bool:
    """Whether a cell may be broken: a sentence or a list, and no figure, name or path."""
    return bool(_CHINESE.search(cell)) or (" " in cell and cell_len(cell) > _LONGEST_FIGURE)


def _least(head: str, column: Sequence[str], text: bool) -> int:
    """The cells that a column cannot do without."""
    if text:
        return _LEAST_TEXT
    return _width([*(_FIGURE.sub(r"\1\n\2", cell) for cell in column), *head.split()])


def _listed(columns: Sequence[str], row: Sequence[str]) -> str:
    """A row as a list of lines."""
    return "\n".join(
        f"{'-' if place == 0 else ' '} {head}{say('：', ': ') if head else ''}{cell}"
        for place, (head, cell) in enumerate(zip(columns, row, strict=True))
    )


def _width(texts: Sequence[str]) -> int:
    """The cells that the longest line takes."""
    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)


def _folded(head: str, width: int) -> str:
    """The words of a head in lines that a column of `width` cells holds, or of one word each."""
    lines = [""]
    for word in head.split():
        if lines[-1] and cell_len(f"{lines[-1]} {word}") > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def show_error(error: RiskmlError) -> None:
    """Print it to standard error."""
    err.print(Text.assemble((say("错误", "Error"), "bold red"), say("：", ": "), str(error)), soft_wrap=True)


def show_log(run: str, path: Path) -> None:
    """Say which run this was and where its log is."""
    err.print(say(f"运行编号 {run}，日志 {path!s}", f"Run {run}, log {path!s}"), soft_wrap=True)
