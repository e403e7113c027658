"""Errors in the search space name the field, before any work starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from riskml.core.errors import ConfigurationError
from riskml.lifecycle.search_settings import present_values, wanted_tuning, with_values
from riskml.training.settings import TrainingSettings, parse_training

SHIPPED = Path(__file__).parents[2] / "models" / "yunnan" / "training.yaml"


def changed(**space: object) -> TrainingSettings:
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for place, value in space.items():
        section, _, name = place.partition("__")
        raw["tuning"]["space"][section][name] = value
    return parse_training(yaml.safe_dump(raw, allow_unicode=True), "training.yaml")


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"model__leaves": {"low": 1, "high": 2}}, "leaves: is no setting to search, did you mean num_leaves"),
        ({"model__random_state": {"low": 1, "high": 2}}, "random_state: is no setting to search"),
        ({"model__num_leaves": {"low": 30, "high": 10}}, "must be below high"),
        ({"model__reg_lambda": {"low": 0, "high": 10, "log": True}}, "low must be above 0"),
        ({"model__num_leaves": {"low": 1, "high": 31}}, "num_leaves: should be 2 or more, not 1"),
        ({"model__num_leaves": {"low": 2.5, "high": 31}}, "num_leaves: should be a whole number, not 2.5"),
        ({"model__subsample": {"low": 0.5, "high": 1.5}}, "subsample: should be 1 or less, not 1.5"),
        ({"model__num_leaves": [4, 31]}, r"num_leaves: should be \{low: .*\} or \{choices: .*\}, not \[4, 31\]"),
        ({"model__num_leaves": {"low": 4, "hgh": 31}}, r"num_leaves\.hgh: there is no such field, did you mean high\?"),
        ({"cohort__learn_months": {"choices": [0, 12]}}, "learn_months: 0"),
        ({"cohort__learn_from": {"choices": [["random"], ["follow_up"]]}}, "follow_up"),
    ],
)
def test_a_wrong_search_space_is_refused_by_name(space: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        changed(**space)


def test_present_values_outside_of_the_space_are_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"model\.learning_rate.*0\.04"):
        present_values(changed(model__learning_rate={"low": 0.1, "high": 0.2}))


def test_without_a_tuning_section_the_message_says_what_is_needed() -> None:
    settings = changed().model_copy(update={"tuning": None})
    with pytest.raises(ConfigurationError, match="tuning"):
        wanted_tuning(settings)


@pytest.mark.parametrize("section", ["tuning", "anchors", "indicators"])
def test_a_section_left_empty_is_not_one_left_out(section: str) -> None:
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | {section: None}
    with pytest.raises(ConfigurationError, match=f"{section}: has a name and no content") as raised:
        parse_training(yaml.safe_dump(raw), "training.yaml")
    assert f"{section}：只写了名称，没有内容" in raised.value.zh


def test_the_present_values_of_the_shipped_settings_change_nothing() -> None:
    settings = changed()
    same = with_values(settings, present_values(settings))
    assert same.model == settings.model
    assert same.splits == settings.splits
    assert set(same.cohort.learn_from) == set(settings.cohort.learn_from)
    assert same.cohort.judge_on == settings.cohort.judge_on
