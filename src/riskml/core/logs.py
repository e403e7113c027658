"""What each command did, for operations: one JSON line per event in ``data/logs/<command>-<run>.jsonl``.

Nothing personal gets in: of an error its class and the place in the program where it arose, never its message, which
may quote a record; and of facts only numbers, dates and the program's own words, whatever a caller passes.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskml import __version__
from riskml.core.eta import Stage

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger as BoundLogger

KEPT = 100
"""Logs that are kept of each command; the oldest go first."""

_WORD = re.compile(r"(?=.*[a-z])[A-Za-z_][A-Za-z0-9_.:-]{0,99}|[A-Z][+-]?|\d{4}-\d\d-\d\d")
"""Names of stages, tables, errors, modules, grades, and dates. No code of an enterprise and no name in Chinese
is one.
"""


@dataclass(frozen=True)
class Log:
    """The log of one run of a command.

    Parameters
    ----------
    run
        The run's id: its time of start and six random digits.
    """

    run: str
    command: str
    path: Path
    started: float
    events: BoundLogger


_OPEN: ContextVar[Log | None] = ContextVar("open log", default=None)
"""Of this thread, and of those of a `riskml.core.context_pool.ContextPool`: several commands in one process have a log
each.
"""


def start(folder: Path, command: str, **asked: Any) -> None:
    """Open a log for this run of `command`. Where none can be written, as in a read-only folder, the command goes on
    without one.

    Parameters
    ----------
    asked
        What was asked for, as the facts of `event`.
    """
    import structlog  # half a second that commands without a workspace, such as --help, are spared

    run = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    path = folder / f"{command}-{run}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("x", encoding="utf-8")
        for old in _logs_of(folder, command)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
    events = structlog.wrap_logger(
        structlog.WriteLogger(file),
        processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
        run=run,
        command=command,
    )
    _OPEN.set(Log(run, command, path, time.monotonic(), events))
    _write("started", riskml=__version__, pid=os.getpid(), **{key: _plain(value) for key, value in asked.items()})


def current() -> Log | None:
    """The log that is open."""
    return _OPEN.get()


def event(name: str, **facts: Any) -> None:
    """Write one event; without an open log, nothing.

    Parameters
    ----------
    facts
        Numbers, dates, words of the program, and mappings and lists of these. Anything else is written as ``?``.
    """
    _write(name, **{key: _plain(value) for key, value in facts.items()})


def finish(outcome: str, exit_code: int, error: BaseException | None = None) -> None:
    """Write the last event and close the log.

    Parameters
    ----------
    outcome
        ``finished``, ``failed`` or ``interrupted``.
    error
        What it failed of.
    """
    log = _OPEN.get()
    if log is None:
        return
    seconds = round(time.monotonic() - log.started, 3)
    faults = (
        {}
        if error is None
        else {"error": type(error).__name__, "caused_by": _causes(error), "raised_at": places(error)}
    )
    event(outcome, outcome=outcome, exit_code=exit_code, seconds=seconds, **faults)
    _OPEN.set(None)


def earlier_stages() -> tuple[Stage, ...]:
    """The stages of the last run of the command under way that finished; none where there was no such run."""
    log = _OPEN.get()
    if log is None:
        return ()
    for path in reversed(_logs_of(log.path.parent, log.command)):
        try:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError):
            continue
        if lines and lines[-1].get("outcome") == "finished":
            return tuple(
                Stage(line["stage"], float(line["seconds"]), int(line["steps"]))
                for line in lines
                if line.get("event") == "stage_finished" and "steps" in line
            )
    return ()


def places(error: BaseException) -> list[str]:
    """Where an error arose, outermost first, as module:line; the text of the lines and the values in them stay out."""
    found = traceback.walk_tb(error.__traceback__)
    return [f"{frame.f_globals.get('__name__', '')}:{line}" for frame, line in found]


def _logs_of(folder: Path, command: str) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob(f"{command}-*.jsonl"))


def _write(name: str, **facts: Any) -> None:
    log = _OPEN.get()
    if log is None:
        return
    try:
        log.events.info(name, **facts)
    except OSError:
        # A full disk must not end a run that could go on: from here on it has no log.
        _OPEN.set(None)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else "?"
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return "?"


def _causes(error: BaseException) -> list[str]:
    causes = []
    while (cause := error.__cause__) is not None:
        causes.append(type(cause).__name__)
        error = cause
    return causes
