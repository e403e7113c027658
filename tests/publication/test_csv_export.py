"""CSV files that people open in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given

from riskml.publication.columns import Field, text
from riskml.publication.csv_export import SIMULATED, harmless_sql, plain_sql, write_query, write_sheet
from riskml.publication.csv_lines import cell_sql, line_of, line_sql
from riskml.records.tables import Label

pytestmark = pytest.mark.usefixtures("in_chinese")

NOTED = Label("内部参考", "internal reference")
NAME = text("name", "企业名称", "name")
HEAD = "须知：内部参考"
ALL = (
    NAME,
    Field("grades", "list", Label("可选等级", "grades")),
    Field("score", "number", Label("风险分", "score")),
    Field("pending", "flag", Label("待定", "pending")),
    Field("count", "integer", Label("数", "count")),
)


def cells(
    path: Path, row: dict[str, Any], fields: tuple[Field, ...] = (NAME,), *, simulated: bool = False
) -> list[list[str]]:
    assert write_sheet(path, fields, [row], notice=NOTED, simulated=simulated) == 1
    return read(path)


def for_programs(path: Path, name: str) -> list[list[str]]:
    with duckdb.connect() as connection:
        connection.from_arrow(pa.table({"name": [name]})).create("named")
        write_query(path, (NAME,), connection, "named", notice=NOTED, simulated=False, excel=False)
    return read(path)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def harmless(text: str) -> str:
    asked = f"SELECT {harmless_sql('text')} FROM (SELECT $1 AS text)"
    return str(duckdb.execute(asked, [text]).fetchall()[0][0])


@given(
    sign=st.sampled_from("=+-@＝＋－＠"),
    blanks=st.text(" \t\r\n\u00a0\u3000\x00\x0b", max_size=3),
    rest=st.text(max_size=5),
)
def test_no_text_begins_as_a_formula(sign: str, blanks: str, rest: str) -> None:
    """Spreadsheets drop leading blanks, and some read every line of a cell on its own."""
    made = harmless(f"{blanks}{sign}{rest}")
    assert made.startswith("'")
    assert len(made.splitlines()) == 1


@given(
    st.text("昆明市官渡区（有限公司）ABC123 .-=", min_size=1).filter(lambda text: text.strip()[:1] not in ("-", "="))
)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert harmless(name) == name


def test_headers_come_with_the_mark_excel_needs(tmp_path: Path) -> None:
    head, row = cells(tmp_path / "a.csv", {"name": "云南"})
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (head, row) == (["\ufeff企业名称", HEAD], ["云南", ""])
    head, _ = for_programs(tmp_path / "b.csv", "云南")
    assert head == ["企业名称", HEAD]


def test_simulated_rows_say_so_in_the_first_header(tmp_path: Path) -> None:
    head, _ = cells(tmp_path / "a.csv", {"name": "云南"}, simulated=True)
    assert head[0].endswith(SIMULATED.zh)


def test_a_code_of_digits_stays_text_in_excel(tmp_path: Path) -> None:
    code = "915301020012345678"
    assert cells(tmp_path / "a.csv", {"name": code})[1][:-1] == [f"{code}\t"]
    assert for_programs(tmp_path / "b.csv", code)[1][:-1] == [code]


@pytest.mark.parametrize(
    "turned",
    ["0530111", "530102E5", "1e10", "3-2", "2026/1", "12:30", "3月2日", "1,000", "5%", "MAR2", "2-Sep", "TRUE"],
)
def test_a_text_that_a_spreadsheet_turns_into_something_else_stays_text(tmp_path: Path, turned: str) -> None:
    assert cells(tmp_path / "a.csv", {"name": turned})[1][:-1] == [f"{turned}\t"]
    assert for_programs(tmp_path / "b.csv", turned)[1][:-1] == [turned]


@pytest.mark.parametrize("kept", ["530111", "C13", "91530100MA6K12345X", "云南3月2日有限公司", "A-1", "marble"])
def test_a_text_that_stays_what_it_is_has_no_tab(tmp_path: Path, kept: str) -> None:
    assert cells(tmp_path / "a.csv", {"name": kept})[1][:-1] == [kept]


def test_every_type_as_a_person_reads_it(tmp_path: Path) -> None:
    row = {"name": None, "grades": ["C", "D"], "score": -12.34567, "pending": True, "count": 3}
    assert cells(tmp_path / "a.csv", row, ALL)[1] == ["", "C；D", "-12.346", "是", "3", ""]


@given(st.text(max_size=8))
def test_any_text_is_one_cell_and_comes_back(text: str) -> None:
    """What is changed in it is what spreadsheets would misread; a program's reader finds the same cell."""
    cells = [cell_sql("text"), "''"]
    line = duckdb.execute(f"SELECT {line_sql(cells)} FROM (SELECT $1 AS text)", [text]).fetchall()
    assert line[0][0] == line_of([text, ""])


@given(st.floats(-1e6, 1e6))
def test_numbers_are_rounded_as_they_are_read(value: float) -> None:
    ((made,),) = duckdb.execute(f"SELECT {plain_sql(ALL[2])} FROM (SELECT $1::DOUBLE AS score)", [value]).fetchall()
    assert made == round(value, 3)
