"""What is known of natural persons in authorisations: who signed, and the paper. Removed when its time is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select, update

from riskml.disclosure.tables import AUTHORISATIONS, PROOFS


def signers_past(connection: Connection, before: datetime) -> tuple[int, ...]:
    """The authorisations over or withdrawn before a moment that still hold a signature or a paper."""
    held = AUTHORISATIONS.c
    over = or_(held.until_day < before.date(), held.revoked_at < before)
    kept = or_(held.signed_by.is_not(None), exists().where(PROOFS.c.authorisation == held.id))
    return tuple(connection.execute(select(held.id).where(over, kept).order_by(held.id)).scalars())


def remove_signers(connection: Connection, numbers: Collection[int]) -> None:
    """Remove who signed and the paper; its SHA-256, by whose account and when it was given stay."""
    connection.execute(delete(PROOFS).where(PROOFS.c.authorisation.in_(numbers)))
    connection.execute(update(AUTHORISATIONS).where(AUTHORISATIONS.c.id.in_(numbers)).values(signed_by=None))
