"""What a scheme.yaml may say: the fields of a classification scheme (分类办法), each as it is written.

A scheme is one regulation: its grades in the order of risk, the score bands, the rules of direct determination, what is
not to be used, and the measures of each grade, every one with its article.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field

from riskml.core.configuration import Entry, Identifier
from riskml.schemes.bands import Band, Score
from riskml.schemes.directories import Directory
from riskml.schemes.fusion import Fusion
from riskml.schemes.measure_specs import GradeMeasures
from riskml.schemes.methods.classes import GradeClass
from riskml.schemes.methods.items import Item, ItemDimension
from riskml.schemes.provisions import Document, GradeProvision, Provision, Text
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scheme_entries import (
    Cycle,
    DocumentBasis,
    Exclusion,
    ExternalGrades,
    Grade,
    InForce,
    Procedure,
    PublicView,
    Tally,
)
from riskml.schemes.scope import Scope

MethodName = Literal["model", "points", "counts"]
"""A trained model; points for items; conditions over counted records."""


class SchemeContent(Entry):
    """The content of scheme.yaml.

    Parameters
    ----------
    basis
        The scheme's own text first, then what it is made under.
    draft
        Whether the text is a draft for comment.
    in_force
        None where the text names no day.
    scope
        Whom it grades; everyone registered where None.
    external_grades
        What is shown of who is registered elsewhere; None where the text says nothing of them.
    cycle
        How often everyone is graded, with its article or the reading of its silence.
    method
        How a grade is found before the rules act.
    start, dimensions, tallies, classes
        Of points and counts: what all begin with, the items, what their tallies are called, and conditions of each
        grade in the place of score bands.
    procedures, directories
        Publicity, look-ups, objection and repair, and the lists of enterprises to keep, where the text has them.
    public
        What the public may see; nothing where None.
    fusion
        How the grade and that of a trade act together.
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
    draft: bool = False
    in_force: InForce | None = None
    note: Text
    notice: Provision
    documents: tuple[DocumentBasis, ...] = ()
    grades: tuple[Grade, ...] = Field(min_length=2)
    scope: Scope | None = None
    external_grades: ExternalGrades | None = None
    cycle: Cycle | None = None
    method: MethodName = "model"
    start: float = 0.0
    score: Score | None = None
    dimensions: tuple[ItemDimension, ...] = ()
    tallies: tuple[Tally, ...] = ()
    classes: tuple[GradeClass, ...] = ()
    rules: tuple[Rule, ...]
    exclusions: tuple[Exclusion, ...]
    procedures: tuple[Procedure, ...] = ()
    directories: tuple[Directory, ...] = ()
    public: PublicView | None = None
    fusion: Fusion | None = None
    measures: tuple[GradeMeasures, ...] = ()
    new_economy: tuple[GradeProvision, ...] = ()
    limits: tuple[GradeProvision, ...] = ()

    @cached_property
    def grade_names(self) -> tuple[str, ...]:
        """The grades from the mildest to the riskiest; a grade's place is its rank."""
        return tuple(grade.id for grade in self.grades)

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """The score bands, from the mildest grade to the riskiest; none where classes give the grade."""
        return () if self.score is None else self.score.bands

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items of all dimensions."""
        return tuple(item for dimension in self.dimensions for item in dimension.items)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """What the items are counted as, each once."""
        return tuple(dict.fromkeys(item.tally for item in self.items if item.tally))
