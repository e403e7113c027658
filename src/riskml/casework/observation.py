"""Observation of new-economy enterprises (Yunnan Art. 24): its first day, its length (the text leaves it to the
office), what ends it early, and how it ended.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from riskml.casework.case import Actor, Case
from riskml.casework.office import Deadline, Handling, Office, Prepared
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label

_ENDS = Label("观察期满", "the observation ends")


class Observations(Handling):
    """What is particular to observation."""

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the scheme has observation."""
        whole = office.scheme(scheme)
        if not whole.new_economy:
            raise RunError(zh=f"{whole.label.zh}没有观察期。", en=f"{whole.label.en} has no observation.")
        return Prepared(content)

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that what triggered it is one of the triggers, and that it does not end before its last day."""
        triggers = case.facts["triggers"]
        if action == "trigger" and content["trigger"] not in triggers:
            raise ConfigurationError(
                zh=f"trigger：应为立案时写明的触发情形之一（{'、'.join(triggers)}），不是 {content['trigger']!r}。",
                en=f"trigger: should be one of those the case was opened with ({', '.join(triggers)}), not "
                f"{content['trigger']!r}.",
            )
        if action == "end" and office.today < (last := _last_day(case)):
            raise RunError(
                zh=f"案件 {case.id} 的观察期到 {last} 为止，尚未期满。",
                en=f"The observation of case {case.id} lasts until {last} and is not over.",
            )
        return Prepared(content)

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """Its last day."""
        return () if case.is_closed else (Deadline(_ENDS, _last_day(case)),)


def _last_day(case: Case) -> date:
    return date.fromisoformat(case.facts["starts_on"]) + timedelta(days=case.facts["days"] - 1)
