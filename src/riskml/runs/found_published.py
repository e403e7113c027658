"""What a published run found of one enterprise: read from its tables, nothing of it computed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from riskml.explaining.computed import REASONS, noted_places, reason_places, rule_found
from riskml.explaining.evidence_reader import EvidenceReader
from riskml.explaining.found import Found, ReasonFound
from riskml.runs.published import PublishedRun
from riskml.schemes.decisions import Decision
from riskml.schemes.methods.method import Method

_TOTAL = "total_"


def read_found(
    run: PublishedRun, method: Method, reader: EvidenceReader, bucket: int, applying: Sequence[Decision]
) -> Found:
    """What `run` holds of the one enterprise that `reader` reads.

    Parameters
    ----------
    method
        What graded it, as the run carries it.
    reader
        Reads the rows that reasons and rules rest on, from records that are as the run read them.
    bucket
        The enterprise's in the record store that the run was made of.
    applying
        The officers' decisions in force at the as-of date, those of the run.
    """
    held = _Held(run, reader.enterprise_id, bucket)
    graded, columns = held.one("grades"), method.system.columns
    contributed, indicators = held.one("contributions"), held.one("indicators")
    contributions, values = (
        np.array([row[column.name] for column in columns], dtype=np.float64) for row in (contributed, indicators)
    )
    score = np.array([graded["score"]], dtype=np.float64)
    (points,) = method.points(contributions[np.newaxis], np.array([graded["margin"]]), score)
    evidence = {one["rule"]: one["evidence"] for one in held.rows("rules")}

    def told(places: Iterable[int]) -> tuple[ReasonFound, ...]:
        return tuple(ReasonFound(place, reader.of_column(method.system, columns[place])) for place in places)

    return Found(
        enterprise_id=reader.enterprise_id,
        as_of=reader.as_of,
        grade=graded["grade"],
        band=graded["band"],
        decided_by=graded["decided_by"],
        pending_options=tuple(graded["pending_options"]),
        score=graded["score"],
        margin=graded["margin"],
        base_margin=contributed["base"],
        risk=graded["risk"],
        own_score=graded["own_score"],
        own_grade=graded["own_grade"],
        without_peers=graded["score_without_peer_rates"],
        values=values,
        contributions=contributions,
        points=points,
        totals={
            name.removeprefix(_TOTAL): total
            for name, total in graded.items()
            if name.startswith(_TOTAL) and total is not None
        },
        raised=told(reason_places(points, REASONS)),
        lowered=told(reason_places(-points, REASONS)),
        noted=told(noted_places(method, values)),
        rules=tuple(rule_found(reader, run.policy.scheme, applying, name, evidence[name]) for name in graded["rules"]),
    )


class _Held:
    """An enterprise's rows of a run's tables."""

    def __init__(self, run: PublishedRun, enterprise_id: str, bucket: int) -> None:
        self.run, self.enterprise_id, self.bucket = run, enterprise_id, bucket

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.run.rows(table, self.enterprise_id, self.bucket)

    def one(self, table: str) -> dict[str, Any]:
        (row,) = self.rows(table)
        return row
