"""Breaking texts into lines: a number, an id or a date stays whole, and no line begins with a Chinese full stop or ends
with an opening bracket.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.text import Text

from riskml.core.language import Language, language

_WHOLE = {
    Language.zh: re.compile("[（《“‘【]*(?:[!-~−–—]+|.)[，。；：、！？）》”’】…]* *"),
    Language.en: re.compile(r"\S+ *| +"),
}
"""What no line break splits, in the language that is spoken: a word or one Chinese character, with the punctuation that
belongs to it.
"""


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of so many columns, a Chinese character taking two; what is longer than a line is cut where the
    line ends.

    >>> from riskml.core.language import speaking
    >>> with speaking(Language.zh):
    ...     wrapped("依据：NB0000010741（2026-04-28）。", 18)
    ['依据：NB0000010741', '（2026-04-28）。']
    >>> with speaking(Language.en):
    ...     wrapped("Evidence: （滇）民000001875", 20), wrapped("NB0000010741", 7)
    (['Evidence:', '（滇）民000001875'], ['NB00000', '10741'])
    """
    return [text[start:end].rstrip() for start, end in pairwise([0, *_breaks(text, columns), len(text)])]


def _breaks(text: str, columns: int) -> list[int]:
    """Where lines after the first begin."""
    breaks, start = [], 0
    for part in _WHOLE[language()].finditer(text):
        if part.start() > start and cell_len(text[start : part.end()].rstrip()) > columns:
            start = part.start()
            breaks.append(start)
        while cell_len(text[start : part.end()].rstrip()) > columns > 1:
            start = max(end for end in range(start + 1, part.end()) if cell_len(text[start:end]) <= columns)
            breaks.append(start)
    return breaks


class Flowing(Text):
    """A text for ``rich`` that breaks as `wrapped` does, in either language."""

    def wrap(self, console: Console, width: int, **_options: Any) -> Lines:
        """Its lines."""
        lines = Lines()
        for paragraph in self.split(allow_blank=True):
            for line in paragraph.divide(_breaks(paragraph.plain, width)):
                line.rstrip()
                lines.append(line)
        return lines
