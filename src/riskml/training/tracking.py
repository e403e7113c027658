"""A training run in the workspace's MLflow store: what went in, what came out, the model itself."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from riskml.core.errors import RunError
from riskml.core.files import sqlite_address
from riskml.core.principal import account
from riskml.training.bundle import ModelBundle

if TYPE_CHECKING:
    from mlflow import MlflowClient


def tracking_uri(workspace: Path) -> str:
    """Return the address of the workspace's MLflow store (a plain folder is refused since mlflow 3.17)."""
    return sqlite_address(workspace / "mlruns" / "mlflow.db")


@dataclass(frozen=True)
class LearntFrom:
    """The records that a model was trained on.

    Parameters
    ----------
    digest
        Of the record store.
    place
        Its folder.
    profile
        How many visits, and of which days.
    """

    digest: str
    place: Path
    profile: Mapping[str, object]


def log_training_run(
    workspace: Path,
    *,
    experiment: str,
    run_name: str,
    bundle_folder: Path,
    parameters: Mapping[str, object],
    metrics: Mapping[str, float | None],
    figures: Mapping[str, object],
    charts: Mapping[str, str],
    tags: Mapping[str, str],
    learnt_from: LearntFrom,
) -> str:
    """Log one training run; nothing leaves the machine, and nothing is pickled.

    Parameters
    ----------
    workspace
        The workspace's folder; the store is `mlruns/mlflow.db`, artifacts lie in `mlruns/artifacts`.
    experiment
        Runs are grouped under this name; the scheme's.
    run_name
        Shown in MLflow's list.
    bundle_folder
        A saved bundle. It is logged as `model/`, a model of MLflow that gives the published risk and score
        (`riskml.training.served`), with the bundle's own files among its data.
    parameters
        Settings of the model and the training.
    metrics
        Figures to sort runs by; those that could not be computed (None) are left out.
    figures
        The whole evaluation as JSON values; logged as `evaluation.json`.
    charts
        File name to SVG text; logged below `figures/`.
    tags
        Hashes of data, specs and scheme, dates, whatever a run is looked up by.
    learnt_from
        Which records it was trained on.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    RunError
        If the store cannot be opened or written.
    """
    with mlflow_client(workspace) as client:
        by = {"mlflow.source.name": "riskml train", "mlflow.source.type": "LOCAL", "mlflow.user": account()}
        run = client.create_run(experiment_id(client, workspace, experiment), run_name=run_name, tags={**by, **tags})
        run_id = str(run.info.run_id)
        try:
            _log_records(client, run_id, learnt_from)
            _log_values(client, run_id, parameters, metrics)
            client.log_text(run_id, json.dumps(figures, ensure_ascii=False, indent=1), "evaluation.json")
            for name, svg in charts.items():
                client.log_text(run_id, svg, f"figures/{name}")
            _log_model(client, run_id, bundle_folder)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return run_id


def logged_model(workspace: Path, run_id: str) -> Path:
    """Where the model of a run lies as MLflow has it, also in a workspace that was moved since: MLflow itself keeps
    absolute addresses.
    """
    return workspace / "mlruns" / "artifacts" / run_id / "artifacts" / "model"


def logged_bundle(workspace: Path, run_id: str) -> Path:
    """Where the bundle of a run lies."""
    model = logged_model(workspace, run_id)
    earlier = model.with_name("bundle")  # where it lay beside the trees alone
    return earlier if earlier.is_dir() else model / "data" / "bundle"


@contextmanager
def mlflow_client(workspace: Path) -> Iterator[MlflowClient]:
    """A client of the workspace's store, which is made where there is none.

    Raises
    ------
    RunError
        If the store cannot be opened or written.
    """
    # Read while mlflow is imported: a regulator's machine reports to nobody.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with _quiet():
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        (workspace / "mlruns" / "artifacts").mkdir(parents=True, exist_ok=True)
        try:
            yield MlflowClient(tracking_uri(workspace))
        except (MlflowException, SQLAlchemyError) as error:
            store = workspace / "mlruns" / "mlflow.db"
            reason = str(error).partition("\n")[0]
            raise RunError(
                zh=f"无法读写 MLflow 记录 {store}：{reason}",
                en=f"The MLflow store {store} could not be read or written: {reason}",
            ) from error


def experiment_id(client: MlflowClient, workspace: Path, name: str) -> str:
    """Id of the experiment whose artifacts lie in this workspace."""
    location = (workspace / "mlruns" / "artifacts").resolve().as_uri()
    found = client.get_experiment_by_name(name)
    if found is not None and found.artifact_location == location:
        return str(found.experiment_id)
    if found is not None:
        # MLflow keeps absolute addresses: in a workspace that was moved, older runs keep theirs.
        client.rename_experiment(found.experiment_id, f"{name} ({found.artifact_location}, {found.experiment_id})")
    return str(client.create_experiment(name, artifact_location=location))


def _log_values(
    client: MlflowClient, run_id: str, parameters: Mapping[str, object], metrics: Mapping[str, float | None]
) -> None:
    from mlflow.entities import Metric, Param

    now = time.time_ns() // 1_000_000
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in metrics.items() if value is not None],
        params=[Param(name, str(value)) for name, value in parameters.items()],
    )


def _log_records(client: MlflowClient, run_id: str, learnt_from: LearntFrom) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    records = Dataset(
        name="records",
        digest=learnt_from.digest[:36],  # no more is kept
        source_type="local",
        source=json.dumps({"uri": learnt_from.place.resolve().as_uri()}),
        profile=json.dumps(learnt_from.profile, ensure_ascii=False),
    )
    client.log_inputs(run_id, [DatasetInput(records, [InputTag("mlflow.data.context", "training")])])


def _log_model(client: MlflowClient, run_id: str, bundle_folder: Path) -> None:
    from riskml.training.served import FILES, save_served

    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / FILES
        ModelBundle.load(bundle_folder).save(named)
        save_served(named, Path(folder) / "model")
        client.log_artifacts(run_id, str(Path(folder) / "model"), "model")


@contextmanager
def _quiet() -> Iterator[None]:
    # Importing mlflow sets the levels of its own loggers, and its migrations theirs: only this switch holds for all.
    before = logging.root.manager.disable
    logging.disable(max(before, logging.INFO))
    try:
        yield
    finally:
        logging.disable(before)
