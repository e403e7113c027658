"""Estimators of scikit-learn's as a file of skops: only types that are trusted are made of it, and nothing is ever
unpickled.

Trusted is what skops itself trusts (public estimators of scikit-learn, arrays without objects, plain values) as far as
its use of a file's content was reviewed (`riskml.training.predictors.reviewed_types`), and a few types more, each for
its own reason (`ALSO_TRUSTED`). The nodes of decision trees, the columns of one-hot encoders, the sums of
boosted trees and the place in a random generator's state are used by compiled code without bounds: each is checked
before it is used.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from riskml.core.errors import RunError
from riskml.core.language import counted
from riskml.training.predictors.reviewed_types import is_reviewed

ALSO_TRUSTED = (
    "numpy.dtype",  # read off an empty array, without objects
    "sklearn.tree._tree.Tree",  # nodes are checked below
    "sklearn.calibration._CalibratedClassifier",  # plain classes of Python's: what they hold is trusted or refused
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._bunch.Bunch",
)
"""Types beside those that skops trusts by default. A type comes here only once its use of the content of a file
was reviewed.
"""

MOST_BYTES, MOST_SCHEMA = 1 << 30, 64 << 20
"""How large a file may be once unpacked, and how large what it says of itself; ours. A forest of 1,000 trees of 900
nodes each takes about 87 MB, of which 15 MB are the latter.
"""

_SCHEMA = "schema.json"
_LEAF = -1
"""In the place of a leaf's children."""

_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others are unpacked by the block, before its size can be known."""

_NUMBERED = re.compile(rb'(?P<key>"__id__": |"file": ")(?P<number>[0-9]+)')


def untrusted_types(content: bytes) -> list[str]:
    """The types in a file of skops that are not trusted, or were not reviewed; nothing is imported or made for it.

    Raises
    ------
    RunError
        Where it is no such file, or would be too large once unpacked.
    """
    from skops.io import get_untrusted_types

    _refuse_large(content)
    try:
        found = get_untrusted_types(data=content)
        named = {f"{one['__module__']}.{one['__class__']}" for one in _objects(content)}
    except Exception as error:  # whatever a file of somebody else's makes skops stumble over
        raise _no_estimator(error) from error
    return sorted((set(found) - set(ALSO_TRUSTED)) | {name for name in named if not is_reviewed(name)})


def written(estimator: Any) -> bytes:
    """An estimator as a file of skops. The same estimator gives the same bytes: skops numbers objects by where they lie
    in memory, and here they are counted.

    Raises
    ------
    TypeError, ValueError, AttributeError
        skops' own, where it holds what cannot be written.
    """
    from skops.io import dumps

    counted: dict[str, str] = {}

    def count(found: re.Match[bytes]) -> bytes:
        number = counted.setdefault(found["number"].decode(), str(len(counted) + 1))  # 0 is no number to skops
        return found["key"] + number.encode()

    with zipfile.ZipFile(io.BytesIO(dumps(estimator))) as given:
        files = {name: given.read(name) for name in given.namelist()}
    files[_SCHEMA] = _NUMBERED.sub(count, files[_SCHEMA])
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as zipped:
        for name, content in files.items():
            number, dot, ending = name.partition(".")
            own = zipfile.ZipInfo(f"{counted.get(number, number)}{dot}{ending}")  # of no date
            zipped.writestr(own, content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def read(content: bytes) -> Any:
    """The estimator in a file of skops.

    Raises
    ------
    RunError
        Where it is no such file, would be too large once unpacked, holds a type that is not trusted (named, and nothing
        was made), something to be checked that was not found, a tree whose nodes lead out of it, or content that
        contradicts itself.
    """
    from skops.io import loads

    if types := untrusted_types(content):
        raise RunError(
            zh=f"estimator.skops 含有不可信的类型 {'、'.join(types)}，没有读取；模型只由 scikit-learn "
            "中核对过的类型组成。请从备份恢复该模型。",
            en=f"estimator.skops holds types that are not trusted, {', '.join(types)}, and was not read: a model is "
            "made of reviewed types of scikit-learn's alone. Restore the model from the backup.",
        )
    try:
        estimator = loads(content, trusted=list(ALSO_TRUSTED))
    except Exception as error:  # as above
        raise _no_estimator(error) from error
    held = list(_checked(estimator, None, set()))
    trees = [one for one in held if type(one[0]).__name__ == "Tree"]
    found, named = len({id(one) for one, _ in held}), _checked_named(content)
    if found != named:
        raise RunError(
            zh=f"estimator.skops 中有 {named} 个须核对内容的对象，只找到 {found} 个，没有使用；请从备份恢复该模型。",
            en=f"estimator.skops names {counted(named, 'objects that have', 'object that has')} to be checked, of "
            f"which {found} were found; it was not used. Restore the model from the backup.",
        )
    if not all(_stays_inside(*one) for one in trees):
        raise RunError(
            zh="estimator.skops 中有一棵树的节点指向树外或不存在的列，没有使用；请从备份恢复该模型。",
            en="estimator.skops holds a tree whose nodes lead out of it, or to columns that are not there, and was not "
            "used. Restore the model from the backup.",
        )
    if odd := [type(one).__name__ for one, _ in held if not _sound(one)]:
        raise RunError(
            zh=f"estimator.skops 中 {odd[0]} 的内容自相矛盾（例如列数与类别不符），没有使用；请从备份恢复该模型。",
            en=f"estimator.skops holds a {odd[0]} whose content contradicts itself (its columns and its categories, "
            "for one), and was not used. Restore the model from the backup.",
        )
    return estimator


def _checked(of: Any, given: int | None, seen: set[tuple[int, int | None]]) -> Iterator[tuple[Any, int]]:
    """Everything in what was read whose content is checked (`_CHECKED`); a decision tree with how many columns the rows
    have that it is asked of.

    Parameters
    ----------
    given
        The columns of the ensemble around, which hands rows to its trees unchecked; None where there is none.
    """
    from sklearn.base import BaseEstimator
    from sklearn.ensemble import BaseEnsemble
    from sklearn.tree import BaseDecisionTree
    from sklearn.tree._tree import Tree

    if isinstance(of, Tree):
        yield of, given or 0
        return
    if (id(of), given) in seen:
        return
    seen.add((id(of), given))
    if type(of).__name__ in _CHECKED:
        yield of, 0
    inside: list[Any] = []
    if isinstance(of, dict):
        inside = list(of.values())
    elif isinstance(of, list | tuple | set) or (isinstance(of, np.ndarray) and of.dtype == object):
        inside = list(np.ravel(of)) if isinstance(of, np.ndarray) else list(of)
    elif hasattr(of, "__dict__"):
        inside = list(vars(of).values())
    if isinstance(of, BaseEnsemble | BaseDecisionTree):
        # Without it scikit-learn checks no row.
        own = vars(of).get("n_features_in_")
        columns = own if isinstance(own, int) else 0
        given = columns if given is None else min(columns, given)
    elif isinstance(of, BaseEstimator):
        given = None  # it checks rows itself, or makes others of them
    for one in inside:
        yield from _checked(one, given, seen)


def _stays_inside(tree: Any, columns: int) -> bool:
    """Whether each node's children come after it and inside the tree, and its column is one that there is."""
    if tree.node_count <= 0 or tree.n_outputs != 1:
        return False
    left, right, column = tree.children_left, tree.children_right, tree.feature
    places = np.arange(tree.node_count)
    ahead = (left > places) & (left < tree.node_count) & (right > places) & (right < tree.node_count)
    known = (column >= 0) & (column < min(columns, tree.n_features))
    return bool(((left == _LEAF) | (ahead & known)).all())


def _one_hot(encoder: Any) -> bool:
    """Whether a one-hot encoder has a column for every category: its places are written without bounds."""
    own = vars(encoder)
    if "categories_" not in own:
        return True  # not fitted: it is asked of nothing
    categories, dropped, rare = own["categories_"], own["_drop_idx_after_grouping"], own["_infrequent_enabled"]
    none = [None] * len(categories)
    drops = none if dropped is None else list(dropped)
    groups, places = (own["_default_to_infrequent_mappings"], own["_infrequent_indices"]) if rare else (none, none)
    for values, columns, drop, group, place in zip(
        categories, own["_n_features_outs"], drops, groups, places, strict=True
    ):
        if values.dtype.kind in "fiub":  # looked up by halving
            known = values[~np.isnan(values)]
            ordered = (known[1:] > known[:-1]).all() and np.isnan(values[len(known) :]).all()
            if not ordered or len(values) > len(known) + 1:
                return False
        elif values.dtype.kind not in "OUS":
            return False
        if (group is None) != (place is None):
            return False
        if group is not None and not (group.dtype.kind in "iu" and len(group) == len(values) and group.min() >= 0):
            return False
        count = len(values) if group is None else int(group.max()) + 1
        if columns != count - (drop is not None) or not (drop is None or 0 <= drop < count):
            return False
    return True


def _boosting(model: Any) -> bool:
    """Whether boosted trees are of two classes and begin with their shares: sums are written without bounds."""
    own = vars(model)
    if "estimators_" not in own:
        return True  # not fitted
    begins = own["init_"]
    if begins != "zero" and not (type(begins).__name__ == "DummyClassifier" and begins.class_prior_.shape == (2,)):
        return False
    one_sum = own["estimators_"].ndim == 2 and own["estimators_"].shape[1] == own["n_trees_per_iteration_"] == 1
    return bool(one_sum and type(own["_loss"]).__name__ in ("HalfBinomialLoss", "ExponentialLoss"))


def _random(state: np.random.RandomState) -> bool:
    """Whether the place in the state of a random generator is one that there is; it is read without bounds."""
    return bool(0 <= state.get_state(legacy=False)["state"]["pos"] <= 624)


_SOUND: dict[str, Callable[[Any], bool]] = {
    "OneHotEncoder": _one_hot, "GradientBoostingClassifier": _boosting, "RandomState": _random,
}  # fmt: skip


def _sound(one: Any) -> bool:
    try:
        return _SOUND.get(type(one).__name__, lambda _: True)(one)
    except Exception:  # whatever a file of somebody else's makes these stumble over
        return False


_CHECKED = {"Tree", *_SOUND}
"""Types whose content compiled code uses without bounds."""


def _checked_named(content: bytes) -> int:
    """How many different ones of these a file names."""
    return len({one.get("__id__") for one in _objects(content) if one["__class__"] in _CHECKED})


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    """Everything that a file describes, each as skops writes it."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        todo = [json.loads(zipped.read(_SCHEMA))]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "__module__" in one and "__class__" in one:
                yield one
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


def _refuse_large(content: bytes) -> None:
    """Refuse what would unpack to more than `MOST_BYTES`: by what the archive declares, which Python reads no further
    than, and by what would be read, as a file may name one array many times.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            members = zipped.infolist()
        declared = sum(one.file_size for one in members)
        sizes = {one.filename: one.file_size for one in members}
        if other := [one.filename for one in members if one.compress_type not in _PACKED]:
            raise zipfile.BadZipFile(f"{other[0]}: compression")
        if declared <= MOST_BYTES and sizes[_SCHEMA] <= MOST_SCHEMA:
            unpacked = sum(sizes.get(str(one.get("file")), 0) for one in _objects(content))
            if unpacked <= MOST_BYTES:
                return
            declared = unpacked
    except Exception as error:  # whatever a file of somebody else's makes these stumble over
        raise _no_estimator(error) from error
    raise RunError(
        zh=f"estimator.skops 展开后有 {declared:,} 字节，其中 {_SCHEMA} 有 {sizes[_SCHEMA]:,}；最多读 {MOST_BYTES:,} "
        f"和 {MOST_SCHEMA:,}，没有读取。请从备份恢复该模型；正在训练的，请用小一些的（例如树更少、更浅）。",
        en=f"estimator.skops unpacks to {declared:,} bytes, its {_SCHEMA} to {sizes[_SCHEMA]:,}; at most "
        f"{MOST_BYTES:,} and {MOST_SCHEMA:,} are read, and it was not. Restore the model from the backup; "
        "train a smaller one (fewer trees, less deep) where it was just made.",
    )


def _no_estimator(error: Exception) -> RunError:
    return RunError(
        zh=f"estimator.skops 无法读取：{error}。请从备份恢复该模型。",
        en=f"estimator.skops cannot be read: {error}. Restore the model from the backup.",
    )
