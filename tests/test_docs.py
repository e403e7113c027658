"""The documents agree with the product and with each other.

Links resolve, commands parse, tests that are named exist, generated pages are fresh; each page is in one language, and
the pages of both languages say the same in the same places.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

import riskml
from riskml.cli import app
from riskml.core.language import Language
from riskml.records.checks import REASONS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CHINESE = sorted([*ROOT.glob("*.zh.md"), *(ROOT / "docs" / "zh").glob("*.md")])
ENGLISH = [page for page in PAGES if page.parent in (ROOT, ROOT / "docs" / "en") and page not in CHINESE]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
FIGURE = re.compile(r"\d+(?:,\d{3})*\.\d+")
CHINESE_CHARACTER = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
SENTENCE = re.compile(r"(?:[A-Za-z][A-Za-z'’-]*[,;:]? +){5}[A-Za-z]+")
MACHINE = re.compile(r"/(?:root|home|Users|tmp|work)/")


def lines_of(block: str) -> list[str]:
    """The lines of a shell block; those that end with a backslash go on."""
    return re.sub(r"\\\n *", "", block).splitlines()


def commands(text: str) -> list[list[str]]:
    """The words of every riskml command that stands in a shell block, without comments and what its output goes to."""
    lines = [part for block in BLOCK.findall(text) for line in lines_of(block) for part in re.split(r"&&|[|>]", line)]
    worded = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in worded if words and Path(words[0]).name == "riskml"]


def mentions(text: str) -> list[list[str]]:
    """The words of every riskml command that is mentioned between backticks, perhaps without its arguments."""
    spans = re.findall(r"`riskml ([^`\n]+)`", BLOCK.sub("", text))
    return [shlex.split(span) for span in spans]


def faults(words: list[str], *, whole: bool) -> list[str]:
    """What is wrong with a command: an unknown name or option, and, where it is shown `whole`, arguments missing."""
    if "--lang" in words:  # it is taken out before the command is looked at
        place = words.index("--lang")
        if (wanted := words[place + 1]) not in Language.__members__:
            return [f"there is no language {wanted}"]
        words = words[:place] + words[place + 2 :]
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
    options = {
        name: one for one in parameters if one.param_type_name == "option" for name in (*one.opts, *one.secondary_opts)
    }
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


def other(page: Path) -> Path:
    """The English page that stands beside a Chinese one."""
    return ROOT / "README.md" if page.parent == ROOT else ROOT / "docs" / "en" / page.name


def anchors(text: str) -> set[str]:
    """What a link may name after its #: headings as GitHub spells them."""
    headings = [heading for _, heading in HEADING.findall(FENCE.sub("", text))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shape(text: str) -> list[str]:
    """What both languages have, in order: levels of headings, items, commands, rows of tables with what is code in
    them.
    """
    return [part for line in FENCE.sub(_block, text).splitlines() if (part := _part(line))]


def _block(fence: re.Match[str]) -> str:
    words = [shlex.split(line, comments=True) for line in lines_of(fence[2])] if fence[1] == "sh" else []
    return "".join(f"$ {line}\n" for line in [fence[1], *(shlex.join(one) for one in words if one)])


def _part(line: str) -> str | None:
    if line.startswith("$ "):
        return line
    if line.startswith("|"):
        code = [re.sub("<[^>]*>", "<>", span) for span in CODE.findall(line)]
        return f"{CODE.sub('', line).count('|')} bars: {sorted(span for span in code if span.isascii())}"
    return found[0] if (found := re.match(r"#+ | *(?:-|\d+\.) ", line)) else None


def prose(text: str) -> str:
    """The text without blocks, code, addresses of links and titles in 《》."""
    return re.sub(r"《[^》]*》", "", re.sub(r"\]\([^)]*\)", "]", CODE.sub("", FENCE.sub("", text))))


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=named)
def test_every_relative_link_resolves(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join(
            "".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"
        )
    links = [link.split("#")[0] for link in LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_heading_that_a_link_names_exists(page: Path) -> None:
    links = [link.split("#") for link in LINK.findall(page.read_text(encoding="utf-8")) if re.match(r"[^:]*#", link)]
    targets = [((page.parent / path) if path else page, anchor) for path, anchor in links]
    assert [anchor for target, anchor in targets if anchor not in anchors(target.read_text(encoding="utf-8"))] == []


def test_every_page_is_there_in_both_languages() -> None:
    assert {page.name for page in (ROOT / "docs" / "en").glob("*.md")} == {
        page.name for page in (ROOT / "docs" / "zh").glob("*.md")
    }


@pytest.mark.parametrize("page", CHINESE, ids=named)
def test_both_languages_have_the_same_headings_items_commands_and_tables(page: Path) -> None:
    assert shape(page.read_text(encoding="utf-8")) == shape(other(page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", CHINESE, ids=named)
def test_both_languages_give_the_same_figures(page: Path) -> None:
    """Those with a decimal point: round numbers may be in words."""
    chinese, english = (FIGURE.findall(one.read_text(encoding="utf-8")) for one in (page, other(page)))
    assert sorted(chinese) == sorted(english)


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("# 训练\n\n## 调参\n", "# Training\n"),
        ("```sh\nriskml check   # 检查\n```\n", "```sh\nriskml check --json   # look\n```\n"),
        ("| 表 | 行 |\n|---|---|\n| `grades` | 5 |\n", "| Table | Rows |\n|---|---|\n"),
        ("| `grades` 等级 | 5 |\n", "| `rules` rules | 5 |\n"),
        ("- 一\n- 二\n", "- one and two\n"),
    ],
)
def test_what_only_one_language_has_is_found(chinese: str, english: str) -> None:
    assert shape(chinese) != shape(english)


@pytest.mark.parametrize("page", ENGLISH, ids=named)
def test_an_english_page_has_chinese_only_as_code_as_a_title_or_in_brackets_after_its_gloss(page: Path) -> None:
    """Titles stand in 《》, an original term in （） after the English word for it."""
    text = re.sub(r"（[^（）]*）", "", prose(page.read_text(encoding="utf-8")))
    assert [line for line in text.splitlines() if CHINESE_CHARACTER.search(line)] == []


@pytest.mark.parametrize("page", CHINESE, ids=named)
def test_a_chinese_page_has_no_english_sentence(page: Path) -> None:
    assert SENTENCE.findall(prose(page.read_text(encoding="utf-8"))) == []


def test_a_command_may_go_on_in_the_next_line() -> None:
    assert commands("```sh\nriskml explain E1 \\\n    --lang en\n```\n") == [["explain", "E1", "--lang", "en"]]


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_record_tables_is_fresh(language: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_records.py"))["records_page"](language)
    page = ROOT / "docs" / language / "records.md"
    assert page.read_text(encoding="utf-8") == made, "run: python docs/make_records.py"


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=named)
def test_no_page_names_a_path_of_the_machine_it_was_made_on(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_is_committed_small_and_run_from_top_to_bottom(notebook: Path) -> None:
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert notebook.stat().st_size < 400 * 1024
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_is_short_uses_the_public_names_and_promotes_nothing(notebook: Path) -> None:
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    lines = [line for cell in cells for line in "".join(cell["source"]).splitlines() if line.strip()]
    assert len(lines) < 40
    code = "\n".join(lines)
    assert re.findall(r"(?:from|import) riskml.*", code) == ["import riskml"]
    assert set(re.findall(r"riskml\.(\w+)", code)) <= set(riskml.__all__)
    assert re.findall(r"!riskml .*\b(?:promote|train|score|ingest|decide)\b|\._\w", code) == []
    assert len(re.findall("^ws = ", code, re.MULTILINE)) == 1


@pytest.mark.parametrize(("language", "heading"), [("zh", "原因和办法"), ("en", "Reasons and cures")])
def test_the_page_of_data_quality_has_every_reason_with_its_cure(language: str, heading: str) -> None:
    page = (ROOT / "docs" / language / "data-quality.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)) == sorted(REASONS)
