"""What a dossier says and asks, read from ``dossier.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from riskml.core.configuration import Entry, Identifier, parse_yaml
from riskml.core.language import Label

Form = Literal["count", "share", "figure", "difference", "text", "code", "label", "yes"]
"""How an answer is written: a whole number, per cent, three decimals, the same with its sign, as it is, the name of one
of the program's codes, one of two languages, or yes and no.
"""


class FigureSpec(Entry):
    """One figure: its query gives one row, of a value or of a value with the two ends of its interval."""

    id: Identifier
    label: Label
    form: Form
    query: str


class TableSpec(Entry):
    """A table: its query gives its rows, column by column as `heads` and `forms` have them."""

    id: Identifier
    label: Label
    heads: tuple[Label, ...]
    forms: tuple[Form, ...]
    query: str


class SectionSpec(Entry):
    """A section: what is said, without a number, and what is asked."""

    id: Identifier
    title: Label
    text: tuple[Label, ...] = ()
    figures: tuple[FigureSpec, ...] = ()
    tables: tuple[TableSpec, ...] = ()


class FindingSpec(Entry):
    """Something that would stand against the model: open where its query is true, or gives nothing.

    Parameters
    ----------
    blocks
        Whether it stands against promotion while it is open.
    """

    id: Identifier
    blocks: bool
    text: Label
    cure: Label
    query: str


class ClauseSpec(Entry):
    """What a framework asks, and which sections answer it."""

    clause: Label
    asks: Label
    sections: tuple[Identifier, ...]


class FrameworkSpec(Entry):
    """A law, standard or guidance; `basis` says what of its text was read."""

    name: Label
    basis: Label
    clauses: tuple[ClauseSpec, ...]


class DossierSpec(Entry):
    """The content of ``dossier.yaml``."""

    sections: tuple[SectionSpec, ...] = Field(min_length=1)
    findings: tuple[FindingSpec, ...]
    frameworks: tuple[FrameworkSpec, ...]

    @property
    def queries(self) -> frozenset[str]:
        """All that is asked."""
        figures = (one.query for section in self.sections for one in section.figures)
        tables = (one.query for section in self.sections for one in section.tables)
        return frozenset((*figures, *tables, *(one.query for one in self.findings)))


@cache
def dossier_spec() -> DossierSpec:
    """The shipped one."""
    path = Path(__file__).parent / "dossier.yaml"
    return parse_yaml(DossierSpec, path.read_text(encoding="utf-8"), str(path))
