"""One load under way: table by table from extracts to the draft of the new store."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from riskml.engines.duckdb import confine, connect, parquet, quote
from riskml.errors import ConfigurationError, RiskmlError, RunError
from riskml.failures import out_of_room
from riskml.files import sync
from riskml.ledger import NOTHING
from riskml.records.amendment_targets import Amendment
from riskml.records.amendments import Fate
from riskml.records.arrivals import add_amended, add_arrivals, begin_arrivals, forget_arrivals, write_arrivals
from riskml.records.buckets import bucket_sql, buckets_for
from riskml.records.doubts import doubts_of, older_than_the_last
from riskml.records.extracts import Extract, open_extract
from riskml.records.load_report import IngestReport, Progress, TableReport
from riskml.records.merge import compare_bucket, write_bucket
from riskml.records.newest import FILE_SPAN, LOAD_SPAN
from riskml.records.quarantine import Quarantine
from riskml.records.reconciliation import REFUSED as REFUSED_VERDICTS
from riskml.records.reconciliation import Tally, entries, file_of, reports_of
from riskml.records.references import Unmet
from riskml.records.resolving import resolve
from riskml.records.snapshots import end_unlisted, read_list
from riskml.records.sources import Source
from riskml.records.staging import stage
from riskml.records.store import RECORDS, RecordStore, read_store
from riskml.records.tables import TABLES, Label, Table
from riskml.workspace import Workspace

LEAST_SPILL_GIB = 4.0
SPILL_PER_BYTE = 20
"""What a load may write to temporary files: so much, and as much more for each byte delivered."""

MOST_FILES = LOAD_SPAN // FILE_SPAN - 1
"""Files of one delivery that can be told apart in ``arrival``."""


WAITING: frozenset[Fate] = frozenset({"waiting_record", "waiting_replacement", "ambiguous"})
"""What becomes of an amendment that acts on nothing yet."""

REFUSED = -1
"""The part of a table's rows that go to no bucket."""


class Load:
    """One load under way: the connection, the draft of the new store, what was counted so far."""

    def __init__(
        self, workspace: Workspace, source: Source, folder: Path, received: date, scratch: Path, *, confirmed: bool
    ) -> None:
        self.workspace, self.source, self.folder, self.received, self.scratch = workspace, source, folder, received, scratch
        self.confirmed = confirmed
        self.connection = connect(workspace.spill)
        self.connection.execute("SET preserve_insertion_order = true")
        self.store = read_store(workspace.records)
        if self.store:
            workspace.ledger.settle(RECORDS, self.store.digest)
        self.number = len(self.store.loads) + 1 if self.store else 1
        self.files = {table: dict(by) for table, by in self.store.files.items()} if self.store else {}
        self.buckets = self.store.buckets if self.store else 0
        self.extracts: dict[str, Extract] = {}
        self.quarantine = Quarantine(self.connection, source, self.number, received)
        self.tally = Tally(folder)
        self.newest: date | None = None
        begin_arrivals(self.connection)

    def run(self, on_progress: Progress) -> IngestReport:
        """Load every table that can be read; raises as `ingest` does."""
        unreadable = self._open_extracts()
        ready = [table for table in self.source.mappings if not self.source.views_of(table) & set(unreadable)]
        if not ready:
            raise next(iter(unreadable.values()))
        if same := self._loaded_before(unreadable):
            return self._nothing_new(same)
        # The enterprises come first: their number decides how many buckets a new store has.
        ready.sort(key=lambda name: (name != "enterprise", name))
        reports = []
        for done, name in enumerate(ready):
            on_progress(name, done, len(ready))
            views = ", ".join(sorted(self.source.views_of(name)))
            try:
                reports.append(self._load_table(TABLES[name]))
            except ConfigurationError as error:
                forget_arrivals(self.connection, TABLES[name])
                unreadable[views] = error
            except duckdb.Error as error:
                if out_of_room(error):
                    raise
                forget_arrivals(self.connection, TABLES[name])
                # The extract opened, but its rows cannot be read to the end: nothing of this table was merged.
                unreadable[views] = RunError(
                    zh=f"{views} 的数据部分损坏，{name} 表未导入，请重新传送：{str(error).splitlines()[0]}",
                    en=f"The data of {views} are damaged, table {name} was not loaded, send it again: {str(error).splitlines()[0]}",
                )
        for names, failure in unreadable.items():
            self.quarantine.add_file(names.split(", "), failure)
        loaded = {view for report in reports for view in self.source.views_of(report.table)}
        for view, extract in self.extracts.items():
            if view not in loaded:
                self.tally.add_lost(extract)
        doubts = doubts_of(reports)
        if doubts and not self.confirmed:
            self._stop(doubts)
        left_out: dict[str, RiskmlError] = {}
        for view, extract in self.extracts.items():
            for file, failure in extract.refused.items():
                self.quarantine.add_refused_file(view, file, failure)
                left_out[str(file)] = failure
        # Before the manifest: a load that is in it has its refused rows on the disk.
        refused = self.quarantine.write(self.workspace.quarantine)
        offered, differing = self.quarantine.offer(self.workspace.quarantine)
        for written in filter(None, (refused, offered)):
            sync(written)
        load, unmet = self._save(reports, complete=not unreadable and not left_out)
        return IngestReport(
            source=self.source.spec.source,
            received=self.received,
            tables=tuple(reports),
            faults=self.quarantine.counts("refused"),
            notes=self.quarantine.counts("noted"),
            new_words=self.quarantine.new_words(),
            unknown_names=self.quarantine.unknown_names(),
            unmet=unmet,
            unreadable=unreadable | left_out,
            unused_columns=self._unused(),
            quarantine=refused,
            files=reports_of(load),
            load=self.number,
            older=older_than_the_last(load, self.store.loads if self.store else ()),
            doubts=doubts,
            offered=offered,
            number_offered=differing,
        )

    def _loaded_before(self, unreadable: dict[str, RiskmlError]) -> dict[str, Any] | None:
        """The load that brought the same files by the same mapping. A list that is delivered whole may go back to what it was: only
        the last delivery of its source is the same.
        """
        if not self.store or unreadable or any(extract.refused for extract in self.extracts.values()):
            return None
        own = [load for load in self.store.loads if load["source"] == self.source.spec.source]
        if any(self.source.is_snapshot(table) for table in self.source.mappings):
            own = own[-1:]
        hashes, mapping = sorted(self._hashes().values()), self.source.digest
        return next(
            (
                load
                for load in own
                if load["complete"]
                and load["mapping"] == mapping
                and sorted(entry["sha256"] for entry in load["files"].values() if entry["sha256"]) == hashes
            ),
            None,
        )

    def _nothing_new(self, same: dict[str, Any]) -> IngestReport:
        """The report of a delivery that was loaded before: what was stored then is known before now."""
        tables = tuple(
            replace(TableReport(**table), taken=0, closed=0, left=0, repeated=table["received"] - table["refused"])
            for table in same["tables"].values()
        )
        files = tuple(replace(file, stored=0, waiting=0, known=file.received - file.refused) for file in reports_of(same))
        return IngestReport(
            source=self.source.spec.source,
            received=self.received,
            tables=tables,
            faults={},
            notes={},
            new_words={},
            unknown_names={},
            unmet=(),
            unreadable={},
            unused_columns=self._unused(),
            quarantine=None,
            files=files,
            load=None,
            same_as=same["number"],
        )

    def _stop(self, doubts: tuple[Label, ...]) -> None:
        for names in self.files.values():
            for name in (name for own in names.values() for name in own):
                if not (self.store and name in self.store.hashes):
                    (self.workspace.records / name).unlink(missing_ok=True)
        raise RunError(
            zh=f"这一批没有入库：{'；'.join(doubt.zh for doubt in doubts)}。请核对；确实如此的，用 --confirm 再导入一次。",
            en=f"Nothing was stored: {'; '.join(doubt.en for doubt in doubts)}. Check it; if it is as it should be, load it again with --confirm.",
        )

    def _hashes(self) -> dict[str, str]:
        """File, relative to the delivery's folder → SHA-256."""
        read = [file for extract in self.extracts.values() for file in extract.files]
        return {str(file.path.relative_to(self.folder)): file.sha256 for file in read}

    def _open_extracts(self) -> dict[str, RiskmlError]:
        unreadable: dict[str, RiskmlError] = {}
        scratch = self.scratch / "extracts"
        for view, file in self.source.spec.files.items():
            try:
                extract = open_extract(self.connection, view, file, self.folder, scratch, self.source.wanted(view))
            except RunError as error:
                unreadable[view] = error
                continue
            self.extracts[view] = extract
            for one in extract.files:
                self.quarantine.add_malformed(view, one.path, one.malformed)
        if (files := sum(len(extract.files) for extract in self.extracts.values())) > MOST_FILES:
            raise RunError(
                zh=f"{self.folder} 中有 {files:,} 个文件，一批最多 {MOST_FILES:,} 个；请分批导入，或合并文件。",
                en=f"{self.folder} has {files:,} files, a delivery {MOST_FILES:,} at most: load them in parts, or put files together.",
            )
        # From here on the source's own SQL runs: it reaches no file but the load's own.
        delivered = sum(one.size for extract in self.extracts.values() for one in extract.files)
        own = (self.scratch, self.workspace.records, self.workspace.quarantine, self.workspace.spill)
        confine(self.connection, own, spill_gib=LEAST_SPILL_GIB + SPILL_PER_BYTE * delivered / 2**30)
        return unreadable

    def _numbered(self) -> dict[str, int]:
        """Every file that is read, with its number in the order of all paths of the delivery."""
        paths = sorted({one.path for extract in self.extracts.values() for one in extract.files})
        return {str(path): number for number, path in enumerate(paths)}

    def _files_of(self, table: Table) -> dict[str, int]:
        """The files that the mapping of `table` reads, each with its number in the order of all paths of the delivery."""
        own = {str(one.path) for view in self.source.views_of(table.name) for one in self.extracts[view].files}
        return {path: number for path, number in self._numbered().items() if path in own}

    def _unused(self) -> dict[str, tuple[str, ...]]:
        mentioned: dict[str, set[str]] = {}
        for table in self.source.mappings:
            for view in self.source.views_of(table):
                mentioned.setdefault(view, set()).update(self.source.columns_of(table))
        own = {view: extract.columns for view, extract in self.extracts.items()}
        unused = {view: tuple(c for c in names if c.lower() not in mentioned.get(view, set())) for view, names in own.items()}
        return {view: names for view, names in unused.items() if names}

    def _load_table(self, table: Table) -> TableReport:
        if self.store:
            self.store.verify(table.name)
        stage(self.connection, self.source, table, self._files_of(table), self.received, self.number)
        received = dict(self.connection.execute("SELECT source_file, count(*) FROM normalised GROUP BY source_file").fetchall())
        if not self.buckets:
            (subjects,) = self._one(f"SELECT count(DISTINCT raw_{table.subject}) FROM normalised")
            self.buckets = buckets_for(subjects)
        folder = self.scratch / table.name
        shutil.rmtree(folder, ignore_errors=True)
        names = ", ".join(table.column_names)
        part_of_row = f"CASE WHEN refused THEN {REFUSED} ELSE {bucket_sql(table.subject, self.buckets)} END"
        self.connection.execute(
            f"COPY (SELECT {names}, source_file, source_row, findings, {part_of_row} AS bucket FROM staged) "
            f"TO '{quote(str(folder))}' (FORMAT parquet, PARTITION_BY (bucket))"
        )
        refused = sorted((folder / f"bucket={REFUSED}").glob("*.parquet"))
        verdicts: Counter[tuple[str, str]] = Counter()
        if refused:
            self.quarantine.add_findings(table, parquet(refused))
            bad = self.connection.execute(f"SELECT source_file, count(*) FROM {parquet(refused)} GROUP BY source_file").fetchall()
            verdicts.update({(file, "refused"): rows for file, rows in bad})
        whole = self.source.is_snapshot(table.name)
        own = dict(self.files.get(table.name, {}))
        parts = {int(part.name.removeprefix("bucket=")): part for part in folder.glob("bucket=*")}
        for bucket, part in sorted((bucket, part) for bucket, part in parts.items() if bucket != REFUSED):
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT * FROM {parquet(sorted(part.glob('*.parquet')))}"
            )
            existing = own.get(bucket, ())
            compared = compare_bucket(
                self.connection, table, [self.workspace.records / name for name in existing], self.received if whole else None
            )
            self.quarantine.add_differing(table)
            target = f"{table.name}/bucket={bucket:03d}/load-{self.number:05d}.parquet"
            own[bucket] = write_bucket(self.connection, table, self.workspace.records, target, existing, compared)
            if own[bucket] != existing:
                self.quarantine.add_findings(table, compared.accepted)
                if self.store:
                    add_arrivals(self.connection, table, compared.accepted)
            verdicts.update(compared.verdicts)
            self._see_newest(table)
        opened, left = self._end_unlisted(table, sorted(folder.glob("*/*.parquet")), own) if whole else (0, 0)
        self.files[table.name] = own  # only now: a table is loaded whole or not at all
        shutil.rmtree(folder, ignore_errors=True)
        self.tally.add_table(received, verdicts)
        counts: Counter[str] = Counter()
        for (_, verdict), rows in verdicts.items():
            counts[verdict] += rows
        return TableReport(
            table.name,
            received=sum(received.values()),
            taken=counts["new"] + counts["returned"],
            repeated=counts["repeated"],
            closed=counts["closed"],
            refused=sum(counts[verdict] for verdict in REFUSED_VERDICTS),
            left=left,
            open_before=opened,
        )

    def _end_unlisted(self, table: Table, parts: list[Path], own: dict[int, tuple[str, ...]]) -> tuple[int, int]:
        """End the open states that are not on the list; returns how many were open, and how many end. `own` has the files afterwards.

        A line that cannot be read may be anybody's, and so may those of a file that is left out: then nobody has left.
        """
        extracts = [self.extracts[view] for view in self.source.views_of(table.name)]
        if any(extract.refused or any(one.malformed for one in extract.files) for extract in extracts):
            return 0, 0
        read_list(self.connection, table, parts)
        opened = left = 0
        for bucket, names in sorted(own.items()):
            if not names:
                continue
            target = f"{table.name}/bucket={bucket:03d}/load-{self.number:05d}-left.parquet"
            stored = [self.workspace.records / name for name in names]
            open_here, gone = end_unlisted(
                self.connection, table, self.source.spec.source, stored, self.workspace.records / target, self.received
            )
            opened, left = opened + open_here, left + gone
            if gone:
                own[bucket] = (target,)
                add_arrivals(self.connection, table, "unlisted")
        return opened, left

    def _see_newest(self, table: Table) -> None:
        ((newest,),) = self.connection.execute(f"SELECT max(greatest({table.date_column}, known_date)) FROM arrived").fetchall()
        self.newest = max(filter(None, (self.newest, newest)), default=None)

    def _waiting(self, draft: RecordStore, fates: Iterable[tuple[Amendment, Fate]]) -> Counter[str]:
        """How many amendments of each file are stored and act on nothing yet."""
        waiting = {(one.source, one.of_record, one.record_id) for one, fate in fates if fate in WAITING}
        found: Counter[str] = Counter()
        paths = draft.paths("amendment")
        if not waiting or not paths:
            return found
        rows = self.connection.execute(
            f"SELECT source, of_record, record_id, arrival FROM {parquet(paths)} WHERE arrival >= {self.number * LOAD_SPAN}"
        ).fetchall()
        for source, of_record, record_id, arrival in rows:
            file = file_of(arrival, self.number, self._numbered())
            if file and (source, of_record, record_id) in waiting:
                found[file] += 1
        return found

    def _save(self, reports: list[TableReport], *, complete: bool) -> tuple[dict[str, Any], tuple[Unmet, ...]]:
        """Put the new store in place; returns the load's entry in the manifest, and what meets nothing in the store."""
        load: dict[str, Any] = {
            "number": self.number,
            "source": self.source.spec.source,
            "received": self.received.isoformat(),
            "mapping": self.source.digest,
            "complete": complete,
            "newest": self.newest.isoformat() if self.newest else None,
            "before": self.store.digest if self.store else NOTHING,
            "tables": {report.table: asdict(report) for report in reports},
        }
        before = self.store or RecordStore(self.workspace.records, self.buckets, {}, (), {})
        draft = replace(before, buckets=self.buckets, files=self.files).hashed()
        after = resolve(draft, self.store, self.number, self.workspace.spill)
        waiting = self._waiting(draft, after.fates)
        load["files"] = entries(self.tally.reports(self.extracts.values(), waiting), self._hashes())
        if self.store:
            add_amended(self.connection, after.changed)
            load["arrivals"] = write_arrivals(self.connection, self.workspace.records, self.number)
        draft = replace(draft, loads=(*before.loads, load), resolved=after.files)
        draft.save("load", load=self.number, source=self.source.spec.source)
        return load, after.unmet

    def _one(self, sql: str) -> tuple[int, ...]:
        (row,) = self.connection.execute(sql).fetchall()
        return row
