"""Assembling the explanation of one enterprise from its model, matrix row, records, scheme and decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.explaining.citations import EvidenceReader
from riskml.explaining.conduct import Apart, conduct_of, own_grades
from riskml.explaining.contributions import Base, score_points, sum_by, top_raising
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
from riskml.explaining.reasons import Reason, reason, typical_value
from riskml.explaining.subject import Subject, read_subject
from riskml.explaining.values import category_value, indicator_value
from riskml.features.about import LABELS
from riskml.features.specs import IndicatorColumn
from riskml.grading.decisions import NOT_SAME_PERSON, Decision, in_force
from riskml.grading.grade import grade_block
from riskml.grading.measures import measures_for
from riskml.grading.policy import Policy
from riskml.grading.rules import fired_rules_sql
from riskml.grading.scheme import Scheme
from riskml.records.tables import DIMENSIONS, TABLES, Label
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model

REASONS = 6
"""Reasons given in each direction, unless asked otherwise."""


def explain(
    model: Model,
    policy: Policy,
    connection: duckdb.DuckDBPyConnection,
    row: pd.Series[Any],
    *,
    received: Collection[str],
    decisions: Iterable[Decision] = (),
    reasons: int = REASONS,
    run: str | None = None,
) -> Explanation:
    """Explain the grade of one enterprise at one as-of date.

    Parameters
    ----------
    model
        The model that scores it. Its indicator system applies.
    policy
        The policy that grades it. Its effect periods apply.
    connection
        With every record table open as a view, of the whole store: relations look at other enterprises too.
    row
        One row of the as-of matrix: ``enterprise_id``, ``as_of`` and the indicator columns.
    received
        The record tables of which an extract was received (``RecordStore.tables``).
    decisions
        Every officer's decision on file; those in force at the as-of date apply.
    reasons
        How many reasons to give in each direction.
    run
        The run that published the grade.

    Raises
    ------
    RunError
        Where the enterprise was not known at that date, or the row lacks a column of the model.
    """
    bundle, system, scheme, periods = model.bundle, model.system, policy.scheme, policy.periods
    enterprise_id, as_of = str(row["enterprise_id"]), pd.Timestamp(row["as_of"]).date()
    reader = EvidenceReader(connection, periods, enterprise_id, as_of)
    subject = read_subject(connection, reader.moment, periods, enterprise_id)

    indicators = pd.DataFrame([row])
    margin = bundle.margin(indicators)
    whole = bundle.contributions(indicators)
    contributions = whole[:, :-1]
    score = bundle.score(margin)
    apart = Apart.of(bundle, system.about, whole, indicators[list(bundle.columns)].to_numpy(dtype=np.float64))
    base = Base.of(bundle)
    points = score_points(contributions, margin, score, base)

    known = {column.name: column for column in system.columns}
    columns = [known[name] for name in bundle.columns]
    values = [None if pd.isna(row[name]) else float(row[name]) for name in bundle.columns]
    about = [conduct_of(system.about[name], value) for name, value in zip(bundle.columns, values, strict=True)]

    said = [value_in_words(bundle, column, value) for column, value in zip(columns, values, strict=True)]

    def told(order: NDArray[np.int64]) -> tuple[Reason, ...]:
        found = []
        for place in order[order >= 0]:
            column = columns[place]
            typical = typical_value(bundle.peers, subject.industry_section, column)
            evidence = reader.of_column(system, column)
            found.append(reason(column, values[place], said[place], float(points[0, place]), typical, evidence, about[place]))
        return tuple(found)

    applying = in_force(decisions, as_of)
    query = fired_rules_sql(scheme, reader.moment, periods, received, applying)
    fired = connection.sql(query.sql).to_arrow_table()
    block = grade_block(scheme, [enterprise_id], score, fired, applying, without_peer_rates=apart.without_peers)
    (graded,) = block.to_pylist()
    (own_grade,) = own_grades(scheme, [enterprise_id], apart.own, fired, applying)
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
    return Explanation(
        subject=subject,
        as_of=as_of,
        scheme=scheme,
        grade=graded["grade"],
        band=graded["band"],
        decided_by=graded["decided_by"],
        pending_options=tuple(graded["pending_options"]),
        score=float(score[0]),
        base_score=base.score,
        margin=float(margin[0]),
        base_margin=base.margin,
        risk=float(bundle.risk(margin)[0]),
        risk_meaning=_risk_meaning(dict(bundle.facts)),
        dimensions=_dimensions(columns, points, {name: group.label for name, group in system.groups.items()}),
        indicators=tuple(
            IndicatorPoints(
                column.name,
                column.label,
                column.dimension,
                column.group,
                values[place],
                said[place],
                float(contributions[0, place]),
                float(points[0, place]),
                about[place],
            )
            for place, column in enumerate(columns)
        ),
        raised=told(top_raising(points, reasons)[0]),
        lowered=told(top_raising(-points, reasons)[0]),
        rules=rules,
        somebody_else=tuple(
            one for one in applying if _about(one) == (scheme.id, enterprise_id) and one.grade == NOT_SAME_PERSON
        ),
        conduct=ConductTold(
            tuple(ConductPoints(name, LABELS[name], float(points[0, [told == name for told in about]].sum())) for name in LABELS),
            float(apart.own[0]),
            own_grade,
            float(apart.without_peers[0]),
        ),
        rules_unknown=tuple(
            RuleUnknown(scheme.rule(name), tuple(TABLES[table].label for table in tables))
            for name, tables in query.unknown.items()
        ),
        measures=measures_for(scheme, graded["grade"], new_economy=subject.new_economy),
        excluded=read_excluded(connection, reader.moment, scheme),
        provenance=Provenance(bundle.digest, bundle.facts.get("as_of"), bool(bundle.facts.get("simulated")), run),
    )


def value_in_words(bundle: ModelBundle, column: IndicatorColumn, value: float | None) -> Label:
    """What an indicator's value says, a category by its text."""
    if column.indicator.measure != "category" or value is None:
        return indicator_value(column.indicator, value)
    encoding, code = bundle.categories[column.name], int(value)
    return category_value(bundle.words[column.name].get(code), encoding.rates.get(code, 1.0), encoding.visits.get(code, 0))


def _decision(applying: Iterable[Decision], scheme: Scheme, subject: Subject, rule: str, evidence: list[str]) -> Decision | None:
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


def _dimensions(
    columns: list[IndicatorColumn], points: NDArray[np.float64], group_labels: dict[str, Label]
) -> tuple[DimensionPoints, ...]:
    names, sums = sum_by(points, [column.dimension for column in columns])
    group_names, group_sums = sum_by(points, [column.group for column in columns])
    home = {column.group: column.dimension for column in columns}
    groups = [GroupPoints(name, group_labels[name], float(total)) for name, total in zip(group_names, group_sums[0], strict=True)]
    totals = dict(zip(names, sums[0], strict=True))
    return tuple(
        DimensionPoints(name, label, float(totals[name]), tuple(group for group in groups if home[group.id] == name))
        for name, label in DIMENSIONS.items()
        if name in totals
    )


def _risk_meaning(facts: dict[str, Any]) -> Label:
    """Of what the calibrated risk is the probability, by the outcome the model was trained on."""
    outcome = facts.get("outcome", {"zh": "监管发现问题", "en": "supervision finds a problem"})
    cohort = facts.get("cohort", {})
    if cohort.get("per") == "month":
        months = cohort["horizon_months"]
        return Label(f"今后{months}个月内{outcome['zh']}的概率", f"probability that within {months} months {outcome['en']}")
    return Label(f"若此时检查，{outcome['zh']}的概率", f"probability that, if it were inspected now, {outcome['en']}")
