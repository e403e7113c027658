"""Plausible names: enterprises (place, trade name, line of business, form), persons, and addresses."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import Integers
from riskml.lab.simulation.columns import Codes, Joined, TextColumn, Whole, vocabulary
from riskml.lab.simulation.geography import PROVINCES, counties, prefecture_names, prefecture_positions
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.registration import KINDS, Registration

_TRADE_FIRST = (
    "滇云鑫宏博盛昌恒瑞华泰安康顺永兴隆嘉德润金正中天恩和美新茂达源广利通亿汇富裕祥福禄春锦荣君诚信义仁翠彩玉雪龙凤虹"
)
_TRADE_SECOND = (
    "达源盛昌隆兴泰丰润祥和瑞安康诚信业邦创辰晟辉腾飞翔宇航远景程佳美福禄茂林山川海江湖泽峰岭原野春秋阳光明月星云霖"
)
_SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金"
    "陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文和木普沙岩刀"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文玉春梅红志海燕飞云龙凤琼仙琴芬惠光荣永忠兴德"
    "顺才富贵祥林森山川雪晓晨宇轩浩然子涵欣怡佳雨"
)
_ROADS = (
    "人民", "建设", "环城", "北京", "东风", "春城", "滇池", "翠湖", "金碧", "白塔", "民航", "龙泉", "官南", "彩云",
    "昌宏", "广福", "前卫", "西昌", "南屏", "正义", "文林", "学府", "兴苑", "红塔", "珠江源", "龙川", "建水", "洱河",
    "茶马", "澜沧江", "金沙江", "怒江", "勐泐", "迎宾", "工业园", "物流园", "科技", "创业", "振兴", "团结",
)  # fmt: skip
_FORMS: dict[str, tuple[str, ...]] = {
    "limited_company": ("有限公司", "有限责任公司"), "branch": ("有限公司分公司", "有限公司经营部"),
    "sole_proprietorship": ("厂", "经营部"), "partnership": ("合伙企业（有限合伙）", "合伙企业（普通合伙）"),
    "cooperative": ("农民专业合作社", "专业合作社"), "joint_stock": ("股份有限公司", "集团股份有限公司"),
    "state_owned": ("总公司", "公司"), "foreign_invested": ("有限公司", "（中国）有限公司"),
    "other": ("股份经济合作社", "经济合作社"),
    "individual_business": ("店", "经营部"), "non_company_legal_person": ("厂", "中心"),
}  # fmt: skip

_HOUSES = 388
_SCATTER = 39_916_801
"""A prime, so that neighbouring numbers lie in different streets and none meet."""


def mixed(numbers: Integers, salt: int) -> NDArray[np.uint64]:
    """Scramble whole numbers (the finaliser of splitmix64), so that neighbours get unrelated words."""
    value = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _picked(numbers: Integers, salt: int, words: pa.Array) -> Codes:
    return Codes((mixed(numbers, salt) % np.uint64(len(words))).astype(np.int64), words)


@cache
def _pairs(first: str, second: str) -> pa.Array:
    return vocabulary([a + b for a in first for b in second])


def enterprise_names(registration: Registration, enterprise: Integers, version: Integers) -> TextColumn:
    """Names of enterprises; `version` counts the changes of name."""
    number = enterprise * 8 + version
    prefectures = [name[:2] for name in prefecture_names()]
    areas = [county.short_name for county in counties()] + prefectures + [name[:2] for name in PROVINCES.values()]
    county = registration.county[enterprise]
    level = mixed(enterprise, 1) % np.uint64(10)
    prefecture = len(counties()) + prefecture_positions()[county]
    province = np.array([list(PROVINCES).index(place.code[:2]) for place in counties()])[county]
    small = registration.is_kind("individual_business")[enterprise]
    area = np.select(
        [small | (level < 5), level < 8], [county, prefecture], len(counties()) + len(prefectures) + province
    )
    forms = vocabulary([form for kind in KINDS for form in _FORMS[kind]])
    form = registration.kind[enterprise] * 2 + (mixed(enterprise, 2) % np.uint64(10) >= 8)
    return Joined(
        (
            Codes(area, vocabulary(areas)),
            _picked(number, 3, _pairs(_TRADE_FIRST, _TRADE_SECOND)),
            Codes(registration.industry[enterprise], vocabulary([industry.word for industry in industries()])),
            Codes(form, forms),
        )
    )


def person_names(person: Integers) -> TextColumn:
    """Names of persons by their number; common surnames are more common."""
    share = (mixed(person, 4) >> np.uint64(11)).astype(np.float64) / 2**53
    surname = np.floor(len(_SURNAMES) * share**1.8).astype(np.int64)
    given = vocabulary([*_GIVEN, *(a + b for a in _GIVEN for b in _GIVEN)])
    return Joined((Codes(surname, vocabulary(list(_SURNAMES))), _picked(person, 5, given)))


def address_texts(county: Integers, address: Integers) -> TextColumn:
    """Addresses by county and number within it; different numbers give different texts."""
    prefectures = prefecture_names()
    towns = vocabulary([
        f"{PROVINCES[place.code[:2]]}{prefectures[position]}{place.name}"
        for place, position in zip(counties(), prefecture_positions(), strict=True)
    ])  # fmt: skip
    roads = vocabulary([f"{road}路" for road in _ROADS])
    units = vocabulary([f"号{building}幢{unit}单元" for building in range(1, 13) for unit in range(1, 5)])
    rooms = vocabulary([f"{floor}{door:02d}室" for floor in range(1, 19) for door in range(1, 9)])
    numbers = len(_ROADS) * _HOUSES * len(units) * len(rooms)
    rest, road = np.divmod(address * _SCATTER % numbers, len(_ROADS))
    rest, house = np.divmod(rest, _HOUSES)
    room, unit = np.divmod(rest, len(units))
    return Joined((Codes(county, towns), Codes(road, roads), Whole(house + 1), Codes(unit, units), Codes(room, rooms)))
