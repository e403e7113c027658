"""The month-end from records to published Parquet, with what each stage takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shap

from riskml.lab.naive.features import all_indicators, matrix
from riskml.lab.naive.judging import evidence_lists, evidence_rows, fired_rules, grades, reasons
from riskml.lab.naive.records import Records
from riskml.records.store import RecordStore
from riskml.training.bundle import ModelBundle
from riskml.training.predictors.trees import Trees


@dataclass
class Stages:
    """What each stage took.

    Parameters
    ----------
    enterprises
        How many there are.
    measured
        On how many of them the stages that go row by row were run.
    seconds
        Stage → seconds for all enterprises; those of `extrapolated` stages are seconds × enterprises / measured.
    """

    enterprises: int = 0
    measured: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    extrapolated: set[str] = field(default_factory=set)

    @contextmanager
    def whole(self, stage: str) -> Iterator[None]:
        """Time a stage that is run on everyone."""
        started = time.perf_counter()
        yield
        self._add(stage, time.perf_counter() - started)

    @contextmanager
    def row_by_row(self, stage: str) -> Iterator[None]:
        """Time a stage that is run on the sample; its price is per enterprise."""
        started = time.perf_counter()
        yield
        self._add(stage, (time.perf_counter() - started) * self.enterprises / self.measured)
        if self.measured < self.enterprises:
            self.extrapolated.add(stage)

    def _add(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


def run_naive(store: RecordStore, bundle: ModelBundle, as_of: pd.Timestamp, folder: Path, sample: int) -> Stages:
    """Score, grade and explain everyone whom the scheme grades at a month-end, and write Parquet.

    Indicators and rules are always computed for everyone. What goes row by row (contributions, grades, reasons, their
    evidence, writing them) is run on at most `sample` enterprises, evenly spread, and its time is scaled up: each of
    these costs the same for every enterprise. Officers' decisions are not looked at.

    Parameters
    ----------
    folder
        Where grades, contributions, reasons and rules are written; only of the sample.
    """
    stages = Stages()
    with stages.whole("indicators"):
        records = Records(store, as_of)
        sheet = all_indicators(records)
        indicators = matrix(sheet, list(bundle.columns)).loc[records.graded]
    stages.enterprises = len(indicators)
    stages.measured = min(sample, len(indicators))
    chosen = indicators.iloc[np.linspace(0, len(indicators) - 1, stages.measured).astype(int)]
    ids = pd.Series(chosen.index, name="enterprise_id")

    with stages.row_by_row("contributions"):
        explainer = shap.TreeExplainer(Trees.of(bundle.predictor.files).booster)
        contributions = np.asarray(explainer.shap_values(chosen))
    with stages.row_by_row("scores"):
        # The contributions already add up to the margin: predicting once more would be the slower of two ways.
        margin = contributions.sum(axis=1) + bundle.base_margin
        scores = bundle.score(margin)
    with stages.whole("rules"):
        fired = fired_rules(records)
    with stages.row_by_row("grades"):
        graded = grades(pd.DataFrame({"enterprise_id": ids, "score": scores, "risk": bundle.risk(margin)}), fired)
    with stages.row_by_row("reasons"):
        base = bundle.score([bundle.base_margin])[0]
        worth = np.divide(
            scores - base, margin - bundle.base_margin, out=np.zeros(len(margin)), where=margin != bundle.base_margin
        )
        said = reasons(ids, chosen, contributions * worth[:, np.newaxis])
    parts = []
    for indicator, of in said.groupby("indicator")["enterprise_id"]:
        with stages.whole("evidence, finding it"):
            rows = evidence_rows(sheet, str(indicator), of)
        with stages.row_by_row("evidence, listing it"):
            parts.append(evidence_lists(rows, str(indicator)))
    with stages.row_by_row("evidence, listing it"):
        said = said.merge(pd.concat(parts), on=["enterprise_id", "indicator"], how="left")
    with stages.row_by_row("writing"):
        folder.mkdir(parents=True, exist_ok=True)
        graded.to_parquet(folder / "grades.parquet")
        pd.DataFrame(contributions, columns=list(bundle.columns)).assign(enterprise_id=ids).to_parquet(
            folder / "contributions.parquet"
        )
        said.to_parquet(folder / "reasons.parquet")
    with stages.whole("writing"):
        fired.to_parquet(folder / "rules.parquet")
    return stages
