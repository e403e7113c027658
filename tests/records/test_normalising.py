"""One form for what is written in many: each rule by itself, its idempotence, and that both sides of a join meet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import RECEIVED, Province
from hypothesis import given, settings
from hypothesis import strategies as st

from riskml.engines.duckdb import connect
from riskml.records.ingest import ingest
from riskml.records.normalising import identifier_sql, is_usual_sql, street_sql, text_sql, typed_sql, usual_sql
from riskml.records.sources import load_source
from riskml.records.tables import TABLES

CODE = "91340000711771143J"
POST = {"record_id": "P1", "enterprise_id": CODE, "start_date": "2022-01-01", "role": "director"}
DEBT = {"record_id": "D1", "start_date": "2026-01-10", "subject_kind": "person"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return connect(tmp_path_factory.mktemp("spill"), threads=1)


def read(engine: duckdb.DuckDBPyConnection, table: str, column: str, text: str, identifier: str = "uscc") -> Any:
    asked = TABLES[table].column(column)
    value = typed_sql(asked, "tidy", identifier=identifier)
    ((found,),) = engine.execute(
        f"SELECT {value} FROM (SELECT {text_sql('given')} AS tidy FROM (SELECT ? AS given))", [text]
    ).fetchall()
    return found


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("昆明零\x00字有限公司", "昆明零字有限公司"),
        ("\x1b[2J\x1b[31m红公司", "[2J[31m红公司"),
        ("\u200e甲\u200b公司\ufeff", "甲公司"),
        ("\u202e司公甲", "司公甲"),
        ("\u3000甲\t公司\r\n", "甲 公司"),
        ("甲\n  公司", "甲 公司"),
        ("null", None), ("NULL", None), ("None", None), ("NaN", None), ("N/A", None), ("\\N", None), ("-", None),
        ("——", None),
        ("/", None), ("无", None), ("暂无", None), ("不详", None), (" \u200b ", None), ("\u3000NULL\u3000", None),
        ("无锡公司", "无锡公司"), ("空港公司", "空港公司"), ("A-B", "A-B"),
    ],
)  # fmt: skip
def test_text(engine: duckdb.DuckDBPyConnection, written: str, kept: str | None) -> None:
    assert read(engine, "enterprise", "name", written) == kept


def test_a_word_of_the_columns_codes_is_no_placeholder(province: Province) -> None:
    opinion = {
        "record_id": "O1",
        "enterprise_id": "甲",
        "event_date": "2026-05-01",
        "sentiment": "neutral",
        "attention": "HIGH",
    }
    province.receive(
        {"opinion": [{**opinion, "effect": "none"}, {**opinion, "record_id": "O2", "effect": "none\u200b"}]}
    )
    assert [(row["effect"], row["attention"]) for row in province.stored("opinion")] == [("none", "high")] * 2


@pytest.mark.parametrize(
    ("column", "table", "written", "value"),
    [
        ("event_date", "penalty", "2026-09-01", date(2026, 9, 1)),
        ("event_date", "penalty", "20260901", date(2026, 9, 1)),
        ("event_date", "penalty", "２０２６年９月１日", date(2026, 9, 1)),
        ("event_date", "penalty", "2026年9月1日 10时30分", date(2026, 9, 1)),
        ("event_date", "penalty", "2026/9/1 08:05:00", date(2026, 9, 1)),
        ("event_date", "penalty", "2026.09.01", date(2026, 9, 1)),
        ("event_date", "penalty", "20260901123000", date(2026, 9, 1)),
        ("event_date", "penalty", "2026-09-01T23:59:59.999", date(2026, 9, 1)),
        ("event_date", "penalty", "2026-10-31T16:30:00Z", date(2026, 11, 1)),
        ("event_date", "penalty", "2026-10-31 15:59:59+00:00", date(2026, 10, 31)),
        ("event_date", "penalty", "2026-11-01T00:30:00+0800", date(2026, 11, 1)),
        ("event_date", "penalty", "26-09-01", None),
        ("event_date", "penalty", "26年9月1日", None),
        ("event_date", "penalty", "2021123", None),
        ("event_date", "penalty", "20255-01-01", None),
        ("event_date", "penalty", "2026-02-30", None),
        ("event_date", "penalty", "2026-13-01", None),
        ("event_date", "penalty", "01/09/2026", None),
        ("event_date", "penalty", "46266", None),
        ("fine", "penalty", "64.60万元", Decimal("64.6")),
        ("fine", "penalty", "1,976.96", Decimal("1976.96")),
        ("fine", "penalty", "１，９７６．９６", Decimal("1976.96")),
        ("fine", "penalty", "5000元", Decimal("0.5")),
        ("fine", "penalty", "人民币1.2亿元整", Decimal("12000")),
        ("fine", "penalty", "3百万元", Decimal("300")),
        ("fine", "penalty", "¥500元", Decimal("0.05")),
        ("fine", "penalty", "￥5万", Decimal("5")),
        ("fine", "penalty", "¥500", None),
        ("fine", "penalty", "500人民币", None),
        ("fine", "penalty", "100万美元", None),
        ("fine", "penalty", "1,2,3", None),
        ("fine", "penalty", "1.976,96", None),
        ("problems", "inspection", "12", 12),
        ("problems", "inspection", "12.0", 12),
        ("problems", "inspection", "1,200项", 1200),
        ("problems", "inspection", "12.5", None),
        ("year", "annual_report", "2025年度", 2025),
        ("share", "shareholding", "30%", Decimal("0.3")),
        ("share", "shareholding", "３０．５％", Decimal("0.305")),
        ("share", "shareholding", "0.3", Decimal("0.3")),
        ("accepted", "complaint", "是", True),
        ("accepted", "complaint", "N", False),
        ("accepted", "complaint", "也许", None),
        ("division", "enterprise", "530102", "530102"),
        ("division", "enterprise", "530102000000", "530102"),
        ("division", "enterprise", "530102001", "530102"),
        ("division", "enterprise", "５３０１０２", "530102"),
        ("division", "enterprise", "530102.0", "530102"),
        ("division", "enterprise", "5301", "530100"),
        ("division", "enterprise", "53", "530000"),
        ("division", "enterprise", "53010", None),
        ("division", "enterprise", "000000", None),
        ("division", "enterprise", "五华区", None),
        ("industry", "enterprise", "ｃ1311", "C1311"),
        ("industry", "enterprise", "C13.11", "C1311"),
        ("industry", "enterprise", "131101", "1311"),
        ("industry", "enterprise", "谷物磨制", None),
    ],
)  # fmt: skip
def test_values(engine: duckdb.DuckDBPyConnection, column: str, table: str, written: str, value: Any) -> None:
    assert read(engine, table, column, written) == value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("99010219800101002x", "99010219800101002X"),
        ("９９０１０２１９８００１０１００２Ｘ", "99010219800101002X"),
        ("\ufeff99010219800101002X\t", "99010219800101002X"),
        ("990102 19800101 002x", "99010219800101002X"),
        ("990102-19800101-002X", "99010219800101002X"),
        # GB 11643-1999 gives this pair of an old and a new number.
        ("110105491231002", "11010519491231002X"),
        ("99010219800101002ⅹ", "99010219800101002X"),
        ("99010219800101002Ⅹ", "99010219800101002X"),
        ("990102 19800101 002Х", "99010219800101002X"),
        ("99010219800101002×", "99010219800101002X"),
        ("per-7", "PER-7"),
        ("5301**********1234", "5301**********1234"),
        ("5301＊＊＊＊1234", "5301****1234"),
    ],
)  # fmt: skip
def test_identifiers(engine: duckdb.DuckDBPyConnection, written: str, meant: str) -> None:
    assert read(engine, "position", "person_id", written) == meant
    assert read(engine, "dishonest_debtor", "subject_id", written) == meant


def test_ids_of_a_free_source_keep_their_case_and_its_divisions_are_its_own(engine: duckdb.DuckDBPyConnection) -> None:
    for column in ("person_id", "enterprise_id"):
        assert read(engine, "position", column, "per-7", "free") == "per-7"
        assert read(engine, "position", column, CODE.lower(), "free") == CODE
        assert read(engine, "position", column, "99010219800101002x", "free") == "99010219800101002X"
    assert read(engine, "enterprise", "division", "60614", "free") == "60614"


MESS = st.text(alphabet="Xx90Ａ－-＊* \t\u200b\u3000.,，年月日/：万元%无N万１\x00", max_size=20)


@settings(max_examples=60, deadline=None)
@given(text=MESS, place=st.sampled_from([("enterprise", "name"), ("position", "person_id"), ("enterprise", "division"),
("enterprise", "industry")]),
       identifier=st.sampled_from(["uscc", "free"]))  # fmt: skip
def test_what_was_normalised_once_is_not_changed_again(
    engine: duckdb.DuckDBPyConnection, text: str, place: tuple[str, str], identifier: str
) -> None:
    once = read(engine, *place, text, identifier)
    assert once is None or read(engine, *place, once, identifier) == once


@settings(max_examples=60, deadline=None)
@given(text=MESS | st.dates().map(str) | st.decimals(-5, 5,
places=3).map(str) | st.sampled_from(["是", "no", "530102", "C13", CODE]),
       place=st.sampled_from([("enterprise", "name"), ("position", "person_id"), ("enterprise", "division"),
           ("enterprise", "industry"),
                              ("penalty", "event_date"), ("penalty", "fine"), ("inspection", "problems"),
                              ("shareholding", "share"),
                              ("complaint", "accepted"), ("penalty", "severity")]),
       identifier=st.sampled_from(["uscc", "free"]))  # fmt: skip
def test_the_usual_form_means_what_the_whole_rule_makes_of_it(
    engine: duckdb.DuckDBPyConnection, text: str, place: tuple[str, str], identifier: str
) -> None:
    column = TABLES[place[0]].column(place[1])
    ((usual, value),) = engine.execute(
        f"SELECT {is_usual_sql(column, 'given', identifier=identifier)}, {usual_sql(column, 'given')} FROM (SELECT ? "
        "AS given)",
        [text],
    ).fetchall()
    if usual:
        assert value == read(engine, *place, text, identifier)


@settings(max_examples=40, deadline=None)
@given(number=st.from_regex(r"[1-8][0-9]{16}[0-9X]", fullmatch=True), written=st.data())
def test_both_sides_of_a_join_meet_however_they_are_written(
    engine: duckdb.DuckDBPyConnection, number: str, written: st.DataObject
) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    parted = f"{number[:6]}-{number[6:14]} {number[14:]}"
    ways = st.sampled_from([number, number.lower(), wide, wide.lower(), parted, f"\ufeff{number}", f" {number}\u3000"])
    for free in (False, True):
        sql = (
            f"SELECT {identifier_sql('tidy', free=free)} FROM (SELECT {text_sql('given')} AS tidy FROM (SELECT ? AS "
            "given))"
        )
        ((one,),), ((other,),) = (engine.execute(sql, [written.draw(ways)]).fetchall() for _ in range(2))
        assert one == other == number


@pytest.mark.parametrize(
    "mask",
    [
        "5301**********1234", "5301xxxxxxxx1234", "000000000000000000", "111111", "123456789012345678", "1", "保密",
        "见附件", "NULL NULL",
        "#REF!", "530102……001X", "530102-----001X", "530102_______001X", "5.30102198001010E+17", "530102198001010000",
        "530102198001010010.0",
    ],
)  # fmt: skip
def test_an_id_that_names_nobody_keeps_its_record_and_meets_no_other(province: Province, mask: str) -> None:
    report = province.receive(
        {
            "position": [{**POST, "person_id": mask}, {**POST, "record_id": "P2", "person_id": mask}],
            "dishonest_debtor": [{**DEBT, "subject_id": mask}],
        },
        identifier="uscc",
    )
    assert [table.taken for table in sorted(report.tables, key=lambda one: one.table)] == [1, 2]
    assert report.notes == {
        ("dishonest_debtor", "subject_id", "no_identity"): 1,
        ("position", "person_id", "no_identity"): 2,
    }
    ids = [row["person_id"] for row in province.stored("position")] + [
        row["subject_id"] for row in province.stored("dishonest_debtor")
    ]
    assert len(set(ids)) == 3
    assert all(one.startswith(mask.upper()) for one in ids)


@pytest.mark.parametrize(
    ("identifier", "enterprise"),
    [("uscc", "915301020000005000"), ("free", "915301020000005000"), ("free", "915301020000000000")],
)
def test_a_code_that_ends_in_zeros_is_no_rounding(province: Province, identifier: str, enterprise: str) -> None:
    report = province.receive(
        {"position": [{**POST, "enterprise_id": enterprise, "person_id": "530102198001010010"}]}, identifier=identifier
    )
    assert report.tables[0].taken == 1
    assert report.faults == {}


@pytest.mark.parametrize(
    ("enterprise", "faults"), [("91530102XXXXA1B2CH", set()), ("91530102XXXXA1B2CJ", {"no_identity"})]
)
def test_a_valid_code_may_hold_four_x_by_chance(province: Province, enterprise: str, faults: set[str]) -> None:
    report = province.receive(
        {"position": [{**POST, "enterprise_id": enterprise, "person_id": "530102198001010010"}]}, identifier="uscc"
    )
    assert {reason for _, _, reason in report.faults} == faults


@pytest.mark.parametrize("identity", ["G12345678", "H12345678(01)", "台胞证12345678", "530102198001010010"])
def test_other_documents_of_identity_are_somebodys(province: Province, identity: str) -> None:
    report = province.receive({"position": [{**POST, "person_id": identity}]}, identifier="uscc")
    assert report.notes == {}
    assert [row["person_id"] for row in province.stored("position")] == [identity]


@pytest.mark.parametrize("nothing", ["ＮＵＬＬ", "Ｎ／Ａ", "NULL", "null", "-", "无", "N/A", "\u3000", ""])
def test_a_record_of_nobody_is_refused_and_not_tied_to_others_of_nobody(province: Province, nothing: str) -> None:
    report = province.receive(
        {"position": [{**POST, "person_id": nothing}], "dishonest_debtor": [{**DEBT, "subject_id": nothing}]},
        identifier="uscc",
    )
    assert report.faults == {("dishonest_debtor", "subject_id", "missing"): 1, ("position", "person_id", "missing"): 1}
    assert [table.taken for table in report.tables] == [0, 0]


def test_an_enterprise_id_of_nothing_but_zeros_is_refused(province: Province) -> None:
    report = province.receive({"position": [{**POST, "enterprise_id": "0" * 18, "person_id": "p"}]}, identifier="uscc")
    assert report.faults == {("position", "enterprise_id", "no_identity"): 1}


def test_what_is_no_credit_code_beside_the_subject_is_kept_and_noted(province: Province) -> None:
    share = {"record_id": "S1", "enterprise_id": CODE, "start_date": "2022-01-01", "holder_kind": "enterprise"}
    report = province.receive({"shareholding": [{**share, "holder_id": "530100000012345A"}]}, identifier="uscc")
    assert report.notes == {("shareholding", "holder_id", "bad_uscc"): 1}
    assert [row["holder_id"] for row in province.stored("shareholding")] == ["530100000012345A"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_an_instant_of_a_parquet_file_is_chinas_day_wherever_it_is_read(
    province: Province, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    source = province.source(
        {"serious_listing": [{"record_id": "L1", "enterprise_id": "甲", "start_date": "x", "list_kind": "tax"}]}
    )
    path = Path(province.inbox) / "serious_listing1.parquet"
    instant = pa.array([1_793_464_200_000_000], pa.timestamp("us", tz="UTC"))  # 2026-10-31 16:30 UTC
    pq.write_table(
        pq.read_table(path).set_column(pq.read_schema(path).get_field_index("start_date"), "start_date", instant), path
    )
    ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert [row["start_date"] for row in province.stored("serious_listing")] == [date(2026, 11, 1)]


@pytest.mark.parametrize(
    ("written", "street", "area"),
    [
        ("530111001", "530111001", "530111001"),
        ("５３０１１１００１", "530111001", "530111001"),
        (" 530111 001 ", "530111001", "530111001"),
        ("530111001201", "530111001", "530111001"),
        ("530111001.0", "530111001", "530111001"),
        ("530111", None, "530111"),
        ("530111000", None, "530111"),
        ("530111000000", None, "530111"),
        ("关上街道", None, None),
        ("5301110", None, None),
        ("990111001", None, None),
    ],
)
def test_streets_have_nine_digits_and_areas_six_or_nine(written: str, street: str | None, area: str | None) -> None:
    connection = duckdb.connect()
    for county_too, expected in ((False, street), (True, area)):
        text = text_sql("written")
        ((found,),) = connection.execute(
            f"SELECT {street_sql('tidy', county_too=county_too)} FROM (SELECT {text} AS tidy FROM (SELECT ? AS "
            "written))",
            [written],
        ).fetchall()
        assert found == expected


@pytest.mark.parametrize(
    ("written", "code"), [("严重", "serious"), ("SERIOUS", "serious"), ("较重", "other"), ("serious", "serious")]
)
def test_the_label_of_a_code_is_read_as_that_code(province: Province, written: str, code: str) -> None:
    row = {"record_id": "P1", "enterprise_id": "甲", "event_date": "2026-01-05", "severity": written, "kind": "罚款"}
    report = province.receive({"penalty": [row]})
    (stored,) = province.stored("penalty")
    assert (stored["severity"], stored["kind"]) == (code, "fine")
    assert bool(report.new_words) == (code == "other")
