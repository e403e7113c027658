"""The commands about one enterprise: why it has its grade, and what an officer decided."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.options import SchemeOption, day, me, workspace_of
from riskml.cli.terminal import out, write
from riskml.core.china_day import china_today

if TYPE_CHECKING:
    from riskml.explaining.not_in_scope import OutsideScope


class Form(StrEnum):
    """How an explanation is written."""

    text = "text"
    json = "json"
    html = "html"


class Language(StrEnum):
    """The language of an explanation."""

    zh = "zh"
    en = "en"


def explain(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="统一社会信用代码 the enterprise's code")],
    as_of: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help="基准日，默认最近一次发布 the newest run by default")
    ] = None,
    scheme: SchemeOption = "yunnan",
    form: Annotated[Form, typer.Option("--format", help="输出形式 output")] = Form.text,
    lang: Annotated[Language, typer.Option(help="语言 language")] = Language.zh,
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="写入文件 write to a file")] = None,
) -> None:
    """说明一家企业的等级由哪些记录得出。Explain one enterprise's grade and the records behind it.

    例 Example: riskml explain 91530100MA6K12345X --format html --to page.html
    """
    from riskml.explaining.not_in_scope import NotInScopeError
    from riskml.explaining.page import render_page
    from riskml.explaining.text import render_text
    from riskml.services.explaining import explain_grade

    try:
        found = explain_grade(workspace_of(context), me(), scheme, enterprise, as_of)
    except NotInScopeError as error:
        if not error.outside.imported:
            raise
        _write(_told_outside(error.outside, form, lang), to)
        return
    if to is None and form is Form.text:
        out.print(render_text(found, lang.value))
        return
    if form is Form.text:
        with out.capture() as captured:
            out.print(render_text(found, lang.value))
        text = captured.get()
    else:
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if form is Form.json else render_page(found, lang.value)
    _write(text, to)


def _told_outside(outside: OutsideScope, form: Form, lang: Language) -> str:
    """The answer about an enterprise that the scheme does not grade, where it has one."""
    match form:
        case Form.json:
            return json.dumps(outside.to_dict(), ensure_ascii=False, indent=1)
        case Form.html:
            return outside.page(lang.value)
        case Form.text:
            return "\n".join(getattr(one, lang.value) for one in (outside.sentence, outside.shown))


def _write(text: str, to: Path | None) -> None:
    if to is None:
        write(text)
    else:
        to.write_text(text, encoding="utf-8")
        out.print(f"{to}", soft_wrap=True)


def decide(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="统一社会信用代码 the enterprise's code")],
    rule: Annotated[str, typer.Option(help="规则 the rule that leaves the choice")],
    grade: Annotated[
        str,
        typer.Option(
            help="选定的等级，或 not_established（不成立）；对名单中的人：not_same_person（不是同一人）、same_person the grade chosen, or that it is "
            "not established; of a listed person, that it is not the post-holder"
        ),
    ],
    officer: Annotated[str, typer.Option(help="决定人姓名 who decides")],
    reason: Annotated[str, typer.Option(help="理由 why")],
    evidence: Annotated[list[str], typer.Option(help="依据记录编号 record ids; repeat the option")],
    second: Annotated[str | None, typer.Option(help="复核人姓名 who signs besides")] = None,
    open_case: Annotated[
        bool,
        typer.Option("--open", help="规则没有提出的，以该企业的记录立案 open a case on records of the enterprise, unproposed"),
    ] = False,
    expires: Annotated[
        date | None,
        typer.Option(
            parser=day, metavar="DATE", help="失效日，默认为依据的期限 the day it ends; as the evidence does by default"
        ),
    ] = None,
    decided: Annotated[date | None, typer.Option(parser=day, metavar="DATE", help="决定日，默认今日 today by default")] = None,
    scheme: SchemeOption = "yunnan",
) -> None:
    """记录承办人员对规则所提情形的认定：选定等级，或不成立；或名单中的人不是本企业的任职人员。Record an officer's answer where a rule leaves one.

    例 Example: riskml decide 91530100MA6K12345X --rule serious_negative_effect --grade D --officer 李某 --reason 影响重大 --evidence OP-1
    """
    from riskml.services.explaining import Answer, record_answer

    answer = Answer(
        enterprise=enterprise, rule=rule, evidence=tuple(evidence), grade=grade, officer=officer, reason=reason,
        decided_on=decided or china_today(), expires_on=expires, second=second, open_case=open_case,
    )  # fmt: skip
    recorded = record_answer(workspace_of(context), me(), scheme, answer)
    decision = recorded.decision
    out.print(
        f"已记录 recorded: {decision.enterprise_id} {decision.rule} → {decision.grade}, {decision.decided_on} – {decision.expires_on or ''}"
    )
    if decision.expires_on is not None and recorded.ended:
        until = decision.expires_on
        out.print(f"注意 它在 {until} 已经失效，不再起作用。 Note: it ended on {until} and acts no more.", soft_wrap=True)
    if without := [str(one) for one in recorded.runs_without]:
        out.print(
            f"注意 已发布的 {'、'.join(without)} 没有它；要使其包含，请重新评分，成为一次更正。 Note: the published runs of {', '.join(without)} were made "
            "without it; scoring again makes a revision.",
            soft_wrap=True,
        )
