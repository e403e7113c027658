"""The model card: what a model is for, what it was made of, how good it is and where it must not be used. Markdown, Chinese first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riskml.records.tables import Label
from riskml.training.bundle import ModelBundle

FIGURES = {
    "auc": "AUC",
    "average_precision": "平均精度 average precision",
    "top_decile_lift": "前10%提升 top-decile lift",
    "brier": "Brier",
    "calibration_error": "校准误差 calibration error",
}

PARTS = {"learn": "学习 learning", "calibrate": "校准 calibration", "test": "检验 test"}


_GENERAL = (
    "估计“此时检查，检查会发现问题”的概率，换算为 0–1000 的风险分，连同定性判定规则把企业分为不同风险类别，供配置监管资源。",
    "It estimates the probability that a visit now would find a problem, as a score and, with the scheme's rules, a grade.",
)
_INDUSTRY = (
    "估计“此时检查本产业的一家企业，检查会发现问题”的概率，换算为 0–1000 的风险分和产业等级；产业等级与通用分类并列，从不代替它，定性判定只作用于通用分类。",
    "It estimates the probability that a visit now to an enterprise of the industry would find a problem, as a score and an industry grade beside the "
    "general one, which it never replaces; the scheme's rules act on the general grade only.",
)


def model_card(bundle: ModelBundle, scheme: Label, industry: Label | None, *, basis: Sequence[Label], notice: Label) -> str:
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
    note = "**模拟数据：企业、记录和以下全部数字都是生成的，不说明任何真实企业。 Simulated data: every figure below is of a simulated province.**"
    lines = [
        f"# 模型卡 Model card: {scheme.zh}" + (f"——{industry.zh} {industry.en}" if industry else ""),
        "",
        *([note, ""] if simulated else []),
        f"训练基准日 trained as of {facts['as_of']}，{len(bundle.columns)} 列指标 indicators。",
        "",
        *_candidate(facts.get("candidates")),
        "## 用途 Purpose",
        "",
        *(_GENERAL if industry is None else _INDUSTRY),
        f"结果 the outcome: {facts['outcome']['zh']} {facts['outcome']['en']}。",
        "",
        "## 依据 Legal basis",
        "",
        *(f"- {one.zh} {one.en}" for one in basis),
        "",
        "## 谁可以用 Who may use it",
        "",
        f"{notice.zh}不得单独据此作出处罚或其他减损权益的决定。",
        f"{notice.en} Nothing that burdens an enterprise may rest on it alone.",
        "",
        "## 数据 Data",
        "",
        "| 部分 part | 基准日 as-of dates | 检查 visits | 发现问题 problems |",
        "|---|---|---|---|",
        *(_part(PARTS[name], one) for name, one in facts["parts"].items()),
        "",
        "学习用各种检查；校准和检验只用 "
        + "、".join(facts["cohort"]["judge_on"])
        + "。 Calibrated and judged on these kinds of visit only.",
        "",
        "## 时间外检验 Figures out of time",
        "",
        "| 数字 figure | 值 value | 95 % |",
        "|---|---|---|",
        *(_figure(label, facts["figures"]["model"]["figures"][name]) for name, label in FIGURES.items()),
        "",
        "| 等级 grade | 检查 visits | 发现问题 problems | 比率 rate | 95 % |",
        "|---|---|---|---|---|",
        *(_rate(one) for one in facts["figures"]["model"]["grades"]["rates"]),
        "",
        *_tuning(facts["tuning"]),
        "## 局限 Limits",
        "",
        "- 只认识记录：没有记录的风险看不到；检查少的地区和行业，数字的区间宽。",
        "- 学自既往监管结果，会带上以往检查的偏向；按地区、规模、类型的差别在晋升时检查（`riskml promote`）。",
        "- 概率以校准期为准；情况变了要重新训练。",
        "- It knows records only, learns the bias of past inspections, and its probabilities hold for times like those it was calibrated on.",
        "",
    ]
    return "\n".join(lines)


def _part(label: str, one: Mapping[str, Any]) -> str:
    return f"| {label} | {one['from']} – {one['until']} | {one['visits']:,} | {one['problems']:,} |"


def _figure(label: str, one: Mapping[str, Any]) -> str:
    return f"| {label} | {_number(one['value'])} | {_number(one['low'])} – {_number(one['high'])} |"


def _rate(one: Mapping[str, Any]) -> str:
    return f"| {one['grade']} | {one['rows']:,} | {one['problems']:,} | {_number(one['rate'])} | {_number(one['low'])} – {_number(one['high'])} |"


def _candidate(chosen: Mapping[str, Any] | None) -> list[str]:
    return [chosen["why"]["zh"], "", chosen["why"]["en"], ""] if chosen else []


def _tuning(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return []
    return ["## 调参 Tuning", "", tuning_sentence(found), ""]


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
        verdict = "时间外优于未调参的设置 it beats the untuned settings out of time"
    else:
        verdict = "时间外没有证明优于未调参的设置 it is not shown to beat the untuned settings out of time"
    return f"{found['trials']} 个试验 trials，滚动检验平均精度 on the folds {folds}；平均精度之差 out of time {interval}：{verdict}。"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
