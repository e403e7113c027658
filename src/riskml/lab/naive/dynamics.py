"""Dynamics: registered changes, annual reports, pledges and mortgages, suspension."""

from __future__ import annotations

import pandas as pd

from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet


def add_dynamics(records: Records, sheet: Sheet) -> None:
    """Add the indicators of features/dynamics.yaml."""
    _add_changes(records, sheet)
    reports = records.live(
        "annual_report", "year", "employees", "assets", "liabilities", "revenue", "net_profit", "tax"
    )
    _add_filing(records, sheet, reports)
    _add_financial_position(sheet, reports)
    _add_pledges(records, sheet)


def _add_changes(records: Records, sheet: Sheet) -> None:
    rows = records.live("change", "item", "amount_before", "amount_after")
    age, item = sheet.days_ago(rows["event_date"]), rows["item"]
    year, three = age < 365, age < 1095
    before, after = rows["amount_before"], rows["amount_after"]
    capital = (item == "capital") & (before > 0) & three
    doubled = capital & (after >= 2 * before)
    marks = {
        "change_count_365d": year,
        "change_count_1095d": three,
        "change_address_count_365d": (item == "address") & year,
        "change_address_count_1095d": (item == "address") & three,
        "change_legal_representative_count_365d": (item == "legal_representative") & year,
        "change_legal_representative_count_1095d": (item == "legal_representative") & three,
        "change_shareholder_count_1095d": (item == "shareholder") & three,
        "change_name_count_1095d": (item == "name") & three,
        "change_scope_count_1095d": (item == "scope") & three,
        "capital_jump_count_1095d": doubled,
        "capital_jump_to_large_count_1095d": doubled & (after >= 1000),
    }
    sheet.count(rows, marks)
    sheet.largest(rows, "capital_jump_ratio_1095d", (after / before).where(capital), none=1)


def _add_filing(records: Records, sheet: Sheet, reports: pd.DataFrame) -> None:
    """The last three reports due: by 30 June of the next year, from the year of establishment on."""
    filed = reports.sort_values(["event_date", "known_date", "arrival"]).drop_duplicates(["enterprise_id", "year"])
    own = records.registered[["enterprise_id", "record_id", "established_date", "registered_capital"]]
    last = sheet.as_of.year - 1 if (sheet.as_of.month, sheet.as_of.day) > (6, 30) else sheet.as_of.year - 2
    years = []
    for year in range(last - 2, last + 1):
        due = own[own["established_date"].dt.year <= year].drop(columns="established_date")
        one = due.merge(
            filed[filed["year"] == year].drop(columns="year"), on="enterprise_id", how="left", suffixes=("_own", "")
        )
        years.append(one.assign(due_date=pd.Timestamp(year + 1, 6, 30)))
    rows = pd.concat(years, ignore_index=True)
    rows["record_id"] = rows["record_id"].fillna(rows["record_id_own"])
    late = rows["event_date"] > rows["due_date"]
    zero = (rows["assets"] == 0) & (rows["revenue"] == 0) & (rows["tax"] == 0)
    idle = (rows["tax"] == 0) | (rows["revenue"] < 100) | (rows["employees"] == 0)
    marks = {
        "report_missing_count": rows["event_date"].isna(),
        "report_late_count": late,
        "report_all_zero_count": zero,
        "report_implausible_count": (rows["registered_capital"] >= 10_000) & idle,
    }
    sheet.count(rows, marks)
    sheet.largest(rows, "report_late_days", (rows["event_date"] - rows["due_date"]).dt.days.where(late))


def _add_financial_position(sheet: Sheet, reports: pd.DataFrame) -> None:
    # Only the newest reports are looked at: dividing all of them first would be the slower of two usual ways.
    rows = reports.sort_values(["event_date", "known_date", "arrival"]).drop_duplicates("enterprise_id", keep="last")
    assets, liabilities, revenue = rows["assets"], rows["liabilities"], rows["revenue"]
    values = {
        "insolvent": (liabilities > assets).astype(float).where(liabilities.notna() & assets.notna()),
        "debt_ratio": liabilities / assets.where(assets != 0),
        "profit_margin": rows["net_profit"] / revenue.where(revenue != 0),
        "report_revenue": revenue,
        "report_employees": rows["employees"],
    }
    sheet.newest(rows, "event_date", values)


def _add_pledges(records: Records, sheet: Sheet) -> None:
    rows = records.live("equity_pledge", "amount")
    rows = rows[rows["end_date"].isna()]
    sheet.count(rows, {"equity_pledge_open": pd.Series(True, index=rows.index)})
    sheet.total(rows, {"equity_pledge_amount": rows["amount"]})
    capital = sheet.columns["registered_capital"]
    ratio = sheet.columns["equity_pledge_amount"] / capital.where(capital != 0)
    sheet.derive("equity_pledge_to_capital", ratio, ["equity_pledge_amount", "registered_capital"])
    for name in ("chattel_mortgage", "ip_pledge"):
        rows = records.live(name)
        sheet.count(rows, {f"{name}_open": rows["end_date"].isna()})
    rows = records.live("suspension", "planned_until")
    lasting = rows["end_date"].isna()
    sheet.count(rows, {"suspension_open": lasting})
    overdue = lasting & (rows["planned_until"] < sheet.as_of)
    sheet.largest(rows, "suspension_overdue_days", sheet.days_ago(rows["planned_until"]).where(overdue))
