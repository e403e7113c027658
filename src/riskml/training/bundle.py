"""A trained model as a folder: everything a score needs, and nothing that runs on loading.

A regulation is no part of it: bands, rules and effect periods are the policy's (`riskml.schemes.policy`), and change
without training.

- the files of the predictor (`riskml.training.predictors`): ``booster.txt``, the trees, as LightGBM writes them; or
  ``estimator.skops`` and ``estimator.json``, an analyst's own estimator
- ``bundle.json``: columns in order, constraints, calibration, score map, base margin, training facts
- ``categories.json``: what the texts of categories are read as, and the texts, where there are categories
- ``peers.json``: typical values by peer group, for the reasons
- ``indicators/*.yaml``: the indicator system and the effect periods it was trained on
- ``training.yaml``
- ``model_card.md``, ``model_card.en.md``: for people, where they were written
- ``checksums.json``: SHA-256 of every other file, verified on loading

The large libraries are imported where they are used: one enterprise's immediate update reads a bundle and waits for
none of them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.core.configuration import parse_json
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import write_durably
from riskml.core.language import Label, Language
from riskml.training.anchors import ScoreMap
from riskml.training.calibration import PlattCalibration
from riskml.training.categories import Encoding, encoded
from riskml.training.peers import Peers
from riskml.training.predictors.estimator import ESTIMATOR, Estimator
from riskml.training.predictors.predictor import Predictor
from riskml.training.predictors.trees import Trees
from riskml.training.venn_abers import VennAbers

if TYPE_CHECKING:
    import pandas as pd

    from riskml.training.classifier import RiskClassifier
    from riskml.training.kept import Kept

Floats = NDArray[np.float64]

SCHEMA_VERSION = 2

CHECKED_ROWS = 20
"""Rows of every block whose contributions are computed a second time."""

CHECKSUMS = "checksums.json"
CATEGORIES = "categories.json"
CARDS = {Language.zh: "model_card.md", Language.en: "model_card.en.md"}
LIBRARIES = ("lightgbm", "numpy", "pandas", "riskml", "scikit-learn")


@dataclass(frozen=True)
class ModelBundle:
    """A trained model with all that its scores and reasons rest on.

    Parameters
    ----------
    predictor
        What gives a row its log-odds.
    columns
        Names of the indicator columns, in the predictor's order.
    monotone_constraints
        One of -1, 0, 1 per column.
    calibration, score_map
        From margin to calibrated log-odds, and from there to the score.
    base_margin
        What the contributions add up from: of trees, their expected value.
    peers
        Typical values by peer group.
    categories
        Column of a category → what its texts are read as.
    words
        Column of a category → number of the text → the text, in Chinese and in English.
    system_yaml
        File name to text of the indicator system.
    training_yaml
        Text of the training settings.
    facts
        How it was trained: cohort, splits, figures, dates, hashes, library versions. Plain JSON values.
    cards
        Language → the model card's text, in Markdown; kept as it was written.
    """

    predictor: Predictor
    columns: tuple[str, ...]
    monotone_constraints: tuple[int, ...]
    calibration: PlattCalibration
    score_map: ScoreMap
    base_margin: float
    peers: Peers
    system_yaml: Mapping[str, str]
    training_yaml: str
    facts: Mapping[str, Any]
    cards: Mapping[Language, str] = field(default_factory=dict)
    categories: Mapping[str, Encoding] = field(default_factory=dict)
    words: Mapping[str, Mapping[int, Label]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        classifier: RiskClassifier | Kept,
        score_map: ScoreMap,
        *,
        system: Mapping[str, str],
        training: str,
        peers: Peers,
        facts: Mapping[str, Any],
        words: Mapping[str, Mapping[int, Label]] | None = None,
    ) -> Self:
        """Bundle a classifier that was fitted on a data frame and calibrated.

        Parameters
        ----------
        classifier, score_map, peers
            The model's parts.
        system
            File name (a relative path with `/`) to YAML text of every file of the indicator system.
        training
            YAML text.
        facts
            Plain JSON values; the versions of the libraries in use are added.
        words
            As in the bundle, where there are categories.
        """
        columns = tuple(str(name) for name in classifier.feature_names_in_)
        libraries = LIBRARIES if isinstance(classifier.predictor, Trees) else (*LIBRARIES, "skops")
        return cls(
            predictor=classifier.predictor,
            columns=columns,
            monotone_constraints=classifier.monotone_constraints_,
            calibration=classifier.calibration_,
            score_map=score_map,
            base_margin=float(classifier.predictor.contributions(np.zeros((1, len(columns))))[0, -1]),
            peers=peers,
            system_yaml=dict(system),
            training_yaml=training,
            facts={**facts, "libraries": {name: version(name) for name in libraries}},
            categories={columns[place]: encoding for place, encoding in classifier.encodings_.items()},
            words=words or {},
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all files: the model's identity in manifests."""
        return _sha256(self._files()[CHECKSUMS])

    @cached_property
    def intervals(self) -> VennAbers | None:
        """The Venn–Abers intervals of its risks; None where it was trained before these were kept, or without a
        calibration part.
        """
        kept = self.facts.get("intervals")
        return None if kept is None else VennAbers.from_dict(kept)

    def margin(self, indicators: pd.DataFrame | Floats) -> Floats:
        """Log-odds before calibration.

        Parameters
        ----------
        indicators : data frame, or array of shape (n, k)
            A data frame may hold more columns, in any order; an array has those of `columns`.

        Returns
        -------
        array of shape (n,)

        Raises
        ------
        RunError
            If a column is missing.
        """
        return self.predictor.margin(self._values(indicators))

    def contributions(self, indicators: pd.DataFrame | Floats) -> Floats:
        """What each column adds in log-odds; shape (n, k + 1), the last column is `base_margin`.

        Each row adds up to its margin. `indicators` are as for `margin`.
        """
        return self.predictor.contributions(self._values(indicators))

    def together(self, indicators: Floats, asked: NDArray[np.int64]) -> Floats | None:
        """What every two of the columns asked for do together, in log-odds; shape (n, m, m), zero on the diagonal. None
        where the predictor does not tell.

        Parameters
        ----------
        indicators
            As for `margin`.
        asked
            Shape (n, m): for each row places in `columns`; -1: none.

        Raises
        ------
        NotCoveredError
            Where the trees are of a kind that is not read.
        """
        return self.predictor.together(self._values(indicators), asked)

    def check_contributions(self, indicators: Floats, contributions: Floats) -> None:
        """Have the predictor check a few rows of contributions, as every run does.

        Parameters
        ----------
        indicators, contributions
            Shape (n, k) and (n, k + 1).

        Raises
        ------
        RunError
            Naming the indicator where they are not right.
        """
        rows = np.linspace(0, len(indicators) - 1, min(CHECKED_ROWS, len(indicators)), dtype=np.int64)
        self.predictor.check(self._values(indicators[rows]), contributions[rows], self.columns)

    def risk(self, margin: ArrayLike) -> Floats:
        """Calibrated probability that supervision finds a problem, of the margins' shape."""
        return self.calibration.probability(margin)

    def risk_interval(self, margin: ArrayLike) -> tuple[Floats, Floats]:
        """The lower and the upper end of the risk's Venn–Abers interval, of the margins' shape; NaN where the bundle
        keeps none.
        """
        if self.intervals is None:
            nothing = np.full(np.shape(margin), np.nan)
            return nothing, nothing
        return self.intervals.interval(margin)

    def score(self, margin: ArrayLike) -> Floats:
        """Score between 0 and 1000, of the margins' shape; strictly increasing."""
        return self.score_map.score(self.calibration.log_odds(margin))

    def save(self, folder: Path) -> None:
        """Write the bundle; `folder` appears whole, or not at all.

        Raises
        ------
        RunError
            If `folder` exists already.
        """
        if folder.exists():
            raise RunError(
                zh=f"模型文件夹 {folder} 已存在，不会覆盖；请换一个名称。",
                en=f"The model folder {folder} exists and is not overwritten; choose another name.",
            )
        partial = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        for name, content in self._files().items():
            write_durably(partial / name, content)
        partial.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a bundle after verifying every file.

        Raises
        ------
        RunError
            If a file is missing, changed or too many, lacks a value, or the schema version is another; names it.
        """
        files = _verified(folder)
        file = folder / "bundle.json"
        try:
            values = _parsed(files["bundle.json"], file)
            found = values["schema_version"]
            if found != SCHEMA_VERSION:
                raise RunError(
                    zh=f"{file} 的 schema_version 是 {found}，本版本只认 {SCHEMA_VERSION}；请重新训练。",
                    en=f"{file}: schema_version is {found}, this version reads {SCHEMA_VERSION}; train the model "
                    "again.",
                )
            categories = _parsed(files[CATEGORIES], folder / CATEGORIES) if CATEGORIES in files else {}
            return cls._of(files, values, _parsed(files["peers.json"], folder / "peers.json"), categories)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(
                zh=f"模型文件夹 {folder} 的内容不完整，或不是模型：{error}；请重新取得该模型。",
                en=f"The content of the model folder {folder} is incomplete, or is no model: {error}. Fetch the model "
                "again.",
            ) from error

    @classmethod
    def _of(
        cls, files: dict[str, bytes], values: dict[str, Any], peers: dict[str, Any], categories: dict[str, Any]
    ) -> Self:
        prefix = "indicators/"
        return cls(
            predictor=Estimator.of(files, values["columns"]) if ESTIMATOR in files else Trees.of(files),
            columns=tuple(values["columns"]),
            monotone_constraints=tuple(values["monotone_constraints"]),
            calibration=PlattCalibration.from_dict(values["calibration"]),
            score_map=ScoreMap.from_dict(values["score_map"]),
            base_margin=values["base_margin"],
            peers=Peers.from_dict(peers),
            system_yaml={
                name.removeprefix(prefix): text.decode() for name, text in files.items() if name.startswith(prefix)
            },
            training_yaml=files["training.yaml"].decode(),
            facts=values["facts"],
            cards={spoken: files[name].decode() for spoken, name in CARDS.items() if name in files},
            categories={name: Encoding.from_dict(one["read"]) for name, one in categories.items()},
            words={
                name: {int(code): Label(*text) for code, text in one["words"].items()}
                for name, one in categories.items()
            },
        )

    def _values(self, indicators: pd.DataFrame | Floats) -> Floats:
        """The indicators in the order of `columns`, categories read."""
        by_place = {self.columns.index(name): encoding for name, encoding in self.categories.items()}
        if isinstance(indicators, np.ndarray):
            return encoded(np.asarray(indicators, dtype=np.float64), by_place)
        missing = [name for name in self.columns if name not in indicators.columns]
        if missing:
            raise RunError(
                zh=f"指标矩阵缺少模型需要的列：{'、'.join(missing)}。",
                en=f"The indicator matrix lacks columns the model needs: {', '.join(missing)}.",
            )
        return encoded(indicators[list(self.columns)].to_numpy(dtype=np.float64, na_value=np.nan), by_place)

    def _files(self) -> dict[str, bytes]:
        """Content of every file, by its path inside the folder."""
        values = {
            "schema_version": SCHEMA_VERSION,
            "columns": list(self.columns),
            "monotone_constraints": list(self.monotone_constraints),
            "calibration": self.calibration.to_dict(),
            "score_map": self.score_map.to_dict(),
            "base_margin": self.base_margin,
            "facts": self.facts,
        }
        files = {
            **self.predictor.files,
            "bundle.json": _json(values),
            "peers.json": _json(self.peers.to_dict()),
            "training.yaml": self.training_yaml.encode(),
        }
        if self.categories:
            files[CATEGORIES] = _json(
                {
                    name: {
                        "read": encoding.to_dict(),
                        "words": {str(code): [text.zh, text.en] for code, text in self.words.get(name, {}).items()},
                    }
                    for name, encoding in self.categories.items()
                }
            )
        for spoken, card in self.cards.items():
            files[CARDS[spoken]] = card.encode()
        for name, text in self.system_yaml.items():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ValueError(f"names of indicator files must be relative paths, got {name!r}")
            files[f"indicators/{name}"] = text.encode()
        return files | {CHECKSUMS: _json({name: _sha256(content) for name, content in files.items()})}


def _verified(folder: Path) -> dict[str, bytes]:
    """Content of every file, by its path inside the folder, once its checksum agrees."""
    if not (folder / CHECKSUMS).is_file():
        raise RunError(
            zh=f"{folder} 不是完整的模型文件夹：没有 {CHECKSUMS}。",
            en=f"{folder} is not a whole model folder: it has no {CHECKSUMS}.",
        )
    expected = _parsed((folder / CHECKSUMS).read_bytes(), folder / CHECKSUMS)
    if not isinstance(expected, dict):
        raise RunError(
            zh=f"{folder / CHECKSUMS} 不是校验值表；请重新取得该模型。",
            en=f"{folder / CHECKSUMS} is no list of checksums; fetch the model again.",
        )
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {CHECKSUMS}
    for name in sorted(present ^ set(expected)):
        is_missing = name in expected
        raise RunError(
            zh=f"模型文件夹中{'缺少' if is_missing else '多出'}文件 {folder / name}；请重新取得该模型。",
            en=f"The model folder {'lacks' if is_missing else 'has an unknown'} file {folder / name}; fetch the model "
            "again.",
        )
    contents = {name: (folder / name).read_bytes() for name in expected}
    for name, content in contents.items():
        if _sha256(content) != expected[name]:
            raise RunError(
                zh=f"模型文件 {folder / name} 与 {CHECKSUMS} 不符，已被改动或损坏；请重新取得该模型。",
                en=f"The model file {folder / name} does not match {CHECKSUMS}: changed or damaged; fetch the model "
                "again.",
            )
    return contents


def _parsed(content: bytes, file: Path) -> Any:
    try:
        return parse_json(content, str(file))
    except ConfigurationError as error:
        raise RunError(
            zh=f"{error.zh.removesuffix('。')}；请重新取得该模型。",
            en=f"{error.en.removesuffix('.')}; fetch the model again.",
        ) from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n").encode()
