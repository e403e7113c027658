"""What an indicator or a rule would touch, before it is committed: counted on hand-made records."""

from __future__ import annotations

from datetime import date

import pytest
from handmade import Province
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.lifecycle.preview import indicator_fired, rule_fired
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.indicators import write_indicators
from riskml.services import preview
from riskml.services.preview import preview_rule
from riskml.training.settings import load_training

DAY = "2026-10-31"
AS_OF = date.fromisoformat(DAY)
FIRMS = [f"91530102MA{number:08d}" for number in range(6)]


def silent(*_: object) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Six enterprises; two with a penalty this year, one of them with two; one whose licence was revoked."""
    made = create_workspace(tmp_path_factory.mktemp("preview") / "workspace")
    penalties = [(0, "2026-08-05"), (0, "2026-09-05"), (1, "2026-09-30"), (2, "2019-01-05")]
    Province(made.root).receive({
        "enterprise": [
            {"record_id": f"E{place}", "enterprise_id": code, "name": f"某公司{place}", "valid_from": "2015-01-01",
             "status": "revoked" if place == 5 else "active", "kind": "limited_company", "division": "530102"}
            for place, code in enumerate(FIRMS)
        ],
        "penalty": [
            {"record_id": f"P{number}", "enterprise_id": FIRMS[place], "event_date": day, "severity": "moderate",
             "kind": "fine", "market_supervision": True, "publicised_date": day, "fine": "1"}
            for number, (place, day) in enumerate(penalties)
        ],
    })  # fmt: skip
    return made


def test_an_indicator_is_counted_and_whom_it_touches_most_is_named(workspace: Workspace) -> None:
    (column,) = [
        one
        for one in indicator_fired(workspace, "yunnan", "penalty_count_365d", AS_OF, silent)
        if one.column.name == "penalty_count_365d"
    ]
    assert (column.enterprises, column.fired, column.nothing, column.unknown) == (6, 2, 4, 0)
    assert column.most == {FIRMS[0]: 2.0, FIRMS[1]: 1.0}


def test_an_edited_indicator_is_previewed_as_it_is_written_now(workspace: Workspace) -> None:
    path = workspace.features / "supervision.yaml"
    kept = path.read_text(encoding="utf-8")
    edited = kept.replace("where: \"severity <> 'warning'\"", 'where: "fine > 5"', 1)
    path.write_text(edited, encoding="utf-8")
    columns = indicator_fired(workspace, "yunnan", "penalty_count", AS_OF, silent)
    path.write_text(kept, encoding="utf-8")
    assert edited != kept
    assert all(one.fired == 0 for one in columns)
    with pytest.raises(ConfigurationError, match="penalty_count"):
        indicator_fired(workspace, "yunnan", "penalty_cout", AS_OF, silent)


def test_a_rule_names_whom_it_acts_on_and_the_records(workspace: Workspace) -> None:
    fired = rule_fired(workspace, "yunnan", "licence_revoked", AS_OF)
    assert (fired.enterprises, fired.fired) == (6, 1)
    assert list(fired.some) == [FIRMS[5]]
    with pytest.raises(ConfigurationError, match="licence_revoked"):
        rule_fired(workspace, "yunnan", "licence_revokd", AS_OF)


def test_a_day_on_which_nobody_was_registered_is_refused(workspace: Workspace) -> None:
    day = date(1990, 1, 1)
    settings, _ = load_training(workspace.model("yunnan") / "training.yaml")
    for asked in (
        lambda: indicator_fired(workspace, "yunnan", "penalty_count_365d", day, silent),
        lambda: rule_fired(workspace, "yunnan", "licence_revoked", day),
        lambda: write_indicators(workspace, settings, day, silent),
    ):
        with pytest.raises(RunError) as refused:
            asked()
        assert "1990-01-01 没有任何在册企业；请" in refused.value.zh
        assert "registered at the as-of date 1990-01-01; check the date" in refused.value.en


def test_the_command_tells_the_same_as_json(workspace: Workspace) -> None:
    result = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "preview", "rule", "licence_revoked", "--as-of", DAY, "--json"]
    )
    assert result.exit_code == 0, result.output
    assert '"fired": 1' in result.output


def test_by_default_it_is_of_the_newest_run_and_before_any_of_the_last_delivery(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def previewed() -> date:
        return preview_rule(workspace, Principal.of_process(), "yunnan", "licence_revoked", None)[0]

    assert previewed() == last_received(open_store(workspace.records))
    monkeypatch.setattr(preview, "published_days", lambda *_: (date(2026, 8, 31), date(2026, 9, 30)))
    assert previewed() == date(2026, 9, 30)


@pytest.mark.parametrize(("kind", "near"), [("indicator", "none of the indicators"), ("rule", "no rule")])
def test_what_was_typed_is_looked_up_before_it_is_noted(workspace: Workspace, kind: str, near: str) -> None:
    result = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "preview", kind, "投诉次数 13800001111", "--as-of", DAY]
    )
    assert isinstance(result.exception, ConfigurationError)
    assert near in result.exception.en
