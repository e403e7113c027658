"""What the model and its baselines are called."""

from __future__ import annotations

from riskml.core.language import Label

LABELS = {
    "model": Label("本模型", "this model"),
    "points_scorecard": Label("评分卡（逻辑回归）", "points scorecard (logistic)"),
    "past_penalties": Label("既往处罚次数", "past penalties"),
    "random": Label("随机", "random"),
}
