"""What somebody expects of an enterprise before its grade is shown: a form in front of its page, and the list of them
for analysts.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.casework.expectations import LONGEST
from riskml.core.language import say
from riskml.explaining.profile import region_name
from riskml.web import answers
from riskml.web.asking import Someone, ThisDesk, own_form
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/state-first")
def begin(
    request: Request,
    desk: ThisDesk,
    asker: Someone,
    code: Annotated[str, Query(max_length=40)] = "",
    scheme: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Which enterprise somebody is about to look at."""
    if code.strip():
        query = f"?{urlencode({'scheme': scheme})}" if scheme else ""
        return RedirectResponse(f"/enterprises/{quote(code.strip(), safe='')}/expectation{query}", 303)
    answers.may_expect(desk, asker, scheme)
    return HTMLResponse(page(request, asker, "expectation_of.html.j2"))


@router.get("/enterprises/{code}/expectation")
def form(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """The form: nothing of the grade is on it."""
    asked, subject = answers.expectation_asked(desk, asker, scheme, code)
    place = region_name(subject.division) if subject.division else say("登记地不详", "division not known")
    shown = page(
        request, asker, "expectation.html.j2",
        code=subject.enterprise_id, place=place, scheme=asked, longest=LONGEST,
        grades=[(one.id, one.label.said) for one in asked.grades],
    )  # fmt: skip
    return HTMLResponse(shown)


@router.post("/enterprises/{code}/expectation", dependencies=[Depends(own_form)])
def state(
    desk: ThisDesk,
    asker: Someone,
    code: str,
    scheme: Annotated[str, Form(max_length=40)],
    expected: Annotated[str, Form(max_length=10)],
    why: Annotated[str, Form(max_length=4 * LONGEST)],
) -> Response:
    """Note it, and show the page."""
    stated = answers.expect(desk, asker, scheme, code, expected, why)
    return RedirectResponse(f"/enterprises/{quote(stated.enterprise)}?{urlencode({'scheme': stated.scheme})}", 303)


@router.get("/expectations")
def listed(request: Request, desk: ThisDesk, asker: Someone, scheme: str = "") -> Response:
    """What was expected, beside what was published and what was done later."""
    asked, found = answers.expected(desk, asker, scheme)
    differing = sum(one.differs for one, _ in found)
    lead = say(
        f"最近的 {len(found)} 条预期中，{differing} 条与发布的等级不同。说出之前一小时内，本人没有打开过该企业的页面；"
        "更早看过，或在名单上看到过等级的，未作区分。",
        f"Of the newest {len(found)} expectations {differing} differ from the published grade. Whoever stated one had "
        "not opened the enterprise's page within the hour before; who saw its grade earlier, or on a list, is not told "
        "apart.",
    )
    shown = page(request, asker, "expectations.html.j2", scheme=asked, found=found, lead=lead)
    return HTMLResponse(shown)
