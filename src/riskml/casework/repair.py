"""Credit repair: applied for, examined, granted no earlier than the law allows, undone; it ends in an amendment.

The record stays; the amendment takes it out of use from the day it is granted, and undoing it is an amendment of that
amendment. What the grade is before and after is found as `riskml what-if` finds it, and kept with the step.
"""

from __future__ import annotations

from typing import Any

from riskml.casework.amendments import SOURCE, Amended, amendment_effect, amendment_id, source_of
from riskml.casework.case import Actor, Case
from riskml.casework.office import Handling, Office, Prepared
from riskml.core.errors import ConfigurationError, RiskmlError, RunError
from riskml.records.repair import load_repair
from riskml.runs.published import published_days
from riskml.runs.rescoring import open_rescorer
from riskml.runs.supposed_steps import Step
from riskml.runs.what_if import what_if
from riskml.schemes.legal_steps import LegalStep, legal_steps


class Repairs(Handling):
    """What is particular to repair."""

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that it is a record of the enterprise that still counts, and note what the law says of it."""
        found = _law(office, scheme, enterprise, content["table"], content["record"])
        origin = f"{enterprise}:{content['table']}:{found.source}:{content['record']}:{content['applied_on']}"
        return Prepared({**content, "source": found.source, **_told(found)}, origin=origin)

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the law allows it on this day; offer the amendment, or the one that undoes it."""
        table, record = case.facts["table"], case.facts["record"]
        if action == "grant":
            found = _law(office, case.scheme, case.enterprise, table, record)
            if found.allowed_from is None or found.allowed_from > office.today:
                raise _not_yet(case, found)
            amended = Amended(table, record, found.source, case.enterprise, "repaired", office.today)
            grades = _before_and_after(office, case, found)
            return Prepared({**content, **_told(found), **grades}, amendment_effect(office, case, (amended,)))
        if action == "undo":
            granted = amendment_id(case.id, case.told("grant").number, 1)
            undone = Amended("amendment", granted, SOURCE, None, "revoked", office.today)
            return Prepared(content, amendment_effect(office, case, (undone,)))
        return Prepared(content)


def _law(office: Office, scheme: str, enterprise: str, table: str, record: str) -> LegalStep:
    """What the law says of repairing a record, on this day.

    Raises
    ------
    ConfigurationError
        Where there is no such record of the enterprise, it does not count any more, or it is not of a kind that is
        repaired.
    """
    source = source_of(office, table, record, enterprise)
    rescorer = open_rescorer(office.workspace, scheme, office.today, lambda *_: None)
    law = load_repair(office.workspace.features)
    found = [
        one
        for one in legal_steps(rescorer.matrix, law, rescorer.around(enterprise), office.today)
        if (one.table, one.source, one.record_id, one.kind) == (table, source, record, "repaired")
    ]
    if not found:
        raise ConfigurationError(
            zh=f"record：{table} 的记录 {record} 不能修复：不在影响期内、已更正，或没有这种修复（见 riskml what-if）。",
            en=f"record: {record} of {table} cannot be repaired: it is not in effect, was amended, or nothing of its "
            "kind is (see riskml what-if).",
        )
    return found[0]


def _told(found: LegalStep) -> dict[str, Any]:
    """What is kept of the law."""
    return {
        "allowed_from": None if found.allowed_from is None else found.allowed_from.isoformat(),
        "law": vars(found.law),
        "basis": found.basis,
        "reading": vars(found.reading),
    }


def _not_yet(case: Case, found: LegalStep) -> RunError:
    when_zh, when_en = (
        ("不能申请修复", "does not allow it")
        if found.allowed_from is None
        else (f"自 {found.allowed_from} 起才可以修复", f"allows it from {found.allowed_from}")
    )
    return RunError(
        zh=f"案件 {case.id}：{found.law.zh}：{found.reading.zh}；{when_zh}。",
        en=f"Case {case.id}: {found.law.en} {when_en} ({found.reading.en}).",
    )


def _before_and_after(office: Office, case: Case, found: LegalStep) -> dict[str, Any]:
    """The grade without and with the repair; why not, where it cannot be found for one enterprise alone."""
    past = [day for day in published_days(office.workspace, case.scheme) if day <= office.today]
    step = Step("repaired", f"{found.table}:{found.source}:{found.record_id}")
    try:
        seen = what_if(
            office.workspace, case.scheme, case.enterprise, [step], past[-1] if past else office.today, office.today,
            lambda *_: None,
        )  # fmt: skip
    except RiskmlError as error:
        return {"grades_unknown": {"zh": error.zh, "en": error.en}}
    before = seen.waiting or seen.before
    return {
        "before": {"grade": before.grade, "score": before.score},
        "after": {"grade": seen.after.grade, "score": seen.after.score},
    }
