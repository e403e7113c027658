"""The commands about what one enterprise's grade would be, and will be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskml.cli.explaining import write_or_save
from riskml.cli.help import both
from riskml.cli.options import (
    AsOfOption,
    EnterpriseArgument,
    Form,
    FormOption,
    SchemeOption,
    ToOption,
    day,
    me,
    workspace_of,
)
from riskml.cli.terminal import out, progress
from riskml.cli.usage import BadValue
from riskml.core.language import say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from riskml.runs.supposed_steps import Step


def what_if(
    context: typer.Context,
    enterprise: EnterpriseArgument,
    repair: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help=both("一条记录得到信用修复，可重复", "A record is repaired; may be repeated")),
    ] = None,
    end: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help=both(
                "名单移出、欠缴付清、职务免去，可重复", "A listing is removed, arrears are paid, a post is given up"
            ),
        ),
    ] = None,
    revoke: Annotated[
        list[str] | None, typer.Option(metavar="ID", help=both("一条记录被撤销，可重复", "A record is revoked"))
    ] = None,
    misjudged: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help=both("一条记录被认定为误判，可重复", "A record is found misjudged or in error")
        ),
    ] = None,
    reduce: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID:PART=VALUE",
            help=both("记录的一部分减少，如 P-1:fine=5，可重复", "A part of a record is reduced, as in P-1:fine=5"),
        ),
    ] = None,
    file_report: Annotated[
        list[str] | None,
        typer.Option(metavar="YEAR", help=both("报送某年度的年度报告，可重复", "The annual report of a year is filed")),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POST=PERSON",
            help=both(
                "某职务（任职记录或职务代码）由另一人接任，可重复",
                "A post, by its record or its code such as supervisor, is taken over by a person",
            ),
        ),
    ] = None,
    on: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both("各步骤完成之日，默认基准日", "The day of the steps, by default the as-of date"),
        ),
    ] = None,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
    form: FormOption = Form.text,
    to: ToOption = None,
) -> None:
    """What the grade would be with these steps taken, and which law allows each. Without any: what may be done with
    each record.
    ---
    假设若干步骤完成，等级会是什么，每一步依据什么规定；不写步骤时列出每条记录可以怎样办。
    ---
    riskml what-if 91530100MA6K12345X
    riskml what-if 91530100MA6K12345X --repair PEN-1 --file-report 2025 --on 2026-12-31
    """
    from riskml.explaining.what_if_page import what_if_page
    from riskml.explaining.what_if_text import what_if_text
    from riskml.runs.supposed_steps import Step
    from riskml.services.what_if import suppose

    steps = [
        *(Step("ended", one) for one in end or ()),
        *(Step("repaired", one) for one in repair or ()),
        *(Step("revoked", one) for one in revoke or ()),
        *(Step("misjudged", one) for one in misjudged or ()),
        *(_reduced(one) for one in reduce or ()),
        *(Step("filed", one) for one in file_report or ()),
        *(_replaced(one) for one in replace or ()),
    ]
    with progress(say("试算", "what if")) as on_progress:
        found = suppose(workspace_of(context), me(), scheme, enterprise, steps, as_of, on, on_progress)
    _show(found.to_dict, partial(what_if_text, found), partial(what_if_page, found), form, to)


def future(
    context: typer.Context,
    enterprise: EnterpriseArgument,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
    form: FormOption = Form.text,
    to: ToOption = None,
) -> None:
    """The grade at each of the next 36 month-ends if nothing new arrives, and the records that leave on the way.
    ---
    没有新记录时今后36个月末的等级，以及其间陆续不再计入的记录。
    ---
    riskml future 91530100MA6K12345X --format html --to future.html
    """
    from riskml.explaining.what_if_page import future_page
    from riskml.explaining.what_if_text import future_text
    from riskml.services.what_if import look_ahead

    with progress(say("推算", "looking ahead")) as on_progress:
        found = look_ahead(workspace_of(context), me(), scheme, enterprise, as_of, on_progress)
    _show(found.to_dict, partial(future_text, found), partial(future_page, found), form, to)


def _reduced(typed: str) -> Step:
    from riskml.runs.supposed_steps import Step

    left, _, value = typed.rpartition("=")
    record, _, part = left.rpartition(":")
    if not (record and part and value):
        raise BadValue(f"{typed!r} 应形如 记录:字段=数值", f"{typed!r} should be like RECORD:PART=VALUE")
    return Step("reduced", record, part=part, value=value)


def _replaced(typed: str) -> Step:
    from riskml.runs.supposed_steps import Step

    post, _, person = typed.rpartition("=")
    if not (post and person):
        raise BadValue(f"{typed!r} 应形如 职务=人员标识", f"{typed!r} should be like POST=PERSON")
    return Step("replaced", post, person=person)


def _show(
    values: Callable[[], dict[str, Any]],
    text: Callable[[], RenderableType],
    page: Callable[[], str],
    form: Form,
    to: Path | None,
) -> None:
    match form:
        case Form.text if to is None:
            out.print(text())
        case Form.text:
            with out.capture() as captured:
                out.print(text())
            write_or_save(captured.get(), to)
        case Form.json:
            write_or_save(json.dumps(values(), ensure_ascii=False, indent=1), to)
        case Form.html:
            write_or_save(page(), to)
