"""Retraining: from the records to a model bundle with its out-of-time figures, logged to MLflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, Language, speaking
from riskml.core.ledger import NOTHING
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.lifecycle.candidates import as_candidate, choose_candidate, widened
from riskml.lifecycle.category_labels import labels_of_categories
from riskml.lifecycle.out_of_time import evaluate_out_of_time
from riskml.lifecycle.promote import promote_first
from riskml.lifecycle.reference import reference_population
from riskml.lifecycle.search_settings import present_values, with_search
from riskml.lifecycle.training_data import Progress, TrainingData, fit_classifier, read_training_data, visit_offset
from riskml.lifecycle.tune import Tuned, tune, widest
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.runs.charts import calibration_chart, grade_rate_chart
from riskml.runs.configured import check_configured
from riskml.runs.industries import load_industry
from riskml.schemes.notices import notice_of
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme
from riskml.training.anchors import ScoreMap
from riskml.training.bands_of_rates import bands_kept
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, Evaluation, paired_difference
from riskml.training.model import in_use
from riskml.training.model_card import model_card
from riskml.training.peers import Peers
from riskml.training.registry import Registry, Version
from riskml.training.settings import TrainingSettings, load_training
from riskml.training.tracking import log_training_run
from riskml.training.tuning import Trial


@dataclass(frozen=True)
class Training:
    """What came out of one training.

    Parameters
    ----------
    evaluations, differences
        As `evaluate_out_of_time` gives them.
    tuning
        What tuning found and whether it helped, as the bundle's facts have it; None where nothing was tuned.
    run_id
        MLflow's.
    version
        The registered version: the challenger, or the champion where there was no model in use.
    """

    bundle: ModelBundle
    data: TrainingData
    evaluations: dict[str, Evaluation]
    differences: dict[str, dict[str, Difference]]
    tuning: dict[str, Any] | None
    run_id: str
    version: Version


def retrain(
    workspace: Workspace,
    name: str,
    as_of: date,
    on_progress: Progress,
    *,
    trials: int = 0,
    on_trial: Callable[[Trial], None] = lambda _: None,
) -> Training:
    """Train a model on what was known at `as_of`, evaluate it out of time, and register it as the challenger.

    The bundle that is registered is the one that was evaluated: it has not seen the test part, nor anything after it. Where there is
    no model in use yet it is put to use at once.

    Parameters
    ----------
    name
        A scheme, or a local industry of one (see `model_name`).
    trials
        How many settings are tried first, inside the learning part; 0 takes those of training.yaml.
    on_trial
        Told of each trial that ended.

    Raises
    ------
    ConfigurationError
        Where the scheme, its training settings or the indicator system is wrong.
    RunError
        Where the records hold too few outcomes, or another training of the workspace is under way.
    """
    folder = workspace.model(name)
    settings, settings_text = load_training(folder / "training.yaml")
    check_configured(workspace, settings.scheme, settings.industry)  # what is wrong is said before any work
    policy = load_policy(workspace, settings.scheme)
    industry = load_industry(workspace, settings.scheme, settings.industry) if settings.industry is not None else None
    scheme = policy.graded_by(settings.industry)
    among = scheme.graded_sql(settings.cohort.industries)
    if trials:
        settings = with_search(workspace, settings)
        present_values(settings)  # what is wrong in the search space is said before any work
    with exclusive(workspace.mlruns / "train.lock"):
        if trials:
            wide = read_training_data(workspace, widest(settings), as_of, on_progress, among=among)
            on_progress("tuning", 0, 1)
            tuned = tune(workspace, wide, settings, as_of, trials, on_trial)
            # Read again for the settings themselves: the sample of everyone is then theirs, and the model that of an untuned training.
            untuned = _read(workspace, settings, as_of, among, on_progress)
            data = untuned if tuned.settings == settings else _read(workspace, tuned.settings, as_of, among, on_progress)
        else:
            data, tuned, untuned = _read(workspace, settings, as_of, among, on_progress), None, None
        choice = None
        if settings.candidates is not None:
            choice = choose_candidate(data, tuned.settings if tuned else settings, on_progress)
            data = as_candidate(data, tuned.settings if tuned else settings, choice.candidate)
            untuned = untuned and as_candidate(untuned, settings, choice.candidate)
        on_progress("model", 0, 3)
        classifier = fit_classifier(data, visit_offset(data))
        reference = reference_population(data.builder, data.split.test_from - timedelta(days=1), among)
        bundle = ModelBundle.of(
            classifier,
            anchor_score(classifier, reference, scheme, data.settings),
            system={**data.builder.system.texts, EFFECT_PERIODS: policy.texts[EFFECT_PERIODS]},
            training=settings_text,
            peers=Peers.of(reference[list(data.matrix.columns)], reference["industry_section"]),
            facts={},
            words=labels_of_categories(data.builder),
        )
        on_progress("evaluation", 1, 3)
        evaluations, differences = evaluate_out_of_time(data, bundle, scheme)
        figures = {name: evaluation.to_dict() for name, evaluation in evaluations.items()}
        tuning = None if tuned is None or untuned is None else _tuning_facts(tuned, data, untuned, classifier)
        facts = _facts(data, as_of) | {
            "figures": figures,
            "bands": bands_kept(scheme),
            "auc_above_baseline": {name: asdict(figure["auc"]) for name, figure in differences.items()},
            "reference": {"as_of": (data.split.test_from - timedelta(days=1)).isoformat(), "enterprises": len(reference)},
            "model_settings": data.settings.model.model_dump(mode="json"),
            "tuning": tuning,
            "candidates": choice.to_dict() if choice else None,
        }
        bundle = replace(bundle, facts={**bundle.facts, **facts})
        rests_on = (*scheme.bases("model"), *(scheme.bases("industry_model") if industry else ()))
        basis = [Label(f"{one.article.zh}：{one.text.zh}", f"{one.article.en}: {one.text.en}") for one in rests_on]
        label = industry.label if industry else None
        cards = {}
        for spoken in Language:
            with speaking(spoken):
                cards[spoken] = model_card(bundle, scheme.label, label, basis=basis, notice=notice_of(scheme, as_of))
        bundle = replace(bundle, cards=cards)
        on_progress("mlflow", 2, 3)
        with TemporaryDirectory(prefix="riskml-bundle-") as draft:
            bundle.save(Path(draft) / "bundle")
            run_id = log_training_run(
                workspace.root,
                experiment=name,
                run_name=f"{name} {as_of.isoformat()}",
                bundle_folder=Path(draft) / "bundle",
                parameters={
                    **data.settings.model.model_dump(),
                    **data.settings.splits.model_dump(),
                    "learn_from": data.settings.cohort.learn_from,
                    "as_of": as_of.isoformat(),
                    "overlays": settings.overlays,
                },
                metrics={
                    f"{name}.{figure}": value["value"]
                    for name, one in figures.items()
                    for figure, value in one["figures"].items()
                },
                figures=figures,
                charts={
                    "problem_rate_by_grade.svg": grade_rate_chart(figures["model"]["grades"]["rates"], scheme),
                    "calibration.svg": calibration_chart(figures["model"]["reliability"]),
                },
                tags={
                    "bundle": bundle.digest,
                    "data": facts["data_hash"],
                    "simulated": str(facts["simulated"]),
                    "study": tuned.study if tuned else "",
                },
            )
        registry = Registry(workspace.root, name)
        version = registry.register(run_id, bundle)
        if workspace.ledger.accepted(in_use(name))[0] == NOTHING:
            promote_first(workspace, name, registry, version, bundle)
            version = registry.version(version.number)
    return Training(bundle, data, evaluations, differences, tuning, run_id, version)


def _read(workspace: Workspace, settings: TrainingSettings, as_of: date, among: str, on_progress: Progress) -> TrainingData:
    """With the indicators of all candidates."""
    return replace(read_training_data(workspace, widened(settings), as_of, on_progress, among=among), settings=settings)


def _tuning_facts(tuned: Tuned, data: TrainingData, untuned: TrainingData, classifier: RiskClassifier) -> dict[str, Any]:
    """What tuning found, and the tuned model beside one with the settings of training.yaml, on the same test visits."""
    test = data.split.test
    outcome, who = data.outcome[test], data.cohort.loc[test, "enterprise_id"].to_numpy()
    before = fit_classifier(untuned, visit_offset(untuned))
    margins = [model.margin(data.matrix[test]) for model in (classifier, before)]
    gained = paired_difference(outcome, *margins, enterprise=who)
    shown = {name: asdict(gained[name]) for name in ("average_precision", "auc")}
    return tuned.to_dict() | {"out_of_time": shown, "beats_untuned": gained["average_precision"].low > 0}


def anchor_score(classifier: RiskClassifier, reference: pd.DataFrame, scheme: Scheme, settings: TrainingSettings) -> ScoreMap:
    """The frozen map from calibrated log-odds to the score, by the anchors of training.yaml; the scheme's bands cut it and do not move it."""
    shares = settings.anchors.shares if settings.anchors else {}
    if settings.anchors is None or set(shares) != set(scheme.grade_names):
        raise ConfigurationError(
            zh=f"{settings.file} 的 anchors.shares 必须为每一类别（{'、'.join(scheme.grade_names)}）给出一个比例，而不是 {shares}。",
            en=f"anchors.shares in {settings.file} must give one share to each grade ({', '.join(scheme.grade_names)}), not {shares}.",
        )
    log_odds = classifier.calibration_.log_odds(classifier.margin(reference[list(classifier.feature_names_in_)]))
    return ScoreMap.from_shares(log_odds, [shares[grade] for grade in scheme.grade_names], settings.anchors.cuts)


def _facts(data: TrainingData, as_of: date) -> dict[str, Any]:
    store = data.builder.store
    split = data.split
    outcome = data.outcome
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
                "observed": {str(kind): int(count) for kind, count in data.cohort.loc[mask, "observed"].value_counts().items()},
            }
            for name, mask in parts.items()
        },
        "data_hash": store.digest,
        "simulated": store.simulated,
    }
