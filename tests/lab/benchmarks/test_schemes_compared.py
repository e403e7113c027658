"""All schemes on the same enterprises: in a scheme's scope the grades are the published ones; no real records."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade import Province
from small_runs import PERIODS, T, make_bundle, make_workspace, put_in_use, records

from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.lab.benchmarks.schemes import compare_schemes
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.runs.score import score


def silent(*_: object) -> None:
    """No progress."""


def test_every_scheme_grades_everyone_as_it_would_publish_them(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    (workspace.features / EFFECT_PERIODS).write_text(PERIODS, encoding="utf-8")
    shutil.rmtree(workspace.sources / "simulated")
    Province(workspace.root, "simulated").receive(records())
    put_in_use(workspace, make_bundle())
    run = score(workspace, "yunnan", T, silent)

    found = compare_schemes(workspace, silent)
    assert (found.as_of, set(found.names)) == (T, {"guandu", "guangzhou", "langfang", "lingyuan", "yunnan"})
    assert len(found.grades) == 60
    assert all(sum(of.values()) == 60 for of in found.counts.values())
    published = pq.read_table(run.folder / "grades").to_pylist()
    assert published
    for row in published:
        assert found.names["yunnan"][found.grades.loc[row["enterprise_id"], "yunnan"]] == row["grade"]
    assert found.counts["guandu"]["AAA"] < 60, "nobody of this province is in Guandu's scope, and all have a grade here"
    assert found.to_dict()["scope_ignored"]
    assert "nothing of it is published" in found.notes()[0]


def test_real_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not all simulated \(sources: handmade"):
        compare_schemes(make_workspace(tmp_path / "workspace"), silent)
