"""Grades that the text leaves to an officer (Yunnan Art. 15(3), Langfang's class that waits): proposed by records or
opened with evidence, decided, signed by a second person, withdrawn.

What is decided goes to the ledger, which runs read; the case keeps how it came about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from riskml.casework.case import Actor, Case
from riskml.casework.ledger_lines import decision_effect
from riskml.casework.office import Deadline, Handling, Office, Prepared, Proposal
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.engines.duckdb import connect_reader
from riskml.runs.decide import decide, usable_evidence
from riskml.runs.published import published_run
from riskml.schemes.decisions import NOT_ESTABLISHED, Decision, answers
from riskml.schemes.rule_specs import Rule

_LAPSES = Label("决定失效", "the decision ends")


class Determinations(Handling):
    """What is particular to an officer's choice of a grade."""

    def answers(self, office: Office, scheme: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """The grades that the rule leaves, and that it is not established."""
        return answers(_rule(office, scheme, facts["rule"]))

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the rule leaves a choice, and that the evidence is the enterprise's and still counts."""
        rule = _rule(office, scheme, content["rule"])
        usable_evidence(office.workspace, scheme, enterprise, rule, content["evidence"], office.today, open_case=True)
        return Prepared(content)

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """Make the decision once everybody has signed who has to."""
        rule = _rule(office, case.scheme, case.facts["rule"])
        alone = not rule.effect.second_signature
        if action == "withdraw" and NOT_ESTABLISHED not in answers(rule):
            raise RunError(
                zh=f"规则 {rule.id} 须有认定，不能撤销；情形有变的，用 reopen 重新认定。",
                en=f"Rule {rule.id} has to be answered, so no answer is withdrawn: decide anew with reopen.",
            )
        signed = {"sign": "decide", "sign_withdrawal": "withdraw"}.get(action)
        if signed is None and not (alone and action in ("decide", "withdraw")):
            return Prepared(content)
        first = case.told(signed) if signed else None
        if action in ("decide", "sign"):
            asked = first.content if first else content
        else:
            asked = {
                "grade": NOT_ESTABLISHED,
                "expires_on": case.told("sign", "decide").content["decision"]["expires_on"],
            }
        made = _decision(
            office,
            case,
            asked,
            first.who if first else actor.who,
            actor.who if first else None,
            first.why if first else why,
        )
        told = {**content, "decision": made.model_dump(mode="json")}
        return Prepared(told, decision_effect(office, made), alone)

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """Of a decision in force the day on which it ends."""
        if case.state != "in_force":
            return ()
        ends = case.told("sign", "decide").content["decision"]["expires_on"]
        return (Deadline(_LAPSES, date.fromisoformat(ends)),) if office.today <= date.fromisoformat(ends) else ()

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """The choices that the records of a run propose and nobody has made, by enterprise, rule and evidence."""
        run = published_run(office.workspace, scheme, as_of)
        rules = {rule.id: rule for rule in run.policy.scheme.all_rules if rule.effect.officer_choice}
        if not rules:
            return
        connection = connect_reader(office.workspace.spill)
        for table in ("rules", "grades"):
            run.open_view(connection, table, f"run_{table}")
        asked = (
            "SELECT r.enterprise_id, coalesce(g.division, ''), r.rule, list_sort(r.evidence) FROM run_rules r "
            "JOIN run_grades g USING (enterprise_id) WHERE list_contains(?, r.rule) AND len(g.pending_options) > 0 "
            "ORDER BY 1, 3"
        )
        for enterprise, division, rule, evidence in connection.execute(asked, [list(rules)]).fetchall():
            label = rules[rule].label
            why = Label(f"{as_of} 的结果提出：{label.zh}", f"Proposed by the run of {as_of}: {label.en}")
            origin = f"{scheme}:{enterprise}:{rule}:{hashlib.sha256(','.join(evidence).encode()).hexdigest()[:16]}"
            yield Proposal(
                enterprise, division, origin, why, {"rule": rule, "evidence": evidence, "proposed_by": str(as_of)}
            )


def _decision(
    office: Office, case: Case, asked: Mapping[str, Any], officer: str, second: str | None, why: str
) -> Decision:
    """The decision of today, seen to be one that the records leave; nothing is recorded yet."""
    ends = asked.get("expires_on")
    return decide(
        office.workspace,
        case.scheme,
        enterprise_id=case.enterprise,
        rule=case.facts["rule"],
        evidence=case.facts["evidence"],
        grade=asked["grade"],
        officer=officer,
        second=second,
        reason=why.strip(),
        decided_on=office.today,
        expires_on=date.fromisoformat(ends) if ends else None,
        open_case="proposed_by" not in case.facts,
    )


def _rule(office: Office, scheme: str, name: str) -> Rule:
    rule = office.scheme(scheme).rule(name)
    if rule.effect.officer_choice is None:
        raise ConfigurationError(
            zh=f"rule：规则 {name} 没有留给人员选定的等级。", en=f"rule: {name} leaves no grade to choose."
        )
    return rule
