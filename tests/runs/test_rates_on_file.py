"""Rates of trades and counties on file: kept where that is possible, and of the present store alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from handmade import Province

from riskml.core import logs
from riskml.core.context_pool import ContextPool
from riskml.core.files import sha256
from riskml.records.effect_periods import load_effect_periods
from riskml.runs.rates_on_file import other_rates, struck_rates

T = date(2026, 10, 31)
PERIODS = load_effect_periods(Path(__file__).parents[2] / "features" / "effect_periods.yaml")
LISTING = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}


@pytest.fixture
def visited(province: Province) -> Province:
    """Two shops of one trade and county, one of which was inspected."""
    registered = {"industry": "F5211", "division": "530103", "status": "active", "valid_from": "2015-01-01"}
    shops = [{**registered, "record_id": name, "enterprise_id": name, "name": name} for name in ("甲", "乙")]
    visit = {
        "record_id": "V1",
        "enterprise_id": "甲",
        "event_date": "2026-05-06",
        "kind": "random",
        "known_date": "2026-05-07",
    }
    province.receive({"enterprise": shops, "inspection": [{**visit, "result": "problem"}]})
    return province


def rates(province: Province) -> pa.Table:
    return struck_rates(province.workspace, province.store, PERIODS, [T], lambda *_: None)


def test_they_are_read_from_file_the_second_time(visited: Province) -> None:
    first = rates(visited)
    assert len(first)
    (path,) = (visited.workspace.data / "rates").rglob("*.parquet")
    written = path.stat().st_mtime_ns
    assert rates(visited).equals(first)
    assert path.stat().st_mtime_ns == written


def test_who_may_not_write_has_them_all_the_same(visited: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = list[str]()
    monkeypatch.setattr(logs, "event", lambda name, **_: noted.append(name))
    blocked = visited.workspace.data / "rates"
    blocked.write_text("no folder can be made here")
    found = rates(visited)
    assert noted == ["rates_not_kept"]
    blocked.unlink()
    assert rates(visited).sort_by("relation").equals(found.sort_by("relation"))


def test_many_who_strike_them_at_once_leave_one_file_and_no_draft(visited: Province) -> None:
    with ContextPool(4) as pool:
        found = [one.result() for one in [pool.submit(rates, visited) for _ in range(4)]]
    assert all(one.sort_by("relation").equals(found[0].sort_by("relation")) for one in found)
    (path,) = [one for one in (visited.workspace.data / "rates").rglob("*") if one.is_file()]
    assert path.stem.endswith(sha256(path)[:16])


def test_a_file_that_is_not_as_it_was_written_is_not_read(visited: Province) -> None:
    first = rates(visited)
    (path,) = (visited.workspace.data / "rates").rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9] + b"something")
    assert rates(visited).sort_by("relation").equals(first.sort_by("relation"))


def test_those_of_another_store_are_told_apart(visited: Province) -> None:
    rates(visited)
    assert other_rates(visited.workspace, visited.store) == ()
    (folder,) = (visited.workspace.data / "rates").iterdir()
    visited.receive({"abnormal_listing": [LISTING]})
    assert other_rates(visited.workspace, visited.store) == (folder,)
