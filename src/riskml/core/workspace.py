"""Where things are: one folder holds the indicators, schemes, sources, records, models and runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.core.errors import ConfigurationError
from riskml.core.ledger import LEDGER, Ledger
from riskml.core.validation import nearest

_SEPARATOR = "-"
"""Between a scheme and its local industry, in the name of a model."""


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
    def documents(self) -> Path:
        """The templates of documents."""
        return self.root / "documents"

    @property
    def mlruns(self) -> Path:
        """The MLflow store."""
        return self.root / "mlruns"

    @property
    def data(self) -> Path:
        """Everything received: records, quarantine, the ledger. Confidential, never committed."""
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
    def ledger(self) -> Ledger:
        """What was put in force and decided, when and by which account."""
        return Ledger(self.data / LEDGER)

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

    def model(self, name: str) -> Path:
        """The folder of a model: of a scheme's general one, or of a local industry's (see `model_name`)."""
        scheme, _, industry = name.partition(_SEPARATOR)
        return self.models / scheme / "industries" / industry if industry else self.models / scheme

    def bundle(self, model: str) -> Path:
        """The bundle of a model in use."""
        return self.model(model) / "bundle"

    def refuse_unknown(self, scheme: str, industry: str | None = None) -> None:
        """Refuse a scheme, or a local industry of it, that is not there; a ConfigurationError lists those that are."""
        path, known = self.models / scheme / "scheme.yaml", self.schemes
        if scheme not in known:
            zh, en = nearest(scheme, known)
            raise ConfigurationError(
                zh=f"没有分类办法 {scheme}（{path} 不存在）{zh or '，还没有任何办法'}。",
                en=f"There is no scheme {scheme!r}, since {path} does not exist{en or ', and no other scheme'}.",
            )
        if industry is not None and industry not in self.industries(scheme):
            path = self.models / scheme / "industries" / industry / "industry.yaml"
            zh, en = nearest(industry, self.industries(scheme))
            raise ConfigurationError(
                zh=f"办法 {scheme} 没有地方产业 {industry}（{path} 不存在）{zh or '，还没有任何产业'}。",
                en=f"Scheme {scheme} has no local industry {industry!r}, since {path} does not "
                f"exist{en or ', and no other industry'}.",
            )

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes there are, in the order of their names."""
        return tuple(sorted(path.parent.name for path in self.models.glob("*/scheme.yaml")))

    def industries(self, scheme: str) -> tuple[str, ...]:
        """The local industries of a scheme, in the order of their names."""
        return tuple(sorted(path.parent.name for path in (self.models / scheme / "industries").glob("*/industry.yaml")))


def model_name(scheme: str, industry: str | None) -> str:
    """What a model is called in the registry and the promotion log: by its scheme, or by its scheme and local industry.

    >>> model_name("yunnan", None), model_name("yunnan", "tourism")
    ('yunnan', 'yunnan-tourism')
    """
    return scheme if industry is None else f"{scheme}{_SEPARATOR}{industry}"


def model_options(name: str) -> str:
    """How a command is told of a model.

    >>> model_options("yunnan"), model_options("yunnan-tourism")
    ('--scheme yunnan', '--scheme yunnan --industry tourism')
    """
    scheme, _, industry = name.partition(_SEPARATOR)
    return f"--scheme {scheme}" + (f" --industry {industry}" if industry else "")


def score_command(scheme: str, as_of: date | str = "YYYY-MM-DD") -> str:
    """How a scheme is scored, for messages: whole, so that it can be run as it stands.

    >>> score_command("guandu", "2026-10-31")
    'riskml score --scheme guandu --as-of 2026-10-31'
    """
    return f"riskml score --scheme {scheme} --as-of {as_of}"


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
        zh=f"{start} 及其上级目录都不是工作区（缺少 features/ 和 models/）；请先运行 riskml init 目录，或用 "
        "--workspace 指明。",
        en=f"Neither {start} nor a folder above it is a workspace (features/ and models/ are missing); "
        "run 'riskml init DIR' or name one with --workspace.",
    )
