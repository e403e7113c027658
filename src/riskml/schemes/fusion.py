"""Two gradings of one enterprise together: the matrix that combines a scheme's grade with that of a trade, cell by cell
the text's or ours.

A local industry's model grades in the scheme's own letters (`riskml.schemes.industry`); other offices grade in words of
their own, which the records hold as levels of risk (``external_grade``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Literal

from pydantic import Field

from riskml.core.configuration import Entry
from riskml.core.validation import ContentError, nearest
from riskml.records.tables import TABLES, Label
from riskml.schemes.provisions import Basis, GradeId, Provision, Text

LEVELS: dict[str, Label] = {
    level: label
    for level, label in (TABLES["external_grade"].column("risk_level").codes or {}).items()
    if level != "other"
}
"""What grades of others amount to, from the least risk to the most."""

FIELDS: dict[str, Label] = dict(TABLES["external_grade"].column("field").codes or {})
"""The fields in which others grade."""


class Cell(Entry):
    """What one general grade and one industry grade give together.

    Parameters
    ----------
    industry
        The grade of the trade, or what it amounts to.
    basis
        ``text``: the matrix's source says so. ``ours``: it does not, and the choice is this file's.
    """

    general: GradeId
    industry: GradeId
    combined: GradeId
    basis: Basis


class Fusion(Provision):
    """How a scheme's grade and the grade that another office gives in the enterprise's trade act together.

    Parameters
    ----------
    fields
        The fields of ``external_grade`` that are a trade's; of several grades the riskiest is taken.
    effect
        ``measures``: the measures shown are those of the combined class. ``information``: it is shown, and nothing
        follows. The grade stays.
    matrix
        The combined class of every grade and every level of risk, each pair once.
    """

    fields: tuple[str, ...] = Field(min_length=1)
    effect: Literal["measures", "information"]
    reading: Text
    matrix: tuple[Cell, ...]

    def check(self, grades: tuple[str, ...]) -> None:
        """Refuse fields that nobody grades in, and a matrix that is not whole or not sound; `grades` are the
        scheme's.
        """
        for one in self.fields:
            if one not in FIELDS:
                zh, en = nearest(one, FIELDS)
                raise ContentError(f"没有领域 {one!r}{zh}", f"there is no field {one!r}{en}", field="fusion.fields")
        check_matrix(self.matrix, grades, tuple(LEVELS), field="fusion.matrix")

    def cell(self, general: str, level: str) -> Cell:
        """The cell of the matrix for a grade and a level of risk."""
        return next(cell for cell in self.matrix if (cell.general, cell.industry) == (general, level))


def check_matrix(matrix: Sequence[Cell], general: tuple[str, ...], industry: tuple[str, ...], *, field: str) -> None:
    """Refuse a matrix that lacks a pair or has one twice, gets better where either side gets worse, or softens the
    riskiest general grade.

    Parameters
    ----------
    general, industry
        The grades of both sides, from the mildest to the riskiest; combined grades are among the general ones.
    field
        Where it stands, for the error.
    """
    wanted, found = list(product(general, industry)), [(cell.general, cell.industry) for cell in matrix]
    for pair in wanted:
        if found.count(pair) != 1:
            raise ContentError(
                f"通用 {pair[0]} 与产业 {pair[1]} 的组合应有一格，现在有 {found.count(pair)} 格",
                f"general {pair[0]} with industry {pair[1]} is there {found.count(pair)} times, not once",
                field=field,
            )
    for cell in matrix:
        if (cell.general, cell.industry) not in wanted or cell.combined not in general:
            raise ContentError(
                f"{cell.general}、{cell.industry} → {cell.combined} 中有 score.bands 没有的等级",
                f"{cell.general}, {cell.industry} → {cell.combined} has a grade without a band",
                field=field,
            )
    combined = {(cell.general, cell.industry): cell.combined for cell in matrix}
    for (left, right), cell_grade in combined.items():
        told_zh, told = (
            f"通用 {left} 与产业 {right} 合成 {cell_grade}",
            f"general {left} with industry {right} gives {cell_grade}",
        )
        for milder in (
            (general[max(general.index(left) - 1, 0)], right),
            (left, industry[max(industry.index(right) - 1, 0)]),
        ):
            if general.index(combined[milder]) > general.index(cell_grade):
                raise ContentError(
                    f"{told_zh}，轻于较轻的组合 {'、'.join(milder)} 合成的 {combined[milder]}",
                    f"{told}, milder than {combined[milder]}, which the milder pair {', '.join(milder)} gives",
                    field=field,
                )
        if left == general[-1] and cell_grade != general[-1]:
            raise ContentError(
                f"{told_zh}：通用等级最重的，产业等级不得使之减轻，因为它可能是直接判定的",
                f"{told}: no industry grade softens the riskiest general grade, which may have been determined "
                "directly",
                field=field,
            )
