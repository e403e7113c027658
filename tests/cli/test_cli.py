"""Commands as a person runs them: messages in two languages, exit codes, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskml.cli import app

PYTHON = [sys.executable, "-m", "riskml.cli"]


def riskml(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PYTHON, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "yunnan"
    assert riskml("init", str(folder)).returncode == 0
    return folder


def test_the_list_of_commands_cuts_no_sentence() -> None:
    shown = " ".join(riskml("--help", "--lang", "en").stdout.split("Commands:")[1].split())
    assert "..." not in shown
    assert "Undo the last load, while no published run rests on it." in shown


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "simulate",
        "ingest",
        "check",
        "features",
        "train",
        "promote",
        "models",
        "ledger",
        "score",
        "explain",
        "what-if",
        "future",
        "way-back",
        "decide",
        "benchmark",
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"riskml {command}" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("features", "--sql", "penalty"), 2, "penalty_count_365d"),
        (("features", "--sql", "food_licence_open"), 2, "--industry catering_food"),
        (("features", "--industry", "../.."), 2, "catering_food"),
        (("ingest", "nowhere", "--from", "."), 2, "simulated"),
        (("score", "--as-of", "2026-10-31"), 2, "riskml train"),
        (("train", "--scheme", "atlantis"), 2, "atlantis"),
        (("explain", "91530100MA6K12345X"), 2, "riskml score"),
        (("way-back", "91530100MA6K12345X"), 2, "riskml score"),
        (("score", "--as-of", "31.10.2026"), 2, "2026-10-31"),
        (("score",), 2, "--as-of"),
        (("features", "--as-of", "2026-10-31", "--sql", "penalty_count_365d"), 2, "--sql 不与 --as-of 同用"),
        (("models", "--graded", "2026-13"), 2, "月份形如 2026-10"),
        (("score", "--as-of", "2026-10-31", "--to", "file:///x"), 2, "--to"),
        (("score", "--enterprise", "91530111MA6A", "--engine", "spark"), 2, "--enterprise"),
        (("promote",), 2, "riskml train"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_a_wrong_request_is_explained_with_its_exit_code(
    folder: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ran = riskml(*arguments, cwd=folder)
    assert ran.returncode == code
    assert said in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr


def test_outside_a_workspace_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    ran = riskml("features", cwd=tmp_path)
    assert ran.returncode == 2
    assert "riskml init" in ran.stderr


def test_a_workspace_is_not_overwritten(folder: Path) -> None:
    ran = riskml("init", str(folder))
    assert ran.returncode == 2
    assert "不会覆盖" in ran.stderr


def test_confidential_folders_are_the_owners_alone(folder: Path) -> None:
    for name in ("data", "runs"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_missing_extracts_are_listed_and_the_exit_code_says_so(folder: Path, tmp_path: Path) -> None:
    ran = riskml("ingest", "simulated", "--from", str(tmp_path), cwd=folder)
    assert ran.returncode == 1
    assert "enterprise.parquet" in ran.stderr


def test_features_prints_the_sql_that_runs(folder: Path) -> None:
    ran = riskml("features", "--sql", "complaint_count_90d", cwd=folder)
    assert ran.returncode == 0
    assert "INTERVAL '90' DAY" in ran.stdout


def test_json_goes_alone_to_standard_output(folder: Path) -> None:
    assert riskml("simulate", "--enterprises", "300", "--seed", "1", cwd=folder).returncode == 0
    ran = riskml("ingest", "simulated", "--from", "data/simulated", "--received", "2026-11-01", "--json", cwd=folder)
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["complete"]


def test_an_argument_in_another_encoding_is_refused_in_words(folder: Path) -> None:
    ran = subprocess.run([*PYTHON, "explain", "企业".encode("gb18030")], capture_output=True, cwd=folder, check=False)
    assert ran.returncode == 2
    assert "不是 UTF-8 编码的文字".encode() in ran.stderr
    assert "内部错误".encode() not in ran.stderr


def test_a_workspace_has_a_benchmark_only_where_it_is_asked_for(tmp_path: Path) -> None:
    assert riskml("init", str(tmp_path / "plain")).returncode == 0
    assert riskml("init", str(tmp_path / "chicago"), "--with", "chicago").returncode == 0
    places = ("sources/chicago", "models/chicago", "features/overlays/chicago", "sources/beijing", "sources/simulated")
    assert [(tmp_path / "plain" / place).exists() for place in places] == [False, False, False, False, True]
    assert [(tmp_path / "chicago" / place).exists() for place in places] == [True, True, True, False, True]
    refused = riskml("init", str(tmp_path / "other"), "--with", "chicgo")
    assert (refused.returncode, (tmp_path / "other").exists()) == (2, False)
    assert "是否应为 chicago" in refused.stderr
