"""Rows of a worksheet that the engine makes: Office Open XML (ECMA-376, part 1, 18.3.1), every text as a text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from xlsxwriter.utility import xl_col_to_name

from riskml.publication.columns import Field
from riskml.publication.csv_export import plain_sql

ROWS = 1_048_576
"""Rows of a worksheet, its header among them: a limit of the format."""

TEXT = 32_767
"""Characters of a cell, in UTF-16: a limit of the format. A longer text ends in a mark that says so."""

_BEYOND_16_BITS = r"[\x{10000}-\x{10ffff}]"
# Those that stay in the file: the other blanks are written by their code, below.
_BLANK = r"[ \t\n\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_OUTER_BLANKS = f"^{_BLANK}|{_BLANK}$"

# What XML 1.0 cannot hold is written by its code, _x0007_ (ECMA-376, 22.9.2.19), and what looks so already is marked.
_BY_CODE = [*range(0x9), *range(0xB, 0x20), 0xFFFE, 0xFFFF]
_LOOKS_SO = "(_x[0-9a-fA-F]{4}_)"
_SPECIAL = rf"[&<>\x00-\x08\x0b-\x1f\x{{fffe}}\x{{ffff}}]|{_LOOKS_SO}|{_OUTER_BLANKS}"


def row_sql(fields: Sequence[Field], number: str) -> str:
    """A SQL expression of a row of a worksheet.

    Parameters
    ----------
    fields
        Its columns, of the types that `riskml.publication.columns.ARROW_TYPES` gives them.
    number
        A SQL expression of the row's number, as a text.
    """
    cells = ", ".join(_cell_sql(field, xl_col_to_name(place), number) for place, field in enumerate(fields))
    return f"""concat('<row r="', {number}, '">', {cells}, '</row>')"""


def _cell_sql(field: Field, column: str, number: str) -> str:
    shown, place = plain_sql(field), f"""'<c r="{column}' || {number} || '"'"""
    if field.type in ("number", "integer"):
        return f"coalesce({place} || '><v>' || format('{{:.16G}}', CAST({shown} AS DOUBLE)) || '</v></c>', '')"
    text = _text_sql(f"CAST({shown} AS VARCHAR)")
    return f"coalesce({place} || ' t=\"inlineStr\"><is><t' || {text} || '</t></is></c>', '')"


def _text_sql(text: str) -> str:
    """What follows ``<t``: nearly every text is written as it is."""
    cut = f"if(regexp_matches({text}, '{_BEYOND_16_BITS}'), {TEXT // 2}, {TEXT})"
    short = f"if(length({text}) <= {cut}, {text}, left({text}, {cut} - 1) || '…')"
    kept = f"if(regexp_matches({short}, '{_OUTER_BLANKS}'), ' xml:space=\"preserve\">', '>')"
    marked = f"regexp_replace({short}, '{_LOOKS_SO}', '_x005F\\1', 'g')"
    coded = reduce(lambda sql, code: f"replace({sql}, chr({code}), '_x{code:04X}_')", _BY_CODE, marked)
    escaped = f"replace(replace(replace({coded}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    special = f"length({text}) > {TEXT // 2} OR regexp_matches({text}, '{_SPECIAL}')"
    return f"CASE WHEN {special} THEN {kept} || {escaped} ELSE '>' || {text} END"
