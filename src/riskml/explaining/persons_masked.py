"""An explanation for readers whose role needs no names of natural persons."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from riskml.core.language import Label
from riskml.explaining.citations import Citation, Evidence, Fact
from riskml.explaining.explanation import Explanation, RuleFired
from riskml.explaining.individual_names import masked_name
from riskml.explaining.reasons import Reason
from riskml.records.tables import TABLES

Told = TypeVar("Told", Reason, RuleFired)


def without_persons(explanation: Explanation) -> Explanation:
    """The same with nothing but the first character of persons' names in the records that it cites."""
    updated, local = explanation.updated, explanation.local_industry
    if updated is not None and updated.evidence is not None:
        updated = replace(updated, evidence=_evidence(updated.evidence))
    if local is not None:
        local = replace(local, explanation=without_persons(local.explanation))
    return replace(
        explanation,
        raised=_each(explanation.raised),
        lowered=_each(explanation.lowered),
        noted=_each(explanation.noted),
        rules=_each(explanation.rules),
        updated=updated,
        local_industry=local,
    )


def _each(told: tuple[Told, ...]) -> tuple[Told, ...]:
    return tuple(replace(one, evidence=_evidence(one.evidence)) for one in told)


def _evidence(evidence: Evidence) -> Evidence:
    return replace(evidence, cited=tuple(map(_cited, evidence.cited)))


def _cited(citation: Citation) -> Citation:
    return replace(citation, facts=tuple(map(_fact, citation.facts)))


def _fact(fact: Fact) -> Fact:
    if fact.label != TABLES["position"].column("person_name").label:
        return fact
    masked = masked_name(fact.value.zh, [fact.value.zh])
    return Fact(fact.label, Label(masked, masked))
