"""What the newest run did out of the ordinary, in plain words for those who run it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from riskml.core.language import counted
from riskml.publication.drift import FEWEST_RUNS, MUCH_DRIFT, SOME_DRIFT, Drift, Shift, usual_range
from riskml.publication.history import RunFacts
from riskml.publication.labels import Words
from riskml.records.tables import Label

AGAINST = {"before": Label("上期", "the run before"), "first": Label("首期", "the first run")}


Share = Literal["unknown", "present"]

NAMED = 5
"""Indicators that are named where a share changed for many at once, as when a source was not delivered."""


@dataclass(frozen=True)
class Watched:
    """A figure that is compared with earlier runs.

    Parameters
    ----------
    least
        How far from usual nothing is said yet.
    both
        Whether too little is as odd as too much.
    """

    label: Label
    value: Callable[[RunFacts], float | None]
    written: Callable[[float], str]
    least: float
    both: bool = True


def alerts(history: tuple[RunFacts, ...], drifts: Mapping[str, Mapping[str, Drift]], words: Words) -> tuple[Label, ...]:
    """What is out of the ordinary in the last run of `history`; nothing where all is as usual.

    Parameters
    ----------
    drifts
        "before" and "first": indicator → how far it moved since that run of the same model.
    """
    *earlier, now = history
    found = []
    if earlier and earlier[-1].model != now.model:
        found.append(Label(
            f"本期的模型与上期（{earlier[-1].as_of}）不同：等级和得分的变动有一部分来自模型，各指标的贡献不可比。",
            f"This run has another model than the one before ({earlier[-1].as_of}): some of the movement is due to the "
            "model, and the "
            "indicators' contributions cannot be compared.",
        ))  # fmt: skip
    for against, index in (("before", now.drift_before), ("first", now.drift_first)):
        found += [] if index is None or index < SOME_DRIFT else [_score_drift(AGAINST[against], index)]
    for against, drift in drifts.items():
        moved = sorted((name for name in drift if drift[name].much), key=lambda name: -drift[name].index)
        found += [_indicator_drift(words.indicator(name), AGAINST[against], drift[name].index) for name in moved]
    for _, kind in groupby(shifted(drifts), key=lambda one: (one.against, one.what)):
        found.append(_shifts(list(kind), words))
    for one in watched(history, words):
        alert = _unusual(one, earlier, now)
        found += [] if alert is None else [alert]
    return tuple(found)


def watched(history: tuple[RunFacts, ...], words: Words) -> tuple[Watched, ...]:
    """The figures that are watched, with how far each may stray from what is usual."""
    grades = tuple(history[-1].shares)
    rules = sorted({rule for facts in history for rule in facts.fired})
    return (
        *(Watched(_share_label(grade), _share(grade), "{:.1%}".format, 0.005) for grade in grades),
        *(Watched(_rule_label(words.rule(rule)), _fired(rule), "{:,.0f}".format, 10) for rule in rules),
        Watched(Label("待人员决定的企业", "Enterprises "
                                  "waiting for an officer"), lambda run: run.pending, "{:,.0f}".format, 10, both=False),
        Watched(Label("新隔离的行", "Rows "
                               "newly in quarantine"), lambda run: run.newly_quarantined, "{:,.0f}".format, 10,
                               both=False),
        Watched(Label("用时（秒）", "Time (seconds)"), lambda run: run.total_seconds, "{:,.0f}".format, 30, both=False),
        Watched(Label("内存峰值（GiB）", "Peak memory (GiB)"), lambda run: run.peak_memory_gib, "{:.2f}".format, 0.25,
            both=False),
    )  # fmt: skip


def _unusual(one: Watched, earlier: list[RunFacts], now: RunFacts) -> Label | None:
    usual = usual_range([value for facts in earlier if (value := one.value(facts)) is not None], one.least)
    value = one.value(now)
    if usual is None or value is None or (value <= usual[1] and (value >= usual[0] or not one.both)):
        return None
    low, high = (one.written(max(end, 0.0)) for end in usual)
    return Label(
        f"{one.label.zh}：本期 {one.written(value)}，以往一般在 {low} 至 {high}。",
        f"{one.label.en}: {one.written(value)} this time, usually between {low} and {high}.",
    )


def _score_drift(against: Label, index: float) -> Label:
    much = index >= MUCH_DRIFT
    return Label(
        f"得分的分布与{against.zh}相比{'变化很大' if much else '有变化'}（PSI {index:.2f}）："
        f"{'先查数据是否齐全、有无大批补报，再用这一期的结果' if much else '请留意下一期'}。",
        f"The distribution of scores {'changed greatly' if much else 'changed'} since {against.en} (PSI {index:.2f}): "
        f"{'check for missing or late data before this run is used' if much else 'watch the next run'}.",
    )


def _indicator_drift(label: Label, against: Label, index: float) -> Label:
    return Label(
        f"指标“{label.zh}”对得分的贡献与{against.zh}相比变化很大（PSI {index:.2f}）：请查其来源数据。",
        f'What the indicator "{label.en}" adds to scores changed greatly since {against.en} (PSI {index:.2f}): look at '
        "its source data.",
    )


@dataclass(frozen=True)
class Shifted:
    """A share of an indicator's values that changed.

    Parameters
    ----------
    against
        "before" or "first".
    what
        "unknown", the share whose value cannot be known, or "present", the share of the known that is not zero.
    """

    against: str
    name: str
    what: Share
    shift: Shift


def shifted(drifts: Mapping[str, Mapping[str, Drift]]) -> list[Shifted]:
    """All shares that surely changed by half, those of one kind together, the furthest first."""
    shares: tuple[tuple[Share, Callable[[Drift], Shift | None]], ...] = (
        ("unknown", lambda drift: drift.unknown), ("present", lambda drift: drift.present),
    )  # fmt: skip
    found = [
        Shifted(against, name, what, shift)
        for against, drift in drifts.items()
        for name, one in drift.items()
        for what, of in shares
        if (shift := of(one)) is not None and shift.changed
    ]
    return sorted(found, key=lambda one: (one.against, one.what != "unknown", -abs(math.log(one.shift.ratio))))


def _shifts(found: list[Shifted], words: Words) -> Label:
    """What is said of the shares of one kind that changed: the furthest by name, of the others how many."""
    named = [(words.indicator(one.name), one.shift) for one in found[:NAMED]]
    zh = "；".join(f"{label.zh} {shift.before:.1%} → {shift.now:.1%}" for label, shift in named)
    en = "; ".join(f"{label.en} {shift.before:.1%} → {shift.now:.1%}" for label, shift in named)
    if len(found) > NAMED:
        zh, en = f"{zh}；另有 {len(found) - NAMED} 项", f"{en}; and {len(found) - NAMED} more"
    what = {
        "unknown": Label("无从知道的企业的比例", "The share of enterprises whose value cannot be known"),
        "present": Label("不为零的企业的比例", "The share of enterprises whose value is not zero"),
    }[found[0].what]
    against, many = AGAINST[found[0].against], counted(len(found), "indicators")
    return Label(
        f"{what.zh}与{against.zh}相比有 {len(found)} 项指标变化很大：{zh}。请查其来源数据。",
        f"{what.en} changed greatly since {against.en} for {many}: {en}. Look at the source data.",
    )


def nothing_usual_yet(history: tuple[RunFacts, ...]) -> bool:
    """Whether there are too few earlier runs to say what is usual."""
    return len(history) - 1 < FEWEST_RUNS


def _share(grade: str) -> Callable[[RunFacts], float]:
    return lambda run: run.shares[grade]


def _share_label(grade: str) -> Label:
    return Label(f"{grade} 的占比", f"Share of {grade}")


def _fired(rule: str) -> Callable[[RunFacts], float]:
    return lambda run: run.fired.get(rule, 0)


def _rule_label(label: Label) -> Label:
    return Label(f"触发“{label.zh}”的企业", f'Enterprises for which "{label.en}" fired')
