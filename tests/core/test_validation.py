"""Every kind of fault in words: the place, the value, and what would be right; the Chinese without English
sentences.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from riskml.core.validation import ContentError, matching, validated, validated_json
from riskml.records.tables import Label


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = "part"
    size: float = Field(default=1, gt=0)


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(default="x", min_length=1)
    label: Label = Label("甲", "one")
    months: int = Field(default=2, ge=1, lt=60)
    share: float = Field(default=0.5, gt=0, le=1)
    log: bool = True
    since: date = date(2026, 1, 1)
    at: AwareDatetime | None = None
    kind: Literal["random", "routine"] = "random"
    window: Annotated[str, matching("[0-9]+d", "天数加 d", "days")] = "1d"
    code: str = Field(default="a", pattern="^[a-z]+$")
    parts: tuple[Part, ...] = Field(default=(Part(),), min_length=1)
    pair: tuple[int, int] = (1, 2)
    named: dict[str, Part] = {}
    one: Annotated[
        Annotated[Part, Tag("part-tag")] | Annotated[int, Tag("int-tag")], Discriminator(lambda _: "part-tag")
    ] = Part()
    older: Annotated[int, BeforeValidator(lambda value: int(value))] = 1

    @model_validator(mode="after")
    def _own(self) -> Whole:
        if self.share == 1:
            raise ContentError("不能取 1", "must not be 1", field="share")
        return self


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        ({"mnths": 3}, "mnths：没有这个字段，是否应为 months？"
                       "可用的有：name、", "mnths: there is no such field, did you mean months?"),
        ({"months": "两"}, "months：应为整数，不是 '两'", "months: should be a whole number, not '两'"),
        ({"months": 2.5}, "months：应为整数，不是 2.5", "should be a whole number, not 2.5"),
        ({"months": None}, "months：应为整数，现在空着", "months: should be a whole number, and is empty"),
        ({"months": 0}, "months：应不小于 1，不是 0", "months: should be 1 or more, not 0"),
        ({"months": 60}, "应小于 60", "should be below 60"),
        ({"share": 0}, "应大于 0", "should be above 0"),
        ({"share": 2}, "应不大于 1", "should be 1 or less, not 2"),
        ({"share": 1}, "share：不能取 1", "share: must not be 1"),
        ({"share": [1]}, "应为数字，不是 [1]", "should be a number, not [1]"),
        ({"log": "是"}, "应为 true 或 false，不是 '是'", "should be true or false, not '是'"),
        ({"name": 15}, "应为文字，"
                       "数字和日期要加引号，"
                       "不是 15", "should be a text; put numbers and dates in quotation marks, not 15"),
        ({"name": ""}, "应写有内容", "should not be empty"),
        ({"since": "2026-13-01"}, "应为日期，如 2026-10-31，"
                                  "不是 '2026-13-01'", "should be a date like 2026-10-31, not '2026-13-01'"),
        ({"at": "2026-11-03T09:00:00"}, "应写明时区", "should have its time zone"),
        ({"at": "昨天"}, "应为日期时间", "should be a date and time"),
        ({"kind": "Routine"}, "kind：应为规定的值之一，不是 'Routine'，"
                              "是否应为 routine？", "not 'Routine', did you mean routine?"),
        ({"window": 365}, "window：应为天数加 d，不是 365", "window: should be days, not 365"),
        ({"code": "A"}, "应符合格式 ^[a-z]+$，不是 'A'", "should match the pattern"),
        ({"label": "甲"}, "label：应为若干行“字段: 值”（字段有 "
                         "zh、en），不是 '甲'", "label: should be lines of 'field: value' (zh, en)"),
        ({"label": {"zh": "甲"}}, "label.en：必须填写，现在没有", "label.en: is required and not there"),
        ({"label": {"zh": "甲", "en": "a", "nz": "b"}}, "label.nz：没有这个字段", "label.nz: there is no such field"),
        ({"parts": "a"}, "parts：应为列表", "parts: should be a list"),
        ({"parts": []}, "parts：应至少有 1 项，不是 []", "parts: should have 1 items or more, not []"),
        ({"parts": [{"id": "big", "size": -1}]}, "parts.big.size："
                                                 "应大于 0，不是 -1", "parts.big.size: should be above 0, not -1"),
        ({"parts": [{"size": -1}]}, "parts（第 1 项）.size：应大于 0", "parts (item 1).size: should be above"),
        ({"pair": [1, 2, 3]}, "应至多有 2 项", "should have 2 items or fewer"),
        ({"named": {"a": {"sise": 1}}}, "named.a.sise：没有这个字段，"
                                        "是否应为 size？", "named.a.sise: there is no such field"),
        ({"one": {"sise": 1}}, "one.sise：没有这个字段，"
                               "是否应为 size？", "one.sise: there is no such field, did you mean size?"),
        ({"one": 3}, "one：应为若干行", "one: should be lines of"),
        ({"older": "x"}, "older：应为另一种值，不是 'x'", "older: Value error"),
        ([1], "应为若干行“字段: 值”（字段有 name、", "should be lines of 'field: value' (name, "),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_both_languages_with_its_place_and_value(content: Any, zh: str, en: str) -> None:
    with pytest.raises(ContentError) as raised:
        validated(Whole, content)
    assert zh in raised.value.zh
    assert en in raised.value.en
    assert not re.search("[a-z]+ [a-z]+ [a-z]+", raised.value.zh), "an English sentence in the Chinese line"
    assert "tag" not in raised.value.zh + raised.value.en
    if isinstance(content, dict):
        assert not re.search("[\u4e00-\u9fff]", raised.value.en.replace(repr(next(iter(content.values()))), ""))
    assert "；" not in raised.value.zh, "one fault is told once"


def test_several_faults_are_all_told() -> None:
    with pytest.raises(ContentError) as raised:
        validated(Whole, {"months": 0, "log": 7})
    assert raised.value.zh == "months：应不小于 1，不是 0；log：应为 true 或 false，不是 7"


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ContentError) as raised:
        validated(Whole, {"months": "很" * 300})
    assert len(raised.value.zh) < 120


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ('{"months": 2', "不是有效的 JSON（第 1 行第 13 列）"),
        ('{"months": "2"}', "months：应为整数，不是 '2'"),
        ("[]", "应为若干行"),
    ],
)
def test_of_a_json_text_the_same_is_told(text: str, zh: str) -> None:
    with pytest.raises(ContentError) as raised:
        validated_json(Whole, text.encode(), strict=True)
    assert zh in raised.value.zh
