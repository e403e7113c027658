"""The command about how an enterprise comes to a better grade."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.explaining import Form, write_or_save
from riskml.cli.help import both
from riskml.cli.options import SchemeOption, day, file, me, workspace_of
from riskml.cli.terminal import out, progress
from riskml.core.language import say


def way_back(
    context: typer.Context,
    enterprise: Annotated[
        str, typer.Argument(help=both("统一社会信用代码", "The enterprise's unified social credit code"))
    ],
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both("基准日，默认最近一次发布", "The as-of date, by default that of the newest run"),
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    form: Annotated[Form, typer.Option("--format", help=both("输出形式", "The form of the output"))] = Form.text,
    to: Annotated[
        Path | None, typer.Option(parser=file, metavar="FILE", help=both("写入文件", "Write it to a file"))
    ] = None,
) -> None:
    """All smallest sets of repairable records that lead to each better grade, or the proof that there is none; when
    time alone does it, and what waiting and repairing give together.
    ---
    通往每个更好等级的所有最小修复组合，或者证明没有；只靠时间何时达到，等待和修复合起来又如何。
    ---
    riskml way-back 91530100MA6K12345X
    riskml way-back 91530100MA6K12345X --format html --to way-back.html
    """
    from riskml.explaining.way_back_told import way_back_page, way_back_text
    from riskml.services.way_back import find_way_back

    with progress(say("求解", "searching")) as on_progress:
        found = find_way_back(workspace_of(context), me(), scheme, enterprise, as_of, on_progress)
    match form:
        case Form.text if to is None:
            out.print(way_back_text(found))
        case Form.text:
            with out.capture() as captured:
                out.print(way_back_text(found))
            write_or_save(captured.get(), to)
        case Form.json:
            write_or_save(json.dumps(found.to_dict(), ensure_ascii=False, indent=1), to)
        case Form.html:
            write_or_save(way_back_page(found), to)
