"""What is wrong with content that people or other systems wrote, in Chinese and in English: place, value, and what
would be right.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import types
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

Spec = TypeVar("Spec", bound=BaseModel)
Words = tuple[str, str]
"""The same in Chinese and in English."""

LineOf = Callable[[Sequence[int | str]], int]

_LONGEST = 80
"""Characters of an offending value that a message shows."""


class ContentError(ValueError):
    """What a validator refuses, or all that is wrong with a content, in Chinese and in English.

    Parameters
    ----------
    zh, en
        The same in both languages, without a full stop: what is wrong with which value, and what would be right.
    field
        Where that stands, below the place that the validator is of.
    """

    def __init__(self, zh: str, en: str, *, field: str = "") -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.field = field


def validated(spec: type[Spec], content: object, *, line_of: LineOf | None = None) -> Spec:
    """`content` as its specification has it.

    Parameters
    ----------
    line_of
        The line of what fields, keys and list positions lead to in the text that it was read from.

    Raises
    ------
    ContentError
        With every fault: its place (ids in the place of list positions), the value, and what would be right.
    """
    try:
        return spec.model_validate(content)
    except ValidationError as error:
        raise in_words(error, spec, content, line_of) from error


def validated_json(spec: type[Spec], text: bytes, *, strict: bool) -> Spec:
    """The same of a JSON text; `strict` takes no number for a text or the other way round."""
    try:
        return spec.model_validate_json(text, strict=strict)
    except ValidationError as error:
        raise _in_words_of_json(error, spec, text) from error


def _in_words_of_json(error: ValidationError, spec: type[BaseModel], text: bytes) -> ContentError:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as fault:
        at = f"第 {fault.lineno} 行第 {fault.colno} 列", f"line {fault.lineno}, column {fault.colno}"
        return ContentError(f"不是有效的 JSON（{at[0]}）", f"is not valid JSON ({at[1]})")
    except (ValueError, RecursionError):
        content = None
    return in_words(error, spec, content)


def matching(pattern: str, zh: str, en: str) -> BeforeValidator:
    """A validator of texts that match `pattern` as a whole; `zh` and `en` say what such a text is.

    >>> matching("[1-9][0-9]*d", "天数加 d，如 365d", "a number of days like 365d").func("30 days")
    Traceback (most recent call last):
        ...
    riskml.core.validation.ContentError: should be a number of days like 365d, not '30 days'
    """

    def check(text: object) -> object:
        if not isinstance(text, str) or not re.fullmatch(pattern, text, re.ASCII):
            value_zh, value_en = instead(text)
            raise ContentError(f"应为{zh}，{value_zh}", f"should be {en}, {value_en}")
        return text

    return BeforeValidator(check)


_MOST_NAMES, _NEAR_NAMES = 40, 5
"""Of more names than the first only the nearest are listed, so many."""


def nearest(name: object, known: Iterable[str]) -> Words:
    """What to end a message about an unknown name with: the nearest of those there are, and all of them where they are
    few.

    >>> nearest("wher", ["from", "where"])
    ('，是否应为 where？可用的有：from、where', ', did you mean where? There are from, where')
    >>> nearest("colum_7", [f"column_{number}" for number in range(100)])[1]
    ', did you mean column_7? There are 100, near it column_7, column_97, column_87, column_79, column_78'
    """
    names = list(known)
    if len(names) > _MOST_NAMES:
        near = difflib.get_close_matches(str(name).lower(), names, n=_NEAR_NAMES, cutoff=0)
        meant = difflib.get_close_matches(str(name).lower(), names, n=1)
        zh, en = (f"，是否应为 {meant[0]}？", f", did you mean {meant[0]}? There") if meant else ("，", ", there")
        return (
            f"{zh}共有 {len(names)} 个，相近的有：{'、'.join(near)}",
            f"{en} are {len(names)}, near it {', '.join(near)}",
        )
    close = difflib.get_close_matches(name.lower(), names, n=1) if isinstance(name, str) else []
    if not names:
        return "", ""
    if not close:
        return f"，可用的有：{'、'.join(names)}", f", there are {', '.join(names)}"
    return (
        f"，是否应为 {close[0]}？可用的有：{'、'.join(names)}",
        f", did you mean {close[0]}? There are {', '.join(names)}",
    )


def instead(value: object) -> Words:
    """What stands where something else should, to end a message with; a long value is shortened.

    >>> instead(None), instead(True), instead("365")
    (('现在空着', 'and is empty'), ('不是 true', 'not true'), ("不是 '365'", "not '365'"))
    """
    if value is None:
        return "现在空着", "and is empty"
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, date):
        text = value.isoformat()
    else:
        text = repr(value)
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"不是 {text}", f"not {text}"


def in_words(
    error: ValidationError, spec: type[BaseModel], content: Any, line_of: LineOf | None = None
) -> ContentError:
    """Every fault that pydantic found in `content` (None for a single value, which has no places); `line_of` as in
    `validated`.
    """
    told = [_told(fault, spec, content, line_of) for fault in error.errors(include_url=False) if not _follows(fault)]
    return ContentError("；".join(zh for zh, _ in told), "; ".join(en for _, en in told))


def _follows(fault: ErrorDetails) -> bool:
    """Whether a list is too short only because items that are faulty themselves were not counted."""
    return fault["type"] == "too_short" and len(fault["input"]) >= fault["ctx"]["min_length"]


def _told(fault: ErrorDetails, spec: type[BaseModel], content: Any, line_of: LineOf | None) -> Words:
    """A fault with its place."""
    steps = _steps(fault, content)
    zh, en = _said(fault, spec, steps)
    own = fault.get("ctx", {}).get("error")
    steps = [*steps, own.field] if isinstance(own, ContentError) and own.field else steps
    place_zh, place_en = _place(steps, content)
    if line_of is not None and place_zh:
        line = line_of(steps)
        place_zh, place_en = f"第 {line} 行 {place_zh}", f"line {line}, {place_en}"
    return (f"{place_zh}：{zh}", f"{place_en}: {en}") if place_zh else (zh, en)


def _steps(fault: ErrorDetails, content: Any) -> list[int | str]:
    """The fields, keys and list positions that lead to a fault, without the validators' own names for the ways they
    tried.
    """
    steps: list[int | str] = []
    for position, step in enumerate(fault["loc"]):
        there = (
            step in content
            if isinstance(content, dict)
            else isinstance(content, list | tuple) and isinstance(step, int)
        )
        missing = fault["type"] == "missing" and position == len(fault["loc"]) - 1
        if there or missing:
            steps.append(step)
            content = content[step] if there and not missing else None
    return steps


def _place(steps: Sequence[int | str], content: Any) -> Words:
    zh = en = ""
    for step in steps:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
        named = (
            (content.get("id") or content.get("grade")) if isinstance(content, dict) and isinstance(step, int) else None
        )
        if isinstance(step, int) and named is None:
            zh, en = f"{zh}（第 {step + 1} 项）", f"{en} (item {step + 1})"
        else:
            zh, en = f"{zh}.{named or step}", f"{en}.{named or step}"
    return zh.lstrip("."), en.lstrip(". ")


def _said(fault: ErrorDetails, spec: type[BaseModel], steps: Sequence[int | str]) -> Words:
    """What is wrong, without its place."""
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    value_zh, value_en = instead(value)
    if isinstance(own := context.get("error"), ContentError):
        return own.zh, own.en
    if kind == "missing":
        return "必须填写，现在没有", "is required and not there"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        zh, en = nearest(steps[-1], _fields(spec, steps[:-1]))
        return f"没有这个字段{zh}", f"there is no such field{en}"
    if kind in ("literal_error", "enum"):
        zh, en = nearest(value, _values(spec, steps))
        return f"应为规定的值之一，{value_zh}{zh}", f"should be one of those there are, {value_en}{en}"
    if kind in ("model_type", "model_attributes_type", "dataclass_type", "dict_type"):
        fields = _fields(spec, steps)
        return (
            f"应为若干行“字段: 值”{'（字段有 ' + '、'.join(fields) + '）' if fields else ''}，{value_zh}",
            f"should be lines of 'field: value'{' (' + ', '.join(fields) + ')' if fields else ''}, {value_en}",
        )
    if kind == "json_invalid":
        return "不是有效的 JSON", "is not valid JSON"
    for kinds, words in _EXPECTED.items():
        if kind.startswith(kinds):
            zh, en = words(context)
            return f"应{zh}，{value_zh}", f"should {en}, {value_en}"
    return f"应为另一种值，{value_zh}", f"{fault['msg']}, {value_en}"


_EXPECTED: dict[str | tuple[str, ...], Callable[[dict[str, Any]], Words]] = {
    "int_": lambda _: ("为整数", "be a whole number"),
    ("float_", "finite_number"): lambda _: ("为数字", "be a number"),
    "bool_": lambda _: ("为 true 或 false", "be true or false"),
    "string_type": lambda _: ("为文字，数字和日期要加引号", "be a text; put numbers and dates in quotation marks"),
    "string_too_short": lambda _: ("写有内容", "not be empty"),
    "string_pattern_mismatch": lambda context: (
        f"符合格式 {context['pattern']}",
        f"match the pattern {context['pattern']}",
    ),
    "timezone_": lambda _: (
        "写明时区，如 2026-11-03T09:00:00+08:00",
        "have its time zone, like 2026-11-03T09:00:00+08:00",
    ),
    "datetime_": lambda _: (
        "为日期时间，如 2026-11-03T09:00:00+08:00",
        "be a date and time like 2026-11-03T09:00:00+08:00",
    ),
    "date_": lambda _: ("为日期，如 2026-10-31", "be a date like 2026-10-31"),
    "greater_than_equal": lambda context: (f"不小于 {context['ge']:g}", f"be {context['ge']:g} or more"),
    "greater_than": lambda context: (f"大于 {context['gt']:g}", f"be above {context['gt']:g}"),
    "less_than_equal": lambda context: (f"不大于 {context['le']:g}", f"be {context['le']:g} or less"),
    "less_than": lambda context: (f"小于 {context['lt']:g}", f"be below {context['lt']:g}"),
    "too_short": lambda context: (f"至少有 {context['min_length']} 项", f"have {context['min_length']} items or more"),
    "too_long": lambda context: (f"至多有 {context['max_length']} 项", f"have {context['max_length']} items or fewer"),
    ("list_type", "tuple_type"): lambda _: (
        "为列表，写成 [甲, 乙] 或每项一行、以“- ”开头",
        "be a list, written [one, two] or one item a line after '- '",
    ),
}
"""Type of fault, as pydantic begins its name → what the value should be; the first that fits."""


def _fields(spec: Any, steps: Sequence[int | str]) -> list[str]:
    """The names of the fields that the models at a place have, as they are written."""
    return list(dict.fromkeys(name for one in _kinds(spec, steps) for name in _members(one)))


def _values(spec: Any, steps: Sequence[int | str]) -> list[str]:
    """The values that are listed of a place."""
    kinds = _kinds(spec, steps)
    listed = [value for one in kinds if get_origin(one) is Literal for value in get_args(one)]
    return [
        *map(str, listed),
        *(str(member.value) for one in kinds if isinstance(one, type) and issubclass(one, Enum) for member in one),
    ]


def _kinds(spec: Any, steps: Sequence[int | str]) -> list[Any]:
    """The alternatives that are allowed at a place."""
    at = _ways(spec)
    for step in steps:
        at = [way for one in at for inner in _inside(one, step) for way in _ways(inner)]
    return at


def _ways(kind: Any) -> list[Any]:
    """The alternatives that an annotation allows."""
    if get_origin(kind) is Annotated:
        return _ways(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [way for one in get_args(kind) for way in _ways(one)]
    return [kind]


def _members(kind: Any) -> dict[str, Any]:
    """Field → its annotation; nothing where `kind` has no fields."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return {}


def _inside(kind: Any, step: int | str) -> list[Any]:
    """The annotation of what is at `step` in a value of `kind`."""
    if get_origin(kind) is dict:
        return [get_args(kind)[1]]
    if get_origin(kind) in (tuple, list):
        return [get_args(kind)[0]]
    return [inner for name, inner in _members(kind).items() if name == step]
