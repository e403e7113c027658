"""The model folder: whole, verified, without unpickling, and the same numbers after loading."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskml.core.errors import RunError
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.peers import PeerGroup, Peers


@pytest.fixture(scope="module")
def population():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "penalty_count_365d": generator.poisson(0.5, 3000).astype(float),
            "age_years": generator.gamma(2, 4, 3000),
            "never_known": np.nan,
        }
    )
    X.loc[::5, "age_years"] = np.nan
    return X, generator.random(3000) < expit(X["penalty_count_365d"] - 2)


@pytest.fixture(scope="module")
def bundle(population):
    X, y = population
    model = RiskClassifier(n_estimators=40, monotone_constraints={"penalty_count_365d": 1})
    model.fit(X[:2000], y[:2000]).calibrate(X[2000:], y[2000:])
    return ModelBundle.of(
        model,
        ScoreMap.from_shares(model.calibration_.log_odds(model.margin(X)), (0.4, 0.4, 0.15, 0.05)),
        system={
            "supervision.yaml": "dimension: supervision\nlabel: {zh: 监管信息}\n",
            "overlays/food/extra.yaml": "a: 1\n",
        },
        training="scheme: yunnan\ncohort: {per: month}\n",
        peers=Peers.of(X, np.where(np.arange(3000) % 3 == 0, "C", "F")),
        facts={"as_of": "2026-10-31", "auc": 0.71, "样本": 2000},
    )


@pytest.fixture
def folder(bundle, tmp_path):
    bundle.save(tmp_path / "模型")
    return tmp_path / "模型"


def test_loading_gives_the_same_bundle_and_the_same_numbers(bundle, folder, population):
    X, _ = population
    again = ModelBundle.load(folder)
    assert again == bundle
    assert again.digest == bundle.digest
    margin = bundle.margin(X)
    np.testing.assert_array_equal(again.margin(X), margin)
    np.testing.assert_array_equal(again.contributions(X), bundle.contributions(X))
    np.testing.assert_array_equal(again.score(margin), bundle.score(margin))


def test_the_same_bundle_gives_the_same_bytes(bundle, folder, tmp_path):
    ModelBundle.load(folder).save(tmp_path / "again")
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes()


def test_base_and_contributions_add_up_to_the_margin(bundle, population):
    X, _ = population
    contributions = bundle.contributions(X)
    assert (contributions[:, -1] == bundle.base_margin).all()
    np.testing.assert_allclose(bundle.base_margin + contributions[:, :-1].sum(axis=1), bundle.margin(X), atol=1e-6)


def test_contributions_that_are_not_lightgbms_are_refused_by_name(bundle, population):
    values = population[0].to_numpy()
    contributions = bundle.contributions(values)
    bundle.check_contributions(values, contributions)
    bundle.check_contributions(values[:0], contributions[:0])
    contributions[-1, 1] += 1e-6
    with pytest.raises(RunError, match="age_years"):
        bundle.check_contributions(values, contributions)


def test_margins_equal_the_classifiers_in_any_column_order_and_type(bundle, population):
    X, _ = population
    shuffled = X[["age_years", "never_known", "penalty_count_365d"]].assign(enterprise_id="x")
    np.testing.assert_array_equal(bundle.margin(shuffled), bundle.margin(X.to_numpy()))
    nullable = X.assign(penalty_count_365d=X["penalty_count_365d"].astype("Int64"))
    np.testing.assert_array_equal(bundle.margin(nullable), bundle.margin(X))


def test_risk_and_score_rise_with_the_margin(bundle):
    margin = np.linspace(-8, 8, 500)
    assert (np.diff(bundle.risk(margin)) > 0).all()
    score = bundle.score(margin)
    assert (np.diff(score) > 0).all()
    assert 0 < score[0] < score[-1] < 1000


def test_a_missing_column_is_named(bundle, population):
    with pytest.raises(RunError, match=r"lacks .*age_years"):
        bundle.margin(population[0].drop(columns="age_years"))


def test_folder_holds_text_only_and_what_was_given_verbatim(bundle, folder):
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == [
        "booster.txt",
        "bundle.json",
        "checksums.json",
        "indicators/overlays/food/extra.yaml",
        "indicators/supervision.yaml",
        "peers.json",
        "training.yaml",
    ]
    assert (folder / "indicators/supervision.yaml").read_text(encoding="utf-8") == bundle.system_yaml[
        "supervision.yaml"
    ]
    facts = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["facts"]
    assert facts["样本"] == 2000
    assert "lightgbm" in facts["libraries"]


@pytest.mark.parametrize(
    "name", ["booster.txt", "bundle.json", "peers.json", "indicators/supervision.yaml", "training.yaml"]
)
def test_a_changed_file_is_named(folder, name):
    (folder / name).write_text((folder / name).read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(RunError, match=name):
        ModelBundle.load(folder)


@pytest.mark.parametrize("text", ["{}", "[]", "[" * 100_000, '{"schema_version": 1, "schema_version": 1}'])
@pytest.mark.parametrize("name", ["bundle.json", "peers.json"])
def test_a_file_of_another_content_is_named_though_its_checksum_agrees(folder, name, text):
    (folder / name).write_text(text)
    checksums = json.loads((folder / "checksums.json").read_bytes())
    (folder / "checksums.json").write_text(json.dumps({**checksums, name: hashlib.sha256(text.encode()).hexdigest()}))
    with pytest.raises(RunError, match=str(folder)):
        ModelBundle.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000])
def test_a_list_of_checksums_that_is_none_is_named(folder, text):
    (folder / "checksums.json").write_text(text)
    with pytest.raises(RunError, match=r"checksums\.json"):
        ModelBundle.load(folder)


def test_a_missing_and_an_unknown_file_are_named(folder):
    (folder / "extra.pkl").write_bytes(b"")
    with pytest.raises(RunError, match=r"extra\.pkl"):
        ModelBundle.load(folder)
    (folder / "extra.pkl").unlink()
    (folder / "training.yaml").unlink()
    with pytest.raises(RunError, match=r"training\.yaml"):
        ModelBundle.load(folder)


def test_a_folder_that_is_no_bundle_is_named(tmp_path):
    with pytest.raises(RunError, match="nowhere"):
        ModelBundle.load(tmp_path / "nowhere")


def test_another_schema_version_is_refused(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr("riskml.training.bundle.SCHEMA_VERSION", 99)
    bundle.save(tmp_path / "future")
    monkeypatch.undo()
    with pytest.raises(RunError, match="99"):
        ModelBundle.load(tmp_path / "future")


def test_an_existing_folder_is_not_overwritten_and_nothing_half_written_stays(bundle, folder):
    before = (folder / "bundle.json").stat().st_mtime_ns
    with pytest.raises(RunError, match="exists"):
        bundle.save(folder)
    assert (folder / "bundle.json").stat().st_mtime_ns == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_remains_of_a_killed_save_do_not_get_in(bundle, tmp_path):
    remains = tmp_path / ".model.partial"
    remains.mkdir()
    (remains / "junk").write_text("x")
    bundle.save(tmp_path / "model")
    assert ModelBundle.load(tmp_path / "model") == bundle


@pytest.mark.parametrize("name", ["../scheme.yaml", "/etc/x.yaml"])
def test_indicator_files_cannot_leave_the_folder(bundle, tmp_path, name):
    from dataclasses import replace

    with pytest.raises(ValueError, match="relative"):
        replace(bundle, system_yaml={name: "a: 1"}).save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_peers_are_medians_by_group_and_none_where_nothing_is_known(bundle, population):
    X, _ = population
    assert set(bundle.peers.groups) == {"C", "F"}
    manufacturing = bundle.peers.groups["C"]
    assert manufacturing.enterprises == 1000
    assert manufacturing.typical["age_years"] == X["age_years"][::3].median()
    assert bundle.peers.overall.typical["never_known"] is None
    assert Peers.from_dict(json.loads(json.dumps(bundle.peers.to_dict()))) == bundle.peers


def test_enterprises_without_a_group_count_overall_only():
    X = pd.DataFrame({"age_years": [1.0, 2.0, 9.0]})
    peers = Peers.of(X, ["C", None, "C"])
    assert peers.overall == PeerGroup(3, {"age_years": 2.0})
    assert peers.groups == {"C": PeerGroup(2, {"age_years": 5.0})}
