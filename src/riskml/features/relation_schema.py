"""The columns of every relation that indicators and rules may read, with their types and codes."""

from __future__ import annotations

from functools import lru_cache

from riskml.features.known_inspections import PEER_WINDOWS
from riskml.features.relations import DERIVED, relation_columns
from riskml.records.table_files import Tables
from riskml.records.tables import Column, ColumnType, Label, tables_in_use

AS_OF = Column("as_of", "date", Label("基准日", "as of"), required=True)

_TYPES: dict[ColumnType, tuple[str, ...]] = {
    "date": ("start_date", "valid_from", "end_date", "event_date", "due_date", "filed_date"),
    "flag": ("adverse", "missing", "late", "all_zero", "implausible", "inspector_known", "undirected"),
    "text": ("person_id", "person_name", "linked_id", "case_number"),
    "integer": ("firms", "abnormal_firms", "revoked_firms", "serious_listings", "abnormal_listings", "penalties", "dishonest_listings",
                "visits", "year", "problem", "serious", "problems", "serious_problems"),
    "share": ("weight", "share", "problems_rate", "serious_rate", "expected_problems", "expected_serious", "usual_problem", "usual_serious",
              "usual_problems", "usual_serious_problems"),
}  # fmt: skip
"""Columns that derived relations make, by type; a name means the same in every one of them."""

_FROM_TABLES = {
    "status": ("enterprise", "status"),
    "enterprise_kind": ("enterprise", "kind"),
    "role": ("position", "role"),
    "kind": ("inspection", "kind"),
    "domain": ("inspection", "domain"),
    **{name: ("honour_claim", name) for name in ("claim_id", "stage", "method", "expiry_date")},
    "claim_kind": ("honour_claim", "kind"),
}
"""Columns of derived relations that are what a column of a record table is."""

_CODED = {
    "via": Column("via", "text", Label("关联方式", "linked by"), codes={
        "holder": Label("同一股东", "same holder"), "name": Label("同名", "same name"), "address": Label("同址", "same address"),
    }),
    "window_days": Column("window_days", "integer", Label("天数", "days"), codes={
        str(days): Label(f"{days}天", f"{days} days") for days in PEER_WINDOWS
    }),
    "hops": Column("hops", "integer", Label("层数", "hops"), codes={"1": Label("一层", "one"), "2": Label("二层", "two")}),
}  # fmt: skip
"""Columns of derived relations that hold one of a few values."""


def relation_schema(name: str) -> dict[str, Column]:
    """What an expression over a record table or a derived relation may use: `relation_columns` and ``as_of``, each with its type."""
    return _schema(name, tables_in_use())


@lru_cache(maxsize=256)
def _schema(name: str, tables: Tables) -> dict[str, Column]:
    if name not in DERIVED:
        return {column: tables[name].column(column) for column in relation_columns(name)} | {"as_of": AS_OF}
    typed = {column: Column(column, kind, Label(column, column)) for kind, columns in _TYPES.items() for column in columns}
    known = {column: tables[table].column(own) for column, (table, own) in _FROM_TABLES.items()}
    return {column: (typed | known | _CODED)[column] for column in relation_columns(name)} | {"as_of": AS_OF}
