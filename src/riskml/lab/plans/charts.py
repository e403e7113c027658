"""The charts of plans and of regimes for the documents, each once in Chinese and once in English."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

from riskml.core.language import Language, say, speaking
from riskml.explaining.colours import TOTAL, grade_colour
from riskml.lab.benchmarks.worth import DATA, LEAST, RANDOM, SHARE, SHARES, Replayed, WorthResult
from riskml.lab.plans.year import SHARES as GRADES
from riskml.lab.plans.year import YearResult
from riskml.lab.regimes import RegimesResult
from riskml.sampling.worth import GREEDY, NAMES, PENALTIES, PLAN, PREVIOUS, UNIFORM

matplotlib.use("Agg")
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = {UNIFORM: "#888888", PENALTIES: "#e3a035", PREVIOUS: "#5b9ebf", GREEDY: "#b83a26", PLAN: "#2a6fad"}
_DOTS = 110


def write_charts(result: YearResult | WorthResult | RegimesResult, folder: Path) -> list[Path]:
    """Write the charts of a result into a folder, each as ``….zh.png`` and ``….en.png``; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in Language:
        with speaking(language), plt.rc_context({
            "font.family": ["DejaVu Sans", *_chinese_fonts()],
            "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": False,
        }):  # fmt: skip
            drawn = _drawn(result)
            for name, figure in drawn.items():
                path = folder / f"{name}.{language.value}.png"
                figure.savefig(path, dpi=_DOTS, metadata={"Software": None})
                plt.close(figure)
                written.append(path)
    return written


def _drawn(result: YearResult | WorthResult | RegimesResult) -> dict[str, Figure]:
    """The name of each chart, and the chart."""
    match result:
        case YearResult():
            return {"plan-year": _year(result)}
        case RegimesResult():
            return {"regimes": _regimes(result)}
        case _:
            return _worth(result)


def _regimes(result: RegimesResult) -> Figure:
    figure, panel = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    months = np.arange(1, len(result.delays[0].within) + 1)
    shades = plt.get_cmap("Blues")(np.linspace(0.35, 0.95, len(result.delays)))
    for one, shade in zip(result.delays, shades, strict=True):
        label = say(f"该行业每月抽查 {one.draws:.0f} 次", f"{one.draws:.0f} draws of the trade a month")
        panel.plot(months, one.within, "o-", color=shade, label=label)
    panel.set_xlabel(say("变化之后的月数", "months since the change"))
    panel.set_ylabel(say("已发现的比例", "share noticed"))
    panel.yaxis.set_major_formatter("{x:.0%}")
    panel.set_ylim(0, 1.03)
    title = say(
        "一个行业的问题率变为两倍后，多久发现（模拟）", "How soon a doubled problem rate is noticed (simulated)"
    )
    panel.set_title(title, fontsize=10)
    panel.grid(axis="y", color="#dddddd")
    panel.legend(frameon=False, fontsize=9)
    return figure


def _chinese_fonts() -> list[str]:
    """The names of the machine's Chinese fonts, those without serifs first."""
    names = set()
    for path in font_manager.findSystemFonts():
        if "CJK" in path and "Regular" in path:
            font_manager.fontManager.addfont(path)
            names.add(font_manager.FontProperties(fname=path).get_name())
    return sorted(names, key=lambda name: ("Sans" not in name, name))


def _year(result: YearResult) -> Figure:
    figure, panels = plt.subplots(1, len(GRADES), figsize=(10.5, 3.6), sharey=True, layout="constrained")
    place = np.arange(len(result.months))
    for rank, (grade, panel) in enumerate(zip(GRADES, panels, strict=True)):
        colour = grade_colour(rank, len(GRADES))
        seen = [month.rates[grade] for month in result.months]
        known = np.array([one.value is not None for one in seen])
        value = np.array([np.nan if one.value is None else one.value for one in seen])
        low, high = (np.array([getattr(one, end) for one in seen]) for end in ("low", "high"))
        panel.vlines(place, low, high, color=colour, alpha=0.55, linewidth=3, label=say("95 % 区间", "95 % interval"))
        panel.plot(place[known], value[known], "o", color=colour, markersize=5, label=say("由抽查推算", "estimated"))
        true = [month.true[grade] for month in result.months]
        panel.plot(place, true, color=TOTAL, linewidth=1.3, label=say("真实（模拟）", "true (simulated)"))
        panel.set_title(say(f"{grade} 类", f"grade {grade}"))
        panel.set_xticks(place[::3], [f"{month.day:%Y-%m}" for month in result.months][::3], rotation=40, ha="right")
        panel.set_ylim(0, 1)
        panel.yaxis.set_major_formatter("{x:.0%}")
        panel.grid(axis="y", color="#dddddd")
    panels[0].set_ylabel(say("问题率", "problem rate"))
    panels[0].legend(fontsize=8, frameon=False, loc="upper left")
    figure.suptitle(
        say(
            "一年的计划：计划、抽取、检查、再训练（模拟数据）",
            "A year of plans: plan, draw, visit, learn (simulated data)",
        )
    )
    return figure


def _worth(result: WorthResult) -> dict[str, Figure]:
    replays = [(DATA[name].said, one) for name, one in result.replays.items()]
    name = "plan-worth" if result.simulated else "plan-replay"
    if result.simulated:
        return {name: _curve_and_price(*replays[0])}
    figure, panels = plt.subplots(1, len(replays), figsize=(10.5, 3.8), layout="constrained")
    for (title, one), panel in zip(replays, panels, strict=True):
        _curve(one, panel)
        panel.set_title(title)
    return {name: figure}


def _curve_and_price(title: str, one: Replayed) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.8), layout="constrained")
    _curve(one, left)
    parts = np.array(RANDOM)
    worth = [one.random[part].times_uniform for part in RANDOM]
    right.fill_between(parts, [w.low for w in worth], [w.high for w in worth], color=_COLOURS[PLAN], alpha=0.25)
    right.plot(parts, [w.value for w in worth], color=_COLOURS[PLAN], marker="o", markersize=4)
    right.axvline(LEAST / SHARE, color=TOTAL, linestyle="--", linewidth=1)
    right.set_xlabel(say("人人均等的部分占检查的比例", "part of the visits given to everyone alike"))
    right.set_ylabel(say("查出问题为均匀随机的倍数", "problems, times uniform"))
    right.xaxis.set_major_formatter("{x:.0%}")
    right.grid(color="#dddddd")
    right.set_title(say(f"检查 {SHARE:.0%} 时随机部分的代价", f"price of the random part, {SHARE:.0%} visited"))
    left.set_title(say(f"{title}（模拟数据）", f"{title} (simulated data)"))
    return figure


def _curve(one: Replayed, panel: Axes) -> None:
    for name, found in one.found.items():
        panel.plot(SHARES, found, color=_COLOURS[name], marker="o", markersize=3, label=NAMES[name].said)
    panel.set_xlabel(say("检查的比例", "share visited"))
    panel.set_ylabel(say("查出全部问题的份额", "share of all problems found"))
    panel.xaxis.set_major_formatter("{x:.0%}")
    panel.yaxis.set_major_formatter("{x:.0%}")
    panel.grid(color="#dddddd")
    panel.legend(fontsize=8, frameon=False)
