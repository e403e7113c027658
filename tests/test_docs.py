"""The documents agree with the product: links resolve, commands parse, tests that are named exist, generated pages are fresh."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

from riskml.cli import app
from riskml.records.checks import REASONS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MACHINE = re.compile(r"/(?:root|home|Users|tmp|work)/")


def commands(text: str) -> list[list[str]]:
    """The words of every riskml command that stands in a shell block, without comments and what its output goes to."""
    lines = [part for block in BLOCK.findall(text) for line in block.splitlines() for part in re.split(r"&&|[|>]", line)]
    worded = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in worded if words and Path(words[0]).name == "riskml"]


def mentions(text: str) -> list[list[str]]:
    """The words of every riskml command that is mentioned between backticks, perhaps without its arguments."""
    spans = re.findall(r"`riskml ([^`\n]+)`", BLOCK.sub("", text))
    return [shlex.split(span) for span in spans]


def faults(words: list[str], *, whole: bool) -> list[str]:
    """What is wrong with a command: an unknown name or option, and, where it is shown `whole`, arguments missing."""
    if words[0] == "--workspace":
        words = words[2:]
    if words[0].startswith("-"):
        return []
    known = COMMANDS
    while words[0] in known and (inner := getattr(known[words[0]], "commands", None)) is not None:
        known, words = inner, words[1:] or [""]
    if words[0] not in known:
        return [f"there is no command {words[0]}"]
    parameters = known[words[0]].params
    options = {name: one for one in parameters if one.param_type_name == "option" for name in (*one.opts, *one.secondary_opts)}
    given, positional, rest = [], [], iter(words[1:])
    for word in rest:
        if not word.startswith("--"):
            positional.append(word)
        elif word not in options:
            return [f"{words[0]} has no option {word}"]
        else:
            given.append(options[word].name)
            if not options[word].is_flag and next(rest, None) is None and whole:
                return [f"{words[0]} {word} has no value"]
    if not whole:
        return []
    arguments = [one.name for one in parameters if one.param_type_name == "argument"]
    fewest = sum(one.required for one in parameters if one.param_type_name == "argument")
    missing = [one.name for one in options.values() if one.required and one.name not in given]
    if not fewest <= len(positional) <= len(arguments):
        return [f"{words[0]} takes {arguments}, not {positional}"]
    return [f"{words[0]} needs {missing}"] if missing else []


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=named)
def test_every_relative_link_resolves(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
    links = [link.split("#")[0] for link in LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_shown_exists_with_its_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = [fault for words in commands(text) for fault in faults(words, whole=True)]
    assert found + [fault for words in mentions(text) for fault in faults(words, whole=False)] == []


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("predict", "there is no command predict"),
        ("train --epochs 30", "train has no option --epochs"),
        ("migration", "migration needs ['as_of']"),
        ("explain", "explain takes ['enterprise'], not []"),
        ("--workspace x score --as-of 2026-10-31 --json", None),
    ],
)
def test_a_wrong_command_is_found(command: str, fault: str | None) -> None:
    assert faults(command.split(), whole=True) == ([fault] if fault else [])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_that_is_named_exists(page: Path) -> None:
    for path, name in TEST.findall(page.read_text(encoding="utf-8")):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_the_page_of_record_tables_is_fresh() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_records.py"))
    assert (ROOT / "docs" / "records.md").read_text(encoding="utf-8") == made["records_page"](), (
        "run: python docs/make_records.py"
    )


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=named)
def test_no_page_names_a_path_of_the_machine_it_was_made_on(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_is_committed_small_and_run_from_top_to_bottom(notebook: Path) -> None:
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert notebook.stat().st_size < 400 * 1024
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"] == []


def test_the_page_of_data_quality_has_every_reason_with_its_cure() -> None:
    page = (ROOT / "docs" / "data-quality.md").read_text(encoding="utf-8")
    section = page.partition("## 原因和办法 Reasons and cures")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)) == sorted(REASONS)
