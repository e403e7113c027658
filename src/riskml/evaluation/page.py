"""evaluation.html: one offline page with every figure of a report, its interval, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from riskml.evaluation.challengers import RIVALS
from riskml.evaluation.charts import (
    HALF,
    WHOLE,
    band_chart,
    dependence_chart,
    expected_chart,
    interval_chart,
    parity_chart,
    weight_chart,
)
from riskml.evaluation.evaluate import Report
from riskml.evaluation.groups import ATTRIBUTES, RATES
from riskml.evaluation.selective_labels import TRUTH, WAYS
from riskml.features.specs import IndicatorColumn
from riskml.records.tables import DIMENSIONS
from riskml.runs.charts import calibration_chart, grade_rate_chart, grade_share_chart

SHOWN_WEIGHTS = 15


def write_page(report: Report, path: Path) -> Path:
    """Write the page whole, and return where it is."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    model = report.rivals["model"].evaluation.to_dict()
    columns = {column.name: column.label for column in report.subject.data.builder.system.columns}
    page = environment.get_template("evaluation.html.j2").render(
        report=report,
        model=model,
        facts=report.subject.bundle.facts,
        scheme=report.subject.scheme,
        charts=_charts(report, model),
        rivals=RIVALS,
        ways=WAYS,
        ceiling=TRUTH,
        selection=report.subject.data.settings.cohort.selection,
        attributes=ATTRIBUTES,
        rates=RATES,
        dimensions=DIMENSIONS,
        labels=columns,
        fading=[one for one in report.weights.indicators if one.lasting is False],
        warned=[one for one in report.groups if any(rate.warned for rate in one.rates.values())],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".writing")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


def _charts(report: Report, model: dict[str, Any]) -> dict[str, Any]:
    scheme = report.subject.scheme
    columns = {column.name: column for column in report.subject.data.builder.system.columns}
    rivals = [{"label": RIVALS[name].zh, **_ends(one.evaluation.figures["auc"])} for name, one in report.rivals.items()]
    dimensions = report.weights.versions[-1].dimensions
    return {
        "rivals": interval_chart(rivals, "AUC"),
        "ways": _ways_chart(report),
        "ablations": interval_chart(
            [{"label": f"去掉 {DIMENSIONS[one.name].zh}", **_ends(one.lost)} for one in report.ablations],
            "少了它损失的 AUC lost without it",
            zero=0.0,
        ),
        "curve": band_chart([{"x": f"{one.visits:,}", **_ends(one.evaluation.figures["auc"])} for one in report.curve], "学习的检查次数 visits", "AUC"),
        "stability": band_chart(
            [{"x": one.pair.later[:7], **_ends(one.flipped)} for one in report.stability], "月末 month-end", "等级变化的比例 grades changed", percent=True
        ),
        "freshness": band_chart([{"x": f"{one.days}", **_ends(one.auc)} for one in report.freshness], "消息旧几天 days old", "AUC"),
        "rates": grade_rate_chart(model["grades"]["rates"], scheme),
        "shares": grade_share_chart(report.shares, scheme),
        "calibration": calibration_chart(model["reliability"]),
        "weights": weight_chart([{"label": columns[one.name].label.zh, "value": one.history[-1]} for one in report.weights.indicators[:SHOWN_WEIGHTS]], WHOLE),
        "dimensions": weight_chart([{"label": DIMENSIONS[name].zh, "value": value} for name, value in dimensions.items()], HALF),
        "dependences": [dependence_chart(one.values, one.risks, columns[one.name].label.zh, _unit(columns[one.name])) for one in report.dependences if one.values],
        "expected_auc": expected_chart([{"x": one.quarter, "expected": one.expected.auc, **_ends(one.auc)} for one in report.quarters], "AUC"),
        "expected_rate": expected_chart(
            [{"x": one.quarter, "expected": one.expected.rate, **_ends(one.rate)} for one in report.quarters],
            "问题发现率 problem rate", percent=True,
        ),
        "groups": {
            attribute: parity_chart({
                f"{label.zh} {label.en}": [
                    {"label": one.group.split(" ")[0], **_ends(one.rates[rate]), "of": one.rates[rate].of, "warned": one.rates[rate].warned}
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
    rows = [{"label": WAYS[one.name].zh, **_ends(one.true_auc if known else one.auc)} for one in report.ways]
    return interval_chart(rows, "AUC（真实风险 true risk）" if known else "AUC（随机抽查 random draws）")


def _unit(column: IndicatorColumn) -> str:
    """What an axis of the indicator's values is called."""
    unit = column.indicator.unit
    return "取值 value" if unit is None else f"{unit.zh} {unit.en}"


def _ends(figure: Any) -> dict[str, float]:
    """A figure, difference or rate as a row of a chart."""
    return {"value": figure.value, "low": figure.low, "high": figure.high}
