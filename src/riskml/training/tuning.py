"""A search over settings that can be killed at any moment: kept in SQLite, resumed, and the same trials every time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from riskml.core.files import sqlite_address
from riskml.training.search_space import Parameter

if TYPE_CHECKING:
    import optuna

FIRST_AT_RANDOM = 8
"""Trials before the search begins to learn from the earlier ones, and before it ends any of them early."""

ASKED, FOLDS = "asked", "folds"
"""What a trial keeps in the study: that all its settings were chosen, and what it found on each fold."""


@dataclass(frozen=True)
class Trial:
    """One trial that has ended.

    Parameters
    ----------
    number
        Counted from 1, over the trials that ended; one that was killed does not count.
    parameters
        Setting → value.
    folds
        The objective on each fold that was run.
    pruned
        Whether it was ended early, being worse than half of the earlier trials.
    best
        The best value of all trials so far.
    """

    number: int
    parameters: Mapping[str, Parameter]
    folds: tuple[float, ...]
    pruned: bool
    best: float

    @property
    def value(self) -> float:
        """Mean of the objective over the folds that were run."""
        return float(np.mean(self.folds))


class Observer(Protocol):
    """Who is told of the trials as they run."""

    def started(self, parameters: Mapping[str, Parameter]) -> str:
        """A trial begins; returns an id to know it by."""

    def ended(self, run: str, trial: Trial) -> None:
        """A trial has ended."""


@dataclass(frozen=True)
class Search:
    """What a search found.

    Parameters
    ----------
    trials
        All that ended, in their order; the first has the present settings.
    best
        The complete trial with the highest value; of equal ones the first.
    """

    trials: tuple[Trial, ...]
    best: Trial


def search(
    storage: Path,
    name: str,
    *,
    suggest: Callable[[optuna.Trial], dict[str, Parameter]],
    present: Mapping[str, Parameter],
    objective: Callable[[Mapping[str, Parameter], int], float],
    folds: int,
    trials: int,
    seed: int,
    observer: Observer,
) -> Search:
    """Run a study until it has `trials` trials, going on from where an earlier process was killed.

    A trial that was running when its process died is marked as failed and its settings are tried again. The choices of
    every trial depend on `seed`, on how many ended before it, and on what those found: an interrupted study gives the
    same trials as one that was not.

    Parameters
    ----------
    storage
        The SQLite file; made where there is none.
    name
        The study's. A study of other data or another search space needs another name.
    suggest
        Asks a trial for the value of every searched setting.
    present
        The present settings, which are the first trial.
    objective
        From settings and the number of a fold, from 0, to the figure that is to be high.
    trials
        How many in all, those of earlier processes included.

    References
    ----------
    T. Akiba et al., "Optuna: a next-generation hyperparameter optimization framework", 2019; J. Bergstra et al.,
    "Algorithms for hyper-parameter optimization", 2011, for the sampler.
    """
    with _quiet_optuna():
        study = _open(storage, name)
        if not study.trials:
            study.enqueue_trial(dict(present))
        _recover(study)
        while len(_ended(study)) < trials:
            _run_one(study, suggest, objective, folds, seed, observer)
        ended = _ended(study)
        found = tuple(_last_of(ended[:number]) for number in range(1, len(ended) + 1))
    complete = [trial for trial in found if not trial.pruned]
    return Search(found, max(complete, key=lambda trial: trial.value))


def _run_one(
    study: optuna.Study,
    suggest: Callable[[optuna.Trial], dict[str, Parameter]],
    objective: Callable[[Mapping[str, Parameter], int], float],
    folds: int,
    seed: int,
    observer: Observer,
) -> None:
    import optuna

    done = len(_ended(study))
    # Seeded anew for every trial: a process that goes on later chooses as one that never stopped.
    (state,) = np.random.SeedSequence([seed, done]).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(seed=int(state), n_startup_trials=FIRST_AT_RANDOM)
    trial = study.ask()
    parameters = suggest(trial)
    trial.set_user_attr(ASKED, True)
    run = observer.started(parameters)
    values: list[float] = []
    pruned = False
    for fold in range(folds):
        values.append(objective(parameters, fold))
        trial.report(float(np.mean(values)), fold)
        pruned = fold < folds - 1 and trial.should_prune()
        if pruned:
            break
    trial.set_user_attr(FOLDS, values)
    best = max(_best(_ended(study)), -np.inf if pruned else float(np.mean(values)))
    observer.ended(run, Trial(done + 1, parameters, tuple(values), pruned, best))
    if pruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, float(np.mean(values)))


def _open(storage: Path, name: str) -> optuna.Study:
    import optuna

    storage.parent.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        storage=sqlite_address(storage),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST_AT_RANDOM),
    )


def _recover(study: optuna.Study) -> None:
    """Mark what a killed process left running as failed, and have it tried again before anything else."""
    import optuna

    waiting = [trial.system_attrs.get("fixed_params") for trial in study.trials if trial.state.name == "WAITING"]
    for trial in [trial for trial in study.trials if trial.state.name == "RUNNING"]:
        # Killed before all its settings were chosen, it would be chosen again just so: the seed is the same.
        again = trial.system_attrs.get("fixed_params") or (trial.params if ASKED in trial.user_attrs else None)
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        if again and again not in waiting:
            study.enqueue_trial(again)


def _ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return [trial for trial in study.trials if trial.state.name in ("COMPLETE", "PRUNED")]


def _best(ended: list[optuna.trial.FrozenTrial]) -> float:
    return max(
        (trial.value for trial in ended if trial.state.name == "COMPLETE" and trial.value is not None), default=-np.inf
    )


def _last_of(ended: list[optuna.trial.FrozenTrial]) -> Trial:
    """The last of the trials given."""
    last = ended[-1]
    return Trial(len(ended), last.params, tuple(last.user_attrs[FOLDS]), last.state.name == "PRUNED", _best(ended))


@contextmanager
def _quiet_optuna() -> Iterator[None]:
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=optuna.exceptions.ExperimentalWarning)
        try:
            yield
        finally:
            optuna.logging.set_verbosity(before)
