"""Retraining: from the records to a model bundle with its out-of-time figures, logged to MLflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from riskml.core.language import Label, Language, speaking
from riskml.core.ledger import NOTHING
from riskml.core.locks import exclusive
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.lifecycle.candidates import as_candidate, choose_candidate, widened
from riskml.lifecycle.category_labels import labels_of_categories
from riskml.lifecycle.judge import fitted
from riskml.lifecycle.out_of_time import evaluate_out_of_time
from riskml.lifecycle.promote import promote_first
from riskml.lifecycle.reference import anchor_score, reference_population
from riskml.lifecycle.search_settings import present_values, with_search
from riskml.lifecycle.training_data import TrainingData, fit_classifier, read_training_data, visit_offset
from riskml.lifecycle.training_facts import (
    estimator_facts,
    interval_facts,
    settings_of_trees,
    training_facts,
    tuning_facts,
)
from riskml.lifecycle.tune import Tuned, tune, widest
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.runs.charts import calibration_chart, grade_rate_chart
from riskml.runs.configured import check_configured
from riskml.runs.freshness import old_records
from riskml.runs.industries import load_industry
from riskml.schemes.industry import Industry
from riskml.schemes.notices import notice_of
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.choice import Choice
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, Evaluation
from riskml.training.explained import Measured, measure_explaining
from riskml.training.kept import Kept, kept_classifier
from riskml.training.model import in_use
from riskml.training.model_card import model_card
from riskml.training.peers import Peers
from riskml.training.propensity import stated_weights
from riskml.training.registry import Registry, Version
from riskml.training.settings import ModelSettings, TrainingSettings, load_training
from riskml.training.suitable import refuse_unsuitable
from riskml.training.tracking import LearntFrom, log_training_run
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
    notes
        What a reader should know of the records that it learnt from, and how long reasons take where they are
        sampled.
    """

    bundle: ModelBundle
    data: TrainingData
    evaluations: dict[str, Evaluation]
    differences: dict[str, dict[str, Difference]]
    tuning: dict[str, Any] | None
    run_id: str
    version: Version
    notes: tuple[Label, ...]


def retrain(
    workspace: Workspace,
    name: str,
    as_of: date,
    on_progress: Progress,
    *,
    trials: int = 0,
    on_trial: Callable[[Trial], None] = lambda _: None,
    estimator: Any = None,
) -> Training:
    """Train a model on what was known at `as_of`, evaluate it out of time, and register it as the challenger.

    The bundle that is registered is the one that was evaluated: it has not seen the test part, nor anything after it.
    Where there is no model in use yet it is put to use at once.

    Parameters
    ----------
    name
        A scheme, or a local industry of one (see `model_name`).
    trials
        How many settings are tried first, inside the learning part; 0 takes those of training.yaml.
    on_trial
        Told of each trial that ended.
    estimator
        A classifier that is fitted in the place of the model of training.yaml, without candidates: one that
        `riskml.training.suitable` finds nothing wrong with and `riskml.training.kept` can keep.

    Raises
    ------
    ConfigurationError
        Where the scheme, its training settings or the indicator system is wrong.
    RunError
        Where the records hold too few outcomes, or another training of the workspace is under way.
    """
    task = _Task.of(workspace, name, as_of, on_progress, tuned=trials > 0)
    with exclusive(workspace.mlruns / "train.lock"):
        learnt = _Learnt(task.read(task.settings)) if not trials else _tuned(task, trials, on_trial)
        learnt = learnt if estimator is not None else _with_candidate(task, learnt)
        data = learnt.data
        on_progress("model", 0, 3)
        classifier = fit_classifier(data, visit_offset(data)) if estimator is None else _own(data, estimator)
        reference = reference_population(data.builder, data.split.test_from - timedelta(days=1), task.among)
        bundle = _bundled(task, data, classifier, reference)
        on_progress("evaluation", 1, 3)
        evaluations, differences = evaluate_out_of_time(data, bundle, task.scheme)
        tuning = tuning_facts(learnt.tuned, data, learnt.untuned, bundle) if learnt.tuned and learnt.untuned else None
        facts = training_facts(
            data,
            as_of,
            task.scheme,
            evaluations=evaluations,
            differences=differences,
            reference=len(reference),
            tuning=tuning,
            choice=learnt.choice,
        )
        own = None if estimator is None else estimator_facts(estimator)
        facts |= {"intervals": interval_facts(data, bundle), "estimator": own}
        if estimator is not None:
            facts |= {"estimator_settings": settings_of_trees(estimator)}
        measured = measure_explaining(bundle, reference)
        facts |= {"explained": measured.facts} if measured else {}
        bundle = replace(bundle, facts={**bundle.facts, **facts})
        bundle = replace(bundle, cards=_cards(task, bundle))
        on_progress("mlflow", 2, 3)
        run_id = _logged(task, learnt, bundle, measured)
        version = _registered(task, run_id, bundle)
        notes = old_records(data.builder.store, as_of)
        if measured and not measured.facts["exact"]:
            notes.append(_slow(data.builder.ask_registered(as_of, task.among), measured))
    return Training(bundle, data, evaluations, differences, tuning, run_id, version, tuple(notes))


@dataclass(frozen=True)
class _Task:
    """What is to be trained, read and checked before any work.

    Parameters
    ----------
    name
        The model's.
    policy
        The scheme's, whole; `scheme` is the one whose bands the model's score is cut by.
    """

    workspace: Workspace
    name: str
    as_of: date
    settings: TrainingSettings
    settings_text: str
    policy: Policy
    industry: Industry | None
    scheme: Scheme
    on_progress: Progress

    @classmethod
    def of(cls, workspace: Workspace, name: str, as_of: date, on_progress: Progress, *, tuned: bool) -> _Task:
        """As the workspace has it now; with the search space where the settings are to be `tuned`."""
        settings, settings_text = load_training(workspace.model(name) / "training.yaml")
        check_configured(workspace, settings.scheme, settings.industry)
        policy = load_policy(workspace, settings.scheme)
        industry = (
            load_industry(workspace, settings.scheme, settings.industry) if settings.industry is not None else None
        )
        if tuned:
            settings = with_search(workspace, settings)
            present_values(settings)
        scheme = policy.graded_by(settings.industry)
        return cls(workspace, name, as_of, settings, settings_text, policy, industry, scheme, on_progress)

    @property
    def among(self) -> str:
        """Whom the model grades, as a condition over the columns of ``enterprise``."""
        return self.scheme.graded_sql(self.settings.cohort.industries)

    def read(self, settings: TrainingSettings) -> TrainingData:
        """What a model with these settings learns from, with the indicators of all candidates."""
        data = read_training_data(self.workspace, widened(settings), self.as_of, self.on_progress, among=self.among)
        return replace(data, settings=settings)


@dataclass(frozen=True)
class _Learnt:
    """What the model learns from.

    Parameters
    ----------
    tuned, untuned
        What tuning found, and the data of a model with the settings of training.yaml; None where nothing was tuned.
    choice
        The candidate that was chosen; None where there are no others.
    """

    data: TrainingData
    tuned: Tuned | None = None
    untuned: TrainingData | None = None
    choice: Choice | None = None


def _tuned(task: _Task, trials: int, on_trial: Callable[[Trial], None]) -> _Learnt:
    """Try settings inside the learning part, and read the data of the best."""
    wide = read_training_data(task.workspace, widest(task.settings), task.as_of, task.on_progress, among=task.among)
    task.on_progress("tuning", 0, 1)
    tuned = tune(task.workspace, wide, task.settings, task.as_of, trials, on_trial)
    # Read again for the settings themselves: the sample of everyone is then theirs, and the model that of an untuned
    # training.
    untuned = task.read(task.settings)
    return _Learnt(untuned if tuned.settings == task.settings else task.read(tuned.settings), tuned, untuned)


def _with_candidate(task: _Task, learnt: _Learnt) -> _Learnt:
    """The same for the candidate that is best inside the learning part, where there are several."""
    if task.settings.candidates is None:
        return learnt
    settings = learnt.tuned.settings if learnt.tuned else task.settings
    choice = choose_candidate(learnt.data, settings, task.on_progress)
    return replace(
        learnt,
        data=as_candidate(learnt.data, settings, choice.candidate),
        untuned=learnt.untuned and as_candidate(learnt.untuned, task.settings, choice.candidate),
        choice=choice,
    )


def _own(data: TrainingData, estimator: Any) -> Kept:
    """A classifier of somebody else's, fitted on the learning part, checked and calibrated."""
    X, y, calibrate = data.matrix[data.learn], data.outcome[data.learn], data.split.calibrate
    own = fitted(type(estimator).__name__, estimator, X, y)
    refuse_unsuitable(own, X, y)
    kept = kept_classifier(own, X)
    if not calibrate.any():
        return kept
    weight = stated_weights(data.cohort.loc[calibrate, "probability"])
    return kept.calibrate(data.matrix[calibrate], data.outcome[calibrate], weight)


def _bundled(
    task: _Task, data: TrainingData, classifier: RiskClassifier | Kept, reference: pd.DataFrame
) -> ModelBundle:
    """The model with its score anchored in the reference population, and no facts yet."""
    return ModelBundle.of(
        classifier,
        anchor_score(classifier, reference, task.scheme, data.settings),
        system={**data.builder.system.texts, EFFECT_PERIODS: task.policy.texts[EFFECT_PERIODS]},
        training=task.settings_text,
        peers=Peers.of(reference[list(data.matrix.columns)], reference["industry_section"]),
        facts={},
        words=labels_of_categories(data.builder),
    )


def _cards(task: _Task, bundle: ModelBundle) -> dict[Language, str]:
    """The model card in every language, with the sentences that the model rests on."""
    scheme = task.scheme
    rests_on = (*scheme.bases("model"), *(scheme.bases("industry_model") if task.industry else ()))
    basis = [Label(f"{one.article.zh}：{one.text.zh}", f"{one.article.en}: {one.text.en}") for one in rests_on]
    label = task.industry.label if task.industry else None
    cards = {}
    for spoken in Language:
        with speaking(spoken):
            cards[spoken] = model_card(bundle, scheme.label, label, basis=basis, notice=notice_of(scheme, task.as_of))
    return cards


def _slow(enterprises: int, measured: Measured) -> Label:
    """How long reasons that are sampled take."""
    seconds = enterprises / measured.rows_per_second
    zh, en = (f"{seconds:,.0f} 秒", f"{seconds:,.0f} seconds") if seconds < 120 else (
        f"{seconds / 60:,.0f} 分钟", f"{seconds / 60:,.0f} minutes"
    )  # fmt: skip
    return Label(
        f"原因是近似的（抽样），本机一个核每秒解释 {measured.rows_per_second:,.0f} 家企业：全部 {enterprises:,} "
        f"家企业评分一次，仅计算原因就约需 {zh}，返回较好等级的办法要算许多次，更久。",
        f"Reasons are approximate (sampled): one core of this machine explains {measured.rows_per_second:,.0f} "
        f"enterprises a second, so the reasons of one run over all {enterprises:,} take about {en}; ways back to "
        "better grades are computed many times over and take longer.",
    )


def _logged(task: _Task, learnt: _Learnt, bundle: ModelBundle, measured: Measured | None) -> str:
    """Log the training to MLflow; returns the id that MLflow gives it."""
    settings, figures, own = learnt.data.settings, bundle.facts["figures"], bundle.facts["estimator"]
    with TemporaryDirectory(prefix="riskml-bundle-") as draft:
        bundle.save(Path(draft) / "bundle")
        return log_training_run(
            task.workspace.root,
            experiment=task.name,
            run_name=run_name(task.name, task.as_of, settings.model, bundle.facts["estimator"]),
            bundle_folder=Path(draft) / "bundle",
            parameters={
                **(settings.model.model_dump() if own is None else own),
                **settings.splits.model_dump(),
                "learn_from": settings.cohort.learn_from,
                "as_of": task.as_of.isoformat(),
                "overlays": task.settings.overlays,
            },
            metrics={
                f"{name}.{figure}": value["value"]
                for name, one in figures.items()
                for figure, value in one["figures"].items()
            }
            | ({"explained_per_second": measured.rows_per_second} if measured else {}),
            figures=figures,
            charts={
                "problem_rate_by_grade.svg": grade_rate_chart(figures["model"]["grades"]["rates"], task.scheme),
                "calibration.svg": calibration_chart(figures["model"]["reliability"]),
            },
            tags={
                "bundle": bundle.digest,
                "data": bundle.facts["data_hash"],
                "simulated": str(bundle.facts["simulated"]),
                "study": learnt.tuned.study if learnt.tuned else "",
            },
            learnt_from=LearntFrom(
                bundle.facts["data_hash"],
                task.workspace.records,
                {
                    name: {key: part[key] for key in ("from", "until", "visits", "problems")}
                    for name, part in bundle.facts["parts"].items()
                },
            ),
        )


def run_name(name: str, as_of: date, settings: ModelSettings, estimator: Mapping[str, Any] | None = None) -> str:
    """What tells a run from the others in MLflow's list: date, form, and the settings that are not the usual ones.

    >>> run_name("yunnan", date(2026, 10, 31), ModelSettings(form="trees", max_depth=4))
    'yunnan 2026-10-31 trees max_depth=4'
    """
    if estimator is not None:
        return f"{name} {as_of.isoformat()} {estimator['name']}"
    usual = ModelSettings().model_dump()
    own = [f"{key}={value}" for key, value in settings.model_dump().items() if key != "form" and value != usual[key]]
    return " ".join([name, as_of.isoformat(), settings.form, *own])


def _registered(task: _Task, run_id: str, bundle: ModelBundle) -> Version:
    """Register the bundle as the challenger; where no model is in use yet it is put to use."""
    registry = Registry(task.workspace.root, task.name)
    version = registry.register(run_id, bundle)
    if task.workspace.ledger.accepted(in_use(task.name))[0] == NOTHING:
        promote_first(task.workspace, task.name, registry, version, bundle)
        version = registry.version(version.number)
    return version
