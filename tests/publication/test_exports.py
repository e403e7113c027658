"""Exports: every row of the run and no other, in every format, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow.parquet as pq
import pytest
from postgresql_server import PASSWORD, server
from small_runs import BEFORE, INJECTED, T, code
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.publication import exports, workbook_rows
from riskml.publication.csv_export import SIMULATED
from riskml.publication.export_files import write_csv, write_excel, write_parquet
from riskml.publication.export_postgresql import URL, load_postgresql, table_name
from riskml.publication.exports import FIELDS, Export, open_export
from riskml.runs.published import PublishedRun


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def province(workspace: Workspace) -> Export:
    return open_export(workspace, "yunnan", T, None)


@pytest.fixture(scope="module")
def kunming(workspace: Workspace) -> Export:
    return open_export(workspace, "yunnan", T, "5301")


def published(export: Export) -> list[dict[str, Any]]:
    rows = pq.read_table(export.run.folder / "grades").to_pylist()
    return [row for row in rows if export.region is None or (row["division"] or "").startswith(export.region)]


@pytest.mark.parametrize("name", ["province", "kunming"])
def test_exported_rows_are_the_runs_rows(name: str, request: pytest.FixtureRequest) -> None:
    export: Export = request.getfixturevalue(name)
    rows = {row["enterprise_id"]: row for row in export.coded()}
    expected = published(export)
    assert export.rows == len(rows) == len(expected)
    for one in expected:
        row = rows[one["enterprise_id"]]
        for column in (
            "grade",
            "score",
            "band",
            "decided_by",
            "own_grade",
            "rules",
            "pending",
            "pending_options",
            "division",
        ):
            assert row[column] == one[column]
        assert set(row) == {field.name for field in FIELDS}


@pytest.mark.usefixtures("in_chinese")
def test_regions_nest_and_leave_out_the_unknown_division(
    workspace: Workspace, province: Export, kunming: Export
) -> None:
    county = open_export(workspace, "yunnan", T, "530111")
    ids = [{row["enterprise_id"] for row in export.coded()} for export in (county, kunming, province)]
    assert ids[0] < ids[1] < ids[2]
    assert code(8) in ids[2] - ids[1]  # nobody knows where it is registered
    assert {row["region"] for row in county.coded()} == {"云南省昆明市官渡区"}


def test_blocks_of_any_size_give_the_same_rows(province: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(province.coded())
    monkeypatch.setattr(exports, "_AT_ONCE", 7)
    assert list(province.coded()) == whole
    assert {len(row["reasons"]) for row in whole} >= {0, 1}


@pytest.mark.parametrize("region", ["53x", "530", "5301111", "", "5301' OR '1'='1"])
def test_a_region_that_is_no_code_is_refused(workspace: Workspace, region: str) -> None:
    with pytest.raises(ConfigurationError, match="5301 or 530111"):
        open_export(workspace, "yunnan", T, region)


def test_an_empty_region_lists_those_there_are(workspace: Workspace) -> None:
    with pytest.raises(RunError, match="there are 5301, 5304, 5325"):
        open_export(workspace, "yunnan", T, "4403")


@pytest.mark.usefixtures("in_chinese")
def test_csv_for_people(province: Export, tmp_path: Path) -> None:
    write_csv(province, tmp_path / "a.csv", excel=True, on_progress=silent)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["统一社会信用代码"].strip(): row for row in csv.DictReader(file)}
    assert len(rows) == province.rows
    assert rows[code(7)]["企业名称"] == f"'{INJECTED}"
    listed, waiting = rows[code(12)], rows[code(15)]
    assert (listed["等级"], listed["登记状态"]) == ("D", "存续")
    assert listed["等级依据"] == "当前被列入“黑名单”（第十五条第（一）项）"
    assert (waiting["待人员决定"], waiting["可选等级"]) == ("是", "C；D")
    assert "行政处罚次数 +" in rows[code(3)]["主要不利指标"]


@pytest.mark.usefixtures("in_chinese")
def test_nothing_in_a_workbook_is_a_formula(province: Export, tmp_path: Path) -> None:
    write_excel(province, tmp_path / "a.xlsx", on_progress=silent)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    (sheet,) = book.worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # texts, and numbers or nothing
    assert {cell.column for cell in cells if cell.data_type == "n" and cell.value is not None} == {11}  # the score
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == province.rows
    assert {row[1]: row[2] for row in rows}[code(7)] == INJECTED  # as it is registered, and a text
    assert sheet.cell(1, 2).value == "统一社会信用代码"


@pytest.mark.usefixtures("in_chinese")
def test_more_rows_than_a_worksheet_holds_go_to_the_next(
    province: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_rows, "ROWS", 31)
    write_excel(province, tmp_path / "a.xlsx", on_progress=silent)
    sheets = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    assert province.rows == 60
    assert [sheet.max_row for sheet in sheets] == [31, 31]
    ids = [row[1] for sheet in sheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert len(set(ids)) == 60
    assert {sheet.cell(1, 1).value for sheet in sheets} == {"基准日"}


def test_the_same_run_gives_the_same_workbook(province: Export, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_excel(province, tmp_path / name, on_progress=silent)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.usefixtures("in_chinese")
def test_parquet_for_programs(kunming: Export, tmp_path: Path) -> None:
    write_parquet(kunming, tmp_path / "a.parquet", on_progress=silent)
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.num_rows == kunming.rows
    assert table.schema.names == [field.name for field in FIELDS]
    assert table.schema.field("grade").metadata[b"label_zh"].decode() == "等级"
    assert table.schema.metadata[b"simulated"] == b"false"
    assert {row["enterprise_id"]: row for row in table.to_pylist()}[code(13)]["decided_by"] == "band"


@pytest.mark.usefixtures("in_chinese")
def test_art5_every_format_carries_the_scheme_s_notice(province: Export, tmp_path: Path) -> None:
    said = "不作为对企业的信用评价，不向社会公开（《云南省市场监督管理系统企业信用风险分类管理办法（试行）》第五条）"
    write_csv(province, tmp_path / "a.csv", excel=False, on_progress=silent)
    write_excel(province, tmp_path / "a.xlsx", on_progress=silent)
    write_parquet(province, tmp_path / "a.parquet", on_progress=silent)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        head, row = list(csv.reader(file))[:2]
    assert said in head[-1]
    assert len(head) == len(row) == len(FIELDS) + 1
    (sheet,) = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    assert said in sheet.cell(1, len(FIELDS) + 1).value
    assert said in sheet.oddFooter.left.text
    assert said in pq.read_schema(tmp_path / "a.parquet").metadata[b"notice_zh"].decode()


def test_files_from_simulated_records_say_so(province: Export, tmp_path: Path) -> None:
    run = PublishedRun(province.run.folder, province.run.manifest.model_copy(update={"simulated": True}))
    simulated = Export(run, None, province.rows, province.words, province.connection)
    write_csv(simulated, tmp_path / "a.csv", excel=True, on_progress=silent)
    write_excel(simulated, tmp_path / "a.xlsx", on_progress=silent)
    assert SIMULATED.en in (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].cell(1, 1).value.endswith(SIMULATED.en)


@pytest.mark.parametrize("name", ["Grades", "a;drop table b", "a.b.c", "1a", '"a"', "a" * 64, "表"])
def test_a_table_name_that_is_no_identifier_is_refused(province: Export, name: str) -> None:
    with pytest.raises(ConfigurationError, match="--table"):
        table_name(province, name)


def test_tables_are_named_by_scheme_and_region(province: Export, kunming: Export) -> None:
    assert (table_name(province, None), table_name(kunming, None)) == ("riskml_yunnan", "riskml_yunnan_5301")
    assert table_name(province, "credit.grades") == "credit.grades"


def test_without_an_address_in_the_environment_the_message_says_so(
    province: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL, raising=False)
    with pytest.raises(ConfigurationError, match=URL):
        load_postgresql(province, "riskml_yunnan", silent)


def test_without_psycopg_the_message_says_how_to_get_it(province: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql:///postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"riskml\[postgresql\]"):
        load_postgresql(province, "riskml_yunnan", silent)


@pytest.mark.parametrize("address", ["secret99 no address", "postgresql://riskml:secret99@[broken"])
def test_an_address_that_is_none_is_not_repeated(
    province: Export, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(URL, address)
    with pytest.raises(ConfigurationError) as raised:
        load_postgresql(province, "riskml_yunnan", silent)
    assert "secret99" not in str(raised.value)


def test_an_unreachable_database_is_told_without_the_password(
    province: Export, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(URL, f"postgresql+psycopg://riskml:secret99@/postgres?host={tmp_path}")
    with pytest.raises(RunError) as raised:
        load_postgresql(province, "riskml_yunnan", silent)
    assert "secret99" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("postgresql://u@db.gov.cn/credit", "verify-full"),
        ("postgresql://u@db.gov.cn/credit?sslmode=require", None),
        ("host=127.0.0.1 dbname=credit", "verify-full"),
        ("host=/tmp,db.gov.cn dbname=credit", "verify-full"),
        ("service=credit", "verify-full"),
        ("host=/var/run/postgresql dbname=credit", None),  # a socket of this machine
        ("dbname=credit", None),
    ],
)
def test_a_connection_that_leaves_the_machine_is_encrypted_unless_said_otherwise(
    province: Export, monkeypatch: pytest.MonkeyPatch, address: str, asked: str | None
) -> None:
    found: dict[str, str] = {}

    def refuse(_: str, **more: str) -> None:
        found.update(more)
        raise psycopg.errors.ConnectionTimeout("connection timeout expired")

    monkeypatch.setenv(URL, address)
    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(RunError, match="the host does not answer"):
        load_postgresql(province, "riskml_yunnan", silent)
    assert found.get("sslmode") == asked
    assert int(found["connect_timeout"]) > 0


@pytest.mark.parametrize(("address", "variable"), [("host=db sslmode=prefer", None), ("host=db", "disable")])
def test_an_unencrypted_connection_needs_the_option(
    province: Export, monkeypatch: pytest.MonkeyPatch, address: str, variable: str | None
) -> None:
    monkeypatch.setenv(URL, address)
    if variable:
        monkeypatch.setenv("PGSSLMODE", variable)
    with pytest.raises(ConfigurationError, match=r"require, verify-ca or verify-full .*--without-tls"):
        load_postgresql(province, "riskml_yunnan", silent)

    def refuse(_: str, **more: str) -> None:
        raise psycopg.OperationalError(f"reached {more.get('sslmode')}")

    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(RunError, match="reached None"):
        load_postgresql(province, "riskml_yunnan", silent, tls=False)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as started:
        yield started


@pytest.fixture
def database(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    monkeypatch.setenv(URL, address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS riskml_yunnan, other CASCADE")
        yield connection


def count(database: psycopg.Connection, what: str = "*") -> Any:
    return database.execute(f"SELECT count({what}) FROM riskml_yunnan").fetchone()[0]


@pytest.mark.usefixtures("in_chinese")
def test_the_table_holds_what_the_run_holds(province: Export, database: psycopg.Connection) -> None:
    load_postgresql(province, "riskml_yunnan", silent)
    columns = [field.name for field in FIELDS]
    found = database.execute(f"SELECT {', '.join(columns)} FROM riskml_yunnan").fetchall()
    stored = {row[1]: dict(zip(columns, row, strict=True)) for row in found}
    assert stored == {row["enterprise_id"]: row for row in province.coded()}
    assert stored[code(7)]["name"] == INJECTED
    (told,) = database.execute("SELECT obj_description('riskml_yunnan'::regclass)").fetchone()
    assert told.splitlines()[0] == "riskml yunnan 2026-10-31"
    assert "不向社会公开（《云南省市场监督管理系统企业信用风险分类管理办法（试行）》第五条）" in told


class WithNul(Export):
    """Names and reasons as a source may have sent them."""

    def coded(self) -> Iterator[dict[str, Any]]:
        for row in super().coded():
            yield {**row, "name": f"a\0b{row['name']}\0", "reasons": ["\0"]}


def test_a_nul_in_a_text_is_taken_out_and_counted(province: Export, database: psycopg.Connection) -> None:
    assert load_postgresql(province, "riskml_yunnan", silent) == 0
    removed = load_postgresql(WithNul(**vars(province)), "riskml_yunnan", silent)
    assert removed == 3 * province.rows
    names = database.execute(
        "SELECT count(*) FROM riskml_yunnan WHERE name LIKE 'ab%' AND reasons = ARRAY['']"
    ).fetchone()
    assert names == (province.rows,)


def test_a_later_run_replaces_the_rows_and_keeps_rights_and_views(
    workspace: Workspace, province: Export, database: psycopg.Connection
) -> None:
    load_postgresql(open_export(workspace, "yunnan", BEFORE, None), "riskml_yunnan", silent)
    database.execute("DROP ROLE IF EXISTS reader")
    database.execute("CREATE ROLE reader")
    database.execute("GRANT SELECT ON riskml_yunnan TO reader")
    database.execute("CREATE VIEW riskiest AS SELECT * FROM riskml_yunnan WHERE grade = 'D'")
    load_postgresql(province, "riskml_yunnan", silent)
    assert database.execute("SELECT DISTINCT as_of FROM riskml_yunnan").fetchall() == [(T,)]
    assert count(database) == province.rows
    assert database.execute("SELECT has_table_privilege('reader', 'riskml_yunnan', 'SELECT')").fetchone() == (True,)
    assert database.execute("SELECT count(*) FROM riskiest").fetchone() == (province.run.manifest.grades["D"],)


def test_readers_see_the_earlier_rows_until_the_new_ones_are_all_there(
    workspace: Workspace, province: Export, database: psycopg.Connection
) -> None:
    load_postgresql(open_export(workspace, "yunnan", BEFORE, None), "riskml_yunnan", silent)
    seen = []
    load_postgresql(
        province,
        "riskml_yunnan",
        lambda *_: seen.append(database.execute("SELECT min(as_of) FROM riskml_yunnan").fetchone()),
    )
    assert seen == [(BEFORE,)]
    assert database.execute("SELECT min(as_of) FROM riskml_yunnan").fetchone() == (T,)


def test_a_load_that_fails_midway_changes_nothing(
    workspace: Workspace, province: Export, database: psycopg.Connection
) -> None:
    load_postgresql(open_export(workspace, "yunnan", BEFORE, None), "riskml_yunnan", silent)
    database.execute(f"ALTER TABLE riskml_yunnan ADD CONSTRAINT mild CHECK (enterprise_id <> '{code(60)}')")
    with pytest.raises(RunError, match="mild"):
        load_postgresql(province, "riskml_yunnan", silent)
    assert database.execute("SELECT DISTINCT as_of FROM riskml_yunnan").fetchall() == [(BEFORE,)]


def test_a_table_that_is_not_ours_is_not_touched(province: Export, database: psycopg.Connection) -> None:
    database.execute("CREATE TABLE other (enterprise_id text, remark text)")
    database.execute("INSERT INTO other VALUES ('x', 'kept')")
    with pytest.raises(RunError, match="other columns"):
        load_postgresql(province, "other", silent)
    assert database.execute("SELECT remark FROM other").fetchall() == [("kept",)]


@pytest.mark.usefixtures("database")
def test_a_wrong_password_is_not_repeated(province: Export, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, address.replace(PASSWORD, "wr0ngpass"))
    with pytest.raises(RunError, match="password authentication failed") as raised:
        load_postgresql(province, "riskml_yunnan", silent)
    assert "wr0ngpass" not in str(raised.value)


def test_the_command_loads_a_region(workspace: Workspace, kunming: Export, database: psycopg.Connection) -> None:
    words = [
        "--workspace",
        str(workspace.root),
        "export",
        "--as-of",
        "2026-10-31",
        "--format",
        "postgresql",
        "--region",
        "5301",
    ]
    ran = CliRunner().invoke(app, [*words, "--table", "riskml_yunnan"])
    assert ran.exit_code == 0, ran.output
    assert count(database) == kunming.rows


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "csv", "--table", "x"],
        ["--format", "postgresql", "--to", "x.csv"],
        ["--format", "excel", "--no-bom"],
        ["--format", "parquet", "--no-bom"],
        ["--format", "excel", "--to", "x.csv"],
        ["--format", "csv", "--to", "x.XLSX"],
        ["--format", "csv", "--without-tls"],
    ],
)
def test_options_that_do_not_go_together(workspace: Workspace, words: list[str]) -> None:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "export", "--as-of", "2026-10-31", *words])
    assert isinstance(ran.exception, ConfigurationError)
    assert words[-1].removesuffix("x") in ran.exception.zh or words[-2] in ran.exception.zh
