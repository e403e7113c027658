"""SQL expressions that analysts write in YAML: parsed, checked against an allow-list, never trusted.

An expression may use the columns of its relation, constants, arithmetic, comparisons, CASE and the
functions below. Anything else (a subquery, a file, an unknown function) is refused.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Like, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Ln, exp.Exp, exp.Sqrt,
    exp.DateDiff, exp.Year, exp.Month, exp.Length, exp.Left, exp.Substring, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Tuple,
)  # fmt: skip


def check_expression(text: str, columns: set[str], *, qualifier: str | None = None) -> str:
    """The expression as DuckDB SQL, with every column checked (and qualified where asked).

    Raises
    ------
    ValueError
        Quoting the expression and naming what is not allowed in it.

    >>> check_expression("severity <> 'warning' AND fine > 5", {"severity", "fine"}, qualifier="r")
    "r.severity <> 'warning' AND r.fine > 5"
    >>> check_expression("fine > (SELECT 1)", {"fine"})
    Traceback (most recent call last):
        ...
    ValueError: in 'fine > (SELECT 1)': Subquery is not allowed here
    """
    try:
        parsed = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise ValueError(f"{text!r} is not a SQL expression: {str(error).splitlines()[0]}") from error
    for node in parsed.walk():
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"in {text!r}: {type(node).__name__} is not allowed here")
        if isinstance(node, exp.Column):
            if node.table or node.name not in columns:
                raise ValueError(f"in {text!r}: there is no column {node.sql()!r}; there are {', '.join(sorted(columns))}")
            if qualifier is not None:
                node.set("table", exp.to_identifier(qualifier))
    return str(parsed.sql(dialect="duckdb"))


def names_used(text: str) -> frozenset[str]:
    """The columns that a checked expression reads.

    >>> sorted(names_used("(fine + 1) / greatest(visits, 1)"))
    ['fine', 'visits']
    """
    return frozenset(column.name for column in sqlglot.parse_one(text, read="duckdb").find_all(exp.Column))
