"""What was refused or noted in one load: table, file, row, column, value, reason and severity, one line per fault."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from riskml.core.errors import RiskmlError
from riskml.core.language import Label
from riskml.engines.duckdb import literal, literals
from riskml.records.amendment_rows import nearest_name
from riskml.records.checks import Severity
from riskml.records.delimited import Malformed
from riskml.records.sources import Source
from riskml.records.tables import Table

FILL_IN = Label("请填写", "fill in")
"""What stands for the kind of an offered amendment until a person has decided: no kind is called so, and the row is
refused.
"""

_FROM_ELSEWHERE = ("of_record", "of_source", "of_enterprise", "value", "stored", "delivered")

_FORMULA = r"'^(\s*[=+\-@＝＋－＠])'"
"""How a cell begins that a spreadsheet takes for a formula, as SQL."""


class Quarantine:
    """The table ``quarantine`` of a load under way.

    Parameters
    ----------
    connection
        Where the load is made.
    source
        What is loaded.
    load
        The load's number.
    received
        The day the delivery was received.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, load: int, received: date) -> None:
        self.connection, self.source, self.load, self.received = connection, source, load, received
        self.connection.execute("""
CREATE TEMP TABLE quarantine (
  source VARCHAR, load INTEGER, received DATE, table_name VARCHAR, file VARCHAR, row_number BIGINT, record_id VARCHAR,
  column_name VARCHAR, value VARCHAR, reason VARCHAR, severity VARCHAR, stored_value VARCHAR)""")
        self.connection.execute("""
CREATE TEMP TABLE offered (
  of_table VARCHAR, of_record VARCHAR, of_source VARCHAR, of_enterprise VARCHAR, part VARCHAR, value VARCHAR,
  column_name VARCHAR, stored VARCHAR, delivered VARCHAR)""")

    @property
    def _head(self) -> str:
        return f"{literal(self.source.spec.source)}, {self.load:d}, DATE '{self.received}'"

    def add_findings(self, table: Table, rows: str) -> None:
        """Take over what is wrong with the `rows` of a relation, refused or stored, from their column ``findings``."""
        self.connection.execute(f"""
INSERT INTO quarantine
WITH found AS (
  SELECT source_file, source_row, record_id, unnest(findings) AS f
  FROM {rows}
  WHERE findings IS NOT NULL)
SELECT {self._head}, '{table.name}', source_file, source_row, record_id, f.c, f.v, f.r, f.s, NULL
FROM found""")

    def add_replaced_plans(self, table: Table, compared: str) -> None:
        """Note the open states among the relation `compared` that have another planned end than they had."""
        self.connection.execute(f"""
INSERT INTO quarantine
SELECT {self._head}, '{table.name}', source_file, source_row, record_id, 'planned_end_date', planned_end_date,
  'plan_replaced', 'noted',
  planned_before
FROM {compared}
WHERE verdict = 'closed' AND end_date IS NULL AND planned_end_date IS DISTINCT FROM planned_before
  AND planned_before IS NOT NULL""")

    def add_differing(self, table: Table) -> None:
        """Take over the rows that the last comparison left in ``differing``, once for each column."""
        self.connection.execute(f"""
INSERT INTO quarantine
SELECT {self._head}, '{table.name}', source_file, source_row, record_id, column_name, delivered,
  CASE WHEN of_delivery THEN 'duplicate_id' ELSE 'conflict' END, 'refused', stored
FROM differing""")
        parts = literals(column.name for column in table.parts) or "''"
        self.connection.execute(f"""
INSERT INTO offered
SELECT '{table.name}', record_id, source, subject,
  CASE WHEN column_name IN ({parts}) THEN column_name END, CASE WHEN column_name IN ({parts}) THEN delivered END,
  column_name, stored, delivered
FROM differing
WHERE NOT of_delivery""")

    def offer(self, folder: Path) -> tuple[Path | None, int]:
        """Write what differs from stored records as amendments that could be sent, to a file below `folder`; its path,
        and its rows.

        ``kind`` is for a person to choose: what a source delivers otherwise may be a change, a slip of the pen, or the
        source's mistake. ``column_name``, ``stored`` and ``delivered`` say what differs; the source ``amendments`` does
        not read them.
        """
        ((count,),) = self.connection.execute("SELECT count(*) FROM offered").fetchall()
        if not count:
            return None, 0
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"load-{self.load:05d}-amendments.csv"
        by = "of_table, of_source, of_enterprise, of_record, column_name, delivered"
        # No cell becomes a formula where the file is opened; the source `amendments` takes the apostrophe off again.
        neutral = ", ".join(
            f"regexp_replace({name}, {_FORMULA}, concat(chr(39), '\\1')) AS {name}" for name in _FROM_ELSEWHERE
        )
        self.connection.execute(
            f"""
            COPY (
                SELECT * REPLACE ({neutral})
                FROM (SELECT 'load-{self.load:d}-' || row_number() OVER (ORDER BY {by}) AS record_id, of_table,
                  of_record, of_source, of_enterprise,
                    '{FILL_IN.said}' AS kind, part, value, NULL AS replaced_by, NULL AS law,
                      DATE '{self.received}' AS event_date,
                    DATE '{self.received}' AS known_date, column_name, stored, delivered
                FROM offered)
                ORDER BY {by}
            ) TO {literal(str(path))} (FORMAT csv, HEADER)
            """
        )
        return path, int(count)

    def add_file(self, views: Iterable[str], error: RiskmlError) -> None:
        """Note extracts that could not be read, or do not have the columns their mapping names."""
        named = sorted(views)
        files = ", ".join(self.source.spec.files[view].path for view in named)
        self.connection.execute(
            f"INSERT INTO quarantine VALUES ({self._head}, ?, ?, NULL, NULL, NULL, ?, 'unreadable_file', 'refused', "
            "NULL)",
            [self._tables_of(named), files, error.zh],
        )

    def add_refused_file(self, view: str, file: Path, error: RiskmlError) -> None:
        """Note one of an extract's several files that is left out by itself."""
        self.connection.execute(
            f"INSERT INTO quarantine VALUES ({self._head}, ?, ?, NULL, NULL, NULL, ?, 'unreadable_file', 'refused', "
            "NULL)",
            [self._tables_of([view]), str(file), error.zh],
        )

    def add_malformed(self, view: str, file: Path, rows: Iterable[Malformed]) -> None:
        """Note the rows of an extract's file that are not well-formed: no mapping ever saw them."""
        found = [(one.row, _shown(one), _reason(one)) for one in rows]
        if not found:
            return
        numbers, texts, reasons = zip(*found, strict=True)
        self.connection.register(
            "malformed",
            pa.table(
                {
                    "n": pa.array(numbers, pa.int64()),
                    "line": pa.array(texts, pa.string()),
                    "why": pa.array(reasons, pa.string()),
                }
            ),
        )
        self.connection.execute(
            f"INSERT INTO quarantine SELECT {self._head}, ?, ?, n, NULL, NULL, line, why, 'refused', NULL FROM "
            "malformed",
            [self._tables_of([view]), str(file)],
        )
        self.connection.unregister("malformed")

    def _tables_of(self, views: list[str]) -> str:
        return ", ".join(table for table in self.source.mappings if set(views) & self.source.views_of(table))

    def counts(self, severity: Severity) -> dict[tuple[str, str, str], int]:
        """(table, column, reason) → number of faults of this severity."""
        rows = self.connection.execute(
            "SELECT table_name, coalesce(column_name, ''), reason, count(*) FROM quarantine WHERE severity = ? GROUP "
            "BY ALL ORDER BY ALL",
            [severity],
        ).fetchall()
        return {(table, column, reason): count for table, column, reason, count in rows}

    def new_words(self) -> dict[tuple[str, str, str], int]:
        """(table, column, word) → how often a word that is not among the column's codes became ``other``, the most
        frequent first.
        """
        rows = self.connection.execute(
            "SELECT table_name, column_name, value, count(*) AS n FROM quarantine WHERE reason = 'unknown_code' AND "
            "severity = 'noted' "
            "GROUP BY ALL ORDER BY n DESC, table_name, column_name, value"
        ).fetchall()
        return {(table, column, word): count for table, column, word, count in rows}

    def unknown_names(self) -> dict[tuple[str, str], str | None]:
        """(column, word) → the nearest table or part there is, of amendments that name none."""
        rows = self.connection.execute(
            "SELECT DISTINCT column_name, value, reason FROM quarantine WHERE reason IN ('unknown_table', "
            "'unknown_part') ORDER BY ALL"
        ).fetchall()
        return {(column, word): nearest_name(reason, word) for column, word, reason in rows}

    def write(self, folder: Path) -> Path | None:
        """Write the table to its file below `folder`; None where there is nothing in it."""
        ((count,),) = self.connection.execute("SELECT count(*) FROM quarantine").fetchall()
        if not count:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"load-{self.load:05d}.parquet"
        self.connection.execute(
            "COPY (SELECT * FROM quarantine ORDER BY table_name, file, row_number, column_name, reason) TO "
            f"{literal(str(path))} (FORMAT parquet)"
        )
        return path


def _reason(row: Malformed) -> str:
    if row.byte is not None:
        return "undecodable"
    return "cut_off" if row.is_cut else "malformed_line"


def _shown(row: Malformed) -> str:
    """A malformed row's text; where a byte of it is none, its line and byte first."""
    return row.text if row.byte is None else f"{row.line}:{row.byte}: {row.text}"
