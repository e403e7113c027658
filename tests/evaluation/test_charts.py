"""The charts' labels have the room they take, whatever fonts the drawing machine has, and nothing is drawn of
nobody.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from riskml.evaluation.charts import WHOLE, interval_chart, parity_chart, weight_chart

LONG = "同一住所在列经营异常名录的存续企业数（含本企业）"


def width(svg: str) -> float:
    """Of the whole drawing, in pixels."""
    found = re.search(r'<svg [^>]*?width="([\d.]+)"', svg)
    assert found is not None
    return float(found[1])


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def row(label: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "value": 0.2, "low": 0.1, "high": 0.3, **more}


@pytest.mark.parametrize("label", ["A", LONG])
def test_a_chart_is_as_wide_as_its_place_whatever_its_labels(label: str) -> None:
    assert WHOLE <= width(interval_chart([row(label)], "AUC")) <= WHOLE + 20
    assert WHOLE <= width(weight_chart([row(label)], WHOLE)) <= WHOLE + 20
    rate = [row(label, of=9, warned=False)]
    assert WHOLE - 60 <= width(parity_chart({"one": rate, "two": rate, "three": rate})) <= WHOLE + 20


def test_long_labels_are_not_cut() -> None:
    assert LONG in texts(interval_chart([row(LONG)], "AUC"))


def test_groups_are_named_once_and_rates_of_nobody_are_not_drawn() -> None:
    rates = {
        "列入 selected": [row("昆明市", of=426, warned=True), row("普洱市", of=48, warned=False)],
        "误列 false": [row("昆明市", of=74, warned=False), row("普洱市", of=0, warned=False)],
    }
    shown = texts(parity_chart(rates))
    assert [shown.count(name) for name in ("昆明市", "普洱市")] == [1, 1]
    assert [one for one in shown if "(" in one] == ["20% (426)", "20% (48)", "20% (74)"]
    assert {"列入 selected", "误列 false"} <= set(shown)


def test_what_is_warned_of_stands_out() -> None:
    plain, warned = (parity_chart({"rate": [row("A", of=9, warned=one)]}) for one in (False, True))
    assert plain != warned
