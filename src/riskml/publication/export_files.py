"""Exports as files: CSV and Excel for people, Parquet for programs; each appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from riskml.core.language import say
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.columns import FieldType
from riskml.publication.csv_export import headers, plain, write_sheet
from riskml.publication.exports import FIELDS, Export

Progress = Callable[[str, int, int], None]

EXCEL_ROWS = 1_048_576
"""Rows of a worksheet, its header among them: a limit of the format. More rows go to further worksheets."""

EXCEL_TEXT = 32_767
"""Characters of a cell: a limit of the format. A longer text ends in a mark that says so."""

EXCEL_FOOTER = 255
"""Characters of the foot of a page: a limit of the format."""

_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(), "list": pa.list_(pa.string()), "integer": pa.int64(), "number": pa.float64(),
    "flag": pa.bool_(), "date": pa.date32(),
}  # fmt: skip


def write_csv(export: Export, path: Path, *, excel: bool, on_progress: Progress) -> None:
    """Write CSV; `excel` as for `write_sheet`."""
    rows = _counted(export.told(), export.rows, on_progress)
    with appearing_whole_file(path) as draft:
        write_sheet(draft, FIELDS, rows, notice=export.notice, simulated=export.simulated, excel=excel)


def write_excel(export: Export, path: Path, *, scratch: Path, on_progress: Progress) -> None:
    """Write a workbook, of as many worksheets as the rows need, each with the notice as the head of a last column and
    at the foot of a page.

    Every text is written as text: nothing in it becomes a formula, a link or a number.

    Parameters
    ----------
    scratch
        Where rows wait until they are compressed; grades do not lie in the system's temporary folder.
    """
    options = {
        "constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    }  # fmt: skip
    rows = _counted(export.told(), export.rows, on_progress)
    with appearing_whole_file(path) as draft, xlsxwriter.Workbook(str(draft), options) as workbook:
        # The day of the run and not of the writing: the same run gives the same bytes.
        workbook.set_properties({"created": datetime.combine(export.run.as_of, time())})
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number in range(-(-export.rows // (EXCEL_ROWS - 1))):
            sheet = workbook.add_worksheet(f"{say('企业分类', 'Grades')} {number + 1}")
            sheet.freeze_panes(1, 3)
            # On paper too: what is printed leaves the file behind.
            sheet.set_footer(_footer(export.notice.said))
            for place, head in enumerate(headers(FIELDS, notice=export.notice, simulated=export.simulated)):
                wide = place == len(FIELDS) or FIELDS[place].type == "list"
                sheet.set_column(place, place, 40 if wide else 20)
                sheet.write_string(0, place, head, bold)
            written = 0
            for written, row in enumerate(islice(rows, EXCEL_ROWS - 1), start=1):
                for place, field in enumerate(FIELDS):
                    _write_cell(sheet, written, place, plain(row[field.name]))
            sheet.autofilter(0, 0, written, len(FIELDS) - 1)


def _footer(notice: str) -> str:
    """The notice and the number of the page; where the notice is longer than the format allows, where it stands."""
    whole = f"&L{notice.replace('&', '&&')}&R&P / &N"
    return (
        whole
        if len(whole) <= EXCEL_FOOTER
        else f"&L{say('须知见最后一列', 'For the notice see the last column')}&R&P / &N"
    )


def write_parquet(export: Export, path: Path, *, on_progress: Progress) -> None:
    """Write Parquet; every column carries its labels in both languages."""
    schema = pa.schema(
        [
            pa.field(field.name, _TYPES[field.type], metadata={"label_zh": field.label.zh, "label_en": field.label.en})
            for field in FIELDS
        ],
        metadata={
            "notice_zh": export.notice.zh,
            "notice_en": export.notice.en,
            "scheme": export.run.scheme,
            "as_of": export.run.as_of.isoformat(),
            "simulated": str(export.simulated).lower(),
        },
    )
    written = 0
    with appearing_whole_file(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for block in export.blocks():
            on_progress("rows", written, export.rows)
            writer.write_table(block.cast(schema))
            written += len(block)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, float | int):
        sheet.write_number(row, column, value)
    elif value is not None:
        text = str(value)
        sheet.write_string(row, column, text if len(text) <= EXCEL_TEXT else f"{text[: EXCEL_TEXT - 1]}…")


def _counted(rows: Iterable[Mapping[str, Any]], total: int, on_progress: Progress) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows):
        if number % 10_000 == 0:
            on_progress("rows", number, total)
        yield row
