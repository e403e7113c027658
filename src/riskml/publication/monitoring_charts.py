"""The charts of the monitoring page: one run after another, as SVG in the language that is spoken, without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from riskml.core.language import Label, say
from riskml.core.lines import wrapped
from riskml.explaining.colours import LOWERED, RAISED, TOTAL, ink_on
from riskml.explaining.fonts import label_width
from riskml.explaining.vega import to_svg
from riskml.publication.drift import MUCH_DRIFT, SOME_DRIFT, Drift, Floats
from riskml.publication.history import RunFacts
from riskml.runs.charts import grade_colours
from riskml.runs.regimes import Regime, Watch
from riskml.runs.result import stage_label
from riskml.schemes.scheme import Scheme
from riskml.training.evaluation import wilson

MOST_INDICATORS = 15

MOST_REGIMES = 4
"""How many groups that are noticed are drawn."""

_WIDTH, _HEIGHT = 430, 220
_LABEL_COLUMNS = 56
"""Where a line of an indicator's label ends: so many columns take less than half of the widest chart."""

_GREY, _BY_CHANCE = "#8794a0", "#d5dbe1"
_AGAINST = {"before": Label("与上期", "against the run before"), "first": Label("与首期", "against the first")}
_SMALLEST_LABELLED = 0.05


def share_chart(history: Sequence[RunFacts], scheme: Scheme) -> str:
    """The share of every grade in every run; that of the riskiest, which is small and matters most, stands above its
    bar.
    """
    colours = grade_colours(scheme)
    rows = []
    for facts in history:
        below = 0.0
        for grade in scheme.grade_names:
            share = facts.shares[grade]
            is_labelled = share >= _SMALLEST_LABELLED or grade == scheme.grade_names[-1]
            rows.append({
                "run": facts.as_of.isoformat(), "grade": grade, "share": share, "from": below, "to": below + share,
                "ink": ink_on(colours[grade]) if grade != scheme.grade_names[-1] else colours[grade],
                "text": f"{grade} {share:.1%}" if is_labelled else "",
                "place": below + share / 2 if grade != scheme.grade_names[-1] else 1.04,
            })  # fmt: skip
            below += share
    base = alt.Chart(pd.DataFrame(rows), width=_WIDTH * 2, height=_HEIGHT).encode(x=_runs())
    bars = base.mark_bar(size=_bar(len(history))).encode(
        y=alt.Y(
            "from:Q",
            scale=alt.Scale(domain=[0, 1.08], nice=False),
            axis=alt.Axis(format="%", title=say("企业占比", "share of enterprises"), values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        y2="to:Q",
        color=alt.Color(
            "grade:N", title=say("等级", "grade"), scale=alt.Scale(domain=list(colours), range=list(colours.values()))
        ),
    )
    text = base.mark_text(fontSize=11).encode(y="place:Q", text="text:N", color=alt.Color("ink:N", scale=None))
    return to_svg(bars + text) if _bar(len(history)) >= 44 else to_svg(bars)


def drift_chart(history: Sequence[RunFacts]) -> str:
    """The stability index of the scores, with the conventional limits."""
    rows = [
        {"run": facts.as_of.isoformat(), "against": _AGAINST[against].said, "index": index}
        for facts in history
        for against, index in (("before", facts.drift_before), ("first", facts.drift_first))
        if index is not None
    ]
    data = pd.DataFrame(rows)
    y = alt.Y("index:Q", title="PSI", scale=alt.Scale(domain=[0, max(MUCH_DRIFT * 1.2, data["index"].max() * 1.1)]))
    lines = alt.Chart(data, width=_WIDTH, height=_HEIGHT).mark_line(point=alt.OverlayMarkDef(size=45)).encode(
        x=_runs(), y=y, color=_against(),
    )  # fmt: skip
    limits = alt.Chart(_limits()).mark_rule(strokeDash=[4, 4], color=_GREY).encode(y="index:Q")
    told = alt.Chart(_limits()).mark_text(align="left", dx=4, dy=-6, color=_GREY, fontSize=11).encode(
        x=alt.value(0), y="index:Q", text="text:N"
    )  # fmt: skip
    return to_svg(limits + lines + told)


def distribution_chart(scores: Mapping[str, Floats], scheme: Scheme) -> str:
    """How the scores of some runs are distributed.

    Parameters
    ----------
    scores
        What each run is called → everyone's score.
    """
    assert scheme.score is not None, "there is no score to draw"
    edges = np.linspace(scheme.score.from_, scheme.score.to, 41)
    rows = [
        {"which": which, "score": (low + high) / 2, "share": count / len(values)}
        for which, values in scores.items()
        for low, high, count in zip(edges, edges[1:], np.histogram(values, edges)[0], strict=False)
    ]
    colours = [TOTAL, RAISED, LOWERED][: len(scores)]
    lines = alt.Chart(pd.DataFrame(rows), width=_WIDTH, height=_HEIGHT).mark_line(interpolate="step").encode(
        x=alt.X("score:Q", title=say("得分", "score"), scale=alt.Scale(domain=[scheme.score.from_, scheme.score.to]),
            axis=alt.Axis(tickCount=5)),
        y=alt.Y("share:Q", axis=alt.Axis(format="%", title=say("企业占比", "share of enterprises"))),
        color=alt.Color("which:N", title=None, sort=list(scores), scale=alt.Scale(domain=list(scores), range=colours),
            legend=_legend()),
    )  # fmt: skip
    bands = alt.Chart(pd.DataFrame({"score": [band.from_ for band in scheme.ascending[1:]]}))
    return to_svg(bands.mark_rule(strokeDash=[2, 3], color=_GREY).encode(x="score:Q") + lines)


def indicator_drift_chart(
    drifts: Mapping[str, Mapping[str, Drift]], labels: Mapping[str, Label], against: Mapping[str, Label] = _AGAINST
) -> str:
    """The indicators that moved most, each beside what chance comes to: a grey bar, which 95 in 100 unmoved ones stay
    within.

    Parameters
    ----------
    drifts
        Since what ("before", "first"; one may be missing) → indicator → how far it moved.
    labels
        Indicator → its label.
    against
        What each of `drifts` is called.
    """
    furthest = {name: max(drift[name].index for drift in drifts.values()) for name in labels}
    order = sorted(labels, key=lambda name: (-furthest[name], name))[:MOST_INDICATORS]
    told = {name: "\n".join(wrapped(labels[name].said, _LABEL_COLUMNS)) for name in order}
    rows = [
        {"indicator": told[name], "against": against[since].said, "index": drift[name].index}
        for name in order
        for since, drift in drifts.items()
    ]
    chances = pd.DataFrame(
        {"indicator": told[name], "chance": max(drift[name].chance_at_most for drift in drifts.values())}
        for name in order
    )
    data, called = pd.DataFrame(rows), [label.said for label in against.values()]
    room = label_width(line for label in told.values() for line in label.split("\n"))
    axis = alt.Axis(labelLimit=0, minExtent=room, grid=True, labelExpr="split(datum.label, '\\n')")
    y = alt.Y("indicator:N", sort=list(told.values()), title=None, axis=axis)
    top = max(MUCH_DRIFT * 1.1, data["index"].max() * 1.05, chances["chance"].max())
    row = 7 + 15 * max(label.count("\n") + 1 for label in told.values())
    points = alt.Chart(data, width=2 * _WIDTH - room, height=row * len(order)).mark_point(filled=True, size=70).encode(
        y=y,
        x=alt.X("index:Q", title="PSI", scale=alt.Scale(domain=[0, top])),
        color=alt.Color("against:N", title=None, scale=alt.Scale(domain=called, range=[TOTAL, RAISED][: len(called)]),
            legend=_legend()),
        shape=alt.Shape("against:N", title=None,
            scale=alt.Scale(domain=called, range=["circle", "diamond"][: len(called)])),
    )  # fmt: skip
    by_chance = alt.Chart(chances).mark_bar(size=14, color=_BY_CHANCE).encode(y=y, x="chance:Q")
    limits = alt.Chart(_limits()).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="index:Q")
    return to_svg(by_chance + limits + points)


def rules_chart(history: Sequence[RunFacts], labels: Mapping[str, Label]) -> str:
    """For how many enterprises each rule fired, and how many wait for an officer."""
    rows = [
        {"run": facts.as_of.isoformat(), "what": label.said, "count": facts.fired.get(rule, 0)}
        for facts in history
        for rule, label in labels.items()
    ] + [
        {"run": facts.as_of.isoformat(), "what": say("待人员决定", "waiting for an officer"), "count": facts.pending}
        for facts in history
    ]
    return _lines(rows, alt.Y("count:Q", title=say("企业", "enterprises")))


def regime_charts(watched: Watch) -> list[str]:
    """What draws found each month beside what was expected: of the groups that are noticed, the surest first, and of
    everyone where no more than `MOST_REGIMES` did.
    """
    shown = {one.group: one for one in (*watched.noticed, *watched.standing[:1])}
    return [_found_and_expected(one) for one in list(shown.values())[:MOST_REGIMES]]


def _found_and_expected(one: Regime) -> str:
    rows = []
    for month in one.months:
        if month.draws:
            low, high = wilson(month.problems, month.draws)
            rows.append({"month": f"{month.first:%Y-%m}", "found": month.problems / month.draws, "low": low,
                         "high": high, "expected": month.expected / month.draws})  # fmt: skip
    named = one.group.label.said
    title = alt.Title(named if len(named) <= 40 else f"{named[:39]}…", fontSize=12, anchor="start")
    order = [f"{month.first:%Y-%m}" for month in one.months]
    base = alt.Chart(pd.DataFrame(rows), width=_WIDTH, height=150, title=title).encode(
        x=alt.X("month:O", sort=order, scale=alt.Scale(domain=order), title=None,
                axis=alt.Axis(labelAngle=-40, labelOverlap="parity"))
    )  # fmt: skip
    y = alt.Y("low:Q", axis=alt.Axis(format="%", title=say("问题发现率", "problem rate"), tickCount=4))
    layers = [
        base.mark_rule(strokeWidth=1.5, color=TOTAL).encode(y=y, y2="high:Q"),
        base.mark_circle(size=50, color=TOTAL, opacity=1).encode(y="found:Q"),
        base.mark_line(color=RAISED, strokeDash=[5, 3]).encode(y="expected:Q"),
    ]
    if one.noticed:
        marks = pd.DataFrame(
            {
                "month": [f"{one.since:%Y-%m}", f"{one.noticed:%Y-%m}"],
                "text": [say("约自", "since about"), say("发现", "noticed")],
                "place": [8, 20],
            }
        )
        at = alt.Chart(marks).encode(x=alt.X("month:O", sort=order, scale=alt.Scale(domain=order)))
        layers += [
            at.mark_rule(strokeDash=[2, 3], color=_GREY),
            at.mark_text(align="left", dx=4, fontSize=11, color=_GREY).encode(
                y=alt.Y("place:Q", scale=None), text="text:N"
            ),
        ]
    return to_svg(alt.layer(*layers))


def quarantine_chart(history: Sequence[RunFacts]) -> str:
    """Rows in quarantine at every run."""
    rows = [{"run": facts.as_of.isoformat(), "count": facts.quarantined} for facts in history]
    bars = alt.Chart(pd.DataFrame(rows), width=_WIDTH, height=_HEIGHT).mark_bar(size=_bar(2 * len(history)),
        color=TOTAL).encode(
        x=_runs(), y=alt.Y("count:Q", title=say("累计隔离的行", "rows in quarantine"))
    )  # fmt: skip
    return to_svg(bars)


def time_chart(history: Sequence[RunFacts]) -> str:
    """Seconds of every stage of every run."""
    names = list(dict.fromkeys(stage for facts in history for stage in facts.seconds))
    told = {name: stage_label(name) for name in names}
    rows = [
        {"run": facts.as_of.isoformat(), "stage": told[stage], "seconds": seconds}
        for facts in history
        for stage, seconds in facts.seconds.items()
    ]
    bars = alt.Chart(pd.DataFrame(rows), width=_WIDTH, height=_HEIGHT).mark_bar(size=_bar(2 * len(history))).encode(
        x=_runs(),
        y=alt.Y("seconds:Q", title=say("秒", "seconds")),
        color=alt.Color("stage:N", title=None, sort=list(told.values()), scale=alt.Scale(scheme="tableau20"),
            legend=_legend(columns=3)),
    )  # fmt: skip
    return to_svg(bars)


def memory_chart(history: Sequence[RunFacts]) -> str:
    """The largest resident size of every run."""
    rows = [
        {"run": facts.as_of.isoformat(), "what": say("内存峰值", "peak memory"), "gib": facts.peak_memory_gib}
        for facts in history
    ]
    return _lines(rows, alt.Y("gib:Q", title="GiB", scale=alt.Scale(zero=True)))


def _lines(rows: list[dict[str, Any]], y: alt.Y) -> str:
    chart = alt.Chart(pd.DataFrame(rows), width=_WIDTH,
        height=_HEIGHT).mark_line(point=alt.OverlayMarkDef(size=45)).encode(
        x=_runs(), y=y, color=alt.Color("what:N", title=None, scale=alt.Scale(scheme="tableau10"),
            legend=_legend(columns=1)),
    )  # fmt: skip
    return to_svg(chart)


def _runs() -> alt.X:
    return alt.X("run:O", title=None, axis=alt.Axis(labelAngle=-40, labelOverlap="parity"))


def _against() -> alt.Color:
    return alt.Color(
        "against:N", title=None, scale=alt.Scale(domain=_againsts(), range=[TOTAL, RAISED]), legend=_legend()
    )


def _againsts() -> list[str]:
    return [label.said for label in _AGAINST.values()]


def _legend(columns: int = 2) -> alt.Legend:
    return alt.Legend(orient="bottom", columns=columns, labelLimit=420, symbolLimit=0)


def _limits() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "index": [SOME_DRIFT, MUCH_DRIFT],
            "text": [
                f"{SOME_DRIFT:g} {say('有变化', 'changed')}",
                f"{MUCH_DRIFT:g} {say('变化很大', 'changed greatly')}",
            ],
        }
    )


def _bar(bars: int) -> int:
    """The width of a bar, in pixels, where so many share the widest chart."""
    return max(4, min(90, int(_WIDTH * 2 * 0.8 / bars)))
