"""A delivery that was loaded before: nothing is done again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from riskml.records.delivery import Delivery
from riskml.records.load_report import IngestReport, TableReport
from riskml.records.reconciliation import reports_of
from riskml.records.store import RecordStore
from riskml.records.tables import tables_in_use


def loaded_before(store: RecordStore, delivery: Delivery) -> dict[str, Any] | None:
    """The entry of the load that brought the same files by the same mapping into the same tables; None where there is
    none.

    A list that is delivered whole may go back to what it was: only the last delivery of its source is the same.
    """
    source = delivery.source
    if delivery.unreadable or any(extract.refused for extract in delivery.extracts.values()):
        return None
    own = [load for load in store.loads if load["source"] == source.spec.source]
    if any(source.is_snapshot(table) for table in source.mappings):
        own = own[-1:]
    hashes = sorted(delivery.hashes.values())
    return next(
        (
            load
            for load in own
            if load["complete"]
            and load["mapping"] == source.digest
            and load["record_tables"] == tables_in_use().digest
            and sorted(entry["sha256"] for entry in load["files"].values() if entry["sha256"]) == hashes
        ),
        None,
    )


def nothing_new(delivery: Delivery, received: date, same: dict[str, Any]) -> IngestReport:
    """The report of a delivery that the load of entry `same` brought: what was stored then is known before now."""
    tables = tuple(
        replace(TableReport(**table), taken=0, closed=0, left=0, repeated=table["received"] - table["refused"])
        for table in same["tables"].values()
    )
    files = tuple(replace(file, stored=0, waiting=0, known=file.received - file.refused) for file in reports_of(same))
    return IngestReport(
        source=delivery.source.spec.source,
        received=received,
        tables=tables,
        unused_columns=delivery.unused_columns(),
        files=files,
        same_as=same["number"],
    )
