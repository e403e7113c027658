"""Values as people write them: counts with their unit, money in 万元, shares in per cent, yes and no, and what cannot
be known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from math import isnan

import sqlglot
from sqlglot import exp

from riskml.core.language import counted, singular
from riskml.features.specs import NEVER_DAYS, Indicator
from riskml.records.tables import TABLES, Column, Label
from riskml.schemes.methods.items import ItemIndicator
from riskml.schemes.scheme import Scheme

MONEY_UNIT = "万元"
MINUS = "−"
UNKNOWN = Label("无法得知", "cannot be known")
NEVER = Label("无此类记录", "no such record")
YES = Label("是", "yes")
NO = Label("否", "no")

MUCH = 10.0
"""A ratio above it is said as times and no longer in per cent."""

_CUT = 2

_LENGTHS = {"d": Label("天", "days"), "y": Label("年", "years")}

_BOOLEAN = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
)


def number(value: float) -> str:
    """A number without digits that mean nothing.

    >>> number(1234567.0), number(12.34), number(3.0), number(0.0123), number(-0.5)
    ('1,234,567', '12.3', '3', '0.012', '−0.5')
    """
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", MINUS)


def percent(fraction: float) -> str:
    """A fraction in per cent.

    >>> percent(0.125), percent(1.0)
    ('12.5%', '100%')
    """
    return f"{number(round(fraction * 100, 1))}%"


def percent_interval(ends: tuple[float, float]) -> str:
    """Two fractions in per cent, from the one to the other.

    >>> percent_interval((0.0984, 0.141))
    '9.8%–14.1%'
    """
    low, high = map(percent, ends)
    return f"{low}–{high}"


def money(ten_thousands: float) -> Label:
    """An amount kept in 万元 (10,000 yuan).

    >>> money(19.96), money(0.05).zh, money(25000.0).zh, money(-1.3).zh
    (Label(zh='19.96万元', en='199,600 yuan'), '500元', '2.5亿元', '−1.3万元')
    """
    yuan = ten_thousands * 10_000
    size = abs(ten_thousands)
    if size >= 10_000:
        zh = f"{_two_places(ten_thousands / 10_000)}亿元"
    else:
        zh = f"{_two_places(ten_thousands)}{MONEY_UNIT}" if size >= 1 else f"{yuan:,.0f}元"
    en = f"{_two_places(yuan / 1e6)} million yuan" if abs(yuan) >= 1e6 else f"{yuan:,.0f} yuan"
    return Label(zh.replace("-", MINUS), en.replace("-", MINUS))


def quantity(value: float, unit: Label) -> Label:
    """A number with its unit, in English in the singular where it is one.

    >>> quantity(1.0, Label("次", "penalties")), quantity(3.0, Label("家", "branches")).en
    (Label(zh='1次', en='1 penalty'), '3 branches')
    """
    text = number(value)
    return Label(f"{text}{unit.zh}", f"{text} {singular(unit.en) if text.removeprefix(MINUS) == '1' else unit.en}")


def point_places(scheme: Scheme) -> int:
    """How many decimals points of a scheme may have, so that what is shown adds up: of its items three at most, of a
    model one.

    Where a bound cuts what items give together, each gives an equal part less, of any number of decimals: two are
    shown.
    """
    if scheme.method == "model":
        return 1
    amounts = [scheme.start]
    for item in (item for dimension in scheme.dimensions for item in dimension.items):
        weights = product([1.0, *(one.times for one in item.severity)], [one.times for one in item.recency] or [1.0])
        amounts += [(item.each or 0.0) * severity * recency for severity, recency in weights]
        amounts += [item.unknown, item.cap or 0.0, item.floor or 0.0, *(step.points for step in item.steps)]
    bounds = [
        bound for dimension in scheme.dimensions for bound in (dimension.cap, dimension.floor) if bound is not None
    ]
    texts = [f"{amount:.3f}".rstrip("0") for amount in (*amounts, *bounds)]
    fewest = _CUT if bounds or scheme.score else 0
    return max(fewest, *(len(text.partition(".")[2]) for text in texts))


def points(value: float, places: int = 1) -> str:
    """Points, or a score, without sign, with as many decimals as they need and no more than `places`.

    >>> points(-46.24), points(600.0), points(-12.5, 2), points(0.75, 2)
    ('46.2', '600', '12.5', '0.75')
    """
    text = f"{abs(value):.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float, places: int = 1) -> str:
    """Points with their sign.

    >>> signed(-46.2), signed(3.26), signed(-12.5, 1), signed(-0.001)
    ('−46.2', '+3.3', '−12.5', '0')
    """
    text = points(value, places)
    return "0" if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def times(value: float) -> Label:
    """How often something was counted.

    >>> times(3.0)
    Label(zh='3次', en='3')
    """
    return Label(f"{number(value)}次", number(value))


def indicator_value(indicator: Indicator, value: float | None) -> Label:
    """What an indicator's value says in words.

    Parameters
    ----------
    value
        As in the matrix; None or NaN where it cannot be known.
    """
    if value is None or isnan(value):
        return UNKNOWN
    if indicator.measure == "days_since" and value >= NEVER_DAYS:
        return NEVER
    if indicator.measure == "category":  # its text is the model's to tell (`category_value`)
        return Label(f"类别编号{value:.0f}", f"category number {value:.0f}")
    if isinstance(indicator, ItemIndicator) and indicator.weighed:
        return Label(f"折算{number(value)}次", f"weighed as {number(value)}")
    if indicator.steps:
        return step_of(indicator, value)
    if indicator.measure == "relative_rate":
        return Label(f"全省的{number(value)}倍", f"{number(value)} times that of the province")
    if indicator.unit is not None:
        return money(value) if indicator.unit.zh == MONEY_UNIT else quantity(value, indicator.unit)
    if is_flag(indicator):
        return YES if value > 0.5 else NO
    if _is_fraction(indicator) and value > MUCH:  # one amount measured by another: 26.5 times, and not 2,654 %
        return Label(f"{number(value)}倍", f"{number(value)} times")
    text = percent(value) if _is_fraction(indicator) else number(value)
    return Label(text, text)


def category_value(text: Label | None, rate: float, visits: int) -> Label:
    """What a category is called and what learning found of it; None for a text that learning did not know.

    >>> category_value(Label("茶叶种植", "tea"), 1.84, 120).en, category_value(None, 1.0, 0).zh
    ('tea (in learning 120 visits, problems 1.84 times as often as among all)', '学习时没有见过的类别')
    """
    if text is None:
        return Label("学习时没有见过的类别", "a category that learning did not meet")
    if not visits:
        return Label(f"{text.zh}（学习时没有这一类的检查）", f"{text.en} (no visit in learning)")
    return Label(
        f"{text.zh}（学习时{visits:,}次检查，问题为全体的{number(rate)}倍）",
        f"{text.en} (in learning {counted(visits, 'visits')}, problems {number(rate)} times as often as among all)",
    )


def weighed_value(value: float, records: int, acts: int) -> Label:
    """How many acts there are, in how many records, and what they were weighed as where that is another number.

    Parameters
    ----------
    acts
        As many as `records` where each is an act by itself.

    >>> weighed_value(3.0, 1, 1), weighed_value(2.0, 2, 2).en
    (Label(zh='1条记录，折算3次', en='1 record, weighed as 3'), '2 records')
    >>> weighed_value(0.5, 2, 1)
    Label(zh='1件（2条记录），折算0.5次', en='1 act (2 records), weighed as 0.5')
    """
    told = Label(f"{records}条记录", counted(records, "records"))
    if acts != records:
        told = in_records(Label(f"{acts}件", counted(acts, "acts")), records)
    zh, en = told.zh, told.en
    return told if value == acts else Label(f"{zh}，折算{number(value)}次", f"{en}, weighed as {number(value)}")


def in_records(acts: Label, records: int) -> Label:
    """Acts that are told by more records than one each.

    >>> in_records(Label("1次", "1 time"), 2)
    Label(zh='1次（2条记录）', en='1 time (2 records)')
    """
    return Label(f"{acts.zh}（{records}条记录）", f"{acts.en} ({counted(records, 'records')})")


def step_of(indicator: Indicator, value: float) -> Label:
    """The step that a value lies in, in words: what the model knows of it.

    >>> told = {"id": "d", "label": Label("", ""), "from": "penalty", "direction": "none", "basis": "-"}
    >>> since = Indicator(**told, measure="days_since", steps=("30d", "1y"))
    >>> [step_of(since, days).en for days in (29, 30, 400)]
    ['less than 30 days', '30 days to 1 year', '1 year or more']
    """
    place = bisect_right(indicator.cuts, value)
    begins = [_bound(indicator, step) for step in indicator.steps]
    whole = Label("全省的", " that of the province") if indicator.measure == "relative_rate" else Label("", "")
    if place == 0:
        return Label(f"不足{whole.zh}{begins[0].zh}", f"less than {begins[0].en}{whole.en}")
    if place == len(begins):
        return Label(f"{whole.zh}{begins[-1].zh}以上", f"{begins[-1].en}{whole.en} or more")
    return Label(
        f"{whole.zh}{begins[place - 1].zh}至{begins[place].zh}",
        f"{begins[place - 1].en} to {begins[place].en}{whole.en}",
    )


def _bound(indicator: Indicator, step: float | str) -> Label:
    """Where a step begins, as it is written in the indicator's specification."""
    if isinstance(step, str):
        return quantity(float(step[:-1]), _LENGTHS[step[-1]])
    if indicator.measure == "relative_rate":
        return Label(f"{number(step)}倍", f"{number(step)} times")
    return quantity(step, indicator.unit) if indicator.unit is not None else Label(number(step), number(step))


def is_flag(indicator: Indicator) -> bool:
    """Whether the indicator answers yes or no: it has no unit, and its `value` is a condition (as 1 or 0)."""
    if indicator.unit is not None or indicator.measure not in ("latest", "max", "expression"):
        return False
    node = _parsed(indicator.value or "")
    if isinstance(node, exp.Case):
        outcomes = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
        return all(outcome is None or outcome.sql() in ("0", "1") for outcome in outcomes)
    if isinstance(node, exp.Cast):
        node = node.this.unnest()
    return isinstance(node, _BOOLEAN) or (isinstance(node, exp.Column) and _column_type(indicator, node.name) == "flag")


def column_value(column: Column, value: object) -> Label:
    """What a record's column says in words."""
    match column.type, value:
        case "text", str() if column.codes and value in column.codes:
            return column.codes[value]
        case "amount", Decimal() | float() | int():
            return money(float(value))
        case "share", Decimal() | float() | int():
            text = percent(float(value))
        case "integer", int():
            text = f"{value:,}" if abs(value) >= 10_000 else str(value)  # a year is not 2,026
        case "flag", bool():
            return YES if value else NO
        case "date", date():
            text = value.isoformat()
        case _:
            text = str(value)
    return Label(text, text)


def _is_fraction(indicator: Indicator) -> bool:
    """Whether a value without a unit is a part of a whole, or one amount measured by another."""
    if indicator.measure in ("share", "ratio"):
        return True
    if indicator.value is None:  # a count of something
        return False
    node = _parsed(indicator.value)
    if isinstance(node, exp.Column):
        return _column_type(indicator, node.name) == "share" or re.search(r"(rate|ratio|share)$", node.name) is not None
    return isinstance(node, exp.Div)


def _column_type(indicator: Indicator, name: str) -> str | None:
    table = TABLES.get(indicator.from_ or "")
    return next((column.type for column in table.columns if column.name == name), None) if table else None


@cache
def _parsed(expression: str) -> exp.Expression:
    parsed = sqlglot.parse_one(expression, read="duckdb").unnest()
    assert isinstance(parsed, exp.Expression)
    return parsed


def _two_places(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
