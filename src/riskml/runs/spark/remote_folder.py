"""A run's folder on a Hadoop-style path, and how it appears whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.core.errors import RunError
from riskml.engines.hadoop import FileSystem
from riskml.runs.run_manifest import MANIFEST


@dataclass(frozen=True)
class RemoteFolder:
    """The folder of one run of a scheme at an as-of date.

    Where a folder can be renamed in one step the run is made beside its place. Elsewhere (object stores) it is made in
    its place and the manifest comes last: a folder without a manifest is no run.

    Parameters
    ----------
    runs
        The URI of the folder of all runs.
    """

    files: FileSystem
    runs: str
    scheme: str
    as_of: date

    @property
    def published(self) -> str:
        """Where readers find the run."""
        return f"{self.runs}/{self.scheme}/{self.as_of.isoformat()}"

    @property
    def draft(self) -> str:
        """Where it is made."""
        return self._beside("draft") if self.files.renames else self.published

    @property
    def work(self) -> str:
        """Where what is computed on the way is kept."""
        return self._beside("work")

    def begin(self) -> None:
        """Clear away what an attempt that died left behind.

        Raises
        ------
        RunError
            Where a run is published already that could not be replaced in one step.
        """
        if not self.files.renames and self.files.exists(f"{self.published}/{MANIFEST}"):
            raise RunError(
                zh=f"{self.published} 已经发布，而该存储不能一步替换整个文件夹；请先移走它，或用 --to 另指位置。",
                en=f"{self.published} is published already, and its storage cannot replace a folder in one step: move "
                "it away first, "
                "or name another place with --to.",
            )
        self.files.delete(self.draft)
        self.files.delete(self.work)

    def publish(self, manifest: bytes) -> None:
        """Put the draft in its place; a run that stood there stays readable until the new one does."""
        self.files.write(f"{self.draft}/{MANIFEST}", manifest)
        if not self.files.renames:
            return
        replaced = self._beside("replaced")
        self.files.delete(replaced)
        if self.files.exists(self.published):
            self._rename(self.published, replaced)
        self._rename(self.draft, self.published)
        self.files.delete(replaced)

    def _rename(self, uri: str, to: str) -> None:
        if not self.files.rename(uri, to):
            raise RunError(zh=f"{uri} 不能改名为 {to}。", en=f"{uri} could not be renamed to {to}.")

    def _beside(self, what: str) -> str:
        return f"{self.runs}/{self.scheme}/.{self.as_of.isoformat()}.{what}"
