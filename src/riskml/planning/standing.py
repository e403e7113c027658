"""Where everyone stands in a plan: with which ratio, in which stratum, whether for certain or by lot, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.planning.office_lists import OfficeLists
from riskml.planning.settings import PlanSettings, Ratio
from riskml.schemes.scheme import Scheme

PAIR = 2
"""Inspectors of a visit: the law asks for no fewer than two (Administrative Penalties Law, Art. 42)."""


@dataclass(frozen=True)
class Standing:
    """Everyone of a frame; arrays have a row for each, in the order of `people`.

    Parameters
    ----------
    people
        `riskml.planning.frame.COLUMNS`, with ``unit`` and ``stratum_name``, in the order of both.
    """

    settings: PlanSettings
    scheme: Scheme
    lists: OfficeLists
    people: pa.Table

    # Who.

    @cached_property
    def strata(self) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """The place of everyone's stratum among the names that follow."""
        encoded = self.people["stratum_name"].combine_chunks().dictionary_encode()
        return encoded.indices.to_numpy(), tuple(encoded.dictionary.to_pylist())

    @cached_property
    def ratio(self) -> NDArray[np.int64]:
        """The place of everyone's ratio in the settings."""
        pairs = pa.table({"grade": self.people["grade"], "industry": self.people["industry"]})
        known: dict[tuple[str, str | None], int] = {}
        for one in pairs.group_by(["grade", "industry"]).aggregate([]).to_pylist():
            pair = (one["grade"], one["industry"])
            known[pair] = self.settings.ratios.index(self._ratio_of(*pair))
        grades, industries = self._coded("grade"), self._coded("industry")
        found = np.full(len(self.people), -1)
        for (grade, industry), place in known.items():
            found[(grades[0] == grades[1].index(grade)) & (industries[0] == industries[1].index(industry))] = place
        return found

    def _ratio_of(self, grade: str, industry: str | None) -> Ratio:
        """The ratio of a grade with the level of its trade: its own where there is one, otherwise that of the class
        that both give together.
        """
        cell = next((one for one in self.settings.ratios if (one.grade, one.industry) == (grade, industry)), None)
        if cell is not None:
            return cell
        fusion = self.scheme.fusion
        combined = fusion.cell(grade, industry).combined if fusion is not None and industry is not None else grade
        return next(one for one in self.settings.ratios if (one.grade, one.industry) == (combined, None))

    def _coded(self, name: str) -> tuple[NDArray[np.int64], list[str | None]]:
        encoded = self.people[name].combine_chunks().dictionary_encode(null_encoding="encode")
        return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()

    @cached_property
    def of_grade(self) -> dict[str, NDArray[np.bool_]]:
        """Grade → who has it."""
        codes, grades = self._coded("grade")
        return {one: codes == grades.index(one) if one in grades else codes < 0 for one in self.scheme.grade_names}

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """Who is under observation and drawn with the least chance: supervision there acts when triggered."""
        return self._flags("observed") & self.settings.observed_at_p_min

    def _flags(self, name: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.people[name].to_numpy(zero_copy_only=False).astype(bool)
        return found

    # Visits without a draw.

    @cached_property
    def capped(self) -> NDArray[np.bool_]:
        """Who may not be visited any more this year."""
        found: NDArray[np.bool_] = self.people["visits"].to_numpy() >= self.settings.cap.visits_a_year
        return found

    @cached_property
    def demanded(self) -> NDArray[np.bool_]:
        """Who has to be visited on site by the grade, and was not this quarter."""
        grades = [grade for one in self.scheme.measures if one.on_site_required for grade in one.grades]
        whole = np.zeros(len(self.people), dtype=np.bool_)
        for one in grades:
            whole |= self.of_grade[one]
        return whole & ~self._flags("visited")

    @cached_property
    def wanted(self) -> dict[str, list[str]]:
        """Enterprise → the arms of whoever wants it visited."""
        found: dict[str, list[str]] = {}
        for one in self.lists.wanted:
            found.setdefault(one.enterprise, []).append(one.arm)
        return found

    @cached_property
    def rows_wanted(self) -> dict[str, int]:
        """Of these, where they are."""
        wanted = pa.array(list(self.wanted), pa.string())
        rows = np.flatnonzero(pc.is_in(self.people["enterprise_id"], wanted).to_numpy())
        return {self.people["enterprise_id"][row].as_py(): int(row) for row in rows}

    @cached_property
    def strangers_in_conflicts(self) -> list[str]:
        """Of the enterprises that inspectors must not go to, those that the run does not grade."""
        named = sorted({enterprise for _, enterprise in self.lists.conflicts})
        found = pc.is_in(pa.array(named, pa.string()), self.people["enterprise_id"].combine_chunks()).to_pylist()
        return [one for one, there in zip(named, found, strict=True) if not there]

    @cached_property
    def arms(self) -> NDArray[np.object_]:
        """Why each is visited without a draw, separated by +; empty of who is not."""
        found = np.full(len(self.people), "", dtype=object)
        found[self.demanded & ~self.capped] = "directed"
        for enterprise, row in self.rows_wanted.items():
            arms = self.wanted[enterprise]
            special = any(one.startswith("special:") for one in arms)
            if special or not self.capped[row]:  # a special from above is outside the cap
                found[row] = "+".join(sorted({*arms, *(["directed"] if self.demanded[row] else [])}))
        return found

    @cached_property
    def fixed(self) -> NDArray[np.bool_]:
        """Who is visited without a draw."""
        found: NDArray[np.bool_] = self.arms != ""
        return found

    @cached_property
    def fixed_days(self) -> float:
        """Inspector-days of these visits."""
        return float(self.days[self.fixed].sum() * PAIR)

    @cached_property
    def last_days(self) -> list[date | None]:
        """By when each of them is due: by its case's day where that comes first, at the latest when the period ends."""
        until = self.settings.period.until
        found: list[date | None] = [None] * len(self.people)
        dues = self.people["due"]
        for row in np.flatnonzero(self.fixed).tolist():
            due = dues[row].as_py()
            found[row] = until if due is None else max(min(due, until), self.settings.period.first)
        return found

    @cached_property
    def fields(self) -> NDArray[np.object_]:
        """The field of each one's inspection: that somebody names, or that of its trade."""
        found = np.full(len(self.people), "", dtype=object)
        trades = self.people["trade"]
        for one in sorted(self.settings.fields, key=lambda one: len(one.trade)):
            found[pc.starts_with(trades, one.trade).to_numpy()] = one.field
        for named in self.lists.wanted:
            if named.field and named.enterprise in self.rows_wanted:
                found[self.rows_wanted[named.enterprise]] = named.field
        return found

    @cached_property
    def days(self) -> NDArray[np.float64]:
        """Days of each of the two inspectors."""
        budget = self.settings.budget
        days = [budget.on_site if one.manner == "on_site" else budget.off_site for one in self.settings.ratios]
        of_ratio = np.array(days, np.float64)
        found: NDArray[np.float64] = np.where(self.fixed, budget.on_site, of_ratio[self.ratio])
        return found

    # The draw.

    @cached_property
    def often(self) -> NDArray[np.bool_]:
        """Who was drawn as often this year as its grade may be."""
        most = np.array([one.most_a_year or 10**6 for one in self.settings.ratios])
        found: NDArray[np.bool_] = self.people["draws"].to_numpy() >= most[self.ratio]
        return found

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The ratio of everyone who may be drawn, -1 of others."""
        return np.where(self.capped | self.often, -1, self.ratio)

    @cached_property
    def standing(self) -> NDArray[np.object_]:
        """Why somebody is not drawn: ``cap``, ``frequency``; ``drawable`` of others."""
        return np.select([self.capped, self.often], ["cap", "frequency"], "drawable").astype(object)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """How much likelier one is drawn than others of its ratio."""
        tilt = self.settings.tilt
        risk = np.clip(np.nan_to_num(self.people["risk"].to_numpy(), nan=0.5), 1e-6, 1)
        found: NDArray[np.float64] = risk**tilt.power * np.where(self._flags("warned"), tilt.warned, 1.0)
        return found

    @cached_property
    def chosen_days(self) -> float:
        """Inspector-days of the visits that inspectors chose."""
        chosen = sum("officer" in str(self.arms[row]).split("+") for row in self.rows_wanted.values())
        return chosen * PAIR * self.settings.budget.on_site

    @cached_property
    def draw_days(self) -> float:
        """Inspector-days for drawing: what the visits without a draw leave, but for the share of the inspectors."""
        share = self.settings.officers.share if self.settings.officers is not None else 0.0
        return (self.settings.budget.inspector_days - self.fixed_days + self.chosen_days) * (1 - share)
