"""Whether groups of enterprises are treated alike: who is selected, who is selected in vain, whose problems are
missed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import norm

from riskml.core.language import Label
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.explaining.profile import SECTIONS, region_name
from riskml.records.live import current_enterprise_sql
from riskml.records.tables import TABLES
from riskml.training.evaluation import wilson

Flags = NDArray[np.bool_]

ATTRIBUTES = {
    "region": Label("登记地区", "region"),
    "size": Label("规模（注册资本，万元）", "size (registered capital, 10,000 yuan)"),
    "age": Label("成立年限", "age"),
    "ownership": Label("企业类型", "ownership"),
    "industry": Label("行业门类", "industry section"),
}

RATES = {
    "selection": Label("列为高风险的比例", "selection rate"),
    "false_discovery": Label("列为高风险而未发现问题", "false discovery"),
    "miss": Label("有问题而未列为高风险", "miss rate"),
}

UNKNOWN = "unknown"
"""The group of those of whom it is not known."""

LEAST_DIFFERENCE = 0.05
"""A difference below five points is not warned of, however sure it is."""

CONFIDENCE = 0.95
"""That no warning on the whole page is false where all groups are treated alike."""


@dataclass(frozen=True)
class Rate:
    """A rate of one group.

    Parameters
    ----------
    of, number
        The rate is number / of; `value` is NaN where `of` is 0. `low` and `high` are its 95 % interval.
    apart_low, apart_high
        Interval of the difference to all other groups, wide enough that all groups and rates hold together.
    warned
        Whether the group is treated unlike the others.
    """

    number: int
    of: int
    value: float
    low: float
    high: float
    apart_low: float
    apart_high: float
    warned: bool


@dataclass(frozen=True)
class GroupResult:
    """One group of one attribute: its visits, how many found a problem, and its rates by name."""

    attribute: str
    group: Label
    visits: int
    problems: int
    rates: dict[str, Rate]


def compare_groups(evaluated: EvaluatedModel) -> tuple[GroupResult, ...]:
    """Every group of every attribute against all others of it, on the random draws of the test part.

    Selected are the visits whose grade lies in the riskier half of the scheme's grades. A selection rate that differs
    is warned of only where the problems found do not differ the same way: a riskier trade is selected more often, and
    should be.
    """
    worst = evaluated.scheme.grade_names[len(evaluated.scheme.grade_names) // 2 :]
    selected = np.isin(evaluated.grade, worst)
    problem = evaluated.outcome == 1
    attributes = _attributes(evaluated)
    members = {
        (name, group): (attributes[name] == group).to_numpy()
        for name in ATTRIBUTES
        for group in _in_order(attributes[name])
    }
    members = {key: mask for key, mask in members.items() if 0 < mask.sum() < len(mask)}
    z = float(norm.ppf(1 - (1 - CONFIDENCE) / 2 / max(1, len(members) * len(RATES))))
    return tuple(_group(*key, mask, selected, problem, z) for key, mask in members.items())


def _group(attribute: str, group: str, mask: Flags, selected: Flags, problem: Flags, z: float) -> GroupResult:
    riskier = difference_interval(*_counts(problem, mask), *_counts(problem, ~mask), z)
    rates = {}
    for name, event, among in (
        ("selection", selected, np.ones(len(mask), dtype=bool)),
        ("false_discovery", ~problem, selected),
        ("miss", ~selected, problem),
    ):
        number, of = _counts(event, mask & among)
        others, of_others = _counts(event, ~mask & among)
        low, high = difference_interval(number, of, others, of_others, z)
        apart = number / of - others / of_others if of and of_others else 0.0
        warned = (low > 0 or high < 0) and abs(apart) >= LEAST_DIFFERENCE
        if name == "selection":
            # More selected with more problems, or fewer with fewer, is what a grade is for.
            warned = warned and not (riskier[0] > 0 if apart > 0 else riskier[1] < 0)
        rates[name] = Rate(number, of, number / of if of else math.nan, *wilson(number, of), low, high, warned)
    return GroupResult(attribute, _label(attribute, group), int(mask.sum()), int(problem[mask].sum()), rates)


def _counts(event: Flags, among: Flags) -> tuple[int, int]:
    return int((event & among).sum()), int(among.sum())


def difference_interval(number: int, of: int, others: int, of_others: int, z: float) -> tuple[float, float]:
    """Interval of a difference of two rates that stays sensible for small groups (R. G. Newcombe, 1998, method 10).

    Examples
    --------
    >>> low, high = difference_interval(3, 3, 100, 400, z=3.0)
    >>> low < 0 < high
    True
    >>> difference_interval(0, 0, 1, 2, z=2.0)
    (-1.0, 1.0)
    """
    if not of or not of_others:
        return -1.0, 1.0
    p, q = number / of, others / of_others
    (p_low, p_high), (q_low, q_high) = wilson(number, of, z), wilson(others, of_others, z)
    low = p - q - math.hypot(p - p_low, q_high - q)
    high = p - q + math.hypot(p_high - p, q - q_low)
    return low, high


def _attributes(evaluated: EvaluatedModel) -> pd.DataFrame:
    """The groups, by code or range, each visit's enterprise belonged to the day before; one column per attribute, n
    rows.
    """
    connection, builder = evaluated.data.builder.connection, evaluated.data.builder
    builder.store.open_views(connection)
    keys = ["enterprise_id", "as_of"]
    asked = pa.table({
        "enterprise_id": pa.array(evaluated.visits["enterprise_id"], pa.string()),
        "as_of": pa.array(evaluated.visits["as_of"], pa.date32()),
    })  # fmt: skip
    connection.register("asked", asked)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked_entity_dates AS SELECT DISTINCT enterprise_id, as_of FROM asked"
    )
    connection.unregister("asked")
    known = connection.sql(
        "SELECT enterprise_id, as_of, division, CAST(registered_capital AS DOUBLE) AS capital, kind, industry_section, "
        "date_diff('day', established_date, as_of) / 365.25 AS age "
        f"FROM ({current_enterprise_sql('asked_entity_dates', builder.periods)})"
    ).to_arrow_table()
    table = evaluated.visits[keys].merge(known.to_pandas(), on=keys, how="left")
    return pd.DataFrame({
        "region": table["division"].str[:4].map(lambda code: region_name(f"{code}00"),
        na_action="ignore").fillna(UNKNOWN),
        "size": _binned(table["capital"], (10, 100, 1000)),
        "age": _binned(table["age"], (3, 10, 20)),
        "ownership": table["kind"].where(table["kind"].isin(_kinds()), UNKNOWN),
        "industry": table["industry_section"].where(table["industry_section"].isin(SECTIONS), UNKNOWN),
    })  # fmt: skip


def _kinds() -> Mapping[str, Label]:
    return TABLES["enterprise"].column("kind").codes or {}


def _label(attribute: str, group: str) -> Label:
    """What a group is called."""
    if group == UNKNOWN:
        return Label("未知", "unknown")
    if attribute == "age":
        return Label(f"{group} 年", f"{group} years")
    return {"ownership": _kinds(), "industry": SECTIONS}.get(attribute, {}).get(group, Label(group, group))


def _in_order(groups: pd.Series) -> list[str]:
    """The groups there are: ranges from the least to the greatest, others by name."""
    if isinstance(groups.dtype, pd.CategoricalDtype):
        return [str(name) for name in groups.cat.categories]
    return sorted(groups.unique())


def _binned(values: pd.Series, cuts: tuple[int, ...]) -> pd.Series:
    """The range each value lies in, as ordered categories.

    Examples
    --------
    >>> ranges = _binned(pd.Series([100.0, 5.0, None, 2000.0]), (10, 100, 1000))
    >>> ranges.tolist(), _in_order(ranges)
    (['100–1000', '0–10', 'unknown', '≥1000'], ['0–10', '10–100', '100–1000', '≥1000', 'unknown'])
    """
    edges = (0, *cuts, math.inf)
    names = [f"≥{low:g}" if math.isinf(high) else f"{low:g}–{high:g}" for low, high in pairwise(edges)]
    binned = pd.cut(values, edges, labels=names, right=False).cat.add_categories(UNKNOWN)
    return binned.fillna(UNKNOWN)
