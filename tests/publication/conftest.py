"""One small province with three published runs, shared by all tests of what becomes of them; none changes its runs."""

from __future__ import annotations

import pytest
from small_runs import MONTHS, make_workspace

from riskml.core.workspace import Workspace
from riskml.publication.labels import Words, words_of
from riskml.runs.published import PublishedRun, published_runs
from riskml.runs.score import score


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("published") / "workspace")
    for day in MONTHS:
        score(made, "yunnan", day, lambda *_: None)
    return made


@pytest.fixture(scope="session")
def runs(workspace: Workspace) -> tuple[PublishedRun, ...]:
    """The three runs, oldest first."""
    return published_runs(workspace, "yunnan")


@pytest.fixture(scope="session")
def words(runs: tuple[PublishedRun, ...]) -> Words:
    return words_of(runs[-1])
