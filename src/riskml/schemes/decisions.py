"""Officers' decisions: what a named officer found where a rule leaves the grade to judgement (Yunnan Art. 15(3)), or
holds a person's listing against an enterprise (Art. 15(2)).

The records propose a case, or an officer opens one on records of the enterprise; the officer's answer is one of the
grades that the rule offers, or that the circumstance is not established. Of a person's listing the answer is that the
listed person is not the post-holder, which stays until it is taken back. Decisions are lines of the ledger; a later one
on the same enterprise and rule (and listing) takes the place of an earlier one, which stays there.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.ledger import Ledger
from riskml.core.validation import ContentError, validated
from riskml.records.tables import Label
from riskml.relations.common import Listing
from riskml.schemes.questions import Question
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scheme import Scheme

NOT_ESTABLISHED = "not_established"
"""An officer's answer that what was proposed is no such circumstance: the choice is made, and nothing follows."""

NOT_SAME_PERSON, SAME_PERSON = "not_same_person", "same_person"
"""An officer's answers about one listing that a rule holds against an enterprise: who is listed is not its post-holder;
that taken back.
"""

_Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Decision(BaseModel):
    """One decision.

    Parameters
    ----------
    evidence
        The ids of the records the officer decided on. The decision lapses when none of them counts any more.
    evidence_tables
        Of a case that the officer opened, the record table of each of `evidence`; empty where the records had proposed
        it.
    grade
        One of the grades that the rule offers, or `NOT_ESTABLISHED`; of one listing of a person `NOT_SAME_PERSON` or
        `SAME_PERSON`.
    officer, second
        Who decided, by name; and who signed besides.
    decided_on, expires_on
        It applies from `decided_on` to the day before `expires_on`; with None until it is replaced.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: _Written
    enterprise_id: _Written
    rule: _Written
    evidence: tuple[_Written, ...] = Field(min_length=1)
    evidence_tables: tuple[_Written, ...] = ()
    grade: _Written
    officer: _Written
    second: _Written | None = None
    reason: _Written
    decided_on: date
    expires_on: date | None

    @property
    def identifies(self) -> bool:
        """Whether it answers who a listed person is."""
        return self.grade in (NOT_SAME_PERSON, SAME_PERSON)

    @model_validator(mode="after")
    def _lasting(self) -> Decision:
        if self.identifies and len(self.evidence) > 1:
            raise ContentError("evidence：一次只答一条名单记录", "evidence: one listing at a time")
        if self.identifies != (self.expires_on is None):
            raise ContentError(
                f"expires_on：是否同一人的认定不写失效日，其他的须写（{self.grade}）",
                f"expires_on: answers about who a person is have none, others need one ({self.grade})",
            )
        if self.expires_on is not None and self.expires_on <= self.decided_on:
            raise ContentError(
                f"expires_on（{self.expires_on}）须晚于 decided_on（{self.decided_on}）",
                f"expires_on ({self.expires_on}) must lie after decided_on ({self.decided_on})",
            )
        if self.second is not None and self.second == self.officer:
            raise ContentError(
                f"second：复核人不能是决定人 {self.officer}", f"second: {self.officer} cannot sign twice"
            )
        return self


def same_name(one: str, other: str) -> bool:
    """Whether two names are spelt alike, whatever their blanks, width and case.

    >>> same_name("李 某", "李某"), same_name("ZHANG San", "Ｚｈａｎｇ　ｓａｎ"), same_name("李某", "李某某")
    (True, True, False)
    """
    first, second = ("".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in (one, other))
    return first == second


LABELS = {
    NOT_ESTABLISHED: Label("不成立", "not established"),
    NOT_SAME_PERSON: Label("不是同一人", "not the same person"),
    SAME_PERSON: Label("是同一人", "the same person"),
}
"""The answers that are no grades."""


def answers(rule: Rule) -> tuple[str, ...]:
    """What an officer may answer under a rule; nothing where it leaves nothing to answer."""
    if isinstance(rule, Question):
        return rule.effect.grades
    if rule.effect.officer_choice is not None:
        return (*rule.effect.officer_choice, NOT_ESTABLISHED)
    return (NOT_SAME_PERSON, SAME_PERSON) if rule.names_persons else ()


def checked_decision(
    scheme: Scheme,
    *,
    enterprise_id: str,
    rule: str,
    evidence: Iterable[str],
    opened_on: Mapping[str, str] | None = None,
    grade: str,
    officer: str,
    second: str | None = None,
    reason: str,
    decided_on: date,
    expires_on: date | None,
) -> Decision:
    """A decision, once it is seen that the scheme leaves it; nothing is recorded.

    Parameters
    ----------
    opened_on
        Record id → its table, for a case that the officer opened; None for one that the records proposed.

    Raises
    ------
    ConfigurationError
        Naming the field: an unknown rule, a rule that leaves nothing to choose, a grade that is not among its options,
        an empty officer or reason, a missing second signature, no evidence, a decision that lies ahead or does not
        last.
    """
    effect = scheme.rule(rule).effect
    if not (options := answers(scheme.rule(rule))):
        raise ConfigurationError(
            zh=f"rule：规则 {rule}（{scheme.rule(rule).article.zh}）没有留给人员认定的事项。",
            en=f"rule: {rule} ({scheme.rule(rule).article.en}) leaves nothing to answer.",
        )
    if grade not in options:
        told = [f"{name}（{LABELS[name].zh}）" if name in LABELS else name for name in options]
        raise ConfigurationError(
            zh=f"grade：规则 {rule} 可答 {'、'.join(told)}，不能答 {grade!r}。",
            en=f"grade: rule {rule} takes {', '.join(options)}, not {grade!r}.",
        )
    if decided_on > (today := china_today()):
        raise ConfigurationError(
            zh=f"decided_on：决定日 {decided_on} 晚于今日 {today}；决定自作出之日起生效，不能写将来的日期。",
            en=f"decided_on: {decided_on} lies after today, {today}; a decision takes effect on its day and none can "
            "lie ahead.",
        )
    if effect.second_signature and not (second or "").strip():
        raise ConfigurationError(
            zh=f"second：规则 {rule} 的决定须由第二人复核（--second）。",
            en=f"second: a decision under rule {rule} needs a second signature (--second).",
        )
    if second is not None and same_name(second, officer):
        raise ConfigurationError(
            zh=f"second：复核人不能是决定人（{officer}、{second}）。",
            en=f"second: {officer} cannot sign twice (as {second}).",
        )
    records = tuple(sorted(set(evidence)))
    content = {
        "scheme": scheme.id,
        "enterprise_id": enterprise_id,
        "rule": rule,
        "evidence": records,
        "evidence_tables": () if opened_on is None else tuple(opened_on[record] for record in records),
        "grade": grade,
        "officer": officer,
        "second": second,
        "reason": reason,
        "decided_on": decided_on,
        "expires_on": expires_on,
    }
    try:
        return validated(Decision, content)
    except ContentError as error:
        raise ConfigurationError(
            zh=f"决定不正确：{error.zh}。", en=f"The decision is not valid: {error.en}."
        ) from error


def record_decision(ledger: Ledger, decision: Decision) -> None:
    """Add a decision to the ledger; a RunError where that was altered."""
    ledger.append("decision", decision.model_dump(mode="json"))


def read_decisions(ledger: Ledger) -> tuple[Decision, ...]:
    """Every decision ever recorded, the oldest first.

    Raises
    ------
    RunError
        Where the ledger was altered, or naming the line and the field that is wrong.
    """
    return tuple(ledger.contents("decision", Decision))


def in_force(decisions: Iterable[Decision], as_of: date) -> tuple[Decision, ...]:
    """The decisions that apply on the day `as_of`: of each scheme, enterprise and rule the latest made by then, unless
    expired; of who a listed person is, the latest about each listing, whichever rule it was asked under.

    A decision that has been replaced does not come back when its replacement expires: the choice then waits for an
    officer again. Of two made on one day the later line is the latest.
    """
    latest: dict[tuple[str, ...], Decision] = {}
    for decision in sorted(decisions, key=lambda decision: decision.decided_on):
        if decision.decided_on <= as_of:
            about = ("", *decision.evidence) if decision.identifies else (decision.rule,)
            latest[decision.scheme, decision.enterprise_id, *about] = decision
    return tuple(
        decision for _, decision in sorted(latest.items()) if decision.expires_on is None or as_of < decision.expires_on
    )


def somebody_elses(decisions: Iterable[Decision], scheme: str) -> tuple[Listing, ...]:
    """Of the decisions in force, the listings that were answered to be of somebody else than the enterprise's
    post-holder.
    """
    return tuple(
        (decision.enterprise_id, decision.evidence[0])
        for decision in decisions
        if decision.scheme == scheme and decision.grade == NOT_SAME_PERSON
    )


def decisions_hash(decisions: tuple[Decision, ...]) -> str:
    """What the manifest keeps of the officers' decisions: that they were these, not who took them."""
    return hashlib.sha256("\n".join(decision.model_dump_json() for decision in decisions).encode()).hexdigest()


def decisions_by_enterprise(decisions: tuple[Decision, ...]) -> dict[str, str]:
    """Enterprise → the same of the decisions about it: what another enterprise's page need not ask about."""
    about: dict[str, tuple[Decision, ...]] = {}
    for decision in decisions:
        about[decision.enterprise_id] = (*about.get(decision.enterprise_id, ()), decision)
    return {enterprise: decisions_hash(of) for enterprise, of in sorted(about.items())}
