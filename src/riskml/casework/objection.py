"""Objections: received, accepted or refused, verified, corrected or upheld, answered, within the time of the scheme's
own text; a scheme that has no such procedure has no such case, and one that sets no time has no deadline.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from riskml.casework.amendments import Amended, amendment_effect, source_of
from riskml.casework.case import Actor, Case
from riskml.casework.office import Deadline, Effect, Handling, Office, Prepared
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.schemes.scheme_entries import Procedure

_DUE = {
    "answer": Label("答复异议", "answer the objection"),
    "comparison": Label("完成信息比对", "compare the information"),
}

_DONE = {"answer": (), "comparison": ("verify", "refuse")}
"""What has to be done in time → the steps after which nothing is due; the case's end does it for an answer."""


class Objections(Handling):
    """What is particular to objections."""

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the scheme has objections."""
        _procedure(office, scheme)
        return Prepared(content)

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that an extension is one that the text allows, and that dates follow each other."""
        received = date.fromisoformat(case.facts["received_on"])
        for name in ("approved_on", "answered_on"):
            if name in content and date.fromisoformat(content[name]) < received:
                raise ConfigurationError(
                    zh=f"{name}：{content[name]} 早于收到日期 {received}。",
                    en=f"{name}: {content[name]} lies before the day it was received, {received}.",
                )
        if action == "extend":
            self._refuse_extension(office, case, content)
        if action == "correct" and {"table", "record"} & content.keys():
            return Prepared(content, _amendment(office, case, content))
        return Prepared(content)

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """The day by the scheme's own text: from the day after receipt, forwarding included, with the extension."""
        procedure = _procedure(office, case.scheme)
        if case.is_closed or procedure.working_days is None or case.last(*_DONE[procedure.until]):
            return ()
        extended = case.last("extend")
        days = procedure.working_days + (extended.content["days"] if extended else 0)
        counted = office.calendar.after(date.fromisoformat(case.facts["received_on"]), days)
        return (Deadline(_DUE[procedure.until], counted.day, counted.provisional),)

    def _refuse_extension(self, office: Office, case: Case, content: dict[str, Any]) -> None:
        procedure = _procedure(office, case.scheme)
        most = procedure.extension_days
        if most is None:
            raise RunError(
                zh=f"办法 {case.scheme} {procedure.article.zh}没有规定延长，不能延长。",
                en=f"{procedure.article.en} of scheme {case.scheme} knows no extension.",
            )
        if content["days"] > most:
            raise ConfigurationError(
                zh=f"days：{procedure.article.zh}规定延长不得超过 {most} 个工作日，不是 {content['days']}。",
                en=f"days: {procedure.article.en} allows {most} working days more, not {content['days']}.",
            )
        due = self.deadlines(office, case)
        if not due or date.fromisoformat(content["approved_on"]) > due[0].day:
            raise RunError(
                zh=f"案件 {case.id} 的期限{f'是 {due[0].day}' if due else '已经完成'}，期满后不能再批准延长（自定）。",
                en=f"The time of case {case.id} {f'ends on {due[0].day}' if due else 'has been kept'}: an extension is "
                "approved before it is over (ours).",
            )


def _amendment(office: Office, case: Case, content: dict[str, Any]) -> Effect:
    """That the record that was wrong is amended, as misjudged; a ConfigurationError where there is no such record, or
    it is not named whole.
    """
    for name in ("table", "record"):
        if name not in content:
            raise ConfigurationError(
                zh=f"{name}：更正一条记录的，table 和 record 都要写明。",
                en=f"{name}: to put a record right, give both table and record.",
            )
    source = source_of(office, content["table"], content["record"], case.enterprise)
    amended = Amended(content["table"], content["record"], source, case.enterprise, "misjudged", office.today)
    return amendment_effect(office, case, (amended,))


def _procedure(office: Office, scheme: str) -> Procedure:
    """The scheme's own text on objections."""
    whole = office.scheme(scheme)
    found = next((one for one in whole.procedures if one.kind == "objection"), None)
    if found is None:
        raise RunError(
            zh=f"{whole.label.zh}没有异议程序，不另立；记录有误的，请原产生机关更正并以“信息更正”报送。",
            en=f"{whole.label.en} has no procedure for objections, and none is invented; where a record is wrong, the "
            "body it is from puts it right as an amendment.",
        )
    return found
