"""Reading the YAML files that people edit: validated as a whole, with errors that name file, entry and field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from riskml.errors import ConfigurationError

Spec = TypeVar("Spec", bound=BaseModel)


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
            zh=f"{path} 无法读取：{error.strerror}。", en=f"{path} cannot be read: {error.strerror}."
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
        With one line per fault: the place (ids in the place of list positions), and what would be right.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        fault = str(error).replace(' in "<unicode string>",', "")
        raise ConfigurationError(zh=f"{name} 不是有效的 YAML：{fault}", en=f"{name} is not valid YAML: {fault}") from error
    if raw is None:
        raise ConfigurationError(zh=f"{name} 是空的。", en=f"{name} is empty.")
    try:
        return spec.model_validate(raw)
    except ValidationError as error:
        lines = "; ".join(f"{_place(raw, fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise ConfigurationError(zh=f"{name} 不正确：{lines}", en=f"{name} is not valid: {lines}") from error


def _place(raw: Any, location: tuple[int | str, ...]) -> str:
    parts = []
    for step in location:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            raw = None
        named = raw if isinstance(raw, dict) and isinstance(step, int) else {}
        parts.append(str(named.get("id") or named.get("grade") or step))
    return ".".join(parts) or "file"
