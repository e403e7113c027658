"""`riskml evaluate`: everything about the model in use, out of time, as one report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from riskml.core.json_values import json_values
from riskml.core.language import Label
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.challengers import Part, Rival, ablations, compare, learning_curve
from riskml.evaluation.days_alone import Freshness, WithoutNews, days_alone
from riskml.evaluation.dependence import Dependence, dependence
from riskml.evaluation.evaluated_model import EvaluatedModel, read_evaluated_model
from riskml.evaluation.expected_performance import Expected, Quarter, outlook, past_quarters
from riskml.evaluation.first_visits import FirstVisits, first_visits
from riskml.evaluation.groups import GroupResult, compare_groups
from riskml.evaluation.monthly_stability import Stability, grade_shares, stability
from riskml.evaluation.peer_rates import price_of_peer_rates
from riskml.evaluation.points_tables import PointsTable, monotone_card, points_tables
from riskml.evaluation.selective_labels import WayResult, compare_ways
from riskml.evaluation.true_risk import read_true_risk
from riskml.evaluation.verdict import Verdict, verdict_of
from riskml.evaluation.weights import Weights, weigh
from riskml.records.received import last_received
from riskml.runs.published import published_days, published_runs
from riskml.runs.realised import Realised, realised_rates
from riskml.training.evaluation import Difference
from riskml.training.explained import explained_by
from riskml.training.interval_coverage import Coverage, coverage_of

SHOWN_CURVES = 6
"""Indicators whose partial dependence is drawn: those of the greatest weight."""


@dataclass(frozen=True)
class Report:
    """What one evaluation found; the parts are described where they are computed (`peer_rates`:
    `price_of_peer_rates`; `intervals`: of the risks of the test part's draws, None where the model keeps none).
    """

    evaluated: EvaluatedModel
    rivals: dict[str, Rival]
    points: tuple[PointsTable, ...]
    first_visits: tuple[FirstVisits, ...]
    ways: tuple[WayResult, ...]
    ablations: tuple[Part, ...]
    curve: tuple[Part, ...]
    stability: tuple[Stability, ...]
    freshness: tuple[Freshness, ...]
    without_news: WithoutNews
    shares: dict[str, float]
    groups: tuple[GroupResult, ...]
    weights: Weights
    dependences: tuple[Dependence, ...]
    peer_rates: Difference
    realised: tuple[Realised, ...]
    quarters: tuple[Quarter, ...]
    outlook: Expected
    intervals: Coverage | None

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        above = self.rivals["points_scorecard"].model_above
        assert above is not None
        return verdict_of(self.evaluated.bundle.facts, above["auc"])

    @property
    def simulated(self) -> bool:
        """Whether the records are generated."""
        return bool(self.evaluated.bundle.facts["simulated"])

    @property
    def told(self) -> tuple[Label, ...]:
        """What is to be known where the model is an analyst's own estimator: how its reasons and weights are computed,
        and what was fitted again.
        """
        return tuple(filter(None, (explained_by(self.evaluated.bundle), self.evaluated.refits.said)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what cannot be computed is None."""
        parts = {name: value for name, value in vars(self).items() if name not in ("evaluated", "rivals")}
        rivals = {
            name: {
                "evaluation": one.evaluation.to_dict(),
                "model_above": one.model_above and {figure: asdict(value) for figure, value in one.model_above.items()},
            }
            for name, one in self.rivals.items()
        }
        whole: dict[str, Any] = json_values(
            {
                "verdict": self.verdict.to_dict(),
                "model": self.evaluated.bundle.digest,
                "simulated": self.simulated,
                "own_estimator": self.told,
                **parts,
            }
        )
        return whole | {"rivals": json_values(rivals)}


def evaluate_model(workspace: Workspace, scheme: str, on_progress: Progress, version: int | None = None) -> Report:
    """Compare, take apart and watch the scheme's model in use, or a `version`. Nothing is changed but the page that is
    written from the report.
    """
    evaluated = read_evaluated_model(workspace, scheme, on_progress, version)
    weights, monotone = weigh(evaluated, workspace), monotone_card(evaluated.data)
    freshness, without_news = days_alone(evaluated, on_progress)
    return Report(
        evaluated=evaluated,
        ways=compare_ways(evaluated.data, evaluated.registered, read_true_risk(workspace), on_progress),
        rivals=compare(evaluated, monotone, on_progress),
        points=points_tables(evaluated.data, monotone),
        first_visits=first_visits(evaluated.outcome, evaluated.score),
        ablations=ablations(evaluated, on_progress),
        curve=learning_curve(evaluated, on_progress),
        stability=stability(evaluated),
        freshness=freshness,
        without_news=without_news,
        shares=grade_shares(evaluated),
        groups=compare_groups(evaluated),
        weights=weights,
        dependences=tuple(dependence(evaluated, one.name) for one in weights.indicators[:SHOWN_CURVES]),
        peer_rates=price_of_peer_rates(evaluated),
        realised=_realised(workspace, scheme, evaluated),
        quarters=past_quarters(evaluated),
        outlook=outlook(evaluated),
        intervals=_intervals(evaluated),
    )


def _intervals(evaluated: EvaluatedModel) -> Coverage | None:
    """Whether the intervals, which were fitted on the calibration part, held on the draws of the test part."""
    bundle = evaluated.bundle
    if bundle.intervals is None:
        return None
    low, high = bundle.risk_interval(bundle.margin(evaluated.indicators))
    return coverage_of(evaluated.risk, low, high, evaluated.outcome)


def _realised(workspace: Workspace, scheme: str, evaluated: EvaluatedModel) -> tuple[Realised, ...]:
    """What visits found at the enterprises of published runs; none where nothing is published."""
    if not published_days(workspace, scheme):
        return ()
    builder = evaluated.data.builder
    builder.store.open_views(builder.connection)
    until = last_received(builder.store)
    kinds = evaluated.data.settings.cohort.judge_on
    return realised_rates(builder.connection, published_runs(workspace, scheme), until, kinds, builder.periods)


def selective_labels(
    workspace: Workspace, scheme: str, on_progress: Progress
) -> tuple[EvaluatedModel, tuple[WayResult, ...]]:
    """Only the ways of learning from selected visits."""
    evaluated = read_evaluated_model(workspace, scheme, on_progress)
    return evaluated, compare_ways(evaluated.data, evaluated.registered, read_true_risk(workspace), on_progress)
