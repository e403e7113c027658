"""Rules of direct determination (定性判定) as typed data: what must be on record, and what follows."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier
from riskml.core.validation import ContentError, nearest
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.lengths import Length
from riskml.records.tables import TABLES
from riskml.relations.about import About, furthest
from riskml.relations.catalogue import relation_about, relation_columns, relation_date, relation_names
from riskml.relations.schema import relation_schema
from riskml.schemes.provisions import GradeId, Provision, Text

EffectKind = Literal["fixed", "floor", "officer_choice"]


class Effect(Entry):
    """What a rule does: sets the grade, sets the mildest grade possible, or asks an officer to choose; exactly one of
    them.

    Parameters
    ----------
    unconfirmed
        Of an officer's choice, until it is made: ``band`` leaves the grade as it is, ``hold`` takes the mildest option
        as the mildest grade possible.
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
                "须写且只写 fixed、floor、officer_choice 之一",
                "an effect is exactly one of fixed, floor, officer_choice",
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
    within: Length | None = None
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
            raise ContentError(
                f"{self.from_} 没有日期，不能写 within", f"{self.from_} has no date, so it takes no 'within'"
            )
        return self

    @property
    def asked(self) -> tuple[str, str, str | None, int]:
        """What makes two circumstances the same: relation, condition, age and number of records."""
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
        How the text is read where it does not say itself what is on record, or that this follows: **ours**, and shown
        as ours.
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
