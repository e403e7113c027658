"""What all tables of the database share: one `METADATA`, names of constraints, and columns for times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Dialect, MetaData, String, TypeDecorator

from riskml.core.china_day import CHINA

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are called, so that a migration can name each of them on every database."""

METADATA = MetaData(naming_convention=NAMING)
"""Every table; a package adds its own where it is imported."""


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept as text in China's time to the millisecond: SQLite would lose the zone, and texts of
    one zone sort as times do.
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """What is stored; a time without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(CHINA).isoformat(timespec="milliseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """What is read."""
        return None if value is None else datetime.fromisoformat(value)
