"""Help of the command line, whole in the language that is spoken.

Typer keeps a help text as one plain string. Ours hold both languages, parted by a line ``---``: English, Chinese, and
under a command after another such line its examples. Commands and groups of `CommandLine` show the half that is spoken.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar, cast

import typer
from rich.table import Table
from typer._click.exceptions import BadOptionUsage
from typer.core import TyperCommand, TyperGroup

from riskml.cli.terminal import err, out
from riskml.core.errors import ConfigurationError
from riskml.core.language import OPTION, Language, say
from riskml.core.lines import Flowing
from riskml.core.validation import nearest

Function = TypeVar("Function", bound=Callable[..., Any])

_DIVIDER = "---"

_TYPES = {"str": ("<文字>", "<text>"), "list[str]": ("<文字>", "<text>"), "int": ("<整数>", "<number>"),
          "int range": ("<整数>", "<number>"), "path": ("<路径>", "<path>")}  # fmt: skip
_TYPE = re.compile(f"<({'|'.join(map(re.escape, _TYPES))})>")
"""What a value is called where Typer has Python's word for its type."""


def both(zh: str, en: str) -> str:
    """The help text of an option, an argument or a group, in both languages."""
    return f"{en}\n{_DIVIDER}\n{zh}"


def halves(text: str) -> tuple[str, str, list[str]]:
    r"""The Chinese, the English and the examples of a help text; lines of a paragraph become one.

    >>> halves("Make a\nworkspace.\n---\n新建\n工作区。\n---\nriskml init yunnan")
    ('新建工作区。', 'Make a workspace.', ['riskml init yunnan'])
    """
    parts = [part.strip("\n") for part in f"\n{inspect.cleandoc(text)}\n".split(f"\n{_DIVIDER}\n")]
    english, chinese, examples = (*parts, "", "")[:3]
    return _paragraphs(chinese, ""), _paragraphs(english, " "), [line.strip() for line in examples.splitlines()]


def _paragraphs(text: str, between: str) -> str:
    return "\n\n".join(
        between.join(line.strip() for line in paragraph.splitlines()) for paragraph in text.split("\n\n")
    )


class UsageFault(typer.TyperException):
    """What is wrong with how a command was typed, in Chinese and in English, without a full stop."""

    def __init__(self, zh: str, en: str, context: Any) -> None:
        super().__init__(en)
        self.zh, self.en, self.ctx = zh, en, context


class _Located:
    """The parser of options does not say which command they were typed after; the message has to."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return cast("list[str]", super().parse_args(ctx, args))  # type: ignore[misc]
        except BadOptionUsage as error:
            error.ctx = error.ctx or ctx
            raise


class Command(_Located, TyperCommand):
    """A command whose help is told in one language."""

    def get_help(self, ctx: Any) -> str:
        """The whole help."""
        return _help(self, ctx, say("[选项]", "[OPTIONS]"), [])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse what no argument takes."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            extra = " ".join(rest)
            raise UsageFault(
                f"多出了参数 {extra}；有空格的值要加引号",
                f"there is no argument for {extra}; put a value with spaces in quotation marks",
                ctx,
            )
        return rest


class Group(_Located, TyperGroup):
    """Commands of one name, whose help is told in one language."""

    def get_help(self, ctx: Any) -> str:
        """The whole help, with each command's whole first sentence."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        commands = [(name, _spoken(one.help or "").split("\n")[0]) for name, one in named if one]
        return _help(self, ctx, say("[选项] 命令 [参数]", "[OPTIONS] COMMAND [ARGS]"), commands)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Without a command, show the help."""
        if not args and self.no_args_is_help:
            err.print(self.get_help(ctx), soft_wrap=True)
            raise typer.Exit(ConfigurationError.exit_code)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Refuse a command that there is none of, naming the nearest."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            zh, en = nearest(args[0], self.list_commands(ctx))
            raise UsageFault(f"没有命令 {args[0]!r}{zh}", f"there is no command {args[0]!r}{en}", ctx)
        return super().resolve_command(ctx, args)


class CommandLine(typer.Typer):
    """Commands whose help and faults are told in one language."""

    def __init__(self, *, name: str, help: str, **options: Any) -> None:
        super().__init__(
            name=name,
            help=help,
            cls=Group,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
            **options,
        )

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = Command, **options: Any
    ) -> Callable[[Function], Function]:
        """Register a command; its docstring is its help."""
        return super().command(name, cls=cls, **options)


def _spoken(text: str) -> str:
    zh, en, _ = halves(text)
    return say(zh, en)


def _help(command: TyperCommand | TyperGroup, context: Any, pieces: str, commands: Sequence[tuple[str, str]]) -> str:
    parameters = command.get_params(context)
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    usage = " ".join(
        [context.command_path, pieces, *(piece for one in arguments for piece in one.get_usage_pieces(context))]
    )
    _, _, examples = halves(command.help or "")
    options = [_record(one, context) for one in parameters if one.param_type_name == "option"]
    options.append(
        (
            f"{OPTION} <{'|'.join(Language)}>",
            say("输出的语言，写在哪里都可以", "Language of the output; it may stand anywhere"),
        )
    )
    with out.capture() as captured:
        out.print(say("用法：", "Usage: ") + usage, soft_wrap=True)
        out.print(Flowing(f"\n{_spoken(command.help or '')}"))
        if examples:
            out.print()
        for example in examples:
            out.print(say("例：", "Example: ") + example, soft_wrap=True)
        for title, rows in (
            (say("参数：", "Arguments:"), [_record(one, context) for one in arguments]),
            (say("选项：", "Options:"), options),
            (say("命令：", "Commands:"), commands),
        ):
            if rows:
                out.print(f"\n{title}")
                out.print(_grid(rows))
    return "\n".join(line.rstrip() for line in captured.get().rstrip().splitlines())


def _grid(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 0, 0, 2), pad_edge=True)
    grid.add_column(overflow="fold", max_width=40)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(name, Flowing(text))
    return grid


def _record(parameter: Any, context: Any) -> tuple[str, str]:
    """How an option or an argument is typed, and what it is for."""
    name, _ = parameter.get_help_record(context)
    name = _TYPE.sub(lambda found: say(*_TYPES[found[1]]), name)
    if parameter.name == "help":
        return name, say("显示这段说明", "Show this help")
    default = parameter.get_default(context, call=False)
    notes = [
        say("必填", "required") if parameter.required else "",
        say(f"默认 {_plain(default)}", f"default {_plain(default)}")
        if default not in (None, False, True, "", ())
        else "",
        say(*_bounds(parameter.min, parameter.max)),
    ]
    noted = say("；", "; ").join(note for note in notes if note)
    opened, closed = say("（", " ("), say("）", ")")
    return name, _spoken(parameter.help or "") + (f"{opened}{noted}{closed}" if noted else "")


def _plain(default: object) -> str:
    return str(default.value if isinstance(default, Enum) else default)


def _bounds(least: float | None, most: float | None) -> tuple[str, str]:
    if least is None and most is None:
        return "", ""
    if most is None:
        return f"不小于 {least}", f"{least} or more"
    if least is None:
        return f"不大于 {most}", f"{most} or less"
    return f"{least} 到 {most}", f"{least} to {most}"
