"""What an explanation says of what was published as of its date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade import Province
from rich.console import Console
from small_runs import BEFORE, T, code, make_workspace

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.explaining.explanation import Explanation, PublishedInstead
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.explaining.verdict import standing
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.published import published_run
from riskml.runs.score import score


def silent(*_: object) -> None:
    """No progress."""


def said(explanation: Explanation) -> str:
    console = Console(width=300, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with speaking(Language.zh):
        console.print(render_text(explanation))
    return console.export_text()


def test_an_enterprise_that_the_run_does_not_hold_is_told_why_and_since_when(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", T, silent)
    left = explain_one(workspace, "yunnan", code(5), T)
    assert left.provenance.run is None
    assert left.published_instead is not None
    assert (left.published_instead.grade, left.published_instead.changed) == (None, ())
    assert f"{T}发布的结果中没有本企业：已于 2026-10-09 注销" in said(left)
    with pytest.raises(RunError, match=r"it was deregistered on 2026-10-09 \(known on 2026-10-09\)"):
        update_one(workspace, "yunnan", code(5), date(2026, 11, 1))

    province = Province(workspace.root)
    province.deliveries = 1
    late = {
        "record_id": "DJ-late",
        "enterprise_id": "新企业",
        "valid_from": "2026-10-20",
        "status": "active",
        "name": "新企业",
    }
    province.receive(
        {
            "enterprise": [
                late,
                {**late, "record_id": "DJ-new", "enterprise_id": "更新的企业", "valid_from": "2026-11-01"},
            ]
        }
    )
    assert f"登记信息是在 {T} 的结果作出之后才送到的" in said(explain_one(workspace, "yunnan", "新企业", T))
    with pytest.raises(RunError, match=r"registered on 2026-11-01 .* after the as-of date 2026-10-31; it waits"):
        update_one(workspace, "yunnan", "更新的企业", date(2026, 11, 1))


@pytest.mark.usefixtures("in_chinese")
def test_an_explanation_of_something_else_than_was_published_says_so(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    run = score(workspace, "yunnan", T, silent)
    same = explain_one(workspace, "yunnan", code(20), T)
    assert (same.published_instead, same.provenance.run) == (None, f"yunnan/{T}")
    assert explain_one(workspace, "yunnan", code(20), BEFORE).published_instead == PublishedInstead(
        None, None, None, ()
    )

    province = Province(workspace.root)
    province.deliveries = 1
    penalty = {
        "record_id": "P-new",
        "enterprise_id": code(20),
        "event_date": "2026-10-01",
        "severity": "serious",
        "kind": "fine",
    }
    province.receive({"penalty": [penalty]})
    now = explain_one(workspace, "yunnan", code(20), T)
    (row,) = pq.read_table(run.folder / "grades", filters=[("enterprise_id", "=", code(20))]).to_pylist()
    assert now.published_instead == PublishedInstead(f"yunnan/{T}", row["grade"], row["score"], ("records",))
    assert now.provenance.run is None
    assert now.score != row["score"]
    note = f"{T}发布的是{row['grade']}类、{row['score']:.1f}分；此后有变的是记录"
    assert note in said(now)
    assert note[10:] in render_page(now)  # the date stands in a span of its own
    assert now.to_dict()["published_instead"]["grade"] == row["grade"]
    assert "不是发布的结果" not in render_page(same)
    # What came bears on nobody else: their pages are the published ones.
    other = explain_one(workspace, "yunnan", code(3), T)
    assert (other.published_instead, other.provenance.run) == (None, f"yunnan/{T}")


def test_grades_of_a_day_before_the_training_say_so_wherever_they_are_shown(tmp_path: Path) -> None:
    """The model was trained as of 2026-08-31."""
    workspace = make_workspace(tmp_path / "workspace")
    early = date(2026, 7, 31)
    result = score(workspace, "yunnan", early, silent)
    said = "trained as of 2026-08-31, after this run's date 2026-07-31"
    assert said in "".join(note.en for note in result.notes)
    told = result.to_dict()
    assert (told["scheme"], told["as_of"], told["simulated"], len(told["notes"])) == (
        "yunnan",
        "2026-07-31",
        False,
        len(result.notes),
    )
    assert said in published_run(workspace, "yunnan", early).notice.en
    for day in (early, date(2026, 6, 30)):  # published or not
        assert said.replace("2026-07-31", str(day)) in " ".join(
            note.en for note in standing(explain_one(workspace, "yunnan", code(20), day))
        )
    score(workspace, "yunnan", T, silent)
    assert "trained as of" not in published_run(workspace, "yunnan", T).notice.en
    assert "trained as of" not in " ".join(note.en for note in standing(explain_one(workspace, "yunnan", code(20), T)))
