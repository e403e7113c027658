"""Deliveries that should not be loaded unseen: one that would refuse almost everything, or end almost every
open state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from riskml.records.load_report import TableReport
from riskml.records.tables import Label

MOST_REFUSED, LEAST_REFUSED = 0.5, 20
"""A table of which more than this share of the rows, and at least so many, would be refused stops a load."""

MOST_LEAVING, LEAST_LEAVING = 0.2, 10
"""A list from which more than this share of the open states, and at least so many, would leave stops a load."""


def reasons_to_confirm(tables: Iterable[TableReport]) -> tuple[Label, ...]:
    """Why a load should be confirmed by a person before it is stored, from the counts it would have."""
    found = []
    for one in tables:
        share = one.refused / max(one.received, 1)
        if one.refused >= LEAST_REFUSED and share > MOST_REFUSED:
            found.append(
                Label(
                    f"{one.table} 表的 {one.received:,} 行中有 {one.refused:,} 行（{share:.0%}）将被隔离；"
                    "是否换了编号、映射或口径？",
                    f"of {one.received:,} rows of table {one.table} {one.refused:,} ({share:.0%}) would be refused: "
                    "were they renumbered, "
                    "or the mapping changed?",
                )
            )
        leaving = one.left / max(one.open_before, 1)
        if (one.left and not one.received) or (one.left >= LEAST_LEAVING and leaving > MOST_LEAVING):
            found.append(
                Label(
                    f"{one.table} 表在列的 {one.open_before:,} 条中有 {one.left:,} 条（{leaving:.0%}）不在这份名单上，"
                    "将视为移出；"
                    f"名单共 {one.received:,} 行，是否完整？",
                    f"of {one.open_before:,} open states of table {one.table} {one.left:,} ({leaving:.0%}) are not on "
                    "this list of "
                    f"{one.received:,} rows and would end: is it whole?",
                )
            )
    return tuple(found)


def older_than_the_last(load: dict[str, Any], earlier: Iterable[dict[str, Any]]) -> Label | None:
    """What is said of a delivery that is older than one of its source that was loaded before, by the day received or by
    its newest date.
    """
    own = [one for one in earlier if one["source"] == load["source"]]
    later = [one for one in own if date.fromisoformat(one["received"]) > date.fromisoformat(load["received"])]
    if later:
        last = max(later, key=lambda one: str(one["received"]))
        return Label(
            f"这一批（{load['received']} 接收）早于已导入的第 {last['number']} 批（{last['received']} 接收）",
            f"this delivery, received on {load['received']}, is older than load {last['number']}, received on "
            f"{last['received']}",
        )
    newest = max((one["newest"] for one in own if one["newest"]), default=None)
    if newest and load["newest"] and load["newest"] < newest:
        return Label(
            f"这一批最新的日期是 {load['newest']}，早于已导入的同一来源的 {newest}：可能是一份旧的数据",
            f"the newest date of this delivery is {load['newest']}, before {newest} in what was loaded of this source: "
            "it may be an old one",
        )
    return None
