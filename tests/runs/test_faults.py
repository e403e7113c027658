"""Nothing lost: killed or out of room on the way, damaged files, two at once, clocks set back, inputs that change."""

from __future__ import annotations

import ctypes
import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import disturbed
import pyarrow as pa
import pytest
from disturbed import ENDED_IN_WORDS, FINISHED
from handmade import Province
from small_runs import BEFORE, T, code, records, without_checkpoints

from riskml.core.errors import RunError
from riskml.core.files import append_durably, put_in_place, sha256
from riskml.core.workspace import Workspace
from riskml.lifecycle.promote import _install
from riskml.lifecycle.retrain import retrain
from riskml.publication.verify import faults_of
from riskml.records import received
from riskml.records.store import open_store
from riskml.runs import as_of
from riskml.runs.clean import clean
from riskml.runs.explain_one import explain_one
from riskml.runs.layout import RunFolder
from riskml.runs.score import score
from riskml.training.model import in_use, load_model

KILLED = -9
TIMED = ("seconds", "peak_memory_gib", "reports")  # a report has the checkpoints of its moment
Job = Callable[[Workspace], None]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Records in several buckets, a model, one month published, and a second delivery that waits."""
    return disturbed.make_origin(tmp_path_factory.mktemp("faults") / "workspace")


@pytest.fixture(scope="module")
def published(origin: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same with the second month published."""
    workspace = Workspace(tmp_path_factory.mktemp("published") / "workspace")
    shutil.copytree(origin.root, workspace.root)
    assert disturbed.disturbed(disturbed.score, workspace)[0] == FINISHED
    return workspace


def content(folder: Path) -> dict[str, Any]:
    """Every file below `folder` with its bytes; of manifests all but what differs from run to run."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        if path.is_file() and not path.name.endswith(".lock"):
            found[str(path.relative_to(folder))] = without_checkpoints(path.read_bytes())
            if path.name == "manifest.json":
                manifest = json.loads(path.read_bytes())
                if manifest.get("revision"):
                    del manifest["revision"]["at"]
                found[str(path.relative_to(folder))] = {
                    name: value for name, value in manifest.items() if name not in TIMED
                }
    return found


STEPS: dict[disturbed.Fault, int] = {"kill": 10, "full": 6}
"""At how many steps a job is disturbed: the first, the last, and others evenly between. More are drawn in
test_random_kills.py.
"""


def spread(steps: int, most: int) -> list[int]:
    """At most `most` of the numbers 1 to `steps`."""
    return sorted({round(1 + place * (steps - 1) / (most - 1)) for place in range(most)})


def disturb_throughout(
    job: Job, start: Workspace, place: Path, result: str, fault: disturbed.Fault, check: Callable[[Path], None]
) -> None:
    """Disturb a job at steps from its first to its last: what `result` names is as before or as after, and once the job
    is done again as after.

    Parameters
    ----------
    check
        What readers need of `result` after the disturbance.
    """
    fresh = Workspace(place / "workspace")

    def renew() -> None:
        shutil.rmtree(fresh.root, ignore_errors=True)
        shutil.copytree(start.root, fresh.root)

    renew()
    before = content(fresh.root / result)
    code, steps = disturbed.disturbed(job, fresh, fault=fault)
    assert code == FINISHED
    assert steps > 3
    after = content(fresh.root / result)
    assert after != before
    expected = KILLED if fault == "kill" else ENDED_IN_WORDS
    for step in spread(steps, STEPS[fault]):
        renew()
        code, _ = disturbed.disturbed(job, fresh, step=step, fault=fault)
        # A disk that is full where only an old copy would be tidied away, or a folder is there already, disturbs
        # nothing.
        assert code == expected or (fault == "full" and code == FINISHED), f"step {step} of {steps}: exit code {code}"
        check(fresh.root / result)
        done = content(fresh.root / result) == after
        assert code != FINISHED or done, f"step {step} of {steps}"
        assert disturbed.disturbed(job, fresh)[0] == FINISHED, f"after step {step} of {steps}"
        again = content(fresh.root / result)
        assert again == after, f"after step {step} of {steps}"


def readable_run(folder: Path) -> None:
    """The run that stood there, or the new one: every file that its manifest names, as it names it."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {name: sha256(folder / name) for name in manifest["files"]} == manifest["files"]
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")} == set(manifest["files"])


def whole_run_or_none(folder: Path) -> None:
    if folder.exists():
        readable_run(folder)


def readable_store(folder: Path) -> None:
    open_store(folder).verify()


def whole_or_absent(*names: str) -> Callable[[Path], None]:
    """Either nothing is there, or all files of `names`."""

    def check(folder: Path) -> None:
        assert not folder.exists() or {path.name for path in folder.iterdir()} >= set(names)

    return check


def whole_package(folder: Path) -> None:
    for package in folder.glob("yunnan-*"):
        assert not faults_of(package)


def anything(_: Path) -> None:
    """Nothing more is asked."""


RUN = f"runs/yunnan/{T}"
JOBS: dict[str, tuple[Job, str, Callable[[Path], None]]] = {
    "migration": (
        disturbed.migration,
        f"runs/yunnan/migration/{BEFORE}_{T}",
        whole_or_absent("migration.csv", "matrix.csv"),
    ),
    "package": (disturbed.package, "runs/yunnan/push", whole_package),
    "copy of the package": (disturbed.package, "outbox", whole_package),
    "export": (disturbed.export, "exported.csv", anything),
    "warnings": (disturbed.warnings, f"runs/yunnan/warnings/{T}", whole_or_absent("warnings.csv", "warnings.json")),
}


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kill", "full"])
def test_a_run_disturbed_on_its_way_goes_on_to_the_same_bytes(
    origin: Workspace, tmp_path: Path, fault: disturbed.Fault
) -> None:
    disturb_throughout(disturbed.score, origin, tmp_path, RUN, fault, whole_run_or_none)


@pytest.mark.long
def test_a_run_that_is_replaced_stays_readable_wherever_its_successor_is_killed(
    published: Workspace, tmp_path: Path
) -> None:
    """The records have changed since, so that the new run differs from the one it replaces."""
    changed = Workspace(tmp_path / "changed")
    shutil.copytree(published.root, changed.root)
    assert disturbed.disturbed(disturbed.ingest, changed)[0] == FINISHED
    disturb_throughout(disturbed.score, changed, tmp_path, RUN, "kill", readable_run)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kill", "full"])
def test_a_load_disturbed_on_its_way_is_there_whole_or_not_at_all(
    origin: Workspace, tmp_path: Path, fault: disturbed.Fault
) -> None:
    disturb_throughout(disturbed.ingest, origin, tmp_path, "data/records", fault, readable_store)


@pytest.fixture(scope="module")
def loaded_twice(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two loads that no run rests on, the second of which ended a state; a third delivery waits."""
    workspace = Workspace(tmp_path_factory.mktemp("twice") / "workspace")
    province = Province(workspace.root)
    first = {name: records()[name] for name in ("penalty", "serious_listing")}
    province.receive(first)
    province.receive({"serious_listing": [{**records()["serious_listing"][0], "end_date": "2026-10-30"}]})
    province.source({"penalty": [{**row, "record_id": row["record_id"] + "-3"} for row in first["penalty"][:20]]})
    return workspace


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kill", "full"])
def test_an_undo_disturbed_on_its_way_is_done_or_not_done(
    loaded_twice: Workspace, tmp_path: Path, fault: disturbed.Fault
) -> None:
    manifest = "data/records/manifest.json"  # what else a kill leaves is named by nothing, and cleaned up
    disturb_throughout(
        disturbed.undo, loaded_twice, tmp_path, manifest, fault, lambda path: readable_store(path.parent)
    )


@pytest.mark.long
def test_a_dry_run_killed_on_its_way_leaves_the_records_alone_and_is_cleaned_up_after(
    loaded_twice: Workspace, tmp_path: Path
) -> None:
    before = content(loaded_twice.data)
    fresh = Workspace(tmp_path / "workspace")
    _, steps = disturbed.disturbed(disturbed.dry_run, loaded_twice)
    assert content(loaded_twice.data) == before
    for step in spread(steps, STEPS["kill"]):
        shutil.rmtree(fresh.root, ignore_errors=True)
        shutil.copytree(loaded_twice.root, fresh.root)
        assert disturbed.disturbed(disturbed.dry_run, fresh, step=step)[0] == KILLED
        readable_store(fresh.records)
        clean(fresh, remove=True)
        assert content(fresh.data) == before, f"step {step} of {steps}"


@pytest.mark.long
def test_a_cleaning_killed_on_its_way_goes_on_and_leaves_what_is_needed(
    loaded_twice: Workspace, tmp_path: Path
) -> None:
    full = Workspace(tmp_path / "full")
    shutil.copytree(loaded_twice.root, full.root)
    for number in range(4):
        (full.records / f"penalty/bucket=000/load-0009{number}.parquet").write_bytes(b"left by a kill")
    disturb_throughout(disturbed.clean, full, tmp_path, "data/records", "kill", readable_store)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kill", "full"])
@pytest.mark.parametrize("name", JOBS)
def test_what_is_made_of_a_run_appears_whole_or_not_at_all(
    published: Workspace, tmp_path: Path, name: str, fault: disturbed.Fault
) -> None:
    job, result, check = JOBS[name]
    disturb_throughout(job, published, tmp_path, result, fault, check)


def interrupted(origin: Workspace, place: Path) -> tuple[Workspace, RunFolder]:
    """A run that was killed when all of its parts were written."""
    workspace = Workspace(place / "workspace")
    shutil.copytree(origin.root, workspace.root)
    folder = RunFolder(workspace, "yunnan", T)
    step = 0
    while not ((report := folder.draft / "report.html").exists() and (folder.draft / "finished/1").exists()):
        step += -1 if report.exists() else 5  # once the report is there the marks are soon gone
        shutil.rmtree(folder.draft, ignore_errors=True)
        assert disturbed.disturbed(disturbed.score, workspace, step=step)[0] == KILLED
    return workspace, folder


@pytest.mark.long
@pytest.mark.parametrize("damage", ["shortened", "one bit", "removed", "mark"])
def test_a_finished_part_that_was_damaged_is_computed_again(
    origin: Workspace, published: Workspace, tmp_path: Path, damage: str
) -> None:
    workspace, folder = interrupted(origin, tmp_path)
    part = folder.draft / ("finished/1" if damage == "mark" else "contributions/part-00001.parquet")
    whole = part.read_bytes()
    match damage:
        case "one bit":
            part.write_bytes(bytes([*whole[:40], whole[40] ^ 1, *whole[41:]]))
        case "removed":
            part.unlink()
        case _:
            part.write_bytes(whole[: len(whole) // 2])
    assert disturbed.disturbed(disturbed.score, workspace)[0] == FINISHED
    assert content(workspace.root / RUN) == content(published.root / RUN)


def test_a_part_damaged_before_publication_is_not_published(published: Workspace, tmp_path: Path) -> None:
    folder = RunFolder(Workspace(tmp_path), "yunnan", T)
    folder.begin({"model": "m"})
    folder.write_part(0, {"grades": pa.table({"grade": ["A"]})})
    part = folder.draft / "grades" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"X")
    with pytest.raises(RunError, match=r"part-00000\.parquet was changed or damaged .* run the same command again"):
        folder.files()
    assert folder.begin({"model": "m"}) == set()


@pytest.mark.parametrize("damage", ["shortened", "one bit", "removed"])
def test_a_damaged_record_file_is_named_with_the_cure(published: Workspace, tmp_path: Path, damage: str) -> None:
    workspace = Workspace(tmp_path / "workspace")
    shutil.copytree(published.root, workspace.root)
    before = content(workspace.root / RUN)
    (path,) = open_store(workspace.records).paths("penalty", 1)
    whole = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(whole[:-200] if damage == "shortened" else bytes([*whole[:40], whole[40] ^ 1, *whole[41:]]))
    with pytest.raises(RunError, match=rf"{path} is missing or damaged.*Restore it"):
        score(workspace, "yunnan", T, disturbed.silent)
    with pytest.raises(RunError, match=rf"{path} is missing or damaged.*Restore it"):
        disturbed.ingest(workspace)
    assert content(workspace.root / RUN) == before
    path.write_bytes(whole)
    disturbed.ingest(workspace)


def test_two_runs_at_once_the_second_is_told_who_the_first_is_and_the_first_is_unharmed(
    published: Workspace, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "workspace")
    shutil.copytree(published.root, workspace.root)
    refused = []

    def second(stage: str, *_: object) -> None:
        if stage == "scores" and not refused:
            code = "import sys; from riskml.cli import main; main()"
            arguments = ["--workspace", str(workspace.root), "score", "--as-of", str(T)]
            refused.append(
                subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
            )

    score(workspace, "yunnan", T, second)
    assert refused[0].returncode == 1
    assert f"pid {os.getpid()}, " in refused[0].stderr
    readable_run(workspace.root / RUN)


def long_ago() -> date:
    """The day on a clock that was set back."""
    return date(2020, 1, 1)


def test_a_clock_set_back_sends_no_delivery_to_quarantine_and_grades_no_day_to_come(
    published: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "china_today", long_ago)
    monkeypatch.setattr(as_of, "china_today", long_ago)
    with pytest.raises(RunError, match="2020-01-01 is before the day of the last delivery, 2026-11-01; set the clock"):
        received.received_today(published.records)
    with pytest.raises(RunError, match="later than today and than the last delivery"):
        as_of.refuse_impossible_day(open_store(published.records), date(2026, 12, 31), 60)
    for work in (
        partial(explain_one, published, "yunnan", code(1)),
        partial(retrain, published, "yunnan", on_progress=lambda *_: None),
    ):
        with pytest.raises(RunError, match="later than today and than the last delivery"):
            work(as_of=date(2026, 12, 31))
    as_of.refuse_impossible_day(open_store(published.records), T, 60)


def test_no_delivery_is_received_on_a_day_to_come_but_a_simulated_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "china_today", long_ago)
    yesterday, tomorrow = date(2019, 12, 31), date(2020, 1, 2)
    assert received.received_on(tmp_path, "market", yesterday) == yesterday
    with pytest.raises(RunError, match="--received 2020-01-02 is later than today, 2020-01-01"):
        received.received_on(tmp_path, "market", tomorrow)
    assert received.received_on(tmp_path, "simulated", tomorrow) == tomorrow
    with pytest.raises(RunError, match="--received 2027-01-01 is later than today"):  # none is simulated so far ahead
        received.received_on(tmp_path, "simulated", date(2027, 1, 1))


def test_a_clock_that_jumps_in_a_run_leaves_its_durations(
    published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "workspace")
    shutil.copytree(published.root, workspace.root)
    backwards = itertools.count(2_000_000_000, -10_000)
    monkeypatch.setattr(time, "time", lambda: float(next(backwards)))
    result = score(workspace, "yunnan", T, disturbed.silent)
    assert all(0 <= seconds < 600 for seconds in result.seconds.values())


def test_inputs_that_change_in_a_run_are_not_mixed_into_it(
    published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, model and decisions are those that the run began with, and its manifest says so; the next run has the
    new ones.
    """
    monkeypatch.setattr("riskml.runs.run.write_report", disturbed.report)
    workspace = Workspace(tmp_path / "workspace")
    shutil.copytree(published.root, workspace.root)
    before = content(workspace.root / RUN)
    changed = []

    def change(stage: str, *_: object) -> None:
        if stage == "scores" and not changed:
            disturbed.ingest(workspace)
            other = load_model(workspace, "yunnan").bundle
            other = replace(other, facts={**other.facts, "note": "another"})
            with workspace.ledger.putting("promotion", in_use("yunnan"), other.digest):
                _install(other, workspace.bundle("yunnan"))
            decision = {"scheme": "yunnan", "enterprise_id": code(15), "rule": "serious_negative_effect",
                "evidence": ["O-15"], "grade": "D",
                        "officer": "李某", "reason": "查实", "decided_on": "2026-10-20",
                        "expires_on": "2027-10-20"}  # fmt: skip
            workspace.ledger.append("decision", decision)
            changed.append(load_model(workspace, "yunnan").bundle.digest)

    score(workspace, "yunnan", T, change)
    after = content(workspace.root / RUN)
    assert changed
    assert after["manifest.json"] == before["manifest.json"]
    score(workspace, "yunnan", T, disturbed.silent)
    now = json.loads((workspace.root / RUN / "manifest.json").read_bytes())
    assert now["decisions_in_force"] == 1 != before["manifest.json"]["decisions_in_force"]
    assert now["model"] == changed[0] != before["manifest.json"]["model"]
    assert now["records"] == open_store(workspace.records).digest != before["manifest.json"]["records"]


def test_a_line_that_finds_the_disk_full_is_not_left_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.jsonl"
    append_durably(path, b"first")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        append_durably(path, b"second")
    assert path.read_bytes() == b"first\n"


def test_a_file_system_that_cannot_exchange_names_is_served_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        def renameat2(self, *_: object) -> int:
            ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Refusing())
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    put_in_place(tmp_path / "a", tmp_path / "b")
    assert [path.name for path in tmp_path.rglob("*")] == ["b", "a"]
