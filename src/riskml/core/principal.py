"""Who asks: the account in whose name something is done, and that the ledger notes."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Principal:
    """Whoever asks for something.

    Parameters
    ----------
    account
        The name of the account: at the command line the operating system's.
    """

    account: str

    @classmethod
    def of_process(cls) -> Self:
        """The account of the operating system that runs this, whatever the environment says; its number where it has no
        name.
        """
        number = os.geteuid()
        try:
            return cls(pwd.getpwuid(number).pw_name)
        except KeyError:
            return cls(str(number))


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


def account() -> str:
    """The account of whoever acts: that of the process where nobody else does.

    >>> with acting(Principal("clerk-7")):
    ...     account()
    'clerk-7'
    """
    return (_ACTING.get() or Principal.of_process()).account
