"""What the charts of a run show: lengths that go with the figures, and words as they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from riskml.core.language import Language, speaking
from riskml.runs.charts import calibration_chart, grade_rate_chart, grade_share_chart
from riskml.schemes.scheme import Scheme

SCHEME = cast(Scheme, SimpleNamespace(grade_names=("A", "B", "<C>")))
RATES = [{"grade": grade, "rows": 1200, "rate": rate, "low": rate - 0.1, "high": rate + 0.1}
         for grade, rate in (("A", 0.2), ("B", 0.4), ("<C>", 0.8))]  # fmt: skip


def elements(svg: str, tag: str) -> list[Any]:
    return ElementTree.fromstring(svg).findall(f"{{http://www.w3.org/2000/svg}}{tag}")


def words(svg: str) -> list[str]:
    return [one.text for one in elements(svg, "text")]


def test_bars_are_as_long_as_shares_and_labelled_with_them() -> None:
    with speaking(Language.zh):
        svg = grade_share_chart({"A": 0.6, "B": 0.3, "<C>": 0.1}, SCHEME)
    first, second, third = (float(bar.get("width")) for bar in elements(svg, "rect"))
    assert (first / second, first / third) == (pytest.approx(2, rel=1e-2), pytest.approx(6, rel=1e-2))
    assert {"A", "B", "<C>", "60.0%", "30.0%", "10.0%", "类别"} <= set(words(svg))


def test_bars_are_as_high_as_rates_with_the_interval_and_the_visits() -> None:
    svg = grade_rate_chart(RATES, SCHEME)
    first, second, third = (float(bar.get("height")) for bar in elements(svg, "rect"))
    assert (second / first, third / first) == (pytest.approx(2, rel=1e-2), pytest.approx(4, rel=1e-2))
    spread = [one for one in elements(svg, "line") if one.get("stroke-width") == "2"]
    assert [float(one.get("y1")) - float(one.get("y2")) for one in spread] == pytest.approx([first] * 3, rel=1e-2)
    assert words(svg).count("n = 1,200") == 3


def test_a_grade_that_nobody_was_visited_of_has_no_bar_and_says_so() -> None:
    nobody = {"grade": "B", "rows": 0, "rate": None, "low": None, "high": None}
    svg = grade_rate_chart([RATES[0], nobody, RATES[2]], SCHEME)
    assert len(elements(svg, "rect")) == 2
    assert {"A", "B", "<C>", "n = 0"} <= set(words(svg))


def test_what_was_promised_and_found_lies_on_the_line_where_they_are_the_same() -> None:
    svg = calibration_chart([{"predicted": x, "observed": y} for x, y in ((0.1, 0.1), (0.4, 0.4), (0.5, 0.3))])
    (line,) = (one for one in elements(svg, "line") if one.get("stroke-dasharray"))
    x1, y1, x2, y2 = (float(line.get(name)) for name in ("x1", "y1", "x2", "y2"))
    above = [(y1 + (float(dot.get("cx")) - x1) * (y2 - y1) / (x2 - x1)) - float(dot.get("cy"))
             for dot in elements(svg, "circle")]  # fmt: skip
    assert above[:2] == pytest.approx([0, 0], abs=0.2)
    assert above[2] < -10


@pytest.mark.parametrize("share", [0.0, 0.004, 1.0])
def test_an_axis_holds_any_share(share: float) -> None:
    svg = grade_share_chart({"A": share, "B": 1 - share}, SCHEME)
    width = float(ElementTree.fromstring(svg).get("width") or 0)
    assert all(float(bar.get("x")) + float(bar.get("width")) <= width - 50 for bar in elements(svg, "rect"))


@pytest.mark.parametrize(("language", "title"), [(Language.zh, "问题发现率"), (Language.en, "problem rate")])
def test_charts_are_in_the_language_that_is_spoken(language: Language, title: str) -> None:
    with speaking(language):
        assert title in words(grade_rate_chart(RATES, SCHEME))
