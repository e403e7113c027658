"""What an evaluation fits again to take a model apart: the classifier of training.yaml, or an analyst's own estimator
where the model is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.language import Label
from riskml.lifecycle.judge import fitted
from riskml.lifecycle.training_data import TrainingData, new_classifier
from riskml.training.bundle import ModelBundle
from riskml.training.kept import KEPT_AS_TREES
from riskml.training.log_odds import log_odds_of
from riskml.training.predictors.estimator import Estimator
from riskml.training.selection import Visits, fit_selected

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Refits:
    """How a model is fitted again.

    Parameters
    ----------
    estimator
        An analyst's own, not fitted; None where the model is one of training.yaml, or is not kept so that it could be
        fitted.
    said
        What is fitted again, and what is left out and why, where the model is an analyst's own.
    """

    estimator: Any
    said: Label | None

    @property
    def possible(self) -> bool:
        """Whether it can be fitted again."""
        return self.said is None or self.estimator is not None

    def margin(self, data: TrainingData, visits: Visits, rows: pd.DataFrame) -> Floats:
        """Log-odds of `rows` by the model fitted on `visits`, of the columns that these have; not calibrated.

        Raises
        ------
        RunError
            Where an analyst's own estimator cannot be fitted on them.
        """
        columns = list(visits.indicators)
        if self.estimator is not None:
            name = type(self.estimator).__name__
            return log_odds_of(fitted(name, self.estimator, visits.indicators, visits.outcome), rows[columns])
        system = data.builder.system
        classifier = new_classifier(data).set_params(
            monotone_constraints={one.name: one.constraint for one in system.columns if one.name in columns},
            steps={name: begins for name, begins in system.steps.items() if name in columns},
            categories={name: shrink for name, shrink in system.categories.items() if name in columns},
        )
        model = fit_selected(data.settings.cohort.selection, classifier, visits, data.population)
        return model.margin(rows[columns])


def refits_of(bundle: ModelBundle) -> Refits:
    """How a model can be fitted again."""
    own = bundle.facts.get("estimator")
    if own is None:
        return Refits(None, None)
    name, estimator = own["name"], _unfitted(bundle)
    others = Label(
        "“怎样从有选择的检查中学习”和打乱结果的检验用 training.yaml 的分类器，说的是数据，不是这个模型",
        "the ways of learning from selected visits and the probe with shuffled outcomes use the classifier of "
        "training.yaml, and tell of the data, not of this model",
    )
    if estimator is None:
        return Refits(
            None,
            Label(
                f"现用模型是分析人员自己的 {name}，没有留存可以重新拟合的设置：各维度的作用和学习曲线略去；"
                f"{others.zh}。",
                f"The model is an analyst's own {name}, of which no settings are kept that could be fitted again: what "
                f"each dimension adds and the learning curve are left out; {others.en}.",
            ),
        )
    return Refits(
        estimator,
        Label(
            f"现用模型是分析人员自己的 {name}：各维度的作用和学习曲线由它重新拟合得出（少了就无法拟合的维度略去）；"
            f"{others.zh}。",
            f"The model is an analyst's own {name}: what each dimension adds and the learning curve are of it, fitted "
            f"again (a dimension without which it cannot be fitted is left out); {others.en}.",
        ),
    )


def _unfitted(bundle: ModelBundle) -> Any:
    """An analyst's own estimator, not fitted; None where only its trees are kept."""
    from sklearn.base import clone

    if isinstance(bundle.predictor, Estimator):
        return clone(bundle.predictor.model)
    settings = bundle.facts.get("estimator_settings")
    return None if settings is None else KEPT_AS_TREES[bundle.facts["estimator"]["name"]](**settings)
