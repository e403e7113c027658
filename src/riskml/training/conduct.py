"""What a score owes to the enterprise's own conduct, to that of others, to its trade or county, and to what is not
known.

Contributions add up in log-odds, so that they can be taken apart: the score on own conduct alone is that of the base
margin plus what the enterprise's own known indicators contributed, as if all others stood where every enterprise starts
from. It is no what-if: where two indicators act together, the exact contributions have already shared what they do
between both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.relations.about import About, Conduct
from riskml.schemes.decisions import Decision
from riskml.schemes.grade import grade_block
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Apart:
    """Scores of n enterprises with some indicators left at the base.

    Parameters
    ----------
    own
        By their own known indicators alone.
    without_peers
        By all but the rates of trades and counties.
    """

    own: Floats
    without_peers: Floats

    @classmethod
    def of(cls, bundle: ModelBundle, about: Mapping[str, About], contributions: Floats, values: Floats) -> Self:
        """Take scores apart.

        Parameters
        ----------
        about
            Column → whose conduct it tells of (`IndicatorSystem.about`).
        contributions
            Shape (n, k + 1), the base last.
        values
            Shape (n, k), NaN where a value cannot be known.
        """
        base = contributions[:, -1]
        own, rest = np.zeros(len(values)), np.zeros(len(values))
        # Column by column, and the base last, as the margin is summed: without any such rate the score is the same to
        # the last bit.
        for place, name in enumerate(bundle.columns):
            if about[name] != "peers":
                rest = rest + contributions[:, place]
            if about[name] == "own":
                own = own + np.where(np.isnan(values[:, place]), 0.0, contributions[:, place])
        return cls(bundle.score(own + base), bundle.score(rest + base))


def band_scores(model: Model, scheme: Scheme, indicators: pd.DataFrame) -> Floats:
    """The scores that decide the bands of the rows of an indicator matrix, shape (n,)."""
    bundle, rows = model.bundle, indicators[list(model.bundle.columns)]
    scores = bundle.score(bundle.margin(rows))
    if scheme.score is None or scheme.score.peer_rates_move_bands:
        return scores
    values = rows.to_numpy(dtype=np.float64)
    return Apart.of(bundle, model.system.about, bundle.contributions(values), values).without_peers


def conduct_of(about: About, value: float | None) -> Conduct:
    """Whose conduct one enterprise's value tells of: nobody's that is known where the value cannot be."""
    return "unknown" if value is None or np.isnan(value) else about


def own_grades(
    scheme: Scheme,
    ids: Sequence[str],
    scores: Floats,
    fired: pa.Table,
    decisions: Sequence[Decision],
    bands: NDArray[np.int64] | None = None,
) -> list[str]:
    """The grades on own conduct alone: by the scores on it, and by the rules that rest on the enterprise's own records.

    Parameters
    ----------
    scores, bands
        By the method on own conduct alone; the bands of the scores where None.
    fired
        All rules that fired for them.
    """
    own = [rule.id for rule in scheme.all_rules if rule.about == "own"]
    kept = fired.filter(pc.is_in(fired["rule"], value_set=pa.array(own, pa.string())))
    graded: list[str] = grade_block(scheme, ids, scores, kept, decisions, bands=bands)["grade"].to_pylist()
    return graded
