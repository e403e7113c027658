"""The help of every command is whole in the language that is spoken, and holds nothing of the other."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from typer._click import Context

from riskml.cli import app
from riskml.cli.help import halves
from riskml.cli.terminal import out
from riskml.core.language import Language, speaking

CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


def commands(command: Any, context: Any) -> list[tuple[str, Any]]:
    """Every command and group below one, with its context."""
    found = [(context.command_path, context)]
    for name, one in getattr(command, "commands", {}).items():
        found += commands(one, Context(one, info_name=name, parent=context))
    return found


ROOT = typer.main.get_command(app)
ALL = commands(ROOT, Context(ROOT, info_name="riskml"))


def told(context: Any, spoken: Language) -> str:
    with speaking(spoken):
        return str(context.command.get_help(context))


@pytest.mark.parametrize("context", [one for _, one in ALL], ids=[name for name, _ in ALL])
def test_help_is_in_one_language(context: Any) -> None:
    english, chinese = told(context, Language.en), told(context, Language.zh)
    assert not CHINESE.search(english)
    texts = [line for line in chinese.splitlines() if not line.startswith(("用法：", "例："))]
    assert not ENGLISH_SENTENCE.search("\n".join(texts))
    assert english.startswith("Usage: riskml")
    assert chinese.startswith("用法：riskml")


@pytest.mark.parametrize("context", [one for _, one in ALL], ids=[name for name, _ in ALL])
def test_every_text_has_both_halves_and_none_is_cut(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the command and of each of its options and arguments, as it is seen where lines are long enough."""
    monkeypatch.setattr(out, "width", 500)
    texts = [context.command.help, *(one.help for one in context.command.params)]
    for spoken in Language:
        shown = re.sub(r"\s", "", told(context, spoken))
        for text in texts:
            zh, en, examples = halves(text)
            assert zh, text
            assert en, text
            assert re.sub(r"\s", "", zh if spoken is Language.zh else en) in shown
            assert all(re.sub(r"\s", "", example) in shown for example in examples)


@pytest.mark.parametrize("context", [one for _, one in ALL], ids=[name for name, _ in ALL])
def test_every_command_has_an_example_that_is_itself(context: Any) -> None:
    if hasattr(context.command, "commands"):
        return
    _, _, examples = halves(context.command.help)
    assert examples
    assert all(example.startswith(context.command_path) for example in examples)
