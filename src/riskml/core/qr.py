"""QR codes: to be printed, photographed, and read or compared years later."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str, title: str, *, scale: float | None = 3) -> str:
    """A text as an SVG to stand in a page.

    Parameters
    ----------
    title
        What it is called for whoever does not see it.
    scale
        Pixels of one of its squares; None where the page says how large it is.
    """
    if scale is None:
        return str(_code(text).svg_inline(border=2, title=title, omitsize=True))
    return str(_code(text).svg_inline(scale=scale, border=2, title=title))


def qr_text(text: str) -> str:
    """A text as it is shown on a terminal."""
    shown = io.StringIO()
    _code(text).terminal(out=shown, border=2, compact=True)
    return shown.getvalue()


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m", encoding="utf-8")
