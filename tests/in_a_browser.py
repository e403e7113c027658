"""A page of a file as people see it: on a telephone, on A4, and read aloud."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
TELEPHONE, DESK, SHEET = 420, 1280, 688
"""Pixels: of a telephone's screen, of a small one on a desk, and of what margins of 14 mm leave of an A4 sheet."""

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"needs {CHROMIUM}: apt-get install chromium (.ci/run does)"
)

_CUT_OFF = """() => [...document.querySelectorAll('table, svg, img, pre')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > window.innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 80))"""

_CUT_IN_ITS_BOX = """() => [...document.querySelectorAll('.scroll')]
    .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth)
    .map(one => `${one.scrollWidth} px in ${one.clientWidth}: ${one.innerHTML.trim().slice(0, 80)}`)"""


def found_wrong(pages: Iterable[Path]) -> list[tuple[str, str]]:
    """What is wrong with pages: the name of the file, and what a person would meet.

    A page that is broader than a telephone has to be pushed to and fro, and so has a chart or a table on a desk that is
    wider than its box; what lies beyond the sheet is not printed; axe
    finds what a screen reader cannot read.
    """
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for path in pages:
            # The pages forbid scripts, their own as well as axe's.
            page = browser.new_context(bypass_csp=True, viewport={"width": TELEPHONE, "height": 800}).new_page()
            page.goto(path.as_uri())
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > TELEPHONE:
                wrong.append((path.name, f"{width} px broad on a telephone of {TELEPHONE}"))
            wrong += [
                (path.name, f"{one['id']}: {one['nodes'][0]['html']}") for one in Axe().run(page).response["violations"]
            ]
            page.set_viewport_size({"width": DESK, "height": 800})
            wrong += [(path.name, f"cut on a desk: {one}") for one in page.evaluate(_CUT_IN_ITS_BOX)]
            page.set_viewport_size({"width": SHEET, "height": 900})
            page.emulate_media(media="print")
            wrong += [(path.name, f"beyond the sheet: {one}") for one in page.evaluate(_CUT_OFF)]
        browser.close()
    return wrong
