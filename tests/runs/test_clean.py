"""What can be removed, and what is never removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from handmade import Province

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.locks import exclusive
from riskml.runs.clean import clean
from riskml.runs.undo import undo

LISTING = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}


@pytest.fixture
def twice(province: Province) -> Province:
    """A state, and its end with a second load, which wrote the first one's file anew."""
    province.receive({"abnormal_listing": [LISTING]})
    province.receive({"abnormal_listing": [{**LISTING, "end_date": "2026-09-01"}]})
    return province


def names(province: Province, *, remove: bool = False) -> set[tuple[str, str]]:
    found = clean(province.workspace, remove=remove)
    return {(str(one.path.relative_to(province.workspace.data)), one.why) for one in found}


def old(path: Path, days: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.utime(path, (time.time() - days * 86_400,) * 2)


def test_what_an_undo_needs_stays(twice: Province) -> None:
    assert names(twice, remove=True) == set()
    undo(twice.workspace)
    assert [row["end_date"] for row in twice.stored("abnormal_listing")] == [None]


def test_what_a_published_run_made_final_is_superseded(twice: Province) -> None:
    twice.publish_run(2)
    gone = {
        ("records/before/load-00002.json", "superseded"),
        ("records/abnormal_listing/bucket=000/load-00001.parquet", "superseded"),
    }
    assert gone <= names(twice)
    names(twice, remove=True)
    twice.store.verify()
    assert names(twice) == set()


def test_it_is_only_listed_unless_asked_for(twice: Province) -> None:
    stray = twice.workspace.records / "penalty" / "bucket=000" / "load-00009.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left by a kill")
    assert names(twice) == {("records/penalty/bucket=000/load-00009.parquet", "superseded")}
    assert stray.exists()
    names(twice, remove=True)
    assert not stray.exists()


def test_logs_temporary_files_and_refused_rows_go_after_their_time(twice: Province) -> None:
    data = twice.workspace.data
    for path, days in (
        ("logs/score-1.jsonl", 400),
        ("logs/score-2.jsonl", 300),
        ("spill/a.tmp", 3),
        ("spill/b.tmp", 1),
        ("rates/0123456789abcdef/fedcba9876543210/2026-10-31-0123456789abcdef.parquet", 3),
        ("quarantine/load-00009.parquet", 0),
    ):
        old(data / path, days)
    os.utime(data / "rates" / "0123456789abcdef", (time.time() - 3 * 86_400,) * 2)
    assert names(twice) == {
        ("logs/score-1.jsonl", "retention"),
        ("spill/a.tmp", "temporary"),
        ("rates/0123456789abcdef", "temporary"),
        ("quarantine/load-00009.parquet", "unfinished"),
    }
    (twice.workspace.root / "settings.yaml").write_text("retention:\n  logs_days: 200\n")
    assert ("logs/score-2.jsonl", "retention") in names(twice)


def test_a_wrong_setting_is_named(twice: Province) -> None:
    (twice.workspace.root / "settings.yaml").write_text("retention:\n  logs_days: 0\n")
    with pytest.raises(ConfigurationError, match=r"settings\.yaml.*logs_days"):
        clean(twice.workspace, remove=False)


def test_a_load_under_way_is_not_disturbed(twice: Province) -> None:
    with exclusive(twice.workspace.data / "load.lock"), pytest.raises(RunError, match="Another riskml process"):
        clean(twice.workspace, remove=True)
    busy = twice.workspace.data / "dry-run-abc"
    busy.mkdir()
    with exclusive(busy):
        assert names(twice) == set()
    assert names(twice) == {("dry-run-abc", "unfinished")}
