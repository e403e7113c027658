"""YAML that says what it seems to say: plain values, within bounds, and nothing that YAML 1.1 reads as something else.

What a person writes as 0200, 1:30 or no, YAML 1.1 reads as 128, 90 and false. Such values are refused with the way to
write them; so are tags, merge keys and invisible characters, and a text whose aliases or levels would fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import yaml

from riskml.core.checked import was_checked
from riskml.core.validation import ContentError, Words

DEEPEST = 24
"""Levels within each other; the deepest file that is shipped has ten."""

MOST_VALUES = 200_000
"""Values once every alias stands for what it repeats."""

_SHOWN = 80
"""Characters of a line that a message shows."""

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""Characters that no editor shows: control characters, marks of width zero or of direction, and halves of surrogate
pairs.
"""

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

_MISREAD: tuple[tuple[re.Pattern[str], Words], ...] = (
    (re.compile(r"(yes|no|on|off|y|n)", re.IGNORECASE), ("是与否写成 true、"
                                                         "false", "write yes and no as true and false")),
    (re.compile(r"[-+]?\d[\d_]*(:\d+)+(\.\d*)?"), ("YAML 会按六十进制读", "YAML reads it to the base of sixty")),
    (re.compile(r"[-+]?0\d[\d_]*(\.[\d_]*)?"), (
        "YAML 会按八进制读，数字前面不写 0", "YAML reads it to the base of eight: a number has no zeros in front",
    )),
    (re.compile(r"[-+]?0[xob][0-9a-f_]+", re.IGNORECASE), ("数字写成十进制", "write a number with decimal digits")),
    (re.compile(r"[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?"), ("数字中间不写下划线", "a number has no underscores")),
    (re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE), ("这不是一个数", "it is no number")),
)  # fmt: skip
"""What YAML 1.1, or one reader of it and not another, takes for something else than it seems, and what to write
instead.
"""

_ADVICE: dict[str, Words] = {
    "value": (
        "值里有“: ”时整个值要加引号，也请检查本行的缩进和上一行的冒号（须为半角）",
        "put a value that holds ': ' in quotation marks, and check the indentation and the colon of the line above",
    ),
    "beginning": (
        "不能用制表符缩进，以 @、`、% 开头的值要加引号",
        "indent with spaces, and put a value that begins with @, ` or % in quotation marks",
    ),
    "block": ("请检查缩进：同一层的各行要对齐", "check the indentation: lines of one level begin in one column"),
    "colon": ("名称后面要有半角冒号和一个空格", "a name is followed by a colon and a space"),
    "brackets": (
        "请检查方括号、花括号是否成对，各项之间是否有半角逗号",
        "check that brackets are closed and items have commas between them",
    ),
    "quotes": ("请检查引号是否成对", "check that quotation marks are closed"),
    "document": ("一个文件只写一份，去掉单独成行的 ---", "a file holds one document: take out the line ---"),
    "alias": ("没有这个名称的 & 标记", "nothing is marked with & and that name"),
    "name": ("名称应为一个词，不是列表或若干字段", "a name is one word, no list and no fields"),
}
"""What to do about what the YAML parser stumbled over."""


class _Refused(yaml.MarkedYAMLError):
    """What is valid YAML and not taken."""

    def __init__(self, mark: yaml.Mark, zh: str, en: str) -> None:
        super().__init__(problem=en, problem_mark=mark)
        self.zh = zh


class _Plain(yaml.composer.Composer, yaml.constructor.SafeConstructor, yaml.resolver.Resolver):
    """Plain values only, each as it seems; whatever parses the text."""

    _level = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[attr-defined]
        if getattr(event, "tag", None) is not None:
            raise _Refused(
                event.start_mark, "不用标签（!），值直接写", f"{event.tag!r}: tags are not taken, write the value alone"
            )
        if self._level > DEEPEST:
            raise _Refused(event.start_mark, f"层次超过 {DEEPEST} 层", f"more than {DEEPEST} levels within each other")
        self._level += 1
        node = super().compose_node(parent, index)
        self._level -= 1
        return node

    def compose_scalar_node(self, anchor: dict[Any, yaml.Node]) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if found := INVISIBLE.search(node.value):
            code = f"U+{ord(found[0]):04X}"
            raise _Refused(
                node.start_mark,
                f"含有看不见的字符 {code}，请删去",
                f"it has the invisible character {code}: take it out",
            )
        if not node.style:
            for pattern, (zh, en) in _MISREAD:
                if pattern.fullmatch(node.value):
                    raise _Refused(
                        node.start_mark,
                        f"{node.value}：{zh}；编号、代码和文字要加引号",
                        f"{node.value}: {en}; put ids, codes and texts in quotation marks",
                    )
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        given = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.tag == "tag:yaml.org,2002:merge":
                raise _Refused(
                    key.start_mark, "不用合并（<<），各字段都写出来", "'<<': merging is not taken, write the fields out"
                )
            if key.value in given:
                # YAML's own way is to forget the first.
                raise _Refused(
                    key.start_mark,
                    "同一层里已有这个名称，只能留一处",
                    f"{key.value!r} is given twice; keep one of them",
                )
            given.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # 2026-02-30, a number of five thousand digits
            shown = str(node.value)[:_SHOWN]
            raise _Refused(
                node.start_mark,
                f"没有 {shown} 这样的日期或数字；文字要加引号",
                f"there is no such date or number as {shown}; put a text in quotation marks",
            ) from error

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            _weigh(node, {})
        return node


class _Loader(_Plain, yaml.SafeLoader):
    """By the parser that says best what it stumbled over."""


_LIBYAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _FastLoader(_Plain, _LIBYAML):  # type: ignore[misc]
    """By libyaml, where it is there: in a quarter of the time."""

    def __init__(self, text: str) -> None:
        _LIBYAML.__init__(self, text)
        yaml.composer.Composer.__init__(self)  # libyaml's own builds nodes without asking `_Plain`


def load(text: str) -> Any:
    """The content of a YAML text; None where there is none. One that was checked before (`riskml.core.checked`) is read
    fast.

    Raises
    ------
    ContentError
        Naming line and column, what stands there, and what would be right.
    """
    if was_checked():
        return load_fast(text)
    if found := INVISIBLE.search(text):
        line, code = len(_LINE_BREAK.findall(text[: found.start()])) + 1, f"U+{ord(found[0]):04X}"
        raise ContentError(
            f"第 {line} 行含有看不见的字符 {code}，请删去",
            f"line {line} has the invisible character {code}: take it out",
        )
    try:
        try:
            return _read(_FastLoader(text))
        except _Refused:
            raise
        except yaml.YAMLError:
            return _read(_Loader(text))
    except yaml.YAMLError as error:
        raise ContentError(*_told(error, text)) from error


def _read(loader: Any) -> Any:
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def load_fast(text: str) -> Any:
    """The same of a text that is shipped, and has been read by `load` in a test: a tenth of the time where libyaml is
    there.
    """
    return yaml.load(text, _LIBYAML)  # nosec B506  # libyaml's safe loader


def line_of(text: str, steps: Sequence[int | str]) -> int:
    r"""The line of what fields, keys and list positions lead to in a YAML text; of a step that is not there, that of
    the one before it.

    >>> line_of("columns:\n- id: a\n- id: b\n  type: text\n", ["columns", 1, "type"])
    4
    """
    node, line = yaml.compose(text, yaml.SafeLoader), 0
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _weigh(node: yaml.Node, known: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    """The number of values and of levels in a node once its aliases stand for what they repeat."""
    if id(node) in known:
        weight = known[id(node)]
        if weight is None:
            raise _Refused(node.start_mark, "& 标记的内容包含它自己", "what is marked with & holds itself")
        return weight
    known[id(node)] = None
    children = [child for pair in node.value for child in pair] if isinstance(node, yaml.MappingNode) else node.value
    inside = [] if isinstance(node, yaml.ScalarNode) else [_weigh(child, known) for child in children]
    values, levels = 1 + sum(count for count, _ in inside), 1 + max((depth for _, depth in inside), default=0)
    if values > MOST_VALUES or levels > DEEPEST:
        raise _Refused(
            node.start_mark,
            f"连同别名（*）所指的内容，超过 {MOST_VALUES:,} 个值或 {DEEPEST} 层",
            f"more than {MOST_VALUES:,} values or {DEEPEST} levels, with what aliases (*) stand for",
        )
    known[id(node)] = values, levels
    return values, levels


def _told(error: yaml.YAMLError, text: str) -> Words:
    """Where a text is not taken, what stands there, and what to do."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "写法有误", str(error).splitlines()[0]
    lines, problem = _LINE_BREAK.split(text), str(getattr(error, "problem", ""))
    zh, en = f"第 {mark.line + 1} 行第 {mark.column + 1} 列", f"line {mark.line + 1}, column {mark.column + 1}"
    if mark.line < len(lines):
        line = lines[mark.line].strip()
        line = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
        zh, en = f"{zh}“{line}”", f"{en}, {line!r}"
    if isinstance(error, _Refused):
        return f"{zh}：{error.zh}", f"{en}: {problem}"
    advice_zh, advice_en = _ADVICE[_stumbled_over(error, text)]
    return f"{zh}：{advice_zh}", f"{en}: {problem}; {advice_en}"


def _stumbled_over(error: yaml.YAMLError, text: str) -> str:
    """A key of `_ADVICE`: by the step of the parser that failed, where it stands, and where what it was reading
    began.
    """
    at, begun = (_character(getattr(error, name, None), text) for name in ("problem_mark", "context_mark"))
    if isinstance(error, yaml.composer.ComposerError):
        return "alias" if at == "*" else "document"
    if isinstance(error, yaml.constructor.ConstructorError):
        return "name"
    if isinstance(error, yaml.parser.ParserError):
        return "brackets" if begun in ("[", "{") or at in ("]", "}") else "block"
    if begun in ("'", '"'):
        return "quotes"
    if at == ":":
        return "value"
    return "beginning" if at in ("\t", "@", "`", "%") else "colon"


def _character(mark: yaml.Mark | None, text: str) -> str:
    return "" if mark is None else text[mark.index : mark.index + 1]
