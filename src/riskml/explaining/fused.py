"""What a scheme's fusion makes of its grade and the grade that another office gave in the enterprise's trade."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
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


def fuse(
    fusion: Fusion, connection: duckdb.DuckDBPyConnection, moment: str, periods: EffectPeriods, grade: str
) -> Fused:
    """What `fusion` makes of the grade of the one enterprise in `moment`, by the grades of others that still hold."""
    found = connection.execute(
        f"SELECT field, risk_level FROM ({live_sql('external_grade', moment, periods)}) WHERE end_date IS NULL"
    )
    levels = list(LEVELS)
    rated = [
        (levels.index(level), field) for field, level in found.fetchall() if field in fusion.fields and level in levels
    ]
    provision = Provision(article=fusion.article, text=fusion.text)
    if not rated:
        return Fused(provision, fusion.reading, None, None, None, acts=False)
    place, field = max(rated)
    cell = fusion.cell(grade, levels[place])
    return Fused(provision, fusion.reading, cell, FIELDS[field], LEVELS[levels[place]], fusion.effect == "measures")
