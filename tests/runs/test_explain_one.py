"""What an explanation says of what was published as of its date."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from handmade import Province
from rich.console import Console
from small_runs import BEFORE, T, code, make_workspace

from riskml.explaining.explanation import PublishedInstead
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.runs.explain_one import explain_one
from riskml.runs.score import score


def silent(*_: object) -> None:
    """No progress."""


def test_an_explanation_of_something_else_than_was_published_says_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    run = score(workspace, "yunnan", T, silent)
    same = explain_one(workspace, "yunnan", code(20), T)
    assert (same.published_instead, same.provenance.run) == (None, f"yunnan/{T}")
    assert explain_one(workspace, "yunnan", code(20), BEFORE).published_instead == PublishedInstead(None, None, None, ())

    province = Province(workspace.root)
    province.deliveries = 1
    penalty = {"record_id": "P-new", "enterprise_id": code(20), "event_date": "2026-10-01", "severity": "serious", "kind": "fine"}
    province.receive({"penalty": [penalty]})
    now = explain_one(workspace, "yunnan", code(20), T)
    (row,) = pq.read_table(run.folder / "grades", filters=[("enterprise_id", "=", code(20))]).to_pylist()
    assert now.published_instead == PublishedInstead(f"yunnan/{T}", row["grade"], row["score"], ("records",))
    assert now.provenance.run is None
    assert now.score != row["score"]
    said = f"{T}发布的是{row['grade']}类、{row['score']:.1f}分；此后有变的是记录"
    console = Console(width=300, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render_text(now))
    assert said in console.export_text()
    assert said[10:] in render_page(now)  # the date stands in a span of its own
    assert now.to_dict()["published_instead"]["grade"] == row["grade"]
    assert "不是发布的结果" not in render_page(same)
