"""Values in words, for every kind of indicator."""

from typing import get_args

import pytest

from riskml.explaining.values import NEVER, NO, UNKNOWN, YES, indicator_value, is_flag, point_places, points
from riskml.features.specs import NEVER_DAYS, Indicator, Measure, load_system
from riskml.records.tables import Label
from riskml.schemes.scheme import load_scheme

from .small_province import SCHEME


def column(system, name):
    return system.column(name).indicator


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("penalty_count_365d", 3.0, "3次", "3 penalties"),
        ("penalty_count_365d", 1.0, "1次", "1 penalty"),
        ("fine_amount", 5.0, "5万元", "50,000 yuan"),
        ("fine_amount", 123456.0, "12.35亿元", "1,234.56 million yuan"),
        ("fine_amount", 0.0, "0元", "0 yuan"),
        ("fields", 2.0, "2个", "2 fields"),
        ("penalty_days_since", 36.0, "36天", "36 days"),
        ("problem_share_1095d", 0.5, "50%", "50%"),
        ("problems_mean", 1.5, "1.5项", "1.5 problems"),
        ("fine_to_capital", 0.0123, "1.2%", "1.2%"),
    ],
)
def test_values_have_units(system, name, value, zh, en):
    assert indicator_value(column(system, name), value) == Label(zh, en)


def test_yes_and_no_unknown_and_never(system):
    assert indicator_value(column(system, "last_problem"), 1.0) == YES
    assert indicator_value(column(system, "last_problem"), 0.0) == NO
    assert indicator_value(column(system, "last_problem"), float("nan")) == UNKNOWN
    assert indicator_value(column(system, "fine_amount"), None) == UNKNOWN
    assert indicator_value(column(system, "penalty_days_since"), float(NEVER_DAYS)) == NEVER


def test_shipped_flags_are_those_that_ask_whether():
    shipped = load_system(SCHEME.parents[2] / "features")
    flags = [indicator.label.zh for c in shipped.columns if is_flag(indicator := c.indicator)]
    assert flags
    assert all("是否" in label for label in flags)
    asked = [c.indicator.label.zh for c in shipped.columns if "是否" in c.indicator.label.zh]
    assert set(asked) == set(flags)


def test_points_of_a_model_have_a_decimal_as_the_score_has_so_that_they_add_up():
    assert [points(value) for value in (-120.44, 9.96, 0.5)] == ["120.4", "10", "0.5"]


@pytest.mark.parametrize(("scheme", "places"), [("yunnan", 1), ("guangzhou", 2), ("guandu", 2), ("lingyuan", 1)])
def test_points_of_items_have_the_decimals_that_the_scheme_can_give(scheme, places):
    """Guangzhou takes 5 points for a penalty, times 0.4 for a minor one, halved after a year; 0.75 is given for an
    older clean visit.
    """
    assert point_places(load_scheme(SCHEME.parents[1] / scheme / "scheme.yaml")) == places


def stepped(steps, **more):
    fields = {
        "id": "x",
        "label": {"zh": "某", "en": "some"},
        "from": "penalty",
        "measure": "days_since",
        "direction": "none",
        "basis": "test",
    }
    return Indicator.model_validate(fields | {"steps": steps} | more)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0.0, "不足30天", "less than 30 days"), (29.0, "不足30天", "less than 30 days"),
        (30.0, "30天至180天", "30 days to 180 days"),
        (179.0, "30天至180天", "30 days to 180 days"), (180.0, "180天至1年", "180 days to 1 year"),
        (364.0, "180天至1年", "180 days to 1 year"),
        (365.0, "1年至3年", "1 year to 3 years"), (1095.0, "3年以上", "3 years or more"),
        (float(NEVER_DAYS), NEVER.zh, NEVER.en),
    ],
)  # fmt: skip
def test_days_in_steps_are_said_as_the_step_they_lie_in(value, zh, en):
    told = indicator_value(stepped(("30d", "180d", "1y", "3y")), value)
    assert (told.zh, told.en) == (zh, en)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0.66, "不足全省的0.67倍", "less than 0.67 times that of the province"),
        (0.67, "全省的0.67倍至1.5倍", "0.67 times to 1.5 times that of the province"),
        (1.5, "全省的1.5倍以上", "1.5 times that of the province or more"),
    ],
)
def test_rates_in_steps_are_said_to_the_whole(value, zh, en):
    peers = {"from": "region_peer", "measure": "relative_rate", "value": "problems", "windows": ("90d",), "shrink": 20}
    told = indicator_value(stepped((0.67, 1.5), **peers), value)
    assert (told.zh, told.en) == (zh, en)


def test_an_amount_measured_by_another_is_no_per_cent_beyond_a_whole():
    ratio = Indicator.model_validate(
        {
            "id": "x",
            "label": {"zh": "某", "en": "some"},
            "from": "penalty",
            "measure": "ratio",
            "value": "fine",
            "over": "1",
            "direction": "none",
            "basis": "t",
        }
    )
    assert [indicator_value(ratio, value).zh for value in (0.26, 1.0, 26.54)] == ["26%", "100%", "26.5倍"]


MINIMAL = {"count": {}, "open": {"from": "abnormal_listing"}, "days_since": {}, "share": {},
    "expression": {"from": None, "value": "a / b"},
           "sum": {"value": "fine"}, "max": {"value": "fine"}, "distinct": {"value": "kind"},
           "latest": {"value": "fine"},
           "ratio": {"value": "fine", "over": "1"},
           "relative_rate": {"from": "region_peer", "value": "problems", "windows": ("90d",), "shrink": 20},
           "category": {"value": "kind", "shrink": 20}}  # fmt: skip


@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("value", [None, float("nan"), 0.0, 0.25, 1.0, 12345.6])
def test_an_indicator_with_required_fields_alone_has_its_value_in_words(measure, value):
    fields = {"id": "x", "label": {"zh": "某", "en": "some"}, "from": "penalty", "direction": "none", "basis": "test"}
    indicator = Indicator.model_validate(fields | {"measure": measure} | MINIMAL[measure])
    told = indicator_value(indicator, value)
    assert told.zh
    assert told.en
    assert (told == UNKNOWN) == (value is None or value != value)
