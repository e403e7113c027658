"""Files and folders that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskml.core.errors import RunError
from riskml.core.locks import exclusive
from riskml.publication.atomic_write import appearing_whole, appearing_whole_file


def half_written(path: Path) -> None:
    path.write_text("half")
    raise IsADirectoryError


def test_a_folder_that_fails_midway_leaves_the_one_before(tmp_path: Path) -> None:
    with appearing_whole(tmp_path / "a") as draft:
        (draft / "x").write_text("first")
    with pytest.raises(IsADirectoryError), appearing_whole(tmp_path / "a") as draft:
        half_written(draft / "x")
    assert (tmp_path / "a" / "x").read_text() == "first"
    with appearing_whole(tmp_path / "a") as draft:
        assert list(draft.iterdir()) == []  # nothing of the failed one gets in
        (draft / "y").write_text("second")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"y"}
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_a_file_that_fails_midway_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("first")
    with pytest.raises(IsADirectoryError), appearing_whole_file(path) as draft:
        half_written(draft)
    assert path.read_text() == "first"


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(RunError, match="try again"), appearing_whole(tmp_path / "a"):
        pass
