"""Run every notebook from the first cell to the last, one on each core, and keep its output.

    python notebooks/run.py [--check] [NOTEBOOK ...]

They share one small simulated workspace, which is made first, below a temporary folder that is gone when this
ends. With ``--check`` (as in .ci/run) nothing is rewritten: the run fails where a cell fails.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent

LARGEST = 400 * 1024
"""Bytes a notebook may have with its output: it is read in a review and kept in git for ever."""

PATIENCE = 900
"""Seconds a cell may take."""


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def execute(path: Path, folder: str) -> nbformat.NotebookNode:
    """Run a notebook in a fresh kernel within a folder and return it with its output.

    Raises
    ------
    CellExecutionError
        Where a cell fails; the message shows the cell.
    """
    notebook = nbformat.read(path, as_version=4)
    # `!riskml` is the one of this environment, and mkdtemp() lies where it is cleared away.
    here = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": folder,
        "NO_COLOR": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TTY_COMPATIBLE": "0",
        "COLUMNS": "110",
        "RISKML_LANG": "zh",
        "PYTHONWARNINGS": "ignore:IProgress not found",
    }
    # Over a socket in that folder rather than TCP: on a shared machine nobody else can listen.
    config = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/{path.stem[:2]}"})
    resources = {"metadata": {"path": folder}}
    client = NotebookClient(
        notebook, config=config, kernel_name="python3", timeout=PATIENCE, record_timing=False, resources=resources
    )
    client.execute(env={**os.environ, **here})
    return notebook


def main(arguments: list[str]) -> int:
    """Run the notebooks; 0 where all went through, else 1."""
    parser = argparse.ArgumentParser(description="Run every notebook and keep its output.")
    parser.add_argument("--check", action="store_true", help="run only; rewrite nothing")
    parser.add_argument("notebooks", nargs="*", type=Path, help="those to run; all in this folder by default")
    asked = parser.parse_args(arguments)
    paths = asked.notebooks or sorted(FOLDER.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        # Once, before several of them ask for it.
        made = "import riskml; riskml.simulated_workspace('simulated-province')"
        subprocess.run([sys.executable, "-c", made], cwd=folder, check=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(execute, path, folder) for path in paths]
            went_through = [_kept(path, run, rewrite=not asked.check) for path, run in zip(paths, running, strict=True)]
    return int(not all(went_through))


def _kept(path: Path, running: Future[nbformat.NotebookNode], *, rewrite: bool) -> bool:
    """Whether a notebook went through and is small enough; its size or what is wrong is printed."""
    try:
        executed = running.result()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"{path.name}: {_COLOUR.sub('', str(error))}", file=sys.stderr)
        return False
    text = nbformat.writes(executed) + "\n"
    size = f"{path.name}: {len(text.encode()):,} bytes"
    if len(text.encode()) > LARGEST:
        print(f"{size} with its output; at most {LARGEST:,} are kept", file=sys.stderr)
        return False
    if rewrite:
        path.write_text(text, encoding="utf-8")
    print(size)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
