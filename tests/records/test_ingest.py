"""Bad input of each kind: a clear message or quarantine, the rest loaded, nothing lost."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from handmade import RECEIVED, Province

from riskml.cli.load_shown import show_load
from riskml.core.errors import ConfigurationError, RunError
from riskml.records.ingest import ingest
from riskml.records.load_report import IngestReport
from riskml.records.newest import LOAD_SPAN
from riskml.records.sources import load_source
from riskml.records.store import open_store

GOOD = {
    "record_id": "P0",
    "enterprise_id": "91340000711771143J",
    "event_date": "2026-05-10",
    "severity": "minor",
    "kind": "fine",
    "fine": "1",
}


def quarantined(report: IngestReport) -> list[dict[str, Any]]:
    assert report.quarantine is not None
    return pq.read_table(report.quarantine).to_pylist()


@pytest.mark.parametrize(
    ("fault", "column", "reason", "value"),
    [
        ({"event_date": "2026-13-40"}, "event_date", "wrong_type", "2026-13-40"),
        ({"severity": None}, "severity", "missing", None),
        ({"event_date": "2026-11-02"}, "event_date", "future_date", "2026-11-02"),
        ({"enterprise_id": "91340000711771143K"}, "enterprise_id", "bad_uscc", "91340000711771143K"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_place_and_the_rest_is_loaded(
    province: Province, fault: dict[str, Any], column: str, reason: str, value: Any
) -> None:
    report = province.receive({"penalty": [GOOD, {**GOOD, "record_id": "P1", **fault}]}, identifier="uscc")
    (row,) = quarantined(report)
    assert (row["table_name"], row["row_number"], row["column_name"], row["value"], row["reason"], row["severity"]) == (
        "penalty",
        1,
        column,
        value,
        reason,
        "refused",
    )
    assert [stored["record_id"] for stored in province.stored("penalty")] == ["P0"]
    assert (report.tables[0].received, report.tables[0].taken, report.tables[0].refused) == (2, 1, 1)


@pytest.mark.parametrize(
    ("fault", "reason", "stored"),
    [({"fine": "三万"}, "wrong_type", None), ({"severity": "grave"}, "unknown_code", "other")],
)
def test_an_optional_field_or_a_new_word_costs_no_row_and_is_noted(
    province: Province, fault: dict[str, str], reason: str, stored: Any
) -> None:
    report = province.receive({"penalty": [GOOD, {**GOOD, "record_id": "P1", **fault}]})
    ((column, given),) = fault.items()
    (row,) = quarantined(report)
    assert (row["row_number"], row["column_name"], row["value"], row["reason"], row["severity"]) == (
        1,
        column,
        given,
        reason,
        "noted",
    )
    assert [row[column] for row in province.stored("penalty")][1] == stored
    assert (report.tables[0].taken, report.tables[0].refused, report.faults) == (2, 0, {})
    assert report.notes == {("penalty", column, reason): 1}


def test_new_words_are_named_with_how_often_they_came(province: Province) -> None:
    words = ["专项", "专项", "飞行", "random", "RANDOM", "其他"]
    visit = {"enterprise_id": "甲", "event_date": "2026-05-01", "result": "no_problem"}
    report = province.receive(
        {"inspection": [{**visit, "record_id": str(n), "kind": word} for n, word in enumerate(words)]}
    )
    assert report.new_words == {
        ("inspection", "kind", "专项"): 2,
        ("inspection", "kind", "飞行"): 1,
    }
    assert [row["kind"] for row in province.stored("inspection")] == ["other"] * 3 + ["random"] * 2 + ["other"]


def test_a_word_that_decides_what_the_law_does_is_not_guessed(province: Province) -> None:
    amendment = {
        "record_id": "A1",
        "of_table": "penalty",
        "of_record": "P0",
        "event_date": "2026-06-01",
        "kind": "撤回",
    }
    report = province.receive({"amendment": [amendment]})
    assert [(row["reason"], row["severity"]) for row in quarantined(report)] == [("unknown_code", "refused")]


def test_a_note_is_made_once_for_a_record_and_not_for_its_repetition(province: Province) -> None:
    row = {**GOOD, "fine": "三万"}
    assert province.receive({"penalty": [row]}).notes
    report = province.receive({"penalty": [row, {**GOOD, "record_id": "P1"}]})
    assert (report.tables[0].repeated, report.tables[0].taken, report.notes) == (1, 1, {})


def test_a_repeated_id_keeps_the_first_row(province: Province) -> None:
    report = province.receive({"penalty": [GOOD, {**GOOD, "fine": "9"}]})
    assert [(row["reason"], row["column_name"], row["stored_value"], row["value"]) for row in quarantined(report)] == [
        ("duplicate_id", "fine", "1.0000", "9.0000")
    ]
    assert [str(row["fine"]) for row in province.stored("penalty")] == ["1.0000"]


def test_the_same_delivery_twice_changes_nothing(province: Province) -> None:
    province.receive({"penalty": [GOOD]})
    before = province.stored("penalty")
    report = province.receive({"penalty": [GOOD]})
    assert (report.tables[0].taken, report.tables[0].repeated) == (0, 1)
    assert province.stored("penalty") == before


def test_a_later_delivery_adds_and_closes(province: Province) -> None:
    listing = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}
    province.receive({"abnormal_listing": [listing]})
    report = province.receive(
        {"abnormal_listing": [{**listing, "end_date": "2026-09-01"}, {**listing, "record_id": "L2"}]}
    )
    assert (report.tables[0].taken, report.tables[0].closed) == (1, 1)
    assert [str(row["end_date"]) for row in province.stored("abnormal_listing")] == ["2026-09-01", "None"]


def test_a_silent_rewrite_is_a_conflict(province: Province) -> None:
    province.receive({"penalty": [GOOD]})
    report = province.receive({"penalty": [{**GOOD, "fine": "9"}]})
    assert [(row["reason"], row["column_name"], row["stored_value"], row["value"]) for row in quarantined(report)] == [
        ("conflict", "fine", "1.0000", "9.0000")
    ]
    assert [str(row["fine"]) for row in province.stored("penalty")] == ["1.0000"]


def test_a_missing_empty_or_truncated_extract_does_not_stop_the_others(province: Province) -> None:
    rows = {
        "penalty": [GOOD],
        "complaint": [{"record_id": "C1", "enterprise_id": "甲", "event_date": "2026-01-01", "kind": "report"}],
    }
    rows |= {
        "opinion": [{"record_id": "O1", "enterprise_id": "甲"}],
        "honour": [{"record_id": "H1", "enterprise_id": "甲"}],
    }
    source = province.source(rows)
    (province.inbox / "complaint1.parquet").write_bytes((province.inbox / "complaint1.parquet").read_bytes()[:200])
    (province.inbox / "opinion1.parquet").write_bytes(b"")
    (province.inbox / "honour1.parquet").unlink()
    report = ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)
    assert set(report.unreadable) == {"complaint_raw", "opinion_raw", "honour_raw"}
    assert not report.complete
    assert {row["file"] for row in quarantined(report)} == {"complaint1.parquet", "opinion1.parquet", "honour1.parquet"}
    assert len(province.stored("penalty")) == 1


def test_a_full_disk_is_not_taken_for_a_damaged_extract(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    province.receive({"penalty": [GOOD]})
    before = (province.workspace.records / "manifest.json").read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    monkeypatch.setattr("riskml.records.load_table.compare_bucket", full)
    with pytest.raises(duckdb.IOException):
        province.receive({"penalty": [{**GOOD, "record_id": "P9"}]})
    assert (province.workspace.records / "manifest.json").read_bytes() == before


def test_a_table_that_fails_half_way_is_not_loaded_at_all(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any, **__: Any) -> None:
        raise duckdb.InvalidInputException("damaged")

    rows = [{"record_id": "C1", "enterprise_id": "甲", "event_date": "2026-01-01", "kind": "report"}]
    monkeypatch.setattr("riskml.records.load_table.compare_bucket", damaged)
    with pytest.raises(RunError, match="The data of complaint_raw are damaged"):
        province.receive({"complaint": rows})
    assert not (province.workspace.records / "manifest.json").exists()


@pytest.mark.parametrize("failing", ["CAST(fine AS INTEGER)", "CAST(CAST(record_id AS TINYINT) * 100 AS VARCHAR)"])
def test_an_expression_of_a_mapping_that_fails_on_a_value_is_no_damage_of_the_data(
    province: Province, failing: str
) -> None:
    rows = {
        "penalty": [{**GOOD, "record_id": "99", "fine": "五万"}],
        "complaint": [{"record_id": "C1", "enterprise_id": "甲", "event_date": "2026-01-01", "kind": "report"}],
    }
    source = province.source(rows)
    path = source.folder / "penalty.sql"
    path.write_text(path.read_text().replace("fine", f"{failing} AS fine", 1))
    report = province.load(load_source(source.folder))
    (failure,) = report.unreadable.values()
    assert f"An expression of {path} fails on a value" in failure.en
    assert "or use TRY_CAST" in failure.en
    assert [table.table for table in report.tables] == ["complaint"]


def test_no_readable_extract_at_all_is_an_error(province: Province) -> None:
    source = province.source({"penalty": [GOOD]})
    (province.inbox / "penalty1.parquet").unlink()
    with pytest.raises(RunError, match=r"penalty1\.parquet does not exist"):
        ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)


def csv_source(province: Province, content: bytes, encoding: str) -> Any:
    folder = province.workspace.sources / "csv"
    folder.mkdir(parents=True)
    province.inbox.mkdir(exist_ok=True)
    (province.inbox / "penalty.csv").write_bytes(content)
    spec = {"source": "csv", "label": {"zh": "表", "en": "csv"}, "identifier": "free"}
    spec["files"] = {"penalty_raw": {"path": "penalty.csv", "encoding": encoding}}
    (folder / "source.yaml").write_text(yaml.safe_dump(spec))
    (folder / "penalty.sql").write_text(
        "SELECT source_row, 编号 AS record_id, 企业 AS enterprise_id, 日期 AS event_date, 程度 AS severity, 种类 AS "
        "kind FROM penalty_raw"
    )
    return load_source(folder)


CSV = "编号,企业,日期,程度,种类\nP1,甲,2026年3月1日,minor,fine\nP2,甲,20260302,minor,fine\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_csv_in_both_encodings_and_chinese_dates(province: Province, encoding: str) -> None:
    source = csv_source(province, CSV.encode(encoding), encoding)
    ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)
    assert [str(row["event_date"]) for row in province.stored("penalty")] == ["2026-03-01", "2026-03-02"]


def test_the_wrong_encoding_is_named(province: Province) -> None:
    source = csv_source(province, CSV.encode("gb18030"), "utf-8")
    with pytest.raises(RunError, match="encoding: gb18030"):
        ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)


def test_a_malformed_csv_line_is_quarantined_and_the_rows_after_it_keep_their_numbers(province: Province) -> None:
    text = CSV + "P3,甲,2026-03-03,minor,fine,多,余\nP4,甲,2026-03-04,grave,fine\n"
    report = ingest(
        province.workspace, csv_source(province, text.encode(), "utf-8"), province.inbox, RECEIVED, lambda *_: None
    )
    file = str(province.inbox / "penalty.csv")
    assert [
        (row["table_name"], row["file"], row["row_number"], row["value"], row["reason"]) for row in quarantined(report)
    ] == [
        ("penalty", file, 2, "P3,甲,2026-03-03,minor,fine,多,余", "malformed_line"),
        ("penalty", file, 3, "grave", "unknown_code"),
    ]
    assert len(province.stored("penalty")) == 3


@pytest.mark.usefixtures("in_chinese")
def test_a_last_line_that_is_cut_is_told_as_such(province: Province, capsys: pytest.CaptureFixture[str]) -> None:
    text = CSV + "P3,甲,2026-03-03,min"
    report = ingest(
        province.workspace, csv_source(province, text.encode(), "utf-8"), province.inbox, RECEIVED, lambda *_: None
    )
    assert report.faults == {("penalty", "", "cut_off"): 1}
    show_load(report, dry=False)
    said = capsys.readouterr().out
    assert "末行不完整" in said
    assert "另有 1 行读不成一行数据，计入文件，不计入任何一张表" in said
    (file,), (table,) = report.files, report.tables
    assert (file.received, table.received, file.refused, table.refused) == (3, 2, 1, 0)


def test_a_whole_last_line_needs_no_line_end(province: Province) -> None:
    source = csv_source(province, CSV.removesuffix("\n").encode(), "utf-8")
    report = ingest(province.workspace, source, province.inbox, RECEIVED, lambda *_: None)
    assert (report.faults, report.tables[0].taken) == ({}, 2)


@pytest.mark.usefixtures("in_chinese")
def test_a_refused_row_and_a_new_word_are_told_with_table_column_and_what_became_of_them(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    visit = {
        "record_id": "V1",
        "enterprise_id": "甲",
        "event_date": "2026-05-10",
        "result": "另案处理",
        "kind": "random",
    }
    show_load(province.receive({"penalty": [{**GOOD, "event_date": None}], "inspection": [visit]}), dry=False)
    said = capsys.readouterr().out
    assert "隔离 1: penalty.event_date, 必填字段为空" in said
    assert "新词，置空，作未知: inspection.result: 另案处理 × 1" in said


def test_a_mapping_of_several_files_must_say_of_which_a_row_is(province: Province) -> None:
    source = province.source({"penalty": [GOOD]})
    path = source.folder / "source.yaml"
    path.write_text(path.read_text().replace("penalty1.parquet", "penalty*.parquet"))
    with pytest.raises(ConfigurationError, match="select source_file too"):
        load_source(source.folder)
    mapping = source.folder / "penalty.sql"
    mapping.write_text(mapping.read_text().replace("SELECT", "SELECT source_file,", 1))
    (province.inbox / "penalty2.parquet").write_bytes((province.inbox / "penalty1.parquet").read_bytes())
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert (report.quarantine, report.tables[0].taken, report.tables[0].repeated) == (None, 1, 1)
    assert [row["arrival"] for row in province.stored("penalty")] == [1 * LOAD_SPAN]


def test_a_column_the_extract_lacks_is_named_and_the_rest_is_loaded(province: Province) -> None:
    source = province.source(
        {
            "penalty": [GOOD],
            "complaint": [{"record_id": "C1", "enterprise_id": "甲", "event_date": "2026-01-01", "kind": "report"}],
        }
    )
    (source.folder / "complaint.sql").write_text(
        "SELECT source_row, record_id, no_such_column AS enterprise_id FROM complaint_raw"
    )
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert "no_such_column" in report.unreadable["complaint_raw"].en
    assert len(province.stored("penalty")) == 1


def test_columns_no_mapping_uses_are_reported(province: Province) -> None:
    source = province.source({"penalty": [{**GOOD, "remarks": "x"}]})
    (source.folder / "penalty.sql").write_text(
        "SELECT source_row, record_id, enterprise_id, event_date, severity, kind FROM penalty_raw"
    )
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert report.unused_columns == {"penalty_raw": ("fine", "remarks")}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1; DROP TABLE x", "exactly one SELECT"),
        ("SELECT source_row FROM elsewhere", "elsewhere"),
        ("SELEC", "exactly one SELECT"),
        ("SELECT (", "not valid SQL"),
        ("SELECT 'x", "not valid SQL"),
        ("SELEC source_row,\n x", r"line 1, column 17, at ','"),
    ],
)
def test_a_mapping_must_be_one_select_over_declared_files(province: Province, sql: str, message: str) -> None:
    source = province.source({"penalty": [GOOD]})
    (source.folder / "penalty.sql").write_text(sql)
    with pytest.raises(ConfigurationError, match=message):
        load_source(source.folder)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("/etc/penalty.csv", r"files\.penalty_raw: .*below the --from folder"),
        ("../penalty.csv", "below the --from folder"),
        ({"path": "p.csv", "encoding": "gbx"}, r"files\.penalty_raw\.encoding: .*gb18030"),
        ({"path": "p.csv", "delimiter": "||"}, r"files\.penalty_raw\.delimiter: .*one character"),
        ({"file": "p.csv"}, r"files\.penalty_raw\.path: is required"),
    ],
)
def test_a_wrong_entry_of_a_source_is_named(province: Province, entry: Any, message: str) -> None:
    source = province.source({"penalty": [GOOD]})
    path = source.folder / "source.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"files": {"penalty_raw": entry}}))
    with pytest.raises(ConfigurationError, match=message):
        load_source(source.folder)


def test_an_unknown_source_lists_those_there_are(province: Province) -> None:
    source = province.source({"penalty": [GOOD]})
    with pytest.raises(ConfigurationError, match="handmade"):
        load_source(source.folder.parent / "nowhere")


def test_the_same_rows_give_the_same_bytes(province: Province, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Province(tmp_path_factory.mktemp("other"))
    for target in (province, other):
        target.receive({"penalty": [GOOD, {**GOOD, "record_id": "P1"}]})
    names = [
        path.relative_to(province.workspace.records) for path in open_store(province.workspace.records).paths("penalty")
    ]
    assert names
    for name in names:
        assert (province.workspace.records / name).read_bytes() == (other.workspace.records / name).read_bytes()


def test_a_column_that_one_delivery_lacks_can_come_with_the_next(province: Province) -> None:
    province.receive({"penalty": [GOOD]})
    province.receive({"penalty": [{**GOOD, "record_id": "P2", "authority": "官渡区市场监督管理局", "domain": "food"}]})
    assert [(row["authority"], row["domain"]) for row in province.stored("penalty")] == [
        (None, None),
        ("官渡区市场监督管理局", "food"),
    ]
    first, _ = open_store(province.workspace.records).paths("penalty")
    assert pq.read_schema(first).field("authority").type == pa.string()
