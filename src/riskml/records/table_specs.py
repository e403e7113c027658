"""What a file of a record table may say, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from riskml.core import yaml_text
from riskml.core.configuration import Entry, Identifier
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.validation import ContentError, nearest
from riskml.records.schema import DIMENSIONS, FOUNDED, LARGEST_AMOUNT, Column, ColumnType, Table, TableKind, TextForm

_BOUNDS: dict[ColumnType, tuple[int, int | None]] = {
    "amount": (0, LARGEST_AMOUNT),
    "share": (0, 1),
    "integer": (0, None),
}
"""What a number lies between unless its file says otherwise."""

_ONLY: dict[str, tuple[ColumnType, ...]] = {
    "codes": ("text",),
    "codes_of": ("text",),
    "form": ("text",),
    "minimum": ("integer", "amount", "share", "number"),
    "maximum": ("integer", "amount", "share", "number"),
    "planned": ("date",),
    "earliest": ("date",),
    "not_before": ("date",),
}
"""Field → the types of the columns that take it."""


class ColumnSpec(Entry):
    """A column as its file has it; the fields are those of `Column`.

    Parameters
    ----------
    codes_of
        The column, as ``table.column``, that it has its codes from.
    """

    id: Identifier
    label: Label
    type: ColumnType
    required: bool = False
    identity: bool = False
    codes: dict[Identifier, Label] | None = Field(default=None, min_length=1)
    codes_of: str | None = None
    form: TextForm = "plain"
    planned: bool = False
    minimum: int | None = None
    maximum: int | Literal["received"] | None = None
    earliest: date = FOUNDED
    not_before: Identifier | None = None

    @model_validator(mode="after")
    def _fitting(self) -> ColumnSpec:
        for field in sorted(self.model_fields_set & set(_ONLY)):
            if self.type not in _ONLY[field]:
                types = ", ".join(_ONLY[field])
                raise ContentError(
                    f"只用于类型 {types}，不用于 {self.type}",
                    f"is for columns of type {types}, not {self.type}",
                    field=field,
                )
        if self.codes is not None and self.codes_of is not None:
            raise ContentError("codes 和 codes_of 只能写一个", "give codes or codes_of, not both", field="codes_of")
        if self.form != "plain" and (self.codes or self.codes_of):
            raise ContentError("有代码的字段不写 form", "a column with codes takes no form", field="form")
        if self.type == "integer" and self.maximum is None:
            raise ContentError(
                "必须填写：超出多少是笔误", "is required: beyond which number it is a slip of the pen", field="maximum"
            )
        if self.type == "number" and (self.minimum is None) != (self.maximum is None):
            missing = "minimum" if self.minimum is None else "maximum"
            raise ContentError(
                "minimum 和 maximum 要么都写，要么都不写", "give both minimum and maximum, or neither", field=missing
            )
        least, most = self.bounds
        if least is not None and isinstance(most, int) and least > most:
            raise ContentError(f"不能大于 maximum（{most}）", f"is above the maximum of {most}", field="minimum")
        return self

    @property
    def bounds(self) -> tuple[int | None, int | Literal["received"] | None]:
        """The bounds of a number."""
        least, most = _BOUNDS.get(self.type, (None, None))
        return least if self.minimum is None else self.minimum, most if self.maximum is None else self.maximum

    def column(self, codes: dict[str, Label] | None) -> Column:
        """The column, with the codes that it has of its own or from another one."""
        minimum, maximum = self.bounds
        return Column(
            name=self.id,
            type=self.type,
            label=self.label,
            required=self.required,
            codes=codes,
            planned=self.planned,
            identity=self.identity,
            form=self.form,
            minimum=minimum,
            maximum=maximum,
            earliest=self.earliest,
            not_before=self.not_before,
        )


class TableSpec(Entry):
    """One file: a table, or columns that are added to a shipped one, which has label, dimension, kind and subject
    already.

    Parameters
    ----------
    counts
        The flag without which a record counts nothing, by law.
    """

    table: Identifier
    label: Label | None = None
    dimension: str | None = None
    kind: TableKind | None = None
    subject: Identifier | None = None
    counts: Identifier | None = None
    columns: tuple[ColumnSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_dimension(self) -> TableSpec:
        if self.dimension is not None and self.dimension not in {*DIMENSIONS, "any"}:
            zh, en = nearest(self.dimension, DIMENSIONS)
            raise ContentError(
                f"没有维度 {self.dimension!r}{zh}", f"there is none called {self.dimension!r}{en}", field="dimension"
            )
        return self

    def new_table(self, columns: tuple[Column, ...]) -> Table:
        """The table of a file that has label, dimension and kind."""
        assert self.label is not None
        assert self.dimension is not None
        assert self.kind is not None
        return Table(
            self.table, self.dimension, self.kind, self.label, columns, self.subject or "enterprise_id", self.counts
        )


@dataclass(frozen=True)
class TableFile:
    """A file, by the name that messages call it, with its text."""

    name: str
    text: str
    spec: TableSpec

    def fault(self, at: Sequence[int | str], zh: str, en: str) -> ConfigurationError:
        """What is wrong at a place of it, with the line."""
        line = yaml_text.line_of(self.text, at)
        return ConfigurationError(
            zh=f"{self.name} 第 {line} 行 {at[-1]}：{zh}。", en=f"{self.name}, line {line}, field {at[-1]}: {en}."
        )
