"""What is written in a scheme's rules against what they do: an edit of one without the other is refused with
its place.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import PERIODS

from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.schemes.policy import load_policy


def edited(root: Path, *changes: tuple[str, str]) -> Workspace:
    workspace = create_workspace(root / "workspace")
    (workspace.features / EFFECT_PERIODS).write_text(PERIODS, encoding="utf-8")
    path = workspace.models / "yunnan" / "scheme.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    return workspace


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("effect: {fixed: D}", "effect: {fixed: C}", r"rule blacklisted: the effect \(fixed: C\) is not what text.zh "
                                                     r"says \(D\)"),
        ("effect: {fixed: D}", "effect: {floor: C}", r"rule blacklisted: the effect \(floor: C\) is not what text.zh "
                                                     r"says \(D\)"),
        ("high credit risk (D)", "high credit risk (C)", r"rule blacklisted: the effect \(fixed: D\) is not what "
                                                         r"text.en says \(C\)"),
        ("officer_choice: [C, D]", "officer_choice: [B, D]", r"serious_negative_effect: .*\(officer_choice: B, D\) is "
                                                             r"not what text.zh"),
        ("effect: {floor: C}", "effect: {floor: B}", r"rule licence_revoked: .*\(floor: B\) is not what reading.zh "
                                                     r"says \(C\)"),
        ("where: accepted, within", "where: 'true', within", r"serious_negative_effect, field where \(true\): .*only "
                                                             r"records with accepted count"),
    ],
)  # fmt: skip
def test_art15_a_rule_that_does_not_what_it_says_is_refused(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"scheme.yaml, (rule )?.*{told.removeprefix('rule ')}"):
        load_policy(edited(tmp_path, (before, after)), "yunnan")


def test_a_text_that_says_what_it_is_not_to_be_is_no_other_grade(tmp_path: Path) -> None:
    workspace = edited(
        tmp_path,
        ("“黑名单”的，直接判定为信用风险高（D类）", "“黑名单”的，不得定为A类"),
        ("is directly determined to be of high credit risk (D).", "cannot be of grade A."),
        ("effect: {fixed: D}", "effect: {floor: B}"),
    )
    assert load_policy(workspace, "yunnan").scheme.rule("blacklisted").effect.floor == "B"
