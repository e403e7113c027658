"""Provinces whose records a test writes by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from handmade import Province, Rows
from hypothesis import settings

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
