"""What tuning searches for a model: its training.yaml's ``tuning``, or its scheme's; and settings with the values of a
trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, validated
from riskml.core.workspace import Workspace
from riskml.training.search_space import (
    KINDS_JOINED_BY,
    Choices,
    InheritedTuning,
    KindChoices,
    Parameter,
    Range,
    Tuning,
    joined,
)
from riskml.training.settings import TrainingSettings, load_training

MODEL, MONTHS, KINDS = "model.", "cohort.learn_months", "cohort.learn_from"
"""Names of the searched settings in the study."""


def with_search(workspace: Workspace, settings: TrainingSettings) -> TrainingSettings:
    """The settings with what is searched: a local industry without a ``tuning`` section of its own takes its scheme's.

    Raises
    ------
    ConfigurationError
        Where the scheme's section does not fit the industry, or there is none.
    """
    if settings.tuning is not None or settings.industry is None:
        return settings
    general, _ = load_training(workspace.model(settings.scheme) / "training.yaml")
    tuning = InheritedTuning.model_validate(wanted_tuning(general).model_dump())
    try:
        return validated(TrainingSettings, {**settings.model_dump(exclude_none=True), "tuning": tuning})
    except ContentError as error:
        raise ConfigurationError(
            zh=f"{settings.file} 没有 tuning 一节，用的是 {general.file} 的，但它不适用于本产业：{error.zh}。"
            "请在前者写自己的 tuning。",
            en=f"{settings.file} has no 'tuning' section, and that of {general.file} does not fit the industry: "
            f"{error.en}. "
            "Write one of its own into the former.",
        ) from error


def present_values(settings: TrainingSettings) -> dict[str, Parameter]:
    """Today's value of every searched setting; a ConfigurationError where one lies outside of what is searched."""
    values: dict[str, Parameter] = {}
    for name, among in searched(wanted_tuning(settings)).items():
        if name == MONTHS:
            values[name] = settings.splits.learn_months
        elif name == KINDS:
            values[name] = joined(settings.cohort.learn_from)
        else:
            values[name] = getattr(settings.model, name.removeprefix(MODEL))
        if not among.holds(values[name]):
            zh, en = inherited_note(settings)
            raise ConfigurationError(
                zh=f"tuning.space.{name} 不含 {settings.file} 现在的取值 {values[name]}；"
                f"现在的设置要作为第一个试验参加比较，请扩大范围或改动设置{zh}。",
                en=f"tuning.space.{name} does not hold the present value {values[name]} of {settings.file}, and the "
                "present settings are "
                f"the first trial: widen it, or change the setting{en}.",
            )
    return values


def inherited_note(settings: TrainingSettings) -> tuple[str, str]:
    """What a local industry's analyst has to know of where its search space stands, to end a message with; zh
    and en.
    """
    if not isinstance(settings.tuning, InheritedTuning):
        return "", ""
    scheme = Workspace(Path()).model(settings.scheme) / "training.yaml"
    return (
        f"（本产业没有自己的 tuning 一节，用的是 {scheme} 的）",
        f" (the industry has no 'tuning' section of its own and uses that of {scheme})",
    )


def with_values(settings: TrainingSettings, parameters: Mapping[str, Parameter]) -> TrainingSettings:
    """The settings with the values of a trial."""
    model = {name.removeprefix(MODEL): value for name, value in parameters.items() if name.startswith(MODEL)}
    changed: dict[str, Any] = {"model": settings.model.model_copy(update=model)}
    if MONTHS in parameters:
        changed["splits"] = settings.splits.model_copy(update={"learn_months": int(parameters[MONTHS])})
    if KINDS in parameters:
        kinds = tuple(str(parameters[KINDS]).split(KINDS_JOINED_BY))
        changed["cohort"] = settings.cohort.model_copy(update={"learn_from": kinds})
    return settings.model_copy(update=changed)


def wanted_tuning(settings: TrainingSettings) -> Tuning:
    """The ``tuning`` section; a ConfigurationError where there is none."""
    if settings.tuning is None:
        raise ConfigurationError(
            zh=f"{settings.file} 没有 tuning 一节；调参须写明 seed、folds、fold_months、space，见 "
            "docs/zh/training.md。",
            en=f"{settings.file} has no 'tuning' section, which says what is searched: seed, folds, fold_months and "
            "space; see docs/en/training.md.",
        )
    return settings.tuning


def searched(tuning: Tuning) -> dict[str, Range | Choices | KindChoices]:
    """Name in the study → what is searched."""
    cohort = tuning.space.cohort
    found: dict[str, Range | Choices | KindChoices] = {
        f"{MODEL}{name}": one for name, one in tuning.space.model.items()
    }
    if cohort.learn_months:
        found[MONTHS] = cohort.learn_months
    if cohort.learn_from:
        found[KINDS] = cohort.learn_from
    return found
