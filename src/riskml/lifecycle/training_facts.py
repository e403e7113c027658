"""What a bundle's facts say of its training: the data, the figures out of time, the settings, and what tuning and
choosing found.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from riskml.lifecycle.training_data import TrainingData, fit_classifier, visit_offset
from riskml.lifecycle.tune import Tuned
from riskml.schemes.scheme import Scheme
from riskml.training.bands_of_rates import bands_kept
from riskml.training.bundle import ModelBundle
from riskml.training.choice import Choice
from riskml.training.evaluation import Difference, Evaluation, paired_difference
from riskml.training.kept import KEPT_AS_TREES
from riskml.training.venn_abers import VennAbers


def training_facts(
    data: TrainingData,
    as_of: date,
    scheme: Scheme,
    *,
    evaluations: dict[str, Evaluation],
    differences: dict[str, dict[str, Difference]],
    reference: int,
    tuning: dict[str, Any] | None,
    choice: Choice | None,
) -> dict[str, Any]:
    """How a model was trained and what it showed, as plain JSON values.

    Parameters
    ----------
    scheme
        The one whose bands the model's score is cut by.
    evaluations, differences
        As `riskml.lifecycle.out_of_time.evaluate_out_of_time` gives them.
    reference
        How many enterprises the score is anchored in.
    tuning
        As `tuning_facts` gives it, where settings were tuned.
    choice
        Of the candidates, where there were several.
    """
    return _of_the_data(data, as_of) | {
        "figures": {name: evaluation.to_dict() for name, evaluation in evaluations.items()},
        "bands": bands_kept(scheme),
        "auc_above_baseline": {name: asdict(figure["auc"]) for name, figure in differences.items()},
        "reference": {"as_of": (data.split.test_from - timedelta(days=1)).isoformat(), "enterprises": reference},
        "model_settings": data.settings.model.model_dump(mode="json"),
        "tuning": tuning,
        "candidates": choice.to_dict() if choice else None,
    }


def estimator_facts(estimator: Any) -> dict[str, Any]:
    """Which classifier was fitted in the place of the model of training.yaml, and its settings as text; a pipeline is
    named by its steps.
    """
    steps = [one for _, one in getattr(estimator, "steps", [("", estimator)])]
    return {
        "name": " + ".join(type(one).__name__ for one in steps),
        **{name: str(value) for name, value in estimator.get_params().items()},
    }


def settings_of_trees(estimator: Any) -> dict[str, Any] | None:
    """The settings by which a classifier whose trees are kept can be fitted again; None where there are none, or they
    are no plain values.
    """
    given = estimator.get_params(deep=False)
    if type(estimator) not in KEPT_AS_TREES.values():
        return None
    is_plain = all(value is None or isinstance(value, bool | int | float | str) for value in given.values())
    return given if is_plain else None


def interval_facts(data: TrainingData, bundle: ModelBundle) -> dict[str, Any] | None:
    """The Venn–Abers intervals of the calibration part (`riskml.training.venn_abers`); None where there is none."""
    calibrate = data.split.calibrate
    if not data.settings.splits.calibrate_months:
        return None
    return VennAbers.fit(bundle.margin(data.matrix[calibrate]), data.outcome[calibrate]).to_dict()


def tuning_facts(tuned: Tuned, data: TrainingData, untuned: TrainingData, model: ModelBundle) -> dict[str, Any]:
    """What tuning found, and the tuned model beside one with the settings of training.yaml, on the same test visits."""
    test = data.split.test
    outcome, who = data.outcome[test], data.cohort.loc[test, "enterprise_id"].to_numpy()
    before = fit_classifier(untuned, visit_offset(untuned))
    margins = [one.margin(data.matrix[test]) for one in (model, before)]
    gained = paired_difference(outcome, *margins, enterprise=who)
    shown = {name: asdict(gained[name]) for name in ("average_precision", "auc")}
    return tuned.to_dict() | {"out_of_time": shown, "beats_untuned": gained["average_precision"].low > 0}


def _of_the_data(data: TrainingData, as_of: date) -> dict[str, Any]:
    """What it was trained on, and when."""
    store, split, outcome = data.builder.store, data.split, data.outcome
    parts = {"learn": data.learn, "calibrate": split.calibrate, "test": split.test}
    days = {
        "learn": (split.learn_from, split.learn_until),
        "calibrate": (split.calibrate_from, split.calibrate_until),
        "test": (split.test_from, split.test_until),
    }
    return {
        "as_of": as_of.isoformat(),
        "outcome": asdict(data.settings.outcome.label),
        "cohort": data.settings.cohort.model_dump(mode="json"),
        "parts": {
            name: {
                "from": days[name][0].isoformat(),
                "until": days[name][1].isoformat(),
                "visits": int(mask.sum()),
                "problems": int(outcome[mask].sum()),
                "observed": {
                    str(kind): int(count) for kind, count in data.cohort.loc[mask, "observed"].value_counts().items()
                },
            }
            for name, mask in parts.items()
        },
        "data_hash": store.digest,
        "simulated": store.simulated,
    }
