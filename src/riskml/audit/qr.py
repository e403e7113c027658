"""A checkpoint as a QR code: to be printed, photographed, and compared years later."""

from __future__ import annotations

import io

import segno

from riskml.audit.verifier import Checkpoint


def qr_svg(checkpoint: Checkpoint) -> str:
    """The checkpoint as an SVG to stand in a page."""
    return str(_code(checkpoint).svg_inline(scale=3, border=2, title=checkpoint.origin))


def qr_text(checkpoint: Checkpoint) -> str:
    """The checkpoint as it is shown on a terminal."""
    text = io.StringIO()
    _code(checkpoint).terminal(out=text, border=2, compact=True)
    return text.getvalue()


def _code(checkpoint: Checkpoint) -> segno.QRCode:
    return segno.make_qr(checkpoint.note, error="m", encoding="utf-8")
