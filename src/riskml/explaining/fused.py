"""What a scheme's fusion makes of its grade and the grade that another office gave in the enterprise's trade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from riskml.explaining.external_grades import ExternalGrade
from riskml.records.tables import Label
from riskml.schemes.fusion import FIELDS, LEVELS, Cell, Fusion
from riskml.schemes.provisions import Provision


@dataclass(frozen=True)
class Fused:
    """What a scheme's fusion says of one enterprise.

    Parameters
    ----------
    provision
        The scheme's sentence.
    cell
        What the grade and the riskiest grade of its trade give together; None where nobody graded it in a trade.
    field, level
        Of that grade: in which field, and what it amounts to.
    acts
        Whether the measures are those of the combined class.
    """

    provision: Provision
    reading: Label
    cell: Cell | None
    field: Label | None
    level: Label | None
    acts: bool


def fuse(fusion: Fusion, others: Iterable[ExternalGrade], grade: str) -> Fused:
    """What `fusion` makes of a grade and the grades of others that still hold."""
    fields, levels = {FIELDS[name]: name for name in fusion.fields}, list(LEVELS)
    places = {label: place for place, label in enumerate(LEVELS.values())}
    rated = [
        (places[one.risk_level], fields[one.field])
        for one in others
        if one.field in fields and one.risk_level in places
    ]
    provision = Provision(article=fusion.article, text=fusion.text)
    if not rated:
        return Fused(provision, fusion.reading, None, None, None, acts=False)
    place, field = max(rated)
    cell = fusion.cell(grade, levels[place])
    return Fused(provision, fusion.reading, cell, FIELDS[field], LEVELS[levels[place]], fusion.effect == "measures")
