"""Which record tables were looked in: nothing on record says little where nothing was ever received."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from riskml.features.compile import relations_used
from riskml.features.specs import IndicatorSystem
from riskml.records.tables import TABLES, Label
from riskml.relations.catalogue import relation_inputs


@dataclass(frozen=True)
class LookedIn:
    """One record table that a grade looks in, and whether anything was ever received of it."""

    table: Label
    received: bool


def looked_in(system: IndicatorSystem, received: Collection[str]) -> tuple[LookedIn, ...]:
    """The record tables behind the columns of a method, in their order; `received` as ``RecordStore.tables``."""
    tables = dict.fromkeys(table for relation in relations_used(system) for table in relation_inputs(relation))
    return tuple(LookedIn(TABLES[table].label, table in received) for table in tables)
