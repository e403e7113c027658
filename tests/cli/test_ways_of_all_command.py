"""``riskml way-back --all``: the table of everyone in the worse grades, on a terminal, as CSV and as a page."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from handmade import Province
from in_a_browser import found_wrong, needs_chromium
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking

CLOSED, LISTED, CLEAN = "91131002MA00000011", "91131002MA00000022", "91131002MA00000033"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of Langfang one enterprise with a recent closure order, one on the list of serious violations, one with
    nothing; graded.
    """
    workspace = create_workspace(tmp_path_factory.mktemp("cli") / "workspace")
    firm = {"valid_from": "2015-01-01", "status": "active", "kind": "limited_company", "division": "131002",
            "industry_section": "F"}  # fmt: skip
    Province(workspace.root).receive({
        "enterprise": [
            {"record_id": f"E{number}", "enterprise_id": who, "name": f"廊坊{number}公司", **firm}
            for number, who in enumerate((CLOSED, LISTED, CLEAN))
        ],
        "penalty": [
            {"record_id": "P3", "enterprise_id": CLOSED, "event_date": "2026-08-05", "severity": "serious",
             "kind": "closure", "market_supervision": True, "publicised_date": "2026-08-05"},
        ],
        "serious_listing": [
            {"record_id": "S1", "enterprise_id": LISTED, "start_date": "2025-03-01",
             "list_kind": "market_supervision"},
        ],
    })  # fmt: skip
    ran(workspace.root, "score")
    return workspace.root


def ran(root: Path, *arguments: str, lang: str = "en") -> str:
    asked = ["--workspace", str(root), *arguments, "--scheme", "langfang", "--as-of", "2026-10-31"]
    with speaking(Language(lang)):
        found = CliRunner().invoke(app, asked, env={"COLUMNS": "300"})
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


def test_everyone_in_the_worse_grades_is_told_once(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "ways.csv"
    found = json.loads(ran(root, "way-back", "--all", "--format", "json", "--to", str(path)))
    assert (found["asked"], found["enterprises"], found["simulated"]) == (2, 2, False)
    (c, every) = found["grades"]
    assert (c["label"]["en"], c["enterprises"], c["repair_now"], c["wait_time"]) == ("C Bad credit", 2, 1, 1)
    assert every["enterprises"] == 2
    assert found["csv_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [one["enterprises"] for one in (*found["prefectures"], *found["sections"])] == [2, 2]
    with path.open(encoding="utf-8-sig") as file:
        head, *rows = list(csv.reader(file))
    assert "Langfang" in head[-1] or "廊坊" in head[-1]
    told = {row[0]: dict(zip(head, row, strict=False)) for row in rows}
    assert set(told) == {CLOSED, LISTED}
    assert told[CLOSED]["how it is reached"] == "wait"
    assert (told[CLOSED]["first day"], told[CLOSED]["by what"]) == ("2027-08-05", "time alone")
    assert told[LISTED]["how it is reached"] == "repair now"
    proved = {who: row["nothing leads there today: proved"] for who, row in told.items()}
    assert proved == {CLOSED: "yes", LISTED: ""}


def test_terminal_and_page_say_the_same_in_the_language_spoken(root: Path, tmp_path: Path) -> None:
    for lang, said in (("en", "wait: time alone"), ("zh", "须等待：只靠时间")):
        path = tmp_path / f"{lang}.csv"
        text = ran(root, "way-back", "--all", "--to", str(path), lang=lang)
        page = path.with_suffix(".html").read_text("utf-8")
        assert said in text
        assert said in page
        assert "<script" not in page
        assert str(path) in text


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(root: Path, tmp_path: Path) -> None:
    ran(root, "way-back", "--all", "--to", str(tmp_path / "ways.csv"))
    assert found_wrong([tmp_path / "ways.html"]) == []


def test_it_goes_beside_the_run_where_no_file_is_named(root: Path) -> None:
    ran(root, "way-back", "--all")
    folder = root / "runs" / "langfang" / "exports"
    assert sorted(path.name for path in folder.iterdir()) == ["2026-10-31-ways.csv", "2026-10-31-ways.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name an enterprise by its code, or give --all"),
        ((CLEAN, "--all"), "--all goes with no enterprise"),
        (("--all", "--format", "html"), "leave --format html out"),
        (("--all", "--to", "ways.txt"), "should end in .csv"),
    ],
)
def test_what_does_not_go_together_is_refused(root: Path, arguments: tuple[str, ...], said: str) -> None:
    asked = ["--workspace", str(root), "way-back", *arguments, "--scheme", "langfang"]
    found = CliRunner().invoke(app, asked, env={"COLUMNS": "300"})
    assert found.exit_code == 2
    assert said in found.output
