"""Every clause of the five texts is accounted for in docs/en/schemes.md, by its own number, and what a scheme quotes
stands in its text.

That the Chinese page has the same rows is held by tests/test_docs.py.
"""

import os
import re
import unicodedata
from pathlib import Path

import pytest
from pydantic import BaseModel

from riskml.schemes.provisions import Provision
from riskml.schemes.scheme import load_scheme

ROOT = Path(__file__).parents[2]
TEXTS = Path(os.environ.get("RISKML_REGULATIONS", ROOT.parent / "shared" / "regulations"))

SECTIONS = {
    "Yunnan": "yunnan",
    "Guandu": "guandu",
    "Lingyuan": "lingyuan",
    "Langfang": "langfang",
    "Guangzhou": "guangzhou",
}

CLAUSES = {
    "yunnan": {str(number) for number in range(1, 29)},
    "guandu": {str(number) for number in range(1, 27)},
    "lingyuan": {str(number) for number in range(1, 20)},
    "langfang": {f"{part}({one})" for part, last in {"II": 3, "III": 6, "IV": 5}.items() for one in range(1, last + 1)},
    "guangzhou": {str(number) for number in range(1, 24)} - {"22"},  # the text goes from 21 to 23
}

_NUMERALS = {mark: value for value, mark in enumerate("一二三四五六七八九", start=1)}
_PARTS = {"二": "II", "三": "III", "四": "IV"}


def value(numeral: str) -> int:
    """
    >>> [value(one) for one in ("三", "十", "十四", "二十三")]
    [3, 10, 14, 23]
    """
    tens, ten, ones = numeral.rpartition("十")
    return (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones, 0)


def clauses_of(text: str) -> set[str]:
    """The numbers of a text's articles, or of Langfang's parts II to IV their paragraphs."""
    articles = re.findall(r"^第([一二三四五六七八九十]+)[条條]", text, re.MULTILINE)
    if articles:
        return {str(value(one)) for one in articles}
    found, part = set(), None
    for line in text.splitlines():
        if head := re.match(r"([一二三四五])、", line):
            part = _PARTS.get(head[1])
        elif (paragraph := re.match(r"\(([一二三四五六七八九])\)", line)) and part:
            found.add(f"{part}({value(paragraph[1])})")
    return found


def accounted_for() -> dict[str, set[str]]:
    """Scheme → the clauses in its table's first column, and those of which the page says that no program carries them
    out.
    """
    page = (ROOT / "docs" / "en" / "schemes.md").read_text(encoding="utf-8")
    found = {}
    for section in page.split("\n## ")[1:]:
        scheme = SECTIONS.get(section.split(":")[0])
        if scheme is None:
            continue
        rows = re.findall(r"^\| ((?:\d|I).*?) \|", section, re.MULTILINE)
        rows += re.findall(r"^Arts\. ([\d, and]+) have nothing that a program", section, re.MULTILINE)
        found[scheme] = {clause for row in rows for clause in numbers(row)}
    return found


def numbers(row: str) -> set[str]:
    """
    >>> tuple(sorted(numbers(text)) for text in ("14–16, 18", "15(2)", "12, paragraph 1", "III(6)"))
    (['14', '15', '16', '18'], ['15'], ['12'], ['III(6)'])
    """
    if row.startswith("I"):
        return {row}
    row = re.sub(r", paragraph \d|\(\d\)", "", row)
    spans = re.findall(r"(\d+)(?:–(\d+))?", row)
    return {str(number) for first, last in spans for number in range(int(first), int(last or first) + 1)}


@pytest.mark.parametrize("scheme", CLAUSES)
def test_every_clause_has_a_row_or_a_reason(scheme: str) -> None:
    assert accounted_for()[scheme] == CLAUSES[scheme]


@pytest.mark.skipif(not TEXTS.is_dir(), reason=f"the texts are not at {TEXTS}; set RISKML_REGULATIONS to their folder")
@pytest.mark.parametrize("scheme", CLAUSES)
def test_the_numbers_are_those_of_the_text(scheme: str) -> None:
    assert clauses_of((TEXTS / f"{scheme}.txt").read_text(encoding="utf-8")) == CLAUSES[scheme]


@pytest.mark.skipif(not TEXTS.is_dir(), reason=f"the texts are not at {TEXTS}; set RISKML_REGULATIONS to their folder")
@pytest.mark.parametrize(
    "scheme", [one for one in CLAUSES if one != "yunnan"]
)  # whose text at hand is in traditional characters
def test_what_a_scheme_quotes_stands_in_its_text(scheme: str) -> None:
    text = plain((TEXTS / f"{scheme}.txt").read_text(encoding="utf-8"))
    quoted = [one.text.zh for one in provisions(load_scheme(ROOT / "models" / scheme / "scheme.yaml"))]
    missing = [quotation for quotation in quoted if not all(piece in text for piece in pieces(quotation))]
    assert quoted
    assert not missing


def provisions(entry: object) -> list[Provision]:
    """Every provision that something quotes, in a scheme."""
    if isinstance(entry, tuple):
        return [one for item in entry for one in provisions(item)]
    if not isinstance(entry, BaseModel):
        return []
    own = [entry] if isinstance(entry, Provision) else []
    return own + [one for name in type(entry).model_fields for one in provisions(getattr(entry, name))]


def pieces(quotation: str) -> list[str]:
    """What stands between the marks of omission."""
    return [plain(one) for one in re.split(r"……|…|\.\.\.", quotation) if plain(one)]


def plain(text: str) -> str:
    """Without blanks, line breaks and the two ways of writing the same mark."""
    return re.sub(r"[\s,.;:。、“”\"'‘’]", "", unicodedata.normalize("NFKC", text))
