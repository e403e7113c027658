"""Reading the files that people edit: bounded, validated as a whole, with errors that name file, entry and field."""

from __future__ import annotations

import json
import os
import stat
import types
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, model_validator

from riskml.core import yaml_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, Spec, instead, matching, validated

LONGEST = 2 * 2**20
"""Bytes of a file that people edit; the longest one that is shipped has a sixtieth of that."""

Identifier = Annotated[
    str,
    matching(
        "[a-z][a-z0-9_]*",
        "小写英文字母开头、只含小写字母、数字和下划线的编号",
        "an identifier of lower-case letters, digits and _ that begins with a letter",
    ),
]


_KINDS = {"number": ("数字", "a number"), "date": ("日期，如 2026-10-31", "a date like 2026-10-31")}


class Entry(BaseModel):
    """A part of a file that people edit: unknown fields, numbers without end and flags in the place of numbers are
    refused.

    Nothing changes after it is read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _of_its_kind(cls, content: object) -> object:
        """Pydantic would take true for 1, and a number for the seconds since 1970."""
        fields = cls.model_fields.items() if isinstance(content, dict) else ()
        for name, field in fields:
            written = field.alias or name
            value = content.get(written)  # type: ignore[attr-defined]
            if kind := _other_kind(field.annotation, value):
                zh, en = _KINDS[kind]
                value_zh, value_en = instead(value)
                raise ContentError(f"应为{zh}，{value_zh}", f"should be {en}, {value_en}", field=written)
        return content

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values; what follows from values (`functools.cached_property`) is not taken over
        with it.
        """
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields:
            del copied.__dict__[name]
        return copied


def _other_kind(annotation: Any, value: object) -> str | None:
    """What `value`, a flag or a number, should be; None where it is of the right kind, or another validator says so."""
    if get_origin(annotation) is Annotated:
        return _other_kind(get_args(annotation)[0], value)
    ways = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    ways = tuple(get_args(way)[0] if get_origin(way) is Annotated else way for way in ways)
    if isinstance(value, bool):
        return "number" if any(way in (int, float) for way in ways) and bool not in ways else None
    if isinstance(value, int | float):
        return "date" if date in ways else None
    if isinstance(value, list | dict):
        inner = [
            get_args(way)[-1 if isinstance(value, dict) else 0]
            for way in ways
            if get_origin(way) in (tuple, list, dict)
        ]
        entries: Iterable[object] = value.values() if isinstance(value, dict) else value
        return next((kind for one in inner for entry in entries if (kind := _other_kind(one, entry))), None)
    return None


def read_bytes(path: Path, at_most: int = LONGEST) -> bytes:
    """The content of a file of at most so many bytes.

    Raises
    ------
    ConfigurationError
        Where it is not there, is no ordinary file (a pipe would be waited for), is longer, or cannot be read.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigurationError(
                    zh=f"{path} 不是普通文件，无法读取。", en=f"{path} is no ordinary file and cannot be read."
                )
            content = file.read(at_most + 1)
    except FileNotFoundError as error:
        raise ConfigurationError(zh=f"{path} 不存在。", en=f"{path} does not exist.") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            zh=f"{path} 无法读取；请检查它是不是文件、是否有读取权限。",
            en=f"{path} cannot be read ({said}); check that it is a file and that you may read it.",
        ) from error
    if len(content) > at_most:
        size = f"{at_most / 2**20:g} MiB"
        raise ConfigurationError(
            zh=f"{path} 超过 {size}，不会读取；请检查它是不是应有的文件。",
            en=f"{path} has more than {size} and is not read; check that it is the file it should be.",
        )
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def read_text(path: Path) -> str:
    """The text of a file that people edit, without a byte-order mark.

    Raises
    ------
    ConfigurationError
        As `read_bytes`, and where it is not UTF-8.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
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
        With every fault: its line and place (ids in the place of list positions), the value, and what would be right.
    """
    try:
        raw = yaml_text.load(text)
    except ContentError as error:
        raise ConfigurationError(
            zh=f"{name} 无法读取：{error.zh}。", en=f"{name} cannot be read: {error.en}."
        ) from error
    if raw is None:
        raise ConfigurationError(zh=f"{name} 是空的。", en=f"{name} is empty.")
    try:
        return validated(spec, raw, line_of=partial(yaml_text.line_of, text))
    except ContentError as error:
        raise ConfigurationError(zh=f"{name} 不正确：{error.zh}。", en=f"{name} is not valid: {error.en}.") from error


def parse_json(content: bytes, name: str) -> Any:
    """The content of a JSON text, whoever wrote it.

    Parameters
    ----------
    name
        What errors call it.

    Raises
    ------
    ConfigurationError
        Where it is no JSON or not UTF-8, names a field twice, holds NaN or Infinity, or has more levels than can be
        read.
    """
    try:
        return json.loads(content, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError as error:
        raise ConfigurationError(
            zh=f"{name} 的层次太多。", en=f"{name} has too many levels within each other."
        ) from error
    except ValueError as error:
        at = f"（第 {error.lineno} 行第 {error.colno} 列）" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigurationError(
            zh=f"{name} 不是有效的 JSON{at}。", en=f"{name} is not valid JSON: {error}."
        ) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is given twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
