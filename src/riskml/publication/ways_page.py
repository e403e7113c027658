"""The ways of everyone in the worse grades as a page: charts of hatched bars, which need no colour, and tables."""

from __future__ import annotations

from pathlib import Path

from riskml.core.pages import rendered
from riskml.explaining.fonts import FONTS
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.ways_table import KINDS, WaysTable


def write_page(table: WaysTable, path: Path) -> None:
    """Write the page, whole or not at all, in the language that is spoken."""
    template = Path(__file__).parent / "templates" / "ways.html.j2"
    page = rendered(template, table=table, found=table.found, scheme=table.words.scheme, kinds=KINDS, fonts=FONTS)
    with appearing_whole_file(path) as draft:
        draft.write_text(page, encoding="utf-8")
