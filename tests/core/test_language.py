"""One language at a time: whatever the program says stands in the source as a pair, each half in its own language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import riskml
from riskml.core.errors import RunError
from riskml.core.language import Label, Language, language, language_of, say, speaking

SOURCE = Path(riskml.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three words of English: no name, no code and no option."""


def literal(node: ast.expr) -> str | None:
    """What stands in the source of a text, with … for its values; None where it is not written there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text but docstrings, a formatted one as a whole."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inner | said and (text := literal(node)):
            yield node.lineno, text


def pairs(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """The Chinese and the English of every call that is given both as ``zh`` and ``en``, or one after the other."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = {one.arg: literal(one.value) for one in node.keywords}
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = [literal(one) for one in node.args[:2]]
        if named.get("zh") and named.get("en"):
            yield node.lineno, str(named["zh"]), str(named["en"])
        elif (
            name in ("Label", "say", "both", "ContentError", "BadValue", "UsageFault")
            and len(first) == 2
            and all(first)
        ):
            yield node.lineno, str(first[0]), str(first[1])


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_text_of_the_source_holds_both_languages(file: Path) -> None:
    found = [(line, text) for line, text in texts(ast.parse(file.read_text("utf-8"))) if CHINESE.search(text)]
    assert [
        (line, text) for line, text in found if SENTENCE.search(re.sub(r"riskml [a-z-]+|apt-get install", "", text))
    ] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_each_half_is_in_its_own_language(file: Path) -> None:
    for line, zh, en in pairs(ast.parse(file.read_text("utf-8"))):
        if (zh, en) == ("", "The Chinese text of the regulation prevails; the English is our translation."):
            continue
        assert not CHINESE.search(en.replace("B+ or 优", "")), (line, en)  # a grade that a scheme may have
        assert CHINESE.search(zh) or not SENTENCE.search(zh), (line, zh)


def test_who_speaks_is_the_innermost_and_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(Language.zh):
        with speaking(Language.en):
            assert (say("是", "yes"), Label("是", "yes").said, str(RunError(zh="错。", en="Wrong."))) == (
                "yes",
                "yes",
                "Wrong.",
            )
        assert (language(), str(RunError(zh="错。", en="Wrong."))) == (Language.zh, "错。")


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "zh"),
        ({"LANG": "C"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "RISKML_LANG": "en"}, "en"),
        ({"LANG": "en_US.UTF-8", "RISKML_LANG": "zh"}, "zh"),
        ({"LANG": "en_US.UTF-8", "RISKML_LANG": ""}, "en"),
    ],
)
def test_the_environment_says_which_language(environment: dict[str, str], spoken: str) -> None:
    assert language_of(environment).value == spoken
