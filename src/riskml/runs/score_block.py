"""Scoring, grading and explaining a block of enterprises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskml.explaining.conduct import Apart, conduct_of, own_grades
from riskml.explaining.contributions import Base, score_points, top_raising
from riskml.features.about import About, Conduct
from riskml.grading.decisions import Decision
from riskml.grading.grade import grade_block
from riskml.grading.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model

Timed = Callable[[str], AbstractContextManager[None]]

RAISING, LOWERING = 5, 3
"""How many indicators that raised and that lowered a score are published for each enterprise; `riskml explain` shows all."""

_AT_ONCE = 4096
"""Enterprises whose reasons are picked together: row by row in the cache, where all of a bucket's columns would not fit."""

EVIDENCE = 6
"""How many record ids are published for each reason, the newest; all are counted."""


@dataclass(frozen=True)
class BlockScorer:
    """A model with the scheme it grades by and the officers' decisions in force."""

    bundle: ModelBundle
    scheme: Scheme
    decisions: tuple[Decision, ...]

    @cached_property
    def base(self) -> Base:
        """Where every score starts from."""
        return Base.of(self.bundle)

    @cached_property
    def about(self) -> dict[str, About]:
        """Column → whose conduct it tells of."""
        return Model(self.bundle).system.about

    def lay_out(self) -> None:
        """Make ready for `score`: to lay the model's trees out takes seconds, once."""
        self.bundle.contributions(np.zeros((1, len(self.bundle.columns))))

    def score(
        self, ids: list[str], values: NDArray[np.float64], divisions: pa.Array, fired: pa.Table, timed: Timed
    ) -> dict[str, pa.Table]:
        """The published tables of a block of enterprises at one as-of date.

        Parameters
        ----------
        ids
            n enterprises, each once.
        values
            Shape (n, k): the indicators, in the order of the bundle's columns.
        divisions
            The n divisions they are registered in, null where not known.
        fired
            The rules that fired for them (``fired_rules_sql``).
        timed
            Called with the name of each stage, for the length of a ``with`` block.

        Returns
        -------
        dict
            ``grades``, ``contributions``, ``reasons``, ``rules`` and ``indicators`` (NaN: cannot be known).
        """
        bundle = self.bundle
        with timed("contributions"):
            contributions = bundle.contributions(values)
            bundle.check_contributions(values, contributions)
            # Column by column: a row's sum must not depend on how many rows there are.
            margin = sum(contributions.T, start=np.zeros(len(ids)))
            scores = bundle.score(margin)
        with timed("grades"):
            apart = Apart.of(bundle, self.about, contributions, values)
            graded = grade_block(self.scheme, ids, scores, fired, self.decisions, without_peer_rates=apart.without_peers)
            own = own_grades(self.scheme, ids, apart.own, fired, self.decisions)
            graded = graded.append_column("own_score", pa.array(apart.own)).append_column("own_grade", pa.array(own, pa.string()))
            graded = graded.append_column("score_without_peer_rates", pa.array(apart.without_peers))
            graded = graded.append_column("risk", pa.array(bundle.risk(margin))).append_column("margin", pa.array(margin))
            graded = graded.append_column("division", divisions)
        with timed("reasons"):
            points = score_points(contributions[:, :-1], margin, scores, self.base)
            reasons = published_reasons(ids, values, points, self.about)
        who = pa.array(ids, pa.string())
        named = {name: pa.array(contributions[:, place]) for place, name in enumerate((*bundle.columns, "base"))}
        read = {name: pa.array(np.ascontiguousarray(values[:, place])) for place, name in enumerate(bundle.columns)}
        return {
            "grades": graded,
            "contributions": pa.table({"enterprise_id": who, **named}),
            "reasons": reasons,
            "rules": fired,
            "indicators": pa.table({"enterprise_id": who, **read}),
        }


def published_reasons(ids: list[str], values: np.ndarray, points: np.ndarray, about: Mapping[str, About]) -> pa.Table:
    """The indicators that moved each score most, one row each.

    Parameters
    ----------
    ids
        n enterprises.
    values, points
        Shape (n, k): the indicators and what each added to the score.
    about
        The k columns in order → whose conduct each tells of.

    Returns
    -------
    pyarrow.Table
        enterprise_id, rank (1 moved the score most in its direction), indicator, value (null: cannot be known), points (positive:
        raised the score), about (whose conduct it tells of; unknown where the value cannot be known).
    """
    parts = []
    names, told = pa.array(about), pa.array(get_args(Conduct), pa.string())
    # Of every column what it tells of where its value is known (first row), and where it is not.
    conducts = np.array(
        [[told.index(conduct_of(of, value)).as_py() for of in about.values()] for value in (0.0, None)], dtype=np.int32
    )
    who = pa.array(ids, pa.string())
    blocks = [np.ascontiguousarray(points[start : start + _AT_ONCE]) for start in range(0, len(ids), _AT_ONCE)]
    for sign, count in ((1, RAISING), (-1, LOWERING)):
        places = np.concatenate([np.empty((0, count), dtype=np.int64), *(top_raising(sign * block, count) for block in blocks)])
        rows, ranks = np.nonzero(places >= 0)
        chosen = places[rows, ranks]
        parts.append(
            pa.table(
                {
                    "enterprise_id": who.take(pa.array(rows)),
                    "rank": pa.array((ranks + 1).astype(np.int8)),
                    # Every column is in the dictionary, in order: the same reasons give the same bytes whichever came first.
                    "indicator": pa.DictionaryArray.from_arrays(pa.array(chosen.astype(np.int32)), names),
                    "value": pa.array(values[rows, chosen], from_pandas=True),
                    "points": pa.array(points[rows, chosen]),
                    "about": pa.DictionaryArray.from_arrays(
                        pa.array(conducts[np.isnan(values[rows, chosen]).astype(int), chosen]), told
                    ),
                }
            )
        )
    return pa.concat_tables(parts)
