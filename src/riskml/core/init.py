"""A new workspace: the shipped indicators, schemes, sources and templates of documents, copied to be edited."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from riskml.core.errors import ConfigurationError
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace

SHIPPED = ("features", "models", "sources", "documents")

BENCHMARKS = ("beijing", "ccf2017", "chicago")
"""Data sets of others that riskml is measured on: their sources, overlays and settings are copied only where one is
asked for.
"""


def shipped_files() -> Path:
    """The folder with the shipped files: inside an installed package, or the checkout it runs from."""
    package = Path(__file__).parents[1]
    inside = package / "defaults"
    return inside if inside.is_dir() else package.parents[1]


def create_workspace(folder: Path, benchmarks: Collection[str] = ()) -> Workspace:
    """Create a workspace in `folder`, with what belongs to some of the `BENCHMARKS`.

    Raises
    ------
    ConfigurationError
        Where the folder holds one already; nothing is overwritten. Or where there is no such benchmark.
    """
    for name in sorted(set(benchmarks) - set(BENCHMARKS)):
        zh, en = nearest(name, BENCHMARKS)
        raise ConfigurationError(zh=f"没有检验数据集 {name}{zh}。", en=f"There is no benchmark {name!r}{en}.")
    present = [name for name in SHIPPED if (folder / name).exists()]
    if present:
        raise ConfigurationError(
            zh=f"{folder} 中已有 {'、'.join(present)}，不会覆盖；请另选目录。",
            en=f"{folder} already has {', '.join(present)}, which are not overwritten; choose another folder.",
        )
    left = shutil.ignore_patterns("bundle*", "__pycache__", *(set(BENCHMARKS) - set(benchmarks)))
    for name in SHIPPED:
        shutil.copytree(shipped_files() / name, folder / name, ignore=left)
    for name in ("mlruns", "data", "runs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # Enterprise data are confidential by law (Yunnan Arts. 8, 25): nobody but the account that runs riskml reads them.
    (folder / "data").chmod(0o700)
    (folder / "runs").chmod(0o700)
    return Workspace(folder)
