"""What is found of one enterprise by computing it anew: from its row of the as-of matrix, and its records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from riskml.explaining.evidence_reader import MOMENT, EvidenceReader, StoreReader
from riskml.explaining.explain import explain
from riskml.explaining.explanation import Explanation
from riskml.explaining.found import Found, ReasonFound, RuleFound, known
from riskml.explaining.own_records import OwnRecords
from riskml.schemes.decisions import Decision, in_force, somebody_elses
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import Policy
from riskml.schemes.questions import asked
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme
from riskml.training.conduct import own_grades
from riskml.training.contributions import top_raising

if TYPE_CHECKING:
    import pandas as pd

REASONS = 6
"""Reasons given in each direction."""


def explain_anew(
    method: Method,
    policy: Policy,
    connection: duckdb.DuckDBPyConnection,
    row: pd.Series[Any],
    *,
    received: Collection[str],
    decisions: Iterable[Decision] = (),
    run: str | None = None,
    simulated: bool = False,
) -> Explanation:
    """Explain the grade of one enterprise at one as-of date.

    Parameters
    ----------
    method
        What finds its grade before the rules act. Its indicators apply.
    policy
        The policy that grades it. Its effect periods apply.
    connection
        With every record table open as a view, of the whole store: relations look at other enterprises too.
    row
        One row of the as-of matrix: ``enterprise_id``, ``as_of`` and the indicator columns.
    received
        The record tables of which an extract was received (``RecordStore.tables``).
    decisions
        Every officer's decision on file; those in force at the as-of date apply, as they do in `row`.
    run
        The run that published the grade.
    simulated
        Whether any of the records were simulated; of a model it is its training that is said to be.

    Raises
    ------
    RunError
        Where the enterprise was not known at that date.
    NotInScopeError
        Where it is not in the scheme's scope; names the condition, and the grades by others that are shown instead.
    """
    day = row["as_of"]
    enterprise_id, as_of = str(row["enterprise_id"]), date(day.year, day.month, day.day)
    applying = in_force(decisions, as_of)
    others = somebody_elses(applying, policy.scheme.id)
    reader = StoreReader(connection, policy.periods, enterprise_id, as_of, others)
    own = OwnRecords.read(connection, MOMENT, policy, enterprise_id, as_of, received)
    values = row[[column.name for column in method.system.columns]].to_numpy(dtype=np.float64)
    found = compute(method, policy, reader, values, received, applying)
    return explain(found, method, policy, own, received, applying, run=run, simulated=simulated)


def compute(
    method: Method,
    policy: Policy,
    reader: EvidenceReader,
    values: NDArray[np.float64],
    received: Collection[str],
    applying: Sequence[Decision],
) -> Found:
    """What is found of the one enterprise that `reader` reads.

    Parameters
    ----------
    values
        Shape (k,): its indicators, in the order of the method's columns.
    received
        As `explain_anew` has it.
    applying
        The officers' decisions in force at the as-of date.
    """
    scheme, ids = policy.scheme, [reader.enterprise_id]
    assessed = method.assess(values[np.newaxis])
    fired = reader.fired(fired_rules_sql(scheme, MOMENT, policy.periods, received, applying).sql)
    of_own = asked(scheme.classes, assessed.own_classes, ids, fired)
    (own_grade,) = own_grades(scheme, ids, assessed.own_scores, of_own, applying, assessed.own_bands)
    fired = asked(scheme.classes, assessed.classes, ids, fired)
    (graded,) = grade_block(scheme, ids, assessed.scores, fired, applying, bands=assessed.bands).to_pylist()
    evidence = {one["rule"]: one["evidence"] for one in fired.to_pylist()}

    def told(places: Iterable[int]) -> tuple[ReasonFound, ...]:
        columns = method.system.columns
        return tuple(ReasonFound(place, reader.of_column(method.system, columns[place])) for place in places)

    return Found(
        enterprise_id=reader.enterprise_id,
        as_of=reader.as_of,
        grade=graded["grade"],
        band=graded["band"],
        decided_by=graded["decided_by"],
        pending_options=tuple(graded["pending_options"]),
        score=known(assessed.scores[0]),
        margin=float(assessed.margins[0]),
        base_margin=float(assessed.contributions[0, -1]),
        risk=known(assessed.risks[0]),
        own_score=known(assessed.own_scores[0]),
        own_grade=own_grade,
        without_peers=known(assessed.without_peers[0]),
        values=values,
        contributions=assessed.contributions[0, :-1],
        points=assessed.points[0],
        totals={name: float(total[0]) for name, total in assessed.totals.items() if not np.isnan(total[0])},
        raised=told(reason_places(assessed.points[0], REASONS)),
        lowered=told(reason_places(-assessed.points[0], REASONS)),
        noted=told(noted_places(method, values)),
        rules=tuple(rule_found(reader, scheme, applying, name, evidence[name]) for name in graded["rules"]),
    )


def reason_places(points: NDArray[np.float64], count: int) -> list[int]:
    """The places of the columns that raised the score most, at most `count`; those that lowered it most are those of
    ``-points``.
    """
    (order,) = top_raising(points[np.newaxis], count)
    return [int(place) for place in order if place >= 0]


def noted_places(method: Method, values: NDArray[np.float64]) -> list[int]:
    """The items that count nothing by what the scheme says, and of which something is on record."""
    if not isinstance(method, ItemMethod):
        return []
    return [place for place, item in enumerate(method.items) if item.each == 0 and known(values[place])]


def rule_found(
    reader: EvidenceReader, scheme: Scheme, applying: Iterable[Decision], name: str, evidence: Sequence[str]
) -> RuleFound:
    """A rule that fired on the records `evidence`, with the newest of these."""
    about = (scheme.id, reader.enterprise_id, name)
    opened = (one.evidence_tables for one in applying if (one.scheme, one.enterprise_id, one.rule) == about)
    tables = dict.fromkeys(table for of in opened for table in of)
    return RuleFound(name, tuple(evidence), reader.of_rule(scheme.rule(name), evidence, tables))
