"""A local industry (地方特色产业, Yunnan Art. 16) as typed data: its bands, and the matrix that combines its grade with the general one.

The industry grade says how risky an enterprise is as one of its trade, by a model and indicators of the trade's own. It stands beside the
general grade and never in its place: the general grade, its rules and its reasons are the same with it and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import Literal

from pydantic import Field, model_validator

from riskml.configuration import parse_yaml
from riskml.errors import ConfigurationError
from riskml.grading.provisions import GradeId, Model, Text
from riskml.grading.scheme import Scheme, Score, parse_scheme
from riskml.records.tables import TABLES
from riskml.training.bundle import INDUSTRY, ModelBundle

KEY_FIELDS = {
    name: (TABLES["inspection"].column("domain").codes or {})[name]
    for name in ("food", "drug", "medical_device", "special_equipment")
}
"""The fields with a risk grading of their own, which a general grade does not replace (Yunnan Art. 4, Langfang IV(3))."""


class Source(Model):
    """A sentence that the matrix rests on: its document, where it stands there, and its words; `en` is our translation."""

    title: Text
    place: Text
    text: Text


class Cell(Model):
    """What one general grade and one industry grade give together.

    Parameters
    ----------
    basis
        ``text``: the matrix's source says so. ``ours``: it does not, and the choice is this file's.
    """

    general: GradeId
    industry: GradeId
    combined: GradeId
    basis: Literal["text", "ours"]


class Industry(Model):
    """The content of industry.yaml.

    Parameters
    ----------
    label, note
        What it is called, and what it covers and does not.
    key_field
        The field of `KEY_FIELDS` it belongs to; None where it belongs to none.
    score
        The bands of its own score, of the scheme's grades.
    source, matrix
        The combined grade of every general and every industry grade, each pair once.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    note: Text
    key_field: Literal["food", "drug", "medical_device", "special_equipment"] | None = None
    score: Score
    source: Source
    matrix: tuple[Cell, ...]

    @model_validator(mode="after")
    def _complete(self) -> Industry:
        grades = self.grade_names
        wanted, found = list(product(grades, grades)), [(cell.general, cell.industry) for cell in self.matrix]
        for pair in wanted:
            if found.count(pair) != 1:
                raise ValueError(
                    f"matrix: general {pair[0]} with industry {pair[1]} is there {found.count(pair)} times, not once"
                )
        for cell in self.matrix:
            if (cell.general, cell.industry) not in wanted or cell.combined not in grades:
                raise ValueError(f"matrix: {cell.general}, {cell.industry} → {cell.combined} has a grade without a band")
        return self

    @model_validator(mode="after")
    def _sound(self) -> Industry:
        rank = {grade: place for place, grade in enumerate(self.grade_names)}
        worst = self.grade_names[-1]
        for (general, own), combined in self.combined.items():
            told = f"matrix: general {general} with industry {own} gives {combined}"
            for milder in (
                (self.grade_names[max(rank[general] - 1, 0)], own),
                (general, self.grade_names[max(rank[own] - 1, 0)]),
            ):
                if rank[self.combined[milder]] > rank[combined]:
                    raise ValueError(
                        f"{told}, milder than {self.combined[milder]}, which the milder pair {', '.join(milder)} gives"
                    )
            if general == worst and combined != worst:
                raise ValueError(
                    f"{told}: no industry grade softens the riskiest general grade, which may have been determined directly"
                )
            if self.key_field and rank[combined] < rank[own]:
                raise ValueError(
                    f"{told}: in a key field the combined grade is never milder than the field's own (Yunnan Art. 4)"
                )
        return self

    @cached_property
    def grade_names(self) -> tuple[str, ...]:
        """The grades from the mildest to the riskiest, as the bands have them."""
        return tuple(band.grade for band in self.score.bands)

    @cached_property
    def combined(self) -> dict[tuple[str, str], str]:
        """(General grade, industry grade) → combined grade."""
        return {(cell.general, cell.industry): cell.combined for cell in self.matrix}

    def combine(self, general: Sequence[str], industry: Sequence[str]) -> list[str]:
        """The combined grades of as many enterprises as there are grades given."""
        return [self.combined[pair] for pair in zip(general, industry, strict=True)]


def parse_industry(text: str, name: str) -> Industry:
    """Validate the text of an industry.yaml; the ConfigurationError names the file and the field."""
    return parse_yaml(Industry, text, name)


def industry_of(bundle: ModelBundle) -> Industry | None:
    """The local industry that a bundle is the model of; None for a general model."""
    return parse_industry(bundle.industry_yaml, INDUSTRY) if bundle.industry_yaml else None


def scheme_of(bundle: ModelBundle) -> Scheme:
    """The scheme that a bundle grades by: its own, with the industry's bands in the place of the general ones where it is an industry's."""
    scheme, industry = parse_scheme("scheme.yaml", bundle.scheme_yaml), industry_of(bundle)
    return scheme if industry is None else industry_scheme(scheme, industry)


def industry_scheme(scheme: Scheme, industry: Industry) -> Scheme:
    """The scheme by which an industry's model grades: the industry's bands, and no rules, since these are the general grade's.

    Raises
    ------
    ConfigurationError
        Where the industry's bands are not of the scheme's grades.
    """
    if industry.grade_names != scheme.grade_names:
        raise ConfigurationError(
            zh=f"地方产业 {industry.id} 的 score.bands 依次为 {'、'.join(industry.grade_names)}，须与办法 {scheme.id} 的类别相同：{'、'.join(scheme.grade_names)}。",
            en=f"score.bands of the local industry {industry.id} are {', '.join(industry.grade_names)}; they must be the grades of scheme {scheme.id}, "
            f"{', '.join(scheme.grade_names)}.",
        )
    return scheme.model_copy(update={"score": industry.score, "rules": ()})
