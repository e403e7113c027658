"""Basic attributes: registration, address, licences, branches, and what visits find in the same industry or county."""

from __future__ import annotations

import pandas as pd

from riskml.lab.naive.records import Records, read_table
from riskml.lab.naive.sheet import Sheet

WHOLE_PRIOR = 50
"""Visits, one with a problem, added to all visits of the province."""

SHRINK = 50
"""Visits' worth of what is expected that are added to what a group's visits found and were expected to find."""

USUAL_VISITS = 30
"""Visits' worth of everyone's rate that an inspector's rate is drawn towards."""

_USUAL_DIGITS = 6
"""What is usual has so many digits by definition: a tree may part enterprises by the last one."""

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
    there = there.assign(
        abnormal=there["enterprise_id"].isin(listings.loc[listings["end_date"].isna(), "enterprise_id"])
    )
    at_address = there.groupby("address")["abnormal"].agg(address_firms="size", address_abnormal_firms="sum")
    own = (
        records.registered[["enterprise_id", "record_id", "address"]]
        .dropna()
        .merge(at_address, on="address", how="left")
    )
    names = ["address_firms", "address_abnormal_firms"]
    sheet.put(own.set_index("enterprise_id")[names].fillna(0), None)
    sheet.cite(names, own)


def _add_peers(records: Records, sheet: Sheet) -> None:
    """Problems found by random and routine visits of the last 1095 days to those expected, one visit per enterprise and
    day, by where it belonged then.
    """
    rows = _known_inspections(records)
    rows = rows.merge(_usual(rows, records.as_of), on=["inspector", "month_end"], how="left")
    rows = rows[(rows["since"] <= records.as_of) & ~(rows["until"] <= records.as_of)]
    rows = rows[rows["kind"].isin(["random", "routine"]) & (sheet.days_ago(rows["event_date"]) < 1095)]
    visits = rows.groupby(["enterprise_id", "event_date"], as_index=False).agg(
        problem=("problem", "max"), usual=("usual", "mean")
    )
    visits = visits.assign(usual=visits["usual"].round(_USUAL_DIGITS))
    visits = visits.merge(_homes(records, visits), on=["enterprise_id", "event_date"])
    by_inspector = 2 * visits["usual"].notna().sum() > len(visits)
    if by_inspector:
        visits = visits[visits["usual"].notna()]
    rate = (visits["problem"].sum() + 1) / (len(visits) + WHOLE_PRIOR)
    expected = visits["usual"] * (visits["problem"].sum() / visits["usual"].sum()) if by_inspector else rate
    visits = visits.assign(expected=expected)
    own = records.registered
    for name, peer in {
        "industry_problem_rate_1095d": _industry(own),
        "region_problem_rate_1095d": own["division"],
    }.items():
        group = visits.groupby("industry" if name.startswith("industry") else "division")[["problem", "expected"]].sum()
        found, awaited = (peer.map(group[column]).fillna(0) + SHRINK * rate for column in ("problem", "expected"))
        sheet.put((found / awaited).set_axis(own["enterprise_id"]).to_frame(name), None)
        sheet.cite([name], own)


def _known_inspections(records: Records) -> pd.DataFrame:
    """Every inspection with a result, and from when (``since``) to when (``until``, none where it still counts) it was
    known as it is.
    """
    columns = ["record_id", "enterprise_id", "event_date", "known_date", "kind", "result", "inspector"]
    rows = read_table(records.store, "inspection", columns)
    rows = rows[rows["result"].notna()]
    amended = records.amendments[records.amendments["of_table"] == "inspection"]
    amended = amended[(amended["kind"] != "partly_revoked") | (amended["part"] == "result")]
    # reindex and not map, which cannot tell the type where no inspection was amended
    until = amended.groupby("of_record")["since"].min().reindex(rows["record_id"]).to_numpy()
    before = rows["event_date"] - pd.Timedelta(days=1)
    return rows.assign(
        since=rows[["event_date", "known_date"]].max(axis=1),
        until=until,
        problem=(rows["result"] != "no_problem").astype(int),
        month_end=before.where(before.dt.is_month_end, before - pd.offsets.MonthEnd(1)),
    )


def _usual(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What each inspector usually finds, as known at each month-end before a visit: the mean of a year, drawn towards
    everyone's.
    """
    found = []
    for month_end in sorted(rows.loc[rows["event_date"] <= as_of, "month_end"].unique()):
        then = rows[(rows["since"] <= month_end) & ~(rows["until"] <= month_end)]
        then = then[then["event_date"] > month_end - pd.Timedelta(days=365)]
        if then.empty:
            continue
        came = rows.loc[rows["month_end"] == month_end, "inspector"].dropna().unique()
        past = then.groupby("inspector")["problem"].agg(["sum", "size"]).reindex(came, fill_value=0)
        usual = ((past["sum"] + USUAL_VISITS * then["problem"].mean()) / (past["size"] + USUAL_VISITS)).round(
            _USUAL_DIGITS
        )
        found.append(pd.DataFrame({"inspector": came, "month_end": month_end, "usual": usual.to_numpy()}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["inspector", "month_end", "usual"])


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
    then = then.sort_values(["valid_from", "known_date", "arrival"]).drop_duplicates(
        ["enterprise_id", "event_date"], keep="last"
    )
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
