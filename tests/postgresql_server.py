"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket there, as a user that is not root."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "密码s3cret"
"""Of the role that the tests connect as."""


@contextmanager
def server() -> Iterator[str]:
    """Start a server and yield its address; the test is skipped where there is no PostgreSQL to start."""
    binaries = _binaries()
    # The socket's path must be short, and the server's user must reach it.
    root = Path(tempfile.mkdtemp(prefix="pg"))
    user = _user(root)
    try:
        (root / "password").write_text(PASSWORD, encoding="utf-8")
        shutil.chown(root / "password", user)
        _run(user, binaries / "initdb", "-D", root / "data", "-U", "riskml", "-A", "scram-sha-256",
            f"--pwfile={root / 'password'}",
             "--locale=C.UTF-8", "-E", "UTF8", "--no-sync")  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories='{root}' -c fsync=off"
        _run(user, binaries / "pg_ctl", "-D", root / "data", "-l", root / "log", "-o", options, "-w", "start")
        try:
            yield f"host={root} user=riskml password={PASSWORD} dbname=postgres"
        finally:
            _run(user, binaries / "pg_ctl", "-D", root / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(root)


def _binaries() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    usable = [place for place in places if (place / "initdb").exists()]
    if not usable:
        pytest.skip("PostgreSQL's server is not installed (no initdb): apt-get install postgresql")
    return usable[-1]


def _user(root: Path) -> str:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres'")
    shutil.chown(root, "postgres")
    return "postgres"


def _run(user: str, *words: object) -> None:
    command = [str(word) for word in words]
    if user != getpass.getuser():
        command = ["runuser", "-u", user, "--", *command]
    # pg_ctl's server keeps the pipes it inherits open: nothing is captured.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
