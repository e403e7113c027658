"""Schemes that add points or count: the daily run equals a full run to the last byte, whatever arrived or lapsed since
the run before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from handmade import Province, Rows
from small_runs import T, code, records
from test_sixth_scheme import SIXTH, scheme_text, write

from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.runs.daily import score_daily
from riskml.runs.score import score

SCHEMES = {"sixth": SIXTH, "counted": scheme_text()}


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    """A handmade province that both schemes have graded."""
    workspace = create_workspace(tmp_path / "workspace")
    made = Province(workspace.root)
    made.receive(records())
    for name, text in SCHEMES.items():
        write(workspace, text, name)
        score(workspace, name, T, silent)
    yield made
    shutil.rmtree(workspace.root)


def parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def deliveries() -> tuple[tuple[date, Rows], ...]:
    """What arrives on which day: a fine, a listing, a complaint and one act from two departments; an end and the repair
    of what one of them sent; nothing at all, while windows move on.
    """
    fine = {
        "record_id": "P-new",
        "enterprise_id": code(20),
        "event_date": "2026-11-01",
        "severity": "serious",
        "kind": "fine",
        "fine": 9,
    }
    listing = {"record_id": "L-new", "enterprise_id": code(21), "start_date": "2026-11-01", "list_kind": "tax"}
    complaint = {
        "record_id": "C-new",
        "enterprise_id": code(24),
        "event_date": "2026-10-30",
        "kind": "complaint",
        "accepted": "true",
    }
    act = [
        {**fine, "record_id": name, "enterprise_id": code(25), "case_id": "罚案-25", "fine": amount}
        for name, amount in (("P-25", 9), ("P-25-again", 4))
    ]
    repaired = [
        {
            "record_id": f"A-{name}",
            "of_table": "penalty",
            "of_record": name,
            "event_date": "2026-11-01",
            "kind": "repaired",
        }
        for name in ("P-new", "P-25")
    ]
    return (
        (date(2026, 11, 1), {"penalty": [fine, *act], "serious_listing": [listing], "complaint": [complaint]}),
        (date(2026, 11, 2), {"serious_listing": [{**listing, "end_date": "2026-11-01"}], "amendment": repaired}),
        (date(2026, 11, 9), {}),
    )


def graded(workspace: Workspace, name: str, day: date) -> str | None:
    from riskml.publication.exports import open_export

    return {row["enterprise_id"]: row["grade"] for row in open_export(workspace, name, day, None).coded()}.get(code(20))


def test_a_daily_run_of_points_and_of_counts_is_a_full_one_to_the_byte(province: Province) -> None:
    workspace, seen = province.workspace, {}
    for day, rows in deliveries():
        if rows:
            assert not province.receive(rows).faults
        for name in SCHEMES:
            daily = parts(score_daily(workspace, name, day, silent).folder)
            seen[name, day] = graded(workspace, name, day)
            assert daily == parts(score(workspace, name, day, silent).folder)
            assert daily
    # What arrived moved a grade, and its repair moved it back: the days compared are not all the same.
    assert seen["counted", date(2026, 11, 1)] == "C"
    assert seen["counted", date(2026, 11, 2)] == "B"
    assert seen["sixth", date(2026, 11, 1)] != seen["sixth", date(2026, 11, 2)]
