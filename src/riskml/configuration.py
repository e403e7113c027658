"""Reading the YAML files that people edit: validated as a whole, with errors that name file, entry and field."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any

import yaml
from yaml.constructor import ConstructorError

from riskml.errors import ConfigurationError
from riskml.faults import ContentError, Spec, Words, matching, validated

Identifier = Annotated[
    str,
    matching(
        "[a-z][a-z0-9_]*",
        "小写英文字母开头、只含小写字母、数字和下划线的编号",
        "an identifier of lower-case letters, digits and _ that begins with a letter",
    ),
]

_SYNTAX = {
    "mapping values are not allowed": (
        "值里有“: ”时整个值要加引号，也请检查本行的缩进和上一行的冒号（须为半角）",
        "put a value that holds ': ' in quotation marks, and check the indentation and the colon of the line above",
    ),
    "cannot start any token": (
        "不能用制表符缩进，以 @、`、% 开头的值要加引号",
        "indent with spaces, and put a value that begins with @, ` or % in quotation marks",
    ),
    "expected <block end>": ("请检查缩进：同一层的各行要对齐", "check the indentation: lines of one level begin in one column"),
    "could not find expected ':'": ("名称后面要有半角冒号和一个空格", "a name is followed by a colon and a space"),
    "expected ',' or": (
        "请检查方括号、花括号是否成对，各项之间是否有半角逗号",
        "check that brackets are closed and items have commas between them",
    ),
    "unexpected end of stream": ("请检查引号是否成对", "check that quotation marks are closed"),
    "is given twice": ("同一层里已有这个名称，只能留一处", "keep one of them"),
}
"""What the YAML parser says → what to do about it."""


class _Loader(yaml.SafeLoader):
    """Plain values only; a name that one mapping gives twice is refused, where YAML's own way is to forget the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        given = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in given:
                raise ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            given.add(key.value)
        return super().construct_mapping(node, deep)


def read_text(path: Path) -> str:
    """The text of a file that people edit, without a byte-order mark.

    Raises
    ------
    ConfigurationError
        Where it is not there, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigurationError(zh=f"{path} 不存在。", en=f"{path} does not exist.") from error
    except OSError as error:
        raise ConfigurationError(
            zh=f"{path} 无法读取；请检查它是不是文件、是否有读取权限。",
            en=f"{path} cannot be read ({error.strerror}); check that it is a file and that you may read it.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            zh=f"{path} 第 {line} 行不是 UTF-8 编码；请在编辑器中另存为 UTF-8。",
            en=f"{path}, line {line}, is not UTF-8; save it as UTF-8 in your editor.",
        ) from error


def parse_yaml(spec: type[Spec], text: str, name: str) -> Spec:
    """Validate the text of a YAML file against its specification.

    Parameters
    ----------
    spec
        The pydantic model of the whole file.
    name
        What errors call the file.

    Raises
    ------
    ConfigurationError
        With every fault: the place (ids in the place of list positions), the value, and what would be right.
    """
    try:
        raw = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        zh, en = _syntax(error, text)
        raise ConfigurationError(zh=f"{name} 不是有效的 YAML：{zh}。", en=f"{name} is not valid YAML: {en}.") from error
    if raw is None:
        raise ConfigurationError(zh=f"{name} 是空的。", en=f"{name} is empty.")
    try:
        return validated(spec, raw)
    except ContentError as error:
        raise ConfigurationError(zh=f"{name} 不正确：{error.zh}。", en=f"{name} is not valid: {error.en}.") from error


def _syntax(error: yaml.YAMLError, text: str) -> Words:
    """Where a text is no YAML, what stands there, and what to do."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "含有不能用的字符", str(error).splitlines()[0]
    lines, problem = text.splitlines(), str(getattr(error, "problem", ""))
    zh, en = f"第 {mark.line + 1} 行第 {mark.column + 1} 列", f"line {mark.line + 1}, column {mark.column + 1}"
    if mark.line < len(lines):
        zh, en = f"{zh}“{lines[mark.line].strip()}”", f"{en}, {lines[mark.line].strip()!r}"
    advice_zh, advice_en = next((words for said, words in _SYNTAX.items() if said in problem), ("写法有误", problem))
    return f"{zh}：{advice_zh}", f"{en}: {problem}" + ("" if advice_en == problem else f"; {advice_en}")
