"""What a page or a terminal's text holds of the language that it is not in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from riskml.core.language import Language

_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
_ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
_UNSHOWN = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)


def foreign(text: str, spoken: Language, names: Iterable[str] = ()) -> list[str]:
    """What is in the other language, but for names of enterprises and places: Chinese characters, or three words of
    English.
    """
    shown = _UNSHOWN.sub("\n", text)
    for name in names:
        shown = shown.replace(name, "")
    return (_CHINESE if spoken is Language.en else _ENGLISH).findall(shown)
