"""What a load, or a trial of one, found wrong: by table and column as a page, row by row as CSV for the provider."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from riskml.audit.entries import PERSONS_NUMBER
from riskml.core.files import write_durably
from riskml.core.language import Label, say
from riskml.core.pages import rendered
from riskml.engines.duckdb import file_literal, literal
from riskml.explaining.fonts import FONTS
from riskml.mapping.cures import CURES
from riskml.publication.csv_export import FORMULA
from riskml.records.checks import REASONS
from riskml.records.load_report import IngestReport
from riskml.records.tables import TABLES
from riskml.records.workbook import WORKBOOK

_TOP = 5
_LONGEST = 60
_WITHHELD = Label("（可能是个人信息，不在此列出）", "(may be of a person; not listed here)")


@dataclass(frozen=True)
class Finding:
    """One reason at one column of one table.

    Parameters
    ----------
    rows
        How many rows it concerns.
    refused
        Whether these rows are refused; elsewhere the field alone is given up.
    top
        The most frequent values with their counts, and where the first of each stands; none where the column's may be a
        person's. A value with a person's number is not told either.
    """

    table: str
    column: str
    reason: str
    refused: bool
    rows: int
    top: tuple[tuple[str, int, str], ...]

    @property
    def label(self) -> Label:
        """What the column is called."""
        known = {one.name: one.label for one in TABLES[self.table].columns} if self.table in TABLES else {}
        return known.get(self.column, Label("", ""))

    @property
    def why(self) -> Label:
        """The reason in words."""
        return REASONS[self.reason]

    @property
    def cure(self) -> Label:
        """What to do."""
        return CURES[self.reason]

    @property
    def withheld(self) -> bool:
        """Whether its values are not shown."""
        return of_persons(self.table, self.column)


def findings(quarantine: Path | None) -> tuple[Finding, ...]:
    """All findings of a load, the refused first, those of most rows first."""
    if quarantine is None:
        return ()
    source = f"read_parquet({file_literal(quarantine)})"
    with duckdb.connect() as connection:
        groups = connection.execute(
            f"SELECT table_name, coalesce(column_name, ''), reason, severity = 'refused', count(*) FROM {source} "
            "GROUP BY ALL ORDER BY 4 DESC, 5 DESC, 1, 2, 3"
        ).fetchall()
        return tuple(
            Finding(table, column, reason, refused, rows, () if of_persons(table, column) else _top(
                connection, source, (table, column, reason, "refused" if refused else "noted")))
            for table, column, reason, refused, rows in groups
        )  # fmt: skip


def _top(connection: duckdb.DuckDBPyConnection, source: str, of: tuple[str, ...]) -> tuple[tuple[str, int, str], ...]:
    found = connection.execute(
        f"SELECT coalesce(value, ''), count(*) AS n, arg_min(file, row_number), min(row_number) "
        f"FROM {source} WHERE table_name = ? AND coalesce(column_name, '') = ? AND reason = ? AND severity = ? "
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {_TOP}",
        list(of),
    ).fetchall()
    return tuple(
        (
            _WITHHELD.said if PERSONS_NUMBER.search(value) else value[:_LONGEST],
            rows,
            _file_shown(file) + ("" if row is None else say(f" 第 {row + 1} 行数据", f", data row {row + 1}")),
        )
        for value, rows, file, row in found
    )


def _file_shown(file: str | None) -> str:
    """The name of a file, of a sheet with its workbook.

    >>> _file_shown("inbox/a.csv"), _file_shown("inbox/名录.xlsx/异常")
    ('a.csv', '名录.xlsx/异常')
    """
    path = Path(file or "")
    return f"{path.parent.name}/{path.name}" if path.parent.suffix.lower() in WORKBOOK else path.name


def of_persons(table: str, column: str) -> bool:
    """Whether values of a column may be a person's name or number, or a whole line with them."""
    if table not in TABLES or not column:
        return True
    known = {one.name: one for one in TABLES[table].columns}.get(column)
    return known is None or column == "person_name" or (known.form == "identifier" and column != "enterprise_id")


def write_page(report: IngestReport, path: Path, *, dry: bool, simulated: bool) -> None:
    """Write the findings as one page without scripts, in the language that is spoken."""
    page = rendered(
        Path(__file__).parent / "templates" / "findings.html.j2", report=report, found=findings(report.quarantine),
        dry=dry, simulated=simulated, tables=TABLES, fonts=FONTS, withheld=_WITHHELD,
    )  # fmt: skip
    write_durably(path, page.encode())


def write_csv(report: IngestReport, path: Path) -> int:
    """Write every refused row and every field given up as CSV in UTF-8 with a byte-order mark, for whoever delivers;
    returns their number.

    Data rows are counted from 1, as on the page; ``row_number`` of the quarantine file counts them from 0. No cell
    begins as a formula does.
    """
    heads = {
        "file": Label("文件", "file"), "row": Label("第几行数据", "data row"),
        "record_id": Label("记录编号", "record id"),
        "table_name": Label("表", "table"), "column_name": Label("字段", "column"), "value": Label("值", "value"),
        "severity": Label("处理", "what became of it"), "reason": Label("原因", "reason"),
        "cure": Label("怎样改正", "cure"),
    }  # fmt: skip
    names = ", ".join(f'{name} AS "{label.said}"' for name, label in heads.items())
    neutral = ", ".join(
        f"regexp_replace({name}, {literal(f'^({FORMULA})')}, concat(chr(39), '\\1')) AS {name}"
        for name in ("record_id", "value", "file")
    )
    with duckdb.connect() as connection:
        connection.create_function("file_shown", _file_shown, [duckdb.sqltypes.VARCHAR], duckdb.sqltypes.VARCHAR)
        connection.execute("CREATE TABLE told (code VARCHAR, why VARCHAR, cure VARCHAR)")
        connection.executemany(
            "INSERT INTO told VALUES (?, ?, ?)",
            [(code, why.said, CURES[code].said) for code, why in REASONS.items()],
        )
        found = [] if report.quarantine is None else connection.execute(
            f"SELECT {names} FROM (SELECT * REPLACE ({neutral}, why AS reason, "
            f"if(severity = 'refused', '{say('整行未收', 'row refused')}', '{say('字段未收', 'field given up')}') "
            f"AS severity), row_number + 1 AS row FROM (SELECT * REPLACE (file_shown(file) AS file) "
            f"FROM read_parquet({file_literal(report.quarantine)})) "
            "JOIN told ON code = reason ORDER BY file, row_number, column_name)"
        ).fetchall()  # fmt: skip
        lines = [",".join(label.said for label in heads.values())]
        lines += [",".join(_cell(value) for value in row) for row in found]
    write_durably(path, ("\ufeff" + "\r\n".join(lines) + "\r\n").encode())
    return len(found)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
