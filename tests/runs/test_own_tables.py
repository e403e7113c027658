"""A column and a table that an office adds, from YAML alone: through ingest, score and explain."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import yaml
from handmade import Province
from small_runs import SYSTEM, code, make_bundle, put_in_use, records
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import RiskmlError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.records.table_files import tables_in
from riskml.records.tables import using
from riskml.runs.spark.arrow import DIVISION, FIRED, FIRED_FIELDS, bundle_texts, score_batches

RIVER = """\
table: penalty
columns:
  - id: local_river
    label: {zh: 所在河段, en: river reach}
    type: text
    codes: {upper: {zh: 上游, en: upper}, lower: {zh: 下游, en: lower}, other: {zh: 其他, en: other}}
"""
VISIT = """\
table: local_visit
label: {zh: 走访, en: Visits}
dimension: social
kind: event
columns:
  - id: local_mood
    label: {zh: 反映, en: mood}
    type: text
    codes: {good: {zh: 好, en: good}, bad: {zh: 差, en: bad}}
"""


def run(workspace: Workspace, *arguments: str) -> Any:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), *arguments])
    assert ran.exit_code == 0, ran.output
    return ran


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The third enterprise was penalised upstream, the fourth downstream; the model counts what happened upstream and
    bad visits.
    """
    made = create_workspace(tmp_path_factory.mktemp("own") / "workspace")
    for path, text in (("tables/penalty.yaml", RIVER), ("overlays/kunming/tables/local_visit.yaml", VISIT)):
        (made.features / path).parent.mkdir(parents=True, exist_ok=True)
        (made.features / path).write_text(text, encoding="utf-8")
    rows = records()
    penalty = {"event_date": "2026-06-05", "severity": "moderate", "kind": "fine", "fine": 3}
    rows["penalty"] = [
        {**penalty, "record_id": "P-A", "enterprise_id": code(3), "local_river": "upper"},
        {**penalty, "record_id": "P-B", "enterprise_id": code(4), "local_river": "lower"},
    ]
    rows["local_visit"] = [
        {"record_id": "V-A", "enterprise_id": code(3), "event_date": "2026-06-05", "local_mood": "bad"},
    ]
    with using(tables_in(made.features)):
        Province(made.root).source(rows)
    run(made, "ingest", "handmade", "--from", str(made.root / "inbox"), "--received", "2026-11-01")
    system = yaml.safe_load(SYSTEM)
    first, _, third = system["groups"][0]["indicators"]
    first["where"] = "local_river = 'upper'"
    third |= {"from": "local_visit", "where": "local_mood = 'bad'"}
    with using(tables_in(made.features)):
        put_in_use(made, make_bundle(yaml.safe_dump(system, allow_unicode=True)))
    run(made, "score", "--as-of", "2026-10-31")
    return made


def test_an_indicator_over_an_own_column_and_one_over_an_own_table_are_scored(workspace: Workspace) -> None:
    values = {}
    for number in (3, 4):
        told = json.loads(run(workspace, "explain", code(number), "--as-of", "2026-10-31", "--format", "json").stdout)
        values[number] = {one["name"]: one["value"] for one in told["indicators"]}
    assert (values[3]["penalty_count_365d"], values[3]["complaint_count_365d"]) == (1, 1)
    assert (values[4]["penalty_count_365d"], values[4]["complaint_count_365d"]) == (0, 0)
    assert values[4]["fine_amount"] == 3


def test_the_record_is_cited_with_the_own_column_in_words(workspace: Workspace) -> None:
    told = run(workspace, "explain", code(3), "--as-of", "2026-10-31", "--format", "json").stdout
    assert "所在河段" in told
    assert "上游" in told
    assert "走访" in told


def test_an_own_column_that_no_indicator_names_is_shown_too(workspace: Workspace) -> None:
    told = run(workspace, "explain", code(4), "--as-of", "2026-10-31", "--format", "json").stdout
    assert "下游" in told


def test_check_knows_of_them(workspace: Workspace) -> None:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "check", "--json"])
    assert "local_visit" not in ran.stdout


def test_without_its_file_the_store_is_not_read_as_if_the_column_were_not_there(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = workspace.features / "tables" / "penalty.yaml"
    kept = path.rename(tmp_path / "kept.yaml")
    try:
        ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "explain", code(3)])
        assert ran.exit_code == 2 or isinstance(ran.exception, Exception)
        assert "local_river" in f"{ran.output}{ran.exception}"
    finally:
        kept.rename(path)


def test_workers_of_a_cluster_are_told_of_the_own_tables(workspace: Workspace) -> None:
    """They have the shipped tables only, and read the model's indicators from its texts."""
    bundle = workspace.bundle("yunnan")
    fired = pa.array([[]], pa.list_(pa.struct({name: pa.string() for name in FIRED_FIELDS})))
    row = {"enterprise_id": pa.array([code(3)]), DIVISION: pa.array(["530111"]), FIRED: fired}
    row |= {name: pa.array([1.0]) for name in ("penalty_count_365d", "fine_amount", "complaint_count_365d")}
    batch = pa.RecordBatch.from_arrays(list(row.values()), names=list(row))
    own, scheme = (
        tables_in(workspace.features).own,
        (workspace.models / "yunnan" / "scheme.yaml").read_text(encoding="utf-8"),
    )
    (scored,) = score_batches(SimpleNamespace(value=(bundle_texts(bundle), scheme, (), own)), iter([batch]))
    assert scored["grades"].to_pylist()[0]["enterprise_id"] == code(3)
    with pytest.raises(RiskmlError, match="local_river"):
        list(score_batches(SimpleNamespace(value=(bundle_texts(bundle), scheme, (), ())), iter([batch])))
