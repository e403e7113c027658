"""A study in MLflow: one run for the study, one nested run for each of its trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from riskml.training.search_space import Parameter
from riskml.training.tracking import experiment_id, mlflow_client
from riskml.training.tuning import Search, Trial

STUDY_TAG = "study"
PARENT_TAG = "mlflow.parentRunId"
"""The tag by which MLflow shows runs as nested."""


class StudyLog:
    """The observer of a study that logs every trial.

    Parameters
    ----------
    workspace
        The workspace's folder.
    experiment
        The scheme.
    study
        The study's name: a study that goes on finds its run again, and marks trials that were killed as failed.
    tags
        What the study is looked up by.
    on_trial
        Told of each trial that ended.
    """

    def __init__(
        self, workspace: Path, experiment: str, study: str, tags: Mapping[str, str], on_trial: Callable[[Trial], None]
    ) -> None:
        self.workspace, self.on_trial = workspace, on_trial
        with mlflow_client(workspace) as client:
            self.experiment = experiment_id(client, workspace, experiment)
            asked = f"tags.{STUDY_TAG} = '{study}'"
            found = [
                run
                for run in client.search_runs(
                    [self.experiment], asked, order_by=["attributes.start_time"], max_results=1000
                )
                if run.data.tags.get("kind") == "study"
            ]
            if not found:
                named = {STUDY_TAG: study, "kind": "study", **tags}
                found = [client.create_run(self.experiment, run_name=f"tuning {study}", tags=named)]
            self.run = str(found[0].info.run_id)
            client.update_run(self.run, status="RUNNING")
            nested = client.search_runs([self.experiment], f"tags.`{PARENT_TAG}` = '{self.run}'", max_results=50_000)
            for run in nested:
                if run.info.status == "RUNNING":
                    client.set_terminated(run.info.run_id, "FAILED")
        self.study = study

    def started(self, parameters: Mapping[str, Parameter]) -> str:
        """Open the trial's run."""
        from mlflow.entities import Param

        with mlflow_client(self.workspace) as client:
            tags = {PARENT_TAG: self.run, STUDY_TAG: self.study, "kind": "trial"}
            run = str(client.create_run(self.experiment, run_name="trial", tags=tags).info.run_id)
            client.log_batch(run, params=[Param(name, str(value)) for name, value in parameters.items()])
        return run

    def ended(self, run: str, trial: Trial) -> None:
        """Log what it found and close its run; the study's run shows the best value so far."""
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        with mlflow_client(self.workspace) as client:
            client.update_run(run, name=f"trial {trial.number:03d}")
            folds = [Metric("average_precision.fold", value, now, fold) for fold, value in enumerate(trial.folds, 1)]
            client.log_batch(run, metrics=[*folds, Metric("average_precision", trial.value, now, 0)])
            client.set_tag(run, "pruned", str(trial.pruned))
            client.set_terminated(run)
            client.log_metric(self.run, "average_precision.best", trial.best, step=trial.number)
        self.on_trial(trial)

    def close(self, found: Search) -> None:
        """Log the settings that were found and close the study's run."""
        with mlflow_client(self.workspace) as client:
            client.log_dict(
                self.run,
                {"trial": found.best.number, "value": found.best.value, "settings": dict(found.best.parameters)},
                "best.json",
            )
            client.log_metric(self.run, "trials", len(found.trials), step=len(found.trials))
            client.set_terminated(self.run)
