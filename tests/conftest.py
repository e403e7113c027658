"""Provinces whose records a test writes by hand."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded: the workers take every core already

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from handmade import Province, Rows
from hypothesis import settings
from provinces import loaded_province, made_once, trained_province

from riskml.core import logs
from riskml.core.language import Language, speaking

collect_ignore_glob = ["conftest.py", "**/conftest.py"]
"""They have no examples, and as modules of one name two are not collected together."""

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_log_left_open() -> Iterator[None]:
    """A command called without its process leaves its log open."""
    yield
    logs.finish("finished", 0)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """What a test calls speaks English, whatever the machine's locale; commands that it starts as processes speak by
    their environment.
    """
    with speaking(Language.en):
        yield


@pytest.fixture
def in_chinese() -> Iterator[None]:
    """What the test calls speaks Chinese."""
    with speaking(Language.zh):
        yield


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated province of four thousand enterprises, shared by all workers: to be copied, not written to."""
    return made_once(tmp_path_factory, "loaded", lambda root: loaded_province(root, 4000, 3, 48, date(2026, 11, 1)))


@pytest.fixture(scope="session")
def trained(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a model by the shipped settings in use, likewise shared."""
    return made_once(tmp_path_factory, "trained", lambda root: trained_province(loaded, root))


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path)


@pytest.fixture
def write_province(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Rows], Province]:
    """A new province for every call: for properties that compare two sets of records."""

    def write(rows: Rows) -> Province:
        made = Province(tmp_path_factory.mktemp("province"))
        made.receive(rows)
        return made

    return write
