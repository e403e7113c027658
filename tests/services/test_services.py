"""What pages and notebooks rely on: many readers at once, and the ledger notes who asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from handmade import Province
from small_runs import BEFORE, T, code, make_workspace
from typer.testing import CliRunner

from riskml.cli import app
from riskml.cli.revision_reason import revision_reason_asked
from riskml.core.context_pool import ContextPool
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.services.deliveries import undo_load
from riskml.services.explaining import explain_grade
from riskml.services.scoring import list_runs, score_province, update_grade
from riskml.services.upkeep import read_ledger

CLERK, OTHER = Principal("clerk"), Principal("other")


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("services") / "workspace")
    score_province(made, CLERK, "yunnan", T, silent)
    return made


def test_twenty_readers_at_once_read_what_one_reads(workspace: Workspace) -> None:
    def read(number: int) -> dict[str, object]:
        return explain_grade(workspace, Principal(f"reader-{number}"), "yunnan", code(number), T).to_dict()

    with ContextPool(20) as pool:
        at_once = [asked.result() for asked in [pool.submit(read, number) for number in range(6, 26)]]
    assert at_once == [read(number) for number in range(6, 26)]
    assert len({str(one) for one in at_once}) == 20


def test_a_run_is_on_the_ledger_in_the_name_of_who_asked_for_it(workspace: Workspace) -> None:
    whole = read_ledger(workspace, OTHER)
    assert {line.account for line in whole.lines if line.kind in ("run", "policy")} == {"clerk"}
    assert read_ledger(workspace, OTHER, whole.last_hash[:12]).held == whole.lines[-1]
    with pytest.raises(RunError, match="has no line with the hash 000000000000"):
        read_ledger(workspace, OTHER, "000000000000")
    with pytest.raises(ConfigurationError, match="abc is no hash"):
        read_ledger(workspace, OTHER, "abc")


def test_a_revision_is_listed_before_the_run_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score_province(workspace, CLERK, "yunnan", T, silent)
    province = Province(workspace.root)
    province.deliveries = 1
    listing = {"record_id": "L-new", "enterprise_id": code(20), "start_date": "2026-10-20", "list_kind": "tax"}
    province.receive({"serious_listing": [listing]})
    updated = update_grade(workspace, OTHER, "yunnan", code(20), date(2026, 11, 1))
    assert updated.update is not None
    assert (updated.grade, workspace.ledger.lines("update")[-1].account) == ("D", "other")
    with pytest.raises(
        ConfigurationError,
        match=r"yunnan/2026-10-31 was published before, and the records changed since: .*--revision-reason",
    ):
        score_province(workspace, OTHER, "yunnan", T, silent, revision_reason=" ")
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "score", "--as-of", str(T)])
    assert isinstance(ran.exception, ConfigurationError)
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text: asked.append(text) or "named at the terminal")
    assert revision_reason_asked(workspace, ("yunnan",), T, None) == "named at the terminal"
    assert revision_reason_asked(workspace, ("yunnan",), T, "given") == "given"
    assert revision_reason_asked(workspace, ("yunnan", "guandu"), BEFORE, None) is None
    assert [f"yunnan/{T}" in text for text in asked] == [True]
    assert [one.manifest.revision for one in list_runs(workspace, CLERK, "yunnan")] == [None]
    score_province(workspace, OTHER, "yunnan", T, silent, revision_reason="  a listing came late ")
    runs = list_runs(workspace, CLERK, "yunnan")
    assert [run.current for run in runs] == [False, True]
    revision = runs[1].manifest.revision
    assert revision is not None
    assert (revision.account, revision.reason) == ("other", "a listing came late")
    with pytest.raises(RunError, match=r"cannot be undone: the published run yunnan/2026-10-31 was made of it"):
        undo_load(workspace, OTHER)
