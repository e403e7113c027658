"""Whose conduct an indicator tells of: the enterprise's own, that of others, or that of a whole trade or county.

It is declared once: for every relation in `riskml.relations`, and for an indicator that differs from its relation in
its YAML.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from riskml.records.tables import Label

About = Literal["own", "others", "peers"]
"""``others``: post-holders, owners, neighbours, linked enterprises. ``peers``: a rate of a trade or county, nobody's in
particular.
"""

Conduct = Literal["own", "others", "peers", "unknown"]
"""The same of one enterprise's value; ``unknown`` where the value cannot be known."""

LABELS: dict[Conduct, Label] = {
    "own": Label("本企业", "the enterprise itself"),
    "others": Label(
        "他人（任职人员、股东、关联或同址企业）", "others: post-holders, owners, linked or neighbouring enterprises"
    ),
    "peers": Label("同行业或同区域", "its trade or county"),
    "unknown": Label("无从知道", "not known"),
}


def furthest(abouts: Iterable[About]) -> About:
    """What an indicator made of several tells of: of the one that is furthest from the enterprise.

    >>> furthest(["own", "peers", "others"]), furthest(["own"])
    ('peers', 'own')
    """
    return max(abouts, key=get_args(About).index)
