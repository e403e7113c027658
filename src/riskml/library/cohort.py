"""The visits that a model may learn from, as analysts use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskml.core.language import Label
from riskml.evaluation.points_tables import points_of
from riskml.lifecycle.training_data import TrainingData
from riskml.lifecycle.whole_cohort import rolling_origins
from riskml.training.origins import RollingOrigins


@dataclass(frozen=True)
class Cohort:
    """Visits with what was known the day before each, and what it found; made by `Workspace.cohort`.

    Parameters
    ----------
    X
        The n rows of indicators, each as of its own date; missing where a value cannot be known.
    y
        1 where the visit found a problem, else 0.
    enterprise
        The code of each: rows of one enterprise belong together wherever rows are drawn at random.
    as_of, visit_date
        The day of the indicators, and that of the visit.
    observed
        How the label came about: ``random`` (a random draw), ``routine``, ``targeted``, ``complaint_led``.
    judged
        Whether the row may be judged on: where suspicion sent the inspector, the rate is not that of all enterprises.
    labels
        Indicator → its name in Chinese and in English.
    """

    X: pd.DataFrame
    y: pd.Series[int]
    enterprise: pd.Series[str]
    as_of: pd.Series[Any]
    visit_date: pd.Series[Any]
    observed: pd.Series[str]
    judged: pd.Series[bool]
    labels: dict[str, Label]
    simulated: bool
    _data: TrainingData

    @classmethod
    def _of(cls, data: TrainingData) -> Cohort:
        rows = data.cohort[data.learn].reset_index(drop=True)
        return cls(
            X=data.matrix[data.learn].reset_index(drop=True),
            y=rows["outcome"].rename("y"),
            enterprise=rows["enterprise_id"],
            as_of=pd.to_datetime(rows["as_of"]),
            visit_date=pd.to_datetime(rows["visit_date"]),
            observed=rows["observed"],
            judged=rows["observed"].isin(data.settings.cohort.judge_on).rename("judged"),
            labels={column.name: column.label for column in data.builder.system.columns},
            simulated=data.builder.store.simulated,
            _data=data,
        )

    def points(self, card: str = "usual", rows: ArrayLike | None = None) -> pd.DataFrame:
        """A points scorecard fitted on these visits, bin by bin: ``indicator``, ends of the bin (``low``, ``high``,
        missing where it is open; ``closed`` says which of them it holds), ``unknown`` for what cannot be known,
        ``visits``, ``problems``, ``rate``, weight of evidence (``woe``), ``points``, and of the indicator
        ``information_value``, what it comes to ``by_chance`` and what 95 in 100 indicators without a meaning stay below
        (``chance_at_most``).

        Parameters
        ----------
        card
            ``usual``: quintiles and logistic regression, which every model has to beat; ``monotone``: the one that is
            recommended where a model does not.
        rows
            Which visits it is fitted on and counts, as places or as a mask, such as those that `splits` learns from:
            what is judged later must not be among them. All where None.

        Raises
        ------
        ConfigurationError
            Where there is no such card.
        RunError
            Where the rows have one outcome only.
        """
        places = np.arange(len(self.y)) if rows is None else np.arange(len(self.y))[np.asarray(rows)]
        return points_of(self._data, places, card).frame()

    def splits(self, origins: int = 4, months: int = 3) -> RollingOrigins:
        """Splits in time for scikit-learn's ``cv``: each learns from all rows before a window of months, and judges on
        the random draws of it.

        Parameters
        ----------
        origins
            How many; the last window ends with the cohort.
        months
            How long each is.
        """
        found = rolling_origins(self._data, origins, months)
        return RollingOrigins(found.windows, self.as_of, self.judged.to_numpy())
