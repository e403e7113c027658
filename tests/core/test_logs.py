"""The log of a command: what operations need, and nothing personal whatever is passed to it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.cli.terminal import progress
from riskml.core import logs
from riskml.core.errors import RunError
from riskml.core.eta import Stage


def lines_of(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_is_logged_from_start_to_end_under_one_id(tmp_path: Path) -> None:
    logs.start(tmp_path / "logs", "score", scheme="yunnan", as_of=date(2026, 10, 31))
    with progress("评分") as on_progress:
        on_progress("relations", 0, 3)
        on_progress("scores", 1, 3)
        on_progress("scores", 2, 3)
    logs.event("published", enterprises=12, grades={"A": 7, "D": 5})
    logs.finish("finished", 0)
    found = lines_of(tmp_path / "logs")
    assert [line["event"] for line in found] == [
        "started", "stage_started", "stage_finished", "stage_started", "stage_finished", "published", "finished",
    ]  # fmt: skip
    assert {line["command"] for line in found} == {"score"}
    assert len({line["run"] for line in found}) == 1
    assert (found[0]["scheme"], found[0]["as_of"]) == ("yunnan", "2026-10-31")
    assert [(line["stage"], line["steps"]) for line in found if line["event"] == "stage_finished"] == [
        ("relations", 1),
        ("scores", 2),
    ]
    assert found[-2]["grades"] == {"A": 7, "D": 5}
    assert (found[-1]["outcome"], found[-1]["exit_code"]) == ("finished", 0)
    assert found[-1]["seconds"] >= 0
    assert (tmp_path / "logs").stat().st_mode & 0o077 == 0


def test_of_an_error_its_class_and_place_are_kept_and_not_its_message(tmp_path: Path) -> None:
    logs.start(tmp_path, "explain")
    try:
        try:
            int("王小明")
        except ValueError as cause:
            raise RunError(zh="企业 91530102MA6KAAAA1X 没有", en="no 91530102MA6KAAAA1X") from cause
    except RunError as error:
        logs.finish("failed", 1, error)
    last = lines_of(tmp_path)[-1]
    assert (last["outcome"], last["exit_code"], last["error"], last["caused_by"]) == (
        "failed",
        1,
        "RunError",
        ["ValueError"],
    )
    assert last["raised_at"][-1].startswith("test_logs:")
    text = next(tmp_path.glob("*.jsonl")).read_text(encoding="utf-8")
    assert "王" not in text
    assert "91530102" not in text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()
    | st.from_regex(r"[0-9A-HJ-NPQRTUWXY]{18}"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(
    anything,
    st.from_regex(r"\A9[0-9]{7}[0-9A-HJ-NPQRTUWXY]{10}\Z"),
    st.text(alphabet="王李张小明丽强云南餐饮有限公司（）", min_size=2),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_code_or_name_gets_in_whatever_is_passed(
    tmp_path_factory: pytest.TempPathFactory, value: Any, code: str, name: str
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    logs.start(folder, "score", asked=code)
    logs.event(
        "x",
        value=value,
        code=code,
        person=name,
        rows=[{"enterprise_id": code, name: 1}, (f"企业 {name}",)],
        path=Path(name),
    )
    try:
        raise RuntimeError(f"{code} {name}")
    except RuntimeError as error:
        logs.finish("failed", 1, error)
    lines = lines_of(folder)
    assert len(lines) == 3
    text = json.dumps(lines, ensure_ascii=False)
    assert code not in text
    assert name not in text


def test_logs_are_bounded_by_their_number_for_each_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "KEPT", 3)
    (tmp_path / "train-20200101T000000-aaaaaa.jsonl").touch()
    for day in range(5):
        (tmp_path / f"score-2020010{day}T000000-aaaaaa.jsonl").touch()
    logs.start(tmp_path, "score")
    kept = sorted(path.name for path in tmp_path.glob("score-*"))
    assert len(kept) == 3
    assert kept[0].startswith("score-20200103")
    assert len(list(tmp_path.glob("train-*"))) == 1


def test_where_no_log_can_be_written_the_command_does_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    logs.start(tmp_path / "file" / "logs", "score")
    assert logs.current() is None
    logs.event("published", enterprises=1)
    logs.finish("finished", 0)


def test_a_disk_that_fills_up_costs_the_log_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.start(tmp_path, "score")
    log = logs.current()
    assert log is not None

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log.events, "info", full, raising=False)
    logs.event("published", enterprises=1)
    assert logs.current() is None


def test_the_stages_of_the_last_run_that_finished_are_read(tmp_path: Path) -> None:
    for outcome in ("finished", "failed"):
        logs.start(tmp_path, "score")
        logs.event("stage_finished", stage="relations" if outcome == "finished" else "other", seconds=2.5, steps=4)
        logs.finish(outcome, 0 if outcome == "finished" else 1)
    (tmp_path / "score-99990101T000000-aaaaaa.jsonl").write_text('{"event": "sta')
    logs.start(tmp_path, "score")
    assert logs.earlier_stages() == (Stage("relations", 2.5, 4),)
