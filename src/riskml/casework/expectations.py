"""What people expected of an enterprise before they opened its page, and what they did afterwards.

It is kept for analysts, who learn from it where the grade and the trade's own people part; no model, rule or run reads
it. Expectations are only ever added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from riskml.casework.kinds import OPEN, kind_named
from riskml.casework.tables import CASES, EVENTS, EXPECTATIONS
from riskml.core.language import Label, say

LONGEST = 1000
"""Characters of a reason."""

SHOWN = 500
"""The newest that are listed."""


@dataclass(frozen=True)
class Expectation:
    """What an account expected.

    Parameters
    ----------
    division
        The enterprise's then; "" where it was not known.
    run
        The run whose grade it was to be.
    published
        The grade that applied.
    """

    account: str
    enterprise: str
    division: str
    scheme: str
    run: str
    published: str
    expected: str
    why: str
    at: datetime

    @property
    def differs(self) -> bool:
        """Whether it was another grade than the published one."""
        return self.expected != self.published


@dataclass(frozen=True)
class Afterwards:
    """A step of a case that somebody took after having stated an expectation."""

    case_id: int
    kind: Label
    step: Label
    at: datetime

    @property
    def said(self) -> str:
        """In words."""
        return say(
            f"{self.at:%Y-%m-%d} 案件 {self.case_id}（{self.kind.zh}）：{self.step.zh}",
            f"{self.at:%Y-%m-%d} case {self.case_id} ({self.kind.en}): {self.step.en}",
        )


def add_expectation(connection: Connection, stated: Expectation) -> None:
    """Write what was expected."""
    connection.execute(EXPECTATIONS.insert().values(vars(stated)))


def has_stated(connection: Connection, stated: Expectation) -> bool:
    """Whether the same account has stated one of the same enterprise and run."""
    same = (EXPECTATIONS.c[name] == getattr(stated, name) for name in ("account", "enterprise", "scheme", "run"))
    return connection.execute(select(EXPECTATIONS.c.id).where(*same).limit(1)).first() is not None


def expectations(
    connection: Connection, scheme: str, within: str
) -> tuple[tuple[Expectation, tuple[Afterwards, ...]], ...]:
    """The newest `SHOWN` of a scheme, newest first, each with the steps of cases of that enterprise which the same
    account took later.

    Parameters
    ----------
    within
        The beginning of the divisions of the enterprises.
    """
    of_scheme = EXPECTATIONS.c.scheme == scheme
    asked = select(EXPECTATIONS).where(of_scheme, EXPECTATIONS.c.division.startswith(within, autoescape=True))
    rows = connection.execute(asked.order_by(EXPECTATIONS.c.id.desc()).limit(SHOWN)).mappings().all()
    found = [Expectation(**{name: value for name, value in row.items() if name != "id"}) for row in rows]
    steps = _steps(connection, {one.enterprise for one in found})
    return tuple(
        (one, tuple(step for account, enterprise, step in steps if _is_later(one, account, enterprise, step)))
        for one in found
    )


def _is_later(one: Expectation, account: str, enterprise: str, step: Afterwards) -> bool:
    return (account, enterprise) == (one.account, one.enterprise) and step.at > one.at


def _steps(connection: Connection, enterprises: set[str]) -> list[tuple[str, str, Afterwards]]:
    """The steps of cases of some enterprises, with the account that took each and the enterprise."""
    columns = (EVENTS.c.account, CASES.c.enterprise, CASES.c.id, CASES.c.kind, EVENTS.c.action, EVENTS.c.at)
    asked = select(*columns).join(CASES, EVENTS.c.case_id == CASES.c.id)
    rows: list[Any] = list(connection.execute(asked.where(CASES.c.enterprise.in_(enterprises)).order_by(EVENTS.c.id)))
    found = []
    for account, enterprise, case_id, kind_name, action, at in rows:
        kind = kind_named(kind_name)
        step = Label("立案", "opened") if action == OPEN else kind.actions[action].label
        found.append((account, enterprise, Afterwards(case_id, kind.label, step, at)))
    return found
