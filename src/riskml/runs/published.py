"""A published run as its readers see it: its manifest, its tables, and which others there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.engines.duckdb import parquet
from riskml.errors import ConfigurationError, RunError
from riskml.files import sha256
from riskml.runs.layout import latest_run


@dataclass(frozen=True)
class PublishedRun:
    """One published run. Nothing in its folder ever changes: what is derived from it is written beside it.

    Parameters
    ----------
    manifest
        The content of manifest.json.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, folder: Path) -> PublishedRun:
        """The run published in a folder."""
        return cls(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))

    @property
    def as_of(self) -> date:
        """The run's as-of date."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def scheme(self) -> str:
        """The id of the scheme it grades under."""
        return str(self.manifest["scheme"])

    @property
    def grades(self) -> tuple[str, ...]:
        """The scheme's grades, from the mildest to the riskiest."""
        return tuple(self.manifest["grades"])

    @property
    def model(self) -> str:
        """The digest of the model that scored it."""
        return str(self.manifest["model"])

    def parts(self, table: str) -> list[Path]:
        """The Parquet files of a published table, in order."""
        return sorted((self.folder / table).glob("*.parquet"))

    def grade_of(self, enterprise_id: str, bucket: int) -> tuple[str, float] | None:
        """An enterprise's grade and score; None where the run does not hold it.

        Parameters
        ----------
        bucket
            The enterprise's in the record store that the run was made of.
        """
        # Not pq.read_table: what filters there takes longer to load than the part to read.
        part = pq.ParquetFile(self.parts("grades")[bucket]).read(columns=["enterprise_id", "grade", "score"])
        found = part.filter(pc.equal(part["enterprise_id"], enterprise_id))
        return (found["grade"][0].as_py(), found["score"][0].as_py()) if len(found) else None

    def open_view(self, connection: duckdb.DuckDBPyConnection, table: str, view: str) -> None:
        """Create the temporary view `view` over a published table."""
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {parquet(self.parts(table))}")

    def verify(self, *tables: str) -> None:
        """Compare the files of `tables` with the hashes in the manifest; a RunError names the first that differs."""
        for name, expected in self.manifest["files"].items():
            if name.split("/")[0] in tables and (not (self.folder / name).exists() or sha256(self.folder / name) != expected):
                raise RunError(
                    zh=f"{self.folder / name} 缺失，或与 manifest.json 中的校验值不符；请从备份恢复，或重新运行 riskml score。",
                    en=f"{self.folder / name} is missing or differs from its hash in manifest.json; restore it, or run 'riskml score' again.",
                )


def published_run(runs: Path, scheme: str, as_of: date) -> PublishedRun:
    """The run of a scheme at an as-of date; a ConfigurationError lists those there are."""
    found = {run.as_of: run for run in published_runs(runs, scheme)}
    if as_of not in found:
        zh, en = ("、".join(map(str, found)), ", ".join(map(str, found)))
        raise ConfigurationError(
            zh=f"{runs / scheme} 中没有基准日为 {as_of} 的已发布结果；已有：{zh}。",
            en=f"There is no published run as of {as_of} in {runs / scheme}; there are {en}.",
        )
    return found[as_of]


def published_runs(runs: Path, scheme: str) -> tuple[PublishedRun, ...]:
    """Every published run of a scheme, oldest first; a ConfigurationError where there is none."""
    latest_run(runs, scheme)
    folders = sorted((runs / scheme).glob("????-??-??"))
    return tuple(PublishedRun.of(folder) for folder in folders)


def run_before(runs: Path, scheme: str, as_of: date) -> PublishedRun:
    """The last published run before `as_of`; a ConfigurationError where it is the first."""
    earlier = [run for run in published_runs(runs, scheme) if run.as_of < as_of]
    if not earlier:
        raise ConfigurationError(
            zh=f"{runs / scheme} 中没有早于 {as_of} 的已发布结果可比；请先运行 riskml score --as-of 更早的基准日。",
            en=f"There is no published run before {as_of} in {runs / scheme} to compare with; "
            "run 'riskml score --as-of' with an earlier date first.",
        )
    return earlier[-1]
