"""Social evaluation: complaints, public opinion, honours, commitments."""

from __future__ import annotations

import pandas as pd

from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet


def add_social(records: Records, sheet: Sheet) -> None:
    """Add the indicators of features/social.yaml."""
    _add_complaints(records, sheet)
    _add_opinion(records, sheet)
    honours = records.live("honour", "level")
    marks = {
        "honour_count": pd.Series(True, index=honours.index),
        "honour_provincial_count": honours["level"].isin(["national", "provincial"]),
    }
    sheet.count(honours, marks)
    rows = records.live("commitment", "outcome")
    three, broken = sheet.days_ago(rows["event_date"]) < 1095, rows["outcome"] == "broken"
    kept = rows["outcome"] == "kept"
    sheet.count(rows, {"commitment_broken_count_1095d": broken & three, "commitment_kept_count_1095d": kept & three})
    sheet.mean(rows, {"commitment_broken_share_1095d": broken.astype(float).where(three)})


def _add_complaints(records: Records, sheet: Sheet) -> None:
    rows = records.live("complaint", "kind", "topic", "accepted")
    rows = rows[rows["accepted"].eq(True)]
    age = sheet.days_ago(rows["event_date"])
    quarter, year = age < 90, age < 365
    marks = {
        "complaint_count_90d": quarter,
        "complaint_count_365d": year,
        "report_of_violation_count_365d": (rows["kind"] == "report") & year,
        "complaint_safety_count_365d": rows["topic"].isin(["quality", "food_safety", "sanitation"]) & year,
    }
    sheet.count(rows, marks)
    sheet.days_since(rows, "complaint_days_since", "event_date")
    trend = sheet.columns["complaint_count_90d"] * 365 / 90 - sheet.columns["complaint_count_365d"]
    sheet.derive("complaint_trend", trend, ["complaint_count_90d", "complaint_count_365d"])


def _add_opinion(records: Records, sheet: Sheet) -> None:
    rows = records.opinion
    age, negative = sheet.days_ago(rows["event_date"]), rows["sentiment"] == "negative"
    quarter, year = age < 90, age < 365
    marks = {
        "opinion_negative_count_90d": negative & quarter,
        "opinion_negative_count_365d": negative & year,
        "opinion_high_attention_count_90d": negative & (rows["attention"] == "high") & quarter,
        "opinion_serious_count_90d": (rows["effect"] == "serious") & quarter,
        "opinion_positive_count_365d": (rows["sentiment"] == "positive") & year,
    }
    sheet.count(rows, marks)
