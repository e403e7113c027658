"""The indicator system as typed specifications: what the YAML files may say, checked before any work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SkipValidation, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, matching, nearest
from riskml.core.working_days import WORKING_DAYS
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.records.expression_types import Type, check_types
from riskml.records.expressions import check_expression, names_used
from riskml.records.parsed_once import parsed_once
from riskml.records.repair import REPAIR
from riskml.records.tables import DIMENSIONS, TABLES, Column, Label
from riskml.relations.about import About, furthest
from riskml.relations.catalogue import PEERS, relation_about, relation_date, relation_names, window_date
from riskml.relations.known_inspections import PEER_WINDOWS
from riskml.relations.schema import relation_schema

Measure = Literal[
    "count",
    "sum",
    "max",
    "distinct",
    "days_since",
    "open",
    "share",
    "ratio",
    "latest",
    "category",
    "relative_rate",
    "expression",
]
Direction = Literal["increasing", "decreasing", "none"]

SIGN: dict[Direction, int] = {"increasing": 1, "decreasing": -1, "none": 0}
"""The monotone constraint of a direction: increasing means more of it never lowers the risk."""

DIRECTIONS: dict[Direction, Label] = {
    "increasing": Label("越多风险越高", "more is riskier"),
    "decreasing": Label("越多风险越低", "more is safer"),
    "none": Label("不限", "either way"),
}

NEVER_DAYS = 3650
"""What ``days_since`` gives where there is no such record: looked, found none in effect."""

_LAWS = {EFFECT_PERIODS, REPAIR, WORKING_DAYS}
"""Files beside the dimensions that define no indicators."""

NEVER_AN_INDICATOR = {"new_economy"}
"""Columns of a record table that no indicator reads, though they say nothing of who looked."""

_NEEDS_VALUE = {"sum", "max", "distinct", "ratio", "latest", "category", "relative_rate", "expression"}
_SHRUNK = {"relative_rate", "category"}
_ZERO_WHEN_NONE = {"count", "sum", "max", "distinct", "open"}


Window = Annotated[str, matching("[1-9][0-9]{0,4}d", "天数加 d，如 365d", "a number of days like 365d")]

Step = (
    float
    | Annotated[
        str,
        matching("[1-9][0-9]*[dy]", "数，或天数加 d、年数加 y，如 180d、3y", "a number, or a length like 180d or 3y"),
    ]
)

_DAYS = {"d": 1, "y": 365}


@dataclass(frozen=True)
class Once:
    """That the records of one case are one act, of which the record with the largest value counts.

    Parameters
    ----------
    case
        The expression that is the same in the records of one case.
    values
        Every value above 0 that a record can have, ascending.
    """

    case: str
    values: tuple[Decimal, ...]


class Indicator(Entry):
    """One indicator (指标).

    Parameters
    ----------
    from_
        A record table or a derived relation; absent for ``measure: expression``.
    where
        Which of its live records count.
    measure
        count, sum, max, distinct (number of different `value`), days_since (the last such record, capped at
        `NEVER_DAYS`), open (states that have not ended), share (those that satisfy `where` among all), ratio (sum of
        `value` / sum of `over`), latest (`value` on the newest record), category (the text `value` on the newest record
        of a record table, as `code_sql`; the model reads how many problems those of the same text had in learning, to
        those expected, `riskml.training.categories`), relative_rate (of a group of peers: how many of its visits had a
        finding, to how many were to be expected), expression (`value` over other indicator columns).
    windows
        Look-back windows in days; one column for each. Without any, everything in its effect period counts.
    about
        Whose conduct it tells of, where that is not what its relation tells of (`riskml.relations`).
    shrink
        Of a relative_rate or a category: visits' worth that are added to found and expected, so that few visits say
        little.
    shrink_to
        Of a relative_rate: what few visits are drawn to. ``whole``: the rate of everyone. ``longer``: the group's own
        rate in the next longer of its windows, and that of the longest to everyone's, so that a quiet month leaves what
        the year has shown.
    steps
        Where the value is read in steps: the values at which the next one begins, ascending, in the indicator's unit
        (of days also as 180d or 3y). The model tells apart no two values within a step.
    when_none
        The value where nothing was found: 0 for counts and amounts, null ("cannot be known") for shares, ratios and
        latest values, unless stated.
    basis
        The article, standard or publication that names such information.
    """

    id: Identifier
    label: Label
    unit: Label | None = None
    from_: str | None = Field(default=None, alias="from")
    where: str = "true"
    measure: Measure
    value: str | None = None
    over: str | None = None
    windows: tuple[Window, ...] = ()
    shrink: float | None = Field(default=None, gt=0)
    shrink_to: Literal["whole", "longer"] = "whole"
    steps: tuple[Step, ...] = ()
    direction: Direction
    about: About | None = None
    when_none: float | None = None
    basis: str = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Indicator:
        if (self.measure == "expression") != (self.from_ is None):
            raise ContentError(
                "必须填写；只有 measure: expression 不写",
                "is required, except for measure: expression, which has none",
                field="from",
            )
        for field, content, takers in (("value", self.value, _NEEDS_VALUE), ("over", self.over, {"ratio"})):
            if (self.measure in takers) != (content is not None):
                raise ContentError(
                    f"measure: {self.measure} {'必须有' if self.measure in takers else '不能有'} {field}",
                    f"measure {self.measure} {'needs' if self.measure in takers else 'takes no'} {field!r}",
                )
        if len(set(self.windows)) < len(self.windows):
            raise ContentError(
                f"每个窗口一次，现在是 {'、'.join(self.windows)}",
                f"each window once, not {', '.join(self.windows)}",
                field="windows",
            )
        if self.from_ is not None:
            self._check_relation(self.from_)
        elif self.windows or self.where != "true":
            field = "windows" if self.windows else "where"
            raise ContentError("measure: expression 不写这一项", "measure expression takes none", field=field)
        self._check_rate()
        self._check_steps()
        return self

    def _check_relation(self, relation: str) -> None:
        if relation not in relation_names():
            zh, en = nearest(relation, relation_names())
            raise ContentError(
                f"没有记录表或派生关系 {relation!r}{zh}",
                f"there is no table or relation {relation!r}{en}",
                field="from",
            )
        columns = self.readable(relation)
        kinds: dict[Measure, tuple[Type, ...]] = {"distinct": (), "category": ("text",)}
        number = kinds.get(self.measure, ("number", "flag"))
        for field, text, wanted in (
            ("where", self.where, ("flag",)),
            ("value", self.value, number),
            ("over", self.over, number),
        ):
            if text is not None:
                check_expression(text, set(columns), field=field)
                check_types(text, columns, wanted=wanted, field=field)
                if NEVER_AN_INDICATOR & names_used(text):
                    # Art. 24 gives these enterprises an observation period: that they are new must not be held against
                    # them.
                    raise ContentError(
                        "new_economy（是否“四新”企业）只决定适用的监管措施（云南办法第二十四条），不能作指标",
                        "new_economy only decides which measures apply (Yunnan Art. 24); it is never an indicator",
                        field=field,
                    )
        if self.measure == "open" and not (relation in TABLES and TABLES[relation].kind == "state"):
            states = ", ".join(name for name, table in TABLES.items() if table.kind == "state")
            raise ContentError(
                f"measure: open 只用于有起止日期的状态表（{states}），{relation} 不是",
                f"measure open needs a table of states ({states}); {relation} is not one",
            )
        if self.measure == "open" and "end_date" in names_used(self.where):
            check_types(f"({self.where}) AND end_date IS NULL", columns, wanted=["flag"], field="where")
        dated = self.measure != "relative_rate" and (self.windows or self.measure == "days_since")
        if dated and relation_date(relation) is None:
            raise ContentError(
                f"{relation} 没有日期，不能用 windows 或 days_since",
                f"{relation} has no date, so it takes neither windows nor days_since",
            )

    def readable(self, relation: str) -> dict[str, Column]:
        """What its expressions may read of its relation."""
        return relation_schema(relation)

    @property
    def once(self) -> Once | None:
        """Of a sum: how one act is added once; None where every record is added."""
        return None

    def _check_rate(self) -> None:
        rate = self.measure == "relative_rate"
        if (self.measure in _SHRUNK) != (self.shrink is not None):
            raise ContentError(
                "measure: relative_rate 和 category 必须写，其他的不能写",
                "measure relative_rate and category need it, others take none",
                field="shrink",
            )
        if self.measure == "category":
            self._check_category()
        if self.shrink_to == "longer" and len(self.windows) < 2:
            raise ContentError(
                "longer 收缩到同一比率更长的窗口，windows 至少写两个",
                "longer draws a rate to that of a longer window: windows needs two or more",
                field="shrink_to",
            )
        if not rate:
            return
        if self.from_ not in PEERS or self.value not in ("problems", "serious"):
            raise ContentError(
                f"measure: relative_rate 只用于 {'、'.join(PEERS)} 的 problems 或 serious，不是 {self.from_} 的 "
                f"{self.value}",
                f"measure relative_rate is of problems or serious of {' or '.join(PEERS)}, not of {self.value} of "
                f"{self.from_}",
            )
        if unknown := [window for window in self.windows if int(window[:-1]) not in PEER_WINDOWS] or (
            [] if self.windows else ["–"]
        ):
            known = ", ".join(f"{days}d" for days in PEER_WINDOWS)
            raise ContentError(
                f"同类企业的比率只按 {known} 计算，现在写的是 {', '.join(unknown)}",
                f"rates of peers are struck for {known}, not for {', '.join(unknown)}",
                field="windows",
            )

    def _check_category(self) -> None:
        if (
            self.from_ not in TABLES
            or self.windows
            or self.steps
            or self.unit
            or "as_of" in names_used(self.value or "")
        ):
            raise ContentError(
                "measure: category 取一张记录表中最新一条的文字，不写 windows、steps 和 unit，value 不用 as_of；"
                f"现在的 from 是 {self.from_}",
                "measure category is the text on the newest record of a record table and takes no windows, steps, "
                f"unit or as_of; 'from' is {self.from_}",
            )

    def _check_steps(self) -> None:
        lengths = [step for step in self.steps if isinstance(step, str)]
        if lengths and not self.counts_days:
            raise ContentError(
                f"{', '.join(lengths)} 只用于以天计的指标；其他的写数",
                f"{', '.join(lengths)} is for indicators in days; others take numbers",
                field="steps",
            )
        if any(later <= earlier for earlier, later in pairwise(self.cuts)):
            given = ", ".join(map(str, self.steps))
            raise ContentError(f"应由小到大，现在是 {given}", f"must ascend, not {given}", field="steps")

    @property
    def counts_days(self) -> bool:
        """Whether its value is a number of days."""
        return self.measure == "days_since" or (self.unit is not None and self.unit.zh == "天")

    @property
    def cuts(self) -> tuple[float, ...]:
        """The values at which a next step begins, in the indicator's unit."""
        return tuple(
            float(int(step[:-1]) * _DAYS[step[-1]]) if isinstance(step, str) else float(step) for step in self.steps
        )

    @property
    def none_value(self) -> float | None:
        """What the indicator is where no record was found."""
        if self.when_none is not None:
            return self.when_none
        if self.measure == "days_since":
            return float(NEVER_DAYS)
        return 0.0 if self.measure in _ZERO_WHEN_NONE else None


class Group(Entry):
    """A second-level group of indicators."""

    id: Identifier
    label: Label
    indicators: tuple[Indicator, ...] = Field(min_length=1)


class Dimension(Entry):
    """The groups of one dimension."""

    dimension: str
    label: Label
    groups: tuple[Group, ...] = Field(min_length=1)


class DimensionFile(Dimension):
    """One YAML file of the shared indicators: its dimension is one of the five that all of them have."""

    @model_validator(mode="after")
    def _known(self) -> DimensionFile:
        if self.dimension not in DIMENSIONS:
            zh, en = nearest(self.dimension, DIMENSIONS)
            raise ContentError(
                f"没有维度 {self.dimension!r}{zh}",
                f"there is none called {self.dimension!r}{en}",
                field="dimension",
            )
        return self


class IndicatorColumn(Entry):
    """One column of the as-of matrix: an indicator within one window."""

    name: str
    dimension: str
    group: str
    indicator: SkipValidation[Indicator]  # it was checked when it was made, and would be again for each window
    window_days: int | None = None

    @property
    def constraint(self) -> int:
        """+1, 0 or -1: the monotone constraint on the model."""
        return SIGN[self.indicator.direction]

    @property
    def windows_read(self) -> tuple[int, ...]:
        """Of a relative_rate: its window in days, and the longer ones that it is drawn to, ascending."""
        if self.window_days is None:
            return ()
        longer = sorted(int(window[:-1]) for window in self.indicator.windows if int(window[:-1]) > self.window_days)
        return (self.window_days, *(longer if self.indicator.shrink_to == "longer" else ()))

    @property
    def within(self) -> str | None:
        """The condition on a row of the relation that it lies in the window."""
        if self.window_days is None:
            return None
        if self.indicator.measure == "relative_rate":
            return f"window_days = {self.window_days}"
        return f"{window_date(self.indicator.from_ or '')} > as_of - INTERVAL {self.window_days} DAY"

    @property
    def label(self) -> Label:
        """The indicator's label with its window."""
        if self.window_days is None:
            return self.indicator.label
        return Label(
            f"近{self.window_days}天{self.indicator.label.zh}",
            f"{self.indicator.label.en}, last {self.window_days} days",
        )


class IndicatorSystem(Entry):
    """All dimensions, with overlays, in the order of their files.

    Parameters
    ----------
    texts
        File name → its text, as it was read: the model bundle keeps them verbatim.
    selected
        The columns in use; all where None.
    """

    files: tuple[Dimension, ...]
    texts: dict[str, str]
    selected: frozenset[str] | None = None

    @cached_property
    def columns(self) -> tuple[IndicatorColumn, ...]:
        """Every column of the as-of matrix, in order."""
        return tuple(
            column
            for file in self.files
            for group in file.groups
            for indicator in group.indicators
            for column in _columns(file.dimension, group.id, indicator)
            if self.selected is None or column.name in self.selected
        )

    @property
    def steps(self) -> dict[str, tuple[float, ...]]:
        """Column → the values at which its steps begin, where it is read in steps."""
        return {column.name: column.indicator.cuts for column in self.columns if column.indicator.steps}

    @cached_property
    def computed(self) -> tuple[IndicatorColumn, ...]:
        """`columns`, and those that their expressions read without being in use themselves."""
        texts = [column.indicator.value or "" for column in self.columns if column.indicator.measure == "expression"]
        read = {name for text in texts for name in names_used(text)}
        own = {column.name for column in self.columns}
        return tuple(c for c in IndicatorSystem(files=self.files, texts=self.texts).columns if c.name in own | read)

    @cached_property
    def about(self) -> dict[str, About]:
        """Column → whose conduct it tells of; an expression tells of what its columns do, the furthest of them."""
        told: dict[str, About] = {}
        for column in sorted(self.computed, key=lambda column: column.indicator.measure == "expression"):
            indicator = column.indicator
            if indicator.about is not None:
                told[column.name] = indicator.about
            elif indicator.from_ is not None:
                told[column.name] = relation_about(indicator.from_)
            else:
                told[column.name] = furthest(told[name] for name in names_used(indicator.value or ""))
        return {column.name: told[column.name] for column in self.columns}

    def select(self, names: tuple[str, ...]) -> IndicatorSystem:
        """The same system with these columns only; a ConfigurationError names one that is not there."""
        for name in names:
            self.column(name)
        return IndicatorSystem(files=self.files, texts=self.texts, selected=frozenset(names))

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Every group by its id."""
        return {group.id: group for file in self.files for group in file.groups}

    @property
    def categories(self) -> dict[str, float]:
        """Column of a category → how strongly few visits of a text are drawn to the whole."""
        return {
            column.name: float(column.indicator.shrink or 0)
            for column in self.columns
            if column.indicator.measure == "category"
        }

    def column(self, name: str) -> IndicatorColumn:
        """The column called `name`; a ConfigurationError lists near names."""
        found = {column.name: column for column in self.columns}
        if name not in found:
            near = [other for other in found if name.split("_")[0] in other]
            raise ConfigurationError(
                zh=f"没有名为 {name} 的指标；相近的有：{', '.join(near[:8]) or '无'}。",
                en=f"There is no indicator {name!r}; near names: {', '.join(near[:8]) or 'none'}.",
            )
        return found[name]


def _columns(dimension: str, group: str, indicator: Indicator) -> list[IndicatorColumn]:
    if not indicator.windows:
        return [IndicatorColumn(name=indicator.id, dimension=dimension, group=group, indicator=indicator)]
    return [
        IndicatorColumn(
            name=f"{indicator.id}_{window}",
            dimension=dimension,
            group=group,
            indicator=indicator,
            window_days=int(window[:-1]),
        )
        for window in indicator.windows
    ]


def load_system(*folders: Path) -> IndicatorSystem:
    """Read the indicator system: the base folder, then its overlays.

    Raises
    ------
    ConfigurationError
        Naming the file, the indicator and the field that is wrong, a duplicate id, or an expression that refers to a
        column that is not there.
    """
    paths = [path for folder in folders for path in sorted(folder.glob("*.yaml")) if path.name not in _LAWS]
    texts = {f"{path.parent.name}/{path.name}": read_text(path) for path in paths}
    return parse_system(texts)


def parse_system(texts: dict[str, str]) -> IndicatorSystem:
    """The same from texts: file name → YAML."""
    return _parsed(tuple(texts.items()))


@parsed_once(16)
def _parsed(named_texts: tuple[tuple[str, str], ...]) -> IndicatorSystem:
    texts = dict(named_texts)
    files = {name: parse_yaml(DimensionFile, text, name) for name, text in texts.items()}
    system = IndicatorSystem(files=tuple(files.values()), texts=texts)
    _refuse_repeated("指标组", "Group", ((group.id, name) for name, file in files.items() for group in file.groups))
    named = {
        column.name: name for name, file in files.items() for column in IndicatorSystem(files=(file,), texts={}).columns
    }
    _refuse_repeated(
        "指标", "Indicator",
        ((column.name, name) for name, file in files.items() for column in IndicatorSystem(files=(file,),
         texts={}).columns),
    )  # fmt: skip
    plain = {c.name: Column(c.name, "amount", c.label) for c in system.columns if c.indicator.measure != "expression"}
    for column in system.columns:
        if column.indicator.measure == "expression":
            value = column.indicator.value or ""
            try:
                check_expression(value, set(plain))
                if not names_used(value):
                    raise ContentError(f"{value!r} 没有用到任何指标", f"{value!r} reads no indicator")
                check_types(value, plain, wanted=["number", "flag"])
            except ContentError as error:
                raise ConfigurationError(
                    zh=f"{named[column.name]} 中指标 {column.name} 的 value 不正确：{error.zh}。",
                    en=f"{named[column.name]}, indicator {column.name}, field value: {error.en}.",
                ) from error
    return system


def _refuse_repeated(zh: str, en: str, names: Iterable[tuple[str, str]]) -> None:
    """Refuse a name that was given before; each comes with the file it is in."""
    seen: dict[str, str] = {}
    for name, file in names:
        if name in seen:
            where = (
                (f"{file} 中", f"in {file}")
                if seen[name] == file
                else (f"{seen[name]} 和 {file} 中", f"in {seen[name]} and in {file}")
            )
            raise ConfigurationError(
                zh=f"{zh} {name} 在{where[0]}定义了两次；请改名。",
                en=f"{en} {name} is defined twice, {where[1]}; rename one of them.",
            )
        seen[name] = file
