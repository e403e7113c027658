"""Reading the YAML files that people edit: validated as a whole, with errors that name file, entry and field."""

from __future__ import annotations

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from riskml.errors import ConfigurationError

Spec = TypeVar("Spec", bound=BaseModel)


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
        raise ConfigurationError(zh=f"{name} 不是有效的 YAML：{error}", en=f"{name} is not valid YAML: {error}") from error
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
