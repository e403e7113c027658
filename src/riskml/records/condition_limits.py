"""Whether what a condition asks of its columns can be true at once: codes, bounds and blanks that exclude each
other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from riskml.core.validation import Words
from riskml.records.tables import Column

_MIRRORED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}


@dataclass
class _Limits:
    """What is left of a column after some conditions on it."""

    values: set[str] | None
    low: float = -math.inf
    high: float = math.inf
    open_ended: set[float] = field(default_factory=set)
    blank: bool | None = None

    @property
    def impossible(self) -> bool:
        """Whether nothing is left."""
        empty = self.values is not None and not self.values
        return empty or self.low > self.high or (self.low == self.high and self.low in self.open_ended)


def contradiction(condition: exp.Expression, columns: Mapping[str, Column]) -> Words | None:
    """Why `condition`, of checked columns and types, is never true; None where it may be.

    Every branch of an OR is looked at: one that is never true is not meant. What stands under NOT, in functions or
    between two columns is not followed.
    """
    if isinstance(condition, exp.Paren):
        return contradiction(condition.this, columns)
    if isinstance(condition, exp.Or):
        return contradiction(condition.this, columns) or contradiction(condition.expression, columns)
    limits: dict[str, _Limits] = {}
    for one in _together(condition):
        if isinstance(one, exp.Or):
            if told := contradiction(one, columns):
                return told
        elif one == exp.false() or (isinstance(one, exp.Not) and one.this.unnest() == exp.true()):
            return "条件是 false", "the condition is false"
        else:
            told = _narrow(one, columns, limits)
            if told:
                return told
    return None


def _together(condition: exp.Expression) -> Iterator[exp.Expression]:
    """The conditions that AND joins."""
    if isinstance(condition, exp.Paren):
        yield from _together(condition.this)
    elif isinstance(condition, exp.And):
        yield from _together(condition.this)
        yield from _together(condition.expression)
    else:
        yield condition


def _narrow(one: exp.Expression, columns: Mapping[str, Column], limits: dict[str, _Limits]) -> Words | None:
    """Take a condition on one column into its limits; what it leaves nothing of, or None."""
    negated = isinstance(one, exp.Not)
    found: exp.Expression = one.this.unnest() if negated else one
    if not negated and isinstance(found, exp.GT | exp.LT):
        late, early = (found.this, found.expression) if isinstance(found, exp.GT) else (found.expression, found.this)
        if (
            isinstance(late, exp.Column)
            and early.sql() == "as_of"
            and columns[late.name].type == "date"
            and columns[late.name].required
        ):
            return f"{late.name} 从不晚于基准日", f"{late.name} is never after the as-of date"
    if isinstance(found, exp.Column):
        found = exp.EQ(this=found, expression=exp.Boolean(this=True))
    elif isinstance(found, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE) and isinstance(
        found.expression, exp.Column
    ):
        found = _MIRRORED.get(type(found), type(found))(this=found.expression, expression=found.this)
    if not isinstance(found, exp.Is | exp.In | exp.Between | exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        return None
    subject = found.this
    if not isinstance(subject, exp.Column):
        return None
    column = columns[subject.name]
    left = limits.setdefault(subject.name, _Limits(_all_values(column)))
    blank = isinstance(found, exp.Is) and isinstance(found.expression, exp.Null) and not negated
    if (blank and column.required) or (left.blank is not None and left.blank != blank):
        if column.required:
            return f"{subject.name} 从不为空", f"{subject.name} is never blank"
        return f"{subject.name} 不会同时为空又不为空", f"{subject.name} is not blank and something else at once"
    left.blank = blank
    _restrict(left, found, negated)
    if left.impossible:
        return f"对 {subject.name} 的几个条件互相排斥", f"the conditions on {subject.name} exclude each other"
    return None


def _restrict(left: _Limits, found: exp.Expression, negated: bool) -> None:
    literals = [
        *found.expressions,
        *filter(None, (found.args.get("expression"), found.args.get("low"), found.args.get("high"))),
    ]
    if not all(isinstance(literal, exp.Literal | exp.Boolean | exp.Neg) for literal in literals):
        return
    named = {_named(literal) for literal in literals}
    equal = isinstance(found, exp.EQ | exp.In) or (
        isinstance(found, exp.Is) and not isinstance(found.expression, exp.Null)
    )
    if equal or isinstance(found, exp.NEQ):
        keep = equal != negated
        if left.values is not None:
            left.values = left.values & named if keep else left.values - named
        elif keep:
            left.values = named
            numbers = [float(name) for name in named if _is_number(name)]
            if numbers and len(numbers) == len(named):
                left.low, left.high = max(left.low, min(numbers)), min(left.high, max(numbers))
        return
    if negated or not all(_is_number(name) for name in named):
        return
    match found:
        case exp.Between():
            left.low = max(left.low, float(_named(found.args["low"])))
            left.high = min(left.high, float(_named(found.args["high"])))
        case exp.GT() | exp.GTE():
            _bound(left, float(_named(found.expression)), low=True, open_ended=isinstance(found, exp.GT))
        case exp.LT() | exp.LTE():
            _bound(left, float(_named(found.expression)), low=False, open_ended=isinstance(found, exp.LT))


def _bound(left: _Limits, value: float, *, low: bool, open_ended: bool) -> None:
    if low:
        left.low = max(left.low, value)
    else:
        left.high = min(left.high, value)
    if open_ended:
        left.open_ended.add(value)


def _all_values(column: Column) -> set[str] | None:
    if column.type == "flag":
        return {"true", "false"}
    return {_alike(code) for code in column.codes} if column.codes else None


def _named(literal: exp.Expression) -> str:
    if isinstance(literal, exp.Boolean):
        return "true" if literal.this else "false"
    return _alike(f"-{literal.this.name}" if isinstance(literal, exp.Neg) else literal.name)


def _alike(text: str) -> str:
    """The same text for every way to write a number."""
    return str(float(text)) if _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
