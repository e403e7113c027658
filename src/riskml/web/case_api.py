"""Cases as JSON, for programs with a token that is for them (scopes ``cases`` and ``act``)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from riskml.casework.attachments import MOST_BYTES, MOST_FILES, Given
from riskml.casework.kinds import kinds
from riskml.core.errors import ConfigurationError
from riskml.services.case_lists import PAGE
from riskml.services.casework import Move, Opening
from riskml.web import case_answers
from riskml.web.api import PROBLEMS
from riskml.web.asked import AskedCases, CaseId
from riskml.web.asking import Program, ThisDesk

router = APIRouter(prefix="/api/cases", responses=PROBLEMS, tags=["cases"])

Value = Annotated[str, Field(max_length=4000)]


class File(BaseModel):
    """A file that comes with a step: PDF, PNG or JPEG."""

    name: str = Field(max_length=200)
    base64: str = Field(max_length=MOST_BYTES * 4 // 3 + 4, description="What is in it, as base64")

    @property
    def given(self) -> Given:
        """The same for the service."""
        try:
            return Given(self.name, base64.b64decode(self.base64, validate=True))
        except (binascii.Error, ValueError):
            raise ConfigurationError(zh="base64：不是 base64。", en="base64: is no base64.") from None


class NewStep(BaseModel):
    """What a step is told; which fields it needs the kinds at ``/api/cases/kinds`` say."""

    why: str = Field(max_length=4000)
    given: dict[str, Value | list[Value]] = Field(default_factory=dict, max_length=20)
    files: list[File] = Field(default_factory=list, max_length=MOST_FILES)


class NewCase(NewStep):
    """A case to be opened."""

    kind: str = Field(max_length=40)
    scheme: str = Field(max_length=40)
    enterprise: str = Field(max_length=40)


class NextStep(NewStep):
    """A step to be taken.

    Parameters
    ----------
    after
        How many steps the case had when it was read: it is not taken where the case has gone on since.
    """

    action: str = Field(max_length=40)
    after: int | None = Field(None, ge=1, le=100_000)


@router.get("")
def listed(desk: ThisDesk, asker: Program, asked: Annotated[AskedCases, Query()]) -> dict[str, Any]:
    """A page of a list of cases, of what the account may see; ``worklist`` names one of the lists of work."""
    found = case_answers.cases(desk, asker, asked.asked)
    return {
        "today": found.today.isoformat(),
        "total": found.total,
        "page": asked.page,
        "page_size": PAGE,
        "cases": [one.to_dict() for one in found.rows],
    }


@router.get("/kinds")
def known_kinds(_: Program) -> dict[str, Any]:
    """The kinds of cases: how each opens, its states, and its steps with whom they are for and what they need."""
    return {"kinds": [one.model_dump(mode="json", by_alias=True) for one in kinds().values()]}


@router.post("", status_code=201)
def opened(desk: ThisDesk, asker: Program, new: NewCase) -> dict[str, Any]:
    """Open a case."""
    files = tuple(one.given for one in new.files)
    opening = Opening(new.kind, new.scheme, new.enterprise, new.why, new.given, files=files)
    return case_answers.opened(desk, asker, opening).to_dict()


@router.get("/{case_id}")
def one(desk: ThisDesk, asker: Program, case_id: CaseId) -> dict[str, Any]:
    """One case with every step, what is due in it, and the steps that the account may take next."""
    return case_answers.case(desk, asker, case_id).to_dict()


@router.post("/{case_id}/steps", status_code=201)
def stepped(desk: ThisDesk, asker: Program, case_id: CaseId, step: NextStep) -> dict[str, Any]:
    """Take a step; the case after it."""
    files = tuple(one.given for one in step.files)
    move = Move(case_id, step.action, step.why, step.given, files=files, after=step.after)
    return case_answers.moved(desk, asker, move).to_dict()
