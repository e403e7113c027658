"""Posters for A4, one a page: a code that leads to the grade, and never the grade itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.core.language import Label, say
from riskml.core.pages import rendered
from riskml.core.qr import qr_svg
from riskml.explaining.fonts import FONTS


@dataclass(frozen=True)
class Printed:
    """What stands on a poster.

    Parameters
    ----------
    title
        The text that has it posted.
    address
        What its code leads to.
    """

    number: int
    issued: date
    enterprise: str
    name: str
    title: Label
    address: str
    simulated: bool

    @property
    def code(self) -> str:
        """The code as SVG."""
        return qr_svg(self.address, say("信用等级公示二维码", "Code of the public credit grade"), scale=None)


def poster_page(posters: Collection[Printed]) -> str:
    """Posters as one HTML file, in the language that is spoken."""
    return rendered(Path(__file__).parent / "templates" / "poster.html.j2", posters=posters, fonts=FONTS)
