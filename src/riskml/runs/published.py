"""A published run as its readers see it: its manifest, its tables, and which others there are.

Which runs were published the ledger says: what else lies among them, whatever its name, is none, and one whose folder
is gone is missing. Nothing is read that is not as it was published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from riskml.core.checked import checked_before
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import known_sha256
from riskml.core.ledger import NOTHING, Ledger
from riskml.core.remarks import remark
from riskml.core.workspace import Workspace, score_command
from riskml.engines.duckdb import parquet
from riskml.engines.keyed_parquet import rows_of_keys
from riskml.records.tables import Label
from riskml.runs.layout import bucket_part, run_place
from riskml.runs.run_manifest import MANIFEST, RunManifest, read_run_manifest
from riskml.schemes.notices import notice_of
from riskml.schemes.policy import Policy, read_policy

if TYPE_CHECKING:
    from riskml.runs.industries import IndustryModel
    from riskml.schemes.methods.method import Method

Hashes = tuple[tuple[str, str], ...]

READ_AT_ONCE = 8
"""Of how many runs a process keeps what was parsed of their policies and models, the last that were read."""

_GRADED = ("grade", "band", "score", "score_without_peer_rates", "rules")


@dataclass(frozen=True)
class PublishedRun:
    """One published run. Nothing in its folder ever changes: what is derived from it is written beside it."""

    folder: Path
    manifest: RunManifest

    @classmethod
    def of(cls, folder: Path, ledger: Ledger) -> PublishedRun:
        """The run published in a folder.

        Raises
        ------
        RunError
            Where its manifest is not valid (names the field), or is not the one that the ledger has.
        """
        manifest, content = read_run_manifest(folder)
        ledger.require(
            run_place(folder.parent.name, folder.name), hashlib.sha256(content).hexdigest(), folder / MANIFEST
        )
        return cls(folder, manifest)

    @property
    def as_of(self) -> date:
        """The run's as-of date."""
        return self.manifest.as_of

    @property
    def revision(self) -> int:
        """Which revision of the date's run it is; 0 where it is the first that was published."""
        return 0 if self.manifest.revision is None else self.manifest.revision.number

    @property
    def named(self) -> str:
        """What it is called where people read it: scheme, date, and which revision (r1, r2, …) where it is one."""
        return f"{self.scheme}/{self.as_of}" + (f" r{self.revision}" if self.revision else "")

    @property
    def notice(self) -> Label:
        """What every list and file made of it carries: the scheme's notice, which revision of its date it is, and what
        is to be known of its dates.
        """
        said = [notice_of(self.policy.scheme, self.as_of)]
        if self.revision:
            zh, en = (
                f"本结果是基准日{self.as_of}的第{self.revision}次更正。",
                f"This is revision {self.revision} of the run as of {self.as_of}.",
            )
            said.append(Label(zh, en))
        said += self.manifest.notes
        return Label("".join(one.zh for one in said), " ".join(one.en for one in said))

    @property
    def scheme(self) -> str:
        """The id of the scheme it grades under."""
        return self.manifest.scheme

    @property
    def grades(self) -> tuple[str, ...]:
        """The scheme's grades, from the mildest to the riskiest."""
        return tuple(self.manifest.grades)

    @property
    def model(self) -> str | None:
        """The digest of the model that scored it; None where the scheme adds points or counts."""
        return self.manifest.model

    @cached_property
    def policy(self) -> Policy:
        """The policy that it was made by, as the run carries it; a RunError where that is damaged."""
        self._carried_intact("policy/")
        return _policy(self.folder / "policy", self.manifest.policy, self._policy_hashes)

    @cached_property
    def method(self) -> Method:
        """The method that graded it, as the run carries it; a RunError where that is damaged."""
        self._carried_intact("model/")
        return _method(self.folder, self.manifest.policy, self._policy_hashes, self.manifest.model)

    @cached_property
    def industries(self) -> tuple[IndustryModel, ...]:
        """The local industries that it graded, by their models as the run carries them; a RunError where one is
        damaged.
        """
        from riskml.runs.carried import carried_industries

        self._carried_intact("industry_models/")
        return carried_industries(self.folder, self.policy, self.manifest)

    def parts(self, table: str) -> list[Path]:
        """The Parquet files of a published table, in order, each as it was published.

        Raises
        ------
        RunError
            Naming the first that is missing or was changed.
        """
        return [self._intact(name) for name in self._names(table)]

    def graded(self, enterprise_id: str, bucket: int) -> pa.Table | None:
        """An enterprise's one row of ``grades``: grade, band, score, score_without_peer_rates, rules; None where the
        run does not hold it.

        Parameters
        ----------
        bucket
            The enterprise's in the record store that the run was made of.
        """
        found = self._rows_of("grades", enterprise_id, bucket, ["enterprise_id", *_GRADED])
        return found if len(found) else None

    def rows(self, table: str, enterprise_id: str, bucket: int) -> list[dict[str, Any]]:
        """An enterprise's rows of a published table; `bucket` as `graded` has it."""
        found: list[dict[str, Any]] = self._rows_of(table, enterprise_id, bucket).to_pylist()
        return found

    def _rows_of(self, table: str, enterprise_id: str, bucket: int, columns: list[str] | None = None) -> pa.Table:
        own = bucket_part(table, bucket)
        # Spark divides its files otherwise: an enterprise may be in any.
        names = [own] if own in self.manifest.files else self._names(table)
        return pa.concat_tables(
            rows_of_keys(self._intact(name), self.manifest.files[name], "enterprise_id", [enterprise_id], columns)
            for name in names
        )

    def open_view(self, connection: duckdb.DuckDBPyConnection, table: str, view: str) -> None:
        """Create the temporary view `view` over a published table; raises as `parts`."""
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {parquet(self.parts(table))}")

    def altered(self) -> list[Path]:
        """Every file of the run that is missing or was changed, the pages for people among them, and every one that is
        too many.
        """
        files = self.manifest.files | self.manifest.carried | self.manifest.reports
        expected = {self.folder / name: digest for name, digest in files.items()}
        if self.manifest.report_sha256 is not None:
            expected[self.folder / "report.html"] = self.manifest.report_sha256
        present = {path for path in self.folder.rglob("*") if not path.is_dir()} - {self.folder / MANIFEST}
        changed = [path for path, digest in expected.items() if not path.is_file() or known_sha256(path) != digest]
        return sorted({*changed, *(present - set(expected))})

    def _names(self, table: str) -> list[str]:
        return sorted(name for name in self.manifest.files if name.split("/")[0] == table)

    @property
    def _policy_hashes(self) -> Hashes:
        """The hash of each file of the policy that it carries."""
        return tuple(sorted((name, held) for name, held in self.manifest.carried.items() if name.startswith("policy/")))

    def _carried_intact(self, folder: str) -> None:
        """Refuse what the run carries in a folder where it is missing or was changed."""
        for name in self.manifest.carried:
            if name.startswith(folder):
                self._intact(name)

    def _intact(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file() or known_sha256(path) != (self.manifest.files | self.manifest.carried)[name]:
            again = score_command(self.scheme, self.as_of)
            raise RunError(
                zh=f"{path} 缺失，或与 {MANIFEST} 中的校验值不符；请从备份恢复，或重新运行 {again}。",
                en=f"{path} is missing or differs from its hash in {MANIFEST}; restore it, or run '{again}' again.",
            )
        return path


@lru_cache(maxsize=READ_AT_ONCE)
def _policy(folder: Path, digest: str, _hashes: Hashes) -> Policy:
    """The policy with a digest that a run carries in a folder, seen to be intact. Of one digest there may be other
    texts, which differ in comments alone.
    """
    with checked_before():
        return read_policy(folder, digest)


@lru_cache(maxsize=READ_AT_ONCE)
def _method(run: Path, policy: str, hashes: Hashes, model: str | None) -> Method:
    """The method of a run, made of the policy and the model with these digests, both seen to be intact."""
    # Only here: who reads grades alone waits for none of a model's libraries.
    from riskml.runs.carried import carried_method

    with checked_before():
        method = carried_method(run, _policy(run / "policy", policy, hashes), model)
        _ = method.system  # within: it is parsed when it is first asked for
        return method


def published_days(workspace: Workspace, scheme: str) -> tuple[date, ...]:
    """The as-of dates of a scheme's published runs, oldest first; among them those that are missing, which
    `published_run` refuses.
    """
    of_scheme = run_place(scheme, "")
    places = {
        of.removeprefix(of_scheme): may_be
        for of, may_be in workspace.ledger.places().items()
        if of.startswith(of_scheme)
    }
    there = (day for day, may_be in places.items() if NOTHING not in may_be or (workspace.runs / scheme / day).is_dir())
    return tuple(sorted(map(date.fromisoformat, there)))


def latest_day(workspace: Workspace, scheme: str) -> date:
    """The as-of date of the newest published run of a scheme; a ConfigurationError where there is none."""
    if not (days := published_days(workspace, scheme)):
        raise ConfigurationError(
            zh=f"{workspace.runs / scheme} 中还没有已发布的结果；请先运行 {score_command(scheme)}。",
            en=f"There is no published run in {workspace.runs / scheme} yet; run '{score_command(scheme)}' first.",
        )
    return days[-1]


def published_run(workspace: Workspace, scheme: str, as_of: date) -> PublishedRun:
    """The run of a scheme at an as-of date.

    Raises
    ------
    ConfigurationError
        Where none was published; it lists those that were.
    RunError
        Where it is missing, or as `PublishedRun.of`.
    """
    folder = workspace.runs / scheme / as_of.isoformat()
    if not folder.is_dir():
        latest_day(workspace, scheme)
        found = published_days(workspace, scheme)
        if as_of in found:
            raise RunError(
                zh=f"总账记有基准日 {as_of} 的已发布结果，而 {folder} 不在了（被删除或改名）；请从备份恢复，或重新运行 "
                f"{score_command(scheme, as_of)}。",
                en=f"The ledger has a published run as of {as_of}, but {folder} is gone: deleted or renamed. Restore "
                "it from the backup, "
                f"or run '{score_command(scheme, as_of)}' again.",
            )
        raise ConfigurationError(
            zh=f"{workspace.runs / scheme} 中没有基准日为 {as_of} 的已发布结果；已有：{'、'.join(map(str, found))}。",
            en=f"There is no published run as of {as_of} in {workspace.runs / scheme}; there are "
            f"{', '.join(map(str, found))}.",
        )
    return PublishedRun.of(folder, workspace.ledger)


def published_runs(workspace: Workspace, scheme: str, *tables: str) -> tuple[PublishedRun, ...]:
    """Every published run of a scheme, oldest first; what is wrong with one that is left out is said on the terminal.

    Parameters
    ----------
    tables
        What will be read of each: one in which a part of these was changed is left out too.

    Raises
    ------
    ConfigurationError
        Where there is none.
    RunError
        Where none is as it was published.
    """
    latest_day(workspace, scheme)
    found: list[PublishedRun] = []
    wrong: list[RunError] = []
    for day in published_days(workspace, scheme):
        try:
            run = published_run(workspace, scheme, day)
            for table in tables:
                run.parts(table)
            found.append(run)
        except RunError as error:
            wrong.append(error)
    if not found:
        raise wrong[-1]
    for one in wrong:
        remark(one)
    return tuple(found)


def run_before(workspace: Workspace, scheme: str, as_of: date) -> PublishedRun:
    """The last published run before `as_of`; a ConfigurationError where it is the first."""
    latest_day(workspace, scheme)
    earlier = [day for day in published_days(workspace, scheme) if day < as_of]
    if not earlier:
        raise ConfigurationError(
            zh=f"{workspace.runs / scheme} 中没有早于 {as_of} 的已发布结果可比；请先为更早的基准日运行 "
            f"{score_command(scheme)}。",
            en=f"There is no published run before {as_of} in {workspace.runs / scheme} to compare with; "
            f"run '{score_command(scheme)}' with an earlier date first.",
        )
    return published_run(workspace, scheme, earlier[-1])
