"""CSV files that people open in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from riskml.publication.columns import Field, text
from riskml.publication.csv_export import SIMULATED, harmless, write_sheet
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


def cells(path: Path, row: dict[str, Any], fields: tuple[Field, ...] = (NAME,), **more: bool) -> list[list[str]]:
    assert write_sheet(path, fields, [row], **{"notice": NOTED, "simulated": False, **more}) == 1
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


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
    head, _ = cells(tmp_path / "b.csv", {"name": "云南"}, excel=False)
    assert head == ["企业名称", HEAD]


def test_simulated_rows_say_so_in_the_first_header(tmp_path: Path) -> None:
    head, _ = cells(tmp_path / "a.csv", {"name": "云南"}, simulated=True)
    assert head[0].endswith(SIMULATED.zh)


@pytest.mark.parametrize(("excel", "shown"), [(True, "915301020012345678\t"), (False, "915301020012345678")])
def test_a_code_of_digits_stays_text_in_excel(tmp_path: Path, excel: bool, shown: str) -> None:
    assert cells(tmp_path / "a.csv", {"name": "915301020012345678"}, excel=excel)[1][:-1] == [shown]


@pytest.mark.parametrize(
    "turned",
    ["0530111", "530102E5", "1e10", "3-2", "2026/1", "12:30", "3月2日", "1,000", "5%", "MAR2", "2-Sep", "TRUE"],
)
def test_a_text_that_a_spreadsheet_turns_into_something_else_stays_text(tmp_path: Path, turned: str) -> None:
    assert cells(tmp_path / "a.csv", {"name": turned})[1][:-1] == [f"{turned}\t"]
    assert cells(tmp_path / "b.csv", {"name": turned}, excel=False)[1][:-1] == [turned]


@pytest.mark.parametrize("kept", ["530111", "C13", "91530100MA6K12345X", "云南3月2日有限公司", "A-1", "marble"])
def test_a_text_that_stays_what_it_is_has_no_tab(tmp_path: Path, kept: str) -> None:
    assert cells(tmp_path / "a.csv", {"name": kept})[1][:-1] == [kept]


def test_every_type_as_a_person_reads_it(tmp_path: Path) -> None:
    row = {"name": None, "grades": ["C", "D"], "score": -12.34567, "pending": True, "count": 3}
    assert cells(tmp_path / "a.csv", row, ALL)[1] == ["", "C；D", "-12.346", "是", "3", ""]
