"""Lines of CSV (RFC 4180) that the engine makes: a file of a million rows is one query."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

import duckdb

LINES = 16_384
"""Lines that leave the engine at once."""


def cell_sql(text: str) -> str:
    """A SQL expression of a text, or null, as a cell of CSV: in quotes where it holds a comma, a quote or a line
    break, and empty where it is null.

    >>> texts = "(VALUES ('x'), ('x, y'), (NULL)) t(a)"
    >>> duckdb.sql(f"SELECT {cell_sql('a')} FROM {texts}").fetchall()
    [('x',), ('"x, y"',), ('',)]
    """
    quoted = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"""coalesce(CASE WHEN regexp_matches({text}, '[",\r\n]') THEN {quoted} ELSE {text} END, '')"""


def line_sql(cells: Iterable[str]) -> str:
    r"""A SQL expression of a line with its end, of SQL expressions of its cells, none of them null.

    >>> duckdb.sql(f"SELECT {line_sql(['a', 'b'])} FROM (VALUES ('x', '')) t(a, b)").fetchall()
    [('x,\r\n',)]
    """
    return f"concat_ws(',', {', '.join(cells)}) || chr(13) || chr(10)"


def line_of(texts: Sequence[str]) -> str:
    r"""A line of texts that are no columns: the heads.

    >>> line_of(["a", "x, y"])
    'a,"x, y"\r\n'
    """
    line = io.StringIO()
    csv.writer(line).writerow(texts)
    return line.getvalue()


def give_lines(
    lines: duckdb.DuckDBPyRelation, give: Callable[[str], object], on_lines: Callable[[int], None] | None = None
) -> int:
    """Pass the texts of a relation of one column to `give`, in order and many at once; returns how many there were.

    Parameters
    ----------
    on_lines
        Told before each time how many were given.
    """
    count = 0
    for batch in lines.to_arrow_reader(LINES):
        if on_lines is not None:
            on_lines(count)
        give("".join(batch.column(0).to_pylist()))
        count += len(batch)
    return count
