"""One command from start to end: what it writes is its owner's alone, signals end it in order, every failure is put in
words.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from typer import TyperException

from riskml.cli.terminal import err, show_error, show_log, write_utf8
from riskml.cli.usage import explain_usage
from riskml.core import logs
from riskml.core.errors import ConfigurationError
from riskml.core.language import OPTION, VARIABLE, Language, language, say, speaking
from riskml.core.system_errors import explain_failure

CONFIDENTIAL = 0o077
"""Records and grades are confidential by law (Yunnan Arts. 8, 25): no file is readable but by the account that runs
riskml.
"""


class Interrupted(BaseException):
    """Somebody, or the system, asked the command to end. No handler of ordinary errors catches it."""


def run_to_end(command: Callable[[list[str]], object], arguments: Sequence[str]) -> int:
    """Run `command` on its arguments, in the language they ask for, and return its exit code.

    Parameters
    ----------
    command
        May return an exit code. ``--lang`` is none of what it is given: wherever it stands, it is taken out here.

    Returns
    -------
    int
        0, 1 (it failed), 2 (arguments or configuration are wrong), or 128 + the number of the signal that ended it.
    """
    os.umask(CONFIDENTIAL)
    write_utf8()
    received = _listen()
    try:
        spoken, rest = _language_asked(arguments)
    except ConfigurationError as error:
        return _failed(error)
    with speaking(spoken):
        try:
            ended = command(rest)
        except (Exception, Interrupted) as error:
            # The engine makes an ordinary error of its own of a signal that reaches it in a query.
            return _interrupted(received[0]) if received else _failed(error)
        code = ended if isinstance(ended, int) else 0
        return _ended("failed" if code else "finished", code)


def _language_asked(arguments: Sequence[str]) -> tuple[Language, list[str]]:
    """The language that a command line or the environment asks for, and the other arguments.

    Raises
    ------
    ConfigurationError
        Where there is no such language.
    """
    where, wanted, rest = VARIABLE, os.environ.get(VARIABLE, ""), list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for place, argument in reversed(list(enumerate(rest[:end]))):
        name, has_value, value = argument.partition("=")
        if name == OPTION:
            words = 1 if has_value else 2
            where, wanted = OPTION, value if has_value else "".join(rest[place + 1 : place + 2])
            del rest[place : place + words]
    if wanted not in Language.__members__ and (wanted or where == OPTION):
        raise ConfigurationError(
            zh=f"{where} 应为 zh（中文）或 en（英文），{f'不是 {wanted!r}' if wanted else '现在没有值'}。",
            en=f"{where} should be zh (Chinese) or en "
            f"(English){f', not {wanted!r}' if wanted else ' and has no value'}.",
        )
    return Language(wanted) if wanted else language(), rest


def _ended(outcome: str, code: int, error: BaseException | None = None) -> int:
    log = logs.current()
    logs.finish(outcome, code, error)
    if log is not None and outcome != "finished":
        show_log(log.run, log.path)
    return code


def _listen() -> list[int]:
    """Turn the signals that end a program into `Interrupted`; returns the list that the number of one goes into."""
    received: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)  # who asks twice is not kept waiting
        if engine := sys.modules.get("riskml.engines.duckdb"):  # not loaded: no query either, and no time to load it
            engine.interrupt_queries()
        raise Interrupted

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    return received


def _interrupted(number: int) -> int:
    err.print(
        say(
            "已中断，没有发布或入库任何不完整的结果；再运行同一命令即可。",
            "Interrupted. Nothing incomplete was published or loaded; run the same command again.",
        ),
        soft_wrap=True,
    )
    return _ended("interrupted", 128 + number)


def _failed(error: BaseException) -> int:
    told = explain_usage(error) if isinstance(error, TyperException) else explain_failure(error)
    if told is not None:
        show_error(told)
        code = told.exit_code
    else:
        # Under a timer standard error is a log too, and an error's message may quote a record.
        detail = f": {str(error).splitlines()[0]}" if err.is_terminal and str(error) else ""
        own = [place for place in logs.places(error) if place.startswith("riskml.")]
        at = own[-1] if own else "riskml"
        err.print(say("内部错误：", "Internal error: ") + f"{type(error).__name__}{detail}", soft_wrap=True)
        err.print(say(f"位置：{at}", f"At: {at}"), soft_wrap=True)
        code = 1
    return _ended("failed", code, error)
