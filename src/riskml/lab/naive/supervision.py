"""Supervision: penalties, lists, inspections, compulsory measures, tax, courts, contracts and utilities."""

from __future__ import annotations

import pandas as pd

from riskml.lab.naive.effect_periods import effective
from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet

_HEAVY = [
    "licence_suspended", "qualification_lowered", "licence_revoked", "business_restricted", "production_stopped",
    "closure",
    "occupation_restricted",
]  # fmt: skip
_KEY_FIELDS = ["food", "drug", "medical_device", "special_equipment"]
_MARKET_ORDER = ["advertising", "price", "competition", "intellectual_property", "consumer"]


def add_supervision(records: Records, sheet: Sheet) -> None:
    """Add the indicators of features/supervision.yaml."""
    _add_penalties(records, sheet)
    _add_lists(records, sheet)
    _add_inspections(records, sheet)
    _add_measures_and_tax(records, sheet)
    _add_courts_and_arrears(records, sheet)


def _add_penalties(records: Records, sheet: Sheet) -> None:
    rows = records.penalties
    age, severity = sheet.days_ago(effective("penalty", rows, sheet.as_of)), rows["severity"]
    quarter, year, three = age < 90, age < 365, age < 1095
    real = severity != "warning"
    marks = {
        "penalty_count_90d": real & quarter,
        "penalty_count_365d": real & year,
        "penalty_count_1095d": real & three,
        "penalty_minor_count_90d": severity.isin(["warning", "minor"]) & quarter,
        "penalty_moderate_count_365d": (severity == "moderate") & year,
        "penalty_serious_count_365d": (severity == "serious") & year,
        "penalty_serious_count_1095d": (severity == "serious") & three,
        "penalty_heavy_kind_count_1095d": rows["kind"].isin(_HEAVY) & three,
        "penalty_key_field_count_1095d": rows["domain"].isin(_KEY_FIELDS) & three,
        "penalty_quality_count_1095d": rows["domain"].isin(["product_quality", "metrology"]) & three,
        "penalty_market_order_count_1095d": rows["domain"].isin(_MARKET_ORDER) & three,
        "penalty_other_departments_count_1095d": rows["market_supervision"].eq(False) & three,
    }
    sheet.count(rows, marks)
    sheet.days_since(rows[real], "penalty_days_since", "event_date")
    amounts = {
        "penalty_fine_amount_365d": rows["fine"].where(year),
        "penalty_fine_amount_1095d": rows["fine"].where(three),
        "penalty_confiscated_amount_1095d": rows["confiscated"].where(three),
    }
    sheet.total(rows, amounts)
    capital = sheet.columns["registered_capital"]
    ratio = sheet.columns["penalty_fine_amount_1095d"] / capital.where(capital != 0)
    sheet.derive("penalty_fine_to_capital", ratio, ["penalty_fine_amount_1095d", "registered_capital"])


def _add_lists(records: Records, sheet: Sheet) -> None:
    rows = records.abnormal_listings
    listed, cause = rows["end_date"].isna(), rows["cause"]
    marks = {
        "abnormal_listing_open": listed,
        "abnormal_annual_report_open": listed & (cause == "annual_report"),
        "abnormal_unreachable_open": listed & (cause == "unreachable"),
        "abnormal_information_open": listed & cause.isin(["realtime_information", "false_information"]),
        "abnormal_listing_count_1095d": sheet.days_ago(effective("abnormal_listing", rows, sheet.as_of)) < 1095,
    }
    sheet.count(rows, marks)
    sheet.largest(rows, "abnormal_duration_days", _duration(rows, sheet.as_of))
    rows = records.serious_listings
    listed, market = rows["end_date"].isna(), rows["list_kind"] == "market_supervision"
    marks = {
        "serious_listing_market_open": listed & market,
        "serious_listing_other_open": listed & ~market,
        "serious_listing_removed": ~listed,
    }
    sheet.count(rows, marks)
    rows = records.dishonest.rename(columns={"subject_id": "enterprise_id"})
    sheet.count(rows, {"dishonest_listing_open": pd.Series(True, index=rows.index)})


def _duration(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Days a state lasted, or has lasted so far."""
    return (rows["end_date"].fillna(as_of) - rows["start_date"]).dt.days


def _add_inspections(records: Records, sheet: Sheet) -> None:
    rows = records.live("inspection", "kind", "result", "problems", "serious_problems")
    age, result = sheet.days_ago(rows["event_date"]), rows["result"]
    year, three, known = age < 365, age < 1095, result.notna()
    problem = known & (result != "no_problem")
    grave = (result == "serious_problem") | (rows["serious_problems"] > 0)
    counts = {
        "inspection_problem_count_365d": problem & year,
        "inspection_problem_count_1095d": problem & three,
        "inspection_serious_count_1095d": (result == "serious_problem") & three,
        "inspection_no_contact_count_1095d": result.isin(["unreachable", "uncooperative"]) & three,
    }
    found = problem.astype(float)
    shares = {
        "inspection_problem_share_365d": found.where(known & year),
        "inspection_problem_share_1095d": found.where(known & three),
        "inspection_serious_share_1095d": grave.astype(float).where(known & three),
        "inspection_problem_items_mean_1095d": rows["problems"].where(three),
    }
    for kind in ("random", "routine", "targeted", "complaint_led"):
        chosen = (rows["kind"] == kind) & three
        counts[f"{kind}_inspection_count_1095d"] = chosen
        shares[f"{kind}_problem_share_1095d"] = found.where(known & chosen)
    sheet.count(rows, counts)
    sheet.mean(rows, shares)
    sheet.total(rows, {"inspection_serious_items_1095d": rows["serious_problems"].where(three)})
    sheet.newest(rows, "event_date", {"last_inspection_problem": found.where(known)})
    sheet.days_since(rows, "inspection_days_since", "event_date")
    sheet.days_since(rows[problem], "inspection_problem_days_since", "event_date")


def _add_measures_and_tax(records: Records, sheet: Sheet) -> None:
    rows = records.live("compulsory_measure")
    recent = sheet.days_ago(effective("compulsory_measure", rows, sheet.as_of)) < 365
    sheet.count(rows, {"compulsory_measure_open": rows["end_date"].isna(), "compulsory_measure_count_365d": recent})
    rows = records.live("tax_arrears", "amount", "non_normal")
    owed = rows["end_date"].isna()
    sheet.total(rows, {"tax_arrears_amount": rows["amount"].where(owed)})
    sheet.count(rows, {"non_normal_taxpayer_open": owed & rows["non_normal"].eq(True)})
    sheet.largest(rows, "tax_arrears_duration_days", _duration(rows, sheet.as_of).where(rows["amount"] > 0))


def _add_courts_and_arrears(records: Records, sheet: Sheet) -> None:
    rows = records.live("judgment", "kind", "role", "cause", "amount")
    against = (rows["role"] == "defendant") & (sheet.days_ago(rows["event_date"]) < 1095)
    judged, enforced = against & (rows["kind"] == "judgment"), against & (rows["kind"] == "enforcement")
    marks = {
        "judgment_defendant_count_1095d": judged,
        "judgment_labour_count_1095d": judged & (rows["cause"] == "labour"),
        "enforcement_count_1095d": enforced,
    }
    sheet.count(rows, marks)
    amounts = {
        "judgment_defendant_amount_1095d": rows["amount"].where(judged),
        "enforcement_amount_1095d": rows["amount"].where(enforced),
    }
    sheet.total(rows, amounts)
    rows = records.live("contract_breach")
    sheet.count(rows, {"contract_breach_count_1095d": sheet.days_ago(rows["event_date"]) < 1095})
    rows = records.live("utility_arrears", "amount")
    owed = rows["end_date"].isna()
    sheet.count(rows, {"utility_arrears_open": owed})
    sheet.total(rows, {"utility_arrears_amount": rows["amount"].where(owed)})
