"""Secrets that were drawn by chance, of which a hash alone is kept."""

from __future__ import annotations

import hashlib


def digest_of(secret: str) -> str:
    """What is kept of a secret that was drawn by chance: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
