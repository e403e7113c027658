"""Retraining: from the records to a model bundle with its out-of-time figures, logged to MLflow."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from riskml.configuration import read_text
from riskml.errors import ConfigurationError
from riskml.features.matrix import MatrixBuilder
from riskml.files import exchange
from riskml.grading.scheme import Scheme, load_scheme
from riskml.records.live import current_enterprise_sql
from riskml.records.store import RecordStore
from riskml.runs.charts import calibration_chart, grade_rate_chart
from riskml.runs.out_of_time import evaluate_out_of_time
from riskml.runs.training_data import Progress, TrainingData, fit_classifier, read_training_data, visit_offset
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, Evaluation
from riskml.training.model import EFFECT_PERIODS
from riskml.training.peers import Peers
from riskml.training.settings import TrainingSettings, load_training
from riskml.training.tracking import log_training_run
from riskml.workspace import Workspace

REFERENCE_SIZE = 200_000
"""Enterprises that anchors and typical values are taken from; a smaller province is taken whole."""


@dataclass(frozen=True)
class Training:
    """What came out of one training.

    Parameters
    ----------
    evaluations, differences
        As `evaluate_out_of_time` gives them.
    run_id
        MLflow's.
    """

    bundle: ModelBundle
    data: TrainingData
    evaluations: dict[str, Evaluation]
    differences: dict[str, dict[str, Difference]]
    run_id: str


def retrain(workspace: Workspace, scheme_name: str, as_of: date, on_progress: Progress) -> Training:
    """Train the model of a scheme on what was known at `as_of`, evaluate it out of time, and install its bundle.

    The bundle that is installed is the one that was evaluated: it has not seen the test part, nor anything after it.

    Raises
    ------
    ConfigurationError
        Where the scheme, its training settings or the indicator system is wrong.
    RunError
        Where the records hold too few outcomes.
    """
    folder = workspace.models / scheme_name
    scheme = load_scheme(folder / "scheme.yaml")
    settings, settings_text = load_training(folder / "training.yaml")
    data = read_training_data(workspace, settings, as_of, on_progress)
    on_progress("model", 0, 3)
    classifier = fit_classifier(data, visit_offset(data))
    reference = reference_population(data.builder, data.split.test_from - timedelta(days=1))
    bundle = ModelBundle.of(
        classifier,
        anchor_score(classifier, reference, scheme, settings),
        system={**data.builder.system.texts, EFFECT_PERIODS: read_text(workspace.features / EFFECT_PERIODS)},
        scheme=read_text(folder / "scheme.yaml"),
        training=settings_text,
        peers=Peers.of(reference[list(data.matrix.columns)], reference["industry_section"]),
        facts={},
    )
    on_progress("evaluation", 1, 3)
    evaluations, differences = evaluate_out_of_time(data, bundle, scheme)
    figures = {name: evaluation.to_dict() for name, evaluation in evaluations.items()}
    facts = _facts(data, as_of) | {
        "figures": figures,
        "auc_above_baseline": {name: asdict(figure["auc"]) for name, figure in differences.items()},
        "reference": {"as_of": (data.split.test_from - timedelta(days=1)).isoformat(), "enterprises": len(reference)},
    }
    bundle = replace(bundle, facts={**bundle.facts, **facts})
    _install(bundle, workspace.bundle(scheme_name))
    on_progress("mlflow", 2, 3)
    run_id = log_training_run(
        workspace.root,
        experiment=scheme_name,
        run_name=f"{scheme_name} {as_of.isoformat()}",
        bundle_folder=workspace.bundle(scheme_name),
        parameters={
            **settings.model.model_dump(),
            **settings.splits.model_dump(),
            "as_of": as_of.isoformat(),
            "overlays": settings.overlays,
        },
        metrics={f"{name}.{figure}": value["value"] for name, one in figures.items() for figure, value in one["figures"].items()},
        figures=figures,
        charts={
            "problem_rate_by_grade.svg": grade_rate_chart(figures["model"]["grades"]["rates"], scheme),
            "calibration.svg": calibration_chart(figures["model"]["reliability"]),
        },
        tags={"bundle": bundle.digest, "data": facts["data_hash"], "simulated": str(facts["simulated"])},
    )
    return Training(bundle, data, evaluations, differences, run_id)


def reference_population(builder: MatrixBuilder, as_of: date) -> pd.DataFrame:
    """The indicators of everyone registered at `as_of`, with their industry section.

    Of a province above `REFERENCE_SIZE` whole buckets are taken, as many as reach it: a bucket is a random sample of enterprises.
    """
    count = builder.everyone(as_of)
    builder.prepare()
    wanted = max(1, round(builder.store.buckets * min(1.0, REFERENCE_SIZE / max(count, 1))))
    parts = []
    for bucket in range(wanted):
        block = builder.block(bucket).to_arrow().to_pandas()
        sections = builder.connection.sql(
            f"SELECT enterprise_id, coalesce(industry_section, '') AS industry_section FROM ({current_enterprise_sql('moments', builder.periods)})"
        ).to_arrow_table()
        parts.append(block.merge(sections.to_pandas(), on="enterprise_id", how="left"))
    population: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return population


def anchor_score(classifier: RiskClassifier, reference: pd.DataFrame, scheme: Scheme, settings: TrainingSettings) -> ScoreMap:
    """The frozen map from calibrated log-odds to the score: the reference population falls into the bands by the anchors' shares."""
    shares = settings.anchors.shares if settings.anchors else {}
    if set(shares) != set(scheme.grade_names):
        raise ConfigurationError(
            zh=f"training.yaml 的 anchors.shares 必须为每一类别（{'、'.join(scheme.grade_names)}）给出一个比例，而不是 {shares}。",
            en=f"anchors.shares in training.yaml must give one share to each grade ({', '.join(scheme.grade_names)}), not {shares}.",
        )
    log_odds = classifier.calibration_.log_odds(classifier.margin(reference[list(classifier.feature_names_in_)]))
    cuts = [band.from_ for band in scheme.score.bands[1:]]
    return ScoreMap.from_shares(log_odds, [shares[grade] for grade in scheme.grade_names], cuts)


def _facts(data: TrainingData, as_of: date) -> dict[str, Any]:
    store: RecordStore = data.builder.store
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
        "simulated": any(load["source"] == "simulated" for load in store.loads),
    }


def _install(bundle: ModelBundle, folder: Path) -> None:
    """Put the bundle in its place; the one that stood there is kept beside it until the next training."""
    draft, earlier = folder.with_name("bundle-draft"), folder.with_name("bundle-earlier")
    shutil.rmtree(draft, ignore_errors=True)
    bundle.save(draft)
    if folder.exists():
        exchange(draft, folder)  # at no moment is there no model
        shutil.rmtree(earlier, ignore_errors=True)
        draft.rename(earlier)
    else:
        draft.rename(folder)
