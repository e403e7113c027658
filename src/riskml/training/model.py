"""Reading a model bundle's own specifications: a bundle scores by the indicators it was trained on, not by today's
folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from riskml.core.configuration import read_text
from riskml.core.errors import ConfigurationError
from riskml.core.ledger import NOTHING
from riskml.core.workspace import Workspace, model_options
from riskml.features.specs import Dimension, IndicatorSystem, parse_system
from riskml.records.effect_periods import EFFECT_PERIODS, EffectPeriods, parse_effect_periods
from riskml.training.bundle import ModelBundle


@dataclass(frozen=True)
class Model:
    """A model bundle with its specifications parsed."""

    bundle: ModelBundle

    @cached_property
    def system(self) -> IndicatorSystem:
        """The indicator system the model was trained on."""
        whole = parse_system({name: text for name, text in self.bundle.system_yaml.items() if name != EFFECT_PERIODS})
        place = {name: number for number, name in enumerate(self.bundle.columns)}

        def first(file: Dimension) -> int:
            columns = IndicatorSystem(files=(file,), texts={}).columns
            return min((place[column.name] for column in columns if column.name in place), default=len(place))

        # A folder does not keep the order of its files, in which overlays come after the base: the columns do.
        ordered = IndicatorSystem(files=tuple(sorted(whole.files, key=first)), texts=whole.texts)
        return ordered.select(self.bundle.columns)

    @cached_property
    def trained_periods(self) -> EffectPeriods:
        """The effect periods it was calibrated on; it scores by those in force."""
        return parse_effect_periods(self.bundle.system_yaml[EFFECT_PERIODS], EFFECT_PERIODS)


def edited_since(model: Model, features: Path, folder: Path) -> tuple[str, ...]:
    """The files of the workspace that are no longer what the model was trained on; they take effect with the next
    training.

    Parameters
    ----------
    features, folder
        The workspace's indicator folder and the folder of the scheme, or of the local industry.
    """
    kept = {_place(name, features): text for name, text in model.bundle.system_yaml.items() if name != EFFECT_PERIODS}
    kept[folder / "training.yaml"] = model.bundle.training_yaml
    return tuple(str(path) for path, text in kept.items() if path.exists() and read_text(path) != text)


def _place(name: str, features: Path) -> Path:
    return features.parent / name if name.startswith(f"{features.name}/") else features / "overlays" / name


def load_model(workspace: Workspace, name: str) -> Model:
    """The model in use of a scheme, or of a local industry of one (see `model_name`).

    Raises
    ------
    ConfigurationError
        Where there is none yet; says how to make one.
    RunError
        Where it is damaged, or no promotion put it there.
    """
    folder = workspace.bundle(name)
    bundle = ModelBundle.load(folder) if folder.exists() else None
    workspace.ledger.require(in_use(name), bundle.digest if bundle else NOTHING, folder)
    if bundle is None:
        raise ConfigurationError(
            zh=f"{folder} 中还没有模型；请先运行 riskml train {model_options(name)}。",
            en=f"There is no model in {folder} yet; run 'riskml train {model_options(name)}' first.",
        )
    return Model(bundle)


def in_use(name: str) -> str:
    """What the ledger calls the place of the model in use."""
    return f"model {name}"


def is_in_use(workspace: Workspace, name: str) -> bool:
    """Whether there is a model in use, or should be: one that somebody put there or took away by hand is there for
    `load_model` to refuse.
    """
    return workspace.bundle(name).exists() or NOTHING not in workspace.ledger.accepted(in_use(name))
