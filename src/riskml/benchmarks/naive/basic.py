"""Basic attributes: registration, address, licences, branches, and what visits find in the same industry or county."""

from __future__ import annotations

import pandas as pd

from riskml.benchmarks.naive.records import Records, read_table
from riskml.benchmarks.naive.sheet import Sheet

PRIOR_VISITS = 20
"""Visits' worth of the province's rate that a group's rate is drawn towards."""

_KEY_FIELDS = ["food", "drug", "medical_device", "special_equipment"]


def add_basic(records: Records, sheet: Sheet) -> None:
    """Add the indicators of features/basic.yaml."""
    _add_registration(records, sheet)
    _add_address(records, sheet)
    _add_peers(records, sheet)
    _add_licences(records, sheet)
    branches = records.live("branch")
    sheet.count(branches, {"branch_open": branches["end_date"].isna()})


def _add_registration(records: Records, sheet: Sheet) -> None:
    one = records.registered
    values = {
        "age_years": sheet.days_ago(one["established_date"]) / 365.25,
        "is_branch": (one["kind"] == "branch").astype(float).where(one["kind"].notna()),
        "business_licence_revoked": (one["status"] == "revoked").astype(float),
        "operating_term_expired": (one["operating_until"] < sheet.as_of).astype(float),
        "registered_capital": one["registered_capital"],
        "paid_capital_ratio": one["paid_capital"] / one["registered_capital"].where(one["registered_capital"] != 0),
    }
    sheet.put(pd.DataFrame(values).set_axis(one["enterprise_id"]), None)
    sheet.cite(values, one)


def _add_address(records: Records, sheet: Sheet) -> None:
    listings = records.abnormal_listings
    there = records.enterprises[records.enterprises["status"] == "active"]
    there = there.assign(abnormal=there["enterprise_id"].isin(listings.loc[listings["end_date"].isna(), "enterprise_id"]))
    at_address = there.groupby("address")["abnormal"].agg(address_firms="size", address_abnormal_firms="sum")
    own = records.registered[["enterprise_id", "record_id", "address"]].dropna().merge(at_address, on="address", how="left")
    names = ["address_firms", "address_abnormal_firms"]
    sheet.put(own.set_index("enterprise_id")[names].fillna(0), None)
    sheet.cite(names, own)


def _add_peers(records: Records, sheet: Sheet) -> None:
    """Problem rate of random and routine visits of the last 1095 days, one per enterprise and day, by where it belonged then."""
    rows = records.live("inspection", "kind", "result")
    rows = rows[rows["kind"].isin(["random", "routine"]) & rows["result"].notna()]
    rows = rows[sheet.days_ago(rows["event_date"]) < 1095]
    rows = rows.assign(problem=rows["result"] != "no_problem")
    visits = rows.groupby(["enterprise_id", "event_date"])["problem"].max().reset_index()
    visits = visits.merge(_homes(records, visits), on=["enterprise_id", "event_date"])
    rate = (visits["problem"].sum() + 1) / (len(visits) + PRIOR_VISITS)
    own = records.registered
    for name, peer in {"industry_problem_rate": _industry(own), "region_problem_rate": own["division"]}.items():
        group = visits.groupby("industry" if name.startswith("industry") else "division")["problem"].agg(["sum", "size"])
        found = pd.DataFrame({"sum": peer.map(group["sum"]).fillna(0), "size": peer.map(group["size"]).fillna(0)})
        values = (found["sum"] + PRIOR_VISITS * rate) / (found["size"] + PRIOR_VISITS)
        sheet.put(values.set_axis(own["enterprise_id"]).to_frame(name), None)
        sheet.cite([name], own)


def _homes(records: Records, visits: pd.DataFrame) -> pd.DataFrame:
    """Industry and division of each visited enterprise as known on the day of the visit.

    A registration that was amended by that day is left out; no part of one is ever revoked.
    """
    columns = ["record_id", "arrival", "enterprise_id", "valid_from", "known_date", "industry", "division"]
    versions = read_table(records.store, "enterprise", columns)
    amended = records.amendments[records.amendments["of_table"] == "enterprise"].groupby("of_record")["since"].min()
    versions = versions.merge(amended.rename("amended"), left_on="record_id", right_index=True, how="left")
    then = visits[["enterprise_id", "event_date"]].merge(versions, on="enterprise_id")
    day = then["event_date"]
    then = then[(then["valid_from"] <= day) & (then["known_date"] <= day) & ~(then["amended"] <= day)]
    then = then.sort_values(["valid_from", "known_date", "arrival"]).drop_duplicates(["enterprise_id", "event_date"], keep="last")
    return then.assign(industry=_industry(then))[["enterprise_id", "event_date", "industry", "division"]]


def _industry(rows: pd.DataFrame) -> pd.Series:
    """The division of a GB/T 4754 code (C13); other words as they are."""
    industry = rows["industry"]
    return industry.where(~industry.str.match(r"[A-T][0-9]", na=False), industry.str[:3])


def _add_licences(records: Records, sheet: Sheet) -> None:
    rows = records.live("licence", "domain", "expiry_date")
    rows = rows[rows["end_date"].isna()]
    expired = rows["expiry_date"] < sheet.as_of
    soon = rows["expiry_date"] < sheet.as_of + pd.Timedelta(days=90)
    marks = {
        "licence_open": pd.Series(True, index=rows.index),
        "licence_key_field_open": rows["domain"].isin(_KEY_FIELDS),
        "licence_expired": expired,
        "licence_expiring": soon & (rows["expiry_date"] >= sheet.as_of),
    }
    sheet.count(rows, marks)
    sheet.largest(rows, "licence_overdue_days", sheet.days_ago(rows["expiry_date"]).where(expired))
