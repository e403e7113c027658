"""Changes of a policy in words, as inspectors read them."""

import pytest

from riskml.schemes.policy_changes import PolicyChange
from riskml.schemes.policy_words import logged_in_words, place_in_words, value_in_words
from riskml.schemes.scheme import Scheme


@pytest.mark.parametrize(
    ("file", "place", "zh", "en"),
    [
        (
            "scheme.yaml",
            "measures.3.sampling",
            "办法 › 监管措施 › C › “双随机”抽查",
            "scheme › measures › C › double-random inspections",
        ),
        (
            "scheme.yaml",
            "score.bands.D.from",
            "办法 › 得分 › 得分区间 › D › 起",
            "scheme › score › score bands › D › from",
        ),
        (
            "effect_periods.yaml",
            "scoring.penalty.2.versions.2026-04-01.length",
            "影响期 › 评分 › 行政处罚 › 第2项 › 版本 › 2026-04-01 › 时长",
            "effect periods › scoring › Administrative penalties › no. 2 › versions › 2026-04-01 › length",
        ),
    ],
)
def test_an_entry_has_the_names_of_the_scheme_and_no_ids(
    yunnan: Scheme, file: str, place: str, zh: str, en: str
) -> None:
    told = place_in_words(PolicyChange(file, place, None, None), yunnan)
    assert (told.zh, told.en) == (zh, en)


def test_a_rule_goes_by_its_label_also_in_the_log(yunnan: Scheme) -> None:
    rule = yunnan.rule("serious_negative_effect")
    told = logged_in_words("scheme.yaml rules.serious_negative_effect.within: 3m → 6m", yunnan)
    assert told.zh == f"办法 › 规则 › {rule.label.zh} › 多久以内：3个月 → 6个月"
    assert told.en == f"scheme › rules › {rule.label.en} › within: 3 months → 6 months"


def test_values_are_words_and_whole() -> None:
    long = "甲" * 200
    assert value_in_words(long).zh == long
    assert value_in_words(True).en == "yes"
    assert value_in_words({"zh": "适当提高", "en": "moderately more"}).en == "moderately more"
    assert value_in_words(["C", "D"]).zh == "C、D"
