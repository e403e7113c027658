"""DuckDB's SQL as Spark's: sqlglot's translation, and the few things it leaves different.

A statement becomes steps, because Spark computes a WITH query anew wherever it is named: each becomes a relation of its
own, so that one that is read twice can be kept. What is rewritten, and why:

==============================  ======================================================================================
``a / b``                       DuckDB divides doubles, whatever the types; Spark keeps decimals and rounds them.
                                By zero DuckDB gives an infinity (or NaN), Spark stops.
``CAST(x AS INTEGER)``          DuckDB rounds, Spark truncates.
``date_diff('month', a, b)``    DuckDB counts the months' boundaries between the days, Spark whole months; years alike.
``arg_max_null(a, b)``          ``max_by(a, b)``; sqlglot does not know it.
``CAST('0x' || h AS UINTEGER)`` ``conv(h, 16, 10)``: a number written in hexadecimal (the buckets of enterprises).
``QUALIFY``                     A subquery and a WHERE; the window's own column is kept out of ``*``.
``FROM (SELECT …)``             With a name: in ``FROM (…) WHERE (x)`` Spark takes WHERE for the name; a table before
                                such a condition likewise.
``AS MATERIALIZED``             Left out: a relation that is read twice is kept in any case.
``1 << hash(x) % 62``           Left as it is. The hashes differ, so a hash is let through nowhere else: as a mark it
                                may only bound how many there are, whatever the marks (`riskml.relations.links`).
``ORDER BY`` at the end         Left out: the rows of a kept relation have no order.
==============================  ======================================================================================

Only what is known to mean the same on both once translated is let through (`KNOWN`). Anything else stops the run with
its name before a record is read: what Spark has too but means otherwise would give other grades, and nobody would see
it.

The session does the rest (`riskml.engines.spark.connect`): UTC, so that a date as a time is its midnight, and ANSI
mode, so that what does not fit stops the run as it does in DuckDB.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from riskml.core.errors import ConfigurationError

_CLAUSES = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order,
    exp.Ordered, exp.Limit, exp.Distinct, exp.Values, exp.Tuple, exp.Table, exp.TableAlias, exp.Alias, exp.Star,
    exp.Column, exp.Identifier,
    exp.Literal, exp.Null, exp.Boolean, exp.Var, exp.Paren, exp.Interval, exp.DataType, exp.DataTypeParam, exp.Window,
    exp.WindowSpec, exp.Filter,
    exp.IgnoreNulls, exp.Struct, exp.PropertyEQ,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like,
    exp.Exists, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.If, exp.Case,
    exp.Cast,
    exp.BitwiseLeftShift,
)  # fmt: skip
_FUNCTIONS = (
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Count, exp.Sum, exp.Min, exp.Max, exp.AnyValue, exp.ArgMax,
    exp.LogicalOr, exp.LogicalAnd,
    exp.BitwiseOrAgg, exp.Lead, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Array, exp.ArrayAgg, exp.ArraySort,
    exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc, exp.LastDay,
    exp.DateFromParts, exp.Year, exp.Month, exp.Abs, exp.Round, exp.Ln, exp.Exp, exp.Sqrt, exp.Length, exp.Left,
    exp.Substring, exp.RegexpLike, exp.MD5,
)  # fmt: skip

KNOWN: frozenset[type[exp.Expr]] = frozenset({*_CLAUSES, *_OPERATORS, *_FUNCTIONS})
"""What a statement may be made of once translated."""

_EXACT = "DECIMAL(38, 12)"

_WHOLE = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT, exp.DataType.Type.TINYINT}
_TYPES = {
    *_WHOLE, exp.DataType.Type.DOUBLE, exp.DataType.Type.DECIMAL, exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP,
    exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.BOOLEAN, exp.DataType.Type.ARRAY,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One relation on the way to a statement's result.

    Parameters
    ----------
    sql
        A SELECT in Spark's SQL over earlier steps and the session's relations.
    readers
        How many places in later steps read it.
    """

    name: str
    sql: str
    readers: int


def spark_steps(name: str, sql: str) -> tuple[Step, ...]:
    """The steps that compute the statement `sql` as the relation `name`, the last of them.

    >>> sql = "WITH a AS (SELECT 1 AS x), b AS (SELECT x / 3 AS y FROM a) SELECT a.x, y FROM a, b ORDER BY x"
    >>> for step in spark_steps("result", sql):
    ...     print(step.name, step.readers, step.sql)
    result__a 2 SELECT 1 AS x
    result__b 1 SELECT CAST(x AS DOUBLE) / CAST(3 AS DOUBLE) AS y FROM result__a AS a
    result 0 SELECT a.x, y FROM result__a AS a, result__b AS b
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    if tree.args.get("order") is not None and tree.args.get("limit") is None:
        tree.set("order", None)
    parts = _take_apart(name, tree)
    readers = Counter(table.name for part in parts.values() for table in part.find_all(exp.Table))
    return tuple(Step(part, to_spark(parts[part]), readers[part]) for part in _in_order(name, parts))


def to_spark(statement: exp.Expr | str) -> str:
    """One statement in Spark's SQL; WITH queries stay where they are.

    Raises
    ------
    ConfigurationError
        Naming what Spark has no equal for, or what nobody has compared yet (`KNOWN`).

    >>> to_spark("SELECT count(*) FILTER (WHERE a) / nullif(b, 0) AS x FROM t")
    'SELECT CAST(COUNT(*) FILTER(WHERE a) AS DOUBLE) / CAST(NULLIF(b, 0) AS DOUBLE) AS x FROM t'
    """
    tree = sqlglot.parse_one(statement, read="duckdb") if isinstance(statement, str) else statement.copy()
    for node in reversed(list(tree.walk(bfs=True))):
        rewritten = _rewrite(node)
        if rewritten is not node:
            tree = rewritten if node is tree else tree
            node.replace(rewritten)
    for node in tree.walk():
        _refuse_unknown(node)
    try:
        return str(tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE))
    except UnsupportedError as error:
        raise _unknown(str(error).splitlines()[0]) from error


def _take_apart(name: str, tree: exp.Expr) -> dict[str, exp.Expr]:
    """Relation name → its query, without any WITH; the queries that were in one are called ``<name>__<alias>``."""
    parts = {}
    # The innermost first: by the time an outer name is replaced, an inner use of the same name already has one of its
    # own.
    for clause in sorted(tree.find_all(exp.With), key=lambda found: -found.depth):
        if clause.args.get("recursive"):
            raise _unknown("WITH RECURSIVE")
        queries = list(clause.expressions)
        for place, query in enumerate(queries):
            own = f"{name}__{query.alias}"
            while own in parts:
                own += "_"
            parts[own] = query
            statement = clause.parent
            assert statement is not None
            for table in list(statement.find_all(exp.Table)):
                if table.name == query.alias and not _within(table, queries[: place + 1]):
                    table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(query.alias)))
                    table.set("this", exp.to_identifier(own))
    for clause in list(tree.find_all(exp.With)):
        clause.pop()
    return {own: query.this for own, query in parts.items()} | {name: tree}


def _within(node: exp.Expr, among: list[exp.Expr]) -> bool:
    above: exp.Expr | None = node
    while above is not None:
        if any(above is one for one in among):
            return True
        above = above.parent
    return False


def _in_order(name: str, parts: dict[str, exp.Expr]) -> list[str]:
    """The relation names, each after those it reads."""
    ordered: dict[str, None] = {}

    def add(part: str) -> None:
        for table in parts[part].find_all(exp.Table):
            if table.name in parts and table.name not in ordered:
                add(table.name)
        ordered[part] = None

    add(name)
    return list(ordered)


def _rewrite(node: exp.Expr) -> exp.Expr:
    """The node as Spark needs it, once what is below it has been rewritten."""
    match node:
        case exp.Select() if node.args.get("qualify") is not None:
            return _without_qualify(node)
        case exp.Subquery() if isinstance(node.parent, exp.From | exp.Join) and not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier("_rows")))
            return node
        case exp.Table() if isinstance(node.parent, exp.From | exp.Join) and not node.alias and _before_brackets(node):
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
            return node
        case exp.CTE() if node.args.get("materialized"):
            node.set("materialized", None)
            return node
        case exp.Div():
            return _divide(node.this, node.expression)
        case exp.Cast() if node.to.this is exp.DataType.Type.UINT and _is_hexadecimal(node.this):
            return exp.cast(
                exp.func("CONV", node.this.expression, exp.Literal.number(16), exp.Literal.number(10)), "BIGINT"
            )
        case exp.Cast() if node.to.this in _WHOLE and not _is_whole(node.this):
            return exp.cast(exp.Round(this=exp.cast(node.this, _EXACT)), node.to)
        case exp.DateDiff():
            return _days_or_boundaries(node)
        case exp.Anonymous() if node.name.lower() == "arg_max_null":
            return exp.ArgMax(this=node.expressions[0], expression=node.expressions[1])
        case _:
            return node


def _before_brackets(table: exp.Table) -> bool:
    """Whether the condition that follows is in brackets."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select is not None else None
    return where is not None and isinstance(where.this, exp.Paren)


def _without_qualify(select: exp.Select) -> exp.Select:
    """The same rows by a subquery that computes the windows and a WHERE that looks at them."""
    condition = select.args["qualify"].pop().this
    added: list[exp.Identifier] = []
    for window in list(condition.find_all(exp.Window)):
        name = f"_window_{len(added)}"
        added.append(exp.to_identifier(name))
        select.append("expressions", exp.alias_(window.copy(), name))
        place = exp.column(name)
        condition = place if window is condition else condition
        window.replace(place)
    inner = exp.Subquery(this=select.copy(), alias=exp.TableAlias(this=exp.to_identifier("_windows")))
    return exp.Select(expressions=[exp.Star(except_=added)]).from_(inner).where(condition)


def _divide(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    divided = exp.Div(this=_double(top), expression=_double(bottom))
    if isinstance(bottom, exp.Nullif) or (isinstance(bottom, exp.Literal) and float(bottom.this) != 0):
        return divided
    infinite = exp.Mul(this=_double(top.copy()), expression=exp.cast(exp.Literal.string("Infinity"), "DOUBLE"))
    is_zero = exp.EQ(this=_double(bottom.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=is_zero, true=infinite)], default=divided)


def _double(operand: exp.Expr) -> exp.Expr:
    return exp.cast(operand.unnest(), "DOUBLE")


def _is_whole(operand: exp.Expr) -> bool:
    """Whether there is nothing to round: a truth, a count, a number without a point."""
    counted = operand.this if isinstance(operand, exp.Window | exp.Filter) else operand.unnest()
    if isinstance(counted, exp.Literal | exp.Null):
        return "." not in counted.name
    return isinstance(counted, exp.Predicate | exp.Count | exp.RowNumber | exp.Year | exp.Month | exp.DateDiff)


def _is_hexadecimal(operand: exp.Expr) -> bool:
    return isinstance(operand, exp.DPipe) and operand.this == exp.Literal.string("0x")


def _days_or_boundaries(node: exp.DateDiff) -> exp.Expr:
    unit = node.text("unit").upper() or "DAY"
    later, earlier = node.this, node.expression
    if unit == "DAY":
        return node
    if unit == "YEAR":
        return exp.Paren(this=exp.Sub(this=exp.Year(this=later), expression=exp.Year(this=earlier)))
    if unit == "MONTH":
        return exp.Paren(this=exp.Sub(this=_months(later), expression=exp.Paren(this=_months(earlier))))
    raise _unknown(f"date_diff('{unit.lower()}', …)")


def _months(day: exp.Expr) -> exp.Expr:
    years = exp.Mul(this=exp.Year(this=day.copy()), expression=exp.Literal.number(12))
    return exp.Add(this=years, expression=exp.Month(this=day.copy()))


def _refuse_unknown(node: exp.Expr) -> None:
    match node:
        case exp.Anonymous() if node.name.upper() in ("CONV", "BIT_COUNT"):
            return  # `_rewrite` puts CONV there; bit_count is the same on both
        case exp.Anonymous() if node.name.lower() == "hash" and node.find_ancestor(exp.BitwiseLeftShift):
            return
        case exp.Anonymous():
            raise _unknown(f"{node.name}()")
        case exp.DataType() if isinstance(node.this, exp.DataType.Type) and node.this not in _TYPES:
            raise _unknown(node.sql(dialect="duckdb"))
        case exp.Join() if node.args.get("method"):
            raise _unknown(f"{node.args['method']} JOIN")
        case exp.SetOperation() if node.args.get("by_name"):
            raise _unknown("UNION BY NAME")
        case exp.Distinct() if node.args.get("on") is not None:
            raise _unknown("DISTINCT ON")
        case exp.Group() if any(node.args.get(kind) for kind in ("grouping_sets", "cube", "rollup")):
            raise _unknown("GROUPING SETS")
        case _ if type(node) not in KNOWN:
            raise _unknown(f"{type(node).__name__}: {node.sql(dialect='duckdb')[:100]}")


def _unknown(what: str) -> ConfigurationError:
    return ConfigurationError(
        zh=f"Spark 上还不能用这一 SQL 写法：{what}；请改写，或用 --engine duckdb。",
        en=f"This SQL cannot be used on Spark yet: {what}; write it otherwise, or use --engine duckdb.",
    )
