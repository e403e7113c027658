"""The model: gradient-boosted trees in log-odds, monotone where the indicator system says so."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Self

import lightgbm
import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from riskml.core.language import say
from riskml.training.boosters import averaged, snapped, with_steps
from riskml.training.calibration import PlattCalibration
from riskml.training.categories import Encoding, encoded, read_others
from riskml.training.predictors.trees import Trees
from riskml.training.scorecard import fit_scorecard
from riskml.training.ways import Form
from riskml.treeshap.explainer import TreeShap
from riskml.treeshap.trees import NotCoveredError

Floats = NDArray[np.float64]

# pred_contrib returns rows x (indicators + 1) doubles: blocks keep the working set in cache.
CONTRIBUTION_BLOCK = 16_384

CONTRIBUTION_THREADS = os.cpu_count() or 1


class RiskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Probability that supervision finds a problem, as a scikit-learn classifier around LightGBM.

    The booster adds up log-odds, so that its TreeSHAP contributions add up to its margin; a
    calibration fitted on later data turns the margin into a probability and keeps the order.
    The same data and parameters give the same booster, whatever the number of threads.
    Missing values (NaN, "cannot be known") are allowed.

    Parameters
    ----------
    n_estimators : int
        The number of trees.
    learning_rate : float
    num_leaves : int
        The most leaves a tree may have.
    max_depth : int
        The greatest depth of a tree, -1 for none. Exact contributions cost the square of it.
    min_child_samples : int
        The fewest rows in a leaf.
    reg_lambda : float
        L2 penalty on the values of the leaves.
    colsample_bytree : float
        The share of indicators each tree may use.
    subsample : float
        The share of rows each tree sees.
    max_bin : int
        The most distinct values an indicator is rounded to while training.
    monotone_constraints : mapping of name to -1, 0 or 1, or sequence of them, or None
        1: more of it never lowers the risk; -1: never raises it; 0 or absent: free.
    steps : mapping of name to ascending numbers, or None
        Where an indicator is read in steps: the values at which each next one begins. The model tells apart no two
        values within a step; all its thresholds of that indicator are beginnings of steps.
    categories : mapping of name to number, or None
        Columns that hold numbers of texts: how many visits' worth of the whole each text's problems are drawn to
        (`riskml.training.categories`).
    form : {"trees", "scorecard", "blend"}
        Boosted trees; a points scorecard (`riskml.training.scorecard`), which has no use for the settings of trees; or
        the mean of both in log-odds.
    n_seeds : int
        How many boosters are averaged that differ in their random draws only: what one draw happens to favour weighs
        less.
    random_state : int, RandomState or None
    n_jobs : int
        Threads for training; -1 uses every core. One by default: LightGBM's threads wait for one
        another, and on a machine with other work two were five times slower than one.

    Attributes
    ----------
    booster_ : lightgbm.Booster
    calibration_ : PlattCalibration
        The identity until `calibrate` is called.
    encodings_ : dict of int to Encoding
        Column of a category → what its texts are read as.
    classes_ : array of shape (2,)
        The second is the outcome whose risk is predicted.
    monotone_constraints_ : tuple of int
        One per column.
    n_features_in_, feature_names_in_
        As in scikit-learn; the names only after fitting on a data frame.

    References
    ----------
    G. Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017;
    S. Lundberg et al., "From local explanations to global understanding with explainable AI
    for trees", 2020, for the contributions.

    Examples
    --------
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = RiskClassifier(n_estimators=20, monotone_constraints=[1]).fit(X, X[:, 0] > 120)
    >>> bool((np.diff(model.predict_proba(X)[:, 1]) >= 0).all())
    True
    """

    def __init__(
        self,
        *,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        max_depth: int = 5,
        min_child_samples: int = 20,
        reg_lambda: float = 1.0,
        colsample_bytree: float = 1.0,
        subsample: float = 1.0,
        max_bin: int = 255,
        monotone_constraints: Mapping[str, int] | Sequence[int] | None = None,
        steps: Mapping[str, Sequence[float]] | None = None,
        categories: Mapping[str, float] | None = None,
        form: Form = "trees",
        n_seeds: int = 1,
        random_state: int | RandomState | None = 0,
        n_jobs: int = 1,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.reg_lambda = reg_lambda
        self.colsample_bytree = colsample_bytree
        self.subsample = subsample
        self.max_bin = max_bin
        self.monotone_constraints = monotone_constraints
        self.steps = steps
        self.categories = categories
        self.form = form
        self.n_seeds = n_seeds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        init_score: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Train the booster; the calibration becomes the identity again.

        Parameters
        ----------
        X : array or data frame of shape (n, k)
            Indicators; NaN where one cannot be known.
        y : array of shape (n,)
            Two classes; the larger one is the outcome whose risk is predicted.
        sample_weight : array of shape (n,), optional
            Rows of weight 0 are left out.
        init_score : array of shape (n,), optional
            What is known to shift the observed outcome without being the enterprise's doing, in
            log-odds (how strict the inspector is). The trees learn what remains; predictions are
            made without it.
        groups : array of shape (n,), optional
            Whose row each is: while `categories` are learnt, no row is told of its own enterprise. Each row by itself
            where None.

        Raises
        ------
        ValueError
            If `y` has not exactly two classes, a constraint names no column, or lengths differ.
        """
        values, labels = validate_data(self, X, y, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan")
        check_classification_targets(labels)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        weight = (
            None if sample_weight is None else _check_sample_weight(sample_weight, values, ensure_non_negative=True)
        )
        offset = None if init_score is None else np.asarray(init_score, dtype=np.float64)
        whose = np.arange(len(labels)) if groups is None else column_or_1d(groups)
        check_consistent_length(values, offset, whose)
        if weight is not None and (weight == 0).any():
            kept = weight > 0
            values, labels, weight, whose = values[kept], labels[kept], weight[kept], whose[kept]
            offset = None if offset is None else offset[kept]
        self.classes_, found = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Two classes are needed, the data holds one class: {self.classes_!r}.")

        self.monotone_constraints_ = self._constraints()
        base = 0.0 if offset is None else _log_odds_beside(offset, found, weight)
        start = None if offset is None else offset + base
        steps = self._steps()
        values = self._learn_categories(values, found, weight, None if offset is None else expit(offset + base), whose)
        data = lightgbm.Dataset(
            snapped(values, steps),
            label=found,
            weight=weight,
            init_score=start,
            feature_name=self._booster_names(),
            free_raw_data=False,
        )
        parts = []
        if self.form != "scorecard":
            seeds = check_random_state(self.random_state).randint(2**31 - 1, size=self.n_seeds).tolist()
            boosters = [
                lightgbm.train(self._parameters(seed), data, num_boost_round=self.n_estimators) for seed in seeds
            ]
            trees = averaged([with_steps(booster, steps) for booster in boosters] if steps else boosters)
            if offset is not None:
                _shift(trees, base)
            parts.append(trees)
        if self.form != "trees":
            like = parts[0] if parts else lightgbm.train(self._parameters(0), data, num_boost_round=1)
            constraints = self.monotone_constraints_
            parts.append(
                fit_scorecard(
                    values, found, constraints=constraints, steps=steps, like=like, weight=weight, offset=offset
                )
            )
        self.booster_ = averaged(parts)
        self.calibration_ = PlattCalibration()
        return self

    def calibrate(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit `calibration_` on data later than the training data.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        """
        labels = column_or_1d(y)
        unknown = set(np.unique(labels).tolist()) - set(self.classes_.tolist())
        if unknown:
            raise ValueError(f"y holds {sorted(unknown)}, the classes of the model are {self.classes_.tolist()}")
        self.calibration_ = PlattCalibration.fit(self.margin(X), labels == self.classes_[1], sample_weight)
        return self

    @property
    def predictor(self) -> Trees:
        """The trees as a bundle has them: its categories are read already."""
        return Trees(self.booster_.model_to_string())

    def margin(self, X: ArrayLike) -> Floats:
        """Log-odds given by the trees, before calibration; shape (n,)."""
        values = self._checked(X)
        return np.asarray(self.booster_.predict(values, raw_score=True), dtype=np.float64)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Calibrated probability of each class; shape (n, 2)."""
        margin = self.margin(X)
        risk = self.calibration_.probability(margin)
        return np.column_stack([1 - risk, risk])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likelier class of each row; shape (n,)."""
        likelier: NDArray[Any] = self.predict_proba(X)[:, 1] > 0.5
        classes: NDArray[Any] = self.classes_[likelier.astype(np.intp)]
        return classes

    def contributions(self, X: ArrayLike) -> Floats:
        """Exact path-dependent TreeSHAP values in log-odds; shape (n, k + 1), the last column is the base.

        Every row adds up to its margin.
        """
        return booster_contributions(self.booster_, self.booster_.model_to_string(), self._checked(X))

    def _checked(self, X: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        values: NDArray[Any] = validate_data(
            self, X, reset=False, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan"
        )
        return encoded(values, self.encodings_)

    def _learn_categories(
        self,
        values: NDArray[Any],
        found: NDArray[np.intp],
        weight: Floats | None,
        expected: Floats | None,
        whose: NDArray[Any],
    ) -> NDArray[Any]:
        """Learn `encodings_`, and give the values to learn from."""
        names = list(getattr(self, "feature_names_in_", ()))
        given = self.categories or {}
        if unknown := sorted(set(given) - set(names)):
            raise ValueError(f"categories names {unknown}, the columns of X are {names}")
        weights = np.ones(len(found)) if weight is None else weight
        usual = np.full(len(found), np.average(found, weights=weights)) if expected is None else expected
        draw = check_random_state(self.random_state)
        self.encodings_ = {}
        result = np.array(values, dtype=np.float64) if given else values
        for name, shrink in given.items():
            place = names.index(name)
            codes = np.asarray(values[:, place], dtype=np.float64)
            self.encodings_[place] = Encoding.fit(codes, found, usual, weights, shrink)
            result[:, place] = read_others(codes, found, usual, weights, shrink, whose, draw)
        return result

    def _constraints(self) -> tuple[int, ...]:
        given = self.monotone_constraints
        if given is None:
            return (0,) * int(self.n_features_in_)
        if isinstance(given, Mapping):
            names = list(getattr(self, "feature_names_in_", ()))
            unknown = sorted(set(given) - set(names))
            if unknown:
                raise ValueError(f"monotone_constraints names {unknown}, the columns of X are {names}")
            signs = tuple(int(given.get(name, 0)) for name in names)
        else:
            signs = tuple(int(sign) for sign in given)
        if len(signs) != self.n_features_in_ or not set(signs) <= {-1, 0, 1}:
            raise ValueError(f"monotone_constraints needs {self.n_features_in_} values of -1, 0 or 1, got {signs}")
        return signs

    def _steps(self) -> dict[int, Sequence[float]]:
        """The steps by the place of their column."""
        names = list(getattr(self, "feature_names_in_", ()))
        given = self.steps or {}
        if unknown := sorted(set(given) - set(names)):
            raise ValueError(f"steps names {unknown}, the columns of X are {names}")
        return {names.index(name): tuple(begins) for name, begins in given.items()}

    def _booster_names(self) -> list[str]:
        # LightGBM refuses the characters of JSON in names and swaps spaces: where a name has any,
        # the booster numbers its columns and the names stay with the estimator.
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        if names and not any(set(name) & set('",:[]{}') or any(c.isspace() for c in name) for name in names):
            return names
        return [f"Column_{number}" for number in range(self.n_features_in_)]

    def _parameters(self, seed: int) -> dict[str, Any]:
        constrained = any(self.monotone_constraints_)
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_data_in_leaf": self.min_child_samples,
            "lambda_l2": self.reg_lambda,
            "feature_fraction": self.colsample_bytree,
            "bagging_fraction": self.subsample,
            "bagging_freq": int(self.subsample < 1),
            "max_bin": self.max_bin,
            "monotone_constraints": list(self.monotone_constraints_) if constrained else None,
            "monotone_constraints_method": "intermediate" if constrained else "basic",
            "seed": seed,
            "deterministic": True,
            # Either of the two is needed for determinism; with a hundred indicators this one is faster.
            "force_col_wise": True,
            "num_threads": max(self.n_jobs, 0),
            "verbosity": -1,
        }

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that NaN is allowed, and that there are two classes."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags


def booster_contributions(booster: lightgbm.Booster, text: str, values: NDArray[Any]) -> Floats:
    """Contributions of every column to the margin of every row, last the base; shape (n, k + 1).

    `text` is the booster's own: to write it anew takes longer than to explain one row.

    A model that the kernel does not cover is explained by LightGBM itself, with a warning: the same values, far slower.
    """
    try:
        with _LAYING_OUT:
            explainer = _tree_shap(text)
        return explainer.contributions(values, threads=CONTRIBUTION_THREADS)
    except NotCoveredError as error:
        warnings.warn(
            say(
                f"贡献改由 LightGBM 计算，慢数十倍：{error.zh}。",
                f"Contributions are computed by LightGBM, far slower: {error.en}.",
            ),
            stacklevel=2,
        )
    result = np.empty((values.shape[0], values.shape[1] + 1))
    for start in range(0, values.shape[0], CONTRIBUTION_BLOCK):
        rows = slice(start, start + CONTRIBUTION_BLOCK)
        result[rows] = booster.predict(values[rows], pred_contrib=True)
    return result


_LAYING_OUT = Lock()
"""A run asks in several threads at once; one lays the model out, the others wait for it."""


@lru_cache(maxsize=2)
def _tree_shap(text: str) -> TreeShap:
    """A run asks for the same model chunk after chunk."""
    return TreeShap.of(text)


def _log_odds_beside(offset: Floats, found: NDArray[np.intp], weight: Floats | None) -> float:
    """Constant that, added to the offsets, gives the observed rate: where boosting starts."""
    rate = float(np.average(found, weights=weight))
    centre = float(logit(rate))

    def excess(constant: float) -> float:
        return float(np.average(expit(offset + constant), weights=weight)) - rate

    return float(brentq(excess, centre - float(offset.max()) - 1e-9, centre - float(offset.min()) + 1e-9))


def _shift(booster: lightgbm.Booster, constant: float) -> None:
    """Put a constant into the first tree, where LightGBM itself keeps the average it boosts from."""
    leaves = booster.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]
    for leaf in range(leaves):
        booster.set_leaf_output(0, leaf, booster.get_leaf_output(0, leaf) + constant)
