"""Passwords: how long they must be, how they are kept, and how one is made up."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from riskml.core.errors import ConfigurationError

SHORTEST, LONGEST = 12, 128
"""Characters of a password: long enough that no rule about signs and digits is needed (OWASP ASVS 5.0, 6.2)."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what is taken for something else when it is read aloud: l, o, 0, 1."""


@cache
def _hasher() -> PasswordHasher:
    """Argon2id with the least that OWASP's password storage guide asks for: twenty people who sign in at once take
    400 MB.
    """
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher().hash(password)


def is_of(password: str, kept: str) -> bool:
    """Whether a password is the one of which `kept` was kept."""
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys() -> str:
    """A hash that no password has: whoever asks for an account that is not there waits as long as others."""
    return hashed(secrets.token_urlsafe(32))


def refuse_weak(password: str, account: str) -> None:
    """Refuse a password that is too short, too long, or the account's name; a ConfigurationError says so."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(
            zh=f"密码应有 {SHORTEST} 至 {LONGEST} 个字符，现有 {len(password)} 个。",
            en=f"A password has {SHORTEST} to {LONGEST} characters, and this one has {len(password)}.",
        )
    if account.lower() in password.lower() and len(password) < 2 * len(account):
        raise ConfigurationError(
            zh="密码不能是账号名或只比它多几个字符。",
            en="A password may not be the name of the account, or little more than it.",
        )


def made_up() -> str:
    """A password of five groups of four signs: 100 bits by chance.

    >>> len(made_up()), made_up() == made_up()
    (24, False)
    """
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))
