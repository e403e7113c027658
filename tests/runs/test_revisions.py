"""A date that is scored again from something else: both runs are kept, and it is said who made the new one, why, and
what differs.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade import Province
from small_runs import BEFORE, T, code, make_workspace

from riskml.checks.integrity import check_integrity
from riskml.explaining.verdict import standing
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.push import make_package
from riskml.runs.explain_one import explain_one
from riskml.runs.published import published_run
from riskml.runs.revisions import kept_folder, replaced_by
from riskml.runs.score import score


def silent(*_: object) -> None:
    """No progress."""


@pytest.mark.usefixtures("in_chinese")
def test_a_run_of_a_published_date_made_of_something_else_is_a_revision(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", BEFORE, silent)
    first = score(workspace, "yunnan", T, silent)
    assert first.revision is None
    before = {
        path.relative_to(first.folder): path.read_bytes() for path in Path(first.folder).rglob("*") if path.is_file()
    }
    again = score(workspace, "yunnan", T, silent)
    assert again.revision is None  # the same records, model and decisions: nothing to revise
    province = Province(workspace.root)
    province.deliveries = 1
    listing = {"record_id": "L-late", "enterprise_id": code(20), "start_date": "2026-10-01", "list_kind": "tax"}
    province.receive({"serious_listing": [listing]})

    revised = score(workspace, "yunnan", T, silent, revision_reason="补报名单")
    assert revised.revision is not None
    assert (revised.revision.number, revised.revision.reason, revised.revision.grades_differ) == (1, "补报名单", 1)
    assert "records" in revised.revision.changed
    assert revised.revision.account
    run = published_run(workspace, "yunnan", T)
    assert run.revision == 1
    grades = {row["enterprise_id"]: row["grade"] for row in pq.read_table(run.folder / "grades").to_pylist()}
    assert grades[code(20)] == "D"
    kept = kept_folder(run, 0)
    assert {
        path.relative_to(kept): path.read_bytes()
        for path in kept.rglob("*")
        if path.is_file() and path.suffix == ".parquet"
    } == {name: content for name, content in before.items() if name.suffix == ".parquet"}
    assert [one.revision for one in replaced_by(run)] == [None]

    # Every reader says which it shows.
    page = explain_one(workspace, "yunnan", code(20), T)
    assert page.provenance.run == f"yunnan/{T} r1"
    assert "第1次更正" in "".join(note.zh for note in standing(page))
    assert "第1次更正" in open_export(workspace, "yunnan", T, None).notice.zh
    assert make_package(workspace, "yunnan", T, None, silent).manifest.revision == 1
    moved = migrate(workspace, "yunnan", T, None, silent)
    assert json.loads((moved.folder / "migration.json").read_text(encoding="utf-8"))["revisions"] == {
        "from": 0,
        "to": 1,
    }
    for sheet in moved.folder.rglob("*.csv"):
        assert "第1次更正" in sheet.read_text(encoding="utf-8-sig").splitlines()[0]
    assert "补报名单" in (run.folder / "report.html").read_text(encoding="utf-8")
    assert not [finding for finding in check_integrity(workspace) if finding.level == "error"]

    assert score(workspace, "yunnan", T, silent).revision is None
    assert published_run(workspace, "yunnan", T).revision == 1  # made again of the same: still what it was
