"""What is wrong with how a command was typed, in Chinese as well: the command line's own messages are English."""

from __future__ import annotations

import re

import typer
from pydantic import BaseModel, ValidationError

from riskml.core.errors import ConfigurationError
from riskml.core.validation import Words, in_words

_SAID = {
    r"Missing option (?P<what>\S+)\.": "缺少选项 {what}",
    r"Missing option (?P<what>\S+)\. Choose from: (?P<known>.+)": "缺少选项 {what}；可用的值有：{known}",
    r"Missing argument (?P<what>\S+)\.": "缺少参数 {what}",
    r"Missing argument (?P<what>\S+)\. Choose from: (?P<known>.+)": "缺少参数 {what}；可用的值有：{known}",
    r"No such option: (?P<what>\S+)": "没有选项 {what}",
    r"No such option: (?P<what>\S+) \(Possible options: (?P<near>.+)\)": "没有选项 {what}；相近的有：{near}",
    r"No such command (?P<what>'\S+')\.": "没有命令 {what}",
    r"No such command (?P<what>'\S+')\. Did you mean (?P<near>.+)\?": "没有命令 {what}；相近的有：{near}",
    r"Got unexpected extra argument\(s\) \((?P<what>.*)\)": "多出了参数 {what}；有空格的值要加引号",
    r"Option (?P<what>'\S+') requires an argument\.": "选项 {what} 后面要有值",
    r"Option (?P<what>'\S+') does not take a value\.": "选项 {what} 后面不能有值",
    r"(?P<value>'.*') is not one of (?P<known>.+)\.": "没有 {value}；可用的有：{known}",
    r"(?P<value>'.*') is not a date like (?P<like>.+)\.": "{value} 不是日期，应形如 {like}",
    r"(?:file|dir|path) (?P<value>'.*') does not exist\.": "{value} 不存在",
    r"dir (?P<value>'.*') is a file\.": "{value} 是文件，应为目录",
    r"file (?P<value>'.*') is a directory\.": "{value} 是目录，应为文件",
    r"(?:file|dir|path) (?P<value>'.*') is not readable\.": "{value} 没有读取权限",
    r"(?:file|dir|path) (?P<value>'.*') is not writable\.": "{value} 没有写入权限",
}
"""What the command line says of a command or a value → the same in Chinese; what it names is left as it is."""

_OF_A_VALUE = re.compile(r"Invalid value(?: for (?P<what>'[^:]+'))?: (?:Value error, )?(?P<fault>.*)")


def explain_usage(error: typer.TyperException) -> ConfigurationError:
    """The message of the command line in both languages, with the command whose help tells more."""
    zh, en = _in_both(" ".join(error.format_message().split()), error.__cause__)
    context = getattr(error, "ctx", None)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    command = " ".join(["riskml", *names])
    ended = en if en.endswith(("?", ".")) else f"{en}."
    return ConfigurationError(zh=f"{zh}。用法见 {command} --help。", en=f"{ended} See '{command} --help'.")


def _in_both(message: str, cause: BaseException | None) -> Words:
    of_value = _OF_A_VALUE.fullmatch(message)
    said = of_value["fault"] if of_value else message
    zh, en = _in_chinese(said), said
    if zh is None and isinstance(cause, ValidationError):
        told = in_words(cause, BaseModel, None)
        zh, en = told.zh, told.en
    if of_value is None:
        return zh or f"命令写法不正确（{message}）", en
    what = of_value["what"]
    return (
        f"{f'{what} 的值不正确：' if what else ''}{zh or '应为另一种值'}",
        f"Invalid value{f' for {what}' if what else ''}: {en}",
    )


def _in_chinese(said: str) -> str | None:
    """What the command line says in Chinese; None where it is not known."""
    for pattern, chinese in _SAID.items():
        if found := re.fullmatch(pattern, said):
            return chinese.format(**found.groupdict())
    return None
