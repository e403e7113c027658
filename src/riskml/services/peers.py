"""One enterprise among its peers, by the newest run of a scheme."""

from __future__ import annotations

from riskml.explaining.explanation import Explanation
from riskml.explaining.peers_told import AmongPeers, age_group
from riskml.services.registers import Register


def among_peers(register: Register, found: Explanation) -> AmongPeers | None:
    """Where an enterprise that was explained stands among those of its trade, prefecture and age.

    None where its trade, place or age is not on record, and where what was explained is not of the newest run. Nothing
    of any other enterprise is told but how many there are.
    """
    subject = found.subject
    known = subject.industry_section and subject.division and subject.established
    if not known or register.run.as_of != found.as_of or subject.established is None or subject.division is None:
        return None
    group = register.peers(
        subject.industry_section or "", subject.division[:4], age_group(subject.established, found.as_of)
    )
    return AmongPeers(subject, found.scheme, found.as_of, found.grade, found.score, group)
