"""The examples for schedules: every command in them exists, the units are valid, and the script stops at the first
failure.
"""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from test_docs import ROOT, commands, faults

EXAMPLES = ROOT / "docs" / "examples"
UNITS = sorted([*EXAMPLES.glob("*.service"), *EXAMPLES.glob("*.timer")])
FLOW = ["check", "ingest", "score", "migration", "publish", "monitor"]


def test_the_script_goes_through_the_month_with_commands_and_options_that_exist() -> None:
    found = commands(f"```sh\n{(EXAMPLES / 'monthly.sh').read_text(encoding='utf-8')}```\n")
    assert [words[0] for words in found] == FLOW
    assert [fault for words in found for fault in faults(words, whole=True)] == []


@pytest.mark.parametrize("failing", [*FLOW, None])
def test_the_script_stops_at_the_first_failure_with_its_exit_code(tmp_path: Path, failing: str | None) -> None:
    stand_in = tmp_path / "riskml"
    stand_in.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/done\n[ "$1" != "{failing}" ] || exit 2\n')
    stand_in.chmod(0o755)
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run([EXAMPLES / "monthly.sh", tmp_path, tmp_path], env=path, check=False)
    assert ran.returncode == (2 if failing else 0)
    assert (tmp_path / "done").read_text().split() == FLOW[: FLOW.index(failing) + 1] if failing else FLOW


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_its_sections(unit: Path) -> None:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text(encoding="utf-8"))
    assert read.has_section("Timer" if unit.suffix == ".timer" else "Service")


def test_the_service_keeps_what_it_writes_to_its_account_and_its_workspace() -> None:
    text = (EXAMPLES / "riskml.service").read_text(encoding="utf-8").splitlines()
    wanted = {
        "UMask=0077",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateNetwork=yes",
        "Nice=10",
        "ReadWritePaths=/srv/yunnan",
    }
    assert wanted <= set(text)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_a_unit(unit: Path, tmp_path: Path) -> None:
    """With a program that is there in the place of the installation's."""
    for one in UNITS:
        text = one.read_text(encoding="utf-8")
        for program in ("/opt/riskml/docs/examples/monthly.sh", "/usr/bin/logger"):
            text = text.replace(program, "/bin/true")
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    said = [line for line in ran.stderr.splitlines() if str(tmp_path) in line or line.startswith(unit.name)]
    assert said == []


def test_the_crontab_and_the_service_run_the_script() -> None:
    for name in ("crontab", "riskml.service"):
        assert "/opt/riskml/docs/examples/monthly.sh /srv/yunnan /srv/inbox" in (EXAMPLES / name).read_text(
            encoding="utf-8"
        )


def test_the_crontab_runs_a_daily_scheme_with_commands_and_options_that_exist() -> None:
    every_day = (EXAMPLES / "crontab").read_text(encoding="utf-8").splitlines()[-1].replace("nice -n 10 ", "")
    found = commands(f"```sh\n{every_day}\n```\n")
    assert [words[0] for words in found] == ["ingest", "score"]
    assert [fault for words in found for fault in faults(words, whole=True)] == []
