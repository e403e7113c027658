"""The model card: what a model is for, what it was made of, how good it is and where it must not be used. Markdown, in
the language that is spoken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riskml.core.language import Label, say
from riskml.training.bands_of_rates import bands_said
from riskml.training.bundle import ModelBundle
from riskml.training.explained import explained_by

FIGURES = {
    "auc": Label("AUC", "AUC"),
    "average_precision": Label("平均精度", "average precision"),
    "top_decile_lift": Label("前10%提升", "top-decile lift"),
    "brier": Label("Brier", "Brier"),
    "calibration_error": Label("校准误差", "calibration error"),
}

PARTS = {"learn": Label("学习", "learning"), "calibrate": Label("校准", "calibration"), "test": Label("检验", "test")}


_GENERAL = Label(
    "估计“此时检查，检查会发现问题”的概率，换算为 0–1000 的风险分，连同定性判定规则把企业分为不同风险类别，"
    "供配置监管资源。",
    "It estimates the probability that a visit now would find a problem, as a score and, with the scheme's rules, a "
    "grade.",
)
_INDUSTRY = Label(
    "估计“此时检查本产业的一家企业，检查会发现问题”的概率，换算为 0–1000 的风险分和产业等级；产业等级与通用分类并列，"
    "从不代替它，定性判定只作用于通用分类。",
    "It estimates the probability that a visit now to an enterprise of the industry would find a problem, as a score "
    "and an industry grade beside the "
    "general one, which it never replaces; the scheme's rules act on the general grade only.",
)


_LIMITS = (
    Label(
        "只认识记录：没有记录的风险看不到；检查少的地区和行业，数字的区间宽。",
        "It knows records only: a risk without a record is not seen, and where visits are few the intervals are wide.",
    ),
    Label(
        "学自既往监管结果，会带上以往检查的偏向；按地区、规模、类型的差别在晋升时检查（`riskml promote`）。",
        "It learns from past inspections and their bias; differences by region, size and type are looked at when it is "
        "promoted "
        "(`riskml promote`).",
    ),
    Label(
        "概率以校准期为准；情况变了要重新训练。",
        "Its probabilities hold for times like those it was calibrated on; when times change it has to be trained "
        "again.",
    ),
)


def model_card(
    bundle: ModelBundle, scheme: Label, industry: Label | None, *, basis: Sequence[Label], notice: Label
) -> str:
    """The card's text.

    Parameters
    ----------
    bundle
        With its facts complete.
    scheme
        What the scheme is called.
    industry
        The name of the local industry that the model is for; None for the general model.
    basis
        The scheme's sentences that the model rests on, each with its article.
    notice
        The scheme's notice.
    """
    facts = bundle.facts
    simulated = facts["simulated"]
    note = say(
        "**模拟数据：企业、记录和以下全部数字都是生成的，不说明任何真实企业。**",
        "**Simulated data: enterprises, records and every figure below are generated and say nothing of a real "
        "enterprise.**",
    )
    lines = [
        say("# 模型卡：", "# Model card: ") + scheme.said + (f"——{industry.said}" if industry else ""),
        "",
        *([note, ""] if simulated else []),
        say(
            f"训练基准日 {facts['as_of']}，{len(bundle.columns)} 列指标。",
            f"Trained as of {facts['as_of']}, with {len(bundle.columns)} columns of indicators.",
        ),
        "",
        *_candidate(facts.get("candidates")),
        *_estimator(facts.get("estimator"), explained_by(bundle)),
        say("## 用途", "## Purpose"),
        "",
        (_GENERAL if industry is None else _INDUSTRY).said,
        say(f"结果：{facts['outcome']['zh']}。", f"The outcome: {facts['outcome']['en']}."),
        "",
        say("## 依据", "## Legal basis"),
        "",
        *(f"- {one.said}" for one in basis),
        "",
        say("## 谁可以用", "## Who may use it"),
        "",
        say(
            f"{notice.zh}不得单独据此作出处罚或其他减损权益的决定。",
            f"{notice.en} Nothing that burdens an enterprise may rest on it alone.",
        ),
        "",
        say("## 数据", "## Data"),
        "",
        say("| 部分 | 基准日 | 检查 | 发现问题 |", "| part | as-of dates | visits | problems |"),
        "|---|---|---|---|",
        *(_part(PARTS[name].said, one) for name, one in facts["parts"].items()),
        "",
        say(
            f"学习用各种检查；校准和检验只用 {'、'.join(facts['cohort']['judge_on'])}。",
            "It learns from visits of every kind, and is calibrated and judged on "
            f"{', '.join(facts['cohort']['judge_on'])} only.",
        ),
        "",
        say("## 时间外检验", "## Figures out of time"),
        "",
        say("| 数字 | 值 | 95 % |", "| figure | value | 95 % |"),
        "|---|---|---|",
        *(_figure(label.said, facts["figures"]["model"]["figures"][name]) for name, label in FIGURES.items()),
        "",
        say("| 等级 | 检查 | 发现问题 | 比率 | 95 % |", "| grade | visits | problems | rate | 95 % |"),
        "|---|---|---|---|---|",
        *(_rate(one) for one in facts["figures"]["model"]["grades"]["rates"]),
        "",
        say(f"分数段：{bands_said(facts['bands'])}。", f"Bands: {bands_said(facts['bands'])}."),
        "",
        *_tuning(facts["tuning"]),
        say("## 局限", "## Limits"),
        "",
        *(f"- {one.said}" for one in _LIMITS),
        "",
    ]
    return "\n".join(lines)


def _part(label: str, one: Mapping[str, Any]) -> str:
    return f"| {label} | {one['from']} – {one['until']} | {one['visits']:,} | {one['problems']:,} |"


def _figure(label: str, one: Mapping[str, Any]) -> str:
    return f"| {label} | {_number(one['value'])} | {_number(one['low'])} – {_number(one['high'])} |"


def _rate(one: Mapping[str, Any]) -> str:
    return (
        f"| {one['grade']} | {one['rows']:,} | {one['problems']:,} | {_number(one['rate'])} | {_number(one['low'])} – "
        f"{_number(one['high'])} |"
    )


def _estimator(facts: Mapping[str, Any] | None, by: Label | None) -> list[str]:
    """That it is no model of training.yaml, and how its reasons are computed."""
    if facts is None:
        return []
    if by is None:
        told = say(
            f"用的是分析人员自己的分类器 {facts['name']}，写成树保存，解释是精确的；training.yaml 的 model "
            "一节没有用到。",
            f"It is an analyst's own classifier, {facts['name']}, kept as trees, so that explanations are exact; the "
            "section model of training.yaml was not used.",
        )
    else:
        told = say(
            f"用的是分析人员自己的分类器 {facts['name']}，存为 skops 文件（不含 pickle）；training.yaml 的 model "
            f"一节没有用到。{by.zh}",
            f"It is an analyst's own classifier, {facts['name']}, kept in a file of skops (no pickle); the section "
            f"model of training.yaml was not used. {by.en}",
        )
    free = say(
        "不假定它有方向：指标多了，风险可以高，也可以低。",
        "No direction is supposed of it: more of an indicator may raise the risk or lower it.",
    )
    return [told, "", free, ""]


def _candidate(chosen: Mapping[str, Any] | None) -> list[str]:
    return [say(chosen["why"]["zh"], chosen["why"]["en"]), ""] if chosen else []


def _tuning(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return []
    return [say("## 调参", "## Tuning"), "", tuning_sentence(found), ""]


def tuning_sentence(found: Mapping[str, Any]) -> str:
    """Whether tuning helped, on the test visits it had not seen.

    Parameters
    ----------
    found
        The ``tuning`` of a bundle's facts.
    """
    gain = found["out_of_time"]["average_precision"]
    interval = f"{gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
    folds = f"{found['untuned_value']:.4f} → {found['best_value']:.4f}"
    if found["beats_untuned"]:
        verdict = say("时间外优于未调参的设置", "they beat the untuned ones out of time")
    else:
        verdict = say("时间外没有证明优于未调参的设置", "they are not shown to beat the untuned ones out of time")
    return say(
        f"{found['trials']} 个试验，滚动检验平均精度 {folds}；时间外平均精度之差 {interval}：{verdict}。",
        f"{found['trials']} trials, average precision on the folds {folds}; difference of the settings found out of "
        f"time {interval}: {verdict}.",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
