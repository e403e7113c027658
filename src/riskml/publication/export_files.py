"""Exports as files: CSV and Excel for people, Parquet for programs; each appears whole or not at all."""

from __future__ import annotations

import io
import re
from datetime import datetime, time
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from riskml.core.language import say
from riskml.core.progress import Progress
from riskml.publication import workbook_rows
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.columns import ARROW_TYPES
from riskml.publication.csv_export import headers, write_query
from riskml.publication.csv_lines import give_lines
from riskml.publication.exports import FIELDS, Export

EXCEL_FOOTER = 255
"""Characters of the foot of a page: a limit of the format."""

_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")


def write_csv(export: Export, path: Path, *, excel: bool, on_progress: Progress) -> None:
    """Write CSV; `excel` as for `write_query`."""
    with appearing_whole_file(path) as draft:
        write_query(
            draft, FIELDS, export.connection, f"({export.told_sql()})", notice=export.notice,
            simulated=export.simulated, excel=excel, on_rows=lambda count: on_progress("rows", count, export.rows),
        )  # fmt: skip


def write_excel(export: Export, path: Path, *, on_progress: Progress) -> None:
    """Write a workbook, of as many worksheets as the rows need, each with the notice as the head of a last column and
    at the foot of a page.

    Every text is written as text: nothing in it becomes a formula, a link or a number. A library makes the workbook
    with the heads of its columns; the engine makes the rows, which a library would write cell by cell.
    """
    told = export.told_sql()
    with (
        appearing_whole_file(path) as draft,
        ZipFile(_heads(export, path.parent)) as heads,
        ZipFile(draft, "w", ZIP_DEFLATED) as book,
    ):
        for entry in heads.infolist():
            content, number = heads.read(entry), _SHEET.fullmatch(entry.filename)
            with book.open(_same_entry(entry), "w") as file:
                if number is None:
                    file.write(content)
                else:
                    _write_rows(export, told, int(number[1]) - 1, content.decode(), file, on_progress)


def _heads(export: Export, scratch: Path) -> io.BytesIO:
    """The workbook without its rows, made with files in `scratch`."""
    made = io.BytesIO()
    options = {"constant_memory": True, "tmpdir": str(scratch)}  # heads stand in the sheet, beside the rows
    with xlsxwriter.Workbook(made, options) as workbook:
        # The day of the run and not of the writing: the same run gives the same bytes.
        workbook.set_properties({"created": datetime.combine(export.run.as_of, time())})
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number, rows in enumerate(_sheets(export)):
            sheet = workbook.add_worksheet(f"{say('企业分类', 'Grades')} {number + 1}")
            sheet.freeze_panes(1, 3)
            # On paper too: what is printed leaves the file behind.
            sheet.set_footer(_footer(export.notice.said))
            for place, head in enumerate(headers(FIELDS, notice=export.notice, simulated=export.simulated)):
                wide = place == len(FIELDS) or FIELDS[place].type == "list"
                sheet.set_column(place, place, 40 if wide else 20)
                sheet.write_string(0, place, head, bold)
            sheet.autofilter(0, 0, len(rows), len(FIELDS) - 1)
    return made


def _sheets(export: Export) -> list[range]:
    """The places of the rows of each worksheet."""
    most = workbook_rows.ROWS - 1
    return [range(start, min(start + most, export.rows)) for start in range(0, export.rows, most)]


def _same_entry(entry: ZipInfo) -> ZipInfo:
    """An entry of a ZIP file as another file can have it."""
    same = ZipInfo(entry.filename, entry.date_time)
    same.compress_type, same.external_attr = ZIP_DEFLATED, entry.external_attr
    return same


def _write_rows(export: Export, told: str, sheet: int, heads: str, file: IO[bytes], on_progress: Progress) -> None:
    """Write a worksheet, its rows after its heads."""
    places = _sheets(export)[sheet]
    before, end, after = heads.partition("</sheetData>")
    last = xl_col_to_name(len(FIELDS))
    file.write(before.replace(f'ref="A1:{last}1"', f'ref="A1:{last}{len(places) + 1}"', 1).encode())
    rows = export.connection.sql(
        f"SELECT {workbook_rows.row_sql(FIELDS, 'number')} "
        f"FROM (SELECT *, CAST(place - {places.start} + 2 AS VARCHAR) AS number FROM ({told})) "
        f"WHERE place BETWEEN {places.start} AND {places.stop - 1}"
    )
    give_lines(
        rows,
        lambda text: file.write(text.encode()),
        lambda count: on_progress("rows", places.start + count, export.rows),
    )
    file.write((end + after).encode())


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
            pa.field(
                field.name, ARROW_TYPES[field.type], metadata={"label_zh": field.label.zh, "label_en": field.label.en}
            )
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
