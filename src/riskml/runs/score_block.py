"""Scoring, grading and explaining a block of enterprises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pyarrow as pa

from riskml.relations.about import About, Conduct
from riskml.schemes.decisions import Decision
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Floats, Method
from riskml.schemes.questions import asked
from riskml.schemes.scheme import Scheme
from riskml.training.conduct import conduct_of, own_grades
from riskml.training.contributions import top_raising

Timed = Callable[[str], AbstractContextManager[None]]

RAISING, LOWERING = 5, 3
"""How many indicators that raised and that lowered a score are published for each enterprise; `riskml explain` shows
all.
"""

_AT_ONCE = 4096
"""Enterprises whose reasons are picked together: row by row in the cache, where all of a bucket's columns would not
fit.
"""

EVIDENCE = 6
"""How many record ids are published for each reason, the newest; all are counted."""


@dataclass(frozen=True)
class BlockScorer:
    """A method with the scheme it grades by and the officers' decisions in force."""

    method: Method
    scheme: Scheme
    decisions: tuple[Decision, ...]

    def score(
        self, ids: list[str], values: Floats, divisions: pa.Array, fired: pa.Table, timed: Timed
    ) -> dict[str, pa.Table]:
        """The published tables of a block of enterprises at one as-of date.

        Parameters
        ----------
        ids
            n enterprises, each once.
        values
            Shape (n, k): the indicators, in the order of the method's columns.
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
        columns = [column.name for column in self.method.system.columns]
        with timed("contributions"):
            found = self.method.assess(values)
        with timed("grades"):
            of_own = asked(self.scheme.classes, found.own_classes, ids, fired)
            own = own_grades(self.scheme, ids, found.own_scores, of_own, self.decisions, found.own_bands)
            fired = asked(self.scheme.classes, found.classes, ids, fired)
            graded = grade_block(self.scheme, ids, found.scores, fired, self.decisions, bands=found.bands)
            for name, column in (
                ("own_score", _numbers(found.own_scores)),
                ("own_grade", pa.array(own, pa.string())),
                ("score_without_peer_rates", _numbers(found.without_peers)),
                ("risk", _numbers(found.risks)),
                ("margin", pa.array(found.margins)),
                ("division", divisions),
                *((f"total_{name}", _numbers(total)) for name, total in found.totals.items()),
            ):
                graded = graded.append_column(name, column)
        with timed("reasons"):
            reasons = published_reasons(ids, values, found.points, self.method.system.about)
        who = pa.array(ids, pa.string())
        named = {name: pa.array(found.contributions[:, place]) for place, name in enumerate((*columns, "base"))}
        read = {name: pa.array(np.ascontiguousarray(values[:, place])) for place, name in enumerate(columns)}
        return {
            "grades": graded,
            "contributions": pa.table({"enterprise_id": who, **named}),
            "reasons": reasons,
            "rules": fired,
            "indicators": pa.table({"enterprise_id": who, **read}),
        }


def _numbers(values: Floats) -> pa.Array:
    """Null where a method gives none."""
    return pa.array(values, pa.float64(), from_pandas=True)


def published_reasons(ids: list[str], values: Floats, points: Floats, about: Mapping[str, About]) -> pa.Table:
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
        enterprise_id, rank (1 moved the score most in its direction), indicator, value (null: cannot be known), points
        (positive: raised the score), about (whose conduct it tells of; unknown where the value cannot be known).
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
        places = np.concatenate(
            [np.empty((0, count), dtype=np.int64), *(top_raising(sign * block, count) for block in blocks)]
        )
        rows, ranks = np.nonzero(places >= 0)
        chosen = places[rows, ranks]
        parts.append(
            pa.table(
                {
                    "enterprise_id": who.take(pa.array(rows)),
                    "rank": pa.array((ranks + 1).astype(np.int8)),
                    # Every column is in the dictionary, in order: the same reasons give the same bytes whichever came
                    # first.
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
