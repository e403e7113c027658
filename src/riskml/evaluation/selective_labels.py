"""Learning from selected visits, way by way: judged on random draws, and on a simulated province by the true
risk too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from riskml.core.progress import Progress
from riskml.evaluation.true_risk import TrueRisk, expected_auc
from riskml.lifecycle.training_data import TrainingData, new_classifier, visit_offset
from riskml.records.tables import Label
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, evaluate, paired_difference
from riskml.training.propensity import effective_rows, inverse_weights
from riskml.training.pu_learning import problems_against_everyone
from riskml.training.ranking import Figure, interval
from riskml.training.selection import Visits, fit_selected, visit_log_odds

Floats = NDArray[np.float64]

NAIVE, TRUTH = "targeted_only", "true_risk"

WAYS = {
    NAIVE: Label("只用目标性和投诉检查", "targeted and complaint-led visits alone"),
    "judged_only": Label("只用随机抽查", "random draws alone"),
    "as_inspected": Label("全部检查，不加权", "every visit, unweighted"),
    "inverse_propensity": Label("全部检查，按检查倾向的倒数加权", "every visit, by inverse propensity"),
    "problems_against_everyone": Label(
        "发现的问题对全体企业（正例与未标注）", "problems found against everyone (positive-unlabelled)"
    ),
    "with_uninspected": Label("全部检查，加未检查企业的预期风险", "every visit, and the uninspected by expected risk"),
    TRUTH: Label("同样的检查，以真实风险为结果（上限）", "the same visits with the true risk as outcome (the ceiling)"),
}

RESAMPLES = 200


@dataclass(frozen=True)
class WayResult:
    """One way of learning.

    Parameters
    ----------
    rows
        Visits it learns from.
    effective
        As many equally weighted visits say as much; equal to `rows` where nothing is weighted.
    auc, average_precision, above_naive
        On random draws the model has not seen; the last against targeted visits alone, None where there are none.
    true_auc, rank_correlation
        Over a sample of the province, against the true risk; None where it is not known (any real province).
    recovered
        The share of the gap in `true_auc` between the naive way and the ceiling.
    """

    name: str
    rows: int
    effective: float
    auc: Figure
    average_precision: Figure
    above_naive: Difference | None
    true_auc: Figure | None
    rank_correlation: float | None
    recovered: Figure | None


def compare_ways(
    data: TrainingData, registered: pd.DataFrame, truth: TrueRisk | None, on_progress: Progress
) -> tuple[WayResult, ...]:
    """Fit every way on the learning part and judge all on the same rows.

    Parameters
    ----------
    data
        With a sample of the population.
    registered
        Enterprises of the test period, inspected or not: ``enterprise_id``, ``as_of`` and indicators.
    """
    fits = _fits(data, truth)
    test = data.split.test
    known = np.zeros(len(registered)) if truth is None else truth.of(registered)
    registered, risk = registered[~np.isnan(known)], known[~np.isnan(known)]
    visited, overall, sizes = {}, {}, {}
    for number, (name, fit) in enumerate(fits.items()):
        on_progress("selective labels", number, len(fits))
        model, rows, effective = fit()
        visited[name], overall[name] = model.margin(data.matrix[test]), model.margin(registered[list(data.matrix)])
        sizes[name] = rows, effective
    against = {} if truth is None else _against_truth(overall, risk)
    who = data.cohort.loc[test, "enterprise_id"].to_numpy()
    results = []
    for name, margin in visited.items():
        figures = evaluate(data.outcome[test], margin, enterprise=who).figures
        naive = visited.get(NAIVE)
        above = None if naive is None else paired_difference(data.outcome[test], margin, naive, enterprise=who)["auc"]
        true_auc, recovered = against.get(name, (None, None))
        results.append(
            WayResult(
                name=name,
                rows=sizes[name][0],
                effective=sizes[name][1],
                auc=figures["auc"],
                average_precision=figures["average_precision"],
                above_naive=above,
                true_auc=true_auc,
                rank_correlation=None if truth is None else float(spearmanr(overall[name], risk).statistic),
                recovered=recovered,
            )
        )
    return tuple(results)


Fit = Callable[[], tuple[RiskClassifier, int, float]]


def _fits(data: TrainingData, truth: TrueRisk | None) -> dict[str, Fit]:
    visits = data.visits(data.learn, visit_offset(data))
    observed = data.cohort.loc[data.learn, "observed"]
    targeted = visits.only(observed.isin(["targeted", "complaint_led"]).to_numpy())
    population = data.population

    def way(name: str, part: Visits) -> tuple[RiskClassifier, int, float]:
        model = fit_selected(name, new_classifier(data), part, population)  # type: ignore[arg-type]  # a name of `WAYS`
        rows = int(part.judged.sum()) if name == "judged_only" else len(part.outcome)
        if name == "inverse_propensity" and population is not None:
            return model, rows, effective_rows(inverse_weights(visit_log_odds(part, population)))
        return model, rows, float(rows)

    def positive_unlabelled() -> tuple[RiskClassifier, int, float]:
        assert population is not None
        weight = inverse_weights(visit_log_odds(visits, population))
        rows, found, weights = problems_against_everyone(
            visits.indicators, visits.outcome, weight, population[list(visits.indicators)]
        )
        problems = visits.outcome == 1
        whose = np.concatenate([visits.enterprise[problems], population["enterprise_id"].to_numpy(dtype=object)])
        model = new_classifier(data).fit(rows, found, sample_weight=weights, groups=whose)
        return model, int(problems.sum()), effective_rows(weight[problems])

    fits: dict[str, Fit] = {}
    if len(set(targeted.outcome.tolist())) == 2:
        fits[NAIVE] = lambda: way("as_inspected", targeted)
    for name in ("judged_only", "as_inspected", "inverse_propensity"):
        fits[name] = lambda name=name: way(name, visits)  # type: ignore[misc]
    fits["problems_against_everyone"] = positive_unlabelled
    fits["with_uninspected"] = lambda: way("with_uninspected", visits)
    if truth is not None:
        fits[TRUTH] = lambda: _ceiling(data, visits, truth)
    return fits


def _ceiling(data: TrainingData, visits: Visits, truth: TrueRisk) -> tuple[RiskClassifier, int, float]:
    """Every visit twice: as a problem by its true risk and as none by the rest, as if the risk itself had been
    observed.
    """
    risk = truth.of(data.cohort[data.learn])
    known = ~np.isnan(risk)
    rows, p = visits.indicators[known], risk[known]
    found = np.repeat([1, 0], len(rows))
    whose = np.tile(visits.enterprise[known], 2)
    model = new_classifier(data).fit(
        pd.concat([rows, rows], ignore_index=True), found, sample_weight=np.concatenate([p, 1 - p]), groups=whose
    )
    return model, len(rows), float(len(rows))


def _against_truth(overall: dict[str, Floats], risk: Floats) -> dict[str, tuple[Figure, Figure | None]]:
    """Expected AUC by the true risk and the share of the gap recovered, with intervals over resampled enterprises."""
    generator = np.random.default_rng(0)
    draws = [np.arange(len(risk)), *(generator.integers(0, len(risk), len(risk)) for _ in range(RESAMPLES))]
    aucs = {
        name: np.array([expected_auc(margin[rows], risk[rows]) for rows in draws]) for name, margin in overall.items()
    }
    result: dict[str, tuple[Figure, Figure | None]] = {}
    for name, values in aucs.items():
        recovered = None
        if NAIVE in aucs:
            share = (values - aucs[NAIVE]) / (aucs[TRUTH] - aucs[NAIVE])
            recovered = interval(float(share[0]), share[1:])
        result[name] = interval(float(values[0]), values[1:]), recovered
    return result
