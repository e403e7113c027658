"""Splits in time: learn first, calibrate later, test last, with a gap of one horizon between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.training.settings import Splits

_DAY = pd.Timedelta(days=1)

MIN_POSITIVES = 20
"""Fewer problems found than this in a part, and its figures would say nothing."""


@dataclass(frozen=True)
class TimeSplit:
    """Which rows of a cohort belong to which part, and the days that part them.

    Parameters
    ----------
    learn, calibrate, test
        Boolean masks of shape (n,).
    learn_from, learn_until, calibrate_from, calibrate_until, test_from, test_until
        As-of dates, inclusive; between a part's end and the next one's beginning lies the horizon.
    """

    learn: np.ndarray
    calibrate: np.ndarray
    test: np.ndarray
    learn_from: date
    learn_until: date
    calibrate_from: date
    calibrate_until: date
    test_from: date
    test_until: date


def split_in_time(
    cohort: pd.DataFrame,
    splits: Splits,
    *,
    horizon_months: int,
    as_of: date,
    judge_on: tuple[str, ...],
    file: Path,
) -> TimeSplit:
    """Cut a cohort by as-of date.

    A pair's outcome may come up to `horizon_months` after its as-of date (0 where the pair is one visit, the day
    after), so the learning part ends that long before the calibration part begins, and so on. Calibration and test keep
    only visits of the kinds in `judge_on`.

    Parameters
    ----------
    file
        What an error calls the file that `splits` stand in.

    Raises
    ------
    RunError
        Where a part has fewer than `MIN_POSITIVES` problems found, or none that were not; says how many there are.
    """
    days = pd.to_datetime(cohort["as_of"])
    gap = pd.DateOffset(months=horizon_months)
    end = pd.Timestamp(as_of) - gap
    test_from = pd.Timestamp(splits.test_from) if splits.test_from else _back(end, splits.test_months)
    calibrate_until = test_from - gap - _DAY
    calibrate_from = _back(calibrate_until, splits.calibrate_months)
    before = calibrate_from - gap - _DAY if splits.calibrate_months else calibrate_until
    learn_until = pd.Timestamp(splits.learn_until) if splits.learn_until else before
    learn_from = _back(learn_until, splits.learn_months)
    judged = cohort["observed"].isin(judge_on)
    parts = TimeSplit(
        learn=days.between(learn_from, learn_until).to_numpy(),
        calibrate=(days.between(calibrate_from, calibrate_until) & judged).to_numpy(),
        test=(days.between(test_from, end) & judged).to_numpy(),
        learn_from=learn_from.date(),
        learn_until=learn_until.date(),
        calibrate_from=calibrate_from.date(),
        calibrate_until=calibrate_until.date(),
        test_from=test_from.date(),
        test_until=end.date(),
    )
    _require_enough(parts, cohort["outcome"].to_numpy(), file, as_of, calibrated=splits.calibrate_months > 0)
    return parts


def _require_enough(parts: TimeSplit, outcome: np.ndarray, file: Path, as_of: date, *, calibrated: bool) -> None:
    """Refuse a part with fewer than `MIN_POSITIVES` problems found, or none that were not.

    `outcome` has shape (n,) and is 1 where a visit found a problem.
    """
    spans = [(Label("学习", "learning"), parts.learn, parts.learn_from, parts.learn_until)]
    if calibrated:
        spans.append((Label("校准", "calibration"), parts.calibrate, parts.calibrate_from, parts.calibrate_until))
    spans.append((Label("检验", "test"), parts.test, parts.test_from, parts.test_until))
    for name, mask, since, until in spans:
        positives, rows = int(outcome[mask].sum()), int(mask.sum())
        if positives < MIN_POSITIVES or positives == rows:
            raise RunError(
                zh=f"{name.zh}期（{since} 至 {until}）只有 {rows} 次检查、{positives} 次发现问题，"
                f"至少需要 {MIN_POSITIVES} 次发现问题和一次未发现问题；"
                f"请调整 {file} 的 splits，换一个训练基准日（现为 {as_of}），或导入更多检查记录。",
                en=f"The {name.en} part ({since} to {until}) has {rows} visits of which {positives} found a problem; "
                f"at least {MIN_POSITIVES} are needed, and one that found none. "
                f"Change 'splits' in {file}, train as of another date than {as_of}, or load more inspections.",
            )


def _back(end: pd.Timestamp, months: int) -> pd.Timestamp:
    return end - pd.DateOffset(months=months) + _DAY
