"""A local industry (地方特色产业, Yunnan Art. 16) as typed data: its bands, and the matrix that combines its grade with
the general one.

The industry grade says how risky an enterprise is as one of its trade, by a model and indicators of the trade's own. It
stands beside the general grade and never in its place: the general grade, its rules and its reasons are the same with
it and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from pydantic import model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError
from riskml.records.parsed_once import parsed_once
from riskml.records.tables import TABLES
from riskml.schemes.bands import Score
from riskml.schemes.fusion import Cell, check_matrix
from riskml.schemes.provisions import Text
from riskml.schemes.scheme import Scheme

INDUSTRY = "industry.yaml"

KEY_FIELDS = {
    name: (TABLES["inspection"].column("domain").codes or {})[name]
    for name in ("food", "drug", "medical_device", "special_equipment")
}
"""The fields with a risk grading of their own, which a general grade does not replace (Yunnan Art. 4, Langfang
IV(3)).
"""


class Source(Entry):
    """A sentence that the matrix rests on: its document, where it stands there, and its words; `en` is our
    translation.
    """

    title: Text
    place: Text
    text: Text


class Industry(Entry):
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

    id: Identifier
    label: Text
    note: Text
    key_field: Literal["food", "drug", "medical_device", "special_equipment"] | None = None
    score: Score
    source: Source
    matrix: tuple[Cell, ...]

    @model_validator(mode="after")
    def _sound(self) -> Industry:
        names = self.grade_names
        check_matrix(self.matrix, names, names, field="matrix")
        for (general, own), combined in self.combined.items():
            if self.key_field and names.index(combined) < names.index(own):
                raise ContentError(
                    f"通用 {general} 与产业 {own} 合成 {combined}："
                    "重点领域的合成等级不得轻于该领域自己的等级（云南办法第四条）",
                    f"general {general} with industry {own} gives {combined}: in a key field the combined grade is "
                    "never milder than the "
                    "field's own (Yunnan Art. 4)",
                    field="matrix",
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

    def cell(self, general: str, industry: str) -> Cell:
        """The cell of the matrix for these two grades."""
        return next(cell for cell in self.matrix if (cell.general, cell.industry) == (general, industry))

    def combine(self, general: Sequence[str], industry: Sequence[str]) -> list[str]:
        """The combined grades of as many enterprises as there are grades given."""
        return [self.combined[pair] for pair in zip(general, industry, strict=True)]


def parse_industry(text: str, name: str) -> Industry:
    """Validate the text of an industry.yaml; the ConfigurationError names the file and the field."""
    return _parsed(text, name=name)


@parsed_once(32)
def _parsed(text: str, name: str) -> Industry:
    return parse_yaml(Industry, text, name)


def industry_scheme(scheme: Scheme, industry: Industry) -> Scheme:
    """The scheme by which an industry's model grades: the industry's bands, and no rules, since these are the general
    grade's.

    Raises
    ------
    ConfigurationError
        Where the industry's bands are not of the scheme's grades.
    """
    if industry.grade_names != scheme.grade_names:
        raise ConfigurationError(
            zh=f"地方产业 {industry.id} 的 score.bands 依次为 {'、'.join(industry.grade_names)}，须与办法 {scheme.id} "
            f"的类别相同：{'、'.join(scheme.grade_names)}。",
            en=f"score.bands of the local industry {industry.id} are {', '.join(industry.grade_names)}; they must be "
            f"the grades of scheme {scheme.id}, "
            f"{', '.join(scheme.grade_names)}.",
        )
    return scheme.model_copy(update={"score": industry.score, "rules": ()})
