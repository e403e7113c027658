"""What is computed, as the values that JSON has."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any


def json_values(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists; a number that could not be computed (NaN, infinite) is None.

    >>> json_values({"auc": (0.7, float("nan"))})
    {'auc': [0.7, None]}
    """
    if is_dataclass(value):
        return {field.name: json_values(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(name): json_values(inner) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [json_values(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
