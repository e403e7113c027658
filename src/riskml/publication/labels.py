"""What rules, indicators and grades are called, for lists that people read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from riskml.explaining.values import point_places, points, signed, times
from riskml.features.specs import IndicatorSystem
from riskml.publication.changes import Change
from riskml.records.tables import Label
from riskml.runs.published import PublishedRun
from riskml.schemes.grade import BAND
from riskml.schemes.scheme import Scheme

BY_SCORE, BY_CONDITION = Label("得分区间", "score band"), Label("各等级的条件", "the conditions of grades")


@dataclass(frozen=True)
class Words:
    """The labels of the policy and the indicators that a run was made by, whatever is in use now.

    Another run may name an indicator or a rule that this one does not have: its id stands for it.
    """

    scheme: Scheme
    system: IndicatorSystem

    def grade(self, grade: str) -> Label:
        """A grade as the scheme calls it."""
        return self._grades.get(grade, Label(grade, grade))

    def rule(self, rule: str) -> Label:
        """A rule with its article."""
        return self._rules.get(rule, Label(rule, rule))

    def decided_by(self, decided_by: str) -> Label:
        """What decided a grade: the score's band, the condition of a class, or a rule."""
        if decided_by == BAND:
            return BY_CONDITION if self.scheme.classes else BY_SCORE
        return self.rule(decided_by)

    def indicator(self, indicator: str) -> Label:
        """An indicator's label."""
        return self._indicators.get(indicator, Label(indicator, indicator))

    def change(self, change: Change) -> Label:
        """What an indicator moved a score by, as in 行政处罚次数 +46.2分; where records are counted, by how
        many: +2次.
        """
        label, moved = self.indicator(change.indicator), self.moved(change.points)
        return Label(f"{label.zh} {moved.zh}", f"{label.en} {moved.en}")

    def moved(self, by: float) -> Label:
        """The amount of a change alone: +46.2分; where records are counted, +2次."""
        if self.scheme.direction is None:
            count, sign = times(abs(by)), "+" if by > 0 else "−"
            return Label(f"{sign}{count.zh}", f"{sign}{count.en}")
        amount = signed(by, self.places)
        return Label(f"{amount}分", f"{amount} {'point' if amount[1:] == '1' else 'points'}")

    def change_values(self, change: Change) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {"indicator": change.indicator, "label": vars(self.indicator(change.indicator)), "points": change.points}

    def score(self, score: float) -> str:
        """A score as it is shown."""
        return points(score, self.places)

    @cached_property
    def places(self) -> int:
        """The decimals of points and scores."""
        return point_places(self.scheme)

    @cached_property
    def _grades(self) -> dict[str, Label]:
        return {one.id: one.label for one in self.scheme.grades}

    @cached_property
    def _rules(self) -> dict[str, Label]:
        return {
            one.id: Label(f"{one.label.zh}（{one.article.zh}）", f"{one.label.en} ({one.article.en})")
            for one in self.scheme.all_rules
        }

    @cached_property
    def _indicators(self) -> dict[str, Label]:
        return {column.name: column.label for column in self.system.columns}


def words_of(run: PublishedRun) -> Words:
    """The words of a run; a RunError where what it carries is damaged."""
    return Words(run.policy.scheme, run.method.system)
