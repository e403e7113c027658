"""The local industries of a scheme (Yunnan Art. 16): their settings, and which have a model in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace, model_name
from riskml.records.effect_periods import EffectPeriods
from riskml.records.industry_codes import refuse_overlaps
from riskml.schemes.industry import INDUSTRY, Industry
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.scheme import Scheme
from riskml.training.model import Model, is_in_use, load_model

if TYPE_CHECKING:
    from riskml.training.settings import TrainingSettings


@dataclass(frozen=True)
class IndustryModel:
    """One local industry with a model, and the policy by which it grades.

    Parameters
    ----------
    industry
        Its bands and matrix.
    scheme
        The scheme with the industry's bands and without rules.
    """

    model: Model
    industry: Industry
    scheme: Scheme
    periods: EffectPeriods

    @classmethod
    def of(cls, policy: Policy, name: str, model: Model) -> IndustryModel:
        """The industry called `name` as a policy has it."""
        return cls(model, policy.industries[name], policy.graded_by(name), policy.periods)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of GB/T 4754 that it covers."""
        # Only here: settings name the learning libraries, and few who read a run have an industry of their own.
        from riskml.training.settings import parse_training

        return parse_training(self.model.bundle.training_yaml, "training.yaml").cohort.industries


def models_in_use(workspace: Workspace, policy: Policy) -> tuple[IndustryModel, ...]:
    """The industries that have a model in use, in the order of their names.

    Raises
    ------
    ConfigurationError
        Where two of them cover the same enterprises.
    """
    of = {industry: model_name(policy.scheme.id, industry) for industry in policy.industries}
    found = tuple(
        IndustryModel.of(policy, name, load_model(workspace, model))
        for name, model in of.items()
        if is_in_use(workspace, model)
    )
    refuse_overlaps({one.industry.id: one.codes for one in found})
    return found


def load_industry(workspace: Workspace, scheme: str, name: str) -> Industry:
    """An industry's settings, checked against its folder and against the other industries of the scheme.

    Raises
    ------
    ConfigurationError
        Where a file is wrong, names another industry than its folder, or the industry overlaps with another.
    """
    industry = load_policy(workspace, scheme).industries[name]
    settings = {one: _settings(workspace, scheme, one) for one in workspace.industries(scheme)}
    if (industry.id, settings[name].scheme, settings[name].industry) != (name, scheme, name):
        folder = workspace.model(model_name(scheme, name))
        raise ConfigurationError(
            zh=f"{folder}：{INDUSTRY} 的 id 和 training.yaml 的 industry 须为文件夹名 {name}，training.yaml 的 scheme "
            f"须为 {scheme}。",
            en=f"{folder}: id in {INDUSTRY} and industry in training.yaml must be the folder's name, {name}, and "
            f"scheme {scheme}.",
        )
    refuse_overlaps({one: found.cohort.industries for one, found in settings.items()})
    return industry


def _settings(workspace: Workspace, scheme: str, industry: str) -> TrainingSettings:
    from riskml.training.settings import load_training

    settings, _ = load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")
    return settings
