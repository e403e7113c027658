"""The parameters of lists, of pages and of the API alike."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, Field

from riskml.casework.store import Wanted as WantedCases
from riskml.core.china_day import typed_day
from riskml.services.case_lists import CaseList, CaseOrder, CasesAsked
from riskml.services.registers import Sort, Wanted, Worklist

MOST_PAGES, MOST_STEPS = 100_000, 40


def _day(text: str) -> date:
    if (found := typed_day(text)) is None:
        raise ValueError(text)
    return found


TypedDay = Annotated[date, BeforeValidator(_day)]
"""A day as it is typed at the command line too, like 2026-10-31."""


CaseId = Annotated[int, Path(ge=1, le=2_147_483_647, description="A number, as a case, a step and a file have")]
"""A number as databases keep it."""


class Asked(BaseModel):
    """Which enterprises are listed; fields as `riskml.services.registers.Wanted` has them, "" for all."""

    scheme: str = Field("", max_length=40)
    text: str = Field("", max_length=100)
    region: str = Field("", pattern="^[0-9]{0,6}$")
    grade: str = Field("", max_length=10)
    rule: str = Field("", max_length=60)
    reason: str = Field("", max_length=80)
    section: str = Field("", pattern="^[A-T]?$")
    worklist: Worklist | None = None
    sort: Sort = Sort.risk
    page: int = Field(1, ge=1, le=MOST_PAGES)

    @property
    def wanted(self) -> Wanted:
        """The same for the service."""
        return Wanted(**self.model_dump(exclude={"scheme"}))


class AskedCases(BaseModel):
    """Which cases are listed, "" for all; those in which something is left to do where `closed` is false."""

    kind: str = Field("", pattern="^[a-z_]{0,40}$")
    scheme: str = Field("", max_length=40)
    state: str = Field("", pattern="^[a-z_]{0,40}$")
    region: str = Field("", pattern="^[0-9]{0,6}$")
    enterprise: str = Field("", max_length=40)
    closed: bool = False
    worklist: CaseList | None = None
    sort: CaseOrder = CaseOrder.due
    page: int = Field(1, ge=1, le=MOST_PAGES)

    @property
    def asked(self) -> CasesAsked:
        """The same for the service."""
        wanted = WantedCases(
            kind=self.kind or None,
            scheme=self.scheme or None,
            enterprise=self.enterprise.strip().upper() or None,
            state=self.state or None,
            region=self.region or None,
            with_closed=self.closed,
        )
        return CasesAsked(wanted, self.worklist, self.sort, self.page)
