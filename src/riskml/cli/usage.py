"""What is wrong with how a command was typed: the command line says it in English alone, so it is told anew from what
its errors name.
"""

from __future__ import annotations

from typing import Any

import typer
from pydantic import BaseModel, ValidationError
from typer._click.exceptions import BadOptionUsage, MissingParameter, NoSuchOption

from riskml.cli.help import UsageFault
from riskml.core.errors import ConfigurationError
from riskml.core.validation import Words, in_words


class BadValue(typer.BadParameter):
    """A value that the parser of an option or argument does not take, in Chinese and in English, without a full
    stop.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def explain_usage(error: typer.TyperException) -> ConfigurationError:
    """The fault in both languages, with the command whose help tells more."""
    zh, en = _told(error)
    context = getattr(error, "ctx", None)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    command = " ".join(["riskml", *names])
    return ConfigurationError(
        zh=f"{zh}。用法见 {command} --help。", en=f"{en[0].upper()}{en[1:]}. See '{command} --help'."
    )


def _told(error: typer.TyperException) -> Words:
    match error:
        case UsageFault():
            return error.zh, error.en
        case NoSuchOption():
            near = ", ".join(sorted(error.possibilities or ()))
            more_zh, more_en = (f"；相近的有：{near}", f"; similar ones are {near}") if near else ("", "")
            return f"没有选项 {error.option_name}{more_zh}", f"there is no option {error.option_name}{more_en}"
        case MissingParameter():
            return _missing(error.param)
        case BadOptionUsage():
            return _without_value(error)
        case typer.BadParameter():
            return _of_a_value(error)
    return (
        f"命令写法不正确（{error.format_message()}）",
        f"the command is not typed correctly ({error.format_message()})",
    )


def _missing(parameter: Any) -> Words:
    known = _choices(parameter)
    more_zh, more_en = (f"；可用的值有：{known}", f"; it may be {known}") if known else ("", "")
    if parameter.param_type_name == "option":
        return f"缺少选项 {parameter.opts[0]}{more_zh}", f"the option {parameter.opts[0]} is missing{more_en}"
    return f"缺少参数 {_named(parameter)}{more_zh}", f"the argument {_named(parameter)} is missing{more_en}"


def _named(parameter: Any) -> str:
    """What a parameter is called in the line of the help that tells the usage."""
    return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar or parameter.name)


def _without_value(error: BadOptionUsage) -> Words:
    """Of an option that has a value and takes none, or the other way round."""
    named = error.option_name
    command = getattr(error.ctx, "command", None)
    flags = {opt for one in getattr(command, "params", ()) if getattr(one, "is_flag", False) for opt in one.opts}
    if named in flags:
        return f"选项 {named} 后面不能有值", f"the option {named} takes no value"
    return f"选项 {named} 后面要有值", f"the option {named} needs a value"


def _of_a_value(error: typer.BadParameter) -> Words:
    zh, en = _refused(error)
    if error.param is None:
        return zh, en
    named = _named(error.param)
    return f"{named} 的值不正确：{zh}", f"the value of {named} is not valid: {en}"


def _refused(error: typer.BadParameter) -> Words:
    if isinstance(error, BadValue):
        return error.zh, error.en
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return f"应为另一种值（{error.message}）", error.message
    if known := _choices(error.param):
        value = cause.errors(include_url=False)[0]["input"]
        return f"没有 {value!r}；可用的有：{known}", f"there is no {value!r}; there are {known}"
    told = in_words(cause, BaseModel, None)
    return told.zh, told.en


def _choices(parameter: Any) -> str:
    """The values that a parameter may have, where they are listed."""
    choices = parameter.type_descriptor.choices if parameter is not None else None
    return ", ".join(str(getattr(one, "value", one)) for one in choices or ())
