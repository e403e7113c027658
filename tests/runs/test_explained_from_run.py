"""An explanation that is read from the run says what one says that is computed anew, field by field."""

from __future__ import annotations

from datetime import date

import pyarrow.parquet as pq
import pytest
from decided import decide
from runs.test_score_all import make
from small_runs import BEFORE, T, code

from riskml.core.workspace import Workspace
from riskml.explaining.page import render_page
from riskml.runs import explain_one
from riskml.runs.published import published_run
from riskml.runs.score import score

SCHEMES = ("yunnan", "guandu", "guangzhou", "langfang", "lingyuan")


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Every scheme graded as of two dates, with an officer's decision, a revision and an immediate update."""
    made = make(tmp_path_factory.mktemp("explained") / "workspace")
    for scheme in made.schemes:
        score(made, scheme, BEFORE, silent)
    decide(
        made, "yunnan", enterprise_id=code(20), rule="dishonest_post_holder", evidence=("D-1",),
        grade="not_same_person", officer="甲", reason="R-1", decided_on=date(2026, 10, 25),
    )  # fmt: skip
    for scheme in made.schemes:
        score(made, scheme, T, silent)
    return made


def graded(workspace: Workspace, scheme: str, day: date) -> list[str]:
    files = published_run(workspace, scheme, day).parts("grades")
    return [who for path in files for who in pq.read_table(path)["enterprise_id"].to_pylist()]


def both(workspace: Workspace, scheme: str, who: str, day: date) -> tuple[dict[str, object], dict[str, object]]:
    """The explanation as it is read, and as it is where nothing may be read of the run but what it graded, from the
    enterprise's neighbourhood and from the whole province.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain_one._Asked, "computed", None)
        patch.setattr(explain_one._Asked, "local_industry", lambda *_: None)
        read = explain_one.explain_one(workspace, scheme, who, day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain_one._Asked, "is_as_read_by", lambda *_: False)
        near = explain_one.explain_one(workspace, scheme, who, day)
        patch.setattr(explain_one, "is_within_reach", lambda _: False)
        anew = explain_one.explain_one(workspace, scheme, who, day)
    assert near.to_dict() == anew.to_dict()
    if who == code(20):
        assert render_page(read) == render_page(anew)
    return read.to_dict(), anew.to_dict()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_some_enterprises_of_every_scheme_are_told_the_same_by_both(workspace: Workspace, scheme: str) -> None:
    assert set(workspace.schemes) == set(SCHEMES)
    enterprises = graded(workspace, scheme, T)[SCHEMES.index(scheme) :: 6]
    assert enterprises
    for who in enterprises:
        read, anew = both(workspace, scheme, who, T)
        assert read == anew
        assert read["published_instead"] is None


def test_an_officer_s_answer_and_the_earlier_run_are_told_the_same(workspace: Workspace) -> None:
    read, anew = both(workspace, "yunnan", code(20), T)
    assert read == anew
    assert read["somebody_else"]
    read, anew = both(workspace, "yunnan", code(20), BEFORE)
    assert read == anew
    assert (read["decided_by"], read["decided_since"]) == ("band", [])
