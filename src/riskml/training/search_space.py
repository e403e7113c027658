"""What tuning may change, and between which values: the ``tuning`` section of training.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from riskml.core.configuration import Entry
from riskml.core.validation import ContentError, instead

if TYPE_CHECKING:
    import optuna

Parameter = int | float | str
"""The value of one searched setting, as the study keeps it."""

KINDS_JOINED_BY = "+"
"""The kinds of visit learnt from are one word in the study: ``random+routine``."""


class Range(Entry):
    """Every value between two, both included; whole numbers where the setting is one.

    Parameters
    ----------
    log
        Small values are tried as often as large ones: for settings whose doubling matters, not their increase.
    """

    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low >= self.high:
            raise ContentError(
                f"low（{self.low:g}）须小于 high（{self.high:g}）",
                f"low ({self.low:g}) must be below high ({self.high:g})",
            )
        if self.log and self.low <= 0:
            raise ContentError(
                f"有 log 时 low 须大于 0，不是 {self.low:g}", f"with log, low must be above 0, not {self.low:g}"
            )
        return self

    @property
    def extremes(self) -> tuple[float, ...]:
        """The values that a setting must be able to take."""
        return (self.low, self.high)

    def holds(self, value: Parameter) -> bool:
        """Whether a value lies in it."""
        return not isinstance(value, str) and self.low <= value <= self.high

    def suggest(self, trial: optuna.Trial, name: str, whole: bool) -> Parameter:
        """Have the study choose a value; of the bounds, whole numbers are made where the setting is one."""
        if whole:
            number: int = trial.suggest_int(name, int(self.low), int(self.high), log=self.log)
            return number
        value: float = trial.suggest_float(name, self.low, self.high, log=self.log)
        return value


class Choices(Entry):
    """A few values to choose from."""

    choices: tuple[float, ...] = Field(min_length=2)

    @property
    def extremes(self) -> tuple[float, ...]:
        """The values that a setting must be able to take."""
        return self.choices

    def holds(self, value: Parameter) -> bool:
        """Whether it is one of them."""
        return value in self.choices

    def suggest(self, trial: optuna.Trial, name: str, whole: bool) -> Parameter:
        """Have the study choose one."""
        chosen: Parameter = trial.suggest_categorical(name, [int(value) if whole else value for value in self.choices])
        return chosen


class KindChoices(Entry):
    """Sets of kinds of visit to choose what is learnt from."""

    choices: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = Field(min_length=2)

    def holds(self, value: Parameter) -> bool:
        """Whether it is one of them."""
        return value in [joined(kinds) for kinds in self.choices]

    def suggest(self, trial: optuna.Trial, name: str) -> Parameter:
        """Have the study choose one."""
        chosen: str = trial.suggest_categorical(name, [joined(kinds) for kinds in self.choices])
        return chosen


def _written_in_a_way(values: object) -> object:
    if not isinstance(values, dict | Range | Choices):
        zh, en = instead(values)
        raise ContentError(
            f"应写成 {{low: 下限, high: 上限}} 或 {{choices: [值, 值]}}，{zh}",
            f"should be {{low: ..., high: ...}} or {{choices: [..., ...]}}, {en}",
        )
    return values


def _way(values: object) -> str:
    """Which of the two ways is meant, so that what is wrong is told of that one alone."""
    return "choices" if isinstance(values, Choices) or (isinstance(values, dict) and "choices" in values) else "range"


Values = Annotated[
    Annotated[Range, Tag("range")] | Annotated[Choices, Tag("choices")],
    Discriminator(_way),
    BeforeValidator(_written_in_a_way),
]


class CohortSpace(Entry):
    """What may be changed of who is learnt from; what is judged is never changed.

    Parameters
    ----------
    learn_months
        How many months back visits are learnt from.
    learn_from
        Sets of kinds of visit, each out of the cohort's ``learn_from``.
    """

    learn_months: Choices | None = None
    learn_from: KindChoices | None = None


class SearchSpace(Entry):
    """The settings that are searched.

    Parameters
    ----------
    model
        Name of a setting of the model (any but ``random_state``) → its values.
    """

    model: dict[str, Values] = Field(min_length=1)
    cohort: CohortSpace = CohortSpace()


class Tuning(Entry):
    """How settings are searched.

    Parameters
    ----------
    seed
        The same seed, data and settings give the same trials.
    folds, fold_months
        Rolling origins inside the learning part: so many windows, each of so many months, the last one ending where the
        learning part ends. Each window's visits (of the kinds in ``judge_on``) are predicted by a model of the visits
        before it.
    """

    seed: int = 0
    folds: int = Field(default=3, ge=2, le=12)
    fold_months: int = Field(default=4, ge=1, le=24)
    space: SearchSpace


class InheritedTuning(Tuning):
    """The section of its scheme, for a local industry that has none of its own."""


def joined(kinds: Iterable[str]) -> str:
    """Kinds of visit as the study keeps them.

    Examples
    --------
    >>> joined(("targeted", "random"))
    'random+targeted'
    """
    return KINDS_JOINED_BY.join(sorted(kinds))
