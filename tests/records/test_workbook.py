"""Sheets of workbooks are read as delimited files are: rows, places, what is refused."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from riskml.checks.delivery import _header
from riskml.core.configuration import parse_yaml
from riskml.core.errors import ConfigurationError, RunError
from riskml.engines.duckdb import connect
from riskml.records.columns import Wanted
from riskml.records.extracts import open_extract
from riskml.records.sources import SourceFile
from riskml.records.workbook import sheets_of


def write(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> None:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    sheet.write(number, place, value, *([day] if isinstance(value, datetime) else []))
            if name in hidden:
                sheet.hide()


def rows_read(folder: Path, **how: Any) -> list[tuple[Any, ...]]:
    """What the engine reads of an extract: the row number, then its own columns."""
    connection = connect(folder / "spill")
    extract = open_extract(connection, "x", SourceFile(path="x.xlsx", **how), folder, folder / "scratch", Wanted())
    columns = ", ".join(f'"{column}"' for column in extract.columns)
    return connection.execute(f"SELECT source_row, {columns} FROM x ORDER BY source_row").fetchall()


def test_values_are_read_and_not_how_they_are_shown(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["代码", "日期", "金额", "说明"],
        ["91530100MA6K00000X", datetime(2026, 3, 1), 12.5, "甲,\n“乙”"],
        ["2", "", 7, True],
    ]
    write(tmp_path / "x.xlsx", {"a": rows})
    assert rows_read(tmp_path) == [
        (0, "91530100MA6K00000X", "2026-03-01", "12.5", "甲, “乙”"),
        (1, "2", None, "7", "TRUE"),
    ]


def test_a_sheet_keeps_its_places_under_a_title_and_over_blank_rows(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"a": [["", "名录"], ["", ""], ["", "代码"], ["", "1"], [], ["", "2"]]})
    assert rows_read(tmp_path, title_lines=2) == [(0, None, "1"), (2, None, "2")]


def test_sheets_of_one_workbook_are_told_apart_by_name(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"甲": [["a"], ["1"]], "乙": [["a"], ["2"]], "丙": [["a"], ["3"]]}, hidden=("丙",))
    assert rows_read(tmp_path, sheet="乙") == [(0, "2")]
    with pytest.raises(RunError) as several:
        rows_read(tmp_path)
    assert "one of 甲, 乙." in several.value.en
    with pytest.raises(RunError, match="has no sheet '丁'"):
        rows_read(tmp_path, sheet="丁")
    assert rows_read(tmp_path, sheet="丙") == [(0, "3")]  # what is hidden is read by its name alone
    assert [(one.name, one.visible) for one in sheets_of(tmp_path / "x.xlsx", tmp_path / "x.xlsx")] == [
        ("甲", True),
        ("乙", True),
        ("丙", False),
    ]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(600), b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(RunError, match=r"x\.xlsx is no whole Excel workbook"):
        rows_read(tmp_path)


def test_two_cells_far_apart_are_refused_and_end_no_process_but_the_readers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    with pytest.raises(RunError, match="is damaged, or reading it takes more than 3 GiB of memory"):
        rows_read(tmp_path)


def test_an_archive_that_says_it_unpacks_to_more_than_is_read_is_refused_unread(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"a": [["a"], ["1"]]})
    content = bytearray((tmp_path / "x.xlsx").read_bytes())
    entry = content.rindex(b"PK\x01\x02")  # of the directory: what is said is 24 bytes on
    content[entry + 24 : entry + 28] = (3 << 30).to_bytes(4, "little")
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(RunError, match="2 GiB of text"):
        rows_read(tmp_path)


def test_rows_above_the_first_cell_are_counted_once(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"a": [[], [], ["", "代码"], ["", "1"]]})
    assert rows_read(tmp_path, title_lines=2) == [(0, None, "1")]


def test_what_excel_writes_beside_an_open_workbook_is_no_delivery(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"a": [["a"], ["1"]]})
    (tmp_path / "~$x.xlsx").write_bytes(b"\x07")
    connection = connect(tmp_path / "spill")
    entry = SourceFile(path="*.xlsx")
    extract = open_extract(connection, "x", entry, tmp_path, tmp_path / "scratch", Wanted())
    assert [one.path.name for one in extract.files] == ["x.xlsx"]
    assert extract.refused == {}


def test_the_check_before_a_load_reads_the_header_of_the_sheet(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsx", {"甲": [["a", "b"], ["1", "2"]], "乙": [["c"], ["2"]]})
    assert _header(tmp_path / "x.xlsx", SourceFile(path="x.xlsx", sheet="甲"), tmp_path).columns == ("a", "b")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"path": "x.xlsx", "encoding": "gbk"}, "x.xlsx is a workbook and has no encoding"),
        ({"path": "x.csv", "sheet": "a"}, "x.csv is no workbook and has no sheet"),
        ({"path": "x.xlsx", "sheet": "/etc"}, "cannot be the name of a sheet"),
    ],
)
def test_what_a_kind_of_file_does_not_have_is_refused(entry: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        parse_yaml(SourceFile, json.dumps(entry), "source.yaml")
