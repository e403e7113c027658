"""The early warnings as files: CSV for people, JSON for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskml.publication.atomic_write import appearing_whole, write_json
from riskml.publication.columns import Field, described, score, text
from riskml.publication.csv_export import write_sheet
from riskml.publication.early_warnings import LOOK_BACK, NEAR, RISE, EarlyWarnings, Warned
from riskml.publication.labels import Words
from riskml.records.tables import Label
from riskml.schemes.notices import basis_of

STANDING = Label(
    "预警是对本系统得分的一条规则，不是对违法事实的认定，也未经检查结果验证；供安排监测时参考。",
    "A warning is a rule over this system's scores: it establishes no violation and has not been validated on "
    "inspections. It is for "
    "allocating monitoring.",
)

FIELDS = (
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("grade", "等级", "grade"),
    text("next_grade", "接近的等级", "the grade it is near"),
    score("score_before", "此前得分", "score before"),
    score("score", "得分", "score"),
    score("rise", "上升", "rise"),
    score("distance", "距下一等级", "points to the next grade"),
    Field("updated_on", "date", Label("即时更新的日期", "brought up to date on"), required=False),
    Field("changes", "list", Label("上升的主要原因", "indicators whose points rose most")),
)

GROUPS = {
    "warned": Label("预警", "warned"),
    "near": Label("同样接近但未上升", "as near, but not risen"),
    "others": Label("其他", "others"),
}


def write_warnings(folder: Path, warnings: EarlyWarnings) -> None:
    """Write warnings.csv and warnings.json; `folder` appears whole, or not at all."""
    rows = [told(one, warnings.words) for one in warnings.warned]
    with appearing_whole(folder) as draft:
        write_sheet(draft / "warnings.csv", FIELDS, rows, notice=_notice(warnings), simulated=warnings.simulated)
        write_json(draft / "warnings.json", to_dict(warnings))


def _notice(warnings: EarlyWarnings) -> Label:
    """What a warning is, and the scheme's own notice."""
    notice = warnings.run.notice
    return Label(STANDING.zh + notice.zh, f"{STANDING.en} {notice.en}")


def told(one: Warned, words: Words) -> dict[str, Any]:
    """The row of `FIELDS`, as a person reads it in the language that is spoken."""
    return {**vars(one), "rise": one.rise, "changes": [words.change(change).said for change in one.changes]}


def to_dict(warnings: EarlyWarnings) -> dict[str, Any]:
    """Everything as plain JSON values."""
    words = warnings.words
    return {
        "notice": vars(_notice(warnings)),
        "basis": basis_of(words.scheme, "warnings"),
        "scheme": warnings.run.scheme,
        "as_of": warnings.run.as_of.isoformat(),
        "since": warnings.since.isoformat(),
        "simulated": warnings.simulated,
        "rule": {"rise_in_band_widths": RISE, "near_in_band_widths": NEAR, "look_back_days": LOOK_BACK.days},
        "fields": described(FIELDS),
        "enterprises": [
            {
                **vars(one),
                "rise": one.rise,
                "updated_on": one.updated_on and one.updated_on.isoformat(),
                "changes": [words.change_values(change) for change in one.changes],
            }
            for one in warnings.warned
        ],
        "followed_at": warnings.followed_at and warnings.followed_at.isoformat(),
        "follow_up": [{**vars(one), "rate": one.rate} for one in warnings.follow_up],
    }
