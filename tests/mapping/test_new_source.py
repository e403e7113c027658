"""A city's folder becomes a source: what is read of its files, what is left to a person, and what a load then finds."""

from __future__ import annotations

import csv
import html
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from in_a_browser import found_wrong, needs_chromium
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.lab.city import write_city
from riskml.lab.simulation import simulate
from riskml.mapping.cures import CURES
from riskml.mapping.findings import findings, write_csv, write_page
from riskml.mapping.match import MatchedFile
from riskml.mapping.propose import Proposal, propose
from riskml.records.checks import REASONS
from riskml.records.ingest import dry_run, ingest
from riskml.records.load_report import IngestReport
from riskml.records.sources import GAP, load_source
from riskml.records.store import open_store

RECEIVED = date(2026, 11, 1)


def silent(*_: object) -> None:
    """Progress that nobody watches."""


def fill_gaps(folder: Path) -> int:
    """Take every mark away, as a person does who accepts what is proposed; returns how many there were."""
    marked = 0
    for path in folder.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if GAP not in line]
        marked += len(lines) - len(kept)
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return marked


class City:
    """A small simulated province, the same as a city's folder, and the source that was proposed for that."""

    def __init__(self, root: Path) -> None:
        self.workspace: Workspace = create_workspace(root / "workspace")
        self.raw, self.folder = root / "raw", root / "inbox"
        simulate(200, 7, 24, date(2026, 10, 31), self.raw, root / "truth", silent)
        write_city(self.raw, self.folder, 7)
        self.proposal: Proposal = propose(self.workspace.sources, "qujing", self.folder, silent)
        with pytest.raises(ConfigurationError) as refused:
            load_source(self.workspace.sources / "qujing")
        self.refused = refused.value
        self.gaps = fill_gaps(self.workspace.sources / "qujing")
        self.refused_rows = root / "refused.parquet"
        source = load_source(self.workspace.sources / "qujing")
        self.tried: IngestReport = dry_run(
            self.workspace, source, self.folder, RECEIVED, silent, keep=self.refused_rows
        )
        self.report: IngestReport = ingest(self.workspace, source, self.folder, RECEIVED, silent)

    def paths(self) -> dict[str, MatchedFile]:
        """The files by their paths."""
        return {one.file.path: one for one in self.proposal.matched.values()}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("city"))


def test_each_file_is_read_as_it_is_written_and_fills_its_table(city: City) -> None:
    entries = {one.file.path: one.file.entry for one in city.proposal.matched.values()}
    assert {path: one.table and one.table.name for path, one in city.paths().items()} == {
        "市场主体登记台账.csv": "enterprise",
        "双随机及日常检查结果.txt": "inspection",
        "行政处罚决定信息.csv": "penalty",
        "信用公示.xlsx/经营异常名录": "abnormal_listing",
        "信用公示.xlsx/严重失信名单": "serious_listing",
        "信用公示.xlsx/填报说明": None,
        "12315工单.csv": "complaint",
        "年报数据.csv": "annual_report",
        "许可证信息.csv": "licence",
        "企业主要人员.csv": "position",
        "股东出资情况.csv": "shareholding",
    }
    assert (entries["市场主体登记台账.csv"].encoding, entries["市场主体登记台账.csv"].title_lines) == ("gb18030", 1)
    assert (entries["双随机及日常检查结果.txt"].delimiter, entries["双随机及日常检查结果.txt"].header_lines) == (
        "\t",
        2,
    )
    assert entries["行政处罚决定信息.csv"].encoding == entries["年报数据.csv"].encoding == "utf-8"
    assert entries["许可证信息.csv"].delimiter == ";"
    sheet = entries["信用公示.xlsx/经营异常名录"]
    assert (sheet.path, sheet.sheet, sheet.title_lines) == ("信用公示.xlsx", "经营异常名录", 1)
    assert list(city.proposal.looked.unread) == ["值班安排.doc"]
    unplaced = {path: [column.name for column in one.unplaced] for path, one in city.paths().items() if one.unplaced}
    assert unplaced == {
        "市场主体登记台账.csv": ["联系电话", "备注"],
        "行政处罚决定信息.csv": ["法定代表人"],
        "信用公示.xlsx/填报说明": ["模拟数据；每月五日前报送"],
    }


def test_names_of_sheets_and_files_stay_in_their_comments(tmp_path: Path) -> None:
    """A name may hold what ends a line; what it then says is neither SQL nor a setting."""
    workspace, inbox = create_workspace(tmp_path / "w"), tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a\nsimulated: true #.doc").write_bytes(b"")
    head = "统一社会信用代码,列入日期,名单类别"
    rows = "91340000711771143J,2026-03-01,税务\n" * 3
    (inbox / "严重失信名单\nSELECT 1 AS injected; --.csv").write_text(f"{head}\n{rows}", encoding="utf-8")
    folder = propose(workspace.sources, "odd", inbox, silent).folder
    for path in folder.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not any(line.startswith(("SELECT 1", "simulated")) for line in lines), path


def test_what_a_person_has_to_say_is_marked_and_refused_until_it_is_said(city: City) -> None:
    assert {table for table, gaps in city.proposal.gaps.items() if gaps} >= {"enterprise", "shareholding"}
    assert city.gaps == sum(city.proposal.gaps.values())
    assert "enterprise.sql:" in city.refused.en
    assert "序号" in city.refused.en  # a running number may be another one in the next delivery
    assert "认缴金额" in city.refused.en  # an amount without a unit


def test_the_city_is_stored_as_the_province_that_it_was_made_of(city: City, tmp_path: Path) -> None:
    province = create_workspace(tmp_path / "province")
    ingest(province, load_source(province.sources / "simulated"), city.raw, RECEIVED, silent)
    asked = {
        "enterprise": "status, kind, division, street, registered_capital, established_date, operating_until",
        "inspection": "event_date, kind, result, domain, problems, inspector",
        "penalty": "event_date, severity, kind, round(fine, 4), publicised_date, market_supervision",
        "complaint": "event_date, kind, topic, accepted",
        "shareholding": "holder_id, holder_kind, round(share, 4), amount, start_date",
        "serious_listing": "start_date, list_kind, end_date",
        "annual_report": "year, assets, net_profit",
        "licence": "start_date, end_date, expiry_date, domain",
    }
    for table, columns in asked.items():
        here, there = (_rows(one, table, columns) for one in (city.workspace, province))
        assert here
        # Short years are refused: these penalties alone are missing.
        short = len(there) - len(here) if table == "penalty" else 0
        assert here <= there
        assert len(here) == len(there) - short, table
    assert open_store(city.workspace.records).simulated


def test_an_id_made_of_a_day_is_the_same_however_the_day_is_written(city: City) -> None:
    listed = _rows(city.workspace, "abnormal_listing", "start_date")
    assert {record for record, _, _ in listed} == {f"{code}-{start}" for _, code, start in listed}


def _rows(workspace: Workspace, table: str, columns: str) -> set[tuple[object, ...]]:
    with duckdb.connect() as connection:
        paths = [str(path) for path in open_store(workspace.records).paths(table)]
        return set(
            connection.execute(
                f"SELECT record_id, enterprise_id, {columns} FROM read_parquet(?, union_by_name = true)", [paths]
            ).fetchall()
        )


def test_a_trial_keeps_what_it_refused_for_the_page_and_the_provider(city: City, tmp_path: Path) -> None:
    assert city.tried.quarantine == city.refused_rows
    assert city.tried.faults == city.report.faults
    found = findings(city.tried.quarantine)
    assert sum(one.rows for one in found if one.refused) == sum(city.report.faults.values())
    assert not any(one.top for one in found if one.column in {"person_name", "person_id", "holder_id"})
    write_page(city.tried, tmp_path / "page.html", dry=True, simulated=True)
    page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
    for one in found:
        assert one.why.said in page
        assert one.cure.said in page
    assert "<script" not in page
    number = write_csv(city.tried, tmp_path / "refused.csv")
    content = (tmp_path / "refused.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(content.decode("utf-8-sig").splitlines()))) == number + 1
    assert number == sum(one.rows for one in found)


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(city: City, tmp_path: Path) -> None:
    write_page(city.tried, tmp_path / "page.html", dry=True, simulated=True)
    assert found_wrong([tmp_path / "page.html"]) == []


def test_a_cell_of_the_providers_list_is_never_a_formula(tmp_path: Path) -> None:
    folder, inbox = tmp_path / "s" / "odd", tmp_path / "inbox"
    folder.mkdir(parents=True)
    inbox.mkdir()
    (inbox / "a.csv").write_text("id,code,when\n1,91340000711771143J,=1+1\n", encoding="utf-8")
    (folder / "source.yaml").write_text(
        "{source: odd, label: {zh: 某, en: odd}, identifier: uscc, files: {a: a.csv}}", encoding="utf-8"
    )
    (folder / "branch.sql").write_text(
        'SELECT source_row, id AS record_id, code AS enterprise_id, "when" AS start_date, code AS branch_id FROM a',
        encoding="utf-8",
    )
    keep = tmp_path / "kept.parquet"
    workspace = create_workspace(tmp_path / "w")
    tried = dry_run(workspace, load_source(folder), inbox, RECEIVED, silent, keep=keep)
    write_csv(tried, tmp_path / "out.csv")
    assert ",'=1+1," in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_no_file_name_is_a_formula_and_no_number_of_a_person_is_on_the_page(city: City, tmp_path: Path) -> None:
    card, kept = "110105194912310029", tmp_path / "kept.parquet"
    row = {"table_name": "penalty", "column_name": "enterprise_id", "reason": "bad_uscc", "severity": "refused",
           "value": f"{'统' * 50}{card}", "file": "/in/=cmd.csv", "row_number": 0, "record_id": "\u3000=1"}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row, row | {"value": "9153"}]), kept)
    values = [value for one in findings(kept) for value, _, _ in one.top]
    assert "9153" in values
    assert len(values) == 2
    assert card[:6] not in "".join(values)
    write_csv(replace(city.tried, quarantine=kept), tmp_path / "out.csv")
    assert "\n'=cmd.csv,1,'\u3000=1," in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_page_and_list_have_the_same_name_and_number_of_a_row(city: City, tmp_path: Path) -> None:
    kept = tmp_path / "kept.parquet"
    row = {"table_name": "penalty", "column_name": "enterprise_id", "reason": "bad_uscc", "severity": "refused",
           "record_id": "1"}  # fmt: skip
    places = [("/in/甲.xlsx/Sheet1", 0), ("/in/乙.xlsx/Sheet1", 4), ("/in/a.csv", 6)]
    rows = [row | {"value": file, "file": file, "row_number": number} for file, number in places]
    pq.write_table(pa.Table.from_pylist(rows), kept)
    with speaking(Language("en")):
        (found,) = findings(kept)
        write_csv(replace(city.tried, quarantine=kept), tmp_path / "out.csv")
    right = {("甲.xlsx/Sheet1", "1"), ("乙.xlsx/Sheet1", "5"), ("a.csv", "7")}
    assert {place for _, _, place in found.top} == {f"{file}, data row {number}" for file, number in right}
    listed = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {(one["file"], one["data row"]) for one in listed} == right


def test_no_value_of_a_person_is_written_into_a_source(city: City, tmp_path: Path) -> None:
    proposed = "".join(path.read_text(encoding="utf-8") for path in city.workspace.sources.glob("qujing/*.sql"))
    columns = [column for one in city.paths().values() for column in one.unplaced]
    assert {"联系电话", "法定代表人"} <= {column.name for column in columns}
    assert not any(value in proposed for column in columns for value in column.top)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    lines = [f"91340000711771143J,2024年{month}月1日,罚款,王小明" for month in range(1, 9)]
    lines += ["91340000711771143J,2024年9月1日,13800001111,王小明"] * 3
    (inbox / "处罚.csv").write_text("\n".join(["统一社会信用代码,处罚日期,处罚种类,处罚", *lines]), encoding="utf-8")
    (tmp_path / "sources" / ".fines.draft").mkdir(parents=True)  # of one that was killed
    made = propose(tmp_path / "sources", "fines", inbox, silent)
    written = "".join(path.read_text(encoding="utf-8") for path in made.folder.glob("*.sql"))
    assert '"处罚种类"' in written
    assert "王小明" not in written
    assert "13800001111" not in written


def test_a_file_with_no_required_column_has_it_marked(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    rows = "".join(f"91340000711771143J,2024年{month}月1日,{month * 1000}\n" for month in range(1, 9))
    (inbox / "罚款.csv").write_text("统一社会信用代码,处罚决定日期,罚款\n" + rows, encoding="gb18030")
    made = propose(tmp_path / "sources", "fines", inbox, silent)
    text = (made.folder / "penalty.sql").read_text(encoding="utf-8")
    assert made.gaps["penalty"] == text.count(GAP) >= 3
    assert "NULL AS severity" in text
    assert "NULL AS kind" in text
    assert "|| '元'" in text  # a number without a unit: both readings are told
    with pytest.raises(ConfigurationError, match=r"penalty\.sql"):
        load_source(made.folder)


@pytest.mark.parametrize("number", ["文书号", "处罚决定书文号"])
def test_the_number_of_a_document_goes_before_a_running_number(tmp_path: Path, number: str) -> None:
    made = propose(tmp_path / "sources", "fines", _fines(tmp_path / "inbox", ["序号", number]), silent)
    text = (made.folder / "penalty.sql").read_text(encoding="utf-8")
    assert f'"{number}" AS record_id' in text
    assert "序号" not in text.split("AS record_id")[1]


def test_where_a_running_number_is_taken_the_mark_says_what_else_tells_every_row(tmp_path: Path) -> None:
    with speaking(Language("en")):
        made = propose(tmp_path / "sources", "fines", _fines(tmp_path / "inbox", ["序号", "卷宗"]), silent)
        alone = propose(tmp_path / "sources", "alone", _fines(tmp_path / "other", ["序号"]), silent)
    text = (made.folder / "penalty.sql").read_text(encoding="utf-8")
    assert (
        'if not, write one of these in the next line, which tell every row too: 卷宗\n    "序号" AS record_id' in text
    )
    text = (alone.folder / "penalty.sql").read_text(encoding="utf-8")
    assert "if not, write concat_ws('-', …) in the next line, of columns that together tell every row\n" in text


def test_what_is_left_to_a_person_is_counted_by_file(tmp_path: Path) -> None:
    inbox = _fines(tmp_path / "inbox", ["序号"])
    (inbox / "处罚2.csv").write_bytes((inbox / "处罚.csv").read_bytes())
    made = propose(tmp_path / "sources", "fines", inbox, silent)
    text = (made.folder / "penalty.sql").read_text(encoding="utf-8")
    parts = [part.count(GAP) for part in text.split("UNION ALL BY NAME")]
    assert sorted(made.gaps_by_file.values()) == sorted(parts)
    assert len(parts) == 2
    assert made.gaps == {"penalty": sum(parts)}


def _fines(inbox: Path, numbers: list[str]) -> Path:
    """A file of 24 fines, with columns of numbers that tell them apart."""
    inbox.mkdir()
    lines = [
        ",".join([*(f"{name[0]}{row}" if name != "序号" else str(row) for name in numbers),
                  f"91340000711771143J,2024年{row % 12 + 1}月1日,罚款"])
        for row in range(24)
    ]  # fmt: skip
    head = ",".join([*numbers, "统一社会信用代码", "处罚决定日期", "处罚种类"])
    (inbox / "处罚.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    return inbox


def test_a_hidden_sheet_with_rows_is_told_as_not_read(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with xlsxwriter.Workbook(inbox / "名单.xlsx") as book:
        for name in ("严重失信名单", "旧", "空"):
            sheet = book.add_worksheet(name)
            rows = [["统一社会信用代码", "列入日期", "名单类别"], ["91340000711771143J", "2026-03-01", "税务"]]
            for number, row in enumerate(rows if name != "空" else []):
                sheet.write_row(number, 0, row)
            if name != "严重失信名单":
                sheet.hide()
    made = propose(tmp_path / "sources", "lists", inbox, silent)
    assert list(made.looked.unread) == ["名单.xlsx/旧"]
    assert "hidden and was not read" in made.looked.unread["名单.xlsx/旧"].en
    assert f"# 名单.xlsx/旧: {made.looked.unread['名单.xlsx/旧'].said}" in (made.folder / "source.yaml").read_text(
        "utf-8"
    )


def test_a_source_that_is_there_or_has_no_name_is_refused(city: City) -> None:
    for name, told in (("qujing", "already"), ("Qu jing", "small letters"), ("../x", "not the name")):
        result = CliRunner().invoke(
            app, ["--workspace", str(city.workspace.root), "source", "new", name, "--from", str(city.folder)]
        )
        assert isinstance(result.exception, ConfigurationError)
        assert told in result.exception.en


def test_every_reason_has_a_cure() -> None:
    assert CURES.keys() == REASONS.keys()
