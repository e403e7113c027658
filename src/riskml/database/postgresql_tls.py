"""What is asked of a connection to PostgreSQL: an answer in time, and TLS where it leaves the machine."""

from __future__ import annotations

import os
from typing import Any

from riskml.core.errors import ConfigurationError

VERIFIED, ENCRYPTED = "verify-full", ("require", "verify-ca", "verify-full")
"""The TLS that is asked for where nothing is said, and what may be said: libpq's sslmode."""

WAIT = "15"
"""Seconds that a server has to answer."""


def encryption(address: dict[str, Any]) -> dict[str, str]:
    """What is asked of a connection to PostgreSQL besides what its address says: an answer within `WAIT`, and TLS
    where it leaves the machine.

    Parameters
    ----------
    address
        libpq's words of it (``host``, ``sslmode``, ...).

    Raises
    ------
    ConfigurationError
        Where it leaves the machine and the address or PGSSLMODE ask for no TLS.
    """
    asked = answer_in_time(address)
    if not _leaves_machine(address):  # a socket on this machine has no TLS and needs none
        return asked
    mode = address.get("sslmode") or os.environ.get("PGSSLMODE")
    if mode is None:
        return {**asked, "sslmode": VERIFIED}
    if mode not in ENCRYPTED:
        raise ConfigurationError(
            zh=f"数据库地址的 sslmode 是 {mode}，结果可能不加密传输；请写 {'、'.join(ENCRYPTED)} 之一（不写时为 "
            f"{VERIFIED}）；导出确需不加密时用 --without-tls。",
            en=f"sslmode of the database's address is {mode}, by which grades may travel unencrypted: write "
            f"{', '.join(ENCRYPTED[:-1])} or {ENCRYPTED[-1]} ({VERIFIED} where nothing is written); an export that is "
            "meant to go without takes --without-tls.",
        )
    return asked


def answer_in_time(address: dict[str, Any]) -> dict[str, str]:
    """How long a server has to answer, where its address does not say."""
    return {} if address.get("connect_timeout") else {"connect_timeout": WAIT}


def _leaves_machine(address: dict[str, Any]) -> bool:
    """Whether a connection goes anywhere else than to a socket on this machine."""
    hosts = str(address.get("host") or os.environ.get("PGHOST") or "/").split(",")
    return any(address.get(name) for name in ("hostaddr", "service")) or not all(
        host[:1] in ("/", "@") for host in hosts
    )
