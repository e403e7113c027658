"""Columns of what leaves the system: name, labels, type and unit in one place for headers, schemas and data types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from riskml.records.tables import Label

FieldType = Literal["text", "list", "integer", "number", "flag", "date"]
"""A list is one of texts."""

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(), "list": pa.list_(pa.string()), "integer": pa.int64(), "number": pa.float64(),
    "flag": pa.bool_(), "date": pa.date32(),
}  # fmt: skip

POINTS = Label("分", "points")


@dataclass(frozen=True)
class Field:
    """One column.

    Parameters
    ----------
    unit
        Of a number; None where it counts nothing.
    required
        Whether every row has a value.
    codes
        What a text (or every entry of a list) may be, with its meaning; None where that is open.
    """

    name: str
    type: FieldType
    label: Label
    unit: Label | None = None
    required: bool = True
    codes: dict[str, Label] | None = None

    @property
    def header(self) -> str:
        """How a person finds it at the head of a column."""
        return self.label.said


def text(name: str, zh: str, en: str, *, required: bool = True, codes: dict[str, Label] | None = None) -> Field:
    """A text, or a code where there are `codes`."""
    return Field(name, "text", Label(zh, en), required=required, codes=codes)


def score(name: str, zh: str, en: str, *, required: bool = True) -> Field:
    """A number of points on the scheme's score scale."""
    return Field(name, "number", Label(zh, en), POINTS, required=required)


def described(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The fields as plain JSON values, for the head of a JSON file."""
    return [
        {
            "name": field.name,
            "label": vars(field.label),
            "type": field.type,
            "unit": None if field.unit is None else vars(field.unit),
            "required": field.required,
            "codes": None if field.codes is None else {code: vars(label) for code, label in field.codes.items()},
        }
        for field in fields
    ]
