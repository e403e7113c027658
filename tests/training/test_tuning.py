"""A search that is killed and goes on gives the trials of one that never stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import optuna
import pytest

from riskml.training.search_space import Parameter
from riskml.training.tuning import Search, Trial, search

PRESENT = {"x": 5.0, "leaves": 8}


class Quiet:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def started(self, parameters: Mapping[str, Parameter]) -> str:
        return "run"

    def ended(self, run: str, trial: Trial) -> None:
        self.trials.append(trial)


def suggest(trial: optuna.Trial) -> dict[str, Parameter]:
    return {"x": trial.suggest_float("x", 0, 10), "leaves": trial.suggest_int("leaves", 2, 64, log=True)}


def objective(parameters: Mapping[str, Parameter], fold: int) -> float:
    return -((float(parameters["x"]) - 7) ** 2) - abs(float(parameters["leaves"]) - 20) / 10 + fold / 100


def run(folder: Path, trials: int, *, seed: int = 0, chosen=suggest, judge=objective, observer=None) -> Search:
    return search(
        folder / "studies.db", "study", suggest=chosen, present=PRESENT, objective=judge, folds=3, trials=trials,
        seed=seed,
        observer=observer or Quiet(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Search:
    return run(tmp_path_factory.mktemp("whole"), 14)


def test_the_present_settings_are_the_first_trial_and_the_best_is_no_worse(whole: Search) -> None:
    assert whole.trials[0].parameters == PRESENT
    assert whole.best.value > whole.trials[0].value
    assert not whole.best.pruned


def test_bad_trials_end_early(whole: Search) -> None:
    pruned = [trial for trial in whole.trials if trial.pruned]
    assert pruned
    assert all(len(trial.folds) < 3 for trial in pruned)


def test_another_seed_gives_other_trials(whole: Search, tmp_path: Path) -> None:
    assert run(tmp_path, 3, seed=1).trials[1].parameters != whole.trials[1].parameters


def test_stopped_between_trials_it_goes_on_alike(whole: Search, tmp_path: Path) -> None:
    run(tmp_path, 5)
    assert run(tmp_path, 14) == whole


def test_enough_trials_are_not_added_to(whole: Search, tmp_path: Path) -> None:
    run(tmp_path, 4)
    told = Quiet()
    assert len(run(tmp_path, 4, observer=told).trials) == 4
    assert not told.trials


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from training import test_tuning as tests

calls = []
def judge(parameters, fold):
    calls.append(fold)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return tests.objective(parameters, fold)

def chosen(trial):
    x = trial.suggest_float("x", 0, 10)
    if {asking} == trial.number:
        os.kill(os.getpid(), signal.SIGKILL)
    return {{"x": x, "leaves": trial.suggest_int("leaves", 2, 64, log=True)}}

tests.run(Path(sys.argv[1]), 14, judge=judge, chosen=chosen)
"""


@pytest.mark.parametrize(("call", "asking"), [(2, -1), (20, -1), (31, -1), (-1, 0), (-1, 6)])
def test_killed_in_mid_trial_it_goes_on_alike(whole: Search, tmp_path: Path, call: int, asking: int) -> None:
    code = textwrap.dedent(KILLED.format(call=call, asking=asking))
    died = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parents[1])], env=os.environ, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert run(tmp_path, 14) == whole
    states = [
        trial.state.name
        for trial in optuna.load_study(study_name="study", storage=f"sqlite:///{tmp_path}/studies.db").trials
    ]
    assert states.count("FAIL") == 1
    assert not {"RUNNING", "WAITING"} & set(states)
