"""The language that the program speaks: Chinese or English, never both at once.

Whoever runs a command chooses it with ``--lang``, else with the environment variable ``RISKML_LANG``, else by the
locale; where none of these says, it is Chinese. It is a context variable, so that two readers served by one process may
each have their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

VARIABLE = "RISKML_LANG"

OPTION = "--lang"

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of them that is set says which language messages are in (POSIX)."""


class Language(StrEnum):
    """Chinese or English."""

    zh = "zh"
    en = "en"


@dataclass(frozen=True)
class Label:
    """The same short text in Chinese and in English.

    >>> with speaking(Language.en):
    ...     Label("企业", "enterprise").said
    'enterprise'
    """

    zh: str
    en: str

    @property
    def said(self) -> str:
        """The text in the language that is spoken."""
        return self.said_in(language())

    def said_in(self, spoken: Language) -> str:
        """The text in one of the languages, whichever is spoken."""
        return self.zh if spoken is Language.zh else self.en


SIMULATED = Label("（模拟数据）", " (simulated data)")
"""What stands beside whatever comes from simulated records."""

LIST_SEPARATOR = Label("；", "; ")

_SPOKEN: ContextVar[Language] = ContextVar("language spoken")


def language() -> Language:
    """The language that is spoken now: that of the innermost `speaking`, else that of the process's environment."""
    return _SPOKEN.get(None) or language_of(os.environ)


def say(zh: str, en: str) -> str:
    """The one of two texts that is in the language spoken now."""
    return zh if language() is Language.zh else en


def counted(number: int, many: str, one: str | None = None) -> str:
    """A number and the English words for what it counts; `one` where the singular takes more than the last word's own
    form.

    >>> counted(2000, "enterprises"), counted(1, "enterprises"), counted(1, "grades were", "grade was")
    ('2,000 enterprises', '1 enterprise', '1 grade was')
    """
    return f"{number:,} {many if number != 1 else one or singular(many)}"


def singular(plural: str) -> str:
    """The singular of a plural English noun, or of a term that ends in one.

    >>> [singular(word) for word in ("penalties", "branches", "withdrawn licences", "matches of a list")]
    ['penalty', 'branch', 'withdrawn licence', 'matches of a list']
    """
    for ending, one in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("s", "")):
        if plural.endswith(ending):
            return plural.removesuffix(ending) + one
    return plural


@contextmanager
def speaking(spoken: Language) -> Iterator[None]:
    """Speak `spoken` in a ``with`` block, in this thread and in threads of a `riskml.core.context_pool.ContextPool`
    that it starts.
    """
    token = _SPOKEN.set(spoken)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that an environment asks for.

    >>> language_of({"LANG": "en_GB.UTF-8"}).value, language_of({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}).value
    ('en', 'zh')
    >>> language_of({"RISKML_LANG": "en", "LANG": "zh_CN.UTF-8"}).value
    'en'
    """
    wanted = environment.get(VARIABLE, "")
    if wanted in Language.__members__:
        return Language(wanted)
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return Language.en if locale.startswith(Language.en) else Language.zh
