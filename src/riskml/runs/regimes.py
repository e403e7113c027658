"""Groups of enterprises in which problems are found more often, or less often, than the model in use expected.

What is expected is the risk of a run of the model in use by what was known on its as-of date, before the month of the
visit; a run may have been published after it (`riskml.runs.watched_visits`). Visits that were drawn at random judge;
others (by rota, suspicion or complaint) are told beside them and are no reason for a notice. Nothing follows from a
notice by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.ledger import Ledger
from riskml.explaining.profile import SECTIONS, region_name
from riskml.records.tables import TABLES
from riskml.runs.published import PublishedRun
from riskml.runs.watched_visits import GROUPS, judging_runs, population, watched_visits
from riskml.training.e_detector import (
    TOLERATED,
    bound,
    evidence,
    false_alarms_a_year,
    from_the_start,
    monthly_bets,
    onset,
    tolerance,
)
from riskml.training.evaluation import wilson
from riskml.training.model import in_use
from riskml.training.model_method import ModelMethod
from riskml.training.settings import TrainingSettings, parse_training

FAMILIES: dict[str, tuple[str, ...]] = {"everyone": (), **{name: (name,) for name in GROUPS},
                                        "section_region": ("section", "region")}  # fmt: skip
"""Families of groups and the columns that divide them; each has the same share of the false alarms. Within a family a
group's is as the square root of its enterprises: few draws can hardly reach any bound.
"""

LEAST_SHARE = 0.005
"""Groups with fewer of the enterprises are not watched by themselves: their draws would take years to tell."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Group:
    """A group that is watched.

    Parameters
    ----------
    family, values
        A key of `FAMILIES`, and the value of each of its columns.
    weight
        The share of false alarms of each of its directions.
    """

    family: str
    values: tuple[str, ...]
    weight: float

    @property
    def label(self) -> Label:
        """What it is called."""
        if not self.values:
            return Label("全体", "everyone")
        told = [_value_label(name, value) for name, value in zip(FAMILIES[self.family], self.values, strict=True)]
        return Label(" × ".join(one.zh for one in told), " × ".join(one.en for one in told))

    def members(self, table: pd.DataFrame) -> Flags:
        """The rows of a table with the columns `GROUPS` that belong to it."""
        mask = np.ones(len(table), dtype=np.bool_)
        for name, value in zip(FAMILIES[self.family], self.values, strict=True):
            mask &= (table[name] == value).to_numpy()
        return mask


@dataclass(frozen=True)
class Month:
    """What draws of one month found in a group, and what was expected of them: a number of problems."""

    first: date
    draws: int
    problems: int
    expected: float


@dataclass(frozen=True)
class Regime:
    """How a group stands against what was expected of it, in one direction.

    Parameters
    ----------
    raised
        Whether more problems are looked for than expected, or fewer.
    noticed
        The month at whose end the evidence first reached its bound; None where it has not.
    lasting
        Whether the evidence is beyond its bound now; else it fell with later draws.
    since, until
        About since when: the month from which the evidence was greatest when it was noticed; and the last month that
        is told of, the newest or, where it did not last, the one in which it was noticed.
    from_the_start
        Whether the draws before do not speak against its having been so from the first month on: the model may have
        been wrong of the group from the start, and nothing changed.
    draws, problems, expected
        From then until then.
    low, high
        The 95 % interval (Wilson) of problems / draws. Since when it is was chosen by the same draws, which makes it
        look a little larger.
    log_evidence, log_bound
        The greatest evidence at any month's end, and where it is noticed.
    false_alarms
        How likely a notice by that much evidence is in a year at most, over all groups, if the risks of the group are
        right to within the odds that are tolerated.
    tolerated
        How many times as high or low as expected the odds may be.
    chosen, chosen_problems, chosen_expected
        Visits of the group in these months that were not drawn, which had no part in it.
    months
        Month by month from the beginning.
    """

    group: Group
    raised: bool
    noticed: date | None
    lasting: bool
    since: date
    until: date
    from_the_start: bool
    draws: int
    problems: int
    expected: float
    low: float
    high: float
    log_evidence: float
    log_bound: float
    false_alarms: float
    tolerated: float
    chosen: int
    chosen_problems: int
    chosen_expected: float
    months: tuple[Month, ...]

    @property
    def rate(self) -> float:
        """The rate found in these months."""
        return self.problems / self.draws if self.draws else 0.0

    @property
    def expected_rate(self) -> float:
        """The rate expected in these months."""
        return self.expected / self.draws if self.draws else 0.0


@dataclass(frozen=True)
class Watch:
    """What was watched since the model in use was first used.

    Parameters
    ----------
    since, until
        The first day of the first month of visits, and the last day of visits; None where nothing was watched.
    draws, problems, expected, chosen
        Drawn visits, what they found and what was expected; and visits that were not drawn.
    groups
        How many groups are watched, each in both directions.
    tolerated
        How many times as high or low as expected the odds of a problem may be.
    used_since, before_use
        The day on which the model was first put in use, and how many of the drawn visits came before: whoever chose it
        may have known what they found. None and 0 where the ledger does not say.
    noticed
        Groups that are noticed: those whose evidence lasts first, and of these the surest.
    standing
        Everyone and each section of trade with draws, in the direction that there is more evidence for.
    why_not
        Why nothing could be watched; None where something was.
    """

    since: date | None = None
    until: date | None = None
    draws: int = 0
    problems: int = 0
    expected: float = 0.0
    chosen: int = 0
    groups: int = 0
    tolerated: float = TOLERATED
    used_since: date | None = None
    before_use: int = 0
    noticed: tuple[Regime, ...] = ()
    standing: tuple[Regime, ...] = ()
    why_not: Label | None = None

    @property
    def lasting(self) -> tuple[Regime, ...]:
        """Those whose evidence lasts, the surest first."""
        return tuple(one for one in self.noticed if one.lasting)


def watch(connection: duckdb.DuckDBPyConnection, runs: Sequence[PublishedRun], until: date, ledger: Ledger) -> Watch:
    """Compare what visits found with what the published runs of the model in use expected.

    Parameters
    ----------
    connection
        With the record tables open.
    runs
        Published runs of one scheme, oldest first, not empty.
    until
        The last day of visits, and what was known then.
    ledger
        Says when the model was put in use.
    """
    used = _of_the_model(runs)
    if isinstance(used, Label):
        return Watch(why_not=used)
    judging, settings, tolerated = used
    periods = judging[-1].policy.periods
    visits = watched_visits(connection, judging, until, settings, periods)
    if not visits["drawn"].any():
        return Watch(chosen=len(visits), why_not=Label(
            f"自现用模型的首期结果（基准日 {judging[0].as_of}）的次月起，到 {until} 还没有随机抽取的检查结果可比。",
            f"From the month after the first run of the model in use (as of {judging[0].as_of}) until {until} there "
            "are no outcomes of visits drawn at random yet.",
        ))  # fmt: skip
    watched = compare(visits, groups_of(population(connection, judging[0], periods)), until, tolerated)
    since = _used_since(ledger, runs[-1])
    if since is None:
        return watched
    before = visits["drawn"] & (pd.to_datetime(visits["day"]) < pd.Timestamp(since))
    return replace(watched, used_since=since, before_use=int(before.sum()))


def _used_since(ledger: Ledger, run: PublishedRun) -> date | None:
    """The day on which a run's model was first put in use; None where the ledger does not say."""
    put = {"of": in_use(run.scheme), "phase": "begin", "digest": run.model}
    return next((line.at.date() for line in ledger.lines("promotion") if put.items() <= line.content.items()), None)


def _of_the_model(runs: Sequence[PublishedRun]) -> tuple[tuple[PublishedRun, ...], TrainingSettings, float] | Label:
    """The runs that expect something of later visits, with the model's settings and what is tolerated; or why there
    are none.
    """
    newest = runs[-1]
    if not isinstance(newest.method, ModelMethod):
        return Label("本办法按分值或次数分类，没有预期的问题率可比。",
                     "The scheme adds points or counts: it expects no problem rate.")  # fmt: skip
    bundle = newest.method.bundle
    try:
        settings = parse_training(bundle.training_yaml, f"{newest.folder}/model/training.yaml")
        trained = date.fromisoformat(bundle.facts["as_of"])
        tolerated = tolerated_of(bundle.facts)
    except (ConfigurationError, KeyError, ValueError, ZeroDivisionError):
        return Label("现用模型没有写明何为问题、训练到哪一日，或以多少次检查、其中多少次发现问题校准，无从比较。",
                     "The model in use does not say what a problem is, when it was trained, or on how many visits, and "
                     "how many of them with a problem, it was calibrated.")  # fmt: skip
    if settings.cohort.per != "inspection":
        return Label("现用模型的风险是今后若干个月的，不是一次检查的，不能逐次比较。",
                     "The risk of the model in use is of months, not of one visit.")  # fmt: skip
    # A run as of a day before the training is by a model that may have learnt from the visits after it.
    same = (found for model, found in groupby(reversed(runs), key=lambda run: run.model) if model == newest.model)
    judging = [run for run in reversed(list(next(same))) if run.as_of >= trained]
    if not judging:
        return Label(f"没有基准日在现用模型的训练基准日（{trained}）或以后的结果。",
                     f"There is no run as of {trained}, when the model in use was trained, or later.")  # fmt: skip
    return judging_runs(judging), settings, tolerated


def tolerated_of(facts: Mapping[str, Any]) -> float:
    """How many times as high or low as a model expects the odds may be, by the facts of its training: by the visits of
    its calibration part, or of its learning part where there is none.
    """
    parts = facts["parts"]
    part = parts["calibrate"] if parts["calibrate"]["visits"] else parts["learn"]
    return tolerance(part["visits"], part["problems"])


def groups_of(people: pd.DataFrame) -> tuple[Group, ...]:
    """The groups to be watched: fixed before any visit, with their shares of the false alarms.

    Parameters
    ----------
    people
        The columns `GROUPS` and ``enterprises``, as `population` gives them.
    """
    everyone = people["enterprises"].sum()
    found: list[Group] = []
    for family, columns in FAMILIES.items():
        if columns:
            sizes = people.groupby(list(columns), observed=True)["enterprises"].sum()
            sizes = sizes[sizes >= LEAST_SHARE * everyone]
            values = [key if isinstance(key, tuple) else (key,) for key in sizes.index]
            roots = np.sqrt(sizes.to_numpy(dtype=np.float64))
        else:
            values, roots = [()], np.ones(1)
        shares = roots / roots.sum() / (2 * len(FAMILIES))
        found += [Group(family, one, float(share)) for one, share in zip(values, shares, strict=True)]
    return tuple(found)


def compare(visits: pd.DataFrame, groups: Sequence[Group], until: date, tolerated: float) -> Watch:
    """What visits say of each group.

    Parameters
    ----------
    visits
        As `watched_visits` gives them; some are drawn.
    groups
        As `groups_of` gives them.
    tolerated
        How many times as high or low as expected the odds of a problem may be
        (`riskml.training.e_detector.tolerance`).
    """
    firsts = [day.date() for day in pd.date_range(visits["month"].min(), until, freq="MS")]
    number = {first: place for place, first in enumerate(firsts)}
    numbered = visits.assign(number=pd.to_datetime(visits["month"]).dt.date.map(number))
    drawn, chosen = (numbered[numbered["drawn"] == one] for one in (True, False))
    found = [one for group in groups for one in _regimes(group, drawn, chosen, firsts, tolerated)]
    found.sort(key=lambda one: (not one.lasting, one.log_bound - one.log_evidence))
    surer = {one.group: one for one in reversed(found) if one.group.family in ("everyone", "section")}
    return Watch(
        since=firsts[0],
        until=until,
        draws=len(drawn),
        problems=int(drawn["problem"].sum()),
        expected=float(drawn["risk"].sum()),
        chosen=len(chosen),
        groups=len(groups),
        tolerated=tolerated,
        noticed=tuple(one for one in found if one.noticed),
        standing=tuple(surer[group] for group in groups if group in surer),
    )


def _regimes(
    group: Group, drawn: pd.DataFrame, chosen: pd.DataFrame, firsts: list[date], tolerated: float
) -> Iterator[Regime]:
    """A group in both directions; nothing where no draw is in it."""
    own = drawn[group.members(drawn)]
    if own.empty:
        return
    others = chosen[group.members(chosen)]
    risk, problem, month = (own[name].to_numpy() for name in ("risk", "problem", "number"))
    months = tuple(
        Month(first, int((month == place).sum()), int(problem[month == place].sum()), float(risk[month == place].sum()))
        for place, first in enumerate(firsts)
    )
    limit = bound(group.weight)
    for raised in (True, False):
        bets = monthly_bets(risk, problem, month, len(firsts), raised=raised, tolerated=tolerated)
        path = evidence(bets)
        noticed = next((place for place, one in enumerate(path) if one >= limit), None)
        lasting = bool(path[-1] >= limit)
        last = len(firsts) - 1 if noticed is None or lasting else noticed
        by_then = bets[:, : last + 1 if noticed is None else noticed + 1]
        since = onset(by_then)
        draws, problems, expected = _counted(own, since, last)
        low, high = wilson(problems, draws)
        not_drawn = _counted(others, since, last)
        yield Regime(
            group=group,
            raised=raised,
            noticed=None if noticed is None else firsts[noticed],
            lasting=lasting,
            since=firsts[since],
            until=firsts[last],
            from_the_start=from_the_start(by_then),
            draws=draws,
            problems=problems,
            expected=expected,
            low=low,
            high=high,
            log_evidence=float(path.max()),
            log_bound=limit,
            false_alarms=false_alarms_a_year(float(path.max()), group.weight),
            tolerated=tolerated,
            chosen=not_drawn[0],
            chosen_problems=not_drawn[1],
            chosen_expected=not_drawn[2],
            months=months,
        )


def _counted(visits: pd.DataFrame, since: int, last: int) -> tuple[int, int, float]:
    """Visits from one month to another, the problems that they found, and those that were expected."""
    within = visits[visits["number"].between(since, last)]
    return len(within), int(within["problem"].sum()), float(within["risk"].sum())


def _value_label(name: str, value: str) -> Label:
    """What a value of a column of groups is called."""
    match name:
        case "section":
            return SECTIONS.get(value, Label(value, value))
        case "trade":
            return Label(f"行业大类 {value}", f"division {value} (GB/T 4754)")
        case "region":
            region = region_name(value.ljust(6, "0"))
            return Label(region, region)
        case "kind":
            return (TABLES["enterprise"].column("kind").codes or {}).get(value, Label(value, value))
        case _:
            return Label(f"注册资本 {value} 万元", f"registered capital {value}, in 10,000 yuan")
