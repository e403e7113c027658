"""What an enterprise lets a bank or association see of it: for which purpose, from when to when, by which paper.

Langfang III(4) has results looked up "by the enterprise itself, or with its authorisation". That an authorisation needs
a proof, a purpose and a period, and that each look is noted with its number, is ours: the text does not say how.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, insert, select, update

from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.principal import account
from riskml.database.database import Database
from riskml.disclosure.partners import Partner
from riskml.disclosure.tables import AUTHORISATIONS, PARTNERS, PROOFS

LONGEST_DAYS = 366
"""For how many days one may last (ours)."""

LARGEST_PROOF = 2 * 2**20
"""Bytes of a proof."""


class Purpose(StrEnum):
    """What a grade is looked up for (ours)."""

    loan = "loan"
    guarantee = "guarantee"
    insurance = "insurance"
    membership = "membership"


PURPOSES: dict[Purpose, Label] = {
    Purpose.loan: Label("信贷审批", "a loan"),
    Purpose.guarantee: Label("担保", "a guarantee"),
    Purpose.insurance: Label("保险", "an insurance"),
    Purpose.membership: Label("入会或评优", "membership or an award"),
}

_TYPES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""What a proof may be, by how its bytes begin; what a browser says of it counts for nothing."""


@dataclass(frozen=True)
class Grant:
    """What an enterprise lets a partner see.

    Parameters
    ----------
    division
        Where the enterprise is registered.
    signed_by
        The natural person who signed for it; None once that was removed.
    """

    scheme: str
    enterprise: str
    division: str
    partner: int
    purpose: Purpose
    from_day: date
    until_day: date
    signed_by: str | None


@dataclass(frozen=True)
class Authorisation:
    """The same as it was given: by which account and when, and whether it was taken back."""

    id: int
    grant: Grant
    partner: Partner
    proof_sha256: str
    granted_by: str
    granted_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None

    @classmethod
    def of_row(cls, row: Mapping[Any, Any], partner: Partner) -> Self:
        """The authorisation that a row of the table is."""
        given = {name: row[name] for name in Grant.__dataclass_fields__}
        grant = Grant(**{**given, "purpose": Purpose(row["purpose"])})
        return cls(
            row["id"],
            grant,
            partner,
            row["proof_sha256"],
            row["granted_by"],
            row["granted_at"],
            row["revoked_by"],
            row["revoked_at"],
        )

    def shut_for(self, purpose: Purpose, on: date) -> Label | None:
        """Why it opens nothing on a day for a purpose; None where it does."""
        grant = self.grant
        if self.revoked_at is not None:
            return Label("授权已撤销", "it was withdrawn")
        if not grant.from_day <= on <= grant.until_day:
            return Label(
                f"授权期为 {grant.from_day} 至 {grant.until_day}", f"it is from {grant.from_day} to {grant.until_day}"
            )
        if on > self.partner.until:
            return Label(f"协议已于 {self.partner.until} 到期", f"the agreement ran until {self.partner.until}")
        if purpose is not grant.purpose:
            return Label(
                f"授权的用途是{PURPOSES[grant.purpose].zh}", f"it is for {PURPOSES[grant.purpose].en} and nothing else"
            )
        return None


def type_of(proof: bytes) -> str:
    """What a proof is; a ConfigurationError where it is none of what may be, or too large."""
    found = next((kind for begins, kind in _TYPES.items() if proof.startswith(begins)), None)
    if found is None or len(proof) > LARGEST_PROOF:
        raise ConfigurationError(
            zh=f"证明应为 PDF、PNG 或 JPEG，不超过 {LARGEST_PROOF // 2**20} MiB；这份有 {len(proof):,} 字节。",
            en=f"A proof is a PDF, PNG or JPEG of {LARGEST_PROOF // 2**20} MiB at most; this one has {len(proof):,} "
            "bytes.",
        )
    return found


def grant(database: Database, given: Grant, proof: bytes, on: date) -> Authorisation:
    """Keep an authorisation with its proof, in the name of whoever acts.

    Raises
    ------
    ConfigurationError
        Where the days, the proof or the signature will not do, or there is no such partner.
    """
    if not on <= given.until_day or not 0 <= (given.until_day - given.from_day).days < LONGEST_DAYS:
        raise ConfigurationError(
            zh=f"授权期 {given.from_day} 至 {given.until_day} 应从头到尾、不超过 {LONGEST_DAYS} 天，并且还没有结束。",
            en=f"An authorisation is from a day to a later one, for {LONGEST_DAYS} days at most, and not over yet; "
            f"{given.from_day} to {given.until_day} is none.",
        )
    if not (given.signed_by or "").strip():
        raise ConfigurationError(zh="要写明由谁签字。", en="Say who signed for the enterprise.")
    kind = type_of(proof)
    values = {**vars(given), "purpose": given.purpose.value, "proof_sha256": hashlib.sha256(proof).hexdigest(),
              "granted_by": account(), "granted_at": china_now()}  # fmt: skip
    with database.writing() as connection:
        if connection.execute(select(PARTNERS.c.id).where(PARTNERS.c.id == given.partner)).first() is None:
            raise ConfigurationError(zh="没有这家银行或协会。", en="There is no such partner.")
        number = connection.execute(insert(AUTHORISATIONS).values(values).returning(AUTHORISATIONS.c.id)).scalar_one()
        connection.execute(insert(PROOFS).values(authorisation=number, type=kind, content=proof))
    return authorisation_of(database, number)


def revoke(database: Database, number: int) -> Authorisation:
    """Take an authorisation back, in the name of whoever acts; again does nothing."""
    held = AUTHORISATIONS.c.id == number, AUTHORISATIONS.c.revoked_at.is_(None)
    with database.writing() as connection:
        connection.execute(update(AUTHORISATIONS).where(*held).values(revoked_at=china_now(), revoked_by=account()))
    return authorisation_of(database, number)


def authorisation_of(database: Database, number: int, given_by: str | None = None) -> Authorisation:
    """One authorisation; a ConfigurationError where there is none, or `given_by` is an enterprise and it is
    another's.
    """
    found = _read(database, AUTHORISATIONS.c.id == number)
    if not found or given_by not in (None, found[0].grant.enterprise):
        raise ConfigurationError(zh=f"没有编号 {number} 的授权。", en=f"There is no authorisation {number}.")
    return found[0]


def authorisations_of(database: Database, enterprise: str) -> tuple[Authorisation, ...]:
    """What an enterprise ever let others see, the newest first."""
    return _read(database, AUTHORISATIONS.c.enterprise == enterprise)


def authorisations_for(database: Database, partner: int) -> tuple[Authorisation, ...]:
    """What a partner was ever let see, the newest first."""
    return _read(database, AUTHORISATIONS.c.partner == partner)


def proof_of(database: Database, number: int) -> tuple[str, bytes] | None:
    """The type and bytes of an authorisation's proof; None where it was removed."""
    asked = select(PROOFS.c.type, PROOFS.c.content).where(PROOFS.c.authorisation == number)
    with database.reading() as connection:
        row = connection.execute(asked).first()
    return None if row is None else (row.type, row.content)


def _read(database: Database, asked: ColumnElement[bool]) -> tuple[Authorisation, ...]:
    with database.reading() as connection:
        rows = connection.execute(
            select(AUTHORISATIONS).where(asked).order_by(AUTHORISATIONS.c.id.desc())
        ).mappings().all()  # fmt: skip
        partners = {row["id"]: Partner.of_row(row) for row in connection.execute(select(PARTNERS)).mappings()}
    return tuple(Authorisation.of_row(row, partners[row["partner"]]) for row in rows)
