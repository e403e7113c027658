"""Relations: who holds posts and shares, and what is against the enterprises one and two hops away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskml.lab.naive.records import Records
from riskml.lab.naive.sheet import Sheet

MOST_LINKS = 20
"""A person or an enterprise tied to more enterprises is an agent or a fund: its ties are not followed."""

_PAIR = ["enterprise_id", "linked_id"]


def add_relations(records: Records, sheet: Sheet) -> None:
    """Add the indicators of features/relations.yaml."""
    _add_posts(records, sheet)
    _add_ownership(records, sheet)
    _add_linked(records, sheet)


def _add_posts(records: Records, sheet: Sheet) -> None:
    rows = records.post_holders
    head = rows[rows["role"] == "legal_representative"]
    sheet.distinct(rows, "post_holder_count", of="person_id")
    sheet.largest(rows, "post_holder_firms_max", rows["firms"])
    sheet.largest(head, "legal_representative_firms", head["firms"])
    sheet.largest(rows, "post_holder_revoked_firms", rows["revoked_firms"])
    sheet.newest(head, "start_date", {"legal_representative_tenure_days": sheet.days_ago(head["start_date"])})
    listed = records.dishonest_post_holders
    sheet.distinct(listed, "dishonest_post_holder_count", of="person_id")
    sheet.distinct(listed[listed["role"] == "legal_representative"], "dishonest_legal_representative", of="person_id")


def _add_ownership(records: Records, sheet: Sheet) -> None:
    rows = records.holdings
    sheet.distinct(rows, "shareholder_count", of="holder_id")
    sheet.largest(rows, "largest_share", rows["share"])
    sheet.total(rows, {"enterprise_held_share": rows["share"].where(rows["holder_kind"] == "enterprise")})


def _add_linked(records: Records, sheet: Sheet) -> None:
    links = _links(records)
    adverse = _adverse(records)
    near = links[links["enterprise_id"].isin(sheet.enterprises)]
    far = links[links["linked_id"].isin(adverse.index)].rename(
        columns={"enterprise_id": "through", "linked_id": "far_id"}
    )
    two = near.rename(columns={"linked_id": "through"}).merge(far, on="through", suffixes=("", "_far"))
    two = two[two["far_id"] != two["enterprise_id"]].rename(columns={"far_id": "linked_id"})
    two["weight"] = _six_decimals(two["weight"] * two["weight_far"])
    two = two.groupby(_PAIR)["weight"].max().reset_index()
    # Those one hop away as well are not two hops away.
    two = two.merge(near[_PAIR], on=_PAIR, how="left", indicator="both_ways")
    two = two[two["both_ways"] == "left_only"].merge(adverse, left_on="linked_id", right_index=True)

    one = near.merge(adverse, left_on="linked_id", right_index=True, how="left")
    against = one["record_id"].notna()
    listed = (one[["serious", "abnormal", "dishonest"]] > 0).any(axis=1)
    sheet.count(one, {"linked_count": pd.Series(True, index=one.index)})
    sheet.total(one, {
        "linked_adverse_weight": one["weight"].where(against),
        "linked_penalty_weight": one["weight"] * one["penalty"].fillna(0),
        "linked_listed_weight": one["weight"].where(listed),
    })  # fmt: skip
    shares = one.assign(adverse=one["weight"].where(against, 0)).groupby("enterprise_id")["adverse"].mean()
    sheet.put(shares.to_frame("linked_adverse_share"), None)
    sheet.cite(["linked_adverse_share"], one[against])
    # Otherwise records do not bear out the count.
    sheet.cite(["linked_count"], one[against.groupby(one["enterprise_id"]).transform("all")])
    sheet.total(two, {"linked_two_hops_adverse_weight": two["weight"]})


def _links(records: Records) -> pd.DataFrame:
    """Every pair of enterprises tied by a person or a share, both ways, with the heaviest tie as its weight."""
    posts, shares = records.posts, records.holdings
    person = shares["holder_kind"] == "person"
    firm = (shares["holder_kind"] == "enterprise") & (shares["holder_id"] != shares["enterprise_id"])
    by_person = pd.concat([
        posts[["person_id", "enterprise_id"]].assign(strength=1.0),
        shares.loc[person & (shares["share"] > 0), ["holder_id", "enterprise_id", "share"]].set_axis(
            ["person_id", "enterprise_id", "strength"], axis=1
        ),
    ])  # fmt: skip
    by_person = by_person.groupby(["person_id", "enterprise_id"])["strength"].max().reset_index()
    by_person["firms"] = by_person.groupby("person_id")["enterprise_id"].transform("size")
    by_person = by_person[by_person["firms"].between(2, MOST_LINKS)]
    also = by_person[["person_id", "enterprise_id", "strength"]].set_axis(
        ["person_id", "linked_id", "other_end"], axis=1
    )
    common = by_person.merge(also, on="person_id")
    common = common[common["linked_id"] != common["enterprise_id"]]
    common = common.assign(weight=_six_decimals(common[["strength", "other_end"]].min(axis=1) / (common["firms"] - 1)))
    down = shares.loc[firm, ["enterprise_id", "holder_id", "share"]].set_axis([*_PAIR, "weight"], axis=1)
    up = shares.loc[firm, ["holder_id", "enterprise_id", "share"]].set_axis([*_PAIR, "weight"], axis=1)
    ties = pd.concat([common[[*_PAIR, "weight"]], down, up])
    pairs = ties[ties["weight"] > 0].groupby(_PAIR)["weight"].max().reset_index()
    return pairs[pairs.groupby("enterprise_id")["linked_id"].transform("size") <= MOST_LINKS]


def _six_decimals(values: pd.Series) -> pd.Series:
    """Rounded half up, as shares are kept; a product such as 0.5 × 0.333333 lies on the half."""
    rounded: pd.Series = np.floor(values * 1e6 + 0.5 + 1e-6) / 1e6
    return rounded


def _adverse(records: Records) -> pd.DataFrame:
    """By enterprise: how many lists it is now on, its penalties in effect other than warnings, and one record
    of them.
    """
    serious, abnormal = records.serious_listings, records.abnormal_listings
    penalties = records.penalties
    parts = {
        "serious": serious[serious["end_date"].isna()],
        "abnormal": abnormal[abnormal["end_date"].isna()],
        "penalty": penalties[penalties["severity"] != "warning"],
        "dishonest": records.dishonest_enterprises,
    }
    rows = pd.concat([part[["enterprise_id", "record_id"]].assign(kind=kind) for kind, part in parts.items()])
    counts = pd.crosstab(rows["enterprise_id"], rows["kind"]).reindex(columns=list(parts), fill_value=0)
    return counts.assign(record_id=rows.groupby("enterprise_id")["record_id"].min())
