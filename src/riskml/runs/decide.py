"""Recording an officer's choice, once it is seen that there is something to choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskml.engines.duckdb import connect
from riskml.errors import RunError
from riskml.grading.decisions import Decision, record_decision
from riskml.grading.rules import fired_rules_sql
from riskml.grading.scheme import parse_scheme
from riskml.records.store import open_store
from riskml.training.model import load_model
from riskml.workspace import Workspace


def decide(
    workspace: Workspace,
    scheme_name: str,
    *,
    enterprise_id: str,
    rule: str,
    evidence: Sequence[str],
    grade: str,
    officer: str,
    reason: str,
    decided_on: date,
    expires_on: date,
) -> Decision:
    """Record a decision where, by the records known on its day, the rule left this choice on these records.

    A decision on anything else would never act, and its officer would not be told.

    Raises
    ------
    ConfigurationError
        As `record_decision`.
    RunError
        Where the rule did not fire for the enterprise on that day, or not on all of these records.
    """
    model = load_model(workspace, scheme_name)
    scheme = parse_scheme("scheme.yaml", model.bundle.scheme_yaml)
    scheme.rule(rule)
    store = open_store(workspace.records)
    connection = connect(workspace.spill)
    store.open_views(connection)
    connection.execute(
        "CREATE TEMP TABLE moment AS SELECT ? AS enterprise_id, CAST(? AS DATE) AS as_of", [enterprise_id, decided_on]
    )
    fired = connection.execute(
        f"SELECT evidence FROM ({fired_rules_sql(scheme, 'moment', model.periods, store.tables).sql}) WHERE rule = ?", [rule]
    ).fetchall()
    if not fired:
        raise RunError(
            zh=f"{decided_on} 时企业 {enterprise_id} 没有触发规则 {rule}，没有可选定的等级；请核对代码、规则和决定日（riskml explain）。",
            en=f"Rule {rule} had not fired for {enterprise_id} on {decided_on}, so there is no grade to choose; check the code, the rule "
            "and the day (riskml explain).",
        )
    known = fired[0][0]
    other = sorted(set(evidence) - set(known))
    if other:
        raise RunError(
            zh=f"{'、'.join(other)} 不是规则 {rule} 的依据；{decided_on} 时的依据有：{'、'.join(known)}。",
            en=f"{', '.join(other)} is no evidence of rule {rule}; on {decided_on} it rested on {', '.join(known)}.",
        )
    return record_decision(
        workspace.ledger, scheme, enterprise_id=enterprise_id, rule=rule, evidence=evidence, grade=grade, officer=officer,
        reason=reason, decided_on=decided_on, expires_on=expires_on,
    )  # fmt: skip
