"""A file of somebody else's: nothing in it runs, and no tree in it leads out of itself."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder
from sklearn.svm import SVC, NuSVC

from riskml.core.errors import ConfigurationError, RunError
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.kept import kept_classifier
from riskml.training.peers import Peers
from riskml.training.predictors import trusted
from riskml.training.predictors.trusted import read, untrusted_types, written

X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=["a", "b", "c"])
Y = (X["a"] + X["b"] * X["c"] > 0).astype(int).to_numpy()


def rewritten(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A file of skops with its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        files = {name: given.read(name) for name in given.namelist()}
    change(files)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as zipped:
        for name, part in files.items():
            zipped.writestr(name, part)
    return result.getvalue()


def in_place_of_nodes(content: bytes, change: Callable[[np.ndarray], None]) -> bytes:
    """The same with the nodes of its first tree changed."""

    def changed(files: dict[str, bytes]) -> None:
        for name, part in files.items():
            if name.endswith(".npy"):
                nodes = np.load(io.BytesIO(part), allow_pickle=False)
                if nodes.dtype.names and "left_child" in nodes.dtype.names:
                    change(nodes)
                    told = io.BytesIO()
                    np.save(told, nodes)
                    files[name] = told.getvalue()
                    return
        raise AssertionError("no tree")

    return rewritten(content, changed)


def out(name: str, value: int) -> Callable[[np.ndarray], None]:
    def change(nodes: np.ndarray) -> None:
        nodes[name][0] = value

    return change


TREES = [
    RandomForestClassifier(3, max_depth=3, random_state=0),
    GradientBoostingClassifier(n_estimators=3, random_state=0),
    make_pipeline(SimpleImputer(), BaggingClassifier(n_estimators=2, max_features=2, random_state=0)),
]


@pytest.mark.parametrize("estimator", TREES, ids=["forest", "boosting", "bagging"])
@pytest.mark.parametrize(
    "change",
    [out("left_child", 10**6), out("right_child", -7), out("left_child", 0), out("feature", 3), out("feature", -5)],
    ids=["left", "right", "circle", "column", "before the first"],
)
def test_a_tree_that_leads_out_of_itself_is_never_asked(estimator: Any, change: Callable[[np.ndarray], None]) -> None:
    content = written(estimator.fit(X, Y))
    assert (read(content).predict(X) == estimator.predict(X)).all()
    with pytest.raises(RunError, match="lead out of it"):
        read(in_place_of_nodes(content, change))


def test_a_forest_that_does_not_say_how_many_columns_it_has_is_never_asked() -> None:
    """scikit-learn would then hand any row to its trees."""

    def silent(files: dict[str, bytes]) -> None:
        schema = json.loads(files["schema.json"])
        del schema["content"]["content"]["n_features_in_"]
        files["schema.json"] = json.dumps(schema).encode()

    with pytest.raises(RunError, match="columns that are not there"):
        read(rewritten(written(TREES[0].fit(X, Y)), silent))


def test_what_has_to_be_checked_and_is_not_found_is_refused() -> None:
    """A random generator beside what skops makes of the file."""

    def hidden(files: dict[str, bytes]) -> None:
        schema = json.loads(files["schema.json"])
        schema["beside"] = {"__module__": "numpy.random.mtrand", "__class__": "RandomState", "__id__": 1_000_000}
        files["schema.json"] = json.dumps(schema).encode()

    with pytest.raises(RunError, match="names 1 object that has to be checked, of which 0 were found"):
        read(rewritten(written(LogisticRegression().fit(X, Y)), hidden))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fitted = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression()).fit(X, Y)
    own = kept_classifier(fitted, X).calibrate(X, Y)
    bundle = ModelBundle.of(
        own,
        ScoreMap.from_shares(own.margin(X), (0.4, 0.4, 0.15, 0.05)),
        system={"base.yaml": "dimension: base\n"}, training="scheme: yunnan\n",
        peers=Peers.of(X, ["C"] * len(X)), facts={"as_of": "2026-10-31"},
    )  # fmt: skip
    bundle.save(tmp_path / "model")
    assert ModelBundle.load(tmp_path / "model") == bundle
    assert {"skops", "scikit-learn"} <= set(bundle.facts["libraries"])
    return tmp_path / "model"


def exchanged(folder: Path, content: bytes, name: str = "estimator.skops") -> None:
    """`content` in the place of the estimator, with its right checksum."""
    (folder / name).write_bytes(content)
    checksums = json.loads((folder / "checksums.json").read_bytes())
    checksums[name] = hashlib.sha256(content).hexdigest()
    (folder / "checksums.json").write_text(json.dumps(checksums))


def test_a_changed_estimator_is_refused_by_its_checksum(folder: Path) -> None:
    content = (folder / "estimator.skops").read_bytes()
    (folder / "estimator.skops").write_bytes(content[:-1] + b"\1")
    with pytest.raises(RunError, match=r"estimator\.skops does not match"):
        ModelBundle.load(folder)


def test_code_in_a_file_with_right_checksums_never_runs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that leaves a trace when it is imported, and a call that leaves one when it is made."""
    trace = tmp_path / "ran"
    (tmp_path / "planted.py").write_text(f"open({str(trace)!r}, 'w')\nclass Model: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def planted(module: str, name: str) -> bytes:
        def change(files: dict[str, bytes]) -> None:
            schema = json.loads(files["schema.json"])
            schema["content"]["content"]["steps"]["content"][0]["content"][1] |= {
                "__module__": module, "__class__": name,
            }  # fmt: skip
            files["schema.json"] = json.dumps(schema).encode()

        return rewritten((folder / "estimator.skops").read_bytes(), change)

    for module, name in (("planted", "Model"), ("os", "system"), ("builtins", "eval")):
        content = planted(module, name)
        assert untrusted_types(content) == [f"{module}.{name}"]
        before = (folder / "estimator.skops").read_bytes()
        exchanged(folder, content)
        with pytest.raises(RunError, match=f"not trusted, {module}.{name}"):
            ModelBundle.load(folder).margin(X)
        exchanged(folder, before)
    assert not trace.exists()
    assert len(ModelBundle.load(folder).margin(X)) == len(X)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x05\x06" + bytes(18), pickle.dumps({"a": 1}), rewritten(written(TREES[0].fit(X, Y)), dict.clear)],
    ids=["empty", "empty archive", "pickle", "nothing inside"],
)
def test_what_is_no_file_of_skops_is_refused(folder: Path, content: bytes) -> None:
    exchanged(folder, content)
    with pytest.raises(RunError, match=r"estimator\.skops cannot be read"):
        ModelBundle.load(folder).margin(X)


def test_what_is_trusted_and_no_estimator_is_refused(folder: Path) -> None:
    exchanged(folder, written({"a": [1, 2]}))
    with pytest.raises(RunError, match="not what it said when it was kept"):
        ModelBundle.load(folder).margin(X)


@pytest.mark.parametrize("rows", ["[]", '[["a", 1, 2]]', "[[1, 2]]", "[[1, 2, 3], [1, 2]]"])
def test_rows_that_are_none_are_refused_on_loading(folder: Path, rows: str) -> None:
    exchanged(folder, f'{{"rows": {rows}, "margins": [1.0]}}'.encode(), "estimator.json")
    with pytest.raises(RunError, match="incomplete"):
        ModelBundle.load(folder)


def test_no_object_is_unpickled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, None)
    assert len(ModelBundle.load(folder).contributions(X)) == len(X)


@pytest.mark.parametrize("estimator", [SVC(), NuSVC(), KNeighborsClassifier()], ids=lambda one: type(one).__name__)
def test_what_compiled_code_reads_without_bounds_is_neither_kept_nor_read(estimator: Any) -> None:
    """skops trusts them; a file that says of more support vectors than it has ends the process."""
    name = f"{type(estimator).__module__}.{type(estimator).__name__}"
    content = written(make_pipeline(SimpleImputer(), estimator).fit(X, Y))
    with pytest.raises(RunError, match=f"not trusted, .*{name}.*, and was not read"):
        read(content)
    with pytest.raises(ConfigurationError, match=f"{name}.* is not among the types"):
        kept_classifier(estimator, X)


def test_what_unpacks_to_more_than_is_read_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LogisticRegression().fit(X, Y)
    model.coef_ = np.zeros((1, 100_000))
    content = written(model)
    assert len(content) < 10_000
    monkeypatch.setattr(trusted, "MOST_BYTES", 900_000)  # 800,000 are of the coefficients
    assert read(content).coef_.shape == (1, 100_000)
    monkeypatch.setattr(trusted, "MOST_BYTES", 800_000)
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(RunError, match=r"unpacks to 80\d,\d{3} bytes.* at most 800,000 and "):
        read(content)
    monkeypatch.setattr(trusted, "MOST_BYTES", 900_000)
    monkeypatch.setattr(trusted, "MOST_SCHEMA", 1000)
    with pytest.raises(RunError, match="and 1,000 are read"):
        read(content)


def test_one_array_named_many_times_counts_as_often_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LogisticRegression().fit(X, Y)
    model.coef_ = np.zeros((1, 100_000))

    def repeat(files: dict[str, bytes]) -> None:
        schema = json.loads(files["schema.json"])
        held = schema["content"]["content"]
        held |= {f"again_{place}": {**held["coef_"], "__id__": 1000 + place} for place in range(4)}
        schema["content"]["key_types"]["content"] += schema["content"]["key_types"]["content"][:4]
        files["schema.json"] = json.dumps(schema).encode()

    content = rewritten(written(model), repeat)
    assert read(content).again_3.shape == (1, 100_000)
    monkeypatch.setattr(trusted, "MOST_BYTES", 3_000_000)
    with pytest.raises(RunError, match=r"unpacks to 4,0\d\d,\d{3} bytes"):
        read(content)


def test_what_is_packed_by_the_block_is_refused() -> None:
    """A block of bzip2 unpacks to a thousand times its size before anything can be counted."""
    with zipfile.ZipFile(io.BytesIO(written(LogisticRegression().fit(X, Y)))) as given:
        files = {name: given.read(name) for name in given.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as zipped:
        for name, part in files.items():
            zipped.writestr(name, part)
    with pytest.raises(RunError, match="compression"):
        read(packed.getvalue())


def sound() -> list[Any]:
    """Estimators whose content compiled code uses without bounds."""
    return [
        make_pipeline(SimpleImputer(), KBinsDiscretizer(4, strategy="uniform"), LogisticRegression()),
        make_pipeline(KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
                      OneHotEncoder(drop="first", sparse_output=False), LogisticRegression()),
        GradientBoostingClassifier(n_estimators=3, init="zero"),
        MLPClassifier((3,), max_iter=5, random_state=np.random.RandomState(1)),
        make_pipeline(KBinsDiscretizer(9, encode="ordinal", strategy="uniform"), ColumnTransformer([("rare",
                      OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"), [0, 2])]),
                      LogisticRegression()),
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("place", range(5))
def test_what_is_sound_is_read_as_it_was(place: int) -> None:
    estimator = sound()[place].fit(X.to_numpy(), Y)
    assert (read(written(estimator)).predict(X.to_numpy()) == estimator.predict(X.to_numpy())).all()


def too_few_columns(model: Any) -> None:
    model[1]._encoder._n_features_outs = [1, 1, 1]


def not_in_order(model: Any) -> None:
    model[1]._encoder.categories_[0] = model[1]._encoder.categories_[0][::-1].copy()


def drops_none_of_them(model: Any) -> None:
    model[1]._drop_idx_after_grouping[0] = -1


def groups_beyond_the_last(model: Any) -> None:
    model[1].named_transformers_["rare"]._default_to_infrequent_mappings[0][0] = 99


def more_trees_than_sums(model: Any) -> None:
    model.estimators_ = np.repeat(model.estimators_, 3, axis=1)


def place_before_the_first(model: Any) -> None:
    state = model._random_state.get_state(legacy=False)
    state["state"]["pos"] = -1_000_000_000
    model._random_state.set_state(state)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("place", "change", "name"),
    [(0, too_few_columns, "OneHotEncoder"), (0, not_in_order, "OneHotEncoder"),
     (1, drops_none_of_them, "OneHotEncoder"), (4, groups_beyond_the_last, "OneHotEncoder"),
     (2, more_trees_than_sums, "GradientBoostingClassifier"), (3, place_before_the_first, "RandomState")],
)  # fmt: skip
def test_content_that_contradicts_itself_is_refused(place: int, change: Callable[[Any], None], name: str) -> None:
    """Used, each of them would write or read outside its memory."""
    estimator = sound()[place].fit(X.to_numpy(), Y)
    change(estimator)
    with pytest.raises(RunError, match=f"a {name} whose content contradicts itself"):
        read(written(estimator))
