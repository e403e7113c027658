"""The commands about cases and their database: what they print, as text and as JSON, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from handmade import Province
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace

GIVEN = ["--with", "received_on=2024-01-05", "--with", "from=李某", "--with", "about=等级", "--with", "proof=凭证",
         "--with", "proof=判决书"]  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = create_workspace(tmp_path_factory.mktemp("commands") / "workspace")
    row = {"record_id": "R-1", "enterprise_id": "e1", "valid_from": "2020-01-01", "name": "某", "status": "active",
           "kind": "limited_company", "division": "530111"}  # fmt: skip
    Province(workspace.root).receive({"enterprise": [row]})
    return workspace.root


def run(root: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--workspace", str(root), *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0
    return result.stdout


def run_json(root: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(root, *words, "--json"))
    return found


def test_a_file_comes_with_a_case_and_is_written_out_as_it_came(root: Path, tmp_path: Path) -> None:
    paper = tmp_path / "凭证.pdf"
    paper.write_bytes(b"%PDF-1.7 paid")
    opened = ["case", "open", "objection", "--enterprise", "e1", "--scheme", "guandu", "--why", "来件", *GIVEN]
    made = run_json(root, *opened, "--file", str(paper))
    number = str(made["id"])
    assert made["events"][0]["files"][0]["name"] == "凭证.pdf"
    assert "1: 凭证.pdf" in run(root, "case", "show", number)
    run(root, "case", "file", number, "1", "1", "--to", str(tmp_path / "out.pdf"))
    assert (tmp_path / "out.pdf").read_bytes() == paper.read_bytes()
    run(root, "case", "do", number, "withdraw", "--why", "撤回")


def test_a_case_from_opening_to_its_list(root: Path) -> None:
    opened = ["case", "open", "objection", "--enterprise", "e1", "--scheme", "guandu", "--why", "来件"]
    made = run_json(root, *opened, *GIVEN, "--by", "张某")
    assert (made["state"], made["opened_by"], made["events"][0]["content"]["proof"]) == (
        "received", "张某", ["凭证", "判决书"],
    )  # fmt: skip
    number = str(made["id"])
    assert run_json(root, "case", "do", number, "accept", "--why", "齐全")["may"] == [
        "forward", "verify", "extend", "withdraw",
    ]  # fmt: skip
    shown = run(root, "case", "show", number)
    assert "Possible: forward (forward to the provider of the information)" in shown
    assert "answer the objection" in shown
    assert [one["id"] for one in run_json(root, "case", "list", "--kind", "objection")["cases"]] == [made["id"]]
    assert run_json(root, "case", "list", "--state", "answered")["cases"] == []
    assert "e1" in run(root, "case", "list")
    (due,) = run_json(root, "case", "due")["due"]
    assert (due["day"], due["case"]["id"]) == ("2024-01-19", made["id"])
    assert "2024-01-19" in run(root, "case", "due", "--until", "2026-12-31")
    with pytest.raises(RunError, match="now possible: forward, verify, extend, withdraw"):
        run(root, "case", "do", number, "answer", "--why", "…")


def test_what_does_not_go_together_is_refused(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="Give --enterprise and --why"):
        run(root, "case", "open", "objection")
    with pytest.raises(ConfigurationError, match="--proposed goes with none of"):
        run(root, "case", "open", "visit", "--proposed", "--why", "…")
    with pytest.raises(ConfigurationError, match="--with takes FIELD=VALUE, not 'proof'"):
        run(root, "case", "open", "objection", "--enterprise", "e1", "--why", "…", "--with", "proof")
    with pytest.raises(ConfigurationError, match="There is no kind of case 'objektion', did you mean objection"):
        run(root, "case", "open", "objektion", "--enterprise", "e1", "--why", "…")
    with pytest.raises(ConfigurationError, match="Nothing proposes cases of Objection"):
        run(root, "case", "open", "objection", "--proposed", "--as-of", "2026-10-31")


def test_the_database_is_shown_and_taken_back_only_where_that_is_meant(tmp_path: Path) -> None:
    root = create_workspace(tmp_path / "workspace").root
    assert run_json(root, "database", "status")["present"] == "base"
    assert run_json(root, "database", "upgrade")["is_newest"]
    with pytest.raises(ConfigurationError, match="make a backup, then add --yes"):
        run(root, "database", "downgrade", "base")
    assert "version base" in run(root, "database", "downgrade", "base", "--yes")


def test_decisions_move_in_by_command(root: Path) -> None:
    assert run_json(root, "case", "import") == {"new": 0, "known": 0}
