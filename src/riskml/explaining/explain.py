"""Assembling the explanation of one enterprise from its model, matrix row, records, scheme and decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.explaining.citations import EvidenceReader
from riskml.explaining.coverage import looked_in
from riskml.explaining.exclusions import read_excluded
from riskml.explaining.explanation import (
    ConductPoints,
    ConductTold,
    DimensionPoints,
    Explanation,
    GroupPoints,
    IndicatorPoints,
    Provenance,
    RuleFired,
    RuleUnknown,
)
from riskml.explaining.external_grades import read_external_grades
from riskml.explaining.fused import fuse
from riskml.explaining.not_in_scope import NotInScopeError, OutsideScope, imported_grades
from riskml.explaining.profile import Subject, read_subject
from riskml.explaining.reasons import Reason, Scale, reason, typical_value
from riskml.explaining.values import category_value, indicator_value, point_places
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.live import current_enterprise_sql
from riskml.records.tables import DIMENSIONS, TABLES, Label
from riskml.relations.about import LABELS, Conduct
from riskml.relations.catalogue import is_received
from riskml.schemes.decisions import NOT_SAME_PERSON, Decision, in_force, somebody_elses
from riskml.schemes.directories import Directory, directory_sql
from riskml.schemes.grade import grade_block
from riskml.schemes.measures import measures_for
from riskml.schemes.methods.classes import class_held
from riskml.schemes.methods.items import Item
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import Policy
from riskml.schemes.questions import asked
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme
from riskml.schemes.scope import InScope, in_scope
from riskml.training.bundle import ModelBundle
from riskml.training.conduct import conduct_of, own_grades
from riskml.training.contributions import sum_by, top_raising
from riskml.training.model_method import ModelMethod

REASONS = 6
"""Reasons given in each direction, unless asked otherwise."""


def explain(
    method: Method,
    policy: Policy,
    connection: duckdb.DuckDBPyConnection,
    row: pd.Series[Any],
    *,
    received: Collection[str],
    decisions: Iterable[Decision] = (),
    reasons: int = REASONS,
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
    reasons
        How many reasons to give in each direction.
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
    system, scheme, periods = method.system, policy.scheme, policy.periods
    bundle = method.bundle if isinstance(method, ModelMethod) else None
    enterprise_id, as_of = str(row["enterprise_id"]), pd.Timestamp(row["as_of"]).date()
    applying = in_force(decisions, as_of)
    reader = EvidenceReader(connection, periods, enterprise_id, as_of, somebody_elses(applying, scheme.id))
    subject = read_subject(connection, reader.moment, periods, enterprise_id)
    standing = _standing(subject, as_of, policy, connection, reader.moment)

    columns = system.columns
    values = [None if pd.isna(row[column.name]) else float(row[column.name]) for column in columns]
    assessed = method.assess(np.array([[np.nan if value is None else value for value in values]]))
    points = assessed.points
    about = [conduct_of(system.about[column.name], value) for column, value in zip(columns, values, strict=True)]
    scale: Scale = scheme.direction or "counts"
    places = point_places(scheme)

    said = [value_in_words(bundle, column, value) for column, value in zip(columns, values, strict=True)]

    def told(order: NDArray[np.int64]) -> tuple[Reason, ...]:
        found = []
        for place in order[order >= 0]:
            column = columns[place]
            typical = typical_value(bundle.peers, subject.industry_section, column) if bundle else None
            evidence = reader.of_column(system, column)
            found.append(
                reason(
                    column,
                    values[place],
                    said[place],
                    float(points[0, place]),
                    typical,
                    evidence,
                    about[place],
                    scale,
                    places,
                )
            )
        return tuple(found)

    query = fired_rules_sql(scheme, reader.moment, periods, received, applying)
    found = connection.sql(query.sql).to_arrow_table()
    of_own = asked(scheme.classes, assessed.own_classes, [enterprise_id], found)
    (own_grade,) = own_grades(scheme, [enterprise_id], assessed.own_scores, of_own, applying, assessed.own_bands)
    fired = asked(scheme.classes, assessed.classes, [enterprise_id], found)
    (graded,) = grade_block(scheme, [enterprise_id], assessed.scores, fired, applying, bands=assessed.bands).to_pylist()
    totals = {name: float(total[0]) for name, total in assessed.totals.items() if not np.isnan(total[0])}
    evidence_of = {one["rule"]: one["evidence"] for one in fired.to_pylist()}
    rules = tuple(
        RuleFired(
            scheme.rule(name),
            reader.of_rule(scheme.rule(name), evidence_of[name], _opened_on(applying, scheme, subject, name)),
            _decision(applying, scheme, subject, name, evidence_of[name]),
            decides=graded["decided_by"] == name,
        )
        for name in graded["rules"]
    )
    fused = fuse(scheme.fusion, connection, reader.moment, periods, graded["grade"]) if scheme.fusion else None
    treated_as = fused.cell.combined if fused and fused.cell and fused.acts else graded["grade"]
    return Explanation(
        subject=subject,
        as_of=as_of,
        scheme=scheme,
        grade=graded["grade"],
        band=graded["band"],
        decided_by=graded["decided_by"],
        pending_options=tuple(graded["pending_options"]),
        score=_number(assessed.scores[0]),
        base_score=method.base_score,
        margin=float(assessed.margins[0]),
        base_margin=float(assessed.contributions[0, -1]),
        risk=_number(assessed.risks[0]),
        risk_meaning=_risk_meaning(dict(bundle.facts) if bundle else {}),
        dimensions=_dimensions(system, points, apart={item.id for item in _items(scheme) if item.of_which}),
        indicators=tuple(
            IndicatorPoints(
                column.name,
                column.label,
                column.dimension,
                column.group,
                values[place],
                said[place],
                float(assessed.contributions[0, place]),
                float(points[0, place]),
                about[place],
            )
            for place, column in enumerate(columns)
        ),
        noted=told(np.array(_noted(method, values), dtype=np.int64)),
        raised=told(top_raising(points, reasons)[0]),
        lowered=told(top_raising(-points, reasons)[0]),
        rules=rules,
        somebody_else=tuple(
            one for one in applying if _about(one) == (scheme.id, enterprise_id) and one.grade == NOT_SAME_PERSON
        ),
        conduct=ConductTold(
            tuple(_conduct_points(name, points[0, [told == name for told in about]]) for name in LABELS),
            _number(assessed.own_scores[0]),
            own_grade,
            _number(assessed.without_peers[0]),
        ),
        rules_unknown=tuple(
            RuleUnknown(scheme.rule(name), tuple(TABLES[table].label for table in tables))
            for name, tables in query.unknown.items()
        ),
        measures=measures_for(scheme, treated_as, new_economy=subject.new_economy),
        excluded=read_excluded(connection, reader.moment, scheme),
        provenance=Provenance(
            bundle.digest if bundle else None,
            policy.digest,
            bundle.facts.get("as_of") if bundle else None,
            bool(bundle.facts.get("simulated")) if bundle else simulated,
            run,
        ),
        totals=totals,
        by_class=class_held(scheme.classes, totals) if scheme.classes else None,
        coverage=looked_in(system, received),
        directories=tuple(
            one.label for one in scheme.directories if _is_on(one, connection, reader.moment, policy, received)
        ),
        fused=fused,
        not_known=standing.unknown,
        external_grades=read_external_grades(connection, reader.moment, periods),
    )


def _conduct_points(name: Conduct, points: NDArray[np.float64]) -> ConductPoints:
    raised, lowered = np.maximum(points, 0.0).sum(), np.minimum(points, 0.0).sum()
    return ConductPoints(name, LABELS[name], float(points.sum()), float(raised), float(lowered))


def value_in_words(bundle: ModelBundle | None, column: IndicatorColumn, value: float | None) -> Label:
    """What an indicator's value says, a category by its text."""
    if bundle is None or column.indicator.measure != "category" or value is None:
        return indicator_value(column.indicator, value)
    encoding, code = bundle.categories[column.name], int(value)
    return category_value(
        bundle.words[column.name].get(code), encoding.rates.get(code, 1.0), encoding.visits.get(code, 0)
    )


def _standing(
    subject: Subject, as_of: date, policy: Policy, connection: duckdb.DuckDBPyConnection, moment: str
) -> InScope:
    """How the enterprise stands to the scheme's scope; a NotInScopeError where it is not in it."""
    scheme, periods = policy.scheme, policy.periods
    found = in_scope(scheme.scope, connection, f"({current_enterprise_sql(moment, periods)})")
    if (outside := scheme.outside(found)) is not None:
        imported = imported_grades(
            read_external_grades(connection, moment, periods), found.failed, scheme.external_grades
        )
        raise NotInScopeError(OutsideScope(subject, as_of, scheme, outside, found.failed, imported))
    return found


def _is_on(
    directory: Directory, connection: duckdb.DuckDBPyConnection, moment: str, policy: Policy, received: Collection[str]
) -> bool:
    """Whether the one enterprise of `moment` is on a directory, for certain."""
    if directory.holding is not None and not is_received(directory.holding.from_, received):
        return False
    return bool(connection.execute(directory_sql(directory, moment, policy.periods)).fetchall())


def _noted(method: Method, values: list[float | None]) -> list[int]:
    """The items that count nothing by what the scheme says, and of which something is on record."""
    if not isinstance(method, ItemMethod):
        return []
    return [place for place, item in enumerate(method.items) if item.each == 0 and values[place]]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _decision(
    applying: Iterable[Decision], scheme: Scheme, subject: Subject, rule: str, evidence: list[str]
) -> Decision | None:
    """The decision that settles a rule's choice, if it was made on a record that still counts."""
    for decision in applying:
        about = (*_about(decision), decision.rule) == (scheme.id, subject.enterprise_id, rule)
        if about and not decision.identifies and not set(decision.evidence).isdisjoint(evidence):
            return decision
    return None


def _about(decision: Decision) -> tuple[str, str]:
    return decision.scheme, decision.enterprise_id


def _opened_on(applying: Iterable[Decision], scheme: Scheme, subject: Subject, rule: str) -> tuple[str, ...]:
    """The record tables of the records that an officer opened the case on; none where the records proposed it."""
    about = (scheme.id, subject.enterprise_id, rule)
    tables = (one.evidence_tables for one in applying if (one.scheme, one.enterprise_id, one.rule) == about)
    return tuple(dict.fromkeys(table for of in tables for table in of))


def _items(scheme: Scheme) -> Iterable[Item]:
    return (item for dimension in scheme.dimensions for item in dimension.items)


def _dimensions(
    system: IndicatorSystem, points: NDArray[np.float64], apart: Collection[str]
) -> tuple[DimensionPoints, ...]:
    """What each dimension and group added, in the order of the system's files; without the groups `apart`, counted with
    others already.
    """
    shown = [place for place, column in enumerate(system.columns) if column.group not in apart]
    names, sums = sum_by(points[:, shown], [system.columns[place].dimension for place in shown])
    group_names, group_sums = sum_by(points[:, shown], [system.columns[place].group for place in shown])
    totals, group_totals = (dict(zip(*pair, strict=True)) for pair in ((names, sums[0]), (group_names, group_sums[0])))
    home = {column.group: column.dimension for column in system.columns}
    labels = (
        {**{one.dimension: one.label for one in system.files}, **DIMENSIONS}
        if set(names) <= set(DIMENSIONS)
        else {one.dimension: one.label for one in system.files}
    )
    return tuple(
        DimensionPoints(
            name,
            label,
            float(totals[name]),
            tuple(
                GroupPoints(group, system.groups[group].label, float(total))
                for group, total in group_totals.items()
                if home[group] == name
            ),
        )
        for name, label in labels.items()
        if name in totals
    )


def _risk_meaning(facts: dict[str, Any]) -> Label:
    """Of what the calibrated risk is the probability, by the outcome the model was trained on."""
    outcome = facts.get("outcome", {"zh": "监管发现问题", "en": "supervision finds a problem"})
    cohort = facts.get("cohort", {})
    if cohort.get("per") == "month":
        months = cohort["horizon_months"]
        return Label(
            f"今后{months}个月内{outcome['zh']}的概率", f"probability that within {months} months {outcome['en']}"
        )
    return Label(f"若此时检查，{outcome['zh']}的概率", f"probability that, if it were inspected now, {outcome['en']}")
