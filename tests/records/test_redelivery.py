"""The same delivery again, an older one, one that was renumbered; what a dry run says of each."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade import RECEIVED, ROOT, Province
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import RunError
from riskml.records.effect_periods import EffectPeriods
from riskml.records.ingest import dry_run, ingest
from riskml.records.live import live_sql
from riskml.records.load_report import IngestReport
from riskml.records.quarantine import FILL_IN
from riskml.records.reconciliation import reports_of
from riskml.records.sources import Source, load_source
from riskml.records.tables import Label


def penalty(number: int, **more: Any) -> dict[str, Any]:
    return {
        "record_id": f"P{number}",
        "enterprise_id": f"企业{number}",
        "event_date": "2026-05-10",
        "severity": "minor",
        "kind": "fine",
        **more,
    }


def again(province: Province, received: date = RECEIVED) -> IngestReport:
    """The files that are in the inbox, by the source as it is."""
    source = load_source(province.workspace.sources / province.source_name)
    return ingest(province.workspace, source, province.inbox, received, lambda *_: None)


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in sorted(root.rglob("*"))
        if path.suffix != ".lock"
    }


def test_the_same_files_again_change_nothing(province: Province) -> None:
    province.receive({"penalty": [penalty(1), penalty(2, severity=None)]})
    before = tree(province.workspace.data)
    report = again(province)
    assert (report.same_as, report.load, report.quarantine) == (1, None, None)
    assert [(one.received, one.stored, one.known, one.refused) for one in report.files] == [(2, 0, 1, 1)]
    assert tree(province.workspace.data) == before


def test_the_same_files_by_another_mapping_are_loaded(province: Province) -> None:
    source = province.source({"penalty": [penalty(1)]})
    province.load(source)
    path = source.folder / "penalty.sql"
    path.write_text(path.read_text() + " WHERE severity <> 'x'")
    assert again(province).same_as is None


def test_a_delivery_older_than_the_last_is_said_to_be(province: Province) -> None:
    province.receive({"penalty": [penalty(1, event_date="2026-09-01")]})
    report = province.receive({"penalty": [penalty(2, event_date="2026-03-01")]})
    assert report.older is not None
    assert "2026-03-01" in report.older.en
    assert "2026-09-01" in report.older.en
    province.source({"penalty": [penalty(3, event_date="2026-09-02")]})
    older = again(province, date(2026, 10, 1)).older
    assert older is not None
    assert "received on 2026-10-01, is older than load 1" in older.en


def test_a_renumbered_delivery_stops_before_it_is_stored(province: Province) -> None:
    province.receive({"penalty": [penalty(n, fine=n) for n in range(40)]})
    files = tree(province.workspace.records)
    shifted = [penalty(n, fine=n + 1) for n in range(40)]
    with pytest.raises(RunError, match=r"of 40 rows of table penalty 40 \(100%\) would be refused.*--confirm"):
        province.receive({"penalty": shifted})
    assert tree(province.workspace.records) == files
    assert not list(province.workspace.quarantine.glob("load-00002*"))
    source = load_source(province.workspace.sources / province.source_name)
    report = ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None, confirmed=True)
    assert report.tables[0].refused == 40


@pytest.mark.parametrize("loads", [0, 1])
def test_a_dry_run_changes_nothing_and_says_what_the_load_will(province: Province, loads: int) -> None:
    listing = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}
    if loads:
        province.receive({"penalty": [penalty(1), penalty(2)], "abnormal_listing": [listing]})
    amendment = {
        "record_id": "A1",
        "of_table": "penalty",
        "of_record": "nowhere",
        "event_date": "2026-06-01",
        "kind": "revoked",
    }
    source = province.source({
        "penalty": [penalty(1), penalty(2, fine="9"), penalty(3), penalty(3), penalty(4, event_date="2026-13-40")],
        "abnormal_listing": [{**listing, "end_date": "2026-08-01"}],
        "amendment": [amendment],
    })  # fmt: skip
    before = tree(province.workspace.root)
    predicted = dry_run(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)
    assert tree(province.workspace.root) == before
    done = ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)
    assert (predicted.tables, predicted.files, predicted.faults, predicted.notes) == (
        done.tables,
        done.files,
        done.faults,
        done.notes,
    )


def test_every_row_received_is_stored_known_refused_or_waiting(province: Province) -> None:
    province.receive({"penalty": [penalty(1), penalty(2)]})
    amendments = [
        {"record_id": f"A{of}", "of_table": "penalty", "of_record": of, "event_date": "2026-06-01", "kind": "revoked"}
        for of in ("P1", "nowhere")
    ]
    rows = [penalty(1), penalty(2, fine="9"), penalty(3), penalty(3), penalty(4, event_date="2026-13-40")]
    report = province.receive({"penalty": rows, "amendment": amendments})
    assert all(one.adds_up for one in report.files)
    assert {one.file: (one.received, one.stored, one.known, one.refused, one.waiting) for one in report.files} == {
        "penalty2.parquet": (5, 1, 2, 2, 0),
        "amendment2.parquet": (2, 1, 0, 0, 1),
    }
    assert reports_of(province.store.loads[-1]) == report.files


def union(
    province: Province, *, file: str = "source_file, ", join: str = "UNION ALL BY NAME", first: str = "m1.csv"
) -> Source:
    """A source of 3 complaints in a.csv, and of 5 and 6 amendments in `first` and m2.csv, whose records never came."""
    folder, inbox = province.workspace.sources / "union", province.inbox
    folder.mkdir(parents=True)
    inbox.mkdir()
    complaints = "".join(f"C{n},甲,2026-05-01,complaint\n" for n in range(3))
    (inbox / "a.csv").write_text(f"id,code,day,kind\n{complaints}", encoding="utf-8")
    for name, number in (("m1", 5), ("m2", 6)):
        lines = "".join(f"{name}-{n},nowhere-{name}-{n},2026-06-01\n" for n in range(number))
        (inbox / (first if name == "m1" else "m2.csv")).write_text(f"id,rec,day\n{lines}", encoding="utf-8")
    (folder / "source.yaml").write_text(
        "{source: union, label: {zh: 合, en: union}, identifier: free, "
        f"files: {{a: a.csv, m1: '{first}', m2: m2.csv}}}}",
        encoding="utf-8",
    )
    (folder / "complaint.sql").write_text(
        "SELECT source_row, id AS record_id, code AS enterprise_id, day AS event_date, kind FROM a"
    )
    selects = [
        f"SELECT source_row, {file}id AS record_id, 'penalty' AS of_table, rec AS of_record, 'revoked' AS kind, "
        f"day AS event_date FROM {name}"
        for name in ("m1", "m2")
    ]
    (folder / "amendment.sql").write_text(f"\n{join}\n".join(selects))
    return load_source(folder)


def by_file(report: IngestReport) -> dict[str, tuple[int, ...]]:
    """File → received, stored, refused, waiting; without those of which nothing was received."""
    return {one.file: (one.received, one.stored, one.refused, one.waiting) for one in report.files if one.received}


def test_rows_of_a_mapping_of_several_files_are_accounted_for_by_file(province: Province) -> None:
    report = province.load(union(province))
    assert by_file(report) == {"a.csv": (3, 3, 0, 0), "m1.csv": (5, 0, 0, 5), "m2.csv": (6, 0, 0, 6)}


def test_rows_of_which_the_mapping_does_not_say_the_file_are_counted_with_all_it_reads(province: Province) -> None:
    report = province.load(union(province, file=""))
    assert by_file(report) == {"a.csv": (3, 3, 0, 0), "m1.csv, m2.csv": (11, 0, 0, 11)}


@pytest.mark.parametrize(
    ("file", "counted"),
    [("", {"m, 1.csv, m2.csv": (11, 0, 0, 11)}), ("source_file, ", {"m, 1.csv": (5, 0, 0, 5), "m2.csv": (6, 0, 0, 6)})],
    ids=["not named", "named"],
)
def test_a_comma_in_the_name_of_a_file_or_folder_leaves_the_account_right(
    province: Province, file: str, counted: dict[str, tuple[int, ...]]
) -> None:
    province.inbox = province.inbox.with_name("2026, May")
    report = province.load(union(province, file=file, first="m, 1.csv"))
    assert by_file(report) == {"a.csv": (3, 3, 0, 0), **counted}
    assert all(one.adds_up for one in report.files)
    hashes = {name: entry["sha256"] for name, entry in province.store.loads[-1]["files"].items()}
    assert hashes["m, 1.csv"] == hashlib.sha256((province.inbox / "m, 1.csv").read_bytes()).hexdigest()


def test_a_file_of_a_union_that_is_missing_costs_its_own_rows_alone(province: Province) -> None:
    source = union(province)
    (province.inbox / "m1.csv").rename(province.inbox / "later.csv")
    report = province.load(source)
    assert by_file(report) == {"a.csv": (3, 3, 0, 0), "m2.csv": (6, 0, 0, 6)}
    assert (report.complete, set(report.unreadable)) == (False, {"m1"})
    (province.inbox / "later.csv").rename(province.inbox / "m1.csv")
    report = province.load(source)
    assert report.complete
    assert by_file(report) == {"a.csv": (3, 0, 0, 0), "m1.csv": (5, 0, 0, 5), "m2.csv": (6, 0, 0, 0)}


def test_a_table_that_cannot_do_without_a_missing_file_is_told_with_the_rows_it_costs(province: Province) -> None:
    source = union(province, join="EXCEPT")
    (province.inbox / "m1.csv").unlink()
    report = province.load(source)
    assert by_file(report) == {"a.csv": (3, 3, 0, 0), "m2.csv": (6, 0, 6, 0)}
    told = report.unreadable["m2"]
    assert "Table amendment was not loaded, and the 6 rows of m2.csv did not get into it" in told.en
    assert "amendment 表没有导入，m2.csv 的 6 行没有进入该表" in told.zh
    assert "m1.csv" in told.en


def test_exit_codes_tell_whole_from_part_from_nothing(province: Province) -> None:
    (province.workspace.root / "features").mkdir()
    complaint = {"record_id": "C1", "enterprise_id": "甲", "event_date": "2026-01-01", "kind": "report"}
    province.source({"penalty": [penalty(1)], "complaint": [complaint]})
    arguments = [
        "--workspace",
        str(province.workspace.root),
        "ingest",
        "handmade",
        "--from",
        str(province.inbox),
        "--received",
        "2026-11-01",
        "--json",
    ]
    whole = (province.inbox / "complaint1.parquet").read_bytes()
    (province.inbox / "complaint1.parquet").write_bytes(whole[:100])
    runner = CliRunner()
    part = runner.invoke(app, arguments)
    assert part.exit_code == 3
    content = json.loads(part.stdout)
    assert (content["complete"], content["files"]["penalty1.parquet"]["stored"]) == (False, 1)
    (province.inbox / "complaint1.parquet").write_bytes(whole)
    assert runner.invoke(app, arguments).exit_code == 0
    same = runner.invoke(app, arguments)
    assert (same.exit_code, json.loads(same.stdout)["same_as_load"]) == (0, 2)


def test_what_differs_from_the_stored_record_is_offered_as_an_amendment(province: Province) -> None:
    province.receive({"penalty": [penalty(1, fine="50")]})
    report = province.receive({"penalty": [penalty(1, fine="5")]})
    assert report.offered is not None
    (row,) = csv.DictReader(report.offered.open(encoding="utf-8"))
    assert (row["of_table"], row["of_record"], row["of_source"], row["of_enterprise"]) == (
        "penalty",
        "P1",
        "handmade",
        "企业1",
    )
    assert (row["kind"], row["part"], row["value"], row["stored"], row["delivered"]) == (
        FILL_IN.said,
        "fine",
        "5.0000",
        "50.0000",
        "5.0000",
    )
    shutil.copytree(ROOT / "sources" / "amendments", province.workspace.sources / "amendments")
    source = load_source(province.workspace.sources / "amendments")
    folder = province.workspace.quarantine
    undecided = ingest(province.workspace, source, folder, RECEIVED, lambda *_: None)
    assert undecided.faults == {("amendment", "kind", "unknown_code"): 1}
    report.offered.write_text(report.offered.read_text().replace(FILL_IN.said, "reduced"))
    decided = ingest(province.workspace, source, folder, RECEIVED, lambda *_: None)
    assert decided.tables[0].taken == 1
    entity_dates = "(SELECT '企业1' AS enterprise_id, DATE '2026-11-30' AS as_of)"
    timeless = EffectPeriods(label=Label("无", "none"), scoring={}, publicity={})
    fines = province.connection().sql(f"SELECT fine FROM ({live_sql('penalty', entity_dates, timeless)})").fetchall()
    assert [float(fine) for (fine,) in fines] == [5.0]


def test_no_cell_of_the_offered_amendments_is_a_formula_and_what_is_loaded_is_what_was_meant(
    province: Province,
) -> None:
    formula = '=HYPERLINK("http://example.invalid")'
    province.receive({"penalty": [penalty(1, record_id=formula, fine="50", authority="某局")]})
    report = province.receive({"penalty": [penalty(1, record_id=formula, fine="5", authority="@SUM(A1)")]})
    assert report.offered is not None
    rows = list(csv.DictReader(report.offered.open(encoding="utf-8")))
    assert {row["of_record"] for row in rows} == {f"'{formula}"}
    assert {row["delivered"] for row in rows} == {"5.0000", "'@SUM(A1)"}
    shutil.copytree(ROOT / "sources" / "amendments", province.workspace.sources / "amendments")
    report.offered.write_text(report.offered.read_text().replace(FILL_IN.said, "reduced"))
    ingest(
        province.workspace,
        load_source(province.workspace.sources / "amendments"),
        province.workspace.quarantine,
        RECEIVED,
        lambda *_: None,
    )
    assert {row["of_record"] for row in province.stored("amendment")} == {formula}
