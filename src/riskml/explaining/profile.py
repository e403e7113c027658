"""Who an explanation is about: the registration as known at the as-of date, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from stdnum import numdb

from riskml.core.errors import RunError
from riskml.engines.statements import Statements
from riskml.explaining.individual_names import masked_name, persons_of
from riskml.explaining.values import money
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.tables import TABLES, Label

SECTIONS: dict[str, Label] = {
    "A": Label("农、林、牧、渔业", "agriculture, forestry, animal husbandry and fishery"),
    "B": Label("采矿业", "mining"),
    "C": Label("制造业", "manufacturing"),
    "D": Label("电力、热力、燃气及水生产和供应业", "electricity, heat, gas and water supply"),
    "E": Label("建筑业", "construction"),
    "F": Label("批发和零售业", "wholesale and retail"),
    "G": Label("交通运输、仓储和邮政业", "transport, storage and post"),
    "H": Label("住宿和餐饮业", "accommodation and catering"),
    "I": Label("信息传输、软件和信息技术服务业", "information transmission, software and IT services"),
    "J": Label("金融业", "finance"),
    "K": Label("房地产业", "real estate"),
    "L": Label("租赁和商务服务业", "leasing and business services"),
    "M": Label("科学研究和技术服务业", "research and technical services"),
    "N": Label("水利、环境和公共设施管理业", "water, environment and public facilities"),
    "O": Label("居民服务、修理和其他服务业", "household services, repair and other services"),
    "P": Label("教育", "education"),
    "Q": Label("卫生和社会工作", "health and social work"),
    "R": Label("文化、体育和娱乐业", "culture, sports and entertainment"),
    "S": Label("公共管理、社会保障和社会组织", "public administration, social security and organisations"),
    "T": Label("国际组织", "international organisations"),
}
"""The sections of GB/T 4754-2017."""


@dataclass(frozen=True)
class Subject:
    """One enterprise's registration; None where the source does not say."""

    enterprise_id: str
    name: str
    status: Label
    kind: Label | None
    division: str | None
    region: str | None
    industry_section: str | None
    industry: Label | None
    established: date | None
    registered_capital: Label | None
    new_economy: bool


_READ = (
    "enterprise_id",
    "name",
    "status",
    "kind",
    "division",
    "industry_section",
    "industry",
    "established_date",
    "registered_capital",
    "new_economy",
)
"""What is read of a registration."""


def read_subject(connection: Statements, moment: str, periods: EffectPeriods, enterprise_id: str) -> Subject:
    """The registration of the one enterprise in the relation `moment` (``enterprise_id``, ``as_of``).

    Raises
    ------
    RunError
        Where no registration of this enterprise was known at that date.
    """
    found = connection.execute(f"SELECT {', '.join(_READ)} FROM ({current_enterprise_sql(moment, periods)})")
    rows = found.fetchall()
    if not rows:
        raise RunError(
            zh=f"在该基准日没有企业 {enterprise_id} 的登记信息；请检查统一社会信用代码和基准日。",
            en=f"Nothing was known of an enterprise {enterprise_id} at that date; check the code and the as-of date.",
        )
    known: dict[str, Any] = dict(zip(_READ, rows[0], strict=True))
    capital, name = known["registered_capital"], known["name"]
    if known["kind"] == "individual_business":
        name = masked_name(name, persons_of(connection, enterprise_id))
    return Subject(
        enterprise_id=known["enterprise_id"],
        name=name,
        status=_code("status", known["status"]) or Label(known["status"], known["status"]),
        kind=_code("kind", known["kind"]),
        division=known["division"],
        region=region_name(known["division"]) if known["division"] else None,
        industry_section=known["industry_section"],
        industry=_industry(known["industry_section"], known["industry"]),
        established=known["established_date"],
        registered_capital=None if capital is None else money(float(capital)),
        new_economy=bool(known["new_economy"]),
    )


@cache
def region_name(division: str) -> str:
    """The name of a division code (GB/T 2260), of today or of earlier years; the code itself where it is none.

    >>> region_name("530111"), region_name("530122"), region_name("loop")
    ('云南省昆明市官渡区', '云南省昆明市晋宁县', 'loop')
    """
    if re.fullmatch(r"\d{6}", division) is None:
        return division
    places = [_place(code) for code in dict.fromkeys((division[:2] + "0000", division[:4] + "00", division))]
    return "".join(dict.fromkeys(place for place in places if place)) or division


def _place(code: str) -> str | None:
    """The last name a code had: entries are like ``[-2016]晋宁县``, several separated by commas."""
    parts = numdb.get("cn/loc").info(code)
    if len(parts) < 2:
        return None
    names = str(parts[1][1].get("county", "")).split(",")
    return re.sub(r"\[[^]]*\]", "", names[-1]) or None


def _code(column: str, value: str | None) -> Label | None:
    codes = TABLES["enterprise"].column(column).codes or {}
    return codes.get(value or "")


def _industry(section: str | None, code: str | None) -> Label | None:
    named = SECTIONS.get(section or "")
    plain = code or section
    if named is None:
        return Label(plain, plain) if plain else None
    return Label(f"{named.zh}（{plain}）", f"{named.en} ({plain})")
