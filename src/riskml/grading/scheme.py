"""A classification scheme (分类办法) as typed data: what scheme.yaml may say, checked before any work.

A scheme is one regulation: its grades in the order of risk, the score bands, the rules of direct determination, what is
not to be used, and the measures of each grade, every one with its article.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from riskml.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.errors import ConfigurationError
from riskml.faults import ContentError, matching, nearest
from riskml.features.about import About, furthest
from riskml.features.relation_schema import relation_schema
from riskml.features.relations import relation_about, relation_columns, relation_date, relation_names
from riskml.grading.provisions import Document, GradeId, GradeProvision, Provision, Text
from riskml.records.amendments import EXCLUDING, REDUCING
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.tables import TABLES

SCHEME = "scheme.yaml"

EffectKind = Literal["fixed", "floor", "officer_choice"]
Sampling = Literal["lower", "normal", "raise_moderately", "raise_greatly"]

AMENDMENTS = (*EXCLUDING, *REDUCING)
"""The kinds of amendment that keep information out of a grade: the whole record, or what was taken from a part."""


class InForce(Entry):
    """The days the regulation itself names: the first and, where it ends, the last."""

    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> InForce:
        if self.until is not None and self.until < self.from_:
            raise ContentError(
                f"until（{self.until}）早于 from（{self.from_}）", f"until ({self.until}) lies before from ({self.from_})"
            )
        return self


class Grade(Entry):
    """One grade (类别)."""

    id: GradeId
    label: Text


class Band(Entry):
    """The scores from `from_` up to, not including, `below`; the last band has no `below` and includes the end of the range."""

    grade: GradeId
    from_: float = Field(alias="from")
    below: float | None = None


class Score(Entry):
    """The range of the score (higher = riskier) and the bands that cover it.

    Parameters
    ----------
    peer_rates_move_bands
        Whether the rates of a trade or county may move an enterprise across a band by themselves. Where not, the band is that of
        the score without what these rates added.
    """

    from_: float = Field(alias="from")
    to: float
    bands: tuple[Band, ...] = Field(min_length=1)
    peer_rates_move_bands: bool = True

    @model_validator(mode="after")
    def _covering(self) -> Score:
        first, last = self.bands[0], self.bands[-1]
        if first.from_ != self.from_:
            raise ContentError(
                f"第一个区间（{first.grade}）的 from 应为 {self.from_:g}，不是 {first.from_:g}",
                f"the first band ({first.grade}) must begin at {self.from_:g}, not at {first.from_:g}",
                field="bands",
            )
        if last.below is not None or last.from_ >= self.to:
            raise ContentError(
                f"最后一个区间（{last.grade}）到 {self.to:g} 为止并含 {self.to:g}：from 应小于它，不写 below",
                f"the last band ({last.grade}) runs to {self.to:g} and includes it: it begins before and has no 'below'",
                field="bands",
            )
        for one, following in pairwise(self.bands):
            if one.below is None or one.below <= one.from_:
                raise ContentError(
                    f"区间 {one.grade} 须有大于其 from（{one.from_:g}）的 below",
                    f"band {one.grade} needs a 'below' above its 'from' ({one.from_:g})",
                    field="bands",
                )
            if following.from_ != one.below:
                raise ContentError(
                    f"区间 {following.grade} 应从 {one.grade} 结束处 {one.below:g} 开始（from），不是 {following.from_:g}",
                    f"band {following.grade} must begin where {one.grade} ends, at {one.below:g}, not at {following.from_:g}",
                    field="bands",
                )
        return self


class Effect(Entry):
    """What a rule does: sets the grade, sets the mildest grade possible, or asks an officer to choose; exactly one of them.

    Parameters
    ----------
    unconfirmed
        Of an officer's choice, until it is made: ``band`` leaves the grade as it is, ``hold`` takes the mildest option as the mildest
        grade possible.
    second_signature
        Whether a second person has to sign the choice.
    """

    fixed: GradeId | None = None
    floor: GradeId | None = None
    officer_choice: tuple[GradeId, ...] | None = Field(default=None, min_length=2)
    unconfirmed: Literal["band", "hold"] | None = None
    second_signature: bool = False

    @model_validator(mode="after")
    def _one(self) -> Effect:
        if sum(value is not None for value in (self.fixed, self.floor, self.officer_choice)) != 1:
            raise ContentError(
                "须写且只写 fixed、floor、officer_choice 之一", "an effect is exactly one of fixed, floor, officer_choice"
            )
        if self.officer_choice is None and (self.unconfirmed is not None or self.second_signature):
            raise ContentError(
                "unconfirmed、second_signature 只与 officer_choice 同用",
                "unconfirmed and second_signature go with officer_choice",
            )
        return self

    @property
    def kind(self) -> EffectKind:
        """Which of the three it is."""
        return "fixed" if self.fixed else "floor" if self.floor else "officer_choice"

    @property
    def grades(self) -> tuple[str, ...]:
        """The grade it sets, or the grades to choose from, mildest first."""
        return self.officer_choice or tuple(filter(None, (self.fixed, self.floor)))


class Circumstance(Entry):
    """What must be on record.

    Parameters
    ----------
    from_
        A record table or a derived relation.
    where
        Which of its live records count.
    within
        Only those of so long before the as-of date (``3m``), by the relation's own date.
    at_least
        How many different records it takes.
    """

    from_: str = Field(alias="from")
    where: str = "true"
    within: (
        Annotated[
            str,
            matching(
                r"[1-9]\d{0,4}d|[1-9]\d{0,3}m|[1-9]\d{0,2}y",
                "时长，如 90d（天）、3m（月）、2y（年）",
                "a length like 90d, 3m or 2y",
            ),
        ]
        | None
    ) = None
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.from_ not in relation_names():
            zh, en = nearest(self.from_, relation_names())
            raise ContentError(
                f"没有记录表或派生关系 {self.from_!r}{zh}",
                f"there is no table or relation {self.from_!r}{en}",
                field="from",
            )
        columns = relation_schema(self.from_)
        check_expression(self.where, set(columns), field="where")
        check_types(self.where, columns, wanted=["flag"], field="where")
        if self.within is not None and relation_date(self.from_) is None:
            raise ContentError(f"{self.from_} 没有日期，不能写 within", f"{self.from_} has no date, so it takes no 'within'")
        return self

    @property
    def asked(self) -> tuple[str, str, str | None, int]:
        """The circumstance that it is about."""
        return self.from_, self.where, self.within, self.at_least


class Rule(Circumstance, Provision):
    """A qualitative rule (定性判定): which live records make it fire, and what follows.

    Parameters
    ----------
    also
        Further circumstances, any of which makes it fire as well.
    effect
        What follows.
    reading
        How the text is read where it does not say itself what is on record, or that this follows: **ours**, and shown as ours.
    enabled
        Whether it is applied.
    """

    id: Identifier
    label: Text
    also: tuple[Circumstance, ...] = ()
    effect: Effect
    reading: Text | None = None
    enabled: bool = True

    @property
    def circumstances(self) -> tuple[Circumstance, ...]:
        """Any of these makes it fire."""
        return (self, *self.also)

    @property
    def names_persons(self) -> bool:
        """Whether it holds the listing of a person against the enterprise: that person may be another one."""
        return any("person_id" in relation_columns(one.from_) and one.from_ not in TABLES for one in self.circumstances)

    @property
    def about(self) -> About:
        """Whose conduct it rests on."""
        return furthest(relation_about(one.from_) for one in self.circumstances)


class Exclusion(Provision):
    """Information that is not used, and the amendments by which the records say so."""

    amendments: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _implemented(self) -> Exclusion:
        for kind in self.amendments:
            if kind not in AMENDMENTS:
                zh, en = nearest(kind, AMENDMENTS)
                raise ContentError(
                    f"{kind!r} 不是使记录不再使用的变动{zh}",
                    f"{kind!r} is not an amendment that excludes{en}",
                    field="amendments",
                )
        return self


DocumentKind = Literal["model", "industry_model", "downgrades", "warnings"]
"""What may rest on sentences of a scheme: a model's card, a local industry's, the lists of fallen grades, early warnings."""


class DocumentBasis(Provision):
    """A sentence of the scheme that a document rests on; documents cite these and no other text's."""

    document: DocumentKind


class GradeMeasures(Entry):
    """The measures (监管措施) of one grade.

    `opening` is the sentence that introduces them: it says whether they may or are to be taken. `sampling` is the ratio and
    frequency of double-random draws against the usual; `on_site_required` whether an on-site inspection must be made.
    """

    grade: GradeId
    opening: Provision
    sampling: Sampling
    on_site_required: bool
    sentences: tuple[Provision, ...] = Field(min_length=1)


class Scheme(Entry):
    """The content of scheme.yaml.

    Parameters
    ----------
    basis
        The scheme's own text first, then what it is made under.
    grades
        From the mildest to the riskiest.
    notice
        What every list and file that leaves says of itself.
    documents
        What lists and documents rest on; a document without an entry cites nothing.
    new_economy
        What else applies to enterprises of new technologies, industries, forms and models.
    limits
        What the measures must not exceed.
    """

    id: Identifier
    label: Text
    authority: Text
    basis: tuple[Document, ...] = Field(min_length=1)
    in_force: InForce
    note: Text
    notice: Provision
    documents: tuple[DocumentBasis, ...] = ()
    grades: tuple[Grade, ...] = Field(min_length=2)
    score: Score
    rules: tuple[Rule, ...]
    exclusions: tuple[Exclusion, ...]
    measures: tuple[GradeMeasures, ...]
    new_economy: tuple[GradeProvision, ...] = ()
    limits: tuple[GradeProvision, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Scheme:
        names = self.grade_names
        if len(set(names)) < len(names):
            raise ContentError(
                f"每个类别一次，现在是 {'、'.join(names)}",
                f"each grade once, not {', '.join(names)}",
                field="grades",
            )
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ContentError(
                f"每个 id 一次，{'、'.join(twice)} 重复",
                f"each id once, not {', '.join(twice)}",
                field="rules",
            )
        for number, rule in enumerate(self.rules):
            for other in self.rules[:number]:
                if {one.asked for one in rule.circumstances} & {one.asked for one in other.circumstances}:
                    raise ContentError(
                        f"与规则 {other.id} 的 from、where、within、at_least 都相同；同样的情形只能有一个结果，请合为一条",
                        f"from, where, within and at_least are those of rule {other.id}: one circumstance has one effect, make one rule of the two",
                        field=f"rules.{rule.id}",
                    )
            if rule.effect.floor == names[0]:
                raise ContentError(
                    f"最轻的类别 {names[0]} 作下限，永远不改变等级",
                    f"the mildest grade, {names[0]}, as a floor never changes a grade",
                    field=f"rules.{rule.id}.effect.floor",
                )
        for place, used in (
            ("score.bands", tuple(band.grade for band in self.score.bands)),
            *((f"rules.{rule.id}.effect", rule.effect.grades) for rule in self.rules),
            *((field, provision.grades) for field in ("new_economy", "limits") for provision in getattr(self, field)),
            ("measures", tuple(measures.grade for measures in self.measures)),
        ):
            if used != tuple(grade for grade in names if grade in used):
                raise ContentError(
                    f"应为本办法的类别，按 {'、'.join(names)} 的次序，每个一次，不是 {'、'.join(used)}",
                    f"{', '.join(used)} are not grades of this scheme in the order {', '.join(names)}, each once",
                    field=place,
                )
        missing = [grade for grade in names if grade not in {measures.grade for measures in self.measures}]
        if missing:
            raise ContentError(
                f"没有写 {'、'.join(missing)} 类的措施",
                f"none for {', '.join(missing)}",
                field="measures",
            )
        return self

    @cached_property
    def grade_names(self) -> tuple[str, ...]:
        """The grades from the mildest to the riskiest; a grade's place is its rank."""
        return tuple(grade.id for grade in self.grades)

    @cached_property
    def applied(self) -> tuple[Rule, ...]:
        """The rules that are applied."""
        return tuple(rule for rule in self.rules if rule.enabled)

    def bases(self, document: DocumentKind) -> tuple[Provision, ...]:
        """The sentences that a document rests on."""
        return tuple(one for one in self.documents if one.document == document)

    def rule(self, rule_id: str) -> Rule:
        """The rule called `rule_id`; a ConfigurationError lists those there are."""
        found = {rule.id: rule for rule in self.rules}
        if rule_id not in found:
            raise ConfigurationError(
                zh=f"分类办法 {self.id} 没有规则 {rule_id}；有：{'、'.join(found)}。",
                en=f"Scheme {self.id} has no rule {rule_id!r}; there are {', '.join(found)}.",
            )
        return found[rule_id]


def load_scheme(path: Path) -> Scheme:
    """Read and validate a scheme.yaml; a ConfigurationError names the file and the field."""
    return parse_scheme(str(path), read_text(path))


def parse_scheme(name: str, text: str) -> Scheme:
    """The same from a text, such as the one kept in a model bundle; `name` is what errors call it."""
    return parse_yaml(Scheme, text, name)
