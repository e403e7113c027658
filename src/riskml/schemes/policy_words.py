"""A change of a policy in words: which entry of which file it is about, and what it was and is."""

from __future__ import annotations

import re
from typing import Any

from riskml.core.language import Label
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.records.tables import TABLES
from riskml.schemes.policy_changes import PolicyChange
from riskml.schemes.scheme import SCHEME, Scheme

_FILES = {SCHEME: Label("办法", "scheme"), EFFECT_PERIODS: Label("影响期", "effect periods")}

_FIELDS: dict[str, Label] = {
    "article": Label("条款", "article"),
    "at_least": Label("至少几次", "at least"),
    "bands": Label("得分区间", "score bands"),
    "basis": Label("依据", "basis"),
    "below": Label("上限（不含）", "below"),
    "cap": Label("最多分", "most points"),
    "classes": Label("各等级的条件", "conditions of grades"),
    "clock": Label("起算日", "counted from"),
    "cycle": Label("评价周期", "cycle"),
    "dimensions": Label("维度", "dimensions"),
    "directories": Label("名录", "directories"),
    "each": Label("每条的分值", "points for each"),
    "effect": Label("效力", "effect"),
    "enabled": Label("启用", "switched on"),
    "exclusions": Label("不作为依据的情形", "what is not used"),
    "fixed": Label("直接判定", "direct grade"),
    "floor": Label("下限", "floor"),
    "from": Label("起", "from"),
    "from_": Label("起", "from"),
    "fusion": Label("与行业等级融合", "combination with grades of trades"),
    "grades": Label("等级", "grades"),
    "in_force": Label("施行", "in force"),
    "items": Label("项", "items"),
    "label": Label("名称", "label"),
    "length": Label("时长", "length"),
    "limits": Label("限度", "limits"),
    "matrix": Label("矩阵", "matrix"),
    "measures": Label("监管措施", "measures"),
    "note": Label("说明", "note"),
    "notice": Label("须知", "notice"),
    "officer_choice": Label("由人员认定", "an officer chooses"),
    "on_site_required": Label("须现场检查", "on-site inspection required"),
    "opening": Label("引导句", "opening sentence"),
    "peer_rates_move_bands": Label("同行业、同区域比率可移动区间", "peer rates move bands"),
    "points": Label("分值", "points"),
    "procedures": Label("程序", "procedures"),
    "publicity": Label("公示期", "publicity"),
    "reading": Label("理解", "reading"),
    "recency": Label("按新旧折算", "weights by age"),
    "rules": Label("规则", "rules"),
    "sampling": Label("“双随机”抽查", "double-random inspections"),
    "scope": Label("适用范围", "scope"),
    "score": Label("得分", "score"),
    "scoring": Label("评分", "scoring"),
    "sentences": Label("各项措施", "sentences"),
    "severity": Label("按轻重折算", "weights by gravity"),
    "start": Label("起始分", "starting points"),
    "steps": Label("分档", "steps"),
    "tallies": Label("计数", "tallies"),
    "targeted": Label("定向抽查", "targeted inspections"),
    "text": Label("原文", "text"),
    "times": Label("倍数", "weight"),
    "to": Label("止", "to"),
    "unconfirmed": Label("确认之前", "until it is confirmed"),
    "unknown": Label("无从知道时", "where it is not known"),
    "until": Label("至", "until"),
    "value": Label("取值", "value"),
    "versions": Label("版本", "versions"),
    "where": Label("条件", "condition"),
    "within": Label("多久以内", "within"),
    "working_days": Label("工作日", "working days"),
}
"""What the entries are called that people change; one that is not here keeps the name it has in the file."""

_VALUES: dict[Any, Label] = {
    True: Label("是", "yes"),
    False: Label("否", "no"),
    "lower_greatly": Label("大幅降低", "far fewer"),
    "lower": Label("降低", "fewer"),
    "normal": Label("常规", "as usual"),
    "raise": Label("提高", "more"),
    "raise_moderately": Label("适当提高", "moderately more"),
    "raise_greatly": Label("大幅提高", "many more"),
    "hold": Label("按最轻的一类", "the mildest option holds"),
    "unlimited": Label("不限", "unlimited"),
}

_LOGGED = re.compile(r"(\S+) (\S+): (.+) → (.+)", re.DOTALL)
_PLAIN = {"True": True, "False": False, "–": None}
_LENGTH = re.compile(r"(\d+)([dmy])")
_LENGTHS = {"d": Label("天", " days"), "m": Label("个月", " months"), "y": Label("年", " years")}


def place_in_words(change: PolicyChange, scheme: Scheme) -> Label:
    """The entry that a change is about, from the file inwards, by the names that the scheme gives its own parts."""
    parts = [_FILES.get(change.file, Label(change.file, change.file))]
    names = _names_of(scheme)
    above = ""
    for part in re.findall(r"[^.]+", change.place):
        if above == "measures" and part.isdigit() and int(part) <= len(scheme.measures):
            grades = "、".join(scheme.measures[int(part) - 1].grades)
            parts.append(Label(grades, grades.replace("、", ", ")))
        elif (found := _FIELDS.get(part) or names.get(part)) is not None:
            parts.append(found)
        elif part in TABLES:
            parts.append(TABLES[part].label)
        else:
            parts.append(Label(f"第{part}项", f"no. {part}") if part.isdigit() else Label(part, part))
        above = part
    return Label(" › ".join(part.zh for part in parts), " › ".join(part.en for part in parts))


def logged_in_words(change: str, scheme: Scheme) -> Label:
    """A change as the log of policies keeps it (`PolicyChange.__str__`), in words."""
    found = _LOGGED.fullmatch(change)
    if found is None:
        return Label(change, change)
    file, place, *values = found.groups()
    where = place_in_words(PolicyChange(file, place, *values), scheme)
    before, after = (value_in_words(_PLAIN.get(value, value)) for value in values)
    return Label(f"{where.zh}：{before.zh} → {after.zh}", f"{where.en}: {before.en} → {after.en}")


def document_in_words(document: str, scheme: Scheme) -> Label:
    """The text that a policy puts into data, as the log of policies keeps it, with the scheme's own title of it."""
    title = scheme.basis[0].title
    return Label(document, document.replace(title.zh, title.en))


def value_in_words(value: Any) -> Label:
    """What an entry was or is.

    >>> value_in_words("raise_greatly").en, value_in_words("90d").zh, value_in_words(None).en, value_in_words(450.0).en
    ('many more', '90天', '–', '450')
    """
    if value is None:
        return Label("–", "–")
    if isinstance(value, bool | str) and value in _VALUES:
        return _VALUES[value]
    if isinstance(value, float):
        return Label(f"{value:g}", f"{value:g}")
    if isinstance(value, str) and (length := _LENGTH.fullmatch(value)):
        unit = _LENGTHS[length[2]]
        return Label(f"{length[1]}{unit.zh}", f"{length[1]}{unit.en if length[1] != '1' else unit.en[:-1]}")
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return Label(**value)
        if isinstance(value.get("label"), dict):
            return Label(**value["label"])
        told = [
            (_FIELDS.get(name, Label(name, name)), value_in_words(one))
            for name, one in value.items()
            if one is not None
        ]
        return Label("；".join(f"{n.zh} {v.zh}" for n, v in told), "; ".join(f"{n.en} {v.en}" for n, v in told))
    if isinstance(value, list):
        found = [value_in_words(one) for one in value]
        return Label("、".join(one.zh for one in found) or "–", ", ".join(one.en for one in found) or "–")
    return Label(str(value), str(value))


def _names_of(scheme: Scheme) -> dict[str, Label]:
    """What the scheme calls its own rules, dimensions, items, tallies and directories."""
    items = [item for dimension in scheme.dimensions for item in dimension.items]
    parts = (scheme.all_rules, scheme.dimensions, items, scheme.tallies, scheme.directories)
    return {one.id: one.label for part in parts for one in part}
