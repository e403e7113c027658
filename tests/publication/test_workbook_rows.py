"""Rows of a worksheet: what the engine makes is what the library would have written, cell by cell."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from zipfile import ZipFile

import duckdb
import hypothesis.strategies as st
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import example, given, settings

from riskml.publication.columns import ARROW_TYPES, Field, text
from riskml.publication.workbook_rows import TEXT, row_sql
from riskml.records.tables import Label

pytestmark = pytest.mark.usefixtures("in_chinese")

FIELDS = (
    text("name", "企业名称", "name"),
    Field("score", "number", Label("得分", "score")),
    Field("pending", "flag", Label("待定", "pending")),
    Field("on", "date", Label("日期", "date")),
    Field("grades", "list", Label("可选等级", "grades")),
)


def made(rows: list[list[Any]]) -> str:
    """Rows, the first one number 1, as the engine makes them."""
    table = pa.table({
        field.name: pa.array(column, ARROW_TYPES[field.type])
        for field, column in zip(FIELDS, zip(*rows, strict=True), strict=True)
    })  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("arrived", table)
        numbered = "(SELECT *, CAST(row_number() OVER () AS VARCHAR) AS number FROM arrived)"
        found = connection.execute(f"SELECT {row_sql(FIELDS, 'number')} FROM {numbered}").fetchall()
    return "".join(row for (row,) in found)


def written(rows: list[list[Any]]) -> str:
    """The same as the library writes them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case bool():
                        sheet.write_string(number, place, "是" if value else "否")
                    case float():
                        sheet.write_number(number, place, round(value, 3))
                    case list():
                        sheet.write_string(number, place, "；".join(value))
                    case _:
                        sheet.write_string(number, place, str(value))
    content = ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    found = re.search("<sheetData>(.*)</sheetData>", content, re.DOTALL)
    assert found is not None
    return found[1]


texts = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\x00\x07\t\n\r &<>\"'_x041\ufffe\u3000")))
rows = st.tuples(
    st.none() | texts,
    st.none() | st.floats(-1e4, 1e4),
    st.none() | st.booleans(),
    st.none() | st.dates(),
    st.lists(texts),
).map(list)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=12))
@example([["_x0041_ <b>&</b>\x0b ", 97.734, True, date(2026, 10, 31), ["C", "D"]]])
@example([["\r", None, None, None, ["\x0c"]], ["a\r", None, None, None, []], ["\n", None, None, None, []]])
@example([["=1+2", -0.0, False, None, []], ["", 280.8322648554306, None, None, [" "]]])
def test_rows_are_those_of_the_library(asked: list[list[Any]]) -> None:
    assert made(asked) == written(asked)


@pytest.mark.parametrize(("one", "most"), [("a", TEXT), ("企", TEXT), ("😀", TEXT // 2)])
def test_a_text_that_is_too_long_ends_in_a_mark(one: str, most: int) -> None:
    long, longest = (made([[one * count, None, None, None, None]]) for count in (most + 1, most))
    assert f">{one * (most - 1)}…<" in long
    assert f">{one * most}<" in longest


def test_a_text_that_looks_like_marked_up_text_is_a_text() -> None:
    assert "&lt;r&gt;&lt;t&gt;x&lt;/t&gt;&lt;/r&gt;" in made([["<r><t>x</t></r>", None, None, None, None]])
