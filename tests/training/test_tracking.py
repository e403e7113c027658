"""A training run in MLflow: complete, quiet, on this machine only."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from riskml.core.errors import RunError
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.kept import kept_classifier
from riskml.training.peers import Peers
from riskml.training.registry import Registry
from riskml.training.tracking import LearntFrom, log_training_run, logged_bundle, tracking_uri


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
    return saved(RiskClassifier(n_estimators=10).fit(X, y), X, workspace / "model")


@pytest.fixture(scope="module")
def own_folder(workspace, population):
    """The bundle of an analyst's own estimator."""
    X, y = population
    return saved(kept_classifier(RandomForestClassifier(10, random_state=0).fit(X, y), X), X, workspace / "own")


def saved(model, X, folder):
    shares = (0.4, 0.4, 0.15, 0.05)
    bundle = ModelBundle.of(
        model,
        ScoreMap.from_shares(model.margin(X), shares),
        system={"base.yaml": "dimension: base\n"},
        training="scheme: yunnan\n",
        peers=Peers.of(X, ["C"] * len(X)),
        facts={"as_of": "2026-10-31", "simulated": True},
    )
    bundle.save(folder)
    return folder


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
        "learnt_from": LearntFrom("ab12" * 16, workspace / "data" / "records", {"learn": {"visits": 90}}),
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
    assert ModelBundle.load(logged_bundle(workspace, run_id)) == ModelBundle.load(bundle_folder)
    (learnt_from,) = run.inputs.dataset_inputs
    assert (learnt_from.dataset.digest, learnt_from.tags[0].value) == (("ab12" * 16)[:36], "training")
    assert run.data.tags["mlflow.source.name"] == "riskml train"
    assert not [path for path in artifacts.rglob("*") if path.suffix in {".pkl", ".skops", ".cloudpickle"}]


@pytest.fixture(scope="module")
def registered(workspace, bundle_folder, run_id):
    """The address of a registered version, by its alias."""
    Registry(workspace, "yunnan").register(run_id, ModelBundle.load(bundle_folder))
    return "models:/yunnan@challenger"


def test_the_registered_model_gives_risk_and_score_and_its_input_is_nobodys(
    workspace, bundle_folder, registered, population, monkeypatch
):
    import mlflow

    monkeypatch.setattr("pickle.load", None)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(tracking_uri(workspace))
    try:
        model = mlflow.pyfunc.load_model(registered)
    finally:
        mlflow.set_tracking_uri(before)
    X, _ = population
    bundle = ModelBundle.load(bundle_folder)
    assert model.metadata.signature.inputs.input_names() == list(X.columns)
    assert (model.input_example.to_numpy() == 0).all()
    found = model.predict(X)
    np.testing.assert_allclose(found["risk"], bundle.risk(bundle.margin(X)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["score"], bundle.score(bundle.margin(X)), rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def registered_own(workspace, own_folder):
    Registry(workspace, "own").register(log(workspace, own_folder, experiment="own"), ModelBundle.load(own_folder))
    return "models:/own@challenger"


@pytest.mark.long  # starts a server
@pytest.mark.parametrize(("folder", "address"), [("bundle_folder", "registered"), ("own_folder", "registered_own")])
def test_the_served_model_answers_with_the_same_risk(workspace, folder, address, population, request):
    bundle, address = ModelBundle.load(request.getfixturevalue(folder)), request.getfixturevalue(address)
    X, _ = population
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "MLFLOW_TRACKING_URI": tracking_uri(workspace),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    serve = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", address]
    where = ["--host", "127.0.0.1", "--port", str(port), "--env-manager", "local", "--workers", "1"]
    server = subprocess.Popen(
        [*serve, *where], env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        asked = json.dumps({"dataframe_split": json.loads(X.head(50).to_json(orient="split", double_precision=15))})
        question = Request(f"http://127.0.0.1:{port}/invocations", asked.encode(), {"Content-Type": "application/json"})
        answer = json.loads(answered(question, server))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    risks = [one["risk"] for one in answer["predictions"]]
    np.testing.assert_allclose(risks, bundle.risk(bundle.margin(X.head(50))), rtol=0, atol=1e-9)


def answered(request, server):
    """What the server answers once it listens."""
    while server.poll() is None:
        try:
            return urlopen(request, timeout=60).read()
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        except URLError:
            time.sleep(0.2)
    raise AssertionError(server.stdout.read().decode())


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
    assert (logged_bundle(workspace, moved) / "booster.txt").exists()
    assert client.get_experiment(elsewhere).name.startswith("moved (file:///somewhere/else")


def test_unreadable_store_is_a_clear_error(tmp_path, bundle_folder):
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_text("not a database, but long enough to be read as one" * 50)
    with pytest.raises(RunError, match=r"mlflow\.db"):
        log(tmp_path, bundle_folder)


def test_importing_the_module_does_not_import_mlflow():
    code = "import sys, riskml.training.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
