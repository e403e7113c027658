"""Who asks: the account in whose name something is done, and that the ledger notes."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

ADMINISTRATOR = "administrator"

OFFICE = ("inspector", "case_officer", "approver", "analyst", "auditor", ADMINISTRATOR)
"""The roles of the office's own people."""

ROLES = (*OFFICE, "department", "bank", "enterprise", "public")
"""What somebody may be; one may be several. `department` is one of other departments, `bank` a bank or association
under an agreement, `enterprise` the enterprise behind the grade or its agent.
"""

NOBODY = "-"
"""What stands for an account where nobody is signed in; no account is called so."""


@dataclass(frozen=True)
class Principal:
    """Whoever asks for something.

    Parameters
    ----------
    account
        The name of the account: at the command line the operating system's.
    roles
        Which of the `ROLES` it has; somebody whose roles nobody gave has none.
    region
        The beginning of the division codes of the enterprises that it is concerned with; all of them where None.
    enterprise_id
        The enterprise that it is of, where it is the enterprise behind the grade or its agent.
    """

    account: str
    roles: frozenset[str] = frozenset()
    region: str | None = None
    enterprise_id: str | None = None

    @classmethod
    def of_process(cls) -> Self:
        """The account of the operating system that runs this, whatever the environment says; its number where it has no
        name. Who can run it can read and write the workspace's files: it is the administrator of its own machine, and
        has every role of the office.
        """
        number = os.geteuid()
        try:
            name = pwd.getpwuid(number).pw_name
        except KeyError:
            name = str(number)
        return cls(name, roles=frozenset(OFFICE))


_ACTING: ContextVar[Principal | None] = ContextVar("who acts", default=None)


@contextmanager
def acting(principal: Principal) -> Iterator[None]:
    """Do what the block does in the name of `principal`, in this thread and in those of a
    `riskml.core.context_pool.ContextPool`.
    """
    token = _ACTING.set(principal)
    try:
        yield
    finally:
        _ACTING.reset(token)


def who_acts() -> Principal:
    """Whoever acts: the process where nobody else does."""
    return _ACTING.get() or Principal.of_process()


def account() -> str:
    """The account of whoever acts.

    >>> with acting(Principal("clerk-7")):
    ...     account()
    'clerk-7'
    """
    return who_acts().account
