"""The registered versions of a scheme's model: MLflow's registry, with the aliases champion and challenger.

What is registered is the model of a training run as MLflow loads it (`riskml.training.served`), with the bundle's text
files among its data. Nothing is unpickled in loading one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskml.core.china_day import CHINA
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label, Language
from riskml.core.ledger import NOTHING
from riskml.core.workspace import Workspace
from riskml.training.bundle import ModelBundle
from riskml.training.model import in_use
from riskml.training.tracking import logged_bundle, logged_model, mlflow_client

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER = "champion", "challenger"
"""The version that grades, and the newest that was trained to take its place."""

ALIAS_LABELS = {CHAMPION: Label("现用", "in use"), CHALLENGER: Label("挑战者", "challenger")}


@dataclass(frozen=True)
class Version:
    """One registered version.

    Parameters
    ----------
    number
        Counted from 1 for each scheme.
    bundle
        The digest of its bundle: what a published run's manifest names.
    run_id
        The training run in MLflow.
    aliases
        Any of `CHAMPION`, `CHALLENGER`.
    registered
        When, in China's time.
    as_of
        The training date.
    """

    number: int
    bundle: str
    run_id: str
    aliases: tuple[str, ...]
    registered: datetime
    as_of: str
    simulated: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "aliases": list(self.aliases), "registered": self.registered.isoformat()}


class Registry:
    """The versions of one scheme's model.

    Parameters
    ----------
    workspace
        The workspace's folder.
    scheme
        Name of the registered model.
    """

    def __init__(self, workspace: Path, scheme: str) -> None:
        self.workspace, self.scheme = workspace, scheme
        self.ledger = Workspace(workspace).ledger

    def register(self, run_id: str, bundle: ModelBundle) -> Version:
        """Register the bundle that a run logged, as the challenger; the ledger has it first."""
        self.ledger.append("model", {"model": self.scheme, "bundle": bundle.digest, "run_id": run_id})
        with mlflow_client(self.workspace) as client:
            if not self._known(client):
                client.create_registered_model(self.scheme, description=f"riskml {self.scheme}")
            tags = {
                "bundle": bundle.digest,
                "as_of": str(bundle.facts["as_of"]),
                "simulated": str(bundle.facts["simulated"]),
            }
            source = logged_model(self.workspace, run_id).resolve().as_uri()
            made = client.create_model_version(
                self.scheme, source, run_id, tags=tags, description=bundle.cards.get(Language.zh, "")
            )
            client.set_registered_model_alias(self.scheme, CHALLENGER, made.version)
        return self.version(int(made.version))

    def versions(self) -> tuple[Version, ...]:
        """Every version, oldest first; none where nothing was registered yet."""
        if not (self.workspace / "mlruns" / "mlflow.db").exists():
            return ()
        with mlflow_client(self.workspace) as client:
            known = self._known(client)
            if not known:
                return ()
            found = []
            page = client.search_model_versions(f"name = '{self.scheme}'", max_results=200)
            found.extend(page)
            while page.token:
                page = client.search_model_versions(f"name = '{self.scheme}'", max_results=200, page_token=page.token)
                found.extend(page)
            aliases = {alias: int(number) for alias, number in client.get_registered_model(self.scheme).aliases.items()}
        return tuple(sorted((_version(one, aliases) for one in found), key=lambda version: version.number))

    def version(self, number: int) -> Version:
        """One version; a ConfigurationError lists those there are."""
        versions = {one.number: one for one in self.versions()}
        if number not in versions:
            listed = ", ".join(map(str, versions)) or "–"
            raise ConfigurationError(
                zh=f"{self.scheme} 没有版本 {number}；已登记：{listed}。用 riskml models 查看。",
                en=f"{self.scheme} has no version {number}; registered are {listed}. 'riskml models' lists them.",
            )
        return versions[number]

    def with_alias(self, alias: str) -> Version | None:
        """The version that has an alias."""
        return next((one for one in self.versions() if alias in one.aliases), None)

    def with_bundle(self, digest: str) -> Version | None:
        """The version whose bundle has a digest; of several trainings that gave the same bundle the first."""
        return next((one for one in self.versions() if one.bundle == digest), None)

    def load(self, version: Version) -> ModelBundle:
        """The version's bundle; raises as `bundle` does."""
        return self.bundle(version.run_id, version.bundle)

    def bundle(self, run_id: str, digest: str) -> ModelBundle:
        """The bundle that a run logged, verified file by file, as a whole, and against the ledger.

        Raises
        ------
        RunError
            Where it is not there any more, or not what was registered.
        """
        folder = logged_bundle(self.workspace, run_id)
        bundle = ModelBundle.load(folder)
        if bundle.digest != digest or digest not in self.registered():
            raise RunError(
                zh=f"{folder} 不是登记时的模型：校验值 {bundle.digest[:12]}，总账和登记处没有它，或记的是 "
                f"{digest[:12]}；请从备份恢复 mlruns/。",
                en=f"{folder} is not what was registered: its digest is {bundle.digest[:12]}, which the ledger does "
                "not have or which should be "
                f"{digest[:12]}; restore mlruns/ from the backup.",
            )
        return bundle

    def registered(self) -> dict[str, str]:
        """Digest of every bundle that was registered, as the ledger has them → the MLflow run that logged it."""
        lines = [line.content for line in self.ledger.lines("model")]
        return {str(one.get("bundle")): str(one.get("run_id")) for one in lines if one.get("model") == self.scheme}

    def make_champion(self, version: Version) -> None:
        """Give it the alias; where it was the challenger there is none any more."""
        with mlflow_client(self.workspace) as client:
            client.set_registered_model_alias(self.scheme, CHAMPION, str(version.number))
            if CHALLENGER in version.aliases:
                client.delete_registered_model_alias(self.scheme, CHALLENGER)

    def astray(self) -> RunError | None:
        """What is wrong where MLflow's champion is not the model that grades, as when somebody moved the alias by hand;
        None where it is, and where nothing is registered.
        """
        versions, grading = self.versions(), self.ledger.accepted(in_use(self.scheme))
        champion = next((one for one in versions if CHAMPION in one.aliases), None)
        if not versions or (champion.bundle if champion else NOTHING) in grading:
            return None
        meant = next((one for one in versions if one.bundle == grading[-1]), None)
        zh, en = "没有指向任何版本", "at no version"
        if champion is not None:
            zh, en = f"指向版本 {champion.number}", f"at version {champion.number}"
        used = f"{meant.number} ({grading[-1][:12]})" if meant else grading[-1][:12]
        return RunError(
            zh=f"MLflow 中 {self.scheme} 的别名 champion {zh}，而分类用的是版本 {used}：别名不经 riskml promote "
            f"被改动过。models:/{self.scheme}@champion 给出的不是现用的模型；请在 MLflow 中改回，或用 riskml promote "
            "比较、启用。",
            en=f"In MLflow the alias champion of {self.scheme} is {en}, but version {used} grades: the alias was "
            f"moved without riskml promote, and models:/{self.scheme}@champion is not the model in use. Move it back "
            "in MLflow, or compare and put to use with riskml promote.",
        )

    def _known(self, client: MlflowClient) -> bool:
        return bool(client.search_registered_models(f"name = '{self.scheme}'"))


def _version(found: ModelVersion, aliases: Mapping[str, int]) -> Version:
    number = int(found.version)
    return Version(
        number=number,
        bundle=found.tags["bundle"],
        run_id=str(found.run_id),
        aliases=tuple(sorted(alias for alias, of in aliases.items() if of == number)),
        registered=datetime.fromtimestamp(found.creation_timestamp / 1000, CHINA),
        as_of=found.tags["as_of"],
        simulated=found.tags["simulated"] == "True",
    )
