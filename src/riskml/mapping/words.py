"""What tables, columns and codes are called: the record tables' own labels, and the synonyms of ``words.yaml``."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from riskml.core.configuration import Entry, parse_yaml
from riskml.records.tables import Column, Label, Table

_BRACKETED = re.compile(r"[(\[【].*?[)\]】]")
_NO_PART = re.compile(r"[\W_]+")


class Words(Entry):
    """The content of ``words.yaml``: table → what it is called; what a running number of rows is called; column, or
    ``table.column`` → what it is called; and of the latter, code → words.
    """

    tables: dict[str, tuple[str, ...]]
    running: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    codes: dict[str, dict[str, tuple[str, ...]]]


@cache
def words() -> Words:
    """The synonyms that are shipped."""
    path = Path(__file__).parent / "words.yaml"
    return parse_yaml(Words, path.read_text(encoding="utf-8"), str(path))


def names_of(table: Table, column: Column) -> tuple[str, ...]:
    """What a column of a record table may be called."""
    known = words().columns
    own = known.get(f"{table.name}.{column.name}", ()) + known.get(column.name, ())
    return (column.label.zh, column.label.en, column.name, *own)


def names_of_table(table: Table) -> tuple[str, ...]:
    """What a record table may be called."""
    return (table.label.zh, table.label.en, table.name, *words().tables.get(table.name, ()))


def is_running(name: str) -> bool:
    """Whether a header is that of a running number.

    >>> is_running("序号"), is_running("No."), is_running("文书号")
    (True, True, False)
    """
    return plain(name) in map(plain, words().running)


def code_of(table: Table, column: Column, word: str) -> str | None:
    """The code that a word stands for, by its label, its own name or a synonym; None where nothing says so.

    >>> from riskml.records.tables import TABLES
    >>> enterprise = TABLES["enterprise"]
    >>> code_of(enterprise, enterprise.column("status"), "存续（在营、开业、在册）")
    'active'
    """
    known = _codes_by_word(table.name, column.name, tuple((column.codes or {}).items()))
    return known.get(plain(word)) or known.get(plain(_BRACKETED.sub("", unicodedata.normalize("NFKC", word))))


@cache
def _codes_by_word(table: str, column: str, codes: tuple[tuple[str, Label], ...]) -> dict[str, str]:
    synonyms = words().codes.get(f"{table}.{column}", {})
    return {plain(word): code for code, label in codes for word in (*synonyms.get(code, ()), label.en, label.zh, code)}


def nearest_code(column: Column, word: str) -> str:
    """The code whose Chinese label is most like a word, for a person to judge."""
    codes = column.codes or {}
    return max(codes, key=lambda code: difflib.SequenceMatcher(None, codes[code].zh, word).ratio())


@lru_cache(maxsize=100_000)
def plain(name: str) -> str:
    """A name without blanks, marks, width and case.

    >>> plain("统一社会信用代码 ＩＤ_"), plain("")
    ('统一社会信用代码id', '')
    """
    return _NO_PART.sub("", unicodedata.normalize("NFKC", name).casefold())


def unit_of(name: str) -> str | None:
    """The unit in which a header says that amounts are: ``元``, ``万元`` or ``亿元``.

    >>> unit_of("罚款金额（元）"), unit_of("注册资金(单位：万元)"), unit_of("金额")
    ('元', '万元', None)
    """
    bracketed = "".join(_BRACKETED.findall(unicodedata.normalize("NFKC", name)))
    found = re.search("(亿|万)?元", bracketed)
    return found[0] if found else None


@lru_cache(maxsize=100_000)
def likeness(header: str, names: tuple[str, ...]) -> float:
    """How like the header of a column is to the nearest of some names, from 0 to 1; a remark in brackets counts little.

    >>> likeness("罚款金额（元）", ("罚款金额",)), round(likeness("处罚决定日期", ("决定日期",)), 2)
    (0.98, 0.85)
    """
    whole = plain(header)
    bare = plain(_BRACKETED.sub("", unicodedata.normalize("NFKC", header))) or whole
    part = plain(header.rpartition("_")[2])
    best = 0.0
    for name in map(plain, names):
        if name == whole:
            return 1.0
        if name in (bare, part):
            best = max(best, 0.98)
        elif name and (name in bare or bare in name):
            best = max(best, 0.55 + 0.45 * min(len(name), len(bare)) / max(len(name), len(bare)))
        elif len(set(name) & set(bare)) * 4 >= len(set(name)):
            ratio = difflib.SequenceMatcher(None, name, bare).ratio()
            best = max(best, 0.7 * ratio if ratio >= 0.5 else 0.0)
    return best
