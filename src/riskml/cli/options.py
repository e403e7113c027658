"""What commands share: options that several take, and how their workspace is found and their JSON printed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from riskml.cli.terminal import show_error, write
from riskml.core import logs
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.remarks import remarks_to
from riskml.core.workspace import Workspace, find_workspace
from riskml.records.table_files import tables_in
from riskml.records.tables import using

EARLIEST, LATEST = date(1949, 10, 1), date(2199, 12, 31)
"""The dates that may be typed: no record is older, and far from the others counting months and years leaves the calendar."""

LOGGED = ("source", "received", "scheme", "industry", "as_of", "enterprises", "seed", "months", "until")
"""The options that are logged: none that names an enterprise, a person or a file."""

SchemeOption = Annotated[str, typer.Option("--scheme", help="分类办法 the scheme, a folder below models/")]
ALL_SCHEMES = "all"
"""What ``score --scheme`` takes besides the name of a scheme: all that the workspace has."""
IndustryOption = Annotated[
    str | None,
    typer.Option("--industry", help="地方特色产业的模型 a local industry's model, a folder below models/<scheme>/industries/"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print one JSON object")]


def day(text: str | date) -> date:
    """A date as it is typed; the error shows how it should look."""
    if isinstance(text, date):  # a default
        return text
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date like 2026-10-31.") from error
    if found.isoformat() != text or not EARLIEST <= found <= LATEST:
        raise typer.BadParameter(f"{text!r} is not a date like 2026-10-31.")
    return found


def workspace_asked(context: typer.Context) -> Workspace:
    """The workspace a command was asked to work in, with the scheme and the local industry that it was asked for; its record tables are in use.

    Where ``score`` was asked for `ALL_SCHEMES` no scheme is looked for.
    """
    workspace = find_workspace(Path.cwd()) if context.obj is None else Workspace(Path(context.obj))
    if not workspace.features.is_dir():
        raise ConfigurationError(
            zh=f"{workspace.root} 不是工作区（缺少 features/）；可用 riskml init {workspace.root} 新建。",
            en=f"{workspace.root} is not a workspace (features/ is missing); 'riskml init {workspace.root}' makes one.",
        )
    context.with_resource(remarks_to(show_error))
    context.with_resource(using(tables_in(workspace.features)))
    of_all = context.info_name == "score" and context.params.get("scheme") == ALL_SCHEMES
    if "scheme" in context.params and not of_all:
        workspace.refuse_unknown(context.params["scheme"], context.params.get("industry"))
    return workspace


def workspace_of(context: typer.Context) -> Workspace:
    """The workspace a command works in; from here on what the command does is logged there."""
    workspace = workspace_asked(context)
    asked = {name: value for name, value in context.params.items() if name in LOGGED}
    logs.start(workspace.logs, context.info_name or "riskml", **asked)
    return workspace


def me() -> Principal:
    """Who asks: the account that runs the command."""
    return Principal.of_process()


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object to standard output, for programs."""
    write(json.dumps(content, ensure_ascii=False, indent=1, default=str))
