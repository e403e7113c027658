"""The parts the province is built from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskml.lab.simulation.calendar import NEVER
from riskml.lab.simulation.changes import running_product
from riskml.lab.simulation.columns import (
    NOTHING,
    Amounts,
    Codes,
    Dates,
    Either,
    Fixed,
    Joined,
    Numbered,
    Whole,
    vocabulary,
)
from riskml.lab.simulation.geography import ELSEWHERE, PREFECTURES, counties, county_weights
from riskml.lab.simulation.identifiers import credit_codes
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.latent import FOUND_LEVEL, FOUND_SLOPE, INSPECTOR_SPREAD, OFFICE_SPREAD, risk_ahead
from riskml.lab.simulation.names import address_texts
from riskml.lab.simulation.terms import succeed
from riskml.records.uscc import is_valid

ALL = slice(None)


def test_yunnan_has_16_prefectures_and_129_counties():
    assert len(PREFECTURES) == 16
    yunnan = [county for county in counties() if county.code.startswith("53")]
    assert len(yunnan) == 129
    assert list(counties())[: len(yunnan)] == yunnan
    assert {county.prefecture for county in yunnan} == set(PREFECTURES)
    assert county_weights().sum() == pytest.approx(1)
    assert county_weights()[len(yunnan) :].sum() == 0


def test_the_places_of_the_other_schemes_are_there():
    elsewhere = {county.code: county.name for county in counties() if county.prefecture in ELSEWHERE}
    assert (elsewhere["211382"], elsewhere["440106"], elsewhere["131082"]) == ("凌源市", "天河区", "三河市")
    assert {code[:4] for code in elsewhere} == set(ELSEWHERE)
    assert [code for code in elsewhere if code.startswith("2113")] == ["211382"]


def test_guandu_has_ten_streets_of_nine_digits():
    guandu = next(county for county in counties() if county.code == "530111")
    assert guandu.streets == tuple(f"530111{number:03d}" for number in range(1, 11))


@pytest.mark.parametrize(
    ("code", "name", "short_name"),
    [
        ("530111", "官渡区", "官渡区"),
        ("530126", "石林彝族自治县", "石林"),
        ("532528", "元阳县", "元阳"),
        ("532301", "楚雄市", "楚雄"),
    ],
)
def test_counties_have_their_codes_and_short_names(code, name, short_name):
    county = next(county for county in counties() if county.code == code)
    assert (county.name, county.short_name) == (name, short_name)


def test_a_division_abolished_after_2015_is_known_to_its_successor():
    assert next(county.earlier for county in counties() if county.name == "晋宁区") == (("530122", 2016),)


def test_industries_cover_sections_a_to_t():
    assert {industry.code[0] for industry in industries()} == set("ABCDEFGHIJKLMNOPQRST")
    assert all(len(industry.code) == 5 and industry.code[1:].isdigit() for industry in industries())
    assert len({industry.code for industry in industries()}) == len(industries())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.integers(1990, 2026), min_size=1, max_size=60))
def test_credit_codes_are_valid_and_different_with_letters_too(seed, years):
    count = len(years)
    kinds = np.array([b"91", b"93", b"N2", b"Y1", b"A1"])[np.arange(count) % 5]
    matrix = credit_codes(
        np.random.default_rng(seed), kinds=kinds, divisions=np.full(count, b"530111"), years=np.array(years)
    )
    codes = [bytes(row).decode() for row in matrix]
    assert len(set(codes)) == count
    assert all(is_valid(code) for code in codes)
    assert all(_organisation_check(code[8:16]) == code[16] for code in codes)


def _organisation_check(body: str) -> str:
    """GB 11714-1997, written out."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def test_different_addresses_have_different_texts():
    texts = address_texts(np.zeros(50_000, np.int64), np.arange(50_000)).text(ALL).to_pylist()
    assert len(set(texts)) == len(texts)


def test_columns_write_text_and_leave_gaps_empty():
    words = vocabulary(["甲", "乙"])
    codes = Codes(np.array([1, NOTHING, 0]), words)
    numbers = Numbered("CF", np.array([0, 7, 123]), 4)
    flags = np.array([True, False, True])
    matrix = np.frombuffer(b"abcdef", np.uint8).reshape(3, 2)
    for column, expected in (
        (codes, ["乙", None, "甲"]),
        (numbers, ["CF0000", "CF0007", "CF0123"]),
        (Dates(np.array([0, NEVER, 20_000], np.int32)), ["1970-01-01", None, "2024-10-04"]),
        (Whole(np.array([5, NOTHING, 0])), ["5", None, "0"]),
        (Amounts(np.array([1.5, np.nan, -0.001])), ["1.5", None, "0"]),
        (Fixed(matrix, np.array([2, NOTHING, 0])), ["ef", None, "ab"]),
        (Joined((codes, numbers)), ["乙CF0000", None, "甲CF0123"]),
        (Either(codes, numbers, flags), ["CF0000", None, "CF0123"]),
    ):
        assert len(column) == 3
        assert column.text(ALL).to_pylist() == expected
        assert column.text(np.array([2])).to_pylist() == expected[2:]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.5, 2.0, 3.0])), min_size=1, max_size=30))
def test_running_product_is_the_product_within_each_group(pairs):
    pairs.sort(key=lambda pair: pair[0])
    groups, factors = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    expected = [np.prod([f for g, f in pairs[: place + 1] if g == pairs[place][0]]) for place in range(len(pairs))]
    assert running_product(groups, factors) == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 50)), min_size=1, max_size=30))
def test_terms_of_a_place_follow_each_other_without_gap(rows):
    enterprise, place, start = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    terms = succeed(enterprise, place, np.arange(len(rows)), start)
    for here in range(len(rows) - 1):
        same = (terms.enterprise[here], terms.place[here]) == (terms.enterprise[here + 1], terms.place[here + 1])
        assert terms.end[here] == (terms.start[here + 1] if same else NEVER)


def test_the_true_risk_is_the_mean_over_what_is_uncertain():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, np.hypot(OFFICE_SPREAD, INSPECTOR_SPREAD), 200_000)
    for level in (-1.0, 0.0, 1.5):
        odds = FOUND_LEVEL + FOUND_SLOPE * level
        known = (1 / (1 + np.exp(-(odds + noise)))).mean()
        assert risk_ahead(np.array([level]), np.zeros(1, np.float32))[0] == pytest.approx(known, abs=0.03)
