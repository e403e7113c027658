"""Revisions: a run of a date that was published before, made of something else. Both are kept, with who, why and how
many grades differ.

The run that readers find is the newest. What it replaced lies in ``runs/<scheme>/revisions/<date>/<number>/``, 0 being
the first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from riskml.core.china_day import china_now
from riskml.core.errors import RunError
from riskml.core.files import put_in_place
from riskml.core.language import Label
from riskml.core.principal import account as account_name
from riskml.runs.layout import RunFolder
from riskml.runs.published import PublishedRun
from riskml.runs.run_manifest import Revision, RunManifest, read_run_manifest

CHANGES = {
    "riskml": Label("riskml 的版本", "the version of riskml"),
    "policy": Label("办法", "the policy"),
    "model": Label("模型", "the model"),
    "records": Label("记录", "the records"),
    "decisions": Label("人员决定", "the officers' decisions"),
    "industries": Label("地方产业的模型", "models of local industries"),
}
"""What a run is made of: another of these makes another run."""


@dataclass(frozen=True)
class Revised:
    """A published run that one made of something else is about to replace.

    Parameters
    ----------
    changed
        Which of `CHANGES` differ.
    """

    run: PublishedRun
    changed: tuple[str, ...]

    @classmethod
    def found(cls, folder: RunFolder, inputs: Mapping[str, Any]) -> Revised | None:
        """The run that stands in a folder's place; None where there is none, or none that is as it was published."""
        if not folder.published.is_dir():
            return None
        try:
            run = PublishedRun.of(folder.published, folder.workspace.ledger)
            then = run.manifest.model_dump() | {"policy": run.policy.digest}
        except RunError:
            return None  # altered or unfinished: what it was nobody can tell, and scoring anew is its cure
        return cls(run, tuple(name for name in CHANGES if then.get(name, {}) != inputs.get(name, {})))

    def revision(self, connection: duckdb.DuckDBPyConnection, reason: str | None) -> Revision | None:
        """What the new run says of itself; where nothing differs that it is made of, what the one before said.

        Parameters
        ----------
        connection
            With the new run's ``grades``.
        reason
            Why it was made, as stated; None where it was not.
        """
        if not self.changed:
            return self.run.manifest.revision
        return Revision(
            number=self.run.revision + 1,
            reason=reason,
            account=account_name(),
            at=china_now(),
            changed=self.changed,
            grades_differ=self._differing(connection),
        )

    def _differing(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """How many enterprises have another grade, or are in one of the two only; None where the old run is damaged."""
        try:
            self.run.open_view(connection, "grades", "revised_grades")
        except RunError:
            return None
        ((count,),) = connection.execute(
            "SELECT count(*) FROM grades g FULL JOIN revised_grades r USING (enterprise_id) WHERE g.grade IS DISTINCT "
            "FROM r.grade"
        ).fetchall()
        return int(count)

    def keep(self) -> None:
        """Keep the run that is replaced, where anything differs."""
        if not self.changed:
            return
        kept = kept_folder(self.run, self.run.revision)
        draft = kept.with_name(f".{kept.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.run.folder, draft, copy_function=_linked)
        put_in_place(draft, kept)


def kept_folder(run: PublishedRun, number: int) -> Path:
    """Where what a run replaced lies."""
    return run.folder.parent / "revisions" / run.folder.name / str(number)


def replaced_by(run: PublishedRun) -> tuple[RunManifest, ...]:
    """The manifests of what stood in a run's place before it, the oldest first."""
    folders = sorted(kept_folder(run, 0).parent.glob("[0-9]*"), key=lambda path: int(path.name))
    return tuple(read_run_manifest(folder)[0] for folder in folders if int(folder.name) < run.revision)


def _linked(source: str, target: str) -> None:
    """A second name for a file that never changes; a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
