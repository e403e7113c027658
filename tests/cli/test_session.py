"""Commands as the system treats them: signals, full disks, other locales, readers that go away, private files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command

from riskml.cli import app
from riskml.cli.options import LOGGED

PYTHON = [sys.executable, "-m", "riskml.cli"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session") / "yunnan"
    subprocess.run([*PYTHON, "init", str(folder)], check=True, capture_output=True)
    return folder


def program(tmp_path: Path, body: str) -> list[str]:
    """A command of riskml's that does `body`, between the same start and end as the others."""
    path = tmp_path / "program.py"
    path.write_text(
        "import sys, time\nfrom pathlib import Path\nfrom riskml.core import logs\nfrom riskml.cli.session import "
        "run_to_end\n"
        "from riskml.cli.terminal import out, write\n\n\ndef body():\n"
        + "".join(f"    {line}\n" for line in body.splitlines())
        + "\n\nsys.exit(run_to_end(lambda _: body(), []))\n"
    )
    return [sys.executable, str(path)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "busy",
    [
        "time.sleep(60)",
        "from riskml.engines.duckdb import connect; connect(Path('spill')).sql('SELECT max(md5(range::VARCHAR)) FROM "
        "range(1000000000)').fetchall()",
    ],
)
def test_a_signal_ends_a_command_in_order(tmp_path: Path, number: signal.Signals, busy: str) -> None:
    command = program(tmp_path, f"logs.start(Path({str(tmp_path)!r}), 'score')\nprint('ready', flush=True)\n{busy}")
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_take_interrupts
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    time.sleep(0.3)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert "已中断" in said
    assert "Traceback" not in said
    (path,) = tmp_path.glob("score-*.jsonl")
    last = json.loads(path.read_text().splitlines()[-1])
    assert (last["outcome"], last["exit_code"]) == ("interrupted", 128 + number)
    assert last["run"] in said


def _take_interrupts() -> None:
    """A test runner may have been told to ignore these (a shell's background job, nohup), and a child inherits that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)


def test_an_internal_error_shows_its_place_and_no_record(tmp_path: Path) -> None:
    command = program(tmp_path, f"logs.start(Path({str(tmp_path)!r}), 'score')\n{{}}['91530102MA6KAAAA1X']")
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 1
    assert "内部错误：KeyError" in ran.stderr
    assert "位置：riskml.cli.session:" in ran.stderr
    assert "Traceback" not in ran.stderr
    (path,) = tmp_path.glob("score-*.jsonl")
    assert path.name.removeprefix("score-").removesuffix(".jsonl") in ran.stderr
    assert "91530102MA6KAAAA1X" not in ran.stderr + path.read_text()


def test_a_locale_without_chinese_still_gets_it(folder: Path) -> None:
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    ran = subprocess.run([*PYTHON, "features"], cwd=folder, env=plain, capture_output=True, check=False)
    assert ran.returncode == 0
    assert "指标" in ran.stdout.decode("utf-8")


@pytest.mark.parametrize("arguments", [("features",), ("features", "--sql", "complaint_count_90d")])
def test_a_reader_that_goes_away_is_no_failure(folder: Path, arguments: tuple[str, ...]) -> None:
    running = subprocess.Popen([*PYTHON, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    said = running.stderr.read().decode()
    assert running.wait() == 0
    assert said == ""


def test_an_output_that_is_full_is_said(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*PYTHON, "features"], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.returncode == 1
    assert "磁盘已满" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_whatever_a_command_writes_is_its_owners_alone(folder: Path) -> None:
    subprocess.run(
        [*PYTHON, "simulate", "--enterprises", "300", "--seed", "1"], cwd=folder, check=True, capture_output=True
    )
    loaded = [*PYTHON, "ingest", "simulated", "--from", "data/simulated", "--received", "2026-11-01"]
    subprocess.run(loaded, cwd=folder, check=True, capture_output=True)
    written = [folder / "data", folder / "runs", folder / "mlruns", *(folder / "data").rglob("*")]
    assert len(written) > 50
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_every_command_that_takes_a_workspace_logs_its_end_with_the_exit_code(folder: Path) -> None:
    ran = subprocess.run(
        [*PYTHON, "score", "--as-of", "2026-10-31"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    path = max((folder / "data" / "logs").glob("score-*.jsonl"))
    first, *_, last = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["scheme"], first["as_of"]) == ("yunnan", "2026-10-31")
    assert (last["outcome"], last["exit_code"], last["error"]) == ("failed", 2, "ConfigurationError")
    assert last["run"] in ran.stderr
    assert str(path) in ran.stderr


def test_only_options_that_name_nobody_are_logged() -> None:

    taken = {option.name for command in get_command(app).commands.values() for option in command.params}
    assert set(LOGGED) <= taken
    assert not set(LOGGED) & {"enterprise", "officer", "reason", "evidence", "path", "to", "data"}
