"""One enterprise brought up to date at once, by a fact that decides its grade; nothing published changes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from handmade import Province
from small_runs import BEFORE, T, code, make_workspace

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.explanation import Updated
from riskml.explaining.page import render_page
from riskml.explaining.verdict import standing
from riskml.publication.early_warnings import find_warnings
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.push import make_package
from riskml.publication.verify import faults_of
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import read_updates, update_one
from riskml.runs.score import score


def silent(*_: object) -> None:
    """No progress."""


def sent_grade(workspace: Workspace, enterprise: str) -> tuple[str, str, str]:
    """Grade, what decides it and the day it was brought up to date, as a push sends them."""
    package = make_package(workspace, "yunnan", T, None, silent)
    assert faults_of(package.folder) == ()
    for part in (package.folder / "grades").iterdir():
        for row in csv.DictReader(io.StringIO(gzip.decompress(part.read_bytes()).decode(), newline="")):
            if row["enterprise_id"] == enterprise:
                return row["grade"], row["decided_by"], row["updated_on"]
    raise AssertionError(enterprise)


def test_a_listing_makes_its_enterprise_a_d_at_once_and_its_repair_takes_that_back(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    run = score(workspace, "yunnan", T, silent)
    published = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    day, enterprise = date(2026, 11, 1), code(20)
    assert update_one(workspace, "yunnan", enterprise, day)[1] is None
    province = Province(workspace.root)
    province.deliveries = 1
    province.receive(
        {
            "serious_listing": [
                {"record_id": "L-new", "enterprise_id": enterprise, "start_date": "2026-11-01", "list_kind": "tax"}
            ]
        }
    )
    grade, update = update_one(workspace, "yunnan", enterprise, day)
    assert update is not None
    assert (grade, update.decided_by, update.evidence, update.run) == ("D", "blacklisted", ("L-new",), T)
    assert update_one(workspace, "yunnan", enterprise, day) == ("D", None)
    assert sent_grade(workspace, enterprise) == ("D", "blacklisted", "2026-11-01")
    exported = next(
        row for row in open_export(workspace, "yunnan", T, None).coded() if row["enterprise_id"] == enterprise
    )
    assert (exported["grade"], exported["decided_by"], exported["updated_on"]) == ("D", "blacklisted", day)
    province.receive({"amendment": [{"record_id": "A-new", "of_table": "serious_listing", "of_record": "L-new",
        "event_date": "2026-11-01",
                                     "kind": "misjudged"}]})  # fmt: skip
    assert update_one(workspace, "yunnan", enterprise, day)[0] == update.was
    assert sent_grade(workspace, enterprise) == (
        update.was,
        "band",
        "2026-11-01",
    )  # the receiver is told that it was taken back
    page = explain_one(workspace, "yunnan", enterprise, T)
    assert page.updated == Updated(day, "D", update.was)
    told = f"现在适用的是{update.was}类"
    with speaking(Language.zh):
        assert told in render_page(page)
    assert told in "".join(note.zh for note in standing(page))
    assert set(read_updates(workspace.ledger, "yunnan", T)) == {enterprise}
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == published


def test_migration_lists_and_warnings_carry_what_was_brought_up_to_date(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    for month in (BEFORE, T):
        score(workspace, "yunnan", month, silent)
    day, enterprise = date(2026, 11, 1), code(9)
    assert enterprise in {one.enterprise_id for one in find_warnings(workspace, "yunnan", T, silent).warned}
    counts = migrate(workspace, "yunnan", T, None, silent).movements.counts
    province = Province(workspace.root)
    province.deliveries = 1
    listed = {"record_id": "L-new", "enterprise_id": enterprise, "start_date": "2026-11-01", "list_kind": "tax"}
    province.receive({"serious_listing": [listed]})
    update_one(workspace, "yunnan", enterprise, day)
    found = migrate(workspace, "yunnan", T, None, silent)
    (moved,) = (one for one in found.movements.moved if one.enterprise_id == enterprise)
    assert (moved.kind, moved.grade_before, moved.grade_after, moved.decided_after) == (
        "downgraded",
        "A",
        "D",
        "blacklisted",
    )
    assert (moved.newly_riskiest, moved.updated_on) == (True, day)
    assert found.movements.counts["newly_riskiest"] == counts["newly_riskiest"] + 1
    assert {one.updated_on for one in found.movements.moved} == {day, None}
    told = json.loads((found.folder / "notifications" / f"{moved.division}.json").read_text(encoding="utf-8"))[
        "enterprises"
    ]
    assert [(one["grade_after"], one["updated_on"]) for one in told if one["enterprise_id"] == enterprise] == [
        ("D", "2026-11-01")
    ]
    warned = find_warnings(workspace, "yunnan", T, silent).warned  # what a warning is before has come
    assert enterprise not in {one.enterprise_id for one in warned}
    assert {one.updated_on for one in warned} == {None}


def test_a_code_that_no_registration_has_is_refused(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", T, silent)
    with pytest.raises(RunError, match="no registration has it: check the code"):
        update_one(workspace, "yunnan", "nobody", date(2026, 11, 1))


def test_an_update_waits_for_no_library_that_it_does_not_use() -> None:
    loaded = (
        "import sys, riskml.runs.immediate; print(*sorted({'lightgbm', 'sklearn', 'scipy', 'pandas', 'shap', 'mlflow'} "
        "& set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.strip() == ""
    )


def test_an_update_is_made_anew_by_the_score_of_a_revision(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", T, silent)
    enterprise = code(20)
    province = Province(workspace.root)
    province.deliveries = 1
    province.receive(
        {
            "serious_listing": [
                {"record_id": "L-new", "enterprise_id": enterprise, "start_date": "2026-11-01", "list_kind": "tax"}
            ]
        }
    )
    _, update = update_one(workspace, "yunnan", enterprise, date(2026, 11, 1))
    assert update is not None
    lifted = {"record_id": "A-new", "of_table": "serious_listing", "of_record": "L-new", "kind": "misjudged"}
    province.receive({"amendment": [{**lifted, "event_date": "2026-11-01"}]})
    assert update_one(workspace, "yunnan", enterprise, date(2026, 11, 1))[0] == update.was == "A"
    scheme = workspace.models / "yunnan" / "scheme.yaml"
    text = scheme.read_text(encoding="utf-8")
    edited = text.replace("grade: A, from: 0, below: 200", "grade: A, from: 0, below: 1").replace(
        "grade: B, from: 200", "grade: B, from: 1"
    )
    scheme.write_text(edited, encoding="utf-8")
    score(workspace, "yunnan", T, silent, revision_reason="区间改动")
    assert sent_grade(workspace, enterprise) == ("B", "band", "2026-11-01")


def test_a_run_made_late_for_a_day_before_an_update_leaves_it_in_force(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", BEFORE, silent)
    enterprise, day = code(20), date(2026, 11, 1)
    province = Province(workspace.root)
    province.deliveries = 1
    listed = {"record_id": "L-new", "enterprise_id": enterprise, "start_date": "2026-11-01", "list_kind": "tax"}
    province.receive({"serious_listing": [listed]})
    assert update_one(workspace, "yunnan", enterprise, day)[0] == "D"
    score(workspace, "yunnan", T, silent)
    page = explain_one(workspace, "yunnan", enterprise, None)
    assert (page.as_of, page.grade) == (T, "A")
    assert page.updated is not None
    assert (page.updated.as_of, page.updated.was, page.updated.grade) == (day, "A", "D")
    exported = next(
        row for row in open_export(workspace, "yunnan", T, None).coded() if row["enterprise_id"] == enterprise
    )
    assert (exported["grade"], exported["decided_by"], exported["updated_on"]) == ("D", "blacklisted", day)
    score(workspace, "yunnan", day, silent)  # a run of the update's own day has it from the records
    assert read_updates(workspace.ledger, "yunnan", day) == {}
    assert explain_one(workspace, "yunnan", enterprise, None).grade == "D"


def test_an_update_is_of_no_day_to_come_and_of_none_before_the_last(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", T, silent)
    enterprise = code(20)
    province = Province(workspace.root)
    province.deliveries = 1
    listed = {"record_id": "L-new", "enterprise_id": enterprise, "start_date": "2026-11-01", "list_kind": "tax"}
    province.receive({"serious_listing": [{**listed, "planned_end_date": "2049-01-01"}]})
    assert update_one(workspace, "yunnan", enterprise, date(2026, 11, 1))[0] == "D"
    with pytest.raises(RunError, match="2050-01-01 is later than today"):
        update_one(workspace, "yunnan", enterprise, date(2050, 1, 1))
    with pytest.raises(RunError, match="up to date as of 2026-11-01; it cannot go back to 2026-10-31"):
        update_one(workspace, "yunnan", enterprise, T)
    assert read_updates(workspace.ledger, "yunnan", T)[enterprise].grade == "D"
