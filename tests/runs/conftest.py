"""A small simulated province with a model, made once for the tests of runs."""

from __future__ import annotations

from datetime import date

import pytest

from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.lab.simulation import simulate
from riskml.lifecycle.retrain import Training, retrain
from riskml.records.ingest import ingest
from riskml.records.sources import load_source

T = date(2026, 10, 31)


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("province") / "workspace")
    simulate(4000, 3, 48, T, made.data / "simulated", made.data / "truth")
    ingest(made, load_source(made.sources / "simulated"), made.data / "simulated", date(2026, 11, 1), silent)
    return made


@pytest.fixture(scope="session")
def training(workspace: Workspace) -> Training:
    return retrain(workspace, "yunnan", T, silent)


@pytest.fixture(scope="session")
def whole_province(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One whose model reads every shipped indicator (`choices.make_province`)."""
    from choices import make_province

    return make_province(tmp_path_factory.mktemp("choices") / "workspace")
