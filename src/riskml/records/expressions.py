"""SQL expressions that analysts write in YAML: parsed, checked against an allow-list, never trusted.

An expression may use the columns of its relation, constants, arithmetic, comparisons, CASE and the
functions below. Anything else (a subquery, a file, an unknown function) is refused.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from riskml.core.checked import was_checked
from riskml.core.validation import ContentError, Words, nearest

_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between,
    exp.Like, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Ln, exp.Exp,
    exp.Sqrt,
    exp.DateDiff, exp.Year, exp.Month, exp.Length, exp.Left, exp.Substring, exp.Cast, exp.DataType, exp.DataTypeParam,
    exp.Interval, exp.Var, exp.Tuple,
)  # fmt: skip


def check_expression(text: str, columns: set[str], *, field: str = "", qualifier: str | None = None) -> str:
    """The expression as DuckDB SQL, with every column checked (and qualified where asked).

    Parameters
    ----------
    field
        Where it stands, for the error.

    Raises
    ------
    ContentError
        Quoting the expression and naming what is not allowed in it.

    >>> check_expression("severity <> 'warning' AND fine > 5", {"severity", "fine"}, qualifier="r")
    "r.severity <> 'warning' AND r.fine > 5"
    >>> check_expression("fine > (SELECT 1)", {"fine"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    riskml.core.validation.ContentError: in 'fine > (SELECT 1)': '(SELECT 1)' is not allowed, only columns, ...
    """
    return text if qualifier is None and was_checked() else _checked(text, frozenset(columns), field, qualifier)


# A running process asks for the same few hundred again and again: parsing them is a tenth of grading one enterprise.
@lru_cache(maxsize=4096)
def _checked(text: str, columns: frozenset[str], field: str, qualifier: str | None) -> str:
    """As `check_expression`."""
    try:
        parsed = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        zh, en = sql_fault(error)
        raise ContentError(
            f"{text!r} 不是 SQL 表达式，{zh}", f"{text!r} is not a SQL expression: {en}", field=field
        ) from error
    except RecursionError as error:
        shown = f"{text[:40]}…"
        raise ContentError(f"{shown!r} 嵌套太深", f"{shown!r} is nested too deeply", field=field) from error
    for node in parsed.walk():
        if not isinstance(node, _ALLOWED):
            used = node.sql("duckdb")
            raise ContentError(
                f"{text!r} 中不能用 {used!r}，只能用字段、常数、四则运算、比较、CASE 和少数函数",
                f"in {text!r}: {used!r} is not allowed, only columns, constants, arithmetic, comparisons, CASE and a "
                "few functions",
                field=field,
            )
        if isinstance(node, exp.Column):
            if node.table or node.name not in columns:
                zh, en = nearest(node.sql(), sorted(columns))
                raise ContentError(
                    f"{text!r} 中没有字段 {node.sql()!r}（文字要用单引号）{zh}",
                    f"in {text!r}: there is no column {node.sql()!r} (put texts in single quotes){en}",
                    field=field,
                )
            if qualifier is not None:
                node.set("table", exp.to_identifier(qualifier))
    return str(parsed.sql(dialect="duckdb"))


@lru_cache(maxsize=4096)
def names_used(text: str) -> frozenset[str]:
    """The columns that a checked expression reads.

    >>> sorted(names_used("(fine + 1) / greatest(visits, 1)"))
    ['fine', 'visits']
    """
    return frozenset(column.name for column in sqlglot.parse_one(text, read="duckdb").find_all(exp.Column))


def sql_fault(error: SqlglotError) -> Words:
    """Line, column and what stands there; the parser's own message has its inner names and a terminal's underlining in
    it.
    """
    if not isinstance(error, ParseError) or not error.errors:
        return (
            "引号或括号没有成对，或含有不能用的字符",
            "quotation marks or brackets are not closed, or a character is not allowed",
        )
    first = error.errors[0]
    return (
        f"第 {first['line']} 行第 {first['col']} 列 {first['highlight']!r} 处写法有误",
        f"line {first['line']}, column {first['col']}, at {first['highlight']!r}",
    )
