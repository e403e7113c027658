"""The local industries of a scheme (Yunnan Art. 16): their settings, and which have a model in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from riskml.configuration import read_text
from riskml.errors import ConfigurationError
from riskml.grading.industry import Industry, industry_of, parse_industry, scheme_of
from riskml.grading.scheme import Scheme
from riskml.records.industry_codes import refuse_overlaps
from riskml.training.bundle import INDUSTRY
from riskml.training.model import Model, is_in_use, load_model
from riskml.training.settings import TrainingSettings, load_training, parse_training
from riskml.workspace import Workspace, model_name


@dataclass(frozen=True)
class IndustryModel:
    """The model in use of one local industry; like every bundle it grades by what it was trained on."""

    model: Model

    @cached_property
    def industry(self) -> Industry:
        """Its bands and matrix."""
        found = industry_of(self.model.bundle)
        assert found is not None
        return found

    @cached_property
    def scheme(self) -> Scheme:
        """The scheme with the industry's bands and without rules."""
        return scheme_of(self.model.bundle)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of GB/T 4754 that it covers."""
        return parse_training(self.model.bundle.training_yaml, "training.yaml").cohort.industries


def models_in_use(workspace: Workspace, scheme: str) -> tuple[IndustryModel, ...]:
    """The industries that have a model in use, in the order of their names.

    Raises
    ------
    ConfigurationError
        Where two of them cover the same enterprises.
    """
    names = [name for industry in workspace.industries(scheme) if is_in_use(workspace, name := model_name(scheme, industry))]
    found = tuple(IndustryModel(load_model(workspace, name)) for name in names)
    refuse_overlaps({one.industry.id: one.codes for one in found})
    return found


def load_industry(workspace: Workspace, scheme: str, name: str) -> tuple[Industry, str]:
    """An industry's settings and their text, checked against its folder and against the other industries of the scheme.

    Raises
    ------
    ConfigurationError
        Where a file is wrong, names another industry than its folder, or the industry overlaps with another.
    """
    path = workspace.model(model_name(scheme, name)) / INDUSTRY
    text = read_text(path)
    industry = parse_industry(text, str(path))
    settings = {one: _settings(workspace, scheme, one) for one in workspace.industries(scheme)}
    if (industry.id, settings[name].scheme, settings[name].industry) != (name, scheme, name):
        raise ConfigurationError(
            zh=f"{path.parent}：industry.yaml 的 id 和 training.yaml 的 industry 须为文件夹名 {name}，training.yaml 的 scheme 须为 {scheme}。",
            en=f"{path.parent}: id in industry.yaml and industry in training.yaml must be the folder's name, {name}, and scheme {scheme}.",
        )
    refuse_overlaps({one: found.cohort.industries for one, found in settings.items()})
    return industry, text


def _settings(workspace: Workspace, scheme: str, industry: str) -> TrainingSettings:
    settings, _ = load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")
    return settings
