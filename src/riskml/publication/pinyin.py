"""The initials of a Chinese name's pinyin, by which it is typed quickly."""

from __future__ import annotations

from functools import cache

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """The first letter of each Chinese character's pinyin by its most usual reading, and what is written in letters and
    digits; nothing of anything else.

    >>> initials("昆明官渡食品（云南）有限公司A3")
    'kmgdspynyxgsa3'
    """
    return "".join(map(_initial, name))


@cache
def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    first = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
    return first[0] if first else ""
