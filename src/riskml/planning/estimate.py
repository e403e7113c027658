"""What the visits of a plan found, and what it says of everyone whom the plan could have visited."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.planning.plan_files import PlanFolder
from riskml.planning.read_back import people_of, visits_of
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.store import open_store
from riskml.sampling.estimates import Drawn, Rate, rates
from riskml.sampling.verifier import WHOLE
from riskml.training.evaluation import wilson
from riskml.training.ranking import Figure

OUTCOMES = {
    "problem": Label("发现问题", "a problem was found"),
    "clean": Label("未发现问题", "none was found"),
    "refused": Label("不配合检查", "refused"),
    "unreachable": Label("登记的住所无法联系", "not found at its address"),
    "not_visited": Label("没有检查结果", "no result: not visited, or gone"),
}
"""What can become of a visit. Who refused or could not be found counts as a problem, as in the training of models."""

_OUTCOME_SQL = """CASE result
    WHEN 'no_problem' THEN 'clean'
    WHEN 'uncooperative' THEN 'refused'
    WHEN 'unreachable' THEN 'unreachable'
    ELSE 'problem'
  END"""


@dataclass(frozen=True)
class ArmFound:
    """What the visits of one way of choosing found, each counted alike: no rate of everyone.

    Parameters
    ----------
    rate
        With its 95 % interval (E. B. Wilson).
    """

    seen: int
    problems: int
    rate: Figure


@dataclass(frozen=True)
class PlanEstimate:
    """What came back of a plan.

    Parameters
    ----------
    visits
        How many it has.
    outcomes
        Of `OUTCOMES`, how many visits each.
    scope, left_out
        How many enterprises the estimates speak of, and how many the plan could not visit (at the cap,
        or drawn as often as may be).
    by
        ``everyone``, ``grade``, ``region`` and ``trade`` → group → its problem rate.
    arms
        ``random`` and ``officer`` → what the visits drawn, and those that inspectors chose, found; where both have
        some that were seen.
    officers_more
        By how much the rate of the latter is higher, with its 95 % interval (R. G. Newcombe, 1998); None without both.
    """

    visits: int
    outcomes: dict[str, int]
    scope: int
    left_out: int
    by: dict[str, dict[str, Rate]]
    arms: dict[str, ArmFound]
    officers_more: Figure | None


def estimate_plan(workspace: Workspace, folder: PlanFolder, until: date, periods: EffectPeriods) -> PlanEstimate:
    """Read the records that name the plan, and estimate from them.

    Whoever is visited without a draw was so for certain and stands for itself. Those drawn stand for as many as their
    chance says, corrected by the model's risk.

    Parameters
    ----------
    until
        The day until which results are known.

    Raises
    ------
    RunError
        Where the plan was not drawn, or a file is not what was committed to and drawn.
    """
    visits = {one.unit: one.is_random for one in visits_of(workspace.ledger, folder)}
    people = people_of(workspace.ledger, folder).to_pandas()
    visited = people["unit"].isin(visits.keys()).to_numpy()
    people["outcome"] = (
        people["enterprise_id"].map(_outcomes(workspace, folder.name, until, periods)).fillna("not_visited")
    )
    fixed = (people["arms"] != "").to_numpy()
    chance = np.where(fixed, 1.0, people["probability"].to_numpy() / WHOLE)
    within = chance > 0
    outcome = people["outcome"].to_numpy()
    problem = np.where(outcome == "not_visited", np.nan, (outcome != "clean") * 1.0)
    sample = Drawn(
        chance[within],
        visited[within],
        np.where(visited, problem, np.nan)[within],
        people["risk"].to_numpy(np.float64)[within],
    )
    groups = {
        "everyone": people["grade"].map(lambda _: ""),
        "grade": people["grade"],
        "region": people["division"].str[:4],
        "trade": people["trade"].str[:1],
    }
    chosen = people["arms"].str.split("+").map(lambda arms: "officer" in arms).to_numpy()
    drawn = people["unit"].map(visits).fillna(value=False).to_numpy(bool) & ~chosen
    arms, officers_more = by_arm({"random": problem[drawn], "officer": problem[visited & chosen]})
    counted = people.loc[visited, "outcome"].value_counts()
    return PlanEstimate(
        visits=int(visited.sum()),
        outcomes={name: int(counted.get(name, 0)) for name in OUTCOMES},
        scope=int(within.sum()),
        left_out=int((~within).sum()),
        by={name: rates(sample, group[within]) for name, group in groups.items()},
        arms=arms,
        officers_more=officers_more,
    )


def by_arm(problems: Mapping[str, NDArray[np.float64]]) -> tuple[dict[str, ArmFound], Figure | None]:
    """What visits drawn and visits that inspectors chose found, and by how much the latter found more.

    Parameters
    ----------
    problems
        ``random`` and ``officer`` → 1 where a visit found a problem, 0 where not, not a number where nobody was seen.

    Examples
    --------
    >>> found, more = by_arm({"random": np.array([1.0, 0.0, 0.0, 0.0]), "officer": np.array([1.0, 1.0, np.nan])})
    >>> found["officer"].seen, more.value, round(more.low, 2), round(more.high, 2)
    (2, 0.75, -0.05, 0.95)
    """
    found = {}
    for name, outcomes in problems.items():
        seen, number = int((~np.isnan(outcomes)).sum()), int(np.nansum(outcomes))
        if not seen:
            return {}, None
        found[name] = ArmFound(seen, number, Figure(number / seen, *wilson(number, seen)))
    more, less = found["officer"].rate, found["random"].rate
    down = math.hypot(more.value - more.low, less.high - less.value)
    up = math.hypot(more.high - more.value, less.value - less.low)
    apart = more.value - less.value
    return found, Figure(apart, apart - down, apart + up)


def _outcomes(workspace: Workspace, plan: str, until: date, periods: EffectPeriods) -> Mapping[str, str]:
    """Enterprise → what its visit under the plan came to, the gravest where there were several."""
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    asked = f"(SELECT DISTINCT enterprise_id, DATE '{until}' AS as_of FROM inspection)"
    gravest = ("problem", "refused", "unreachable", "clean")
    sql = f"SELECT enterprise_id, {_OUTCOME_SQL} AS outcome FROM ({live_sql('inspection', asked, periods)}) "
    rows = connection.execute(f"{sql} WHERE plan = ? AND result IS NOT NULL", [plan]).fetchall()
    found = sorted(rows, key=lambda row: gravest.index(row[1]), reverse=True)
    return dict(found)


def told(rate: Rate, gamma: float) -> tuple[str, ...]:
    """A rate for a table: of how many, drawn, seen, problems, the rate with its interval, and bounds for the unseen."""
    low, high = rate.if_unseen_differ(gamma)
    worst = rate.if_unseen_differ(math.inf)
    value = "–" if rate.value is None else f"{rate.value:.1%}"
    return (
        f"{rate.weight:,.0f}",
        f"{rate.drawn:,}",
        f"{rate.seen:,}",
        f"{rate.problems:,}",
        f"{value} [{rate.low:.1%}, {rate.high:.1%}]",
        f"[{low:.1%}, {high:.1%}]",
        f"[{worst[0]:.1%}, {worst[1]:.1%}]",
    )
