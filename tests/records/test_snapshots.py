"""Lists that are delivered whole: who is no longer on it has left, who is on it again is on it anew."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from handmade import Province

from riskml.cli.load_shown import show_load
from riskml.core.errors import ConfigurationError, RunError
from riskml.records.ingest import ingest
from riskml.records.load_report import IngestReport
from riskml.records.sources import load_source

Listing = dict[str, Any]


def listing(number: int, **more: Any) -> Listing:
    return {
        "record_id": f"L{number}",
        "enterprise_id": f"企业{number}",
        "start_date": "2026-01-05",
        "list_kind": "tax",
        **more,
    }


def deliver(province: Province, day: date, rows: list[Listing], *, confirmed: bool = False) -> IngestReport:
    source = province.source({"serious_listing": rows or [listing(0)]})
    if not rows:
        path = province.inbox / f"serious_listing{province.deliveries}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    path = source.folder / "source.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"delivery": "snapshot"}))
    return ingest(
        province.workspace, load_source(source.folder), province.inbox, day, lambda *_: None, confirmed=confirmed
    )


def states(province: Province) -> list[tuple[str, str, str]]:
    return sorted(
        (row["record_id"], str(row["start_date"]), str(row["end_date"])) for row in province.stored("serious_listing")
    )


def test_who_is_no_longer_on_the_list_has_left_on_the_day_it_was_received(province: Province) -> None:
    deliver(province, date(2026, 11, 2), [listing(1), listing(2)])
    report = deliver(province, date(2026, 11, 27), [listing(2)])
    assert (report.tables[0].received, report.tables[0].repeated, report.tables[0].left) == (1, 1, 1)
    assert states(province) == [("L1", "2026-01-05", "2026-11-27"), ("L2", "2026-01-05", "None")]
    (row,) = [row for row in province.stored("serious_listing") if row["record_id"] == "L1"]
    assert row["end_known_date"] == date(2026, 11, 27)


def test_who_is_on_the_list_again_begins_a_new_state(province: Province) -> None:
    deliver(province, date(2026, 11, 2), [listing(1), listing(2)])
    deliver(province, date(2026, 11, 10), [listing(2)])
    again = deliver(province, date(2026, 11, 20), [listing(1), listing(2)])
    assert (again.tables[0].taken, again.tables[0].refused) == (1, 0)
    both = [("L1", "2026-01-05", "2026-11-10"), ("L1", "2026-11-20", "None"), ("L2", "2026-01-05", "None")]
    assert states(province) == both
    unchanged = deliver(province, date(2026, 11, 21), [listing(2), listing(1)])
    assert (unchanged.tables[0].repeated, unchanged.tables[0].refused, unchanged.tables[0].left) == (2, 0, 0)
    assert states(province) == both
    deliver(province, date(2026, 11, 25), [listing(2)])
    assert states(province)[1] == ("L1", "2026-11-20", "2026-11-25")


def test_nobody_leaves_a_list_of_which_one_file_is_missing(province: Province) -> None:
    folder, inbox = province.workspace.sources / "two", province.inbox
    folder.mkdir(parents=True)
    inbox.mkdir()
    for name in ("a", "b"):
        row = listing(1 if name == "a" else 2)
        (inbox / f"{name}.csv").write_text(f"{','.join(row)}\n{','.join(map(str, row.values()))}\n", encoding="utf-8")
    (folder / "source.yaml").write_text(
        "{source: two, label: {zh: 二, en: two}, identifier: free, delivery: snapshot, files: {a: a.csv, b: b.csv}}",
        encoding="utf-8",
    )
    select = f"SELECT source_row, source_file, {', '.join(listing(1))} FROM "
    (folder / "serious_listing.sql").write_text(f"{select} a UNION ALL BY NAME {select} b")
    province.load(load_source(folder))
    (inbox / "b.csv").unlink()
    report = ingest(province.workspace, load_source(folder), inbox, date(2026, 11, 27), lambda *_: None)
    assert (report.complete, report.tables[0].listed, report.tables[0].left) == (False, "partly", 0)
    assert [end for _, _, end in states(province)] == ["None", "None"]


def test_a_row_that_is_refused_is_on_the_list_all_the_same(province: Province) -> None:
    deliver(province, date(2026, 11, 2), [listing(1), listing(2)])
    report = deliver(province, date(2026, 11, 10), [listing(1, list_kind="wages"), listing(2)])
    assert (report.tables[0].refused, report.tables[0].left) == (1, 0)


def test_another_source_s_states_do_not_leave(province: Province) -> None:
    deliver(province, date(2026, 11, 2), [listing(1)])
    province.source_name = "another"
    deliver(province, date(2026, 11, 10), [listing(2)])
    assert [end for _, _, end in states(province)] == ["None", "None"]


@pytest.mark.parametrize("kept", [0, 5])
def test_a_list_that_would_end_almost_everything_stops_before_it_is_stored(province: Province, kept: int) -> None:
    everyone = [listing(number) for number in range(1, 21)]
    deliver(province, date(2026, 11, 2), everyone)
    before = province.store.digest
    with pytest.raises(RunError, match=rf"of 20 open states of table serious_listing {20 - kept} .* --confirm"):
        deliver(province, date(2026, 11, 10), everyone[:kept])
    assert province.store.digest == before
    assert deliver(province, date(2026, 11, 10), everyone[:kept], confirmed=True).tables[0].left == 20 - kept


def test_a_late_list_ends_nothing_that_a_newer_one_holds(province: Province) -> None:
    deliver(province, date(2026, 11, 20), [listing(1), listing(2)])
    report = deliver(province, date(2026, 11, 2), [listing(1)])
    assert (report.tables[0].is_late, report.tables[0].left, report.tables[0].repeated) == (True, 0, 1)
    deliver(province, date(2026, 11, 3), [listing(1, end_date="2026-11-01"), listing(2, end_date="2027-11-01")])
    assert [end for *_, end in states(province)] == ["None", "None"]
    assert [row["planned_end_date"] for row in province.stored("serious_listing")] == [None, None]


def test_a_late_list_reopens_nothing_that_a_newer_one_ended(province: Province) -> None:
    deliver(province, date(2026, 10, 5), [listing(1), listing(2)])
    deliver(province, date(2026, 11, 20), [listing(2)])
    report = deliver(province, date(2026, 11, 2), [listing(1), listing(2)])
    assert (report.tables[0].taken, report.tables[0].repeated) == (0, 2)
    assert states(province) == [("L1", "2026-01-05", "2026-11-20"), ("L2", "2026-01-05", "None")]


def test_what_a_late_list_adds_had_ended_by_the_next_list(province: Province) -> None:
    deliver(province, date(2026, 11, 20), [listing(2)])
    deliver(province, date(2026, 11, 25), [listing(2)])
    report = deliver(province, date(2026, 11, 2), [listing(1), listing(2), listing(3, end_date="2026-11-10")])
    assert (report.tables[0].taken, report.tables[0].repeated) == (2, 1)
    added = [("L1", "2026-01-05", "2026-11-20"), ("L2", "2026-01-05", "None"), ("L3", "2026-01-05", "None")]
    assert [(name, start) for name, start, _ in states(province)] == [(name, start) for name, start, _ in added]
    (row,) = [row for row in province.stored("serious_listing") if row["record_id"] == "L1"]
    assert (row["end_date"], row["end_known_date"]) == (date(2026, 11, 20), date(2026, 11, 20))
    (planned,) = [row for row in province.stored("serious_listing") if row["record_id"] == "L3"]
    assert (planned["end_date"], planned["planned_end_date"]) == (None, date(2026, 11, 10))  # it ended as planned


def test_a_time_on_the_list_between_two_others_is_added_to_the_past(province: Province) -> None:
    deliver(province, date(2026, 11, 2), [listing(1), listing(2)])
    deliver(province, date(2026, 11, 10), [listing(2)])
    deliver(province, date(2026, 11, 20), [listing(2)])
    deliver(province, date(2026, 11, 15), [listing(1), listing(2)])
    both = [("L1", "2026-01-05", "2026-11-10"), ("L1", "2026-11-15", "2026-11-20"), ("L2", "2026-01-05", "None")]
    assert states(province) == both
    assert deliver(province, date(2026, 11, 16), [listing(1), listing(2)]).tables[0].repeated == 2
    assert states(province) == both


@pytest.mark.parametrize(
    "said", [{"delivery": "snapshot"}, {"files": {"honour_raw": {"path": "honour.parquet", "snapshot": True}}}]
)
def test_a_whole_list_of_what_is_no_state_is_refused(province: Province, said: dict[str, Any]) -> None:
    source = province.source(
        {"honour": [{"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}]}
    )
    path = source.folder / "source.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | said))
    with pytest.raises(ConfigurationError, match="fills no table of states"):
        load_source(source.folder)


def test_a_late_list_is_told(province: Province, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(province, date(2026, 11, 20), [listing(2)])
    show_load(deliver(province, date(2026, 11, 2), [listing(1), listing(2)]), dry=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "added 1 state to the past, ended none and reopened none" in said
