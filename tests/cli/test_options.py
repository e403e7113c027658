"""A scheme or a local industry that is not there is answered with those that are, whatever the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from handmade import ROOT
from typer.main import get_command
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError

COMMANDS = get_command(app).commands  # type: ignore[attr-defined]
NEEDED = {
    "export": ["--as-of", "2026-10-31", "--format", "csv"], "migration": ["--as-of", "2026-10-31"],
    "score": ["--as-of", "2026-10-31"],
    "warnings": ["--as-of", "2026-10-31"], "publish": ["--as-of", "2026-10-31"], "explain": ["E1"],
    "way-back": ["E1"],
    "what-if": ["E1"], "future": ["E1"],
    "directory": ["key_entities", "--as-of", "2026-10-31"],
    "decide": ["E1", "--rule", "r", "--grade", "D", "--officer", "o", "--reason", "r", "--evidence", "e", "--expires",
    "2027-01-31"],
}  # fmt: skip


def taking(option: str) -> list[str]:
    """The commands that take an option."""
    return [name for name, command in COMMANDS.items() if option in {param.name for param in command.params}]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "features").mkdir()
    shutil.copytree(ROOT / "models" / "yunnan", tmp_path / "models" / "yunnan", ignore=shutil.ignore_patterns("bundle"))
    (tmp_path / "models" / "chicago").mkdir()
    return tmp_path


def refused(workspace: Path, *arguments: str) -> ConfigurationError:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace), *arguments])
    assert isinstance(ran.exception, ConfigurationError)
    return ran.exception


@pytest.mark.parametrize("command", taking("scheme"))
def test_an_unknown_scheme_is_answered_with_those_there_are(workspace: Path, command: str) -> None:
    error = refused(workspace, command, *NEEDED.get(command, []), "--scheme", "yunan")
    assert (
        f"没有分类办法 yunan（{workspace}/models/yunan/scheme.yaml 不存在），是否应为 yunnan？可用的有：yunnan。"
        in error.zh
    )
    assert "no scheme 'yunan'" in error.en


@pytest.mark.parametrize("command", taking("industry"))
def test_an_unknown_industry_is_answered_with_those_there_are(workspace: Path, command: str) -> None:
    error = refused(workspace, command, "--industry", "tourist")
    assert "是否应为 tourism？可用的有：catering_food、tourism。" in error.zh
    assert "no local industry 'tourist'" in error.en


def test_a_benchmarks_settings_are_no_scheme(workspace: Path) -> None:
    assert "可用的有：yunnan" in refused(workspace, "train", "--scheme", "chicago").zh
