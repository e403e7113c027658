"""What an evaluation comes to, in one sentence: whether the model is shown better than the points scorecard that an
office would set up today, and what is recommended where it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskml.core.language import Label
from riskml.training.choice import NAMES, POINTS, REFERENCE
from riskml.training.evaluation import Difference


@dataclass(frozen=True)
class Verdict:
    """Whether the model is shown better than the usual points scorecard.

    Parameters
    ----------
    tested
        Its AUC minus the scorecard's on the test part, paired.
    rolling
        The same at the rolling origins of its training, the mean of them; None where there were none.
    is_points
        Whether the model itself is the monotone points scorecard, which is what is recommended else.
    """

    tested: Difference
    rolling: Difference | None
    origins: int
    is_points: bool

    @property
    def shown_better(self) -> bool:
        """Whether the whole interval is above zero: at the rolling origins, or on the test part where there are
        none.
        """
        return (self.rolling or self.tested).low > 0

    @property
    def sentence(self) -> Label:
        """In one sentence."""
        tested = _told(self.tested)
        zh, en = f"检验部分 {tested}", f"{tested} on the test part"
        if self.rolling is not None:
            rolling = _told(self.rolling)
            zh = f"{self.origins} 个滚动起点上 {rolling}，{zh}"
            en = f"{rolling} at {self.origins} rolling origins and {en}"
        zh, en = f"AUC 与通常的评分卡相比，{zh}", f"its AUC against that of the usual points scorecard is {en}"
        if self.shown_better:
            return Label(f"本模型证明优于通常的评分卡：{zh}。", f"The model is shown better than the scorecard: {en}.")
        card = NAMES[POINTS]
        if self.is_points:
            return Label(
                f"没有证明本模型优于通常的评分卡：{zh}；它本身就是{card.zh}，可以继续使用。",
                f"The model is not shown better than the scorecard: {en}; it is the {card.en} itself, which stays.",
            )
        return Label(
            f"没有证明本模型优于通常的评分卡：{zh}；建议改用{card.zh}"
            "（training.yaml 删去 candidates，写 model.form: scorecard）。",
            f"The model is not shown better than the scorecard: {en}; recommended in its place is the {card.en} "
            "(in training.yaml model.form: scorecard, without candidates).",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"shown_better": self.shown_better, "sentence": self.sentence.en, "tested": vars(self.tested),
                "rolling": self.rolling and vars(self.rolling), "origins": self.origins}  # fmt: skip


def verdict_of(facts: Mapping[str, Any], tested: Difference) -> Verdict:
    """The verdict on a model.

    Parameters
    ----------
    facts
        Of its bundle: the choice among candidates, where there was one, has the rolling origins; the settings have its
        form.
    tested
        Its AUC minus that of the usual points scorecard on the test part.
    """
    chosen = facts.get("candidates") or {}
    paired = chosen.get("paired", {}).get(f"{chosen.get('candidate')}_minus_{REFERENCE}")
    rolling = Difference(**paired) if paired else None
    # An analyst's own classifier leaves the settings of training.yaml unused.
    is_points = not facts.get("estimator") and (facts.get("model_settings") or {}).get("form") == "scorecard"
    return Verdict(tested, rolling, len(chosen.get("origins", ())), is_points)


def _told(one: Difference) -> str:
    return f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
