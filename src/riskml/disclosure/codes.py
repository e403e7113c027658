"""The code on a poster: the poster's number with a signature of it, so that nobody finds one by trying.

It is signed by HMAC-SHA256 and not by Ed25519: the answer is live, so nobody but the desk ever checks a code, and a
symmetric signature of 128 bits makes a QR code that a cheap telephone reads from two metres.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from riskml.accounts.desk_key import derived_key

_NUMBER, _SIGNED = 4, 16
"""Bytes of the number, and of the signature."""


def code_of(number: int) -> str:
    """The code of a poster's number: 27 letters, digits, ``-`` and ``_``.

    Raises
    ------
    ConfigurationError
        Where there is no key.
    """
    told = number.to_bytes(_NUMBER, "big")
    return base64.urlsafe_b64encode(told + _signature(told)).rstrip(b"=").decode()


def number_of(code: str) -> int | None:
    """The number of the poster whose code this is; None where it is none that was signed here."""
    try:
        raw = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told, signature = raw[:_NUMBER], raw[_NUMBER:]
    # The last character has bits that no byte uses: of the ways to write one code a single one is taken.
    right = hmac.compare_digest(_signature(told), signature) and code == code_of(int.from_bytes(told, "big"))
    return int.from_bytes(told, "big") if right else None


def _signature(told: bytes) -> bytes:
    return hmac.digest(derived_key("posted codes"), told, hashlib.sha256)[:_SIGNED]
