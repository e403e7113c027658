"""All schemes from one reading: the same bytes as each alone, and one that fails loses none of the others."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from decided import decide
from handmade import ROOT, Province
from provinces import copied
from small_runs import SYSTEM, T, code, make_bundle, put_in_use, records
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RiskmlError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.features.matrix import MatrixBuilder
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.runs.score_all import score_all


def silent(*_: object) -> None:
    """No progress."""


def make(root: Path, indicators: str = SYSTEM) -> Workspace:
    """Yunnan's scheme with a model and those that need none; every second enterprise is registered in Lingyuan, others
    in Langfang or Guangzhou.
    """
    made = create_workspace(root)
    rows = records()
    for number, one in enumerate(rows["enterprise"]):
        one["division"] = "211382" if number % 2 else {2: "440106", 6: "131002"}.get(number % 8, one["division"])
        one["kind"] = "individual_business" if number in (4, 5) else "limited_company"
    listed = {"subject_id": "p1", "subject_kind": "person", "start_date": "2026-10-20"}
    post = {"record_id": "W-20", "enterprise_id": code(20), "person_id": "p1", "person_name": "某", "role": "director"}
    rows |= {"position": [{**post, "start_date": "2024-01-01"}], "dishonest_debtor": [{**listed, "record_id": "D-1"}]}
    Province(made.root).receive(rows)
    put_in_use(made, make_bundle(indicators))
    return made


def parquet_of(workspace: Workspace, scheme: str) -> dict[str, str]:
    """Every Parquet file of the run of T → its SHA-256."""
    folder = published_run(workspace, scheme, T).folder
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def compared(together: Workspace, alone: Workspace) -> None:
    done = score_all(together, together.schemes, T, silent)
    assert {name: one for name, one in done.items() if isinstance(one, RiskmlError)} == {}
    for name in together.schemes:
        score(alone, name, T, silent)
        assert parquet_of(together, name) == parquet_of(alone, name) != {}, name
        of_both = [published_run(one, name, T).manifest for one in (together, alone)]
        assert of_both[0].grades == of_both[1].grades
        assert of_both[0].policy == of_both[1].policy


def test_each_run_has_the_bytes_it_has_alone(tmp_path: Path) -> None:
    compared(make(tmp_path / "together"), make(tmp_path / "alone"))


def test_an_answer_about_a_person_takes_the_listing_from_its_own_scheme_alone(tmp_path: Path) -> None:
    """Guandu, the first, has no answers; Yunnan's model here reads whose post-holders are listed."""
    indicators = SYSTEM.replace("from: complaint", "from: dishonest_post_holder")
    made = [make(tmp_path / name, indicators) for name in ("together", "alone")]
    for one in made:
        decide(
            one, "yunnan", enterprise_id=code(20), rule="dishonest_post_holder", evidence=["D-1"],
            grade="not_same_person",
            officer="李某", reason="身份证号登记有误", decided_on=T, expires_on=None,
        )  # fmt: skip
    compared(*made)
    rows = pq.read_table(published_run(made[0], "yunnan", T).parts("indicators")[0]).to_pylist()
    counted = {row["enterprise_id"]: row["complaint_count_365d"] for row in rows}
    assert counted[code(20)] == 0


@pytest.mark.long
def test_so_it_has_on_a_simulated_province_by_a_trained_model(trained: Path, tmp_path: Path) -> None:
    compared(copied(trained, tmp_path / "together"), copied(trained, tmp_path / "alone"))


def test_the_records_are_laid_out_once_for_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid, lay_out = [], MatrixBuilder.lay_out

    def counting(builder: MatrixBuilder, bucket: int, **options: Any) -> None:
        laid.append(bucket)
        lay_out(builder, bucket, **options)

    monkeypatch.setattr(MatrixBuilder, "lay_out", counting)
    workspace = make(tmp_path / "workspace")
    done = score_all(workspace, workspace.schemes, T, silent)
    assert len(done) >= 3
    assert sorted(laid) == sorted(set(laid))


def test_one_that_fails_is_named_and_the_others_are_published(tmp_path: Path) -> None:
    workspace = make(tmp_path / "workspace")
    shutil.rmtree(workspace.bundle("yunnan"))
    path = workspace.models / "lingyuan" / "scheme.yaml"
    shipped = (ROOT / "models" / "lingyuan" / "scheme.yaml").read_text(encoding="utf-8")
    path.write_text(shipped.replace("when: bad >= 30", "when: bad > 30"), encoding="utf-8")
    ran = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "score", "--scheme", "all", "--as-of", str(T), "--json"]
    )
    assert ran.exit_code == 3, ran.output
    shown = json.loads(ran.stdout)
    assert list(shown) == list(workspace.schemes)
    assert "no grade for good 0, bad 30" in shown["lingyuan"]["error"]["en"]
    assert "error" in shown["yunnan"]
    assert sum(shown["guandu"]["grades"].values()) == shown["guandu"]["enterprises"] > 0
    assert "lingyuan" in ran.stderr
    assert parquet_of(workspace, "guandu")


def test_one_whose_value_cannot_be_computed_loses_none_of_the_others(tmp_path: Path) -> None:
    workspace = make(tmp_path / "workspace")
    path = workspace.models / "lingyuan" / "scheme.yaml"
    shipped = path.read_text(encoding="utf-8")
    told = shipped.replace("where: outcome = 'kept'", "where: CAST(outcome AS INTEGER) = 1").replace(
        "from: commitment\n        where: CAST", "from: complaint\n        where: CAST"
    )
    path.write_text(told.replace("CAST(outcome", "CAST(kind"), encoding="utf-8")
    done = score_all(workspace, workspace.schemes, T, silent)
    failed = done.pop("lingyuan")
    assert isinstance(failed, ConfigurationError)
    assert "commitments_kept" in failed.en
    assert not [name for name, one in done.items() if isinstance(one, RiskmlError)]
    assert parquet_of(workspace, "yunnan")


def test_where_all_fail_nothing_is_published_and_the_command_fails(tmp_path: Path) -> None:
    workspace = make(tmp_path / "workspace")
    ran = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "score", "--scheme", "all", "--as-of", "2001-01-01"]
    )
    assert ran.exit_code == 1, ran.output
    assert not list(workspace.runs.glob("*/2001-01-01"))


@pytest.mark.parametrize("option", ["--engine spark", "--enterprise 91530102000000001X"])
def test_what_is_for_one_scheme_is_refused(tmp_path: Path, option: str) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    ran = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "score", "--scheme", "all", "--as-of", str(T), *option.split()]
    )
    assert isinstance(ran.exception, ConfigurationError)
    assert "--scheme all" in ran.exception.en
