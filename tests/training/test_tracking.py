"""A training run in MLflow: complete, quiet, on this machine only."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from riskml.core.errors import RunError
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.peers import Peers
from riskml.training.tracking import log_training_run, tracking_uri


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("工作 区")


@pytest.fixture(scope="module")
def population():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(500, 3)), columns=["age_years", "penalty_count_365d", "投诉"])
    X.iloc[::7, 0] = np.nan
    return X, X["投诉"] + generator.normal(size=500) > 0


@pytest.fixture(scope="module")
def bundle_folder(workspace, population):
    X, y = population
    model = RiskClassifier(n_estimators=10).fit(X, y)
    shares = (0.4, 0.4, 0.15, 0.05)
    bundle = ModelBundle.of(
        model,
        ScoreMap.from_shares(model.margin(X), shares),
        system={"base.yaml": "dimension: base\n"},
        training="scheme: yunnan\n",
        peers=Peers.of(X, ["C"] * len(X)),
        facts={},
    )
    bundle.save(workspace / "model")
    return workspace / "model"


def log(workspace, bundle_folder, **changes):
    arguments = {
        "experiment": "yunnan",
        "run_name": "2026-10-31",
        "bundle_folder": bundle_folder,
        "parameters": {"num_leaves": 15, "scheme": "yunnan"},
        "metrics": {"auc": 0.71, "days_earlier": None},
        "figures": {"auc": {"value": 0.71, "low": 0.68, "high": 0.74}},
        "charts": {"calibration.svg": "<svg>校准</svg>"},
        "tags": {"data_sha256": "ab12", "specs_sha256": "cd34"},
    }
    return log_training_run(workspace, **(arguments | changes))


@pytest.fixture(scope="module")
def client(workspace):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri(workspace))


@pytest.fixture(scope="module")
def run_id(workspace, bundle_folder):
    return log(workspace, bundle_folder)


def test_run_holds_parameters_metrics_tags_figures_and_the_bundle(workspace, bundle_folder, run_id, client):
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"num_leaves": "15", "scheme": "yunnan"}
    assert run.data.metrics == {"auc": 0.71}
    assert {"data_sha256": "ab12", "specs_sha256": "cd34"}.items() <= run.data.tags.items()
    artifacts = workspace / "mlruns" / "artifacts" / run_id / "artifacts"
    assert json.loads((artifacts / "evaluation.json").read_text())["auc"]["value"] == 0.71
    assert (artifacts / "figures" / "calibration.svg").read_text(encoding="utf-8") == "<svg>校准</svg>"
    assert ModelBundle.load(artifacts / "bundle") == ModelBundle.load(bundle_folder)
    assert not [path for path in artifacts.rglob("*") if path.suffix in {".pkl", ".skops", ".cloudpickle"}]


def test_booster_loads_through_mlflow_and_takes_missing_values(workspace, bundle_folder, run_id, population, client):
    import mlflow

    X, _ = population
    model = mlflow.pyfunc.load_model(str(workspace / "mlruns" / "artifacts" / run_id / "artifacts" / "model"))
    assert model.metadata.signature.inputs.input_names() == list(X.columns)
    margin = ModelBundle.load(bundle_folder).margin(X)
    np.testing.assert_allclose(model.predict(X), 1 / (1 + np.exp(-margin)))


def test_second_run_joins_the_same_experiment(workspace, bundle_folder, run_id, client):
    second = log(workspace, bundle_folder)
    assert second != run_id
    assert client.get_run(second).info.experiment_id == client.get_run(run_id).info.experiment_id


def test_failed_logging_is_marked_and_raised(workspace, client):
    with pytest.raises(RunError, match="model-that-is-not-there"):
        log(workspace, workspace / "model-that-is-not-there", experiment="broken")
    experiment = client.get_experiment_by_name("broken")
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FAILED"]


def test_after_a_move_new_runs_lie_in_the_new_place(workspace, bundle_folder, run_id, client):
    elsewhere = client.create_experiment("moved", artifact_location="file:///somewhere/else")
    moved = log(workspace, bundle_folder, experiment="moved")
    assert client.get_run(moved).info.experiment_id != elsewhere
    assert (workspace / "mlruns" / "artifacts" / moved / "artifacts" / "bundle" / "booster.txt").exists()
    assert client.get_experiment(elsewhere).name.startswith("moved (file:///somewhere/else")


def test_unreadable_store_is_a_clear_error(tmp_path, bundle_folder):
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_text("not a database, but long enough to be read as one" * 50)
    with pytest.raises(RunError, match=r"mlflow\.db"):
        log(tmp_path, bundle_folder)


def test_importing_the_module_does_not_import_mlflow():
    code = "import sys, riskml.training.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
