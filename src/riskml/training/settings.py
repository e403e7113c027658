"""training.yaml: who is learnt from, what counts as an outcome, how time is split, and the model's settings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.validation import ContentError, nearest, validated
from riskml.core.workspace import Workspace, model_name
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.industry_codes import IndustryCode
from riskml.records.tables import Label
from riskml.relations.schema import relation_schema
from riskml.training.anchors import DEFAULT_CUTS, SCORE_END
from riskml.training.promotion_limits import PromotionLimits
from riskml.training.search_space import Tuning
from riskml.training.ways import Form, Selection

InspectionKind = Literal["random", "routine", "targeted", "complaint_led"]


def _check_condition(text: str, field: str) -> None:
    """Refuse what is no condition on a visit, or one that never holds."""
    columns = {name: column for name, column in relation_schema("inspection").items() if name != "as_of"}
    check_expression(text, set(columns), field=field)
    check_types(text, columns, wanted=["flag"], field=field)


class Outcome(Entry):
    """What a visit has to find for its outcome to be 1: a condition on the columns of ``inspection``."""

    label: Label
    problem: str

    @model_validator(mode="after")
    def _checked(self) -> Outcome:
        _check_condition(self.problem, "problem")
        return self


class Cohort(Entry):
    """The (enterprise, as-of date) pairs that are learnt from.

    Parameters
    ----------
    per
        ``inspection``: one pair for each visit, as of the day before it. ``month``: one pair for each month-end and
        enterprise that was visited within `horizon_months` after it; the first such visit is the outcome.
    learn_from, judge_on
        The kinds of visit that the model is fitted on, and those that calibration and all headline figures use: visits
        that the regulator's own suspicion did not choose.
    selection
        How the choice of whom to inspect is dealt with in learning; see `riskml.training.selection`.
    adjust_strictness
        Whether the inspector's and the office's strictness is adjusted for in learning; scores are made without it.
    where
        Which visits count at all (a field, say), as a condition on the columns of ``inspection``.
    industries
        The codes of GB/T 4754 that a local industry's model covers: enterprises with another code, as known on the
        as-of date, are neither learnt from nor graded by it. Empty for a general model.
    """

    per: Literal["inspection", "month"]
    horizon_months: int = Field(default=12, ge=1, le=60)
    learn_from: tuple[InspectionKind, ...] = Field(min_length=1)
    judge_on: tuple[InspectionKind, ...] = Field(min_length=1)
    selection: Selection = "as_inspected"
    adjust_strictness: bool = False
    where: str = "true"
    industries: tuple[IndustryCode, ...] = ()

    @property
    def outcome_months(self) -> int:
        """Months after its as-of date in which a pair's outcome may come; 0 where the pair is one visit, on the day
        after.
        """
        return self.horizon_months if self.per == "month" else 0

    @model_validator(mode="after")
    def _checked(self) -> Cohort:
        _check_condition(self.where, "where")
        return self


class Splits(Entry):
    """How many months are held for testing and for calibration, counted back from the training date.

    Parameters
    ----------
    calibrate_months
        0 leaves the margins uncalibrated.
    learn_until, test_from
        Fixed dates in the place of the counted ones, for a data set with a published split.
    """

    learn_months: int = Field(ge=1)
    calibrate_months: int = Field(ge=0)
    test_months: int = Field(default=12, ge=1)
    learn_until: date | None = None
    test_from: date | None = None


class Anchors(Entry):
    """How the score's scale is fixed: which share of the reference population, mildest first, lies between which
    scores.

    The scale does not follow the scheme's bands: a band that is moved in scheme.yaml moves grades, and these shares do
    not move it back.

    Parameters
    ----------
    shares
        Grade → its share, where the bands are cut at `scores`.
    scores
        The scores that divide the shares, one fewer than there are grades; `DEFAULT_CUTS` for four grades where None.
    """

    shares: dict[str, float]
    scores: tuple[float, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _sum(self) -> Anchors:
        total = sum(self.shares.values())
        if abs(total - 1) > 1e-9 or min(self.shares.values()) <= 0:
            given = ", ".join(f"{grade} {share:g}" for grade, share in self.shares.items())
            raise ContentError(
                f"各类比例须大于 0，合计为 1，现在是 {given}，合计 {total:g}",
                f"shares must be positive and add up to 1, not {given}, which add up to {total:g}",
                field="shares",
            )
        if self.scores is None and len(self.shares) != len(DEFAULT_CUTS) + 1:
            raise ContentError(
                f"{len(self.shares)} 个类别须写明 {len(self.shares) - 1} 个分界的得分",
                f"{len(self.shares)} grades need the {len(self.shares) - 1} scores that divide them",
                field="scores",
            )
        if len(self.cuts) != len(self.shares) - 1 or list(self.cuts) != sorted(
            {cut for cut in self.cuts if 0 < cut < SCORE_END}
        ):
            raise ContentError(
                f"须是 {len(self.shares) - 1} 个由小到大、在 0 与 {SCORE_END:g} 之间的得分，现在是 {self.cuts}",
                f"must be {len(self.shares) - 1} rising scores between 0 and {SCORE_END:g}, not {self.cuts}",
                field="scores",
            )
        return self

    @property
    def cuts(self) -> tuple[float, ...]:
        """The scores that divide the shares."""
        return self.scores if self.scores is not None else DEFAULT_CUTS


class Candidates(Entry):
    """What `riskml train` chooses from, and on what; see `riskml.training.choice`.

    Parameters
    ----------
    few
        The indicator columns of the candidate that reads only a few; there is none where not given.
    origins, months
        How many rolling origins, and how many months each is judged on; the last ends with the learning part.
    """

    few: tuple[str, ...] = ()
    origins: int = Field(default=4, ge=1, le=24)
    months: int = Field(default=3, ge=1, le=24)


class ModelSettings(Entry):
    """Settings of `RiskClassifier`; the names are LightGBM's in scikit-learn's spelling.

    Parameters
    ----------
    form
        Where training.yaml has ``candidates``, the one that is chosen has its own.
    """

    form: Form = "blend"

    n_estimators: int = Field(default=300, ge=1)
    learning_rate: float = Field(default=0.05, gt=0)
    num_leaves: int = Field(default=31, ge=2)
    max_depth: int = Field(default=6, ge=-1)
    min_child_samples: int = Field(default=40, ge=1)
    reg_lambda: float = Field(default=5.0, ge=0)
    subsample: float = Field(default=0.8, gt=0, le=1)
    colsample_bytree: float = Field(default=0.8, gt=0, le=1)
    n_seeds: int = Field(default=1, ge=1, le=20)
    random_state: int = 0


class TrainingSettings(Entry):
    """The content of training.yaml.

    Parameters
    ----------
    industry
        The local industry the model is for (Yunnan Art. 16), a folder below ``models/<scheme>/industries``; None for
        the general model.
    overlays
        Folders below ``features/overlays`` that are added to the base system (Yunnan Art. 16).
    indicators
        The indicator columns the model may use; all of the system where not given.
    candidates
        What the form of the model is chosen from; ``model.form`` stands where not given.
    past_penalties
        The indicator column that the "past penalties" baseline ranks by.
    tuning
        What ``riskml train --trials`` searches; a local industry without it takes its scheme's.
    promotion
        The limits of ``riskml promote``.
    """

    scheme: str
    industry: str | None = None
    overlays: tuple[str, ...] = ()
    indicators: tuple[str, ...] | None = None
    cohort: Cohort
    outcome: Outcome
    splits: Splits
    anchors: Anchors | None = None
    model: ModelSettings = ModelSettings()
    candidates: Candidates | None = None
    past_penalties: str
    tuning: Tuning | None = None
    promotion: PromotionLimits = PromotionLimits()

    @property
    def name(self) -> str:
        """What the model is called."""
        return model_name(self.scheme, self.industry)

    @property
    def file(self) -> Path:
        """The file they stand in, relative to the workspace."""
        return Workspace(Path()).model(self.name) / "training.yaml"

    @field_validator("indicators", "anchors", "candidates", "tuning", mode="before")
    @classmethod
    def _written(cls, section: object) -> object:
        if section is None:
            raise ContentError(
                "只写了名称，没有内容：请补上内容，或删去这一节", "has a name and no content: write it, or take it out"
            )
        return section

    @model_validator(mode="after")
    def _covering(self) -> TrainingSettings:
        if (self.industry is None) != (not self.cohort.industries):
            raise ContentError(
                "industry 与 cohort.industries 须同时写或同时不写：地方产业的模型两者都有，通用模型都没有",
                "industry and cohort.industries go together: a local industry's model has both, a general model "
                "neither",
            )
        return self

    @model_validator(mode="after")
    def _searched(self) -> TrainingSettings:
        space = self.tuning.space if self.tuning else None
        for name, searched in space.model.items() if space else ():
            place = f"tuning.space.model.{name}"
            known = [field for field in ModelSettings.model_fields if field not in ("form", "random_state", "n_seeds")]
            if name not in known:
                zh, en = nearest(name, known)
                raise ContentError(f"不是可以搜索的设置{zh}", f"is no setting to search{en}", field=place)
            for value in searched.extremes:
                try:
                    validated(ModelSettings, {name: value})
                except ContentError as error:
                    raise ContentError(f"tuning.space.model.{error.zh}", f"tuning.space.model.{error.en}") from error
        cohort = space.cohort if space else None
        for months in cohort.learn_months.choices if cohort and cohort.learn_months else ():
            if months < 1 or months != int(months):
                place = "tuning.space.cohort.learn_months"
                raise ContentError(
                    f"{months:g} 不是月数（1 以上的整数）",
                    f"{months:g} is not a number of months",
                    field=place,
                )
        for kinds in cohort.learn_from.choices if cohort and cohort.learn_from else ():
            if unknown := sorted(set(kinds) - set(self.cohort.learn_from)):
                place, shown = "tuning.space.cohort.learn_from", ", ".join(unknown)
                raise ContentError(
                    f"{shown} 不在 cohort.learn_from（{', '.join(self.cohort.learn_from)}）中",
                    f"{shown} not among those in cohort.learn_from ({', '.join(self.cohort.learn_from)})",
                    field=place,
                )
        return self


def parse_training(text: str, name: str) -> TrainingSettings:
    """Validate the text of a training.yaml; the ConfigurationError names the file and the field."""
    return parse_yaml(TrainingSettings, text, name)


def load_training(path: Path) -> tuple[TrainingSettings, str]:
    """The settings in `path` and their text."""
    text = read_text(path)
    return parse_training(text, str(path)), text
