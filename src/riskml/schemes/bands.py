"""The score of a scheme and the bands that cut it into grades."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry
from riskml.core.validation import ContentError
from riskml.schemes.provisions import GradeId

ScoreDirection = Literal["riskier", "better"]


class Band(Entry):
    """The scores from `from_` up to, not including, `below`; the highest band has no `below` and includes the end of
    the range.
    """

    grade: GradeId
    from_: float = Field(alias="from")
    below: float | None = None


class Score(Entry):
    """The range of the score and the bands that cover it.

    Parameters
    ----------
    direction
        What more of it means: ``riskier``, or ``better``.
    bands
        From the mildest grade to the riskiest; none where classes give the grade.
    peer_rates_move_bands
        Whether the rates of a trade or county may move an enterprise across a band by themselves. Where not, the band
        is that of the score without what these rates added.
    """

    from_: float = Field(alias="from")
    to: float
    direction: ScoreDirection = "riskier"
    bands: tuple[Band, ...] = ()
    peer_rates_move_bands: bool = True

    @property
    def ascending(self) -> tuple[Band, ...]:
        """The bands from the lowest scores to the highest."""
        return self.bands if self.direction == "riskier" else self.bands[::-1]

    def end(self, band: Band) -> float:
        """Where a band ends."""
        return self.to if band.below is None else band.below

    @model_validator(mode="after")
    def _covering(self) -> Score:
        if not self.bands:
            return self
        first, last = self.ascending[0], self.ascending[-1]
        if first.from_ != self.from_:
            raise ContentError(
                f"最低的区间（{first.grade}）的 from 应为 {self.from_:g}，不是 {first.from_:g}",
                f"the lowest band ({first.grade}) must begin at {self.from_:g}, not at {first.from_:g}",
                field="bands",
            )
        if last.below is not None or last.from_ >= self.to:
            raise ContentError(
                f"最高的区间（{last.grade}）到 {self.to:g} 为止并含 {self.to:g}：from 应小于它，不写 below",
                f"the highest band ({last.grade}) runs to {self.to:g} and includes it: it begins before and has no "
                "'below'",
                field="bands",
            )
        for one, following in pairwise(self.ascending):
            if one.below is None or one.below <= one.from_:
                raise ContentError(
                    f"区间 {one.grade} 须有大于其 from（{one.from_:g}）的 below",
                    f"band {one.grade} needs a 'below' above its 'from' ({one.from_:g})",
                    field="bands",
                )
            if following.from_ != one.below:
                raise ContentError(
                    f"区间 {following.grade} 应从 {one.grade} 结束处 {one.below:g} 开始（from），不是 "
                    f"{following.from_:g}",
                    f"band {following.grade} must begin where {one.grade} ends, at {one.below:g}, not at "
                    f"{following.from_:g}",
                    field="bands",
                )
        return self
