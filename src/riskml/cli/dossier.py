"""The commands about the validation file of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, SchemeOption, folder, folder_there, me, print_json, workspace_of
from riskml.cli.terminal import out, progress
from riskml.core.language import say

app = CommandLine(
    name="dossier",
    no_args_is_help=True,
    help=both(
        "模型验证文件：每个数字是一条查询，可复核。",
        "The validation file of a model: every number is a query that can be asked again.",
    ),
)


@app.command()
def build(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    version: Annotated[
        int | None,
        typer.Option(
            "--version", min=1, help=both("登记过的某一版本，默认现用的", "A version; by default the one in use")
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            metavar="DIR",
            help=both("写到哪个目录，默认 runs/<办法>/dossiers/", "Where it goes, by default runs/<scheme>/dossiers/"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the validation file: docx, PDF and JSON; purpose, data, method, soundness, outcomes, challengers,
    sensitivity, probes for leakage, fairness, monitoring, and the open findings that stand against promotion.
    ---
    写出模型验证文件（docx、PDF、JSON）：目的、数据、方法、概念、结果、挑战者、敏感性、泄漏探查、公平、监测，以及阻止启用的未了结问题。
    ---
    riskml dossier build --scheme yunnan
    """
    from riskml.services.validation_file import build_dossier

    with progress(say("验证文件", "dossier")) as on_progress:
        made = build_dossier(workspace_of(context), me(), scheme, version, to, on_progress)
    if as_json:
        print_json({"folder": str(made.folder), "blocking": made.blocking, "notes": made.notes})
        return
    for one in made.blocking:
        out.print(_told(say("阻止启用", "against promotion"), one), soft_wrap=True)
    for one in made.notes:
        out.print(_told(say("注意", "note"), one), soft_wrap=True)
    out.print(f"{made.folder}", soft_wrap=True)


@app.command()
def verify(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(parser=folder_there, metavar="DIR", help=both("验证文件的目录", "The folder of the file"))
    ],
) -> None:
    """Ask every query of a validation file again; fails on a figure, a document or an input that was altered.
    ---
    把验证文件的每条查询再问一次；数字、文件或资料被改过的，报错并指出。
    ---
    riskml dossier verify runs/yunnan/dossiers/78311df2de54
    """
    from riskml.services.validation_file import verify_dossier

    number = verify_dossier(workspace_of(context), me(), path)
    out.print(
        say(
            f"{number} 项查询结果与文件相同，文件与总账相符。",
            f"{number} answers are as written; all is as on the ledger.",
        ),
        soft_wrap=True,
    )


def _told(level: str, finding: dict[str, dict[str, str]]) -> str:
    text, cure = (say(finding[name]["zh"], finding[name]["en"]) for name in ("text", "cure"))
    return f"  {level}{say('：', ': ')}{text}{say('；', '; ')}{cure}"
