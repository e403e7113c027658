"""What commands share: options that several take, and how their workspace is found and their JSON printed."""

from __future__ import annotations

import json
import os
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from riskml.cli.help import both
from riskml.cli.terminal import show_error, write
from riskml.cli.usage import BadValue
from riskml.core import logs
from riskml.core.china_day import typed_day
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.remarks import remarks_to
from riskml.core.workspace import Workspace, find_workspace
from riskml.records.table_files import tables_in
from riskml.records.tables import using

LOGGED = ("source", "received", "scheme", "industry", "as_of", "enterprises", "seed", "months", "until")
"""The options that are logged: none that names an enterprise, a person or a file."""

SchemeOption = Annotated[
    str, typer.Option("--scheme", help=both("分类办法，models/ 下的文件夹", "The scheme, a folder below models/"))
]
ALL_SCHEMES = "all"
"""What ``score --scheme`` takes besides the name of a scheme: all that the workspace has."""
IndustryOption = Annotated[
    str | None,
    typer.Option(
        "--industry",
        help=both(
            "地方特色产业的模型，models/<办法>/industries/ 下的文件夹",
            "A local industry's model, a folder below models/<scheme>/industries/",
        ),
    ),
]
PARTLY = 3
"""The exit code of a command that did a part of what it was asked: some file, table or scheme could not be."""

JsonOption = Annotated[bool, typer.Option("--json", help=both("以 JSON 输出", "Print one JSON object"))]


def day(text: str | date) -> date:
    """A date as it is typed; the error shows how it should look."""
    if isinstance(text, date):  # a default
        return text
    if (found := typed_day(text)) is None:
        raise BadValue(f"{text!r} 不是日期，应形如 2026-10-31", f"{text!r} is not a date like 2026-10-31")
    return found


def folder_there(text: str) -> Path:
    """A folder that there is."""
    path = Path(text)
    if not path.exists():
        raise BadValue(f"{text!r} 不存在", f"{text!r} does not exist")
    return folder(text)


def folder(text: str) -> Path:
    """A folder, whether there or to be made."""
    path = Path(text)
    if path.is_file():
        raise BadValue(f"{text!r} 是文件，应为目录", f"{text!r} is a file and should be a folder")
    return _readable(path)


def file_there(text: str) -> Path:
    """A file that there is."""
    path = Path(text)
    if not path.exists():
        raise BadValue(f"{text!r} 不存在", f"{text!r} does not exist")
    return file(text)


def file(text: str) -> Path:
    """A file, whether there or to be written."""
    path = Path(text)
    if path.is_dir():
        raise BadValue(f"{text!r} 是目录，应为文件", f"{text!r} is a folder and should be a file")
    return _readable(path)


def _readable(path: Path) -> Path:
    if path.exists() and not os.access(path, os.R_OK):
        raise BadValue(f"{str(path)!r} 没有读取权限", f"{str(path)!r} may not be read by this account")
    return path


class Form(StrEnum):
    """How what is told of an enterprise is written."""

    text = "text"
    json = "json"
    html = "html"


class ExplainedForm(StrEnum):
    """How an explanation is written: as the others, or as a document with what the other commands tell besides."""

    text = Form.text.value
    json = Form.json.value
    html = Form.html.value
    docx = "docx"
    pdf = "pdf"


_CODE = typer.Argument(help=both("统一社会信用代码", "The enterprise's unified social credit code"))
EnterpriseArgument = Annotated[str, _CODE]
OneOrNoEnterprise = Annotated[str | None, _CODE]
AsOfOption = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=day,
        metavar="DATE",
        help=both("基准日，默认最近一次发布", "The as-of date, by default that of the newest run"),
    ),
]
FormOption = Annotated[Form, typer.Option("--format", help=both("输出形式", "The form of the output"))]
PreviewedDayOption = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=day,
        metavar="DATE",
        help=both(
            "基准日，默认最近一次发布的；尚无发布的，为最近一批数据的接收日",
            "The as-of date, by default that of the newest run; where there is none, the day of the last delivery",
        ),
    ),
]
ExplainedFormOption = Annotated[
    ExplainedForm,
    typer.Option(
        "--format",
        help=both(
            "输出形式；docx、pdf 是档案，还含今后三年、改善的途径和案件，须有 --to",
            "The form of the output; docx and pdf are a dossier, which also has the next three years, the way back and "
            "cases, and need --to",
        ),
    ),
]
ToOption = Annotated[
    Path | None, typer.Option("--to", parser=file, metavar="FILE", help=both("写入文件", "Write it to a file"))
]


def workspace_asked(context: typer.Context) -> Workspace:
    """The workspace a command was asked to work in, with the scheme and the local industry that it was asked for; its
    record tables are in use.

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
    if context.params.get("scheme") is not None and not of_all:
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
