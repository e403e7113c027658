"""Annual reports: filed from 1 January to 30 June of the next year (条例 Art. 8), late, or never; and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from riskml.lab.simulation.calendar import NEVER, Days, Flags, Floats, Integers, day_number, years_of
from riskml.lab.simulation.columns import Amounts, Dates, Frame, Numbered, Whole
from riskml.lab.simulation.world import World

_YEARS_BEFORE = 5


@dataclass(frozen=True)
class Reports:
    """One entry per enterprise and reporting year that fell due, filed or not.

    Parameters
    ----------
    due
        30 June of the next year.
    filed
        Day of filing; `NEVER` where it was not filed by the last day.
    """

    enterprise: Integers
    year: Integers
    due: Days
    filed: Days

    @property
    def late(self) -> Flags:
        """Whether the report was not there on the day after it fell due."""
        return self.filed > self.due


def file_reports(rng: np.random.Generator, world: World) -> Reports:
    """Let every enterprise that was active at the turn of the year file its report, mostly in time."""
    calendar = world.calendar
    first_year = int(years_of(np.array([calendar.window_start], np.int32))[0]) - _YEARS_BEFORE
    last_year = calendar.until.year - 1
    founded = years_of(world.registration.established)
    laxity = 0.6 * rng.standard_normal(world.count)
    parts = []
    for year in range(first_year, last_year + 1):
        opening = day_number(date(year + 1, 1, 1))
        if opening > calendar.last_day:
            break
        due = day_number(date(year + 1, 6, 30))
        owing = np.flatnonzero((founded <= year) & (world.closed > due))
        risk = world.risk.on(owing, np.full(len(owing), due, np.int32)) + laxity[owing]
        in_season = opening + np.floor((due + 1 - opening) * rng.beta(2.6, 1.5, len(owing)))
        never = rng.random(len(owing)) < 1 / (1 + np.exp(4.3 - 1.1 * risk))
        late = rng.random(len(owing)) < 1 / (1 + np.exp(4.0 - 0.95 * risk))
        delay = np.where(never, rng.uniform(250, 2500, len(owing)), rng.exponential(75, len(owing)) + 1)
        filed = np.where(never | late, due + 1 + delay, in_season).astype(np.int32)
        filed = np.where((filed > calendar.last_day) | (filed >= world.closed[owing]), NEVER, filed)
        parts.append((owing, np.full(len(owing), year), np.full(len(owing), due, np.int32), filed))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Reports(*(column[order] for column in columns))


def annual_reports(rng: np.random.Generator, world: World, reports: Reports) -> Frame:
    """The filed reports with their figures; the risky owe more, earn less, and rather report nothing but zeros."""
    filed = reports.filed < NEVER
    enterprise, year, day = reports.enterprise[filed], reports.year[filed], reports.filed[filed]
    risk = world.risk.on(enterprise, day)
    figures = _figures(rng, world, enterprise, risk)
    unpublished = rng.random(len(day)) < 0.02
    return {
        "ANCHEID": Numbered("NB", np.arange(len(day)), 10),
        "UNISCID": world.code(enterprise),
        "ANCHEDATE": Dates(day),
        "ANCHEYEAR": Whole(year),
        "EMPNUM": Whole(np.where(unpublished, -1, figures.pop("employees")).astype(np.int64)),
        **{name: Amounts(np.where(unpublished, np.nan, values).astype(np.float32)) for name, values in figures.items()},
        "recDate": Dates(day),
    }


def _figures(rng: np.random.Generator, world: World, enterprise: Integers, risk: Floats) -> dict[str, Floats]:
    """Employees, and amounts in 10,000 yuan. Some report zeros throughout, a few what cannot be."""
    rows = len(enterprise)
    dormancy = (1.0 * rng.standard_normal(world.count))[enterprise]
    scale = np.exp(4.6 + world.registration.size + 0.25 * rng.standard_normal(world.count))[enterprise]
    assets = scale * np.exp(0.2 * rng.standard_normal(rows))
    leverage = np.exp(
        (-0.85 + 0.45 * rng.standard_normal(world.count))[enterprise] + 0.30 * risk + 0.2 * rng.standard_normal(rows)
    )
    revenue = assets * np.exp(-0.2 - 0.12 * risk + 0.8 * rng.standard_normal(rows))
    profit = revenue * (0.05 - 0.045 * risk + 0.09 * rng.standard_normal(rows))
    tax = revenue * np.exp(-3.6 - 0.10 * risk + 0.5 * rng.standard_normal(rows))
    employees = np.floor(np.sqrt(assets) * np.exp(-0.4 + 0.5 * rng.standard_normal(rows)))
    zero = rng.random(rows) < 1 / (1 + np.exp(3.2 - 0.85 * risk - dormancy))
    implausible = rng.random(rows) < 1 / (1 + np.exp(5.2 - 0.6 * risk))
    alive = np.where(zero, 0.0, 1.0)
    return {
        "employees": employees * alive,
        "ASSGRO": assets * alive,
        "LIAGRO": assets * leverage * alive,
        "VENDINC": np.where(implausible, 0.0, revenue) * alive,
        "PROGRO": profit * alive,
        "NETINC": np.where(implausible, 2.0 * profit, np.where(profit > 0, 0.85 * profit, profit)) * alive,
        "RATGRO": tax * alive,
    }
