"""Grades by conditions over counts and points, and the check that every enterprise falls under exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

import duckdb
import numpy as np
import pyarrow as pa
import sqlglot
from numpy.typing import NDArray
from pydantic import Field, model_validator
from sqlglot import exp

from riskml.core.configuration import Entry, Identifier
from riskml.core.validation import ContentError
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.tables import Column, Label
from riskml.schemes.provisions import Article, Basis, GradeId, Text

_MOST_ROWS = 200_000
"""Combinations that are tried at most."""

_SHOWN = 3


class Awaits(Entry):
    """That a class waits for an officer, because the text has none for it.

    Parameters
    ----------
    id, label
        Of the question that the officer answers (``riskml decide --rule``).
    choices
        The grades that may be answered, the mildest first; the class's own grade, which is proposed and stands until
        then, is among them.
    tally
        The one whose records the answer rests on: it lapses when none of them counts any more.
    second_signature
        Whether a second person has to sign the answer.
    """

    id: Identifier
    label: Text
    choices: tuple[GradeId, ...] = Field(min_length=2)
    tally: Identifier
    second_signature: bool = False


class GradeClass(Entry):
    """When an enterprise has a grade: a condition over the tallies (and, of points, ``good`` and ``bad``).

    A grade may have several, each with what it says of an enterprise.

    Parameters
    ----------
    label
        The condition in words, as in "no record".
    text
        The text's own sentence.
    basis
        ``ours`` where the text has no class for such an enterprise, or not this condition.
    awaits
        Who falls under it waits for an officer; the grade is what is proposed.
    reading
        How the text is read: **ours**, and shown as ours.
    """

    grade: GradeId
    when: str
    label: Text | None = None
    article: Article | None = None
    text: Text | None = None
    basis: Basis = "text"
    awaits: Awaits | None = None
    reading: Text | None = None

    @model_validator(mode="after")
    def _answerable(self) -> GradeClass:
        if self.awaits is None:
            return self
        if self.article is None or self.text is None or self.reading is None or self.basis != "ours":
            raise ContentError(
                "等待人员认定的须写 article、text、reading 和 basis: ours",
                "what waits for an officer needs 'article', 'text', 'reading' and basis 'ours'",
                field="awaits",
            )
        if self.grade not in self.awaits.choices:
            raise ContentError(
                f"应含建议的等级 {self.grade}", f"must hold the grade proposed, {self.grade}", field="awaits.choices"
            )
        return self


def check_classes(classes: tuple[GradeClass, ...], counted: Iterable[str], points: Iterable[str]) -> None:
    """Refuse conditions that cannot be read, that leave somebody without a grade, or that give somebody two.

    Every combination of values around the numbers that the conditions name is tried.

    Parameters
    ----------
    counted, points
        The names they may use: whole numbers from 0 on, and points from 0 on.

    Raises
    ------
    ContentError
        With values for which no grade, or more than one, applies.
    """
    counted, points = tuple(counted), tuple(points)
    columns = {name: Column(name, "amount", Label(name, name)) for name in (*counted, *points)}
    for one in classes:
        check_expression(one.when, set(columns), field=f"classes.{one.grade}.when")
        check_types(one.when, columns, wanted=["flag"], field=f"classes.{one.grade}.when")
    values = _values(classes, counted, points)
    if int(np.prod([len(one) for one in values.values()])) > _MOST_ROWS:
        raise ContentError(
            "用到的计数和数字太多，无法逐一核对；请合并",
            "so many counts and numbers cannot be checked one by one; combine some",
            field="classes",
        )
    rows = list(product(*values.values()))
    tried = {name: np.array([row[place] for row in rows], dtype=np.float64) for place, name in enumerate(values)}
    holds = _holding(classes, tried)
    for wrong, zh, en in (
        (holds.sum(axis=1) == 0, "没有等级", "no grade"),
        (holds.sum(axis=1) > 1, "不止一个等级", "more than one grade"),
    ):
        if wrong.any():
            shown = [
                ", ".join(f"{name} {tried[name][row]:g}" for name in values)
                + (
                    f" → {'、'.join(one.grade for one, held in zip(classes, holds[row], strict=True) if held)}"
                    if holds[row].any()
                    else ""
                )
                for row in np.flatnonzero(wrong)[:_SHOWN]
            ]
            raise ContentError(f"这些情形{zh}：{'；'.join(shown)}", f"{en} for {'; '.join(shown)}", field="classes")


def class_held(classes: tuple[GradeClass, ...], totals: Mapping[str, float]) -> GradeClass:
    """The class that one enterprise falls under."""
    (place,) = class_places(classes, {name: np.array([total]) for name, total in totals.items()})
    return classes[int(place)]


def class_places(classes: tuple[GradeClass, ...], totals: Mapping[str, NDArray[np.float64]]) -> NDArray[np.int64]:
    """Which of the classes each of n enterprises falls under, shape (n,); `check_classes` has seen that it is exactly
    one.
    """
    places: NDArray[np.int64] = _holding(classes, totals).argmax(axis=1).astype(np.int64)
    return places


def _holding(classes: tuple[GradeClass, ...], totals: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Shape (n, classes): whether each condition holds."""
    rows = pa.table({name: pa.array(values) for name, values in totals.items()})
    asked = ", ".join(f"coalesce({one.when}, false) AS c{place}" for place, one in enumerate(classes))
    with duckdb.connect() as connection:
        connection.register("totals", rows)
        found = connection.sql(f"SELECT {asked} FROM totals").to_arrow_table()
    return np.column_stack([column.to_numpy() for column in found.columns])


def _values(
    classes: tuple[GradeClass, ...], counted: tuple[str, ...], points: tuple[str, ...]
) -> dict[str, list[float]]:
    """What is tried of every name that the conditions use: below, at and above every number in them."""
    used: set[str] = set()
    numbers = {0.0}
    for one in classes:
        parsed = sqlglot.parse_one(one.when, read="duckdb")
        used |= {column.name for column in parsed.find_all(exp.Column)}
        numbers |= {float(literal.name) for literal in parsed.find_all(exp.Literal) if not literal.is_string}
    near = sorted({value + step for value in numbers for step in (-1.0, 0.0, 1.0) if value + step >= 0})
    between = sorted({*near, *(value + 0.5 for value in near)})
    return {name: near if name in counted else between for name in (*counted, *points) if name in used}
