"""The derived relations that there are, and what of each, or of a record table, indicators and rules may ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import resources

from riskml.core import yaml_text
from riskml.core.validation import validated
from riskml.records.live import live_columns
from riskml.records.newest import newest_first_sql
from riskml.records.tables import TABLES
from riskml.relations.about import About
from riskml.relations.specs import DEFINITION, Relation


def _shipped() -> dict[str, Relation]:
    """Every folder of this package that has a definition, by name."""
    folders = sorted(resources.files(__package__).iterdir(), key=lambda folder: folder.name)
    files = (folder.joinpath(DEFINITION) for folder in folders if folder.is_dir())
    # Tested by the strict reader, which takes ten times as long.
    read = (validated(Relation, yaml_text.load_fast(file.read_text("utf-8"))) for file in files if file.is_file())
    return {relation.relation: relation for relation in read}


DERIVED: dict[str, Relation] = _shipped()
"""Every derived relation by name."""

PEERS = tuple(name for name, relation in DERIVED.items() if relation.about == "peers")
"""Relations whose figures are those of groups of enterprises and may be others every day (`Common.peer_visits`)."""

VISIT_COUNTS = frozenset(name for name, relation in DERIVED.items() if relation.visit_counts)
"""Relations that read the tables about all visits (`riskml.relations.common.visit_statements`)."""


def relation_names() -> tuple[str, ...]:
    """The record tables about one enterprise, and the derived relations."""
    return (*(name for name, table in TABLES.items() if table.subject == "enterprise_id"), *DERIVED)


def relation_columns(name: str) -> tuple[str, ...]:
    """The columns an indicator may use: never who looked, nor when the regulator learnt of it."""
    if name in DERIVED:
        return tuple(DERIVED[name].columns)
    hidden = {"enterprise_id", "known_date", "source", "arrival"}
    columns = live_columns(name).values()
    return tuple(column.name for column in columns if not column.identity and column.name not in hidden)


def relation_date(name: str) -> str | None:
    """The column that windows refer to."""
    return DERIVED[name].date if name in DERIVED else TABLES[name].date_column


def newest_first(name: str) -> str:
    """The terms of an ORDER BY that puts the newest row first; rows without a date go by the id of their record."""
    date = relation_date(name)
    return newest_first_sql(date) if date else "record_id DESC"


def order_columns(name: str) -> tuple[str, ...]:
    """The columns that `newest_first` reads."""
    date = relation_date(name)
    return (date, "known_date", "arrival") if date else ()


def is_received(name: str, received: Collection[str]) -> bool:
    """Whether enough of what the relation reads was ever received for anything to be known of it."""
    groups = DERIVED[name].one_of if name in DERIVED else ()
    free = {table for group in groups for table in group}
    return all(table in received for table in relation_inputs(name) if table not in free) and all(
        any(table in received for table in group) for group in groups
    )


def missing_inputs(names: Iterable[str], received: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Relation → the record tables that it would read and that were never received, where it is found without them."""
    found = {name: tuple(table for table in relation_inputs(name) if table not in received) for name in names}
    return {name: tables for name, tables in found.items() if tables and is_received(name, received)}


def relation_inputs(name: str) -> tuple[str, ...]:
    """The record tables that must have been received for anything to be known of `name`."""
    return DERIVED[name].inputs if name in DERIVED else (name,)


def own_inputs(name: str) -> tuple[str, ...]:
    """The record tables of which the relation reads the enterprise's own records."""
    return (DERIVED[name].of_itself if name in DERIVED else ()) or relation_inputs(name)


def relation_needs(name: str) -> tuple[str, ...]:
    """The record tables without a row of which `name` has none."""
    return DERIVED[name].needs if name in DERIVED else (name,)


def window_date(name: str) -> str:
    """The column or expression that windows compare: of a record table when the information began to be in effect,
    ``as_of`` while it runs on.
    """
    if name not in DERIVED:
        return "effective_date"
    day = DERIVED[name].date or ""
    return f"CASE WHEN end_date IS NULL THEN as_of ELSE {day} END" if "end_date" in DERIVED[name].columns else day


def relation_about(name: str) -> About:
    """Whose conduct it tells of; a record table holds what is on record about the enterprise itself."""
    return DERIVED[name].about if name in DERIVED else "own"


def is_whole(name: str) -> bool:
    """Whether the relation reads records of enterprises beyond those asked for."""
    return name in DERIVED and DERIVED[name].whole


def is_by_days(name: str) -> bool:
    """Whether the relation is found a few as-of dates at a time."""
    return name in DERIVED and DERIVED[name].by_days
