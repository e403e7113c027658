"""The dry run: what is wrong is found, named with its cure, and nothing is written."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from handmade import Province
from small_runs import T, make_workspace, records
from typer.testing import CliRunner

from riskml.checks import machine
from riskml.checks.check import check
from riskml.checks.delivery import check_delivery
from riskml.checks.findings import Finding, exit_code
from riskml.checks.machine import check_clock, estimate
from riskml.checks.unknown_indicators import check_received
from riskml.cli import app
from riskml.core.init import create_workspace
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.features.specs import load_system
from riskml.records.sources import load_source
from riskml.records.store import open_store
from riskml.runs.published import PublishedRun
from riskml.runs.run_manifest import RunManifest


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("check") / "workspace")
    shutil.copyfile(
        Path(__file__).parents[2] / "models/yunnan/training.yaml", workspace.models / "yunnan" / "training.yaml"
    )
    return workspace


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(made.root, copy.root)
    return copy


def errors(found: tuple[Finding, ...] | list[Finding]) -> list[tuple[str, str]]:
    return [(finding.about, finding.en) for finding in found if finding.level == "error"]


def test_a_workspace_in_order_has_no_error_and_stays_as_it_is(workspace: Workspace) -> None:
    before = {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")}
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "check", "--as-of", str(T), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)["findings"]
    assert {one["about"] for one in found} == {
        "configuration", "sources", "records", "disk", "memory", "time", "clock", "ledger", "lock", "folders",
    }  # fmt: skip
    (takes,) = [one["en"] for one in found if one["about"] == "time"]
    assert takes.startswith("Expected to take less than a minute (")
    assert any(
        "inspection was never received" in one["en"] and "indicators will be unknown" in one["en"] for one in found
    )
    assert {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")} == before


def test_indicators_that_rest_on_what_never_came_are_named(tmp_path: Path) -> None:
    enterprises = [
        {
            "record_id": f"E{n}", "enterprise_id": f"甲{n}", "name": "甲", "status": "active", "kind": "company",
            "valid_from": "2020-01-01", "established_date": "2020-01-01", "registered_capital": "100",
        }
        for n in range(3)
    ]  # fmt: skip
    workspace = create_workspace(tmp_path / "workspace")
    province = Province(workspace.root)
    province.receive({"enterprise": enterprises})
    told = [one.en for one in check_received(province.store, load_system(workspace.features))]
    pledge = next(one for one in told if "equity_pledge was never received" in one)
    assert pledge.endswith("; worked out of these: equity_pledge_to_capital.")
    assert "enterprise.paid_capital never had a value; 1 indicator reads it: paid_capital_ratio." in told
    assert not any("registered_capital never" in one for one in told)
    province.receive({"enterprise": [enterprises[0] | {"record_id": "F0", "paid_capital": "5"}]})
    told = [one.en for one in check_received(province.store, load_system(workspace.features))]
    assert not any("paid_capital" in one for one in told)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("features/supervision.yaml", "dimension: supervision"),
        ("features/effect_periods.yaml", "penalty: ["),
        ("features/repair.yaml", "steps: ["),
        ("models/yunnan/scheme.yaml", "id: yunnan"),
        ("models/yunnan/training.yaml", "scheme: [yunnan"),
        ("sources/simulated/penalty.sql", "SELEC 1"),
    ],
)
def test_a_wrong_configuration_is_named_and_ends_with_2(workspace: Workspace, file: str, content: str) -> None:
    (workspace.root / file).write_text(content, encoding="utf-8")
    found = check(workspace, "yunnan")
    assert exit_code(found) == 2
    assert any(Path(file).name in en for _, en in errors(found))


def test_a_damaged_model_or_record_file_ends_with_1(workspace: Workspace) -> None:
    (workspace.bundle("yunnan") / "booster.txt").write_text("changed")
    (path,) = open_store(workspace.records).paths("penalty")
    path.write_bytes(path.read_bytes()[:-1])
    found = check(workspace, "yunnan")
    assert exit_code(found) == 1
    assert [about for about, _ in errors(found)] == ["model", "records"]
    assert str(path) in errors(found)[1][1]


def test_without_records_the_message_says_what_to_do(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    found = check(workspace, "yunnan")
    assert exit_code(found) == 2
    assert any("riskml ingest" in en for _, en in errors(found))


def test_records_that_were_removed_are_not_taken_for_none_yet(workspace: Workspace) -> None:
    shutil.rmtree(workspace.records)
    ((about, en),) = errors(check(workspace, "yunnan"))
    assert about == "records"
    assert "line 2 of the ledger" in en


def test_a_folder_of_results_that_is_gone_is_told_with_what_to_do(workspace: Workspace) -> None:
    shutil.rmtree(workspace.runs)
    (found,) = (one for one in check(workspace, "yunnan") if one.about == "folders")
    assert f"There is no {workspace.runs}" in found.en


def test_who_holds_a_lock_is_told(workspace: Workspace) -> None:
    with exclusive(workspace.runs / "yunnan" / "run.lock"):
        ((about, en),) = errors(check(workspace, "yunnan"))
    assert about == "lock"
    assert "pid " in en


def test_a_clock_that_is_behind_and_a_day_to_come_are_errors(workspace: Workspace) -> None:
    store = open_store(workspace.records)  # received on 2026-11-01
    days = [(date(2026, 10, 30), None, "error"), (date(2026, 11, 2), date(2026, 11, 30), "error"),
        (date(2026, 11, 2), T, "ok"),
            (date(2026, 12, 1), date(2026, 11, 30), "warning")]  # fmt: skip
    for today, as_of, level in days:
        (finding,) = check_clock(workspace, "yunnan", store, as_of, today)
        assert finding.level == level


def test_too_little_disk_or_memory_is_said_with_how_it_was_estimated(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "available_gib", lambda: 0.1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))  # type: ignore[attr-defined]
    found = check(workspace, "yunnan")
    assert [about for about, _ in errors(found)] == ["disk", "memory"]
    assert all("no earlier run" in en for _, en in errors(found))
    assert exit_code(found) == 1


def test_needs_are_scaled_from_the_newest_run(tmp_path: Path) -> None:
    made = {"riskml": "0", "scheme": "yunnan", "as_of": T, "decisions_in_force": 0, "simulated": False,
        "grades": {"A": 60, "D": 40},
            "pending_officer_choice": 0, "quarantined_rows": {}, "files": {},
            "carried": {}} | dict.fromkeys(("policy", "model", "records", "decisions"), "0" * 64)  # fmt: skip
    (tmp_path / "manifest.json").write_text("{}")
    manifest = RunManifest.model_validate(
        {**made, "enterprises": 100, "seconds": {"relations": 4, "report": 6}, "peak_memory_gib": 2}
    )
    needed = estimate(PublishedRun(tmp_path, manifest), 300)
    assert (needed.seconds, needed.memory_gib) == (30.0, 6.0)
    assert needed.published_bytes == 3 * len("{}")


def test_a_delivery_is_read_without_being_loaded(workspace: Workspace) -> None:
    other = Province(workspace.root)
    other.deliveries = 5
    source = other.source({"penalty": records()["penalty"], "complaint": records()["complaint"]})
    inbox = workspace.root / "inbox"
    (finding,) = check_delivery(source, inbox)
    assert finding.level == "ok"
    (inbox / "penalty6.parquet").write_bytes(b"PAR1")
    (inbox / "complaint6.parquet").unlink()
    missing, damaged = sorted(
        (en for _, en in errors(check_delivery(source, inbox))), key=lambda en: "cannot be read" in en
    )
    assert "complaint6.parquet does not exist" in missing
    assert "penalty6.parquet cannot be read" in damaged


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("代码,日期\n1,2026-01-01\n".encode("gb18030"), "encoding: gb18030"),
        ("代码\n1\n".encode(), "lacks the column 日期"),
    ],
)
def test_a_delivery_in_another_encoding_or_without_a_column_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    folder = tmp_path / "sources" / "office"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(
        "{source: office, label: {zh: 局, en: office}, identifier: free, files: {raw: p.csv}}", encoding="utf-8"
    )
    (folder / "penalty.sql").write_text(
        "SELECT source_row, 代码 AS record_id, 日期 AS event_date FROM raw", encoding="utf-8"
    )
    (tmp_path / "p.csv").write_bytes(content)
    ((_, en),) = errors(check_delivery(load_source(folder), tmp_path))
    assert said in en
