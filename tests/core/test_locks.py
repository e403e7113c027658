"""The lock says who holds it, and vanishes with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from riskml.core.errors import RunError
from riskml.core.locks import exclusive, holder


def test_a_second_holder_is_refused_and_told_which_process_holds_it(tmp_path: Path) -> None:
    with exclusive(tmp_path / "run.lock"):
        assert holder(tmp_path / "run.lock").startswith(f"pid {os.getpid()}, ")
        with pytest.raises(RunError, match=f"pid {os.getpid()}, "), exclusive(tmp_path / "run.lock"):
            pytest.fail("the lock was given twice")
    assert holder(tmp_path / "run.lock") is None
    with exclusive(tmp_path / "run.lock"):
        pass


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    assert holder(tmp_path / "run.lock") is None


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from riskml.core.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "run.lock")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert f"pid {other.pid}," in (holder(tmp_path / "run.lock") or "")
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    assert holder(tmp_path / "run.lock") is None


def test_who_waits_has_the_lock_when_it_is_free(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from riskml.core.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1])): print('held', flush=True); time.sleep(0.3)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "one.lock")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError), exclusive(tmp_path / "one.lock", wait=0.05):
            pytest.fail("the lock was given twice")
        with exclusive(tmp_path / "one.lock", wait=30):
            pass
