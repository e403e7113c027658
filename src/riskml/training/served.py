"""A bundle as MLflow loads it: ``mlflow.pyfunc.load_model("models:/yunnan@champion")`` and ``mlflow models serve``.

It gives the risk and the score that a run publishes. Bands are the policy's, which is no part of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from riskml.training.bundle import ModelBundle

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

FILES = "bundle"
"""The bundle's folder among the data of MLflow's model."""


NEEDED, OWN = ("riskml", "lightgbm", "numpy", "pandas"), ("skops", "scikit-learn")
"""Libraries of any bundle, and those besides of an analyst's own estimator."""


@dataclass(frozen=True)
class Served:
    """What MLflow calls."""

    bundle: ModelBundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """``risk`` and ``score`` of each row; all columns of the bundle, missing where a value cannot be known."""
        margin = self.bundle.margin(model_input)
        found = {"risk": self.bundle.risk(margin), "score": self.bundle.score(margin)}
        return pd.DataFrame(found, index=model_input.index)


def _load_pyfunc(data_path: str) -> Served:
    """MLflow's name for what reads a model: files with checksums, nothing is unpickled."""
    return Served(ModelBundle.load(Path(data_path)))


def save_served(bundle_folder: Path, to: Path) -> None:
    """Write a saved bundle as a model of MLflow, with its signature and an example of its input."""
    from mlflow import pyfunc

    bundle = ModelBundle.load(bundle_folder)
    libraries = bundle.facts["libraries"]
    pyfunc.save_model(
        str(to),
        loader_module=__name__,
        data_path=str(bundle_folder),
        signature=_signature(bundle),
        # Nobody's row: who may look at a model may not therefore look at an enterprise.
        input_example=pd.DataFrame(np.zeros((1, len(bundle.columns))), columns=list(bundle.columns)),
        pip_requirements=[f"{name}=={libraries[name]}" for name in (*NEEDED, *(OWN if OWN[0] in libraries else ()))],
    )


def _signature(bundle: ModelBundle) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    # Spelt out, since a signature inferred from data silently becomes None on a nullable column.
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.double, name) for name in bundle.columns]),
        outputs=Schema([ColSpec(DataType.double, name) for name in ("risk", "score")]),
    )
