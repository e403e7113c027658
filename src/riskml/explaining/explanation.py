"""An explanation: everything that led to one enterprise's grade at one as-of date, ready to be shown, stored or
plotted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel

from riskml.core.language import counted
from riskml.explaining.citations import Evidence
from riskml.explaining.coverage import LookedIn
from riskml.explaining.exclusions import Excluded
from riskml.explaining.external_grades import ExternalGrade
from riskml.explaining.fused import Fused
from riskml.explaining.profile import Subject
from riskml.explaining.reasons import Reason
from riskml.explaining.together import Together
from riskml.records.tables import Label
from riskml.relations.about import Conduct
from riskml.schemes.decisions import Decision
from riskml.schemes.fusion import Cell
from riskml.schemes.industry import Industry
from riskml.schemes.measures import Measures
from riskml.schemes.methods.classes import GradeClass
from riskml.schemes.notices import notice_of, status_of
from riskml.schemes.questions import Question
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scheme import Scheme

if TYPE_CHECKING:
    import shap


@dataclass(frozen=True)
class IndicatorPoints:
    """What one indicator column added.

    Parameters
    ----------
    value, said
        Its value as in the matrix (None where it cannot be known), and in words.
    contribution
        In log-odds.
    about
        Whose conduct it tells of.
    """

    name: str
    label: Label
    dimension: str
    group: str
    value: float | None
    said: Label
    contribution: float
    points: float
    about: Conduct


@dataclass(frozen=True)
class ConductPoints:
    """What the indicators that tell of one kind of conduct added together, and apart: what raised (0 or more) and what
    lowered (0 or less).
    """

    id: Conduct
    label: Label
    points: float
    raised: float
    lowered: float


@dataclass(frozen=True)
class ConductTold:
    """Own conduct, others' conduct, and what is not known, apart (`riskml.training.conduct`).

    Parameters
    ----------
    parts
        Points of each; they sum to score − base score.
    own_score, own_grade
        What score and grade would be on own conduct alone.
    score_without_peer_rates
        The score without what the rates of its trade and county added.
    """

    parts: tuple[ConductPoints, ...]
    own_score: float | None
    own_grade: str
    score_without_peer_rates: float | None


@dataclass(frozen=True)
class GroupPoints:
    """What the indicators of one group added together."""

    id: str
    label: Label
    points: float


@dataclass(frozen=True)
class DimensionPoints:
    """What the indicators of one dimension added together, and by group."""

    id: str
    label: Label
    points: float
    groups: tuple[GroupPoints, ...]


@dataclass(frozen=True)
class RuleFired:
    """A rule that fired.

    Parameters
    ----------
    decision
        The officer's decision that settles it, where it left a choice and one has been made on records that still
        count.
    decides
        Whether the grade follows from it.
    """

    rule: Rule
    evidence: Evidence
    decision: Decision | None
    decides: bool

    @property
    def waits(self) -> bool:
        """Whether an officer has yet to confirm it."""
        return self.rule.effect.kind == "officer_choice" and self.decision is None

    @property
    def until_then(self) -> Literal["pending_proposed", "pending_hold", "pending_band"]:
        """Which of the fixed words says what the grade is until an officer answers."""
        if isinstance(self.rule, Question):
            return "pending_proposed"
        return "pending_hold" if self.rule.effect.unconfirmed == "hold" else "pending_band"


@dataclass(frozen=True)
class RuleUnknown:
    """A rule of which it cannot be known whether it fires: nothing was ever received of these tables."""

    rule: Rule
    tables: tuple[Label, ...]


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from.

    Parameters
    ----------
    model
        SHA-256 of the model bundle; None where the scheme adds points or counts.
    policy
        SHA-256 of the policy.
    trained
        The as-of date of the training, where the bundle says.
    simulated
        Whether the model was trained on a simulated province, or where there is none whether any of the records were
        simulated.
    run
        The run that published the grade, where there is one.
    """

    model: str | None
    policy: str
    trained: str | None
    simulated: bool
    run: str | None


@dataclass(frozen=True)
class Updated:
    """That a grade was brought up to date at once after the run: as of which day, from which grade to which.

    Parameters
    ----------
    rule, evidence
        The rule that gives the grade now, with its records; None where that is the method, the last rule that did being
        gone.
    """

    as_of: date
    was: str
    grade: str
    rule: Rule | None = None
    evidence: Evidence | None = None


Change = Literal["records", "decisions"]


@dataclass(frozen=True)
class PublishedInstead:
    """What was published as of the date, where that is not what is explained.

    Parameters
    ----------
    run
        The run as of that date; None where there is none.
    grade, score
        The enterprise's in that run; None where it is not in it.
    changed
        What is not as it was for that run.
    absent
        Why the run does not hold the enterprise; None where it does.
    """

    run: str | None
    grade: str | None
    score: float | None
    changed: tuple[Change, ...]
    absent: Label | None = None


@dataclass(frozen=True)
class LocalIndustry:
    """The grade of the enterprise's local industry (Yunnan Art. 16), beside the general one.

    Parameters
    ----------
    explanation
        Of the industry grade, by the industry's own model and bands.
    cell
        What the industry's matrix gives for both grades, and whether its source says so or the matrix (``ours``).
    """

    industry: Industry
    explanation: Explanation
    cell: Cell

    @property
    def basis(self) -> Label:
        """Whose the combined grade is: that of the text that the matrix names, with its place, or this
        province's own.
        """
        source = self.industry.source
        title = Label(f"《{source.title.zh}》{source.place.zh}", f"{source.title.en}, {source.place.en}")
        if self.cell.basis == "text":
            return Label(f"原文：{title.zh}", f"as the text has it: {title.en}")
        return Label(f"自定：{title.zh}没有说", f"ours: {title.en} does not say")


@dataclass(frozen=True)
class Explanation:
    """Why one enterprise has the grade it has at one as-of date.

    Parameters
    ----------
    grade, band, decided_by
        The grade; the grade by score alone; "band" or the id of the rule that gave the grade.
    pending_options
        The grades an officer has yet to choose from, mildest first.
    score, base_score
        On the scheme's scale, None where it has none; where every enterprise starts from.
    margin, base_margin
        The same as contributions add up: in log-odds of a model, otherwise in points before the ends of the scale.
    risk, risk_meaning
        The calibrated probability, and of what; None where the method gives none.
    risk_interval
        The ends of its Venn–Abers interval; None where the method gives no risk, or its model keeps no intervals.
    totals
        What conditions of classes are about, by name.
    by_class
        The class that it falls under before any rule, where classes give the grade.
    coverage
        The record tables that were looked in.
    directories
        Those of the scheme that the enterprise is on.
    fused
        What the scheme's fusion with grades of others says; None where it has none.
    not_known
        The conditions of the scheme's scope that no record tells.
    external_grades
        What others graded it, beside the scheme's grade.
    indicators
        Every column of the model in its order. Points sum to score − base score, contributions to margin − base margin.
    conduct
        Own conduct, others' and what is not known, apart.
    raised, lowered
        The top reasons in each direction, most points first.
    together
        The pairs among these that do most together: a part of the points that the two have already.
    noted
        Items that are shown and count nothing, where something is on record.
    somebody_else
        Officers' answers that a listed person is not the enterprise's post-holder: these listings are no evidence.
    local_industry
        None where no local industry with a model in use covers it.
    published_instead
        None where what is explained is what was published, and where nobody asked.
    revision
        Which revision of its date the published run is; 0 where it is the first, or there is none.
    updated
        What was brought up to date at once since the run as of that date; None where nothing was.
    decided_since
        The decisions about the enterprise that are in force by now and were not at the run's as-of date.
    reasons_by
        How the points of reasons were computed, and how exact they are, where the model is an analyst's own estimator.
    """

    subject: Subject
    as_of: date
    scheme: Scheme
    grade: str
    band: str
    decided_by: str
    pending_options: tuple[str, ...]
    score: float | None
    base_score: float
    margin: float
    base_margin: float
    risk: float | None
    risk_meaning: Label
    risk_interval: tuple[float, float] | None
    dimensions: tuple[DimensionPoints, ...]
    indicators: tuple[IndicatorPoints, ...]
    conduct: ConductTold
    raised: tuple[Reason, ...]
    lowered: tuple[Reason, ...]
    rules: tuple[RuleFired, ...]
    somebody_else: tuple[Decision, ...]
    rules_unknown: tuple[RuleUnknown, ...]
    measures: Measures | None
    excluded: tuple[Excluded, ...]
    provenance: Provenance
    totals: Mapping[str, float] = field(default_factory=dict)
    by_class: GradeClass | None = None
    coverage: tuple[LookedIn, ...] = ()
    directories: tuple[Label, ...] = ()
    fused: Fused | None = None
    not_known: tuple[Label, ...] = ()
    external_grades: tuple[ExternalGrade, ...] = ()
    local_industry: LocalIndustry | None = None
    published_instead: PublishedInstead | None = None
    together: tuple[Together, ...] = ()
    noted: tuple[Reason, ...] = ()
    revision: int = 0
    updated: Updated | None = None
    decided_since: tuple[Decision, ...] = ()
    reasons_by: Label | None = None

    def __repr__(self) -> str:
        """A line for a notebook, without what is on record of anybody."""
        score = "" if self.score is None else f", score {self.score:.1f}"
        return (
            f"<Explanation of {self.subject.enterprise_id} as of {self.as_of}: {self.grade}{score}, "
            f"{counted(len(self.raised) + len(self.lowered), 'reasons')}>"
        )

    @property
    def conduct_parts(self) -> tuple[ConductPoints, ...]:
        """The parts to show: where records are counted, the enterprise's own and those that hold any."""
        counted = self.scheme.direction is None
        return tuple(one for one in self.conduct.parts if not counted or one.id == "own" or one.points)

    @property
    def reads_peer_rates(self) -> bool:
        """Whether any rate of the enterprise's trade or county is computed with."""
        return any(one.about == "peers" for one in self.indicators)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; texts as ``{"zh": …, "en": …}``, what cannot be known as null."""
        apart = ("scheme", "local_industry")
        values: dict[str, Any] = {
            item.name: plain(getattr(self, item.name)) for item in fields(self) if item.name not in apart
        }
        if (local := self.local_industry) is not None:
            values["local_industry"] = {
                "industry": plain(local.industry), "combined": local.cell.combined, "combined_basis": local.cell.basis,
                "explanation": local.explanation.to_dict(),
            }  # fmt: skip
        scheme = {
            "id": self.scheme.id,
            "label": plain(self.scheme.label),
            "note": plain(self.scheme.note),
            "notice": plain(notice_of(self.scheme, self.as_of)),
            "status": plain(status_of(self.scheme, self.as_of)),
            "method": self.scheme.method,
            "direction": self.scheme.direction,
            "bands": plain(self.scheme.bands),
            "tallies": plain(self.scheme.tallies),
            "classes": plain(self.scheme.classes),
            "draft": self.scheme.draft,
        }
        for direction, reasons in (("raised", self.raised), ("lowered", self.lowered), ("noted", self.noted)):
            for told, reason in zip(values[direction], reasons, strict=True):
                told["sentence"] = plain(reason.sentence)
        for told, pair in zip(values["together"], self.together, strict=True):
            told["sentence"] = plain(pair.sentence)
        return {"enterprise_id": self.subject.enterprise_id, "scheme": scheme, **values}

    def to_shap(self) -> shap.Explanation:
        """A ``shap.Explanation`` in log-odds for the plots people know.

        Its ``values`` and ``data`` have shape (k,), ``base_values`` is the base margin, ``feature_names`` are the
        labels in the language that is spoken.
        """
        import shap  # only here: it takes seconds to load, with all that it draws with

        return shap.Explanation(
            values=np.array([indicator.contribution for indicator in self.indicators]),
            base_values=self.base_margin,
            data=np.array([np.nan if indicator.value is None else indicator.value for indicator in self.indicators]),
            feature_names=[indicator.label.said for indicator in self.indicators],
        )


def plain(value: Any) -> Any:
    """A value as JSON has it: days as text, labels as ``{"zh": …, "en": …}``, what is no number as null."""
    match value:
        case BaseModel():
            return plain(
                {name: getattr(value, name) for name in type(value).model_fields if getattr(value, name) is not None}
            )
        case Mapping():
            return {str(name).rstrip("_"): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case date():
            return value.isoformat()
        case float():
            return None if isnan(value) else value
        case _ if is_dataclass(value):
            return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
        case _:
            return value
