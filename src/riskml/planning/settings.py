"""The office's plan as data: whom it may visit how often, with how many days, and by which event it is drawn."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, matching
from riskml.schemes.fusion import LEVELS
from riskml.schemes.provisions import GradeId, Text
from riskml.schemes.scheme import Scheme

Stratum = Literal["region", "trade", "kind"]
Manner = Literal["on_site", "off_site"]
InspectionKind = Literal["random", "routine", "targeted", "complaint_led", "follow_up", "other"]
WORD = "[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"
WORD_IS = (
    "字母、数字、_ . -，以字母或数字开头，最多40个",
    "letters, digits, _ . and -, at most 40, the first a letter or a digit",
)
"""What a word is, which may be the name of a folder."""

Word = Annotated[str, matching(WORD, *WORD_IS)]
Days = Annotated[float, Field(gt=0, le=100, multiple_of=0.01)]
Sha256 = Annotated[str, matching("[0-9a-f]{64}", "64位十六进制的 SHA-256", "a SHA-256 of 64 hexadecimal digits")]


class Period(Entry):
    """The days of a plan, both among them."""

    first: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.until < self.first or self.until.year != self.first.year:
            raise ContentError(
                f"应不早于 {self.first}，并在同一年内（每户每年的上限按年计）",
                f"should not be before {self.first}, and in the same year, since caps are of a year",
                field="until",
            )
        return self


class Ratio(Entry):
    """How many of the enterprises of a grade are drawn in the period, and how often one may be in a year.

    No text at hand has numbers: these are the office's own.

    Parameters
    ----------
    industry
        Of the grade together with this level of risk of its trade alone (Langfang IV(2)); of all of the grade where
        None.
    most_a_year
        Draws of one enterprise in a calendar year; no other limit than the cap where None.
    manner
        Whether those drawn are visited, or checked by documents or online (Yunnan 18(1) allows it of A).
    """

    grade: GradeId
    industry: str | None = None
    ratio: float = Field(gt=0, le=1)
    most_a_year: int | None = Field(default=None, ge=1)
    manner: Manner = "on_site"


class Tilt(Entry):
    """How much likelier the riskier of one grade are drawn.

    Parameters
    ----------
    power
        Chances go with the model's risk (or with the rank of the points, where there is no model) to this power: 0
        draws all alike, and the higher, the nearer to taking the riskiest.
    warned
        By how much an open early warning raises them (Yunnan 23).
    """

    power: float = Field(default=1, ge=0, le=50)
    warned: float = Field(default=1, ge=1, le=100)


class Budget(Entry):
    """What the office has.

    Parameters
    ----------
    inspector_days
        Of all inspectors together. A visit takes two of them.
    on_site, off_site
        Days that a visit, and a check without one, takes each of the two.
    short
        What happens where ratios need more: the plan is refused, or all ratios are lowered alike, down to p_min.
    left
        What happens with days that are left: they stay, or all ratios are raised alike.
    """

    inspector_days: float = Field(gt=0)
    on_site: Days = 1
    off_site: Days = 0.25
    short: Literal["refuse", "scale"] = "refuse"
    left: Literal["leave", "scale"] = "leave"


class Cap(Entry):
    """The most visits to one enterprise in a year, of all departments together.

    State Council Office 2024 No. 54 has every place publish such a cap; its number is the place's.

    Parameters
    ----------
    counted
        The kinds of inspection on record that count.
    """

    visits_a_year: int = Field(ge=1)
    counted: tuple[InspectionKind, ...] = ("random", "routine", "targeted", "complaint_led", "follow_up", "other")


class Listed(Entry):
    """Enterprises that somebody else wants visited, in a CSV beside the plan: `enterprise`, and perhaps `field`.

    Parameters
    ----------
    code
        What it is known by: of a special the number of the order.
    """

    code: Word
    label: Text
    file: str


class Officers(Entry):
    """The share of the days for drawing that inspectors give to enterprises of their own choice, kept apart."""

    share: float = Field(gt=0, lt=1)
    file: str


class TradeField(Entry):
    """Which field of inspection a trade is (the beginning of its GB/T 4754 code): its pair has one qualified for it."""

    trade: str
    field: Word


class Inspectors(Entry):
    """Who may be sent: `inspector`, `places` and `fields` (words with blanks between) and `days`; and of `conflicts`
    `inspector` and `enterprise`.
    """

    file: str
    conflicts: str | None = None


class PublicEvent(Entry):
    """An event to come whose outcome nobody knows now and everybody can look up then.

    Parameters
    ----------
    where
        Where its outcome is read, and what of it is taken, in which order.
    numbers
        How many numbers that is: all else, how they are written and what stands between them, changes no draw.
    """

    name: Text
    where: Text
    numbers: int = Field(ge=1, le=100)
    at: datetime

    @model_validator(mode="after")
    def _with_zone(self) -> PublicEvent:
        if self.at.tzinfo is None:
            raise ContentError(
                "应带时区，如 2026-12-01T21:30:00+08:00",
                "should have a zone, as in 2026-12-01T21:30:00+08:00",
                field="at",
            )
        return self


class Witness(Entry):
    """One who keeps a number to itself until after the commitment (`riskml plan nonce` makes one)."""

    name: Word
    hash: Sha256


class PlanSettings(Entry):
    """The content of a plan's YAML.

    Parameters
    ----------
    as_of
        The run that gives grades; the newest where None.
    p_min
        The least chance of everyone in the draw, the mildest grade among them.
    observed_at_p_min
        Whether enterprises under observation (Yunnan 24) are drawn with that chance alone.
    strata
        What strata are made of; each gets its number of draws up to rounding.
    fields
        Which trades need an inspector qualified for a field.
    ids
        Whether published files have salted hashes in the place of codes: with codes, the chances would tell grades,
        which Yunnan 5 and Guandu 5 keep from the public.
    """

    plan: Word
    scheme: Identifier
    as_of: date | None = None
    period: Period
    ratios: tuple[Ratio, ...] = Field(min_length=1)
    p_min: float = Field(default=0.005, gt=0, le=1)
    observed_at_p_min: bool = True
    tilt: Tilt = Tilt()
    strata: tuple[Stratum, ...] = ("region", "trade")
    fields: tuple[TradeField, ...] = ()
    budget: Budget
    cap: Cap
    specials: tuple[Listed, ...] = ()
    departments: tuple[Listed, ...] = ()
    officers: Officers | None = None
    inspectors: Inspectors
    event: PublicEvent | None = None
    witnesses: tuple[Witness, ...] = ()
    ids: Literal["hashed", "codes"] = "hashed"

    @model_validator(mode="after")
    def _agreeing(self) -> PlanSettings:
        if self.event is None and not self.witnesses:
            raise ContentError("应写明公共事件或见证人", "should name a public event or witnesses", field="event")
        for one in self.ratios:
            if one.ratio < self.p_min:
                raise ContentError(
                    f"{one.grade} 的比例 {one.ratio:g} 低于 p_min {self.p_min:g}",
                    f"the ratio {one.ratio:g} of {one.grade} is below p_min, {self.p_min:g}",
                    field="ratios",
                )
            if one.industry is not None and one.industry not in LEVELS:
                raise ContentError(
                    f"没有行业风险 {one.industry!r}；有：{'、'.join(LEVELS)}",
                    f"there is no level {one.industry!r}; there are {', '.join(LEVELS)}",
                    field="ratios",
                )
        return self


_STEPS = {"lower_greatly": -2, "lower": -1, "normal": 0, "raise": 1, "raise_moderately": 1, "raise_greatly": 2}


def read_settings(path: Path) -> PlanSettings:
    """The plan in a YAML file; a ConfigurationError names file, line and field."""
    return parse_yaml(PlanSettings, read_text(path), str(path))


def refuse_published_codes(settings: PlanSettings, scheme: Scheme, name: str) -> None:
    """Refuse codes in the published files of a scheme whose grades are not public: the chances beside them tell grades.

    Parameters
    ----------
    name
        What errors call the file.
    """
    if settings.ids == "codes" and scheme.public is None:
        raise ConfigurationError(
            zh=f"{name} 的 ids：codes 会随概率透露等级，办法 {scheme.id} 没有公开等级的规定；应为 hashed。",
            en=f"{name}, ids: with codes the chances would tell grades, which {scheme.id} does not make public; it "
            "should be hashed.",
        )


def refuse_against_text(settings: PlanSettings, scheme: Scheme, name: str) -> None:
    """Refuse ratios that leave out a grade, or that go against what the scheme's text says of them.

    The texts say in words which grades are drawn more and which less. What is to be raised has to be above what is
    usual; what may be lowered may stay as it is, and may not be above.

    Parameters
    ----------
    name
        What errors call the file.
    """
    of_grade = {one.grade: one.ratio for one in settings.ratios if one.industry is None}
    for one in scheme.grade_names:
        if one not in of_grade:
            raise ConfigurationError(
                zh=f"{name} 的 ratios 缺少等级 {one}：办法没有给出比例的数字，须由单位自定。",
                en=f"ratios of {name} lack the grade {one}: the text has no number, so the office gives its own.",
            )
    for one in of_grade.keys() - set(scheme.grade_names):
        raise ConfigurationError(
            zh=f"{name} 的 ratios 有等级 {one}，办法 {scheme.id} 没有；有：{'、'.join(scheme.grade_names)}。",
            en=f"ratios of {name} have the grade {one}, which {scheme.id} has not; it has "
            f"{', '.join(scheme.grade_names)}.",
        )
    said = [
        (_STEPS[measures.sampling], grade, measures.opening.article)
        for measures in scheme.measures
        if measures.sampling is not None
        for grade in measures.grades
    ]
    for step, grade, article in said:
        for other_step, other, other_article in said:
            more = of_grade[grade] > of_grade[other] or (step <= 0 and of_grade[grade] == of_grade[other])
            if step > other_step and not more:
                raise ConfigurationError(
                    zh=f"{name}：{grade} 的比例 {of_grade[grade]:g} 应高于 {other} 的 {of_grade[other]:g}"
                    f"（{article.zh}、{other_article.zh}）。",
                    en=f"{name}: the ratio of {grade}, {of_grade[grade]:g}, should be above that of {other}, "
                    f"{of_grade[other]:g} (Arts. {article.number} and {other_article.number}).",
                )
