"""evaluation.html: one offline page with every figure of a report, its interval, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskml.core.language import Label, say
from riskml.core.pages import rendered
from riskml.evaluation.challengers import RIVALS
from riskml.evaluation.charts import (
    HALF,
    WHOLE,
    band_chart,
    coverage_chart,
    dependence_chart,
    expected_chart,
    gain_chart,
    interval_chart,
    parity_chart,
    weight_chart,
)
from riskml.evaluation.evaluate import Report
from riskml.evaluation.groups import ATTRIBUTES, RATES
from riskml.evaluation.points_tables import DOUBLING, range_of
from riskml.evaluation.selective_labels import TRUTH, WAYS
from riskml.explaining.fonts import FONTS
from riskml.features.specs import IndicatorColumn
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.drift import MUCH_SHIFTED
from riskml.publication.monitoring_charts import indicator_drift_chart
from riskml.records.tables import DIMENSIONS
from riskml.runs.charts import calibration_chart, grade_rate_chart, grade_share_chart
from riskml.runs.realised import counted_how

SHOWN_WEIGHTS = 15


def write_page(report: Report, path: Path) -> Path:
    """Write the page whole, in the language that is spoken, and return where it is."""
    model = report.rivals["model"].evaluation.to_dict()
    columns = {column.name: column.label for column in report.evaluated.data.builder.system.columns}
    page = rendered(
        Path(__file__).parent / "templates" / "evaluation.html.j2",
        report=report,
        fonts=FONTS,
        model=model,
        facts=report.evaluated.bundle.facts,
        scheme=report.evaluated.scheme,
        charts=_charts(report, model),
        rivals=RIVALS,
        ways=WAYS,
        ceiling=TRUTH,
        selection=report.evaluated.data.settings.cohort.selection,
        attributes=ATTRIBUTES,
        rates=RATES,
        dimensions=DIMENSIONS,
        labels=columns,
        fading=[one for one in report.weights.indicators if one.lasting is False],
        counted_how=counted_how,
        doubling=DOUBLING,
        much_shifted=MUCH_SHIFTED,
        shifted=[
            one
            for one in report.weights.indicators
            if one.drift
            and ((one.drift.unknown and one.drift.unknown.changed) or (one.drift.present and one.drift.present.changed))
        ],
        range_of=range_of,
        warned=[one for one in report.groups if any(rate.warned for rate in one.rates.values())],
    )
    with appearing_whole_file(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def _charts(report: Report, model: dict[str, Any]) -> dict[str, Any]:
    scheme = report.evaluated.scheme
    columns = {column.name: column for column in report.evaluated.data.builder.system.columns}
    rivals = [
        {"label": RIVALS[name].said, **_ends(one.evaluation.figures["auc"])} for name, one in report.rivals.items()
    ]
    dimensions = report.weights.versions[-1].dimensions
    return {
        "rivals": interval_chart(rivals, "AUC"),
        "ways": _ways_chart(report),
        "ablations": interval_chart(
            [{"label": f"{say('去掉', 'without')} "
                       f"{DIMENSIONS[one.name].said}", **_ends(one.lost)} for one in report.ablations],
            say("少了它损失的 AUC", "AUC lost without it"),
            zero=0.0,
        ) if report.ablations else "",
        "curve": band_chart([{"x": f"{one.visits:,}", **_ends(one.evaluation.figures["auc"])} for one in report.curve],
        say("学习的检查次数", "visits learnt from"), "AUC") if report.curve else "",
        "stability": band_chart(
            [{"x": one.pair.later[:7], **_ends(one.flipped)} for one in report.stability], say("月末", "month-end"),
            say("等级变化的比例", "share of grades that changed"), percent=True
        ),
        "freshness": band_chart([{"x": f"{one.days}", **_ends(one.auc)} for one in report.freshness],
        say("消息旧几天", "days that the news is old"), "AUC"),
        "gain": gain_chart([(0.0, 0.0), *((one.share, one.gain) for one in report.first_visits)]),
        "rates": grade_rate_chart(model["grades"]["rates"], scheme),
        "shares": grade_share_chart(report.shares, scheme),
        "calibration": calibration_chart(model["reliability"]),
        "intervals": _coverage_chart(report),
        "drift": _drift_chart(report),
        "weights": weight_chart([{"label": columns[one.name].label.said,
        "value": one.history[-1]} for one in report.weights.indicators[:SHOWN_WEIGHTS]], WHOLE),
        "dimensions": weight_chart([{"label": DIMENSIONS[name].said, "value": value} for name,
        value in dimensions.items()], HALF),
        "dependences": [dependence_chart(one.values, one.risks, columns[one.name].label.said,
        _unit(columns[one.name])) for one in report.dependences if one.values],
        "expected_auc": expected_chart([{"x": one.quarter, "expected": one.expected.auc,
        **_ends(one.auc)} for one in report.quarters], "AUC"),
        "expected_rate": expected_chart(
            [{"x": one.quarter, "expected": one.expected.rate, **_ends(one.rate)} for one in report.quarters],
            say("问题发现率", "problem rate"), percent=True,
        ),
        "groups": {
            attribute: parity_chart({
                label.said: [
                    {"label": one.group.said, **_ends(one.rates[rate]), "of": one.rates[rate].of,
                     "warned": one.rates[rate].warned}
                    for one in report.groups
                    if one.attribute == attribute
                ]
                for rate, label in RATES.items()
            })
            for attribute in ATTRIBUTES
            if any(one.attribute == attribute for one in report.groups)
        },
    }  # fmt: skip


def _ways_chart(report: Report) -> str:
    """The ways by the truth where it is known, and by random draws where it is not."""
    known = all(one.true_auc is not None for one in report.ways)
    rows = [{"label": WAYS[one.name].said, **_ends(one.true_auc if known else one.auc)} for one in report.ways]
    return interval_chart(
        rows, say("AUC（真实风险）", "AUC (true risk)") if known else say("AUC（随机抽查）", "AUC (random draws)")
    )


def _coverage_chart(report: Report) -> str:
    """The intervals of risks beside what was found; nothing where the model keeps none."""
    if report.intervals is None:
        return ""
    return coverage_chart([
        {"x": f"{place}", "low": one.low, "high": one.high, "value": one.observed, "value_low": one.observed_low,
         "value_high": one.observed_high}
        for place, one in enumerate(report.intervals.groups, start=1)
    ])  # fmt: skip


def _drift_chart(report: Report) -> str | None:
    """How far indicators moved from the learning to the test period; none where nobody was sampled in learning."""
    moved = {one.name: one.drift for one in report.weights.indicators if one.drift is not None}
    labels = {column.name: column.label for column in report.evaluated.data.builder.system.columns}
    if not moved:
        return None
    since = {"learning": Label("学习期至检验期", "learning to test period")}
    return indicator_drift_chart({"learning": moved}, {name: labels[name] for name in moved}, since)


def _unit(column: IndicatorColumn) -> str:
    """What an axis of the indicator's values is called."""
    unit = column.indicator.unit
    return say("取值", "value") if unit is None else unit.said


def _ends(figure: Any) -> dict[str, float]:
    """A figure, difference or rate as a row of a chart."""
    return {"value": figure.value, "low": figure.low, "high": figure.high}
