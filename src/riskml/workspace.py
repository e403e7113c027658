"""Where things are: one folder holds the indicators, schemes, sources, records, models and runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskml.errors import ConfigurationError


@dataclass(frozen=True)
class Workspace:
    """The folders of one province's installation, all below `root`."""

    root: Path

    @property
    def features(self) -> Path:
        """The indicator system's YAML files."""
        return self.root / "features"

    @property
    def models(self) -> Path:
        """One folder per scheme."""
        return self.root / "models"

    @property
    def sources(self) -> Path:
        """One folder per data source."""
        return self.root / "sources"

    @property
    def mlruns(self) -> Path:
        """The MLflow store."""
        return self.root / "mlruns"

    @property
    def data(self) -> Path:
        """Everything received: records, quarantine, decisions. Confidential, never committed."""
        return self.root / "data"

    @property
    def records(self) -> Path:
        """The record store."""
        return self.data / "records"

    @property
    def quarantine(self) -> Path:
        """The rows that were not accepted, with their reasons."""
        return self.data / "quarantine"

    @property
    def decisions(self) -> Path:
        """The officers' decisions, one JSON object a line."""
        return self.data / "decisions.jsonl"

    @property
    def spill(self) -> Path:
        """Temporary data of the engine."""
        return self.data / "spill"

    @property
    def logs(self) -> Path:
        """What each command did, without personal data."""
        return self.data / "logs"

    @property
    def runs(self) -> Path:
        """Published runs."""
        return self.root / "runs"

    def promotions(self, scheme: str) -> Path:
        """Which model of `scheme` took whose place, one JSON object a line."""
        return self.data / "promotions" / f"{scheme}.jsonl"

    def bundle(self, scheme: str) -> Path:
        """The model bundle that grades under `scheme`."""
        return self.models / scheme / "bundle"


def find_workspace(start: Path) -> Workspace:
    """The workspace that `start` lies in: the nearest folder upwards with features/ and models/.

    Raises
    ------
    ConfigurationError
        Where no such folder exists.
    """
    for folder in (start, *start.parents):
        if (folder / "features").is_dir() and (folder / "models").is_dir():
            return Workspace(folder)
    raise ConfigurationError(
        zh=f"{start} 及其上级目录都不是工作区（缺少 features/ 和 models/）；请先运行 riskml init 目录，或用 --workspace 指明。",
        en=f"Neither {start} nor a folder above it is a workspace (features/ and models/ are missing); "
        "run 'riskml init DIR' or name one with --workspace.",
    )
