"""A workspace whose name is made of what shells, engines and addresses read as something else."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import small_runs

from riskml.engines.duckdb import parquet
from riskml.explaining.page import render_page
from riskml.publication.export_files import write_csv
from riskml.publication.exports import open_export
from riskml.runs.explain_one import explain_one
from riskml.runs.score import score

HOSTILE = "a[1]*?'中 文%20#{b}"


def silent(*_: object) -> None:
    """No progress."""


def test_a_file_is_read_and_not_those_that_its_name_would_match(tmp_path: Path) -> None:
    for name in ("a[1]", "a1", "a*", "ab", "a?"):
        (tmp_path / name).mkdir()
        pq.write_table(pa.table({"name": [name]}), tmp_path / name / "x.parquet")
    for name in ("a[1]", "a1", "a*", "ab", "a?"):
        assert duckdb.sql(f"SELECT * FROM {parquet([tmp_path / name / 'x.parquet'])}").fetchall() == [(name,)]


def test_a_workspace_of_any_name_is_loaded_scored_explained_and_exported(tmp_path: Path) -> None:
    workspace = small_runs.make_workspace(tmp_path / HOSTILE)
    result = score(workspace, "yunnan", date(2026, 10, 31), silent)
    assert result.enterprises == 60
    page = render_page(explain_one(workspace, "yunnan", small_runs.code(1), None))
    assert small_runs.code(1) in page
    write_csv(
        open_export(workspace, "yunnan", date(2026, 10, 31), None),
        tmp_path / HOSTILE / "out [x].csv",
        excel=True,
        on_progress=silent,
    )
    assert small_runs.code(1) in (tmp_path / HOSTILE / "out [x].csv").read_text(encoding="utf-8")
    shutil.rmtree(tmp_path / HOSTILE)
