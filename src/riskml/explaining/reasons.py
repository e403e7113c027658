"""Reasons: what raised or lowered one enterprise's score, as sentences that an inspector can defend.

A sentence says what the records show, what is usual among peers, how many points the model gave it, and which records
it rests on. It accuses nobody: a point of the score is the model's, not a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from riskml.explaining.citations import Citation, Evidence
from riskml.explaining.values import NEVER, UNKNOWN, in_records, indicator_value, is_flag, points, weighed_value
from riskml.features.specs import IndicatorColumn
from riskml.records.tables import Label
from riskml.relations.about import Conduct
from riskml.schemes.methods.items import ItemIndicator
from riskml.training.peers import PeerGroup, Peers

NAMED_IN_SENTENCE = 3
"""Records named in a sentence; all that are cited stand in the table below it."""

FEWEST_PEERS = 30
"""A peer group smaller than this has no typical value: everyone's is given instead."""

Whose = Literal["industry", "everyone"]

_PEERS: dict[Whose, Label] = {
    "industry": Label("同行业门类企业", "in the same industry section"),
    "everyone": Label("全部企业", "among all enterprises"),
}


Scale = Literal["riskier", "better", "counts"]
"""What more points mean; ``counts``: they are numbers of records."""


@dataclass(frozen=True)
class Typical:
    """What an indicator typically is among peers (its median), and in words."""

    value: float
    text: Label
    whose: Whose


@dataclass(frozen=True)
class Reason:
    """Why the score is higher or lower than where every enterprise starts from.

    Parameters
    ----------
    indicator
        The column's name in the matrix.
    value
        As in the matrix; None where it cannot be known.
    said
        The value in words.
    colon
        Whether the value follows the label after a colon: a yes or no, or an absence, is no quantity that something
        "is".
    points
        What the model added to the score; negative where it took away.
    against_typical
        Whether the value is no less risky than what is typical and yet took away, or no riskier and yet added: the base
        score holds the average effect over all that was learnt from, which is another than that of the typical value.
    about
        Whose conduct it tells of; ``unknown`` where the value cannot be known.
    places
        As `riskml.explaining.values.point_places` has them.
    """

    indicator: str
    dimension: str
    label: Label
    value: float | None
    said: Label
    colon: bool
    typical: Typical | None
    points: float
    against_typical: bool
    evidence: Evidence
    about: Conduct
    scale: Scale = "riskier"
    places: int = 1

    @property
    def direction(self) -> Literal["up", "down"]:
        """Whether it raised or lowered the score."""
        return "up" if self.points > 0 else "down"

    @property
    def sentence(self) -> Label:
        """The reason as a sentence in both languages."""
        return Label(self._zh(), self._en())

    def _zh(self) -> str:
        is_ = "：" if self.colon else "" if self.scale == "counts" else "为"
        named = "、".join(_zh(citation) for citation in self._named())
        more = f"等{self.evidence.count}条" if self.evidence.count > NAMED_IN_SENTENCE else ""
        because = f"；依据：{named}{more}" if named else ""
        yet = ""
        if self.against_typical:
            yet = (
                "（不低于一般值的风险，但低于基准分所含的平均影响）"
                if self.points < 0
                else "（不高于一般值的风险，但高于基准分所含的平均影响）"
            )
        return f"{self.label.zh}{is_}{self.said.zh}{self._typical_zh()}{_moved_zh(self)}{yet}{because}。"

    def _en(self) -> str:
        named = ", ".join(_en(citation) for citation in self._named())
        more = f" and {self.evidence.count - NAMED_IN_SENTENCE} more" if self.evidence.count > NAMED_IN_SENTENCE else ""
        because = f" Evidence: {named}{more}." if named else ""
        yet = ""
        if self.against_typical:
            less, below = ("less risky", "below") if self.points < 0 else ("riskier", "above")
            yet = f" (no {less} than what is typical, yet {below} the average effect that the base score holds)"
        return f"{self.label.en}: {self.said.en}{self._typical_en()}{_moved_en(self)}{yet}.{because}"

    def _named(self) -> tuple[Citation, ...]:
        return self.evidence.cited[:NAMED_IN_SENTENCE]

    def _typical_zh(self) -> str:
        if self.typical is None:
            return ""
        who = _PEERS[self.typical.whose].zh
        if self.typical.text == self.said:
            return f"（与{who}一般情况相同）"
        return f"（{who}一般{'' if self.typical.text == NEVER else '为'}{self.typical.text.zh}）"

    def _typical_en(self) -> str:
        if self.typical is None:
            return ""
        who = _PEERS[self.typical.whose].en
        return (
            f" (as is typical {who})"
            if self.typical.text == self.said
            else f" (typically {self.typical.text.en} {who})"
        )


def _moved_zh(reason: Reason) -> str:
    if reason.points == 0:
        return "，不计分"
    amount = points(reason.points, reason.places)
    match reason.scale:
        case "counts":
            return ""
        case "better":
            return f"，{'加' if reason.points > 0 else '减'}{amount}分"
        case _:
            return f"，使风险分{'上升' if reason.points > 0 else '下降'}{amount}分"


def _moved_en(reason: Reason) -> str:
    if reason.points == 0:
        return "; counts nothing"
    amount = points(reason.points, reason.places)
    unit = "point" if amount in ("1", "1.0") else "points"
    match reason.scale:
        case "counts":
            return ""
        case "better":
            return f"; {'+' if reason.points > 0 else '−'}{amount} {unit}"
        case _:
            return f"; this {'raised' if reason.points > 0 else 'lowered'} the score by {amount} {unit}"


def reason(
    column: IndicatorColumn,
    value: float | None,
    said: Label,
    moved: float,
    typical: Typical | None,
    evidence: Evidence,
    about: Conduct,
    scale: Scale = "riskier",
    places: int = 1,
    constraint: int = 0,
) -> Reason:
    """The reason that an indicator column is.

    Parameters
    ----------
    value
        As in the matrix; None where it cannot be known.
    said
        The value in words.
    moved
        Points.
    about
        Whose conduct it tells of.
    scale, places
        What the points are on, and with how many decimals.
    constraint
        1 where the model never takes more of it for less risk, -1 where it never takes it for more; 0 where it is free.
    """
    colon = is_flag(column.indicator) or column.indicator.measure == "category" or said in (UNKNOWN, NEVER)
    acts = evidence.count if evidence.acts is None else evidence.acts
    if value is not None and isinstance(column.indicator, ItemIndicator) and column.indicator.weighed:
        said, colon = weighed_value(value, evidence.count, acts), True
    elif acts != evidence.count:
        said = in_records(said, evidence.count)
    against = typical is not None and value is not None and constraint * (value - typical.value) * moved < 0
    return Reason(
        column.name,
        column.dimension,
        column.label,
        value,
        said,
        colon,
        typical,
        moved,
        against,
        evidence,
        about,
        scale,
        places,
    )


def typical_value(peers: Peers, section: str | None, column: IndicatorColumn) -> Typical | None:
    """What an indicator typically is among enterprises of the same industry section, or among all where these are too
    few.

    None where it is known for none of them, where a yes and a no are equally common, and for a category.
    """
    if column.indicator.measure == "category":
        return None
    # What is found among an industry's enterprises differs between industries, not within one.
    group = peers.groups.get(section or "") if column.indicator.from_ != "industry_peer" else None
    whose: Whose = "industry" if group is not None and group.enterprises >= FEWEST_PEERS else "everyone"
    chosen: PeerGroup = group if group is not None and whose == "industry" else peers.overall
    value = chosen.typical.get(column.name)
    if value is None or (is_flag(column.indicator) and value == 0.5):
        return None
    return Typical(value, indicator_value(column.indicator, value), whose)


def _zh(citation: Citation) -> str:
    return f"{citation.record_id}（{citation.dated.isoformat()}）" if citation.dated else citation.record_id


def _en(citation: Citation) -> str:
    return f"{citation.record_id} ({citation.dated.isoformat()})" if citation.dated else citation.record_id
