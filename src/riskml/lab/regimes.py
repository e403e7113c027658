"""How soon a trade whose problem rate jumps is noticed, and how often anything is where nothing changed.

Three measurements on simulated provinces (a year of monthly runs of a model that was trained before it, by the
product's own path; the same draws with outcomes drawn anew; and provinces in which one trade changes), and one on
Beijing's inspections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.init import create_workspace
from riskml.core.language import say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.explanation import plain
from riskml.lab.benchmarks.beijing import watched_since
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.simulation import Jump, simulate
from riskml.lifecycle.retrain import retrain
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.records.store import open_store
from riskml.runs.published import published_runs
from riskml.runs.regimes import Group, Regime, Watch, compare, groups_of, tolerated_of
from riskml.runs.score import score
from riskml.runs.watched_visits import judging_runs, population, watched_visits
from riskml.training.e_detector import TOLERATED, bound, evidence, monthly_bets
from riskml.training.settings import parse_training

Floats = NDArray[np.float64]

TRAINED, UNTIL, MONTHS = date(2025, 10, 31), date(2026, 10, 31), 60
"""The day the model is trained, the last day of visits, and how many months of records there are."""

SECTION, JUMPED, RISE = "F", date(2026, 3, 1), 0.75
"""The trade that changes (wholesale and retail), since when, and by how much on the scale of the hidden risk: what
draws find in it about doubles.
"""

FIRST_SEED, IN_ALL = 2001, 60_000
"""Provinces are made from this seed on, each with and without the change, one at least and so many that each kind has
about so many enterprises.
"""

SEQUENCES, SCALES = 1000, (1, 10)
"""Years whose outcomes are drawn anew, with as many draws as the province has, and ten times as many."""

TIMES, DELAYED, SCALES_OF_DELAY = 2.0, 200, (1, 3, 10, 30)
"""By how much the rate of the trade is multiplied, how many years are drawn for each, and how many draws there are."""


@dataclass(frozen=True)
class Province:
    """What was watched in one simulated province.

    Parameters
    ----------
    jump
        Whether the trade changes.
    draws, problems, expected
        Of the whole year.
    rate_before, rate_since
        What draws found in the trade before the month in which it changes, where it does, and since.
    months
        How many months after the change more problems than expected were noticed in the trade, a part of it, or
        everyone; None where they were not.
    others
        The notices of other groups, of fewer problems, or before the change.
    """

    seed: int
    jump: bool
    draws: int
    problems: int
    expected: float
    rate_before: float
    rate_since: float
    months: int | None
    others: tuple[str, ...]


@dataclass(frozen=True)
class FalseNotices:
    """In how many of some years anything was noticed although the risks were right to within what is tolerated: `odds`
    times as high as they say are the odds of a problem everywhere; `draws` is how many a year has.
    """

    odds: float
    draws: int
    groups: int
    years: int
    noticed: int


@dataclass(frozen=True)
class Delay:
    """How many months it takes until a trade is noticed whose rate is `TIMES` as high from one month on.

    Parameters
    ----------
    draws
        Draws of the trade in a month, on average.
    within
        Shares of the years in which it was noticed by the end of the first, second, third, … month; the rest later
        than the seventh.
    """

    draws: float
    within: tuple[float, ...]


@dataclass(frozen=True)
class RegimesResult:
    """What was measured; `real` has Beijing's by the first year that was watched, nothing without its data."""

    provinces: tuple[Province, ...]
    false_notices: tuple[FalseNotices, ...]
    delays: tuple[Delay, ...]
    real: dict[int, Watch]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        parts = {name: plain(getattr(self, name)) for name in ("provinces", "false_notices", "delays")}
        return {"simulated": True, **parts, "beijing": plain(self.real)}

    def tables(self) -> tuple[ShownTable, ...]:
        """False notices, delays, whole provinces, and Beijing."""
        shown = [
            ShownTable(
                say("风险准到容许的倍数以内时的误报（模拟）",
                    "False notices where risks are right to within what is tolerated (simulated)"),
                (say("实际与预期的比值", "odds, true to expected"), say("抽查/年", "draws a year"),
                 say("组", "groups"), say("年数", "years"), say("有误报的年", "years with one")),
                tuple((f"{one.odds:g}", one.draws, one.groups, one.years,
                       f"{one.noticed} ({one.noticed / one.years:.1%})") for one in self.false_notices),
            ),
            ShownTable(
                say(f"一个行业的问题率变为 {TIMES:g} 倍后，几个月内发现（模拟）",
                    f"Months until a trade is noticed whose rate is {TIMES:g} times as high (simulated)"),
                (say("该行业抽查/月", "its draws a month"),
                 *(say(f"{month} 月内", f"within {month}") for month in (1, 2, 3, 4, 6, 7))),
                tuple((f"{one.draws:.0f}", *(f"{one.within[month - 1]:.0%}" for month in (1, 2, 3, 4, 6, 7)))
                      for one in self.delays),
            ),
            ShownTable(
                say("整个省份：训练、逐月评分、比较（模拟）",
                    "Whole provinces: trained, scored monthly, watched (simulated)"),
                (say("种子", "seed"), say("变化", "change"), say("抽查", "draws"), say("发现/预期", "found/expected"),
                 say("该行业前后", "its rate, before and since"), say("第几个月发现", "noticed in month"),
                 say("其他提示", "other notices")),
                tuple((one.seed, say("有", "yes") if one.jump else say("无", "no"), one.draws,
                       f"{one.problems}/{one.expected:.0f}", f"{one.rate_before:.1%} → {one.rate_since:.1%}",
                       "–" if one.months is None else one.months, len(one.others)) for one in self.provinces),
            ),
        ]  # fmt: skip
        for year, watched in self.real.items():
            seen = f"{watched.problems}/{watched.expected:.0f}"
            title = say(
                f"北京 {year}–2023 年，此前训练的模型：{watched.draws} 次检查，不合格/预期 {seen}",
                f"Beijing {year}–2023, a model trained before: {watched.draws} visits, failed/expected {seen}",
            )
            heads = (say("组", "group"), "", say("约自", "since about"), say("发现于", "noticed in"),
                     say("检查", "visits"), say("不合格", "failed"), say("预期", "expected"))  # fmt: skip
            rows = tuple(
                (one.group.label.said, "↑" if one.raised else "↓", f"{one.since:%Y-%m}", f"{one.noticed:%Y-%m}",
                 one.draws, one.problems, f"{one.expected:.1f}")
                for one in watched.noticed if one.noticed
            )  # fmt: skip
            shown.append(ShownTable(title, heads, rows))
        return tuple(shown)

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        real = () if not self.real else (
            say("北京的检查没有一次是双随机抽查：这里把全部检查当作抽查，只为看会何时发现，不是误报的保证。",
                "None of Beijing's visits is a random draw: all are taken for draws here, to see when a change would "
                "have been noticed; the bound of false notices does not hold of them."),
        )  # fmt: skip
        return (
            say("除北京外均为模拟数据。", "All but Beijing's figures are of simulated data."),
            *real,
        )


def run_regimes(enterprises: int, data: Path | None, on_progress: Progress) -> RegimesResult:
    """Measure on provinces of so many enterprises, and on Beijing's inspections where `data` has them."""
    made: list[tuple[Province, pd.DataFrame, tuple[Group, ...]]] = []
    provinces = 2 * max(1, IN_ALL // enterprises)
    for number in range(provinces):
        on_progress(say("省份", "province"), number, provinces)
        made.append(_province(FIRST_SEED + number // 2, enterprises, jump=bool(number % 2)))
    _, visits, groups = made[0]
    frame = _Frame.of(visits, groups)
    random = np.random.default_rng(0)
    on_progress(say("误报", "false notices"), 0, 1)
    false_notices = tuple(frame.false_notices(odds, scale, random) for odds in (1.0, TOLERATED) for scale in SCALES)
    on_progress(say("多久发现", "delays"), 0, 1)
    delays = tuple(frame.delay(scale, random) for scale in SCALES_OF_DELAY)
    real = {} if data is None else watched_since(data, on_progress)
    return RegimesResult(tuple(one for one, *_ in made), false_notices, delays, real)


def _province(seed: int, enterprises: int, *, jump: bool) -> tuple[Province, pd.DataFrame, tuple[Group, ...]]:
    """Simulate, train, score every month, and watch."""

    def silent(*_: object) -> None:
        """No progress."""

    with TemporaryDirectory(prefix="riskml-regimes-") as root:
        made = create_workspace(Path(root) / "workspace")
        change = Jump(SECTION, JUMPED, RISE) if jump else None
        simulate(enterprises, seed, MONTHS, UNTIL, made.data / "simulated", made.data / "truth", jump=change)
        ingest(made, load_source(made.sources / "simulated"), made.data / "simulated", date(2026, 11, 1), silent)
        retrain(made, "yunnan", TRAINED, silent)
        for day in pd.date_range(TRAINED, UNTIL, freq="ME")[:-1]:
            score(made, "yunnan", day.date(), silent)
        visits, groups, tolerated = _read(made)
    return _watched(seed, visits, groups, tolerated, jump=jump), visits, groups


def _watched(seed: int, visits: pd.DataFrame, groups: Sequence[Group], tolerated: float, *, jump: bool) -> Province:
    found = compare(visits, groups, UNTIL, tolerated)
    own = visits[visits["drawn"] & (visits["section"] == SECTION)]
    since = own["month"] >= JUMPED
    after = {one: _months_after(one) for one in found.noticed if jump}
    return Province(
        seed=seed,
        jump=jump,
        draws=found.draws,
        problems=found.problems,
        expected=found.expected,
        rate_before=float(own.loc[~since, "problem"].mean()),
        rate_since=float(own.loc[since, "problem"].mean()),
        months=min((months for months in after.values() if months is not None), default=None),
        others=tuple(one.group.label.en for one in found.noticed if after.get(one) is None),
    )


def _months_after(one: Regime) -> int | None:
    """How many months after the change it was noticed, where it is of the trade, of a part of it or of everyone."""
    of_the_trade = not one.group.values or any(value.startswith(SECTION) for value in one.group.values)
    if not (one.raised and one.noticed and of_the_trade and one.noticed >= JUMPED):
        return None
    return (one.noticed.year - JUMPED.year) * 12 + one.noticed.month - JUMPED.month + 1


def _read(workspace: Workspace) -> tuple[pd.DataFrame, tuple[Group, ...], float]:
    """What is watched in a workspace: its visits and its groups; and what its model tolerates."""
    runs = judging_runs(published_runs(workspace, "yunnan"))
    bundle = runs[-1].method.bundle  # type: ignore[attr-defined]
    settings = parse_training(bundle.training_yaml, "training.yaml")
    periods = runs[-1].policy.periods
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    visits = watched_visits(connection, runs, UNTIL, settings, periods)
    visits["month"] = pd.to_datetime(visits["month"]).dt.date
    return visits, groups_of(population(connection, runs[0], periods)), tolerated_of(bundle.facts)


@dataclass(frozen=True)
class _Frame:
    """The draws of a year: what was expected of them, in which month and which groups they are.

    Parameters
    ----------
    risk, month, own
        Shape (n,): of each draw; `own` where it is of the trade that changes.
    groups
        The places of the draws of each group, and its bound.
    """

    risk: Floats
    month: NDArray[np.intp]
    own: NDArray[np.bool_]
    groups: tuple[tuple[NDArray[np.intp], float], ...]

    @classmethod
    def of(cls, visits: pd.DataFrame, groups: Sequence[Group]) -> _Frame:
        drawn = visits[visits["drawn"]].reset_index(drop=True)
        month = np.searchsorted(np.unique(drawn["month"]), drawn["month"])
        held = tuple((np.flatnonzero(one.members(drawn)), bound(one.weight)) for one in groups)
        return cls(drawn["risk"].to_numpy(), month, (drawn["section"] == SECTION).to_numpy(), held)

    @property
    def months(self) -> int:
        return int(self.month.max()) + 1

    def noticed(self, risk: Floats, month: NDArray[np.intp], found: Floats, scale: int, *, raised: bool) -> int:
        """The first month in which any group is noticed; the number of months where none is."""
        first = self.months
        for places, limit in self.groups:
            if len(places):
                own = (np.arange(scale)[:, None] * len(self.risk) + places).ravel()
                bets = monthly_bets(risk[own], found[own], month[own], self.months, raised=raised, tolerated=TOLERATED)
                path = evidence(bets)
                reached = np.flatnonzero(path[:first] >= limit)
                first = int(reached[0]) if len(reached) else first
        return first

    def false_notices(self, odds: float, scale: int, random: np.random.Generator) -> FalseNotices:
        """Outcomes by the risks, with odds so many times as high, again and again."""
        risk, month = np.tile(self.risk, scale), np.tile(self.month, scale)
        true = odds * risk / (1 - risk + odds * risk)
        noticed = 0
        for _ in range(SEQUENCES):
            found = (random.random(len(risk)) < true).astype(np.float64)
            noticed += any(
                self.noticed(risk, month, found, scale, raised=raised) < self.months for raised in (True, False)
            )
        return FalseNotices(odds, len(risk), len(self.groups), SEQUENCES, noticed)

    def delay(self, scale: int, random: np.random.Generator) -> Delay:
        """Outcomes by the risks, of the trade with a rate `TIMES` as high from the sixth month on."""
        risk, month = np.tile(self.risk, scale), np.tile(self.month, scale)
        change = self.months - 7
        jumped = np.tile(self.own, scale) & (month >= change)
        true = np.where(jumped, np.minimum(TIMES * risk, 0.95), risk)
        first = np.array([
            self.noticed(risk, month, (random.random(len(risk)) < true).astype(np.float64), scale, raised=True)
            for _ in range(DELAYED)
        ])  # fmt: skip
        within = tuple(float(((first >= change) & (first < change + months)).mean()) for months in range(1, 8))
        return Delay(float(self.own.sum() * scale / self.months), within)
