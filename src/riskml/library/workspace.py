"""A workspace, as analysts use it."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskml.core.china_day import day_meant
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace as Folders
from riskml.explaining.explanation import Explanation
from riskml.explaining.way_back import WayBack
from riskml.explaining.what_if import WhatIf
from riskml.library.bundle import Bundle
from riskml.library.cohort import Cohort
from riskml.library.explanations import Explanations
from riskml.lifecycle.judge import Judged
from riskml.services import bench
from riskml.services.explaining import explain_grade
from riskml.services.indicators import write_matrix
from riskml.services.lifecycle import train
from riskml.services.preview import compare_models
from riskml.services.profile import profile
from riskml.services.scoring import score_province
from riskml.services.way_back import find_way_back
from riskml.services.what_if import step_asked, suppose

Day = date | str
"""A day, or its text: ``"2026-10-31"``."""


class Workspace:
    """A workspace: its records, its model and its published runs.

    Every method takes the name of a scheme, Yunnan's unless another is named. What is read is on the audit log, in the
    name of the account that runs the process, and is as confidential as the records themselves.

    Parameters
    ----------
    path
        The folder that ``riskml init`` made.

    Raises
    ------
    ConfigurationError
        Where it is no workspace.
    """

    def __init__(self, path: str | Path) -> None:
        self._folders = Folders(Path(path))
        self._me = Principal.of_process()
        if not self._folders.features.is_dir():
            raise ConfigurationError(
                zh=f"{path} 不是工作区（缺少 features/）；可用 riskml init {path} 新建。",
                en=f"{path} is not a workspace (features/ is missing); 'riskml init {path}' makes one.",
            )

    def __repr__(self) -> str:
        return f"Workspace({str(self._folders.root)!r})"

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folders.root

    @property
    def schemes(self) -> tuple[str, ...]:
        """The names of the schemes that it has."""
        return self._folders.schemes

    def cohort(self, *, scheme: str = "yunnan", as_of: Day | None = None, trial: str | Path | None = None) -> Cohort:
        """The visits that the scheme's model may learn from, as they were known at `as_of` (the day of the last
        delivery where None), each with its indicators of the day before.

        Parameters
        ----------
        trial
            A folder of indicator files (as below ``features/overlays``) whose columns are added: to see what an
            indicator is worth before it is part of the workspace.

        Raises
        ------
        ConfigurationError
            Where the scheme needs no model, or an indicator is not well written; names file, indicator and field.
        RunError
            Where too few visits found a problem.
        """
        tried = None if trial is None else Path(trial)
        data = bench.read_cohort_of(self._of(scheme), self._me, scheme, self._known(as_of), _silent, trial=tried)
        return Cohort._of(data)

    def matrix(self, as_of: Day | None = None, *, scheme: str = "yunnan") -> pd.DataFrame:
        """The indicators of everyone registered at `as_of` (the day of the last delivery where None), by code.

        They are computed from the records by the indicator files as they now are, and also left in the workspace, as
        ``riskml features --as-of`` does. Missing: it cannot be known; 0: looked for, none found.
        """
        written = write_matrix(self._of(scheme), self._me, scheme, None, self._known(as_of), _silent)
        return pd.read_parquet(written.path).set_index("enterprise_id").drop(columns="as_of", errors="ignore")

    def profile(self, table: str | None = None) -> pd.DataFrame:
        """What every record table, or one, held in each of the last 36 months, column by column.

        ``rows``, ``enterprises``, share ``missing``, ``distinct`` values, the share of the ``commonest`` (with its
        ``value`` where it is a code), ``smallest`` and ``largest`` of dates and numbers, and whether the month is
        unlike the earlier ones (``rows_break``, ``missing_break``). No enterprise is in it, and no value that may be a
        person's.

        Raises
        ------
        ConfigurationError
            Where there is no such table.
        """
        return profile(self._folders, self._me, table, _silent).frame()

    def grades(self, as_of: Day | None = None, *, scheme: str = "yunnan") -> pd.DataFrame:
        """Everyone's grade as the run of `as_of` (the newest where None) published it, by code.

        Among the columns: ``grade``, ``score``, ``band`` (the grade of the score alone), ``decided_by`` (``band``, or
        the rule that gave the grade), ``rules``, ``risk`` with the ends of its Venn–Abers interval ``risk_low`` and
        ``risk_high`` (missing where the model of the run keeps none), ``own_grade``, ``division``.
        """
        table = bench.published_grades(self._of(scheme), self._me, scheme, _day(as_of))
        grades: pd.DataFrame = table.to_pandas().set_index("enterprise_id")
        return grades

    def explain(self, code: str, as_of: Day | None = None, *, scheme: str = "yunnan") -> Explanation:
        """Why one enterprise has its grade: reasons with the records that they rest on, rules, and what was left out.

        ``.to_dict()`` gives it as plain values, ``.to_shap()`` for shap's plots. Contributions are exact, unless
        ``.reasons_by`` says how they were computed.
        """
        return explain_grade(self._of(scheme), self._me, scheme, code, _day(as_of))

    def explanations(
        self, codes: Collection[str] | None = None, as_of: Day | None = None, *, scheme: str = "yunnan"
    ) -> Explanations:
        """What moved the scores of many enterprises, or of everyone where `codes` is None, as a run published it."""
        return Explanations._of(bench.published_contributions(self._of(scheme), self._me, scheme, _day(as_of), codes))

    def what_if(
        self,
        code: str,
        steps: Sequence[str] = (),
        *,
        on: Day | None = None,
        as_of: Day | None = None,
        scheme: str = "yunnan",
    ) -> WhatIf:
        """What an enterprise's grade would be, and which law allows each step.

        Parameters
        ----------
        steps
            Such as ``"repaired:P-1"``, ``"ended:L-2"``, ``"revoked:P-1"``, ``"misjudged:P-1"``,
            ``"reduced:P-1:fine=5"``, ``"filed:2025"``, ``"replaced:supervisor=Zhang"``. Without any, ``.may_do`` lists
            what may be done with each record; each names the text to ask for it by, ``.asked``.
        on
            The day of the steps; the as-of date where None.
        """
        asked = [step_asked(one) for one in steps]
        return suppose(self._of(scheme), self._me, scheme, code, asked, _day(as_of), _day(on), _silent)

    def way_back(self, code: str, as_of: Day | None = None, *, scheme: str = "yunnan") -> WayBack:
        """Which legal steps lead an enterprise to a better grade, and when; or that none does within three years."""
        return find_way_back(self._of(scheme), self._me, scheme, code, _day(as_of), _silent)

    def score(self, as_of: Day, *, scheme: str = "yunnan", reason: str | None = None) -> pd.DataFrame:
        """Score and grade everyone, publish the run, and give its `grades`.

        Parameters
        ----------
        reason
            Why a run of that date is published once more, where there was one and something changed since.
        """
        day = _required(as_of)
        score_province(self._of(scheme), self._me, scheme, day, _silent, revision_reason=reason)
        return self.grades(day, scheme=scheme)

    def bundle(self, version: int | None = None, *, scheme: str = "yunnan") -> Bundle:
        """A registered version of the scheme's model, the one in use where None."""
        return Bundle(bench.model_of(self._of(scheme), self._me, scheme, version))

    def compare(
        self, version: int, other: int | None = None, as_of: Day | None = None, *, scheme: str = "yunnan"
    ) -> pd.DataFrame:
        """Everyone's grade and score by two versions of the model, the second that in use where `other` is None, at
        `as_of` (that of the newest published run where None, or the day of the last delivery where there is none),
        by code.

        Columns: ``grade``, ``decided_by`` and ``score`` by `version`, ``other_grade`` and so on by the other;
        ``move`` (``milder``, ``same`` or ``riskier``, from the other to `version`) and ``apart`` (by how many grades);
        ``division``, ``kind``, ``section``; the three indicators that move the score most with the exact difference in
        points (``by_1``, ``by_1_points``, …); ``visits`` and ``problems`` after `as_of` that neither model has learnt
        from and that may judge.

        Raises
        ------
        ConfigurationError
            Where there is no such version, or both are the same model.
        """
        day = None if as_of is None else _required(as_of)
        moves = compare_models(self._of(scheme), self._me, scheme, version, other, day, _silent)
        named = {
            name: name.removeprefix("other_") if name.startswith("other_") else f"other_{name}"
            for name in moves.rows.column_names
            if name.removeprefix("other_") in ("grade", "decided_by", "score")
        }
        rows: pd.DataFrame = moves.rows.to_pandas().set_index("enterprise_id").rename(columns=named)
        return rows

    def judge(
        self,
        estimators: dict[str, Any] | None = None,
        *,
        origins: int = 4,
        months: int = 3,
        scheme: str = "yunnan",
        as_of: Day | None = None,
        trial: str | Path | None = None,
    ) -> Judged:
        """Judge classifiers of your own beside the model and the points scorecard, on the same random draws.

        Each is fitted anew at every rolling origin on what came before, calibrated on the draws that followed, and
        judged on the draws after these. Nothing is registered or kept.

        Parameters
        ----------
        estimators
            Name → anything that scikit-learn takes for a classifier; it is cloned.
        origins, months
            How many windows, and how long each is; the last ends at `as_of` (the day of the last delivery where None).
        trial
            As for `cohort`: all candidates learn from these indicators too.
        """
        tried = None if trial is None else Path(trial)
        day, own = self._known(as_of), estimators or {}
        return bench.judge_classifiers(
            self._of(scheme), self._me, scheme, day, own, origins, months, _silent, trial=tried
        )

    def train(self, as_of: Day, estimator: Any = None, *, scheme: str = "yunnan") -> int:
        """Train, test out of time, and register the challenger; gives its version.

        It grades only after ``riskml promote`` (the very first of a scheme is put to use at once).

        Parameters
        ----------
        estimator
            A classifier of your own in the place of the model of training.yaml: a pipeline of scikit-learn's, or by
            itself ``lightgbm.LGBMClassifier``. Nothing is pickled. Reasons are exact of boosted trees and of linear
            classifiers, otherwise sampled: a warning then says how long those of one run over everyone take. Another
            says where the last delivery came weeks before `as_of`.

        Raises
        ------
        ConfigurationError
            Where it cannot be kept, or fails a check; says which.
        """
        folders = self._of(scheme)
        made = train(folders, self._me, scheme, None, _required(as_of), _silent, estimator=estimator)
        for note in made.notes:
            warnings.warn(note.said, stacklevel=2)
        return made.version.number

    def _of(self, scheme: str) -> Folders:
        self._folders.refuse_unknown(scheme)
        return self._folders

    def _known(self, as_of: Day | None) -> date:
        return _day(as_of) or bench.last_day_received(self._folders, self._me)


def _silent(*_: object) -> None:
    """No progress is told."""


def _day(given: Day | None) -> date | None:
    return None if given is None else _required(given)


def _required(given: Day) -> date:
    return day_meant(given) if isinstance(given, str) else given
