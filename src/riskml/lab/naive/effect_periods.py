"""For how long a record counts, written down for pandas (features/effect_periods.yaml has the sources)."""

from __future__ import annotations

import pandas as pd

_NONE, _QUARTER = pd.DateOffset(days=0), pd.DateOffset(months=3)
_YEAR, _THREE_YEARS = pd.DateOffset(years=1), pd.DateOffset(years=3)

_LENGTHS = {
    "inspection": ("event_date", _THREE_YEARS),
    "judgment": ("event_date", _THREE_YEARS),
    "contract_breach": ("event_date", _THREE_YEARS),
    "change": ("event_date", _THREE_YEARS),
    "complaint": ("event_date", _THREE_YEARS),
    "commitment": ("event_date", _THREE_YEARS),
    "honour": ("event_date", _THREE_YEARS),
    "opinion": ("event_date", _YEAR),
    "abnormal_listing": ("end_date", _YEAR),
    "serious_listing": ("end_date", _YEAR),
    "compulsory_measure": ("end_date", _YEAR),
    "tax_arrears": ("end_date", _YEAR),
    "utility_arrears": ("end_date", _YEAR),
    "suspension": ("end_date", _YEAR),
    "dishonest_debtor": ("end_date", _NONE),
    "equity_pledge": ("end_date", _NONE),
    "chattel_mortgage": ("end_date", _NONE),
    "ip_pledge": ("end_date", _NONE),
}
"""Table → the date its period runs from, and its length; a table that is neither here nor ``penalty`` counts
for ever.
"""

READ = {
    "penalty": ("severity", "market_supervision", "publicised_date", "restricted_until"),
    "honour": ("expiry_date",),
}
"""Columns that `in_effect` reads besides the dates of every record."""

_ORDER_107 = pd.Timestamp("2025-12-25")
_ORDER_36 = pd.Timestamp("2026-04-01")


def in_effect(name: str, rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Whether each record of a table, with the end that was known, is still in its effect period; a state that is open
    always is.
    """
    if name == "penalty":
        return _penalties(rows, as_of)
    if name not in _LENGTHS:
        return pd.Series(True, index=rows.index)
    clock, length = _LENGTHS[name]
    if clock == "end_date":
        return rows["end_date"].isna() | (rows["end_date"] + length > as_of)
    effect = rows["event_date"] + length > as_of
    return effect | (rows["expiry_date"] > as_of) if name == "honour" else effect


def effective(name: str, rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """The day each record began to be in effect, the as-of date itself while it runs on: what windows count from."""
    if "end_date" in rows:
        return rows["start_date"].where(rows["end_date"].notna(), as_of)
    if name == "penalty":
        other = rows["market_supervision"].eq(False)
        began = rows["event_date"].where(other, rows["publicised_date"].fillna(rows["event_date"]))
        return began.mask(rows["restricted_until"] > as_of, as_of)
    return rows["event_date"]


def _penalties(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Market regulators' penalties run from their publicity (Orders 45 and 107), others' from the decision
    (Order 36).
    """
    other = rows["market_supervision"].eq(False)
    clock = rows["event_date"].where(other, rows["publicised_date"].fillna(rows["event_date"]))
    minor, moderate = rows["severity"].isin(["warning", "minor"]), rows["severity"].isin(["moderate", "other"])
    ends = clock + _THREE_YEARS
    shorter = moderate & ((other & (as_of >= _ORDER_36)) | (~other & (as_of >= _ORDER_107)))
    ends = ends.mask(shorter, clock + _YEAR).mask(minor, clock + _QUARTER)
    return (ends > as_of) | (rows["restricted_until"] > as_of)
