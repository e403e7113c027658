"""What a scheme that counts or adds points says: dimensions of items, each a condition over records or an indicator,
and what it is worth.

Nothing is learnt: the weights stand in scheme.yaml. What a regulation leaves to an unpublished annex is our choice and
says so.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, product
from typing import Literal, Self

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier
from riskml.core.validation import ContentError, nearest
from riskml.features.specs import Dimension, Group, Indicator, IndicatorSystem, Once
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.lengths import Length, interval_sql
from riskml.records.tables import TABLES, Column, Label
from riskml.relations.catalogue import relation_date, relation_names, window_date
from riskml.relations.schema import relation_schema
from riskml.schemes.provisions import Article, Basis, Text

_SMALLEST = Decimal("0.000001")
"""Weights are told apart by so much, as the engine adds them up."""

_TIMES, _OPEN = Label("次", "times"), Label("项", "in force")


class ItemIndicator(Indicator):
    """An indicator that may read what no file names: the day a record began to be in effect, and its own number in the
    store.

    Parameters
    ----------
    weighed
        Whether it is no number of records but the sum of their weights, by gravity and age.
    case
        The column of the case, where the records of one case count once.
    weights
        Of weighed records of cases: every weight above 0 that a record can have, ascending.
    """

    weighed: bool = False
    case: str | None = None
    weights: tuple[Decimal, ...] = ()

    @property
    def once(self) -> Once | None:
        """Of weighed records: the one of a case that weighs most counts."""
        return Once(_case_sql(self.case), self.weights) if self.weighed and self.case is not None else None

    def readable(self, relation: str) -> dict[str, Column]:
        """With the day that windows compare, and the number by which records of one id in two sources are told
        apart.
        """
        day = window_date(relation) if relation_date(relation) else ""
        extra = {day: Column(day, "date", Label("起算日", "in effect from"))} if day.isidentifier() else {}
        if relation in TABLES:
            extra["arrival"] = Column("arrival", "integer", Label("到达次序", "order of arrival"))
        return super().readable(relation) | extra


class Recency(Entry):
    """How much of its worth a record has while it is no older than `within`, from the day it began to be in effect."""

    within: Length
    times: float = Field(ge=0)


class Severity(Entry):
    """How many times as much a record counts that satisfies `where`; of several the first that holds."""

    where: str
    times: float = Field(ge=0)


class PointStep(Entry):
    """Points from a value of the item on, up to where the next step begins."""

    from_: float = Field(alias="from")
    points: float


class Item(Entry):
    """One item (评分项): what is on record, and what it is worth.

    Parameters
    ----------
    from_, where, measure, value
        As an indicator has them: the records of a table or a derived relation.
    each, steps
        Points for each, or points by value; a scheme that only counts has neither.
    unknown
        Points where the value cannot be known.
    within, until
        Only records no older than so long by their own date (``1y``); a state that has not ended, or what lasts to a
        later day in the column `until`, is never too old.
    once_by
        Of counted or open records: the column of the case. Records of one case are one act and count once: of weighed
        ones that which weighs most.
    severity, recency
        Of counted records: how they are weighed. What is older than the last recency does not count.
    cap, floor
        The most and the fewest points that it gives.
    tally
        What its records are counted as, for the conditions of classes.
    of_which
        Whether its records are counted among those of other items too: they count for conditions, and add nothing.
    basis, reading
        Whose the item and its worth are, and how the text is read.
    """

    id: Identifier
    label: Text
    unit: Text | None = None
    from_: str = Field(alias="from")
    where: str = "true"
    measure: Literal["count", "sum", "max", "distinct", "open", "latest"] = "count"
    value: str | None = None
    each: float | None = None
    steps: tuple[PointStep, ...] = ()
    unknown: float = 0.0
    within: Length | None = None
    until: str | None = None
    once_by: str | None = None
    severity: tuple[Severity, ...] = ()
    recency: tuple[Recency, ...] = ()
    cap: float | None = None
    floor: float | None = None
    tally: Identifier | None = None
    of_which: bool = False
    article: Article | None = None
    basis: Basis
    reading: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.from_ not in relation_names():
            zh, en = nearest(self.from_, relation_names())
            raise ContentError(
                f"没有记录表或派生关系 {self.from_!r}{zh}",
                f"there is no table or relation {self.from_!r}{en}",
                field="from",
            )
        if self.each is not None and self.steps:
            raise ContentError("each 与 steps 只写其一", "write 'each' or 'steps', not both", field="each")
        if any(later.from_ <= earlier.from_ for earlier, later in pairwise(self.steps)):
            raise ContentError("from 应由小到大", "'from' must ascend", field="steps")
        if (self.severity or self.recency) and self.measure != "count":
            raise ContentError(
                "severity、recency 只用于 measure: count",
                "severity and recency weigh counted records: measure count",
                field="measure",
            )
        if self.cap is not None and self.floor is not None and self.cap < self.floor:
            raise ContentError(f"小于 floor（{self.floor:g}）", f"is below floor ({self.floor:g})", field="cap")
        self._check_weights()
        self._check_counting()
        self.indicator  # noqa: B018  its own checks name the field
        return self

    def _check_counting(self) -> None:
        columns = relation_schema(self.from_)
        for field, name, kind in (("until", self.until, "date"), ("once_by", self.once_by, "text")):
            of_kind = [column.name for column in columns.values() if column.type == kind]
            if name is not None and name not in of_kind:
                zh, en = nearest(name, of_kind)
                raise ContentError(
                    f"{self.from_} 没有这样的字段 {name!r}{zh}",
                    f"{self.from_} has no such column {name!r}{en}",
                    field=field,
                )
        if self.within is not None and relation_date(self.from_) is None:
            raise ContentError(f"{self.from_} 没有日期", f"{self.from_} has no date", field="within")
        if self.until is not None and self.within is None:
            raise ContentError("与 within 同用", "goes with 'within'", field="until")
        if self.once_by is not None and (self.measure not in ("count", "open") or self.from_ not in TABLES):
            raise ContentError(
                f"只用于记录表的 measure: count 或 open，{self.from_} 的 {self.measure} 不行",
                f"is for measure count or open of a record table, not for {self.measure} of {self.from_}",
                field="once_by",
            )
        if self.of_which and self.tally is None:
            raise ContentError("须写 tally", "needs a tally", field="of_which")

    def _check_weights(self) -> None:
        columns = relation_schema(self.from_)
        for number, one in enumerate(self.severity, start=1):
            field = f"severity.{number}.where"
            check_expression(one.where, set(columns), field=field)
            check_types(one.where, columns, wanted=["flag"], field=field)
        if self.recency and relation_date(self.from_) is None:
            raise ContentError(f"{self.from_} 没有日期", f"{self.from_} has no date", field="recency")
        days = [_days(one.within) for one in self.recency]
        if days != sorted(set(days)):
            raise ContentError("within 应由短到长", "'within' must ascend", field="recency")

    @property
    def indicator(self) -> Indicator:
        """The column of the as-of matrix that it is: counted records, each with its weight."""
        plain = {
            "id": self.id, "label": self.label, "unit": self.unit or self._usual_unit, "from": self.from_,
            "where": self.condition, "measure": self.measure, "value": self.value, "direction": "none",
            "basis": self.basis,
        }  # fmt: skip
        if self.severity or self.recency:
            factors = [_by(self.severity), self._freshness()]
            value = " * ".join(factor for factor in factors if factor)
            weighed = {"measure": "sum", "value": value, "weighed": True, "case": self.once_by}
            return ItemIndicator.model_validate({**plain, **weighed, "weights": self._weights})
        if self.once_by is None:
            return Indicator.model_validate(plain)
        where = f"({self.condition}) AND end_date IS NULL" if self.measure == "open" else self.condition
        once = {"where": where, "measure": "distinct", "value": _case_sql(self.once_by), "case": self.once_by}
        return ItemIndicator.model_validate({**plain, **once})

    @property
    def condition(self) -> str:
        """Which live records it is about, `within` included: over the columns of its relation and ``as_of``."""
        if self.within is None:
            return self.where
        recent = [f"{relation_date(self.from_)} + {interval_sql(self.within)} > as_of"]
        if self.from_ in TABLES and TABLES[self.from_].kind == "state":
            recent.append("end_date IS NULL")
        if self.until is not None:
            recent.append(f"coalesce({self.until} > as_of, false)")
        return f"({self.where}) AND ({' OR '.join(recent)})"

    @property
    def _usual_unit(self) -> Label | None:
        return {"count": _TIMES, "open": _OPEN}.get(self.measure)

    @property
    def _weights(self) -> tuple[Decimal, ...]:
        """What one record can weigh, 0 left out."""
        severity = [1.0, *(one.times for one in self.severity)]
        recency = [one.times for one in self.recency] or [1.0]
        weights = {
            (Decimal(repr(one)) * Decimal(repr(other))).quantize(_SMALLEST, ROUND_HALF_UP)
            for one, other in product(severity, recency)
        }
        return tuple(sorted(weights - {Decimal(0)}))

    def _freshness(self) -> str:
        if not self.recency:
            return ""
        day = window_date(self.from_)
        cases = " ".join(f"WHEN {day} + {interval_sql(one.within)} > as_of THEN {one.times!r}" for one in self.recency)
        return f"(CASE {cases} ELSE 0 END)"


class ItemDimension(Entry):
    """A dimension of the scheme's own: the items it groups, and the most and fewest points they give together."""

    id: Identifier
    label: Text
    article: Article | None = None
    cap: float | None = None
    floor: float | None = None
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.cap is not None and self.floor is not None and self.cap < self.floor:
            raise ContentError(f"小于 floor（{self.floor:g}）", f"is below floor ({self.floor:g})", field="cap")
        return self


def item_system(dimensions: tuple[ItemDimension, ...]) -> IndicatorSystem:
    """The items as an indicator system: one column each, in their order, in the scheme's own dimensions."""
    return IndicatorSystem(
        files=tuple(
            Dimension(
                dimension=one.id,
                label=one.label,
                groups=tuple(Group(id=item.id, label=item.label, indicators=(item.indicator,)) for item in one.items),
            )
            for one in dimensions
        ),
        texts={},
    )


def _case_sql(column: str) -> str:
    """The case of a record; a record without one is a case by itself."""
    return f"coalesce({column}, CAST(-arrival AS VARCHAR))"


def _by(severity: tuple[Severity, ...]) -> str:
    if not severity:
        return ""
    return f"(CASE {' '.join(f'WHEN {one.where} THEN {one.times!r}' for one in severity)} ELSE 1 END)"


def _days(length: str) -> int:
    return int(length[:-1]) * {"d": 1, "m": 31, "y": 366}[length[-1]]
