"""``riskml benchmark all``: every data set in its folder, one table that a terminal holds, one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from riskml.cli import app, terminal
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.lab import benchmarks, simulated_origins
from riskml.lab.benchmarks.dataset import Comparison
from riskml.lab.benchmarks.rolling import Rolled
from riskml.training.evaluation import Difference
from riskml.training.interval_coverage import coverage_of
from riskml.training.ranking import Figure

PLAIN, OURS = Figure(0.565, 0.525, 0.605), Figure(0.6205, 0.585, 0.658)


def named(name: str, zh: str, en: str) -> Label:
    return Label(f"城市 {name} 2014-09–10\n{zh}", f"City {name} 2014-09–10\n{en}")


def made_up_rolled(name: str) -> Rolled:
    groups = coverage_of(np.full(500, 0.15), np.full(500, 0.1), np.full(500, 0.2), np.ones(500)).groups
    figure, above = Figure(0.8211, 0.785, 0.853), Difference(-0.0123, -0.033, -0.001, 0.01)
    days = date(2021, 10, 1), date(2022, 12, 31)
    names = Label(f"城市 {name} (ii)", f"City {name} (ii)")
    seeds = (0.8211, 0.8199, 0.8201)
    return Rolled(names, 5, days, 118_857, 3_164, figure, figure, above, seeds, groups, drawn=False)


@dataclass(frozen=True)
class MadeUp:
    """A result as a benchmark gives it: two rows, the second with a published figure."""

    name: str

    def to_dict(self) -> dict[str, Any]:
        return {"made_up": self.name}

    @property
    def rolled(self) -> tuple[Rolled, ...]:
        return () if self.name == "ccf2017" else (made_up_rolled(self.name),)

    def comparison(self) -> tuple[Comparison, ...]:
        return (
            Comparison(
                named(self.name, "(i) 全部企业", "(i) all"),
                12_345,
                153_006,
                None,
                Label("未见", "none found"),
                PLAIN,
                OURS,
            ),
            Comparison(
                named(self.name, "(ii) 知由谁查", "(ii) known"),
                258,
                1_637,
                0.679,
                Label("可比", "comparable"),
                PLAIN,
                OURS,
            ),
        )

    def notes(self) -> tuple[str, ...]:
        return (f"City {self.name} 2014-09–10 (i) all, published: none found", "another")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that the benchmarks are run on; nothing is run."""
    folders: list[Path] = []

    def run(name: str) -> Any:
        def made_up(data: Path, on_progress: Any) -> MadeUp:
            folders.append(data)
            return MadeUp(name)

        return made_up

    made_up_province = simulated_origins.SimulatedResult((made_up_rolled("simulated"),))
    monkeypatch.setattr(simulated_origins, "run_simulated", lambda on_progress: made_up_province)
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
    # What cannot be split in time has no rolling origin.
    assert [one["name"]["en"] for one in found["rolling"]] == [
        "City beijing (ii)",
        "City chicago (ii)",
        "City simulated (ii)",
    ]
    assert found["rolling"][0]["seeds"] == {"0": 0.8211, "1": 0.8199, "2": 0.8201}
    assert {"low", "high", "observed", "inside", "agrees"} <= set(found["rolling"][0]["intervals"][0])
    assert [row["published"] for row in found["comparison"]["chicago"]] == [None, 0.679]
    assert found["comparison"]["chicago"][0]["ours"] == {"value": 0.6205, "low": 0.585, "high": 0.658}
    assert (found["comparison"]["ccf2017"][0]["problems"], found["comparison"]["ccf2017"][0]["rows"]) == (
        12_345,
        153_006,
    )


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
        ["City beijing 2014-09–10", "–", "0.5650", "0.6205"],
        ["(i) all", "", "[0.525, 0.605]", "[0.585, 0.658]"],
        ["12,345 / 153,006", "", "", ""],
        ["City beijing 2014-09–10", "0.6790", "0.5650", "0.6205"],
        ["(ii) known", "", "[0.525, 0.605]", "[0.585, 0.658]"],
        ["258 / 1,637", "", "", ""],
    ]
    assert [line[0] for line in cells[:18:6]] == [
        "City beijing 2014-09–10",
        "City chicago 2014-09–10",
        "City ccf2017 2014-09–10",
    ]
    assert cells[18:22] == [
        ["City beijing (ii)", "0.8211", "0.8211", "-0.0123", "0.8211"],
        ["5 origins", "0.785–0.853", "0.785–0.853", "[-0.033,", "0.8199"],
        ["2021-10–2022-12", "", "", "-0.001]", "0.8201"],
        ["3,164 / 118,857", "", "", "", ""],
    ]


def test_every_note_is_said_once_below_the_table(asked: list[Path], tmp_path: Path) -> None:
    said = [line for line in riskml("all", "--data", str(tmp_path)).stdout.splitlines() if line.startswith("ccf2017: ")]
    assert said == [
        "ccf2017: City ccf2017 2014-09–10 (i) all, published: none found",
        "ccf2017: City ccf2017 2014-09–10 (ii) known, published: comparable",
        "ccf2017: another",
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
