"""Rules, grades and reasons as an analyst would write them: a function per enterprise, and Python loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet

RULES = (
    "blacklisted",
    "dishonest_post_holder",
    "serious_negative_effect",
    "own_dishonest_listing",
    "dishonest_responsible_person",
    "licence_revoked",
)
"""Arts. 15 (1), (2), (3) and what is ours beside them: the third waits for an officer, the last is a floor at C, the
others make a D.
"""

_FIXED = ("blacklisted", "dishonest_post_holder", "own_dishonest_listing", "dishonest_responsible_person")

_FOUR_POSTS = ["legal_representative", "director", "supervisor", "senior_manager"]
_OTHER_POSTS = ["responsible_person", "executive_partner", "investor"]
_BURST = 10
"""Accepted complaints within three months that propose a case."""

_RAISING, _LOWERING, _FEWEST_POINTS = 5, 3, 0.5


def fired_rules(records: Records) -> pd.DataFrame:
    """Which rules fire for whom: enterprise_id, rule, evidence (the ids of the records, sorted, each once)."""
    listed = records.serious_listings
    opinion = records.opinion
    grave = (opinion["attention"] == "high") & (opinion["effect"] == "serious") & (opinion["sentiment"] == "negative")
    recent = opinion["event_date"] + pd.DateOffset(months=3) > records.as_of
    complaints = records.live("complaint", "accepted")
    complaints = complaints[
        complaints["accepted"].eq(True) & (complaints["event_date"] + pd.DateOffset(months=3) > records.as_of)
    ]
    burst = complaints.groupby("enterprise_id")["record_id"].transform("nunique") >= _BURST
    persons = records.dishonest_post_holders.merge(records.registered[["enterprise_id", "kind"]], on="enterprise_id")
    no_company = persons["kind"].isin(["partnership", "sole_proprietorship", "branch"])
    rows = {
        "blacklisted": listed[listed["end_date"].isna()],
        "own_dishonest_listing": records.dishonest_enterprises,
        "dishonest_post_holder": persons[persons["role"].isin(_FOUR_POSTS)],
        "dishonest_responsible_person": persons[persons["role"].isin(_OTHER_POSTS) & no_company],
        "serious_negative_effect": pd.concat([opinion[grave & recent], complaints[burst]]),
        "licence_revoked": records.registered[records.registered["status"] == "revoked"],
    }
    whole = pd.concat([rows[rule].assign(rule=rule)[["enterprise_id", "rule", "record_id"]] for rule in RULES])
    whole = whole[whole["enterprise_id"].isin(records.graded)]
    fired = whole.groupby(["enterprise_id", "rule"])["record_id"].agg(lambda ids: sorted(set(ids)))
    return fired.rename("evidence").reset_index()


def grades(enterprises: pd.DataFrame, fired: pd.DataFrame) -> pd.DataFrame:
    """Grade each enterprise by a function of its row.

    Parameters
    ----------
    enterprises
        enterprise_id and score.
    fired
        What `fired_rules` gives.
    """
    wide = fired.pivot(index="enterprise_id", columns="rule", values="evidence").reindex(columns=list(RULES))
    table = enterprises.merge(wide, left_on="enterprise_id", right_index=True, how="left")
    # One apply that returns a tuple: one for each column, or a Series for each row, would be several times slower.
    judged = table.apply(_judge, axis=1).tolist()
    return enterprises.assign(
        **dict(zip(("band", "grade", "decided_by", "pending", "rules"), zip(*judged, strict=True), strict=True))
    )


def _judge(row: pd.Series[Any]) -> tuple[str, str, str, bool, list[str]]:
    score = row["score"]
    band = "A" if score < 200 else "B" if score < 500 else "C" if score < 750 else "D"
    rules = [rule for rule in RULES if isinstance(row[rule], list)]
    pending = "serious_negative_effect" in rules
    for rule in _FIXED:
        if rule in rules:
            return band, "D", rule, pending, rules
    if "licence_revoked" in rules and band in ("A", "B"):
        return band, "C", "licence_revoked", pending, rules
    return band, band, "band", pending, rules


def reasons(enterprises: pd.Series, values: pd.DataFrame, points: np.ndarray) -> pd.DataFrame:
    """The five indicators that raised each score most and the three that lowered it most, one row each.

    Parameters
    ----------
    enterprises
        n codes.
    values
        Indicators, shape (n, k).
    points
        What each added to the score, shape (n, k).
    """
    columns, matrix = list(values.columns), values.to_numpy()
    found = []
    # Sorting rows of an array: Series.nlargest on each row would be ten times slower.
    for place, enterprise in enumerate(enterprises):
        moved = points[place]
        for sign, count in ((1, _RAISING), (-1, _LOWERING)):
            for rank, column in enumerate(np.argsort(-sign * moved, kind="stable")[:count], 1):
                if sign * moved[column] < _FEWEST_POINTS:
                    break
                found.append((enterprise, rank, columns[column], matrix[place, column], moved[column]))
    return pd.DataFrame(found, columns=["enterprise_id", "rank", "indicator", "value", "points"])


def evidence_rows(sheet: Sheet, indicator: str, of: pd.Series) -> pd.DataFrame:
    """The (enterprise_id, record_id) rows behind an indicator, for the enterprises `of` whose reason it is."""
    rows = sheet.evidence[indicator]()
    return rows[rows["enterprise_id"].isin(of)]


def evidence_lists(rows: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """The same as one list of record ids for each enterprise."""
    # As Python objects: twice as quick as from pandas' own text columns.
    ids = rows["record_id"].astype(object)
    lists = ids.groupby(rows["enterprise_id"]).agg(list).rename("evidence").reset_index()
    return lists.assign(indicator=indicator)
