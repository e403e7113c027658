"""The daily run equals a full run to the last byte of every published table, whatever happened since the run before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from handmade import Province, Rows

from riskml.core.workspace import Workspace
from riskml.lifecycle.retrain import Training
from riskml.runs.daily import score_daily
from riskml.runs.score import score
from riskml.schemes.decisions import record_decision
from riskml.schemes.policy import load_policy

START = date(2026, 10, 31)

pytestmark = [pytest.mark.xdist_group("simulated-run"), pytest.mark.long]


def silent(*_: object) -> None:
    """No progress."""


def parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.fixture
def province(workspace: Workspace, training: Training, tmp_path: Path) -> Province:
    """A copy of the simulated province, to which a test sends deliveries."""
    copy = tmp_path / "workspace"
    left_out = shutil.ignore_patterns("simulated", "truth", "mlruns", "runs", "logs", "spill")
    shutil.copytree(
        workspace.root,
        copy,
        ignore=lambda folder, names: left_out(folder, names) if Path(folder).name != "sources" else set(),
    )
    return Province(copy, "simulated")


def assert_same(province: Province, day: date) -> Any:
    """Publish `day` by a daily run and by a full one; returns what the daily run says of itself."""
    daily = score_daily(province.workspace, "yunnan", day, silent)
    found = parts(daily.folder)
    full = parts(score(province.workspace, "yunnan", day, silent).folder)
    assert found.keys() == full.keys()
    assert [name for name in full if found[name] != full[name]] == []
    return daily.daily


def one(province: Province, sql: str) -> dict[str, Any]:
    """The first row of a query over the records."""
    return dict(province.connection().sql(f"{sql} ORDER BY ALL LIMIT 1").to_arrow_table().to_pylist()[0])


def test_days_with_deliveries(province: Province) -> None:
    workspace = province.workspace
    score(workspace, "yunnan", START, silent)
    for number, rows in enumerate(deliveries(province), start=1):
        if rows:
            report = province.receive(rows)
            assert not report.faults, report.faults
        found = assert_same(province, START + timedelta(number))
        assert found.full_because is None
        assert 0 < found.touched < 1500


def deliveries(province: Province) -> Iterator[Rows]:
    """What arrives on one day after the other."""
    active = [
        row["enterprise_id"]
        for row in province.connection().sql(
            "SELECT enterprise_id FROM enterprise GROUP BY ALL HAVING bool_and(status = 'active') ORDER BY ALL LIMIT 40"
        ).to_arrow_table().to_pylist()
    ]  # fmt: skip
    penalty = one(
        province, "SELECT record_id FROM penalty WHERE event_date > DATE '2026-03-01' AND severity = 'serious'"
    )
    listing = one(province, "SELECT * FROM serious_listing WHERE end_date IS NULL")
    person = one(
        province, "SELECT person_id, person_name FROM position WHERE end_date IS NULL AND role = 'legal_representative'"
    )
    registered = one(province, f"SELECT * FROM enterprise WHERE enterprise_id = '{active[0]}'")
    # A fine, a listing, an opinion and complaints of the last days; two of them were known a month before.
    yield {
        "penalty": [{"record_id": "new-P1", "enterprise_id": active[1], "event_date": "2026-11-01",
        "severity": "serious", "kind": "fine", "fine": 30}],
        "serious_listing": [{"record_id": "new-S1", "enterprise_id": active[2], "start_date": "2026-10-30",
        "list_kind": "market_supervision"}],
        "opinion": [{"record_id": "new-O1", "enterprise_id": active[3], "event_date": "2026-10-20",
        "sentiment": "negative", "attention": "high", "effect": "serious"}],
        "inspection": [{"record_id": "new-I1", "enterprise_id": active[4], "event_date": "2026-10-12", "kind": "random",
        "result": "serious_problem", "problems": 3, "serious_problems": 1}],
    }  # fmt: skip
    yield {}  # an officer decides on what was said of the fourth
    # One penalty is repaired, another revoked as of tomorrow.
    yield {
        "amendment": [{"record_id": "new-A1", "of_table": "penalty", "of_record": penalty["record_id"],
        "event_date": "2026-11-01", "kind": "repaired"},
                      {"record_id": "new-A2", "of_table": "penalty", "of_record": "new-P1", "event_date": "2026-11-01",
                       "known_date": "2026-11-01", "kind": "partly_revoked", "part": "fine"}],
    }  # fmt: skip
    # An enterprise is deregistered, one is founded at the address of another, by a person who has posts elsewhere.
    yield {
        "enterprise": [{**registered, "record_id": "new-E1", "valid_from": "2026-11-01", "known_date": "2026-11-01",
        "status": "deregistered", "source": None},
                       {**registered, "record_id": "new-E2", "enterprise_id": "91530100NEW0000001",
                        "valid_from": "2026-11-01", "known_date": "2026-11-01",
                        "established_date": "2026-11-01", "source": None}],
        "position": [{"record_id": "new-T1", "enterprise_id": "91530100NEW0000001", "start_date": "2026-11-01",
        "role": "legal_representative", **person}],
        "shareholding": [{"record_id": "new-H1", "enterprise_id": "91530100NEW0000001", "start_date": "2026-11-01",
        "holder_id": active[5],
                          "holder_kind": "enterprise", "share": 0.6}],
    }  # fmt: skip
    # A person is listed as a dishonest debtor, a listing ends.
    yield {
        "dishonest_debtor": [{"record_id": "new-D1", "subject_id": person["person_id"], "subject_kind": "person",
        "start_date": "2026-10-31"}],
        "serious_listing": [{**{name: value for name,
        value in listing.items() if name not in ("end_known_date", "source")}, "end_date": "2026-10-31"}],
    }  # fmt: skip
    # A repair is taken back; a penalty and a replacing act are amended before they came.
    yield {
        "amendment": [{"record_id": "new-A3", "of_table": "amendment", "of_record": "new-A1",
        "event_date": "2026-11-01", "kind": "misjudged"},
                      {"record_id": "new-A4", "of_table": "penalty", "of_record": "new-P2", "event_date": "2026-11-01",
                       "kind": "revoked"},
                      {"record_id": "new-A5", "of_table": "penalty", "of_record": "new-P1", "event_date": "2026-11-01",
                       "kind": "changed", "replaced_by": "new-P3"}],
    }  # fmt: skip
    fine = {"event_date": "2026-11-01", "severity": "serious", "kind": "fine", "fine": 8}
    yield {
        "penalty": [
            {"record_id": "new-P2", "enterprise_id": active[6], **fine},
            {"record_id": "new-P3", "enterprise_id": active[1], **fine},
        ]
    }
    yield {}


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ((2026, 10, 31), 24),
        ((2026, 9, 2), 13),
        ((2026, 5, 31), 1),
        ((2026, 8, 25), 12),
        ((2026, 3, 31), 29),
        ((2025, 12, 7), 21),
        ((2026, 1, 31), 7),
        ((2026, 6, 10), 19),
    ],
)
def test_days_without_a_delivery(province: Province, start: tuple[int, int, int], days: int) -> None:
    """Windows, effect periods and ends move on; the law's changes of 2025-12-25 lie in one of the spans."""
    first = date(*start)
    score(province.workspace, "yunnan", first, silent)
    assert assert_same(province, first + timedelta(days)).full_because is None


def test_an_officers_decision_is_followed(province: Province) -> None:
    workspace = province.workspace
    active = one(province, "SELECT enterprise_id FROM enterprise GROUP BY ALL HAVING bool_and(status = 'active')")[
        "enterprise_id"
    ]
    province.receive({"opinion": [{"record_id": "new-O1", "enterprise_id": active, "event_date": "2026-10-20",
        "sentiment": "negative",
                                   "attention": "high", "effect": "serious"}]})  # fmt: skip
    score(workspace, "yunnan", START, silent)
    scheme = load_policy(workspace, "yunnan").scheme
    record_decision(workspace.ledger, scheme, enterprise_id=active, rule="serious_negative_effect", grade="D",
        officer="李某", reason="查实",
                    evidence=["new-O1"], decided_on=date(2026, 11, 1), expires_on=date(2026, 11, 3))  # fmt: skip
    for day in (1, 2, 3):
        assert assert_same(province, START + timedelta(day)).full_because is None


def test_a_full_run_is_made_and_explained_where_the_reports_due_change(province: Province) -> None:
    score(province.workspace, "yunnan", date(2025, 6, 30), silent)
    assert "annual reports" in score_daily(province.workspace, "yunnan", date(2025, 7, 1), silent).daily.full_because[1]
