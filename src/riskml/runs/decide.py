"""An officer's answer, once it is seen that there is something to answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.records.effect_periods import EffectPeriods
from riskml.records.store import open_store
from riskml.records.tables import TABLES
from riskml.runs.absence import why_ungraded
from riskml.runs.explain_one import explain_one
from riskml.schemes.decisions import NOT_SAME_PERSON, SAME_PERSON, Decision, checked_decision
from riskml.schemes.policy import load_policy
from riskml.schemes.questions import Question
from riskml.schemes.rule_specs import Rule
from riskml.schemes.rules import fired_rules_sql, last_day_sql

Records = dict[str, tuple[str, date | None]]
"""Record id → the relation it was found in, and the day from which it is too old for the rule."""


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
    expires_on: date | None = None,
    second: str | None = None,
    open_case: bool = False,
) -> Decision:
    """A decision where, by the records known on its day, the rule left this choice on these records; nothing is
    recorded yet: it goes on the ledger by a case.

    A decision on anything else would never act, and its officer would not be told.

    Parameters
    ----------
    expires_on
        The day it ends; the day from which the newest of the evidence is too old for the rule where None. An answer
        about who a listed person is has none.
    open_case
        Whether the officer opens the case, on any records of the enterprise, without the rule's having proposed it.

    Raises
    ------
    ConfigurationError
        As `riskml.schemes.decisions.checked_decision`; or where no day is given on which the decision ends, and the
        evidence gives none.
    RunError
        Where the scheme does not grade the enterprise; where the rule did not fire for the enterprise on that day, or
        not on all of these records; where a case is opened on what is no record of the enterprise; where the decision
        would outlast its evidence.
    """
    scheme = load_policy(workspace, scheme_name).scheme
    one = scheme.rule(rule)
    known = usable_evidence(workspace, scheme_name, enterprise_id, one, evidence, decided_on, open_case=open_case)
    if isinstance(one, Question):
        _refuse_unasked(workspace, scheme_name, one, enterprise_id, decided_on)
    return checked_decision(
        scheme,
        enterprise_id=enterprise_id,
        rule=rule,
        evidence=evidence,
        opened_on={name: known[name][0] for name in evidence} if open_case else None,
        grade=grade,
        officer=officer,
        second=second,
        reason=reason,
        decided_on=decided_on,
        expires_on=expires_on
        if grade in (NOT_SAME_PERSON, SAME_PERSON)
        else _last_day(one, known, evidence, expires_on),
    )


def usable_evidence(
    workspace: Workspace,
    scheme_name: str,
    enterprise_id: str,
    rule: Rule,
    evidence: Sequence[str],
    day: date,
    *,
    open_case: bool,
) -> Records:
    """What an answer under a rule may rest on, on a day: records that proposed the case, or any of the enterprise's.

    Raises
    ------
    RunError
        As `decide`.
    """
    policy = load_policy(workspace, scheme_name)
    store = open_store(workspace.records)
    connection = connect_reader(workspace.spill)
    store.open_views(connection)
    connection.execute(
        "CREATE TEMP TABLE entity_date AS SELECT ? AS enterprise_id, CAST(? AS DATE) AS as_of", [enterprise_id, day]
    )
    if (ungraded := why_ungraded(connection, policy, enterprise_id, day)) is not None:
        raise RunError(
            zh=f"企业 {enterprise_id} 没有可认定的等级：{ungraded.zh}。",
            en=f"{enterprise_id} has no grade to decide on: {ungraded.en}.",
        )
    if not open_case:
        fired = fired_rules_sql(policy.scheme, "entity_date", policy.periods, store.tables).sql
        return _proposed(connection, rule, policy.periods, enterprise_id, day, evidence, fired)
    known = _on_file(connection, rule, policy.periods)
    if other := sorted(set(evidence) - set(known)):
        raise RunError(
            zh=f"{day} 时企业 {enterprise_id} 没有可用的记录 {'、'.join(other)}；请核对编号（不在影响期内、"
            "已更正或尚未知悉的不能作依据）。",
            en=f"On {day} there was no usable record {', '.join(other)} of {enterprise_id}; check the ids "
            "(what was not in effect, was amended or not yet known is no evidence).",
        )
    return known


def _last_day(rule: Rule, known: Records, evidence: Sequence[str], expires_on: date | None) -> date | None:
    """The day on which a decision ends: no later than its evidence is too old, and then where none was asked for."""
    lasts = [known[name][1] for name in evidence]
    last = max((day for day in lasts if day is not None), default=None)
    if expires_on is None and last is None:
        raise ConfigurationError(
            zh=f"expires：规则 {rule.id} 的依据没有期限，须写明失效日（--expires；案件中 expires_on）。",
            en=f"expires: the evidence of rule {rule.id} never grows too old, so say when the decision ends "
            "(--expires; in a case expires_on).",
        )
    if expires_on is not None and None not in lasts and last is not None and expires_on > last:
        raise RunError(
            zh=f"失效日 {expires_on} 晚于依据的期限 {last}（规则 {rule.id} 的 within: {rule.within}）；"
            "决定不能长于其依据。",
            en=f"{expires_on} lies after {last}, from which the evidence is too old for rule {rule.id} (within "
            f"{rule.within}): no decision outlasts it.",
        )
    return expires_on or last


def _refuse_unasked(workspace: Workspace, scheme_name: str, question: Question, enterprise_id: str, day: date) -> None:
    """A RunError where the enterprise is in another class, whatever its records hold besides: the answer would never
    act.
    """
    found = explain_one(workspace, scheme_name, enterprise_id, day)
    if question.id not in {fired.rule.id for fired in found.rules}:
        raise RunError(
            zh=f"{day} 时企业 {enterprise_id} 的类别是 {found.grade}，不在等待认定的情形（{question.label.zh}）之内，"
            "没有可认定的。",
            en=f"On {day} enterprise {enterprise_id} is {found.grade} and not in the class that waits "
            f"({question.label.en}): nothing to decide.",
        )


def _proposed(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    periods: EffectPeriods,
    enterprise_id: str,
    decided_on: date,
    evidence: Sequence[str],
    fired: str,
) -> Records:
    """The records that proposed the case; a RunError where there are none, or others were named."""
    rows = connection.execute(f"SELECT evidence FROM ({fired}) WHERE rule = ?", [rule.id]).fetchall()
    if not rows:
        raise RunError(
            zh=f"{decided_on} 时企业 {enterprise_id} 没有触发规则 {rule.id}，没有可选定的等级；请核对代码、"
            "规则和决定日（riskml explain），"
            "或以该企业的其他记录为依据立案（--open）。",
            en=f"Rule {rule.id} had not fired for {enterprise_id} on {decided_on}, so there is no grade to choose; "
            "check the code, the rule "
            "and the day (riskml explain), or open a case on other records of the enterprise (--open).",
        )
    known = rows[0][0]
    if other := sorted(set(evidence) - set(known)):
        raise RunError(
            zh=f"{'、'.join(other)} 不是规则 {rule.id} 的依据；{decided_on} 时的依据有：{'、'.join(known)}。",
            en=f"{', '.join(other)} is no evidence of rule {rule.id}; on {decided_on} it rested on {', '.join(known)}.",
        )
    found = connection.execute(last_day_sql(rule, "entity_date", periods)).fetchall()
    return {record: (relation, until) for record, relation, until in found if record in known}


def _on_file(connection: duckdb.DuckDBPyConnection, rule: Rule, periods: EffectPeriods) -> Records:
    """Every record of the enterprise that a case may be opened on: in effect, known, and no older than the rule
    asks.
    """
    tables = [name for name, table in TABLES.items() if table.subject == "enterprise_id" and table.kind != "version"]
    rows = connection.execute(last_day_sql(rule, "entity_date", periods, tables)).fetchall()
    ((day,),) = connection.execute("SELECT as_of FROM entity_date").fetchall()
    return {record: (relation, until) for record, relation, until in rows if until is None or until > day}
