"""The API asked for whatever its own description allows, and for what it does not: never a failure of the machine."""

from __future__ import annotations

import pytest
import schemathesis
from desks import FALLEN, Served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


WRITING = ("/api/cases", "/api/cases/{case_id}/steps")
PATHS = (
    "/api/cases", "/api/cases/kinds", "/api/cases/{case_id}",
    "/api/enterprises", "/api/regions", "/api/enterprises/{code}",
    *(f"/api/enterprises/{{code}}/{one}" for one in ("future", "what-if", "way-back", "ties", "dossier", "years")),
)  # fmt: skip


@pytest.fixture(scope="module")
def description(served: Served):
    return schemathesis.openapi.from_url(f"{served.address}/api/openapi.json")


@pytest.fixture(scope="module")
def authorization(served: Served) -> str:
    with served.program("case-officer") as program:
        return program.headers["Authorization"]


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
@pytest.mark.parametrize(("method", "path"), [*(("GET", one) for one in PATHS), *(("POST", one) for one in WRITING)])
def test_no_request_makes_the_machine_fail(description, authorization, method, path, mode):
    known = st.sampled_from([FALLEN, None])  # one that there is, so that the question is answered; or whatever comes

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=description[path][method].as_strategy(generation_mode=mode), code=known)
    def ask(case, code):
        if code is not None and "code" in case.path_parameters:
            case.path_parameters["code"] = code
        case.call_and_validate(headers={"Authorization": authorization}, checks=CHECKS)

    ask()


def test_the_description_is_of_openapi_3_1_and_names_what_goes_wrong(served):
    with served.visitor() as visitor:
        described = visitor.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {*PATHS, *WRITING}
    responses = described["paths"]["/api/enterprises"]["get"]["responses"]
    assert {"400", "401", "403", "404", "409", "422"} <= set(responses)
