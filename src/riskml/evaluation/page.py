"""evaluation.html: one offline page with every figure of a report, its interval, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from riskml.evaluation.challengers import RIVALS
from riskml.evaluation.charts import band_chart, dependence_chart, expected_chart, interval_chart, weight_chart
from riskml.evaluation.evaluate import Report
from riskml.evaluation.groups import ATTRIBUTES, RATES
from riskml.evaluation.selective_labels import TRUTH, WAYS
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
        charts=_charts(report, model, {name: label.zh for name, label in columns.items()}),
        rivals=RIVALS,
        ways=WAYS,
        ceiling=TRUTH,
        selection=report.subject.data.settings.cohort.selection,
        attributes=ATTRIBUTES,
        rates=RATES,
        dimensions=DIMENSIONS,
        labels=columns,
        warned=[one for one in report.groups if any(rate.warned for rate in one.rates.values())],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".writing")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


def _charts(report: Report, model: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    scheme = report.subject.scheme
    rivals = [{"label": RIVALS[name].zh, **_ends(one.evaluation.figures["auc"])} for name, one in report.rivals.items()]
    dimensions = report.weights.versions[-1].dimensions
    return {
        "rivals": interval_chart(rivals, "AUC"),
        "ways": interval_chart([{"label": WAYS[one.name].zh, **_ends(one.true_auc or one.auc)} for one in report.ways], "AUC"),
        "ablations": interval_chart(
            [{"label": f"去掉 {DIMENSIONS[one.name].zh}", **_ends(one.lost)} for one in report.ablations],
            "少了它损失的 AUC lost without it",
            zero=0.0,
        ),
        "curve": band_chart([{"x": f"{one.visits:,}", **_ends(one.evaluation.figures["auc"])} for one in report.curve], "学习的检查次数 visits", "AUC"),
        "stability": band_chart(
            [{"x": one.pair.later[:7], **_ends(one.flipped)} for one in report.stability], "月末 month-end", "等级变化的比例 grades changed", percent=True
        ),
        "rates": grade_rate_chart(model["grades"]["rates"], scheme),
        "shares": grade_share_chart(report.shares, scheme),
        "calibration": calibration_chart(model["reliability"]),
        "weights": weight_chart([{"label": labels[one.name], "value": one.history[-1]} for one in report.weights.indicators[:SHOWN_WEIGHTS]]),
        "dimensions": weight_chart([{"label": DIMENSIONS[name].zh, "value": value} for name, value in dimensions.items()]),
        "dependences": [dependence_chart(one.values, one.risks, labels[one.name]) for one in report.dependences if one.values],
        "expected_auc": expected_chart([{"x": one.quarter, "expected": one.expected.auc, **_ends(one.auc)} for one in report.quarters], "AUC"),
        "expected_rate": expected_chart(
            [{"x": one.quarter, "expected": one.expected.rate, **_ends(one.rate)} for one in report.quarters], "问题发现率 problem rate"
        ),
        "groups": {
            attribute: {
                rate: interval_chart(
                    [
                        {"label": f"{one.group.split(' ')[0]} ({one.rates[rate].of})", "warned": one.rates[rate].warned, **_ends(one.rates[rate])}
                        for one in report.groups
                        if one.attribute == attribute and one.rates[rate].of
                    ],
                    f"{label.zh} {label.en}",
                    percent=True,
                )
                for rate, label in RATES.items()
            }
            for attribute in ATTRIBUTES
            if any(one.attribute == attribute for one in report.groups)
        },
    }  # fmt: skip


def _ends(figure: Any) -> dict[str, float]:
    """A figure, difference or rate as a row of a chart."""
    return {"value": figure.value, "low": figure.low, "high": figure.high}
