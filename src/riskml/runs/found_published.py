"""What a published run found of one enterprise: read from its tables, nothing of it computed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riskml.explaining.citations import RestsOn
from riskml.explaining.computed import REASONS, noted_places, reason_places, rule_found
from riskml.explaining.evidence import columns_behind
from riskml.explaining.evidence_reader import EvidenceReader
from riskml.explaining.found import Found, ReasonFound
from riskml.features.specs import IndicatorColumn
from riskml.runs.published import PublishedRun
from riskml.schemes.decisions import Decision
from riskml.schemes.methods.method import Method
from riskml.schemes.scheme import Scheme

_TOTAL = "total_"


@dataclass(frozen=True)
class HeldRows:
    """An enterprise's rows of a run's tables.

    Parameters
    ----------
    method
        What graded it, as the run carries it.
    graded, contributed, indicators
        Its row of each table.
    evidence
        Rule that fired → the ids of the records it fired on.
    reasons
        Column that is a reason → the ids of the newest records that it rests on, and how many there are in all.
    """

    method: Method
    graded: dict[str, Any]
    contributed: dict[str, Any]
    indicators: dict[str, Any]
    evidence: dict[str, tuple[str, ...]]
    reasons: dict[str, tuple[tuple[str, ...], int]]

    @classmethod
    def of(cls, run: PublishedRun, graded: dict[str, Any], enterprise_id: str, bucket: int) -> Self:
        """Those of an enterprise that the run graded.

        Parameters
        ----------
        graded
            Its row of ``grades``.
        bucket
            Its bucket in the record store that the run was made of.
        """
        contributed, indicators, rules, told = (
            run.rows(name, enterprise_id, bucket) for name in ("contributions", "indicators", "rules", "reasons")
        )
        evidence = {row["rule"]: tuple(row["evidence"]) for row in rules}
        reasons = {row["indicator"]: (tuple(row["evidence"]), row["evidence_count"]) for row in told}
        return cls(run.method, graded, contributed[0], indicators[0], evidence, reasons)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape (k,): the indicators, in the order of the method's columns."""
        return self._by_column(self.indicators)

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Shape (k,): what each column added to the score."""
        score = np.array([self.graded["score"]], dtype=np.float64)
        contributions = self._by_column(self.contributed)[np.newaxis]
        (points,) = self.method.points(contributions, np.array([self.graded["margin"]]), score)
        return np.asarray(points)

    @cached_property
    def told(self) -> tuple[list[int], list[int], list[int]]:
        """The places of the columns that are told as reasons: those that raised, lowered, and count nothing."""
        raised, lowered = (reason_places(sign * self.points, REASONS) for sign in (1, -1))
        return raised, lowered, noted_places(self.method, self.values)

    def relations(self, scheme: Scheme, applying: Iterable[Decision]) -> set[str]:
        """Where the rows are that its reasons and rules rest on."""
        columns = self.method.system.columns
        places = {place for places in self.told for place in places}
        behind = (part for place in places for part in columns_behind(self.method.system, columns[place]))
        circumstances = (one for name in self.graded["rules"] for one in scheme.rule(name).circumstances)
        opened = (table for one in applying if one.scheme == scheme.id for table in one.evidence_tables)
        return {part.indicator.from_ or "" for part in behind} | {one.from_ for one in circumstances} | set(opened)

    def found(self, reader: EvidenceReader, scheme: Scheme, applying: Sequence[Decision]) -> Found:
        """What was found, with the rows that `reader` finds in records that are as the run read them.

        Parameters
        ----------
        applying
            The officers' decisions in force at the as-of date, those of the run.
        """
        graded, system = self.graded, self.method.system
        raised, lowered, noted = (
            tuple(ReasonFound(place, self._rests_on(reader, system.columns[place])) for place in places)
            for places in self.told
        )
        return Found(
            enterprise_id=reader.enterprise_id,
            as_of=reader.as_of,
            grade=graded["grade"],
            band=graded["band"],
            decided_by=graded["decided_by"],
            pending_options=tuple(graded["pending_options"]),
            score=graded["score"],
            margin=graded["margin"],
            base_margin=self.contributed["base"],
            risk=graded["risk"],
            own_score=graded["own_score"],
            own_grade=graded["own_grade"],
            without_peers=graded["score_without_peer_rates"],
            values=self.values,
            contributions=self._by_column(self.contributed),
            points=self.points,
            totals={
                name.removeprefix(_TOTAL): total
                for name, total in graded.items()
                if name.startswith(_TOTAL) and total is not None
            },
            raised=raised,
            lowered=lowered,
            noted=noted,
            rules=tuple(rule_found(reader, scheme, applying, name, self.evidence[name]) for name in graded["rules"]),
        )

    def _rests_on(self, reader: EvidenceReader, column: IndicatorColumn) -> RestsOn:
        """The records behind a column: those that the run names, where that tells them from all others."""
        named = self.reasons.get(column.name)
        found = reader.of_records(self.method.system, column, *named) if named else None
        return found or reader.of_column(self.method.system, column)

    def _by_column(self, row: dict[str, Any]) -> NDArray[np.float64]:
        return np.array([row[column.name] for column in self.method.system.columns], dtype=np.float64)
