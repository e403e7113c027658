"""What record tables hold, month by month: counted right, a broken month seen, and nobody's value shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from handmade import Province
from in_a_browser import found_wrong, needs_chromium
from one_language import foreign
from typer.testing import CliRunner

import riskml
from riskml.cli import app
from riskml.core.errors import ConfigurationError
from riskml.core.language import Language, speaking
from riskml.mapping.profile import Held, Profile, profile_records, unlike_counts, unlike_shares
from riskml.mapping.profile_page import month_map, sparkline, write_page

CODES = [f"9153010200000{number:04d}X" for number in range(40)]
SECRET = "Zhang the Secret"


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture
def held(province: Province) -> Profile:
    """Fourteen whole months of penalties: 30 in each, 90 in the tenth, and fines missing in the twelfth."""
    months = [stamp.date() for stamp in pd.date_range("2025-09-01", periods=15, freq="MS")]
    penalties = [
        {
            "record_id": f"P-{place}-{number}", "enterprise_id": CODES[number % 25], "known_date": day,
            "event_date": day, "kind": "fine", "severity": "minor" if number % 3 else "serious",
            "fine": None if place == 11 else 10 + number,
        }
        for place, month in enumerate(months)
        for number in range(90 if place == 9 else 4 if place == 14 else 30)
        for day in [month.replace(day=1 if place == 14 else 1 + number % 20)]
    ]  # fmt: skip
    position = {"record_id": "R-1", "enterprise_id": CODES[0], "start_date": date(2026, 1, 5), "known_date":
        date(2026, 1, 6), "person_id": "530102199001011234", "person_name": SECRET, "role": "supervisor"}  # fmt: skip
    province.receive({"penalty": penalties, "position": [position]})
    return profile_records(province.workspace, None, 15, silent)


def test_rows_values_and_their_ends_are_counted_by_month(held: Profile) -> None:
    assert held.months[0] == date(2025, 9, 1)
    assert held.months[-1] == date(2026, 11, 1)
    penalty = next(one for one in held.tables if one.table.name == "penalty")
    assert penalty.rows_by_month == (30,) * 9 + (90,) + (30,) * 4 + (4,)
    assert penalty.enterprises_by_month[0] == 25
    assert (penalty.rows, penalty.enterprises) == (13 * 30 + 90 + 4, 25)
    fine = next(one for one in penalty.columns if one.column.name == "fine")
    first, gone = fine.by_month[0], fine.by_month[11]
    assert first is not None
    assert gone is not None
    assert (first.missing, first.distinct, first.smallest, first.largest) == (0, 30, 10, 39)
    assert (gone.missing, gone.distinct, gone.commonest, gone.smallest) == (1, None, None, None)
    assert fine.whole.missing == pytest.approx(30 / penalty.rows)
    severity = next(one for one in penalty.columns if one.column.name == "severity").by_month[0]
    assert severity is not None
    assert (severity.distinct, severity.commonest, severity.value) == (2, pytest.approx(20 / 30), "minor")


def test_of_few_records_or_enterprises_no_value_is_told(province: Province) -> None:
    """January: 9 fines; February: 10 of 10; March: 10 of one enterprise; April: 12 penalties, one with a fine."""
    given = [(1, number, number, 100 + number) for number in range(9)]
    given += [(2, number, number, 200 + number) for number in range(10)]
    given += [(3, number, 0, 300 + number) for number in range(10)]
    given += [(4, number, number, 987_654 if number == 0 else None) for number in range(12)]
    penalties = [
        {"record_id": f"P-{month}-{number}", "enterprise_id": CODES[who], "event_date": day, "known_date": day,
         "kind": "fine", "severity": "minor", "fine": fine}
        for month, number, who, fine in given
        for day in [date(2026, month, 2 + number)]
    ]  # fmt: skip
    province.receive({"penalty": penalties})
    profile = profile_records(province.workspace, "penalty", 12, silent)
    (penalty,) = profile.tables
    told = {
        month.month: {one.column.name: one.by_month[place] for one in penalty.columns}
        for place, month in enumerate(profile.months)
        if month.year == 2026
    }
    for month in (1, 3, 4):
        held = told[month]["fine"]
        assert held is not None
        assert (held.distinct, held.commonest, held.value, held.smallest, held.largest) == (None,) * 5
    few, many, one = (told[month]["fine"] for month in (1, 2, 4))
    assert few is not None
    assert few.missing == 0
    assert many is not None
    assert (many.distinct, many.commonest, many.smallest, many.largest) == (10, 0.1, 200, 209)
    assert one is not None
    assert one.missing == pytest.approx(11 / 12)
    severity = told[4]["severity"]
    assert severity is not None
    assert (severity.distinct, severity.value) == (1, "minor")
    assert "987654" not in profile.frame().to_csv()


def test_a_table_of_one_record_tells_none_of_its_values(held: Profile, tmp_path: Path) -> None:
    position = next(one for one in held.tables if one.table.name == "position")
    assert position.rows == 1
    for one in position.columns:
        assert one.whole == Held(one.whole.missing, None, None, None, None, None)
    with speaking(Language.en):
        write_page(held, tmp_path / "profile.html")
    page = (tmp_path / "profile.html").read_text(encoding="utf-8")
    assert "Of fewer than 10 values or 10 enterprises" in page
    assert "2026-01-05" not in page


def test_the_odd_months_are_named_and_no_other(held: Profile) -> None:
    named = {(table.table.name, column and column.column.name, place) for table, column, place in held.breaks()}
    assert named == {("penalty", None, 9), ("penalty", "fine", 11)}
    frame = held.frame()
    assert set(frame.loc[frame["rows_break"], "month"]) == {pd.Timestamp("2026-06-01")}
    assert set(frame.loc[frame["missing_break"], "column"]) == {"fine"}


def test_a_month_like_the_same_one_a_year_before_is_no_break() -> None:
    year = [10, 12, 11, 300, 9, 12, 10, 11, 12, 10, 9, 11]
    assert unlike_counts([*year, 10, 12, 11, 310, 9, 5]) == {3}
    assert unlike_counts([*year, 10, 12, 11, 900, 9, 5]) == {3, 15}


def test_few_rows_or_chance_make_no_break_of_a_share() -> None:
    usual = [0.02] * 6
    assert unlike_shares([*usual, 0.5, 0.02], [100] * 6 + [10, 100]) == set()
    assert unlike_shares([*usual, 0.06, 0.02], [100] * 8) == set()  # six of a hundred where two are usual
    assert unlike_shares([*usual, 0.06, 0.02], [10_000] * 8) == {6}
    assert unlike_shares([*usual, 0.02, 1.0], [100] * 8) == set()  # the last month is not over


@pytest.mark.parametrize("spoken", Language)
def test_the_page_shows_no_enterprise_and_no_person(held: Profile, tmp_path: Path, spoken: Language) -> None:
    with speaking(spoken):
        write_page(held, tmp_path / "profile.html")
    page = (tmp_path / "profile.html").read_text(encoding="utf-8")
    assert foreign(page, spoken, set()) == []
    assert "2026-06" in page
    for one in (SECRET, "530102199001011234", *CODES):
        assert one not in page
        assert one not in held.frame().to_csv()
    assert "<script" not in page
    assert page.count("<svg") == 1 + 2 * sum(len(one.columns) for one in held.tables)


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(held: Profile, tmp_path: Path) -> None:
    write_page(held, tmp_path / "profile.html")
    assert found_wrong([tmp_path / "profile.html"]) == []


def test_a_map_frames_and_a_line_dots_what_is_broken(held: Profile) -> None:
    assert month_map(held).count('stroke-width="2"') == 1
    drawn = sparkline([0.0, None, 0.5, 1.0], frozenset({3}), "x")
    assert drawn.count("<circle") == 1
    assert drawn.count("<line") == 2  # the base, and one between neighbours: none across the gap


def test_a_table_that_is_none_is_refused_with_the_nearest(held: Profile, province: Province) -> None:
    with pytest.raises(ConfigurationError, match="penalty"):
        profile_records(province.workspace, "penalti", 12, silent)


@pytest.mark.usefixtures("held")
def test_the_command_and_the_library_say_the_same(province: Province) -> None:
    (province.workspace.features).mkdir(exist_ok=True)
    asked = ["--workspace", str(province.workspace.root), "profile", "--table", "penalty", "--months", "15"]
    shown = CliRunner().invoke(app, asked)
    assert "2026-06 penalty: 90 rows" in shown.stdout
    assert "2026-08 penalty.fine: 100.0% missing" in shown.stdout
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert [one["table"] for one in found["tables"]] == ["penalty"]
    assert found["tables"][0]["columns"]["fine"]["missing_by_month"][11] == 1
    frame = riskml.Workspace(province.workspace.root).profile("penalty")
    assert set(frame["table"]) == {"penalty"}
    assert frame.loc[frame["month"] == "2026-06-01", "rows"].max() == 90
