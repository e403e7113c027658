"""``riskml way-back``: what is told of a hand-made enterprise, as text, as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from handmade import Province
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking

X, Y = "91131002MA00000011", "91131002MA00000022"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two enterprises of Langfang: one with arrears, a recent closure order and an unpaid bill, one with nothing."""
    workspace = create_workspace(tmp_path_factory.mktemp("cli") / "workspace")
    firm = {"valid_from": "2015-01-01", "status": "active", "kind": "limited_company", "division": "131002"}
    Province(workspace.root).receive({
        "enterprise": [
            {"record_id": "E1", "enterprise_id": X, "name": "廊坊某公司", **firm},
            {"record_id": "E2", "enterprise_id": Y, "name": "廊坊另一公司", **firm},
        ],
        "penalty": [
            {"record_id": "P3", "enterprise_id": X, "event_date": "2026-08-05", "severity": "serious",
             "kind": "closure", "market_supervision": True, "publicised_date": "2026-08-05"},
        ],
        "abnormal_listing": [
            {"record_id": "L1", "enterprise_id": X, "start_date": "2026-03-01", "cause": "annual_report"},
        ],
    })  # fmt: skip
    return workspace.root


def ran(root: Path, *arguments: str, lang: str = "en") -> str:
    asked = ["--workspace", str(root), "way-back", *arguments, "--scheme", "langfang", "--as-of", "2026-10-31"]
    with speaking(Language(lang)):
        found = CliRunner().invoke(app, asked, env={"COLUMNS": "300"})
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


def test_a_closure_order_shuts_out_until_its_year_is_over(root: Path) -> None:
    """Langfang counts a serious penalty for a year (article IV); the listing may be repaired today."""
    found = json.loads(ran(root, X, "--format", "json"))
    assert (found["grade"], [one["grade"] for one in found["grades"]]) == ("C", ["B", "A"])
    listing = [place for place, one in enumerate(found["steps"]) if one["record_id"] == "L1"]
    b, a = found["grades"]
    assert (b["now"], b["proved"], b["verdict"], b["by_time"]) == ([], True, "wait", "2027-08-05")
    assert b["insufficient"] == [listing]
    assert (a["now"], a["verdict"]) == ([], "wait")
    assert next(one["steps"] for one in a["later"] if one["steps"] is not None) == listing


def test_text_and_page_say_the_same_in_the_language_spoken(root: Path) -> None:
    for lang, said in (
        ("en", "Today no steps whatever lead there (proved)."),
        ("zh", "今天无论办理哪些步骤都不能达到（已证明）。"),
    ):
        text, page = ran(root, X, lang=lang), ran(root, X, "--format", "html", lang=lang)
        assert text.count(said) == page.count(said) == 2
        assert "L1" in text
        assert "<script" not in page


def test_who_has_the_best_grade_is_told_so(root: Path) -> None:
    assert "A is the best grade already." in ran(root, Y)


def test_it_may_be_written_to_a_file(root: Path, tmp_path: Path) -> None:
    for form in ("text", "html", "json"):
        path = tmp_path / form
        assert str(path) in ran(root, X, "--format", form, "--to", str(path))
        assert X in path.read_text("utf-8")


def test_a_code_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(RunError, match="91131002MA00000099"):
        ran(root, "91131002MA00000099")
