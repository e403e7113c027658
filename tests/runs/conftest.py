"""Simulated provinces with a model, for the tests of runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from provinces import T, copied, loaded_province, made_once

from riskml.core.workspace import Workspace


@pytest.fixture(scope="session")
def workspace(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One with a model by the shipped settings."""
    return copied(trained, tmp_path_factory.mktemp("province") / "workspace")


@pytest.fixture(scope="session")
def small_loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of 1,500 enterprises without a model, shared by all workers: to be copied, not written to."""
    return made_once(tmp_path_factory, "small-loaded", lambda root: loaded_province(root, 1500, 5, 36, T))


@pytest.fixture(scope="session")
def whole_province(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One whose model reads every shipped indicator (`choices.make_province`)."""
    from choices import make_province

    made = made_once(tmp_path_factory, "choices", make_province)
    return copied(made, tmp_path_factory.mktemp("choices") / "workspace")
