"""The office's plan as data: whom it may visit how often, with how many days, and by which event it is drawn."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.validation import ContentError, matching
from riskml.schemes.fusion import LEVELS
from riskml.schemes.provisions import GradeId, Text

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

    @property
    def told(self) -> str:
        """What of everyone it is of, like ``A`` or ``A/normal``."""
        return self.grade if self.industry is None else f"{self.grade}/{self.industry}"


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


def read_settings(path: Path) -> PlanSettings:
    """The plan in a YAML file; a ConfigurationError names file, line and field."""
    return parse_yaml(PlanSettings, read_text(path), str(path))
