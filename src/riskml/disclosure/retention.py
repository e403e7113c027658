"""What is known of natural persons in authorisations: who signed, and the paper. Removed when its time is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select, update

from riskml.database.database import in_parts
from riskml.disclosure.tables import AUTHORISATIONS, PARTNER_ACCOUNTS, PROOFS


def signers_past(connection: Connection, before: datetime) -> tuple[int, ...]:
    """The authorisations over or withdrawn before a moment that still hold a signature or a paper."""
    held = AUTHORISATIONS.c
    over = or_(held.until_day < before.date(), held.revoked_at < before)
    kept = or_(held.signed_by.is_not(None), exists().where(PROOFS.c.authorisation == held.id))
    return tuple(connection.execute(select(held.id).where(over, kept).order_by(held.id)).scalars())


def remove_partners_accounts(connection: Connection, names: Collection[str]) -> None:
    """Remove whose accounts are that are removed themselves."""
    for part in in_parts(names):
        connection.execute(delete(PARTNER_ACCOUNTS).where(PARTNER_ACCOUNTS.c.account.in_(part)))


def remove_signers(connection: Connection, numbers: Collection[int]) -> None:
    """Remove who signed and the paper; its SHA-256, by whose account and when it was given stay."""
    for part in in_parts(numbers):
        connection.execute(delete(PROOFS).where(PROOFS.c.authorisation.in_(part)))
        connection.execute(update(AUTHORISATIONS).where(AUTHORISATIONS.c.id.in_(part)).values(signed_by=None))
