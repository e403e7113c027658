"""Assembling the explanation of one enterprise from what was found of it, its own records, the scheme and decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskml.explaining.coverage import looked_in
from riskml.explaining.evidence import columns_behind
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
from riskml.explaining.found import Found, ReasonFound, RuleFound, known
from riskml.explaining.fused import fuse
from riskml.explaining.own_records import OwnRecords
from riskml.explaining.reasons import Reason, Scale, reason, typical_value
from riskml.explaining.together import find_together
from riskml.explaining.values import category_value, indicator_value, point_places
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.expressions import names_used
from riskml.records.tables import DIMENSIONS, TABLES, Label
from riskml.relations.about import LABELS, Conduct
from riskml.schemes.decisions import NOT_SAME_PERSON, Decision
from riskml.schemes.measures import measures_for
from riskml.schemes.methods.classes import class_held
from riskml.schemes.methods.items import Item, ItemIndicator
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import Policy
from riskml.schemes.rule_specs import Rule
from riskml.schemes.rules import unknown_rules
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.conduct import conduct_of
from riskml.training.contributions import sum_by
from riskml.training.explained import explained_by
from riskml.training.model_method import ModelMethod


def explain(
    found: Found,
    method: Method,
    policy: Policy,
    own: OwnRecords,
    received: Collection[str],
    applying: Sequence[Decision],
    *,
    run: str | None,
    simulated: bool,
) -> Explanation:
    """The explanation of a grade.

    Parameters
    ----------
    method, policy
        What `found` was found by.
    own
        What else its records say of the enterprise, at the same as-of date.
    received
        The record tables of which an extract was received (``RecordStore.tables``).
    applying
        The officers' decisions in force at the as-of date.
    run, simulated
        As `riskml.explaining.computed.explain_anew` has them.
    """
    scheme, bundle = policy.scheme, method.bundle if isinstance(method, ModelMethod) else None
    facts: Mapping[str, Any] = bundle.facts if bundle else {}
    indicators = _indicators(found, method.system, bundle)
    told = _told(found, indicators, method.system, bundle, own, scheme)
    raised, lowered = told(found.raised), told(found.lowered)
    fused = fuse(scheme.fusion, own.external_grades, found.grade) if scheme.fusion else None
    treated_as = fused.cell.combined if fused and fused.cell and fused.acts else found.grade
    return Explanation(
        subject=own.subject,
        as_of=found.as_of,
        scheme=scheme,
        grade=found.grade,
        band=found.band,
        decided_by=found.decided_by,
        pending_options=found.pending_options,
        score=found.score,
        base_score=method.base_score,
        margin=found.margin,
        base_margin=found.base_margin,
        risk=found.risk,
        risk_meaning=_risk_meaning(facts),
        risk_interval=_risk_interval(found, bundle),
        dimensions=_dimensions(method.system, found.points, {item.id for item in _items(scheme) if item.of_which}),
        indicators=indicators,
        noted=told(found.noted),
        raised=raised,
        lowered=lowered,
        together=find_together(found, method, (*raised, *lowered)),
        rules=tuple(_rule_fired(one, found, scheme, applying) for one in found.rules),
        somebody_else=tuple(
            one for one in applying if _about(one) == _asked(found, scheme) and one.grade == NOT_SAME_PERSON
        ),
        conduct=_conduct(found, indicators),
        rules_unknown=tuple(
            RuleUnknown(scheme.rule(name), tuple(TABLES[table].label for table in tables))
            for name, tables in unknown_rules(scheme, received).items()
        ),
        measures=measures_for(scheme, treated_as, new_economy=own.subject.new_economy),
        excluded=own.excluded,
        provenance=Provenance(
            bundle.digest if bundle else None,
            policy.digest,
            facts.get("as_of"),
            bool(facts.get("simulated")) if bundle else simulated,
            run,
        ),
        totals=found.totals,
        by_class=class_held(scheme.classes, found.totals) if scheme.classes else None,
        coverage=looked_in(method.system, received),
        directories=own.directories,
        fused=fused,
        not_known=own.not_known,
        external_grades=own.external_grades,
        reasons_by=explained_by(bundle) if bundle else None,
    )


def _indicators(found: Found, system: IndicatorSystem, bundle: ModelBundle | None) -> tuple[IndicatorPoints, ...]:
    told = []
    for place, column in enumerate(system.columns):
        value = known(found.values[place])
        told.append(
            IndicatorPoints(
                column.name,
                column.label,
                column.dimension,
                column.group,
                value,
                value_in_words(bundle, column, value),
                float(found.contributions[place]),
                float(found.points[place]),
                conduct_of(system.about[column.name], value),
            )
        )
    return tuple(told)


def _told(
    found: Found,
    indicators: Sequence[IndicatorPoints],
    system: IndicatorSystem,
    bundle: ModelBundle | None,
    own: OwnRecords,
    scheme: Scheme,
) -> Callable[[Iterable[ReasonFound]], tuple[Reason, ...]]:
    """What puts the reasons that were found into words."""
    scale: Scale = scheme.direction or "counts"
    places = point_places(scheme)

    def told(one: ReasonFound) -> Reason:
        column, indicator = system.columns[one.place], indicators[one.place]
        typical = typical_value(bundle.peers, own.subject.industry_section, column) if bundle else None
        evidence = one.rests_on.cited(found.as_of, named_by_column(system, column))
        return reason(
            column, indicator.value, indicator.said, indicator.points, typical, evidence, indicator.about, scale,
            places, bundle.monotone_constraints[one.place] if bundle else 0,
        )  # fmt: skip

    return lambda reasons: tuple(map(told, reasons))


def named_by_column(system: IndicatorSystem, column: IndicatorColumn) -> dict[str, frozenset[str]]:
    """Relation → the columns of it that an indicator asks about."""
    case = column.indicator.case if isinstance(column.indicator, ItemIndicator) else None
    named: dict[str, frozenset[str]] = {}
    for part in columns_behind(system, column):
        of, relation = part.indicator, part.indicator.from_ or ""
        texts = (of.where, of.value, of.over, case)
        named[relation] = named.get(relation, frozenset()).union(*(names_used(text) for text in texts if text))
    return named


def named_by_rule(rule: Rule) -> dict[str, frozenset[str]]:
    """Relation → the columns of it that a rule asks about."""
    named: dict[str, frozenset[str]] = {}
    for one in rule.circumstances:
        named[one.from_] = named.get(one.from_, frozenset()) | names_used(one.where)
    return named


def _rule_fired(one: RuleFound, found: Found, scheme: Scheme, applying: Iterable[Decision]) -> RuleFired:
    rule = scheme.rule(one.rule)
    evidence = one.rests_on.cited(found.as_of, named_by_rule(rule))
    decision = _decision(applying, (*_asked(found, scheme), one.rule), one.evidence)
    return RuleFired(rule, evidence, decision, decides=found.decided_by == one.rule)


def _conduct(found: Found, indicators: Sequence[IndicatorPoints]) -> ConductTold:
    about = [one.about for one in indicators]
    parts = tuple(_conduct_points(name, found.points[[of == name for of in about]]) for name in LABELS)
    return ConductTold(parts, found.own_score, found.own_grade, found.without_peers)


def _conduct_points(name: Conduct, points: NDArray[np.float64]) -> ConductPoints:
    raised, lowered = np.maximum(points, 0.0).sum(), np.minimum(points, 0.0).sum()
    return ConductPoints(name, LABELS[name], float(points.sum()), float(raised), float(lowered))


def value_in_words(bundle: ModelBundle | None, column: IndicatorColumn, value: float | None) -> Label:
    """What an indicator's value says, a category by its text."""
    if bundle is None or column.indicator.measure != "category" or value is None:
        return indicator_value(column.indicator, value)
    code, encoding = int(value), bundle.categories.get(column.name)
    text = bundle.words[column.name].get(code)
    if encoding is None:  # an analyst's own estimator reads the numbers of texts as they are
        return text or category_value(None, 1.0, 0)
    return category_value(text, encoding.rates.get(code, 1.0), encoding.visits.get(code, 0))


def _decision(applying: Iterable[Decision], asked: tuple[str, str, str], evidence: Collection[str]) -> Decision | None:
    """The decision that settles a rule's choice, if it was made on a record that still counts; `asked` are the scheme,
    the enterprise and the rule.
    """
    for decision in applying:
        about = (*_about(decision), decision.rule) == asked
        if about and not decision.identifies and not set(decision.evidence).isdisjoint(evidence):
            return decision
    return None


def _asked(found: Found, scheme: Scheme) -> tuple[str, str]:
    return scheme.id, found.enterprise_id


def _about(decision: Decision) -> tuple[str, str]:
    return decision.scheme, decision.enterprise_id


def _items(scheme: Scheme) -> Iterable[Item]:
    return (item for dimension in scheme.dimensions for item in dimension.items)


def _dimensions(
    system: IndicatorSystem, points: NDArray[np.float64], apart: Collection[str]
) -> tuple[DimensionPoints, ...]:
    """What each dimension and group added, in the order of the system's files; without the groups `apart`, counted with
    others already. `points` has shape (k,).
    """
    points = points[np.newaxis]
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


def _risk_interval(found: Found, bundle: ModelBundle | None) -> tuple[float, float] | None:
    """The ends of the risk's interval, by the model that gave it: what a run carries is enough for it."""
    if bundle is None or bundle.intervals is None:
        return None
    low, high = bundle.risk_interval(found.margin)
    return float(low), float(high)


def _risk_meaning(facts: Mapping[str, Any]) -> Label:
    """Of what the calibrated risk is the probability, by the outcome the model was trained on."""
    outcome = facts.get("outcome", {"zh": "监管发现问题", "en": "supervision finds a problem"})
    cohort = facts.get("cohort", {})
    if cohort.get("per") == "month":
        months = cohort["horizon_months"]
        return Label(
            f"今后{months}个月内{outcome['zh']}的概率", f"probability that within {months} months {outcome['en']}"
        )
    return Label(f"若此时检查，{outcome['zh']}的概率", f"probability that, if it were inspected now, {outcome['en']}")
