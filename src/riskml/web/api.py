"""The same as JSON, for programs with a token; described by OpenAPI at ``/api/openapi.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from riskml.accounts.access import Field as Seen
from riskml.explaining.explanation import plain
from riskml.schemes.notices import notice_of
from riskml.services.dossier import DocumentForm
from riskml.services.registers import PAGE
from riskml.web import answers
from riskml.web.asked import Asked, TypedDay
from riskml.web.asking import Program, ThisDesk
from riskml.web.given_files import MEDIA_TYPES, attached


class Problem(BaseModel):
    """What went wrong (RFC 9457), in one language: that of ``Accept-Language`` or of the parameter ``lang``."""

    type: str
    title: str
    status: int
    detail: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
    for status, said in (
        (400, "The request is wrong"),
        (401, "No valid token"),
        (403, "The account or its token may not do this; it was noted"),
        (404, "No such enterprise or case, or the scheme does not grade it"),
        (409, "It cannot be done now"),
        (413, "The request is too large"),
        (422, "Parameters are wrong"),
        (429, "The account has read too many enterprises within an hour"),
    )
}

router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["enterprises"])

Code = Annotated[str, Path(min_length=1, max_length=40, description="The unified social credit code")]
SchemeAsked = Annotated[str, Query(max_length=40, description="The scheme; the usual one where empty")]


@router.get("/enterprises")
def find(desk: ThisDesk, asker: Program, asked: Annotated[Asked, Query()]) -> dict[str, Any]:
    """A page of a list, searched and filtered, of the account's own region."""
    register, found = answers.find(desk, asker, asked.scheme, asked.wanted)
    return {
        "scheme": register.run.scheme,
        "as_of": register.run.as_of.isoformat(),
        "notice": plain(register.run.notice),
        "simulated": register.run.manifest.simulated,
        "total": found.total,
        "page": found.wanted.page,
        "page_size": PAGE,
        "enterprises": [plain(asdict(one)) for one in found.rows],
    }


@router.get("/enterprises/{code}")
def explained(
    desk: ThisDesk, asker: Program, code: Code, scheme: SchemeAsked = "", as_of: TypedDay | None = None
) -> dict[str, Any]:
    """One enterprise explained; of an account that sees no records the grade and its measures alone."""
    found, grades = answers.explained(desk, asker, scheme, code, as_of)
    whole = {**found.to_dict(), "grades": plain([asdict(one) for one in grades])}
    if asker.sees(Seen.basis):
        return whole
    return {
        "enterprise_id": found.subject.enterprise_id,
        "name": found.subject.name,
        "scheme": found.scheme.id,
        "as_of": found.as_of.isoformat(),
        "grade": found.grade,
        "notice": plain(notice_of(found.scheme, found.as_of)),
        "grades": whole["grades"],
        "measures": whole["measures"],
    }


@router.get(
    "/enterprises/{code}/dossier",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA_TYPES.values()}}},
)
def dossier(
    desk: ThisDesk,
    asker: Program,
    code: Code,
    form: DocumentForm,
    scheme: SchemeAsked = "",
    as_of: TypedDay | None = None,
) -> Response:
    """The same as a document to be kept or edited; it says on every page who was given it and when."""
    name, made = answers.document(desk, asker, scheme, code, as_of, form)
    return Response(made, media_type=MEDIA_TYPES[form], headers=attached(name))


@router.get("/enterprises/{code}/future")
def future(desk: ThisDesk, asker: Program, code: Code, scheme: SchemeAsked = "") -> dict[str, Any]:
    """The grade at the next month-ends if nothing new arrives."""
    return answers.ahead(desk, asker, scheme, code).to_dict()


@router.get("/enterprises/{code}/years")
def years(desk: ThisDesk, asker: Program, code: Code, scheme: SchemeAsked = "") -> dict[str, Any]:
    """The records that its grade rests on by day, and what every published run graded it."""
    found = answers.years(desk, asker, scheme, code)
    return {
        "enterprise_id": found.explanation.subject.enterprise_id,
        "scheme": found.explanation.scheme.id,
        "notice": plain(notice_of(found.explanation.scheme, found.explanation.as_of)),
        "graded": [plain(asdict(one)) for one in found.graded],
        "records": [plain(asdict(one)) for one in found.happened],
    }


@router.get("/enterprises/{code}/what-if")
def what_if(
    desk: ThisDesk,
    asker: Program,
    code: Code,
    scheme: SchemeAsked = "",
    step: Annotated[
        list[str] | None, Query(max_length=40, description="repaired:RECORD, ended:RECORD, filed:YEAR")
    ] = None,
    on: TypedDay | None = None,
) -> dict[str, Any]:
    """What the grade would be with steps taken; without any, what may be done with each record."""
    return answers.supposed(desk, asker, scheme, code, step or [], on).to_dict()


@router.get("/enterprises/{code}/way-back")
def way_back(desk: ThisDesk, asker: Program, code: Code, scheme: SchemeAsked = "") -> dict[str, Any]:
    """How it comes to a better grade."""
    return answers.back(desk, asker, scheme, code).to_dict()


@router.get("/enterprises/{code}/ties")
def ties(desk: ThisDesk, asker: Program, code: Code, scheme: SchemeAsked = "") -> dict[str, Any]:
    """Whom it is tied to by posts and shares; of those outside the account's region neither code nor name nor grade."""
    found = answers.tied(desk, asker, scheme, code)
    return {
        "enterprise_id": found.subject.enterprise_id,
        "scheme": found.scheme.id,
        "as_of": found.as_of.isoformat(),
        "simulated": found.simulated,
        "tied": [plain(asdict(one)) for one in found.tied],
        "left_out": found.left_out,
    }


@router.get("/regions")
def regions(desk: ThisDesk, asker: Program, scheme: SchemeAsked = "") -> dict[str, Any]:
    """Enterprises by grade in each region, and what moved since the run before."""
    found = answers.overview(desk, asker, scheme)
    register = found.register
    return {
        "scheme": register.run.scheme,
        "as_of": register.run.as_of.isoformat(),
        "notice": plain(register.run.notice),
        "simulated": register.run.manifest.simulated,
        "grades": list(register.run.grades),
        "prefectures": [plain(asdict(one)) for one in found.prefectures],
        "counties": [plain(asdict(one)) for one in found.counties],
        "moved": [{"before": before, "now": now, "enterprises": count} for before, now, count in found.flows],
    }
