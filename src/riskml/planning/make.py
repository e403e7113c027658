"""A plan out of whom it may visit and the office's settings: who is visited for certain, everyone's chance of being
drawn, and what of all that is wanted cannot hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from riskml.core.errors import RunError
from riskml.planning import conflicts as conflicts_of
from riskml.planning.against_text import not_as_said
from riskml.planning.conflicts import Conflict, refuse_blocking
from riskml.planning.office_lists import OfficeLists
from riskml.planning.settings import PlanSettings
from riskml.planning.standing import PAIR, Standing
from riskml.sampling.draw import WHOLE
from riskml.sampling.probabilities import Allotted, Group, allot, chances_of
from riskml.sampling.verifier import Inspector
from riskml.schemes.scheme import Scheme


@dataclass(frozen=True)
class Made:
    """A plan that was made.

    Parameters
    ----------
    people
        `riskml.planning.frame.COLUMNS` of everyone in the order of the frame, with ``unit``, ``visit`` (the code of
        its visit, which whoever comes shows at the door), ``stratum`` (its place
        among `strata`), ``ratio`` (the place of its ratio in the settings), ``arms`` of who is visited without a draw,
        ``last_day``, ``field``, ``days``, ``standing`` and ``probability`` in parts of `WHOLE`.
    strata
        What each stratum is.
    conflicts
        What does not hold, and blocks nothing.
    allotted
        How many of each ratio are drawn.
    fixed_days, expected_days
        Inspector-days of the visits without a draw, and of those drawn, as is to be expected.
    """

    settings: PlanSettings
    people: pa.Table
    strata: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    allotted: Allotted
    fixed_days: float
    expected_days: float

    @property
    def drawable(self) -> int:
        """How many may be drawn: all but those at the cap, or drawn as often as may be."""
        return int((self.people["probability"].to_numpy() > 0).sum())

    @property
    def size(self) -> int:
        """How many are drawn."""
        return int(self.people["probability"].to_numpy().sum()) // WHOLE


def make_plan(settings: PlanSettings, scheme: Scheme, lists: OfficeLists, people: pa.Table, secret: str) -> Made:
    """Make a plan.

    Parameters
    ----------
    people
        `riskml.planning.frame.COLUMNS` of everyone in scope.
    secret
        What hashes of codes, and the codes of visits, are salted with; nobody but the office may know it.

    Raises
    ------
    RunError
        Where quotas, floors and the budget cannot all hold: which, and by how much.
    """
    standing = Standing(settings, scheme, lists, _ordered(settings, people, secret))
    allotted = _allotted(standing)
    conflicts = [*_kept_from(standing), *_beyond_budget(standing, allotted), *_against_text(standing, allotted)]
    refuse_blocking(conflicts)
    chances = chances_of(
        standing.groups, allotted.expected, standing.weights, settings.p_min, at_floor=standing.observed
    )
    if not chances.sum():
        raise RunError(
            zh="一户也不能抽取：每一户都已满上限（cap）或已抽到其等级的最多次数（most_a_year）。",
            en="Nobody can be drawn: every enterprise is at the cap, or was drawn as often as its grade may be "
            "(most_a_year).",
        )
    expected = float((chances / WHOLE) @ (standing.days * np.where(standing.fixed, 0.0, PAIR)))
    conflicts += _inspectors_short(standing, standing.fixed_days + expected)
    codes, strata = standing.strata
    columns = {
        "stratum": pa.array(codes, pa.int32()),
        "ratio": pa.array(standing.ratio, pa.int32()),
        "arms": pa.array(standing.arms, pa.string()),
        "last_day": pa.array(standing.last_days, pa.date32()),
        "field": pa.array(standing.fields, pa.string()),
        "days": pa.array(standing.days),
        "standing": pa.array(standing.standing, pa.string()),
        "probability": pa.array(chances),
    }
    whole = standing.people.drop_columns(["stratum_name"])
    for name, column in columns.items():
        whole = whole.append_column(name, column)
    return Made(settings, whole, strata, tuple(conflicts), allotted, standing.fixed_days, expected)


def _ordered(settings: PlanSettings, people: pa.Table, secret: str) -> pa.Table:
    """Everyone with unit and stratum, in the order of both."""
    parts = {"region": "division", "trade": "left(trade, 1)", "kind": "kind"}
    stratum = f"concat_ws('|', {', '.join(parts[one] for one in settings.strata)})" if settings.strata else "''"
    unit = "left(sha256($secret || enterprise_id), 24)" if settings.ids == "hashed" else "enterprise_id"
    with duckdb.connect() as connection:
        connection.register("people", people)
        ordered: pa.Table = connection.sql(
            f"SELECT *, {unit} AS unit, upper(left(sha256($secret || 'visit' || enterprise_id), 12)) AS visit, "
            f"{stratum} AS stratum_name FROM people ORDER BY stratum_name, unit",
            params={"secret": secret},
        ).to_arrow_table()
        return ordered


def _allotted(standing: Standing) -> Allotted:
    """How many of each ratio are drawn, within the days there are."""
    budget, groups = standing.settings.budget, []
    for place, ratio in enumerate(standing.settings.ratios):
        own = standing.groups == place
        size = int(own.sum())
        cost = PAIR * (budget.on_site if ratio.manner == "on_site" else budget.off_site)
        # Who is visited anyway costs nothing more where it is drawn too.
        groups.append(Group(size, ratio.ratio, cost * (float((~standing.fixed[own]).mean()) if size else 0.0)))
    return allot(
        groups,
        standing.settings.p_min,
        max(standing.draw_days, 0.0),
        lower=budget.short == "scale",
        higher=budget.left == "scale",
    )


def _kept_from(standing: Standing) -> Iterator[Conflict]:
    """Whom the lists, the cap and the frequency keep from being visited."""
    if missing := [one for one in standing.wanted if one not in standing.rows_wanted]:
        yield conflicts_of.not_in_scope(missing)
    if strangers := standing.strangers_in_conflicts:
        yield conflicts_of.strangers_in_conflicts(strangers)
    first, until = standing.settings.period.first, standing.settings.period.until
    quarters = {(day.month - 1) // 3 for day in (first, until)}
    if len(quarters) > 1 and (demanded := int((standing.demanded & standing.fixed).sum())):
        yield conflicts_of.longer_than_a_quarter(demanded)
    if capped := int(standing.capped.sum()):
        yield conflicts_of.cap_used(capped, standing.settings.cap.visits_a_year)
    if undone := int((standing.demanded & ~standing.fixed).sum()):
        yield conflicts_of.demanded_beyond_cap(undone)
    left_out = Counter(
        arm
        for enterprise, row in standing.rows_wanted.items()
        if not standing.fixed[row]
        for arm in standing.wanted[enterprise]
    )
    for arm, number in left_out.items():
        yield conflicts_of.wanted_beyond_cap(arm, number)
    if often := int((standing.often & ~standing.capped).sum()):
        yield conflicts_of.drawn_as_often(often)


def _beyond_budget(standing: Standing, allotted: Allotted) -> Iterator[Conflict]:
    """What takes more days than there are."""
    budget, left = standing.settings.budget, standing.draw_days
    if left < 0:
        yield conflicts_of.fixed_beyond_budget(standing.fixed_days, budget.inspector_days)
        return
    if allotted.least > left * (1 + 1e-9):
        yield conflicts_of.floor_beyond_budget(standing.settings.p_min, allotted.least, left)
    elif allotted.needed > left * (1 + 1e-9):
        factor = allotted.factor if budget.short == "scale" else None
        yield conflicts_of.quotas_beyond_budget(allotted.needed, left, factor)
    if allotted.factor > 1:
        yield conflicts_of.ratios_raised(left - allotted.needed, allotted.factor)
    if (officers := standing.settings.officers) is not None:
        share = left / (1 - officers.share) * officers.share
        if (chosen := standing.chosen_days) > share * (1 + 1e-9):
            yield conflicts_of.officers_beyond_share(chosen, share)


def _against_text(standing: Standing, allotted: Allotted) -> Iterator[Conflict]:
    """Grades that are drawn alike once ratios are lowered to the floor, or raised to everyone."""
    ratios, p_min = standing.settings.ratios, standing.settings.p_min
    drawn = [min(max(one.ratio * allotted.factor, p_min), 1.0) for one in ratios]
    for one in not_as_said(standing.settings, standing.scheme, drawn):
        yield conflicts_of.drawn_alike(ratios[one.more].told, ratios[one.less].told, one.article)


def _inspectors_short(standing: Standing, days: float) -> Iterator[Conflict]:
    """What the inspectors cannot do."""
    inspectors = standing.lists.inspectors
    if days > (there := sum(one.days for one in inspectors) / 100):
        yield conflicts_of.too_few_days(days, there)
    divisions = standing.people.group_by("division").aggregate([([], "count_all")]).to_pylist()
    reached = {one["division"]: sum(_reaches(each, one["division"]) for each in inspectors) for one in divisions}
    if unreached := sum(one["count_all"] for one in divisions if reached[one["division"]] < PAIR):
        yield conflicts_of.nobody_reaches(unreached)
    qualified = {field for one in inspectors for field in one.fields}
    for field in sorted({str(one) for one in standing.fields} - qualified - {""}):
        yield conflicts_of.nobody_qualified(field, int((standing.fields == field).sum()))


def _reaches(inspector: Inspector, division: str) -> bool:
    return not inspector.places or division.startswith(inspector.places)
