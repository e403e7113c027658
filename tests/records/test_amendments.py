"""What amendments do, by kind: attached, waiting, undone, unable to act; reduced parts; a changed act keeps its place
(Yunnan Art. 14).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from handmade import ROOT, Province, Rows, resolve_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.records.amendments import resolve_amendments
from riskml.records.effect_periods import load_effect_periods
from riskml.records.live import live_sql
from riskml.records.stored_columns import empty_relation
from riskml.records.tables import TABLES

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")


def penalty(record_id: str, day: str = "2026-05-10", **more: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "enterprise_id": "甲",
        "event_date": day,
        "severity": "serious",
        "kind": "fine",
        "fine": 50,
        **more,
    }


def amend(record_id: str, of_record: str, kind: str, day: str = "2026-06-10", **more: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "of_table": "penalty",
        "of_record": of_record,
        "kind": kind,
        "event_date": day,
        **more,
    }


def opened(rows: Rows) -> duckdb.DuckDBPyConnection:
    """The record tables in memory with `rows`, and what the amendments among them do."""
    connection = duckdb.connect()
    for table in (TABLES[name] for name in {"penalty", "amendment", *rows}):
        connection.execute(f"CREATE TABLE {table.name} AS {empty_relation(table)}")
        for row in rows.get(table.name, []):
            filled = {"known_date": row[table.date_column], "source": "one", **row}
            marks = ", ".join("?" * len(filled))
            connection.execute(
                f"INSERT INTO {table.name} ({', '.join(filled)}) VALUES ({marks})", list(filled.values())
            )
    resolve_in(connection)
    return connection


def live(rows: Rows, as_of: str, *columns: str, table: str = "penalty", firm: str = "甲") -> list[tuple[Any, ...]]:
    """record_id and `columns` of what counts."""
    moment = f"(SELECT '{firm}' AS {TABLES[table].subject}, DATE '{as_of}' AS as_of)"
    names = ", ".join(("record_id", *columns))
    return opened(rows).sql(f"SELECT {names} FROM ({live_sql(table, moment, PERIODS)}) ORDER BY ALL").fetchall()


def ids(rows: Rows, as_of: str) -> list[str]:
    return [row[0] for row in live(rows, as_of)]


def fates(rows: Rows) -> dict[str, str]:
    return {one.record_id: fate for one, fate in resolve_amendments(opened(rows)).fates}


def test_an_amendment_of_a_record_that_never_came_waits() -> None:
    rows = {"penalty": [penalty("P1")], "amendment": [amend("A1", "P404", "revoked")]}
    assert ids(rows, "2026-07-01") == ["P1"]
    assert fates(rows) == {"A1": "waiting_record"}


def test_an_amendment_attaches_when_its_record_comes(province: Province) -> None:
    province.receive({"amendment": [amend("A1", "P1", "revoked")]})
    province.receive({"penalty": [penalty("P1"), penalty("P2")]})
    connection = province.connection()
    moment = "(SELECT '甲' AS enterprise_id, DATE '2026-07-01' AS as_of)"
    assert connection.sql(f"SELECT record_id FROM ({live_sql('penalty', moment, PERIODS)})").fetchall() == [("P2",)]


def test_tables_and_parts_go_by_name_or_chinese_label(province: Province) -> None:
    province.receive({
        "penalty": [penalty("P1"), penalty("P2")],
        "amendment": [amend("A1", "P1", "partly_revoked", of_table="行政处罚", part="罚款金额"),
                      amend("A2", "P2", "reduced", part="fine", value="1,000元")],
    })  # fmt: skip
    stored = [(one["of_table"], one["part"], one["value"]) for one in province.stored("amendment")]
    assert stored == [("penalty", "fine", None), ("penalty", "fine", "0.1000")]
    moment = "(SELECT '甲' AS enterprise_id, DATE '2026-07-01' AS as_of)"
    counted = province.connection().sql(
        f"SELECT record_id, fine FROM ({live_sql('penalty', moment, PERIODS)}) ORDER BY ALL"
    )
    assert counted.fetchall() == [("P1", 0), ("P2", Decimal("0.1"))]


@pytest.mark.parametrize(
    ("made", "column", "reason"),
    [
        ({"kind": "revoked", "of_table": "penalties"}, "of_table", "unknown_table"),
        ({"kind": "partly_revoked", "part": "罚金"}, "part", "unknown_part"),
        ({"kind": "partly_revoked", "part": "severity"}, "part", "inseparable_part"),
        ({"kind": "partly_revoked", "part": "publicised_date"}, "part", "inseparable_part"),
        ({"kind": "partly_revoked"}, "part", "missing"),
        ({"kind": "revoked", "part": "fine"}, "part", "whole_record"),
        ({"kind": "reduced", "part": "fine"}, "value", "missing"),
        ({"kind": "reduced", "part": "fine", "value": "some"}, "value", "wrong_type"),
        ({"kind": "reduced", "part": "market_supervision", "value": "1"}, "value", "wrong_type"),
        ({"kind": "reduced", "part": "fine", "value": "-5"}, "value", "out_of_range"),
        ({"kind": "barred"}, "law", "missing"),
        ({"kind": "changed", "replaced_by": "P1"}, "replaced_by", "amends_itself"),
        ({"kind": "misjudged", "of_table": "amendment", "of_record": "A1"}, "of_record", "amends_itself"),
    ],
)
def test_an_amendment_that_could_never_act_is_refused_with_the_reason(
    province: Province, made: dict[str, Any], column: str, reason: str
) -> None:
    report = province.receive({"penalty": [penalty("P1")], "amendment": [{**amend("A1", "P1", "revoked"), **made}]})
    assert report.faults == {("amendment", column, reason): 1}
    assert province.stored("amendment") == []


def test_a_table_that_does_not_exist_is_refused_with_the_nearest(province: Province) -> None:
    report = province.receive({"amendment": [amend("A1", "SL-9", "revoked", of_table="serious_listings")]})
    assert report.unknown_names == {("of_table", "serious_listings"): "serious_listing（严重失信主体名单（黑名单））"}


def test_a_changed_act_counts_until_its_replacement_is_there() -> None:
    rows = {"penalty": [penalty("P1")], "amendment": [amend("A1", "P1", "changed", replaced_by="P2")]}
    assert ids(rows, "2026-07-01") == ["P1"]
    assert fates(rows) == {"A1": "waiting_replacement"}
    rows["penalty"].append(penalty("P2", "2026-06-10", known_date="2026-06-20"))
    assert [ids(rows, day) for day in ("2026-06-19", "2026-06-20")] == [["P1"], ["P2"]]


def test_a_replacement_of_another_party_replaces_nothing() -> None:
    rows = {
        "penalty": [penalty("P1"), penalty("P2", enterprise_id="乙")],
        "amendment": [amend("A1", "P1", "changed", replaced_by="P2")],
    }
    assert ids(rows, "2026-07-01") == ["P1"]


def test_a_changed_act_keeps_the_first_decision_s_dates() -> None:
    """Minor penalties run three months from publicity: the fine cut in June does not run until September."""
    old = penalty("P1", "2026-03-01", severity="minor", publicised_date="2026-03-05")
    new = penalty("P2", "2026-06-01", severity="minor", publicised_date="2026-06-05", fine=5)
    rows = {"penalty": [old, new], "amendment": [amend("A1", "P1", "changed", "2026-06-01", replaced_by="P2")]}
    assert live(rows, "2026-06-04", "event_date", "publicised_date", "fine") == [
        ("P2", date(2026, 3, 1), date(2026, 3, 5), Decimal(5))
    ]  # fmt: skip
    assert live(rows, "2026-06-05") == []


def test_a_chain_of_changes_keeps_the_first_decision_s_dates_and_counts_once() -> None:
    days = ("2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01")
    rows = {
        "penalty": [penalty(f"P{n}", day, publicised_date=day) for n, day in enumerate(days)],
        "amendment": [amend(f"A{n}", f"P{n}", "changed", days[n + 1], replaced_by=f"P{n + 1}") for n in range(3)],
    }
    assert live(rows, "2026-07-01", "event_date", "publicised_date") == [("P3", date(2026, 3, 1), date(2026, 3, 1))]
    assert live(rows, "2026-05-15", "event_date") == [("P2", date(2026, 3, 1))]


def test_a_change_back_to_what_it_came_from_makes_nothing_vanish() -> None:
    rows = {
        "penalty": [penalty("P1"), penalty("P2", "2026-06-10")],
        "amendment": [
            amend("A1", "P1", "changed", replaced_by="P2"),
            amend("A2", "P2", "changed", "2026-07-01", replaced_by="P1"),
        ],
    }
    assert ids(rows, "2026-08-01") == ["P2"]
    assert fates(rows) == {"A1": "acting", "A2": "circular"}


@pytest.mark.parametrize("kind", ["reduced", "partly_revoked"])
def test_a_reduced_part_counts_what_is_left_from_the_day_it_is_known(kind: str) -> None:
    rows = {
        "penalty": [penalty("P1", confiscated=7)],
        "amendment": [amend("A1", "P1", kind, part="fine", value="5", known_date="2026-06-20")],
    }
    assert live(rows, "2026-06-19", "fine", "confiscated") == [("P1", Decimal(50), Decimal(7))]
    assert live(rows, "2026-06-20", "fine", "confiscated") == [("P1", Decimal(5), Decimal(7))]


def test_of_two_reductions_the_smaller_value_counts() -> None:
    cut = [
        amend("A1", "P1", "reduced", part="fine", value="5"),
        amend("A2", "P1", "reduced", "2026-07-01", part="fine", value="20"),
    ]
    assert live({"penalty": [penalty("P1")], "amendment": cut}, "2026-08-01", "fine") == [("P1", Decimal(5))]


@pytest.mark.parametrize(
    ("value", "fine", "fate"), [("60", 50, "larger_than_original"), ("5", None, "nothing_to_reduce")]
)
def test_what_is_left_is_never_more_than_what_was_there(value: str, fine: int | None, fate: str) -> None:
    rows = {
        "penalty": [penalty("P1", fine=fine)],
        "amendment": [amend("A1", "P1", "reduced", part="fine", value=value)],
    }
    assert live(rows, "2026-07-01", "fine") == [("P1", fine)]
    assert fates(rows) == {"A1": fate}


def test_a_revoked_restriction_no_longer_prolongs_the_effect_period() -> None:
    rows = {
        "penalty": [penalty("P1", "2026-03-01", severity="minor", restricted_until="2027-03-01")],
        "amendment": [amend("A1", "P1", "partly_revoked", part="restricted_until")],
    }
    assert [ids(rows, day) for day in ("2026-06-09", "2026-06-10")] == [["P1"], []]


def test_information_barred_by_another_law_is_out() -> None:
    rows = {"penalty": [penalty("P1")], "amendment": [amend("A1", "P1", "barred", law="档案法")]}
    assert ids(rows, "2026-06-10") == []


def undoing(record_id: str, of_record: str, day: str, kind: str = "misjudged") -> dict[str, Any]:
    return amend(record_id, of_record, kind, day, of_table="amendment")


def test_an_amendment_that_is_undone_acted_until_then() -> None:
    rows = {"penalty": [penalty("P1")], "amendment": [amend("A1", "P1", "revoked"), undoing("A2", "A1", "2026-07-01")]}
    assert [ids(rows, day) for day in ("2026-06-09", "2026-06-10", "2026-06-30", "2026-07-01")] == [
        ["P1"],
        [],
        [],
        ["P1"],
    ]
    assert fates(rows) == {"A1": "undone", "A2": "acting"}


def test_an_undoing_can_be_undone() -> None:
    undone = [undoing("A2", "A1", "2026-07-01"), undoing("A3", "A2", "2026-08-01")]
    rows = {"penalty": [penalty("P1")], "amendment": [amend("A1", "P1", "revoked"), *undone]}
    assert [ids(rows, day) for day in ("2026-06-30", "2026-07-31", "2026-08-01")] == [[], ["P1"], []]


@pytest.mark.parametrize(("kind", "counting"), [("revoked", ["P1"]), ("misjudged", ["P1", "P2"])])
def test_a_change_taken_back_takes_its_new_act_along_one_noted_in_error_does_not(
    kind: str, counting: list[str]
) -> None:
    rows = {
        "penalty": [penalty("P1"), penalty("P2", "2026-06-10")],
        "amendment": [amend("A1", "P1", "changed", replaced_by="P2"), undoing("A2", "A1", "2026-07-01", kind)],
    }
    assert [ids(rows, day) for day in ("2026-06-30", "2026-07-01")] == [["P2"], counting]


def test_amendments_that_undo_each_other_on_one_day_do_nothing() -> None:
    rows = {
        "penalty": [penalty("P1")],
        "amendment": [
            amend("A1", "P1", "revoked"),
            undoing("B1", "B2", "2026-07-01"),
            undoing("B2", "B1", "2026-07-01"),
        ],
    }
    assert fates(rows) == {"A1": "acting", "B1": "circular", "B2": "circular"}


def test_one_party_of_a_decision_can_be_amended_alone() -> None:
    both = [penalty("P1"), penalty("P1", enterprise_id="乙")]
    alone = {"penalty": both, "amendment": [amend("A1", "P1", "revoked", of_enterprise="乙")]}
    assert (live(alone, "2026-07-01"), live(alone, "2026-07-01", firm="乙")) == ([("P1",)], [])
    together = {"penalty": both, "amendment": [amend("A1", "P1", "revoked")]}
    assert (live(together, "2026-07-01"), live(together, "2026-07-01", firm="乙")) == ([], [])


@pytest.mark.parametrize(
    ("sources", "named", "amended"),
    [
        (("one", "two"), None, ["one"]),
        (("one", "two"), "two", ["two"]),
        (("two",), None, ["two"]),
        (("two", "three"), None, []),
        (("two",), "three", []),
    ],
)
def test_an_amendment_means_its_own_source_s_record_or_the_only_other(
    sources: tuple[str, ...], named: str | None, amended: list[str]
) -> None:
    rows = {
        "penalty": [penalty("P1", source=source) for source in sources],
        "amendment": [amend("A1", "P1", "revoked", of_source=named)],
    }
    counting = [source for _, source in live(rows, "2026-07-01", "source")]
    assert counting == sorted(set(sources) - set(amended))


def test_whose_record_is_meant_is_decided_by_what_was_known_then() -> None:
    """Until a third source has the same id, the only other source's record is meant; then nobody can tell."""
    rows = {
        "penalty": [penalty("P1", source="two"), penalty("P1", source="three", known_date="2026-08-01")],
        "amendment": [amend("A1", "P1", "revoked")],
    }
    assert live(rows, "2026-07-31") == []
    assert len(live(rows, "2026-08-01")) == 2
    assert fates(rows) == {"A1": "ambiguous"}


DAYS = st.dates(date(2026, 1, 1), date(2026, 9, 30))
RECORDS = ("P0", "P1", "P2", "P3")


@st.composite
def amendments(draw: st.DrawFn, first: date) -> list[dict[str, Any]]:
    """Any amendments of each other and of a few records, known from `first` on."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        of_table = draw(st.sampled_from(["penalty", "penalty", "amendment"]))
        target = draw(st.sampled_from(RECORDS if of_table == "penalty" else [f"{first}-{other}" for other in range(6)]))
        kind = draw(
            st.sampled_from(
                ["revoked", "changed", "misjudged", "reduced"] if of_table == "penalty" else ["revoked", "misjudged"]
            )
        )
        known = draw(st.dates(first, date(2026, 10, 1)))
        made.append(
            amend(
                f"{first}-{number}", target, kind, str(draw(st.dates(date(2026, 1, 1), known))), known_date=str(known),
                of_table=of_table,
                replaced_by=draw(st.sampled_from(RECORDS)) if kind == "changed" else None,
                **({"part": "fine", "value": str(draw(st.integers(0, 60)))} if kind == "reduced" else {}),
            )
        )  # fmt: skip
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(as_of=DAYS, data=st.data())
def test_what_becomes_known_later_changes_nothing(as_of: date, data: Any) -> None:
    """Amendments, undoings, replacements and records of other sources that arrive later leave ``live(table, T)`` as it
    was.
    """
    seen = data.draw(
        st.lists(st.tuples(st.sampled_from(RECORDS), DAYS), min_size=1, max_size=4, unique_by=lambda one: one[0])
    )
    records = [penalty(name, str(day)) for name, day in seen]
    known = data.draw(amendments(date(2026, 1, 1)))
    later = as_of + timedelta(days=1)
    more = [
        penalty(
            name,
            "2026-01-01",
            known_date=str(max(later, date(2026, 1, 2))),
            source=data.draw(st.sampled_from(["one", "two"])),
        )
        for name in RECORDS
        if name not in {own for own, _ in seen}
    ]
    after = data.draw(amendments(later)) + [
        undoing(f"undo-{n}", one["record_id"], str(later)) for n, one in enumerate(known) if data.draw(st.booleans())
    ]  # fmt: skip
    columns = ("event_date", "fine", "source")
    before = live({"penalty": records, "amendment": known}, str(as_of), *columns)
    assert live({"penalty": records + more, "amendment": known + after}, str(as_of), *columns) == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(as_of=DAYS, data=st.data())
def test_nothing_that_is_left_weighs_more_than_before(as_of: date, data: Any) -> None:
    records = [penalty(name, str(data.draw(DAYS)), fine=data.draw(st.integers(0, 80))) for name in RECORDS]
    dates = {one["record_id"]: (date.fromisoformat(one["event_date"]), one["fine"]) for one in records}
    for name, day, fine in live(
        {"penalty": records, "amendment": data.draw(amendments(date(2026, 1, 1)))}, str(as_of), "event_date", "fine"
    ):
        assert day <= dates[name][0]
        assert fine <= dates[name][1]
