"""The parameters of a list, of pages and of the API alike."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from riskml.core.china_day import typed_day
from riskml.services.registers import Sort, Wanted, Worklist

MOST_PAGES, MOST_STEPS = 100_000, 40


def _day(text: str) -> date:
    if (found := typed_day(text)) is None:
        raise ValueError(text)
    return found


TypedDay = Annotated[date, BeforeValidator(_day)]
"""A day as it is typed at the command line too, like 2026-10-31."""


class Asked(BaseModel):
    """Which enterprises are listed; fields as `riskml.services.registers.Wanted` has them, "" for all."""

    scheme: str = Field("", max_length=40)
    text: str = Field("", max_length=100)
    region: str = Field("", pattern="^[0-9]{0,6}$")
    grade: str = Field("", max_length=10)
    rule: str = Field("", max_length=60)
    section: str = Field("", pattern="^[A-T]?$")
    worklist: Worklist | None = None
    sort: Sort = Sort.risk
    page: int = Field(1, ge=1, le=MOST_PAGES)

    @property
    def wanted(self) -> Wanted:
        """The same for the service."""
        return Wanted(**self.model_dump(exclude={"scheme"}))
