"""``riskml benchmark all``: every data set in its folder, one table that a terminal holds, one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from riskml.cli import app, terminal
from riskml.core.errors import ConfigurationError
from riskml.lab import benchmarks
from riskml.lab.benchmarks.dataset import Comparison
from riskml.training.ranking import Figure

PLAIN, OURS = Figure(0.565, 0.525, 0.605), Figure(0.6205, 0.585, 0.658)


@dataclass(frozen=True)
class MadeUp:
    """A result as a benchmark gives it: two rows, the second with a published figure."""

    name: str

    def to_dict(self) -> dict[str, Any]:
        return {"made_up": self.name}

    def comparison(self) -> tuple[Comparison, ...]:
        return (
            Comparison(f"城市 {self.name} 2014-09–10\n(i) 全部企业 all", 12_345, 153_006, None, "未见 none found", PLAIN, OURS),
            Comparison(f"城市 {self.name} 2014-09–10\n(ii) 知由谁查", 258, 1_637, 0.679, "可比 comparable", PLAIN, OURS),
        )

    def notes(self) -> tuple[str, ...]:
        return (f"城市 {self.name} 2014-09–10 (i) 全部企业 all，已发表 published: 未见 none found", "另一条 another")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that the benchmarks are run on; nothing is run."""
    folders: list[Path] = []

    def run(name: str) -> Any:
        def made_up(data: Path, on_progress: Any) -> MadeUp:
            folders.append(data)
            return MadeUp(name)

        return made_up

    monkeypatch.setattr(benchmarks, "BENCHMARKS", {name: run(name) for name in benchmarks.BENCHMARKS})
    return folders


def riskml(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["benchmark", *arguments])


def test_every_data_set_is_read_from_its_own_folder(asked: list[Path], tmp_path: Path) -> None:
    ran = riskml("all", "--data", str(tmp_path), "--json")
    assert ran.exit_code == 0
    assert asked == [tmp_path / name for name in ("beijing", "chicago", "ccf2017")]
    found = json.loads(ran.stdout)
    assert found["chicago"] == {"made_up": "chicago"}
    assert [row["published"] for row in found["comparison"]["chicago"]] == [None, 0.679]
    assert found["comparison"]["chicago"][0]["ours"] == {"value": 0.6205, "low": 0.585, "high": 0.658}
    assert (found["comparison"]["ccf2017"][0]["problems"], found["comparison"]["ccf2017"][0]["rows"]) == (12_345, 153_006)


def test_one_data_set_is_read_from_the_folder_itself(asked: list[Path], tmp_path: Path) -> None:
    riskml("chicago", "--data", str(tmp_path), "--json")
    assert asked == [tmp_path]


def test_the_table_fits_a_terminal_with_nothing_broken(
    asked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal.out, "width", 80)
    lines = riskml("all", "--data", str(tmp_path)).stdout.splitlines()
    table = [line for line in lines if line.startswith("│")]
    assert max(cell_len(line) for line in table) <= 80
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in table]
    assert cells[:6] == [
        ["城市 beijing 2014-09–10", "–", "0.5650", "0.6205"],
        ["(i) 全部企业 all", "", "[0.525, 0.605]", "[0.585, 0.658]"],
        ["12,345 / 153,006", "", "", ""],
        ["城市 beijing 2014-09–10", "0.6790", "0.5650", "0.6205"],
        ["(ii) 知由谁查", "", "[0.525, 0.605]", "[0.585, 0.658]"],
        ["258 / 1,637", "", "", ""],
    ]
    assert [line[0] for line in cells[::6]] == ["城市 beijing 2014-09–10", "城市 chicago 2014-09–10", "城市 ccf2017 2014-09–10"]


def test_every_note_is_said_once_below_the_table(asked: list[Path], tmp_path: Path) -> None:
    said = [line for line in riskml("all", "--data", str(tmp_path)).stdout.splitlines() if line.startswith("ccf2017: ")]
    assert said == [
        "ccf2017: 城市 ccf2017 2014-09–10 (i) 全部企业 all，已发表 published: 未见 none found",
        "ccf2017: 城市 ccf2017 2014-09–10 (ii) 知由谁查，已发表 published: 可比 comparable",
        "ccf2017: 另一条 another",
    ]


@pytest.mark.parametrize("folder", [(), ("--data", "nowhere")])
def test_without_a_folder_that_is_there_nothing_runs(asked: list[Path], folder: tuple[str, ...]) -> None:
    ran = riskml("all", *folder)
    assert isinstance(ran.exception, ConfigurationError)
    assert "all 需要 --data" in ran.exception.zh
    assert not asked


def test_an_unknown_data_set_is_answered_with_those_there_are(asked: list[Path], tmp_path: Path) -> None:
    ran = riskml("boston", "--data", str(tmp_path))
    assert ran.exit_code == 2
    assert "chicago" in ran.stderr
    assert not asked
