"""Penalties that two departments report under one case number, and what a scheme makes of them."""

from __future__ import annotations

from handmade import Rows
from small_runs import T, code

from riskml.core.workspace import Workspace
from riskml.runs.explain_one import explain_one

ALIKE, GRAVER, APART = 40, 44, 52
"""One case reported twice; one of which one report is graver; two penalties of one day without a case number."""


def report_twice(rows: Rows) -> None:
    """Put these penalties in the place of those that `small_runs.records` has of the three."""
    rows["penalty"] = [one for one in rows["penalty"] if one["enterprise_id"] not in map(code, (ALIKE, GRAVER, APART))]
    cases = ((ALIKE, "罚案-40", "moderate"), (GRAVER, "罚案-44", "serious"), (APART, None, "moderate"))
    rows["penalty"] += [
        {"record_id": f"TWICE-{number}-{place}", "enterprise_id": code(number), "event_date": "2026-06-01",
         "severity": severity, "kind": "fine", "fine": 3, "case_id": case}
        for number, case, graver in cases for place, severity in enumerate(("moderate", graver))
    ]  # fmt: skip


def acts_told(workspace: Workspace, scheme: str) -> tuple[tuple[float, int, str], ...]:
    """Of each of the three the points, the number of records behind them and the beginning of the sentence."""
    told = []
    for number in (ALIKE, GRAVER, APART):
        (one,) = [
            one for one in explain_one(workspace, scheme, code(number), T).lowered if one.indicator == "penalties"
        ]
        told.append((one.points, one.evidence.count, one.sentence.zh.partition("；")[0]))
    return tuple(told)
