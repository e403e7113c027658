"""Banks and associations that may ask under an agreement, and the accounts that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import delete, insert, select

from riskml.accounts.tables import ACCOUNTS
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.principal import account
from riskml.database.database import Database
from riskml.disclosure.tables import PARTNER_ACCOUNTS, PARTNERS


class PartnerKind(StrEnum):
    """Whom Langfang III(6) names beside departments."""

    bank = "bank"
    association = "association"


PARTNER_KINDS: dict[PartnerKind, Label] = {
    PartnerKind.bank: Label("金融机构", "financial institution"),
    PartnerKind.association: Label("行业协会", "trade association"),
}


@dataclass(frozen=True)
class Partner:
    """One that may ask until a day.

    Parameters
    ----------
    agreement
        Where the agreement is found: its number or title.
    """

    id: int
    name: str
    kind: PartnerKind
    agreement: str
    until: date

    @classmethod
    def of_row(cls, row: Mapping[Any, Any]) -> Self:
        """The partner that a row of the table is."""
        return cls(row["id"], row["name"], PartnerKind(row["kind"]), row["agreement"], row["until"])


def add_partner(database: Database, name: str, kind: PartnerKind, agreement: str, until: date) -> Partner:
    """Add one; a ConfigurationError where the name is empty or taken, or there is no agreement."""
    if not name.strip() or not agreement.strip():
        raise ConfigurationError(
            zh="银行或协会要有名称，并写明协议的编号或名称。",
            en="A partner has a name, and an agreement with its number or title.",
        )
    values = {"name": name.strip(), "kind": kind.value, "agreement": agreement.strip(), "until": until,
              "account": account(), "added_at": china_now()}  # fmt: skip
    with database.writing() as connection:
        if connection.execute(select(PARTNERS.c.id).where(PARTNERS.c.name == values["name"])).first():
            raise ConfigurationError(zh=f"已有 {name}。", en=f"There is a partner {name!r} already.")
        row = connection.execute(insert(PARTNERS).values(values).returning(PARTNERS)).mappings().one()
        return Partner.of_row(row)


def give_account_to(database: Database, name: str, partner: int) -> None:
    """Say that an account with the role `bank` is a partner's; a ConfigurationError where either is not there."""
    with database.writing() as connection:
        roles = connection.execute(select(ACCOUNTS.c.roles).where(ACCOUNTS.c.name == name)).scalar()
        if roles is None or "bank" not in roles.split(","):
            raise ConfigurationError(
                zh=f"没有角色为 bank 的账号 {name}。", en=f"There is no account {name} with the role bank."
            )
        if connection.execute(select(PARTNERS.c.id).where(PARTNERS.c.id == partner)).first() is None:
            raise ConfigurationError(
                zh=f"没有编号 {partner} 的银行或协会；riskml partner list 列出已有的。",
                en=f"There is no partner {partner}; 'riskml partner list' lists those there are.",
            )
        connection.execute(delete(PARTNER_ACCOUNTS).where(PARTNER_ACCOUNTS.c.account == name))
        connection.execute(insert(PARTNER_ACCOUNTS).values(account=name, partner=partner))


def partners_there(database: Database) -> tuple[Partner, ...]:
    """Every partner, by name."""
    with database.reading() as connection:
        rows = connection.execute(select(PARTNERS).order_by(PARTNERS.c.name)).mappings()
        return tuple(Partner.of_row(row) for row in rows)


def partner_of_account(database: Database, name: str) -> Partner | None:
    """Whose an account is; None where it is nobody's."""
    asked = select(PARTNERS).join(PARTNER_ACCOUNTS).where(PARTNER_ACCOUNTS.c.account == name)
    with database.reading() as connection:
        row = connection.execute(asked).mappings().first()
    return None if row is None else Partner.of_row(row)
