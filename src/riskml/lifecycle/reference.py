"""The reference population, a random sample of everyone registered, large enough for shares and typical values; and the
score anchored in it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from riskml.core.errors import ConfigurationError, RunError
from riskml.features.matrix import MatrixBuilder
from riskml.records.live import current_enterprise_sql
from riskml.schemes.scheme import Scheme
from riskml.training.anchors import ScoreMap
from riskml.training.classifier import RiskClassifier
from riskml.training.kept import Kept
from riskml.training.settings import TrainingSettings

REFERENCE_SIZE = 200_000
"""Enterprises that anchors and typical values are taken from; a smaller province is taken whole."""


def reference_population(builder: MatrixBuilder, as_of: date, among: str) -> pd.DataFrame:
    """The indicators of everyone registered at `as_of` whom the scheme grades, with their industry section.

    Of a province above `REFERENCE_SIZE` whole buckets are taken, as many as reach it: a bucket is a random sample of
    enterprises.
    """
    count = builder.ask_registered(as_of, among)
    builder.prepare()
    wanted = max(1, round(builder.store.buckets * min(1.0, REFERENCE_SIZE / max(count, 1))))
    parts = []
    for bucket in range(wanted):
        block = builder.block(bucket).to_arrow().to_pandas()
        sections = builder.connection.sql(
            "SELECT enterprise_id, coalesce(industry_section, '') AS industry_section FROM "
            f"({current_enterprise_sql('entity_dates', builder.periods)})"
        ).to_arrow_table()
        parts.append(block.merge(sections.to_pandas(), on="enterprise_id", how="left"))
    population: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return population


def anchor_score(
    classifier: RiskClassifier | Kept, reference: pd.DataFrame, scheme: Scheme, settings: TrainingSettings
) -> ScoreMap:
    """The frozen map from calibrated log-odds to the score, by the anchors of training.yaml; the scheme's bands cut it
    and do not move it.

    Raises
    ------
    ConfigurationError
        Where the anchors are not those of the scheme's grades.
    RunError
        Where the model tells too few enterprises apart.
    """
    shares = settings.anchors.shares if settings.anchors else {}
    if settings.anchors is None or set(shares) != set(scheme.grade_names):
        raise ConfigurationError(
            zh=f"{settings.file} 的 anchors.shares 必须为每一类别（{'、'.join(scheme.grade_names)}）给出一个比例，"
            f"而不是 {shares}。",
            en=f"anchors.shares in {settings.file} must give one share to each grade "
            f"({', '.join(scheme.grade_names)}), not {shares}.",
        )
    log_odds = classifier.calibration_.log_odds(classifier.margin(reference[list(classifier.feature_names_in_)]))
    different = len(np.unique(log_odds))
    if different < len(shares):
        raise RunError(
            zh=f"模型对 {len(log_odds):,} 家企业只给出 {different} 个不同的数，分不出 {len(shares)} 个类别；请换用"
            "能区分企业的模型或设置。",
            en=f"The model gives only {different} different numbers to {len(log_odds):,} enterprises, and "
            f"{len(shares)} grades cannot be told apart by them; use a model or settings that tell enterprises apart.",
        )
    return ScoreMap.from_shares(log_odds, [shares[grade] for grade in scheme.grade_names], settings.anchors.cuts)
