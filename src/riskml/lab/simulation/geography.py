"""Yunnan's 16 prefectures and their counties (GB/T 2260), with the codes that earlier divisions had, and the three
other places whose schemes are shipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from stdnum import numdb

from riskml.lab.simulation.calendar import Floats, Integers

PREFECTURES: dict[str, tuple[str, str, float]] = {
    "5301": ("昆明市", "昆", 0.385), "5303": ("曲靖市", "曲", 0.088), "5304": ("玉溪市", "玉", 0.056),
    "5305": ("保山市", "保", 0.040),
    "5306": ("昭通市", "昭", 0.055), "5307": ("丽江市", "丽", 0.030), "5308": ("普洱市", "普", 0.042),
    "5309": ("临沧市", "临", 0.036),
    "5323": ("楚雄彝族自治州", "楚", 0.044), "5325": ("红河哈尼族彝族自治州", "红", 0.074),
    "5326": ("文山壮族苗族自治州", "文", 0.043),
    "5328": ("西双版纳傣族自治州", "西", 0.038), "5329": ("大理白族自治州", "大", 0.064),
    "5331": ("德宏傣族景颇族自治州", "德", 0.032),
    "5333": ("怒江傈僳族自治州", "怒", 0.009), "5334": ("迪庆藏族自治州", "迪", 0.012),
}  # fmt: skip
"""Division code of each prefecture → its name, its character in document numbers, its share of the province's
enterprises.
"""

ELSEWHERE: dict[str, tuple[str, str]] = {"1310": ("廊坊市", "廊"), "4401": ("广州市", "穗"), "2113": ("朝阳市", "朝")}
"""The same of the prefectures that Langfang's, Guangzhou's and Lingyuan's schemes are of, without a share."""

PLACES = ("1310", "4401", "211382")
"""The divisions that each of these schemes is of: two cities with all their counties, and one county."""

PROVINCES = {"53": "云南省", "13": "河北省", "44": "广东省", "21": "辽宁省"}

STREETS: dict[str, tuple[str, ...]] = {
    "530111": ("关上", "太和", "吴井", "金马", "小板桥", "官渡", "矣六", "六甲", "大板桥", "阿拉"),
}
"""County → its streets, numbered from 001 on in this order. Guandu's zone is the first eight (Guandu Art. 2)."""

TOWNSHIPS = 9
"""Streets and townships of every other county."""

CODES_SINCE = 2015
"""Unified social credit codes exist since October 2015 and carry the division of that time (GB 32100-2015)."""


@dataclass(frozen=True)
class County:
    """A county-level division.

    Parameters
    ----------
    earlier
        ``(code, last year)`` of the divisions it replaced since 2015, whose codes live on in credit codes.
    """

    code: str
    name: str
    prefecture: str
    earlier: tuple[tuple[str, int], ...]

    @property
    def streets(self) -> tuple[str, ...]:
        """The codes of its streets and townships, nine digits each."""
        number = len(STREETS[self.code]) if self.code in STREETS else TOWNSHIPS
        return tuple(f"{self.code}{place:03d}" for place in range(1, number + 1))

    @property
    def short_name(self) -> str:
        """The name as it stands in an enterprise's name: 官渡区 stays, 元阳县 becomes 元阳."""
        if self.name.endswith("自治县"):
            return self.name[:2]
        bare = self.name.removesuffix("县").removesuffix("市")
        return bare if len(bare) > 1 else self.name


@cache
def counties() -> tuple[County, ...]:
    """The counties in force: Yunnan's by code, then those elsewhere by code.

    >>> named = [county.name for county in counties() if county.code in ("530111", "211382")]
    >>> sum("53" < county.code < "54" for county in counties()), named
    (129, ['官渡区', '凌源市'])
    """
    present: dict[str, tuple[str, str]] = {}
    gone: list[tuple[str, str, int]] = []
    divisions = numdb.get("cn/loc")
    for prefecture in (*PREFECTURES, *ELSEWHERE):
        for number in range(1, 100):
            code = f"{prefecture}{number:02d}"
            if not code.startswith(("53", *PLACES)):
                continue
            parts = divisions.info(code)
            text = parts[-1][1].get("county") if parts[-1][0] == code[2:] else None
            for period in (text or "").split(","):
                name, last = _period(period)
                if last is None and name not in {"", "市辖区"}:
                    present[code] = (name, prefecture)
                elif name and last is not None and last >= CODES_SINCE:
                    gone.append((code, name, last))
    return tuple(
        County(
            code,
            name,
            prefecture,
            tuple((old, last) for old, past, last in gone if old[:4] == prefecture and past[:2] == name[:2]),
        )
        for code, (name, prefecture) in sorted(present.items(), key=lambda item: (item[1][1] in ELSEWHERE, item[0]))
    )


def _period(text: str) -> tuple[str, int | None]:
    """Name and last year (None while in force) of one entry such as ``[-2016]晋宁县``."""
    matched = re.fullmatch(r"(?:\[(\d*)-(\d*)\])?(.*)", text)
    if matched is None:
        return "", None
    return matched[3], int(matched[2]) if matched[2] else None


def county_weights() -> Floats:
    """Each county's share of the province's enterprises; districts and cities weigh more than counties. Sums to 1;
    elsewhere 0.
    """
    weights: Floats = np.array([_weight(county) for county in counties()])
    prefectures = np.array([county.prefecture for county in counties()])
    weights[~np.isin(prefectures, list(PREFECTURES))] = 0.0
    for prefecture, (_, _, share) in PREFECTURES.items():
        inside = prefectures == prefecture
        weights[inside] *= share / weights[inside].sum()
    weights /= weights.sum()
    return weights


def _weight(county: County) -> float:
    if county.code in {"530102", "530103", "530111", "530112"}:
        return 9.0
    return 3.0 if county.name.endswith(("区", "市")) else 1.0


def prefecture_names() -> tuple[str, ...]:
    """The names of all prefectures, Yunnan's first."""
    return (*(name for name, _, _ in PREFECTURES.values()), *(name for name, _ in ELSEWHERE.values()))


def prefecture_positions() -> Integers:
    """For each county, the position of its prefecture in `prefecture_names()`."""
    order = [*PREFECTURES, *ELSEWHERE]
    return np.array([order.index(county.prefecture) for county in counties()])
