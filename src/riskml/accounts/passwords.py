"""Passwords: how long they must be, how they are kept, and how one is made up."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from riskml.core.errors import ConfigurationError

SHORTEST, LONGEST = 12, 128
"""Characters of a password: long enough that no rule about signs and digits is needed (OWASP ASVS 5.0, 6.2)."""

FEWEST_GUESSES = 10**8
"""Guesses that a password withstands by zxcvbn's reckoning: what it calls safe against guessing without a lock."""

_LOOKED_AT = 64
"""Characters of it that are looked at: more take long, and such a password is not found."""

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


def refuse_weak(password: str, account: str, words: Collection[str]) -> None:
    """Refuse a password that is too short, too long, or found soon; a ConfigurationError says so.

    Found soon is what takes fewer than `FEWEST_GUESSES` by zxcvbn, which knows 30,000 passwords of breaches, names,
    words, rows of keys and dates, and here the account's name and the office's own `words`.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(
            zh=f"密码应有 {SHORTEST} 至 {LONGEST} 个字符，现有 {len(password)} 个。",
            en=f"A password has {SHORTEST} to {LONGEST} characters, and this one has {len(password)}.",
        )
    from zxcvbn import zxcvbn  # its lists take half a second, which no other command waits for

    known = [account, "riskml", *words]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=known)["guesses"] < FEWEST_GUESSES:
        raise ConfigurationError(
            zh="这个密码很快会被猜到：它由常用密码、名称、本单位的用词、日期或键盘上相邻的键组成；请用几个不相关的词。",
            en="This password is found soon: it is made of usual passwords, names, the office's own words, dates or "
            "keys in a row. Take several words that have nothing to do with each other.",
        )


def made_up(groups: int = 5) -> str:
    """A password of groups of four signs, each of 20 bits by chance.

    >>> len(made_up()), made_up() == made_up()
    (24, False)
    """
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(groups))
