"""The application: pages and API of one workspace."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from riskml import __version__
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.services.registers import Registers
from riskml.web import (
    api,
    authorising_pages,
    case_api,
    case_list_pages,
    case_pages,
    enterprise_pages,
    expectation_pages,
    list_pages,
    posting_pages,
    provider_pages,
    public_pages,
    session_pages,
    sign_in_pages,
)
from riskml.web.desk import Desk
from riskml.web.headers import Guarded
from riskml.web.limits import Limits
from riskml.web.problems import add_handlers

_BY_PROVIDER = 60
"""How often in a minute the identity provider is asked from one address: twice for somebody who signs in."""


def application(workspace: Workspace, *, secure: bool) -> ASGIApp:
    """The application of a workspace.

    Parameters
    ----------
    secure
        Whether it is reached by TLS alone.

    Raises
    ------
    RunError
        Where the database's tables are of another version.
    """
    app = FastAPI(
        title="riskml",
        version=__version__,
        summary="Credit-risk grades of enterprises, explained",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both need scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = _desk(workspace, secure=secure)
    for part in (
        sign_in_pages,
        provider_pages,
        session_pages,
        list_pages,
        expectation_pages,
        case_list_pages,
        case_pages,
        enterprise_pages,
        posting_pages,
        authorising_pages,
        public_pages,
        api,
        case_api,
    ):
        app.include_router(part.router)
    add_handlers(app)
    return Guarded(app, secure=secure)


def _desk(workspace: Workspace, *, secure: bool) -> Desk:
    public = load_settings(workspace).public
    return Desk(
        workspace,
        open_database(workspace),
        Registers(workspace),
        secure,
        Limits(public.each_per_minute),
        Limits(public.all_per_minute),
        Limits(_BY_PROVIDER),
    )
