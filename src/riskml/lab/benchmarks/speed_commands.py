"""The month's other commands on the run that the benchmark made, each in a process of its own, its start counted.

``python -m riskml.lab.benchmarks.speed_commands COMMAND WORKSPACE AS_OF`` prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.speed_province import SCHEME, SpeedProvince, last_month_end, run_python
from riskml.runs.run_summary import peak_memory_gib


def measure_commands(province: SpeedProvince) -> dict[str, dict[str, Any]]:
    """What each command takes: seconds of wall clock and of processor time, the start of the program among them, and
    GiB of memory at most. The run of the month before, which some compare with, is made first.
    """
    root, as_of = str(province.workspace.root), province.as_of.isoformat()
    before = last_month_end(province.as_of).isoformat()
    run_python("riskml.cli", "--workspace", root, "score", "--scheme", SCHEME, "--as-of", before)
    measured = {}
    for name in COMMANDS:
        started = time.perf_counter()
        printed = run_python("riskml.lab.benchmarks.speed_commands", name, root, as_of)
        measured[name] = {"seconds": time.perf_counter() - started, **json.loads(printed.strip().splitlines()[-1])}
    return measured


def _silent(*_: object) -> None:
    """No progress: the parent shows it."""


# What a command needs is loaded within it: loading is a part of its time.


def _export_csv(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.export_files import write_csv
    from riskml.publication.exports import open_export

    export = open_export(workspace, SCHEME, as_of, None)
    write_csv(export, workspace.root / "export.csv", excel=True, on_progress=_silent)


def _export_excel(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.export_files import write_excel
    from riskml.publication.exports import open_export

    write_excel(open_export(workspace, SCHEME, as_of, None), workspace.root / "export.xlsx", on_progress=_silent)


def _export_parquet(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.export_files import write_parquet
    from riskml.publication.exports import open_export

    write_parquet(open_export(workspace, SCHEME, as_of, None), workspace.root / "export.parquet", on_progress=_silent)


def _package(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.push import make_package

    make_package(workspace, SCHEME, as_of, None, _silent)


def _migration(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.migrate import migrate

    migrate(workspace, SCHEME, as_of, None, _silent)


def _warnings(workspace: Workspace, as_of: date) -> None:
    from riskml.publication.early_warnings import find_warnings
    from riskml.publication.warning_lists import write_warnings

    write_warnings(workspace.root / "warnings", find_warnings(workspace, SCHEME, as_of, _silent))


def _monitor(workspace: Workspace, _: date) -> None:
    from riskml.publication.monitoring import monitor

    monitor(workspace, SCHEME, _silent)


def _check(workspace: Workspace, as_of: date) -> None:
    from riskml.checks.check import check

    check(workspace, SCHEME, as_of=as_of)


COMMANDS: dict[str, Callable[[Workspace, date], None]] = {
    "export_csv": _export_csv,
    "export_excel": _export_excel,
    "export_parquet": _export_parquet,
    "package": _package,
    "migration": _migration,
    "warnings": _warnings,
    "monitor": _monitor,
    "check": _check,
}


def main(command: str, root: str, as_of: str) -> None:
    """Run one command and print what this process took."""
    COMMANDS[command](Workspace(Path(root)), date.fromisoformat(as_of))
    print(json.dumps({"processor_seconds": time.process_time(), "peak_memory_gib": peak_memory_gib()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
