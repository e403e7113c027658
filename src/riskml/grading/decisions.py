"""Officers' decisions: what a named officer chose where a rule leaves the grade to judgement (Yunnan Art. 15(3)).

They are lines of the ledger; a later decision on the same enterprise and rule takes the place of an earlier one, which stays there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from riskml.errors import ConfigurationError
from riskml.faults import ContentError, validated
from riskml.grading.scheme import Scheme
from riskml.ledger import Ledger

_Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Decision(BaseModel):
    """One decision.

    Parameters
    ----------
    evidence
        The ids of the records the officer decided on. The decision lapses when none of them counts any more.
    officer
        Who decided, by name.
    decided_on, expires_on
        It applies from `decided_on` to the day before `expires_on`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: _Written
    enterprise_id: _Written
    rule: _Written
    evidence: tuple[_Written, ...] = Field(min_length=1)
    grade: _Written
    officer: _Written
    reason: _Written
    decided_on: date
    expires_on: date

    @model_validator(mode="after")
    def _lasting(self) -> Decision:
        if self.expires_on <= self.decided_on:
            raise ContentError(
                f"expires_on（{self.expires_on}）须晚于 decided_on（{self.decided_on}）",
                f"expires_on ({self.expires_on}) must lie after decided_on ({self.decided_on})",
            )
        return self


def record_decision(
    ledger: Ledger,
    scheme: Scheme,
    *,
    enterprise_id: str,
    rule: str,
    evidence: Iterable[str],
    grade: str,
    officer: str,
    reason: str,
    decided_on: date,
    expires_on: date,
) -> Decision:
    """Check a decision against the scheme and add it to the ledger.

    Raises
    ------
    ConfigurationError
        Naming the field: an unknown rule, a rule that leaves nothing to choose, a grade that is not among its options, an
        empty officer or reason, no evidence, an expiry that does not follow the decision.
    RunError
        Where the ledger was altered.
    """
    options = scheme.rule(rule).effect.officer_choice
    if options is None:
        raise ConfigurationError(
            zh=f"rule：规则 {rule}（{scheme.rule(rule).article.zh}）不由人员选择等级。",
            en=f"rule: {rule} ({scheme.rule(rule).article.en}) leaves no grade to choose.",
        )
    if grade not in options:
        raise ConfigurationError(
            zh=f"grade：规则 {rule} 可选 {'、'.join(options)}，不能选 {grade!r}。",
            en=f"grade: rule {rule} offers {', '.join(options)}, not {grade!r}.",
        )
    content = {
        "scheme": scheme.id,
        "enterprise_id": enterprise_id,
        "rule": rule,
        "evidence": tuple(sorted(set(evidence))),
        "grade": grade,
        "officer": officer,
        "reason": reason,
        "decided_on": decided_on,
        "expires_on": expires_on,
    }
    try:
        decision = validated(Decision, content)
    except ContentError as error:
        raise ConfigurationError(zh=f"决定不正确：{error.zh}。", en=f"The decision is not valid: {error.en}.") from error
    ledger.append("decision", decision.model_dump(mode="json"))
    return decision


def read_decisions(ledger: Ledger) -> tuple[Decision, ...]:
    """Every decision ever recorded, the oldest first.

    Raises
    ------
    RunError
        Where the ledger was altered, or naming the line and the field that is wrong.
    """
    return tuple(ledger.contents("decision", Decision))


def in_force(decisions: Iterable[Decision], as_of: date) -> tuple[Decision, ...]:
    """The decisions that apply on the day `as_of`: of each scheme, enterprise and rule the latest made by then, unless expired.

    A decision that has been replaced does not come back when its replacement expires: the choice then waits for an officer
    again. Of two made on one day the later line is the latest.
    """
    latest: dict[tuple[str, str, str], Decision] = {}
    for decision in sorted(decisions, key=lambda decision: decision.decided_on):
        if decision.decided_on <= as_of:
            latest[decision.scheme, decision.enterprise_id, decision.rule] = decision
    return tuple(decision for _, decision in sorted(latest.items()) if as_of < decision.expires_on)
