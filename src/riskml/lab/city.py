"""A city's folder as departments send it, made of a simulated province: GBK, names of their own, titles, merged
headers, dates and amounts in every form, and what no record table has a place for.

It is for trying what a new source takes (`riskml.mapping`). Who made it is written beside it, in ``SIMULATED.md``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq
import xlsxwriter
from pydantic import Field, field_validator

from riskml.core.configuration import Entry, parse_yaml
from riskml.core.language import Label
from riskml.mapping.look import SIMULATED_MARK

Writer = Callable[[str, np.random.Generator], str]
Rows = list[list[str]]

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_SHORT_YEARS = 0.01
"""Share of dates of penalties that are written with two digits of the year."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def mixed_date(text: str, rng: np.random.Generator) -> str:
    """A day in one of the forms that people and programs write."""
    year, month, day = text.split("-")
    plain = f"{int(month)}", f"{int(day)}"
    forms = (text, f"{year}/{plain[0]}/{plain[1]}", f"{year}年{plain[0]}月{plain[1]}日", f"{year}{month}{day}",
             f"{year}.{month}.{day}", f"{text} 00:00:00")  # fmt: skip
    return forms[rng.integers(len(forms))]


def short_year(text: str, rng: np.random.Generator) -> str:
    """A day as `mixed_date` has it, now and then without its century."""
    return text[2:].replace("-", ".") if rng.random() < _SHORT_YEARS else mixed_date(text, rng)


def full_width(text: str, rng: np.random.Generator) -> str:
    """A number, one in five in full width."""
    return text.translate(_FULL_WIDTH) if rng.random() < 0.2 else text


def with_unit(text: str, rng: np.random.Generator) -> str:
    """An amount of 10,000 yuan, as a number, with its unit, or with separators."""
    value = float(text)
    forms = (text, f"{text}万元", f"{value:,.2f}", f"{value / 10_000:.6f}亿元" if value >= 10_000 else f"{text}万")
    return full_width(forms[rng.integers(len(forms))], rng)


def yuan(text: str, rng: np.random.Generator) -> str:
    """The same in yuan, as a number."""
    return full_width(f"{float(text) * 10_000:.2f}", rng)


def per_cent(text: str, _: np.random.Generator) -> str:
    """A fraction per cent."""
    return f"{float(text):.2%}"


_FORMS: dict[str, Writer] = {
    "mixed_date": mixed_date,
    "short_year": short_year,
    "full_width": full_width,
    "with_unit": with_unit,
    "yuan": yuan,
    "per_cent": per_cent,
}


class CityColumn(Entry):
    """A column of a file: which of the extract's it is, and how its values are written or called instead."""

    of: str
    form: Literal["mixed_date", "short_year", "full_width", "with_unit", "yuan", "per_cent"] | None = None
    words: dict[str, str] = Field(default_factory=dict)

    def written(self, value: str, rng: np.random.Generator) -> str:
        """A value as it is written here; what the province has spoilt on purpose stays as it is."""
        try:
            return _FORMS[self.form](value, rng) if self.form else self.words.get(value, value)
        except ValueError:
            return value


class CityFile(Entry):
    """One file of the folder.

    Parameters
    ----------
    sheet
        Of a workbook, the sheet.
    of
        The extract of the simulated province that it is made of.
    columns
        Header → the extract's column. A header with ``|`` has a part in each of two lines.
    title
        A line before the header.
    extra
        Header → the value of a column that is nobody's.
    """

    name: str
    sheet: str | None = None
    of: str
    encoding: str = "gb18030"
    delimiter: str = ","
    title: str | None = None
    extra: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, CityColumn]

    @field_validator("columns", mode="before")
    @classmethod
    def _name_alone(cls, columns: dict[str, Any]) -> dict[str, Any]:
        return {head: {"of": one} if isinstance(one, str) else one for head, one in columns.items()}


class City(Entry):
    """The content of ``city.yaml``."""

    files: tuple[CityFile, ...]


_NOTE = Label(
    "# 模拟数据\n\n本文件夹由 riskml simulate --city 从模拟省份生成：企业、记录、数字全部是生成的。\n",
    "# Simulated data\n\nMade of a simulated province by riskml simulate --city: every enterprise, record and figure "
    "is generated.\n",
)


def city_files() -> tuple[CityFile, ...]:
    """What the departments of the city send."""
    path = Path(__file__).parent / "city.yaml"
    return parse_yaml(City, path.read_text(encoding="utf-8"), str(path)).files


def write_city(simulated: Path, folder: Path, seed: int) -> tuple[Path, ...]:
    """Write the folder of the city; the same bytes for the same extracts and seed.

    Parameters
    ----------
    simulated
        The extracts of a simulated province.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SIMULATED_MARK).write_text(_NOTE.said, encoding="utf-8")
    (folder / "值班安排.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    sheets: dict[str, dict[str, Rows]] = {}
    paths: dict[Path, None] = {}
    for number, one in enumerate(city_files()):
        rows = _rows(one, simulated, np.random.default_rng([seed, number]))
        paths[folder / one.name] = None
        if one.sheet:
            sheets.setdefault(one.name, {})[one.sheet] = rows
        else:
            (folder / one.name).write_bytes(_delimited(rows, one))
    for name, own in sheets.items():
        _write_workbook(folder / name, own)
    return tuple(paths)


def _rows(one: CityFile, simulated: Path, rng: np.random.Generator) -> Rows:
    """Title, header and rows."""
    given = sorted({column.of for column in one.columns.values()})
    rows: list[dict[str, str | None]] = pq.read_table(simulated / f"{one.of}.parquet", columns=given).to_pylist()
    headers = [*one.columns, *one.extra]
    title = [[one.title, *[""] * (len(headers) - 1)]] if one.title else []
    written = [
        [*(column.written(value, rng) if (value := row[column.of]) else "" for column in one.columns.values()),
         *one.extra.values()]
        for row in rows
    ]  # fmt: skip
    return [*title, *_header_rows(headers), *written]


def _delimited(rows: Rows, one: CityFile) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=one.delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(one.encoding)


def _write_workbook(path: Path, sheets: dict[str, Rows]) -> None:
    """A workbook as somebody made it: days in the usual form are days, the other values are texts; and a sheet of
    remarks.
    """
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})
        day = workbook.add_format({"num_format": "yyyy/m/d"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if _DAY.fullmatch(value):
                        sheet.write_datetime(number, place, datetime.fromisoformat(value), day)
                    elif value:
                        sheet.write_string(number, place, value)
        workbook.add_worksheet("填报说明").write_string(0, 0, "模拟数据；每月五日前报送")


def _header_rows(headers: list[str]) -> list[list[str]]:
    """The header, over two lines where a name has two parts: a part that several share stands once, as merged cells
    do.
    """
    if not any("|" in name for name in headers):
        return [headers]
    above = [name.partition("|")[0] for name in headers]
    below = [name.partition("|")[2] for name in headers]
    merged = ["" if place and name == above[place - 1] else name for place, name in enumerate(above)]
    return [merged, below]
