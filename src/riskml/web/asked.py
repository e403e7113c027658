"""The parameters of a list, of pages and of the API alike."""

from __future__ import annotations

from pydantic import BaseModel, Field

from riskml.services.registers import Sort, Wanted, Worklist

MOST_PAGES, MOST_STEPS = 100_000, 40


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
