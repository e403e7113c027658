"""What a checked expression can be: the type of every part of it, and whether a condition can ever hold.

A condition on a code that does not exist, on a date compared with a text, or on two things that exclude each other runs
without an error and never holds: what rests on it is silent for ever. Such expressions are refused where they are
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlglot
from sqlglot import exp

from riskml.core.checked import was_checked
from riskml.core.validation import ContentError, nearest
from riskml.records.condition_limits import contradiction
from riskml.records.tables import Column, ColumnType

Type = Literal["text", "number", "date", "flag", "interval"]

TYPE_OF: dict[ColumnType, Type] = {
    "text": "text", "date": "date", "integer": "number", "amount": "number", "share": "number", "number": "number",
    "flag": "flag",
}  # fmt: skip

_NAMES: dict[Type, tuple[str, str]] = {
    "text": ("文字", "a text"), "number": ("数字", "a number"), "date": ("日期", "a date"),
    "flag": ("是否", "true or false"),
    "interval": ("时长", "a length of time"),
}  # fmt: skip

_TARGETS: dict[str, Type] = {
    "INT": "number", "BIGINT": "number", "DOUBLE": "number", "DECIMAL": "number", "VARCHAR": "text", "TEXT": "text",
    "DATE": "date",
    "BOOLEAN": "flag",
}  # fmt: skip
"""What may be cast to, by sqlglot's names."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like)
_ARITHMETIC = (exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round, exp.Ln, exp.Exp, exp.Sqrt)


@dataclass(frozen=True)
class _Part:
    """What a part of an expression is.

    Parameters
    ----------
    type
        None where any type fits (NULL).
    values
        The texts or whole numbers that it can be, in the order they are listed; None where that is open.
    """

    type: Type | None
    values: tuple[str, ...] | None = None


def check_types(text: str, columns: Mapping[str, Column], *, wanted: Iterable[Type] = (), field: str = "") -> None:
    """Refuse an expression, its columns checked before, that fails when it runs or cannot say what it seems to say.

    Parameters
    ----------
    columns
        Name → column. The `codes` of a column, of a number too, are all it can be.
    wanted
        What the whole may be; anything where empty. Of a condition (``flag``) it is also asked whether it can hold.
    field
        Where it stands, for the error.

    Raises
    ------
    ContentError
        Quoting the expression, and the part of it that is wrong.

    >>> from riskml.records.tables import TABLES
    >>> columns = {column.name: column for column in TABLES["penalty"].columns}
    >>> check_types("severity = 'moderat'", columns, wanted=["flag"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    riskml.core.validation.ContentError: in "severity = 'moderat'": severity is never 'moderat', did you mean ...
    """
    if was_checked():
        return
    parsed = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(parsed, exp.Expression)
    try:
        found = _Checker(columns).part(parsed).type
        wanted = tuple(wanted)
        if wanted and found not in (*wanted, None):
            zh, en = "或".join(_NAMES[one][0] for one in wanted), " or ".join(_NAMES[one][1] for one in wanted)
            given = _NAMES[found]  # type: ignore[index]
            raise ContentError(f"应得出{zh}，现在得出{given[0]}", f"should give {en} and gives {given[1]}")
        if "flag" in wanted and (never := contradiction(parsed, columns)):
            raise ContentError(f"永远不会成立：{never[0]}", f"it can never hold: {never[1]}")
    except ContentError as error:
        raise ContentError(f"{text!r} 中，{error.zh}", f"in {text!r}: {error.en}", field=field) from error


@dataclass(frozen=True)
class _Checker:
    columns: Mapping[str, Column]

    def part(self, node: exp.Expression) -> _Part:
        """What `node` is; a ContentError where a part of it cannot be."""
        match node:
            case exp.Paren():
                return self.part(node.this)
            case exp.Column():
                column = self.columns[node.name]
                return _Part(TYPE_OF[column.type], tuple(column.codes) if column.codes else None)
            case exp.Literal():
                return _Part("text" if node.is_string else "number", (node.name,))
            case exp.Boolean():
                return _Part("flag")
            case exp.Null():
                return _Part(None)
            case exp.Interval():
                return self._interval(node)
            case exp.Cast():
                return self._cast(node)
            case exp.And() | exp.Or() | exp.Not():
                for side in filter(None, (node.this, node.args.get("expression"))):
                    self._of_type(side, "flag")
                return _Part("flag")
            case exp.Is():
                self.part(node.this)
                return _Part("flag")
            case exp.In() | exp.Between() | exp.Case() | exp.If():
                return self._choice(node)
            case exp.Add() | exp.Sub():
                return self._sum(node)
            case exp.Coalesce() | exp.Greatest() | exp.Least() | exp.Nullif():
                return self._alike([node.this, *node.expressions, *filter(None, [node.args.get("expression")])])
            case exp.DateDiff():
                self._of_type(node.this, "date")
                self._of_type(node.expression, "date")
                return _Part("number")
            case exp.Year() | exp.Month():
                self._of_type(node.this, "date")
                return _Part("number")
            case exp.Length() | exp.Left() | exp.Substring():
                self._of_type(node.this, "text")
                return _Part("number" if isinstance(node, exp.Length) else "text")
            case _ if isinstance(node, _COMPARISONS):
                self._compare(node.this, [node.expression], like=isinstance(node, exp.Like))
                return _Part("flag")
            case _ if isinstance(node, _ARITHMETIC):
                for side in filter(None, (node.this, node.args.get("expression"))):
                    self._of_type(side, "number")
                return _Part("number")
        raise ContentError(f"不能这样用 {node.sql('duckdb')}", f"{node.sql('duckdb')} cannot be used so")

    def _choice(self, node: exp.Expression) -> _Part:
        if isinstance(node, exp.In):
            self._compare(node.this, node.expressions)
        elif isinstance(node, exp.Between):
            self._compare(node.this, [node.args["low"], node.args["high"]])
        else:
            branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
            if isinstance(node, exp.Case) and node.this is not None:
                self._compare(node.this, [branch.this for branch in branches])
            else:
                for branch in branches:
                    self._of_type(branch.this, "flag")
            other = node.args.get("default") or node.args.get("false")
            return self._alike([*(branch.args["true"] for branch in branches), *filter(None, [other])])
        return _Part("flag")

    def _sum(self, node: exp.Expression) -> _Part:
        one, other = self.part(node.this), self.part(node.expression)
        types = {one.type, other.type} - {None}
        if types <= {"number"}:
            return _Part("number")
        if (types == {"date", "interval"} and other.type == "interval") or (
            types == {"date", "interval"} and isinstance(node, exp.Add)
        ):
            return _Part("date")
        if types == {"date"} and isinstance(node, exp.Sub):
            return _Part("number")
        raise _mixed(node, one.type, other.type)

    def _compare(self, one: exp.Expression, others: list[exp.Expression], *, like: bool = False) -> None:
        """Refuse a comparison of different types, with NULL, or of values that are never equal."""
        left = self.part(one)
        for other in others:
            right = self.part(other)
            if left.type is None or right.type is None:
                shown = (one if right.type is None else other).sql("duckdb")
                raise ContentError(
                    f"与 NULL 比较永远不成立；请写 {shown} IS NULL 或 IS NOT NULL",
                    f"nothing compares with NULL; write {shown} IS NULL or IS NOT NULL",
                )
            if left.type != right.type or (like and left.type != "text"):
                raise _mixed(exp.EQ(this=one.copy(), expression=other.copy()), left.type, right.type, one, other)
            if (
                left.values is None
                or right.values is None
                or not isinstance(one.parent, exp.EQ | exp.NEQ | exp.In | exp.Case | exp.Like)
            ):
                continue
            met = (
                any(_like(value, pattern) for value in left.values for pattern in right.values)
                if like
                else set(left.values) & set(right.values)
            )
            if not met:
                (coded, told), literal = (
                    ((left, one), other) if len(left.values) >= len(right.values) else ((right, other), one)
                )
                zh, en = nearest(literal.name, coded.values or ())
                shown = told.sql("duckdb")
                raise ContentError(
                    f"{shown} 没有 {literal.sql('duckdb')}{zh}", f"{shown} is never {literal.sql('duckdb')}{en}"
                )

    def _alike(self, nodes: list[exp.Expression]) -> _Part:
        """What a value is that is one of `nodes`."""
        parts = [self.part(node) for node in nodes]
        known = [(part.type, node) for part, node in zip(parts, nodes, strict=True) if part.type is not None]
        for kind, node in known[1:]:
            if kind != known[0][0]:
                raise _mixed(
                    exp.EQ(this=known[0][1].copy(), expression=node.copy()), known[0][0], kind, known[0][1], node
                )
        values = [part.values for part in parts if part.type is not None]
        together = tuple(dict.fromkeys(value for one in values for value in one or ()))
        return _Part(known[0][0] if known else None, None if None in values else together)

    def _of_type(self, node: exp.Expression, wanted: Type) -> None:
        found = self.part(node).type
        if found not in (wanted, None):
            zh, en = _NAMES[wanted]
            shown = node.sql("duckdb")
            raise ContentError(
                f"{shown} 应为{zh}，却是{_NAMES[found][0]}{_CURE.get((found, wanted), _NONE)[0]}",
                f"{shown} should be {en} and is {_NAMES[found][1]}{_CURE.get((found, wanted), _NONE)[1]}",
            )

    def _cast(self, node: exp.Cast) -> _Part:
        target = _TARGETS.get(node.to.this.name)
        if target is None:
            raise ContentError(
                f"不能转换为 {node.to.sql('duckdb')}，可用 INTEGER、BIGINT、DOUBLE、DECIMAL、VARCHAR、DATE、BOOLEAN",
                f"{node.to.sql('duckdb')} is no type to cast to; there are INTEGER, BIGINT, DOUBLE, DECIMAL, VARCHAR, "
                "DATE, BOOLEAN",
            )
        given = self.part(node.this)
        shown = node.this.sql("duckdb")
        if isinstance(node.this, exp.Literal) and target == "date":
            if _is_day(node.this.name):
                return _Part("date")
            raise ContentError(
                f"没有 {shown} 这一日，日期如 DATE '2026-01-31'",
                f"there is no day {shown}; a date is like DATE '2026-01-31'",
            )
        if given.type == "text" and target != "text" and not isinstance(node, exp.TryCast):
            zh, en = _NAMES[target]
            raise ContentError(
                f"文字 {shown} 不一定能转换为{zh}，遇到不能转换的值计算会中断；请写 TRY_CAST({shown} AS "
                f"{node.to.sql('duckdb')})，转换不了的值为未知",
                f"not every text of {shown} is {en}, and one that is not stops the computation; write TRY_CAST({shown} "
                f"AS {node.to.sql('duckdb')}), "
                "by which such a value cannot be known",
            )
        if target != "text" and given.type not in (target, "text", "flag" if target == "number" else target, None):
            raise _mixed(node, given.type, target)
        return _Part(target, given.values if target == given.type else None)

    def _interval(self, node: exp.Interval) -> _Part:
        if (
            str(node.args.get("unit")).upper() not in {"DAY", "WEEK", "MONTH", "YEAR"}
            or not str(node.this.name).isdecimal()
        ):
            raise ContentError(
                f"时长 {node.sql('duckdb')} 应如 INTERVAL 90 DAY，单位为 DAY、WEEK、MONTH、YEAR",
                f"{node.sql('duckdb')} should be like INTERVAL 90 DAY, in DAY, WEEK, MONTH or YEAR",
            )
        return _Part("interval")


_NONE = ("", "")
_CURE: dict[tuple[Type | None, Type], tuple[str, str]] = {
    ("flag", "number"): ("，请写 CAST(… AS INTEGER)", "; write CAST(… AS INTEGER)"),
    ("text", "date"): ("，日期写成 DATE '2026-01-31'", "; write a date as DATE '2026-01-31'"),
    ("text", "number"): ("，数字不加引号", "; a number has no quotation marks"),
    ("number", "text"): ("，文字要加单引号", "; put a text in single quotes"),
}


def _mixed(
    node: exp.Expression,
    one: Type | None,
    other: Type | None,
    left: exp.Expression | None = None,
    right: exp.Expression | None = None,
) -> ContentError:
    """That two types do not go together; with the cure where one of them is a literal."""
    cure = _NONE
    if one is not None and other is not None:
        literal = isinstance(left, exp.Literal)
        cure = (
            _CURE.get((one, other) if literal else (other, one), _NONE)
            if literal or isinstance(right, exp.Literal)
            else _NONE
        )
    names = [_NAMES[kind] if kind else ("NULL", "NULL") for kind in (one, other)]
    shown = node.sql("duckdb") if left is None or right is None else f"{left.sql('duckdb')}, {right.sql('duckdb')}"
    return ContentError(
        f"{shown} 把{names[0][0]}与{names[1][0]}放在一起{cure[0]}",
        f"{shown} puts {names[0][1]} and {names[1][1]} together{cure[1]}",
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _like(value: str, pattern: str) -> bool:
    """Whether a text is LIKE a pattern of ``%`` and ``_``.

    >>> _like("serious", "ser%"), _like("serious", "_er"), _like("a", "a"), _like("a" * 30, "%a" * 30 + "b")
    (True, False, True, False)
    """
    reached = {0}
    """How much of the value what was read of the pattern can stand for."""
    for mark in pattern:
        if mark == "%":
            reached = set(range(min(reached, default=len(value) + 1), len(value) + 1))
        else:
            reached = {place + 1 for place in reached if place < len(value) and mark in ("_", value[place])}
    return len(value) in reached
