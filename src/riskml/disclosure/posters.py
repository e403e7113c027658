"""The register of posting: which code was given to whom, whether it hangs where it should, and what followed.

A poster is never changed: what happens to it is added, and its state is the last thing that happened. Whoever does not
post is told and passed on, and nothing else: Lingyuan's text sets no consequence (Arts. 8, 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, insert, select

from riskml.core.china_day import china_now, china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.principal import account
from riskml.database.database import Database
from riskml.disclosure.tables import POSTER_EVENTS, POSTERS


class Happened(StrEnum):
    """What happens to a poster: given to the enterprise; seen where it trades, or not; it was told to post it, or
    passed on to those who supervise posting; its code ended.
    """

    handed = "handed"
    seen = "seen"
    not_seen = "not_seen"
    told = "told"
    passed_on = "passed_on"
    ended = "ended"


ISSUED = Label("已生成，未发放", "made, not given out yet")

STATES: dict[Happened, Label] = {
    Happened.handed: Label("已发放", "given out"),
    Happened.seen: Label("检查时已张贴", "seen posted"),
    Happened.not_seen: Label("检查时未张贴", "not posted when looked at"),
    Happened.told: Label("已督促张贴", "urged to post it"),
    Happened.passed_on: Label("已转监督部门", "passed on to the supervising departments"),
    Happened.ended: Label("已作废", "ended"),
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened, on a day; who noted it, and when."""

    kind: Happened
    day: date
    account: str
    at: datetime


@dataclass(frozen=True)
class Given:
    """An enterprise to which a code is given, and its grade of that day."""

    enterprise: str
    division: str
    street: str
    grade: str
    as_of: date


@dataclass(frozen=True)
class Poster:
    """A poster, and what happened to it, oldest first."""

    number: int
    scheme: str
    given: Given
    account: str
    issued_at: datetime
    entries: tuple[Entry, ...] = ()

    @property
    def state(self) -> Happened | None:
        """The last thing that happened, and for good that it ended; None where it was only made."""
        kinds = [one.kind for one in self.entries]
        return Happened.ended if Happened.ended in kinds else kinds[-1] if kinds else None

    @property
    def ended(self) -> bool:
        """Whether its code leads to nothing any more."""
        return self.state is Happened.ended

    @property
    def state_told(self) -> Label:
        """The same in words."""
        return ISSUED if self.state is None else STATES[self.state]


@dataclass(frozen=True)
class WantedPosters:
    """Which posters are asked for: of a scheme, and of those divisions and streets that begin so; "" for all.

    Parameters
    ----------
    state
        The last thing that happened to it; None for all whose code leads somewhere.
    """

    scheme: str
    within: str = ""
    street: str = ""
    enterprise: str = ""
    state: Happened | None = None


def issue(database: Database, scheme: str, given: Iterable[Given]) -> tuple[Poster, ...]:
    """Make posters; the earlier codes of these enterprises end."""
    moment, who = china_now(), account()
    made = []
    with database.writing() as connection:
        database.hold(connection, f"posters of {scheme}")  # or two who make one at once leave two that live
        for one in given:
            for number in _living(connection, scheme, one.enterprise):
                _add(connection, number, Happened.ended, moment.date(), moment)
            values = {"scheme": scheme, "account": who, "issued_at": moment, **vars(one)}
            number = connection.execute(insert(POSTERS).values(values).returning(POSTERS.c.number)).scalar_one()
            made.append(Poster(number, scheme, one, who, moment))
    return tuple(made)


def poster_of(database: Database, number: int) -> Poster | None:
    """One poster with its entries; None where there is none."""
    with database.reading() as connection:
        return next(iter(_read(connection, POSTERS.c.number == number)), None)


def posters_there(database: Database, wanted: WantedPosters) -> tuple[Poster, ...]:
    """The posters that are wanted, by street and enterprise."""
    asked = [POSTERS.c.scheme == wanted.scheme, POSTERS.c.division.startswith(wanted.within, autoescape=True)]
    if wanted.street:
        asked.append(POSTERS.c.street.startswith(wanted.street, autoescape=True))
    if wanted.enterprise:
        asked.append(POSTERS.c.enterprise == wanted.enterprise)
    with database.reading() as connection:
        found = _read(connection, and_(*asked))
    kept = [one for one in found if (not one.ended if wanted.state is None else one.state is wanted.state)]
    return tuple(sorted(kept, key=lambda one: (one.given.street, one.given.enterprise, one.number)))


def note(database: Database, number: int, kind: Happened, day: date) -> Poster:
    """Note what happened to a poster on a day, in the name of whoever acts.

    Raises
    ------
    ConfigurationError
        Where there is no such poster, it has ended, or the day is before the last one noted or still to come.
    """
    with database.writing() as connection:
        found = next(iter(_read(connection, POSTERS.c.number == number, to_write=True)), None)
        if found is None or found.ended:
            raise ConfigurationError(
                zh=f"没有编号 {number} 的二维码，或它已作废。",
                en=f"There is no poster {number}, or its code has ended.",
            )
        begun = max([found.issued_at.date(), *(one.day for one in found.entries)])
        if not begun <= day <= china_today():
            raise ConfigurationError(
                zh=f"编号 {number} 的登记日期应在 {begun} 至今天之间，现为 {day}。",
                en=f"What is noted of poster {number} is of a day from {begun} to today; {day} is not.",
            )
        _add(connection, number, kind, day, china_now())
        return next(iter(_read(connection, POSTERS.c.number == number)))


def _living(connection: Connection, scheme: str, enterprise: str) -> list[int]:
    asked = and_(POSTERS.c.scheme == scheme, POSTERS.c.enterprise == enterprise)
    return [one.number for one in _read(connection, asked, to_write=True) if not one.ended]


def _add(connection: Connection, number: int, kind: Happened, day: date, at: datetime) -> None:
    values = {"poster": number, "kind": kind.value, "day": day, "account": account(), "at": at}
    connection.execute(insert(POSTER_EVENTS).values(values))


def _read(connection: Connection, asked: ColumnElement[bool], *, to_write: bool = False) -> list[Poster]:
    """Posters with their entries; where `to_write`, nobody adds an entry to them until the transaction ends."""
    wanted = select(POSTERS).where(asked).order_by(POSTERS.c.number)
    rows = connection.execute(wanted.with_for_update() if to_write else wanted).mappings().all()
    entries: dict[int, list[Entry]] = {}
    joined = select(POSTER_EVENTS).join(POSTERS).where(asked).order_by(POSTER_EVENTS.c.id)
    for row in connection.execute(joined).mappings():
        entry = Entry(Happened(row["kind"]), row["day"], row["account"], row["at"])
        entries.setdefault(row["poster"], []).append(entry)
    return [
        Poster(
            row["number"],
            row["scheme"],
            Given(row["enterprise"], row["division"], row["street"], row["grade"], row["as_of"]),
            row["account"],
            row["issued_at"],
            tuple(entries.get(row["number"], ())),
        )
        for row in rows
    ]
