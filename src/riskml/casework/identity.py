"""Who a listed person is (Yunnan Art. 15(2)): a case for each person and enterprise, whose answer stays with the pair.

A further listing of the same person is answered alike, without a new case; a post that the registrar annulled leaves as
an amendment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from riskml.casework.amendments import Amended, amendment_effect, source_of
from riskml.casework.case import Actor, Case
from riskml.casework.ledger_lines import decision_effect
from riskml.casework.office import Handling, Office, Prepared, Proposal
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.engines.duckdb import connect_reader
from riskml.runs.decide import decide
from riskml.runs.published import published_run
from riskml.schemes.decisions import NOT_SAME_PERSON, SAME_PERSON

_ANSWERS = {"same": SAME_PERSON, "not_same": NOT_SAME_PERSON, "carry": NOT_SAME_PERSON}
"""Step → the answer that goes on the ledger."""

_HELD = """
WITH held AS (
  SELECT enterprise_id, rule, unnest(evidence) AS listing FROM run_rules WHERE list_contains(?, rule)
)
SELECT DISTINCT h.enterprise_id, coalesce(g.division, ''), h.rule, h.listing, d.subject_id
FROM held h
JOIN run_grades g USING (enterprise_id)
JOIN dishonest_debtor d ON d.record_id = h.listing AND d.subject_kind = 'person'
ORDER BY ALL"""
"""The listings of persons that rules of a run hold against enterprises."""


class Identities(Handling):
    """What is particular to the question who a listed person is."""

    answers_again = True

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the rule holds the listing against the enterprise, and find whose it is."""
        _decision(office, scheme, enterprise, content["rule"], content["listing"], SAME_PERSON, actor.who, why)
        person = person_listed(office, content["listing"])
        return Prepared({**content, "person": person}, origin=pair_of(scheme, enterprise, person))

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """Make the decision on the listing, or offer the amendment of the post."""
        if action == "annul_post":
            source = source_of(office, "position", content["post"], case.enterprise)
            amended = Amended("position", content["post"], source, case.enterprise, "revoked", office.today)
            return Prepared(content, amendment_effect(office, case, (amended,)))
        listing = content.get("listing", case.facts["listing"])
        if action == "carry" and person_listed(office, listing) != case.facts["person"]:
            raise RunError(
                zh=f"listing：{listing} 不是案件 {case.id} 所说的人的名单记录。",
                en=f"listing: {listing} is no listing of the person of case {case.id}.",
            )
        answer = _ANSWERS[action]
        made = _decision(office, case.scheme, case.enterprise, case.facts["rule"], listing, answer, actor.who, why)
        return Prepared(content, decision_effect(office, made))

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """The listings that rules of a run hold against enterprises, one for each person and enterprise."""
        run = published_run(office.workspace, scheme, as_of)
        rules = [rule.id for rule in run.policy.scheme.all_rules if rule.names_persons]
        connection = connect_reader(office.workspace.spill)
        office.store.open_views(connection)
        for table in ("rules", "grades"):
            run.open_view(connection, table, f"run_{table}")
        for enterprise, division, rule, listing, person in connection.execute(_HELD, [rules]).fetchall():
            why = Label(f"{as_of} 的结果以名单 {listing} 判定", f"Held by the run of {as_of} on the listing {listing}")
            facts = {"rule": rule, "listing": listing, "person": person}
            yield Proposal(enterprise, division, pair_of(scheme, enterprise, person), why, facts)

    def again(self, case: Case, proposal: Proposal) -> tuple[str, dict[str, Any]] | None:
        """A further listing of somebody who was answered not to be the post-holder is answered alike."""
        listing = proposal.content["listing"]
        answered = {event.content.get("listing") for event in case.events}
        return ("carry", {"listing": listing}) if case.state == "not_same" and listing not in answered else None


def pair_of(scheme: str, enterprise: str, person: str) -> str:
    """What makes a case: the enterprise, under a scheme, and the listed person."""
    return f"{scheme}:{enterprise}:{person}"


def person_listed(office: Office, listing: str) -> str:
    """Whose listing it is."""
    connection = connect_reader(office.workspace.spill)
    office.store.open_views(connection)
    found = connection.execute(
        "SELECT DISTINCT subject_id FROM dishonest_debtor WHERE record_id = ? AND subject_kind = 'person'", [listing]
    ).fetchall()
    if len(found) != 1:
        raise ConfigurationError(
            zh=f"listing：没有自然人的名单记录 {listing}，或几个来源各有一条。",
            en=f"listing: no person's listing {listing} is on record, or several sources have one each.",
        )
    return str(found[0][0])


def _decision(
    office: Office, scheme: str, enterprise: str, rule: str, listing: str, answer: str, officer: str, why: str
) -> Any:
    """The decision of today on one listing, seen to be one that the rule leaves; nothing is recorded yet."""
    return decide(
        office.workspace,
        scheme,
        enterprise_id=enterprise,
        rule=rule,
        evidence=[listing],
        grade=answer,
        officer=officer,
        reason=why.strip(),
        decided_on=office.today,
    )
