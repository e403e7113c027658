"""One load under way: every table of a delivery, and then the new store in one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from riskml.core.errors import ConfigurationError, RiskmlError, RunError
from riskml.core.files import sync
from riskml.core.ledger import NOTHING
from riskml.core.progress import Progress
from riskml.core.settings import load_settings
from riskml.core.system_errors import out_of_room
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import confine, connect
from riskml.records.amendment_targets import AMENDMENTS
from riskml.records.confirmation import older_than_the_last, reasons_to_confirm
from riskml.records.delivery import open_delivery
from riskml.records.load_report import IngestReport, TableReport
from riskml.records.load_table import Files, LoadContext, LoadedTable, load_table
from riskml.records.quarantine import Quarantine
from riskml.records.reconciliation import Tally, count_waiting, entries, reports_of
from riskml.records.redelivery import loaded_before, nothing_new
from riskml.records.references import Unmet
from riskml.records.resolving import resolve
from riskml.records.sources import Source
from riskml.records.store import RECORDS, RecordStore, read_store
from riskml.records.stored_columns import columns_after
from riskml.records.tables import TABLES, Label, Table, tables_in_use

LEAST_SPILL_GIB = 4.0
SPILL_PER_BYTE = 20
"""What a load may write to temporary files: so much, and as much more for each byte delivered."""


def run_load(
    workspace: Workspace,
    source: Source,
    folder: Path,
    received: date,
    scratch: Path,
    on_progress: Progress,
    *,
    confirmed: bool,
) -> IngestReport:
    """Load every table of a delivery that can be read; parameters and errors are those of
    `riskml.records.ingest.ingest`.
    """
    settings = load_settings(workspace).loading
    store = read_store(workspace.records)
    if store:
        workspace.ledger.settle(RECORDS, store.digest)
    connection = connect(workspace.spill)
    # It would join each long list of words to all rows, and for that work out, of every value, what a CASE asks of few.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    connection.execute("SET preserve_insertion_order = true")
    delivery = open_delivery(connection, source, folder, scratch / "extracts")
    # From here on the source's own SQL runs: it reaches no file but the load's own.
    own = (scratch, workspace.records, workspace.quarantine, workspace.spill)
    confine(connection, own, spill_gib=LEAST_SPILL_GIB + SPILL_PER_BYTE * delivery.size / 2**30)
    ready = [table for table in source.mappings if delivery.can_fill(table)]
    if not ready:
        raise next(iter(delivery.unreadable.values()))
    if store and (same := loaded_before(store, delivery)):
        store.verify()  # what is said to be there is there
        return nothing_new(delivery, received, same)
    number = len(store.loads) + 1 if store else 1
    quarantine = Quarantine(connection, source, number, received)
    context = LoadContext(
        connection,
        workspace,
        delivery,
        quarantine,
        number,
        received,
        scratch,
        store.loads if store else (),
        settings.sql_minutes,
        columns_after(store.columns if store else {}, number),
    )
    load = _Load(context, store)
    load.read(ready, on_progress)
    if not load.reports:
        load.withdraw()
        raise next(iter(load.unreadable.values()))
    to_confirm = reasons_to_confirm(load.reports)
    if to_confirm and not confirmed:
        load.withdraw()
        raise RunError(
            zh=f"这一批没有入库：{'；'.join(one.zh for one in to_confirm)} 请核对；确实如此的，用 --confirm "
            "再导入一次。",
            en=f"Nothing was stored: {'; '.join(one.en for one in to_confirm)} Check it; if it is as it should be, "
            "load it again with --confirm.",
        )
    return load.save(to_confirm)


class _Load:
    """What a load has done so far: the new files of each table, and what was counted."""

    def __init__(self, context: LoadContext, store: RecordStore | None) -> None:
        self.context, self.store = context, store
        self.files: dict[str, Files] = dict(store.files) if store else {}
        self.buckets = store.buckets if store else 0
        self.reports: list[TableReport] = []
        delivery = context.delivery
        self.unreadable: dict[tuple[str, ...], RiskmlError] = {
            (view,): why for view, why in delivery.unreadable.items()
        }
        self.unreadable |= delivery.left_out()
        self.tally = Tally(context.delivery.folder)
        self.newest: date | None = None

    def read(self, tables: Iterable[str], on_progress: Progress) -> None:
        """Write the new files of every table beside those of the store; what cannot be read goes to quarantine."""
        delivery, quarantine = self.context.delivery, self.context.quarantine
        for view, extract in delivery.extracts.items():
            for one in extract.files:
                quarantine.add_malformed(view, one.path, one.malformed)
        # The enterprises come first: their number decides how many buckets a new store has.
        ordered = sorted(tables, key=lambda name: (name != "enterprise", name))
        for done, name in enumerate(ordered):
            on_progress(name, done, len(ordered))
            self._read_table(TABLES[name])
        for views, failure in self.unreadable.items():
            quarantine.add_file(views, failure)
        loaded = {view for report in self.reports for view in delivery.source.views_of(report.table)}
        for view, extract in delivery.extracts.items():
            if view not in loaded:
                self.tally.add_lost(extract)

    def _read_table(self, table: Table) -> None:
        if self.store:
            self.store.verify(table.name)
        views = tuple(sorted(self.context.delivery.source.views_of(table.name)))
        try:
            self._add(load_table(self.context, table, self.files.get(table.name, {}), self.buckets))
        except ConfigurationError as error:
            self.unreadable[views] = error
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            # Extracts are texts, which can always be read: only an expression of the mapping fails on a value.
            path = self.context.delivery.source.mapping_file(table.name)
            said = str(error).splitlines()[0]
            self.unreadable[views] = ConfigurationError(
                zh=f"{path} 有一个表达式在某个值上算不出来，{table.name} 表未导入；请去掉这一转换，"
                f"由导入读取并记下读不了的值，或改用 TRY_CAST。引擎说“{said}”。",
                en=f"An expression of {path} fails on a value, so that table {table.name} was not loaded; leave the "
                "conversion to the loading, which notes what it cannot read, or use TRY_CAST. The engine says "
                f"{said!r}.",
            )
        except duckdb.Error as error:
            if out_of_room(error):
                raise
            said = str(error).splitlines()[0]
            # The extract opened, but its rows cannot be read to the end: nothing of this table was merged.
            self.unreadable[views] = RunError(
                zh=f"{'、'.join(views)} 的数据部分损坏，{table.name} 表未导入，请重新传送。引擎说“{said}”。",
                en=f"The data of {', '.join(views)} are damaged, table {table.name} was not loaded, send it again. The "
                f"engine says {said!r}.",
            )

    def _add(self, loaded: LoadedTable) -> None:
        self.reports.append(loaded.report)
        self.files[loaded.report.table] = loaded.files  # only now: a table is loaded whole or not at all
        self.buckets = loaded.buckets
        files = self.context.delivery.numbers_of(TABLES[loaded.report.table])
        self.tally.add_table(files, loaded.received, loaded.verdicts)
        self.newest = max(filter(None, (self.newest, loaded.newest)), default=None)

    def withdraw(self) -> None:
        """Remove the new files: the load does not take place."""
        stored = self.store.hashes if self.store else {}
        for name in (name for by_bucket in self.files.values() for names in by_bucket.values() for name in names):
            if name not in stored:
                (self.context.workspace.records / name).unlink(missing_ok=True)

    def save(self, to_confirm: tuple[Label, ...]) -> IngestReport:
        """Put the new store in its place, after the quarantine: a load that the manifest names has its refused rows on
        the disk.
        """
        context, delivery, quarantine = self.context, self.context.delivery, self.context.quarantine
        left_out: dict[str, RiskmlError] = {}
        for view, extract in delivery.extracts.items():
            for file, failure in extract.refused.items():
                quarantine.add_refused_file(view, file, failure)
                left_out[str(file)] = failure
        refused = quarantine.write(context.workspace.quarantine)
        offered, differing = quarantine.offer(context.workspace.quarantine)
        for written in filter(None, (refused, offered)):
            sync(written)
        entry, unmet = self._put_in_place(is_complete=not self.unreadable and not left_out)
        return IngestReport(
            source=delivery.source.spec.source,
            received=context.received,
            tables=tuple(self.reports),
            faults=quarantine.counts("refused"),
            notes=quarantine.counts("noted"),
            new_words=quarantine.new_words(),
            unknown_names=quarantine.unknown_names(),
            unmet=unmet,
            unreadable={", ".join(views): failure for views, failure in self.unreadable.items()} | left_out,
            unused_columns=delivery.unused_columns(),
            quarantine=refused,
            files=reports_of(entry),
            load=context.number,
            older=older_than_the_last(entry, self.store.loads if self.store else ()),
            to_confirm=to_confirm,
            offered=offered,
            number_offered=differing,
        )

    def _put_in_place(self, *, is_complete: bool) -> tuple[dict[str, Any], tuple[Unmet, ...]]:
        """Put the new store in place; returns the load's entry in the manifest, and what meets nothing in the store."""
        context, source = self.context, self.context.delivery.source
        entry: dict[str, Any] = {
            "number": context.number,
            "source": source.spec.source,
            "simulated": source.spec.simulated,
            "received": context.received.isoformat(),
            "mapping": source.digest,
            "record_tables": tables_in_use().digest,
            "complete": is_complete,
            "newest": self.newest.isoformat() if self.newest else None,
            "before": self.store.digest if self.store else NOTHING,
            "tables": {report.table: asdict(report) for report in self.reports},
        }
        before = self.store or RecordStore(context.workspace.records, self.buckets, {}, (), {})
        columns = {name: context.columns[name] for name in self.files}
        draft = replace(before, buckets=self.buckets, files=self.files, columns=columns).hashed()
        after = resolve(draft, self.store, context.number, context.workspace.spill)
        is_amended = any(report.table == AMENDMENTS for report in self.reports)
        own = context.delivery.numbers_of(TABLES[AMENDMENTS]) if is_amended else {}
        waiting = count_waiting(context.connection, draft.paths(AMENDMENTS), after.fates, context.number, own)
        entry["files"] = entries(
            self.tally.reports(context.delivery.extracts.values(), waiting), context.delivery.hashes
        )
        replace(draft, loads=(*before.loads, entry), resolved=after.files).save(
            "load", load=context.number, source=source.spec.source
        )
        return entry, after.unmet
