"""The commands about one enterprise: why it has its grade, and what an officer decided."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import (
    AsOfOption,
    EnterpriseArgument,
    ExplainedForm,
    ExplainedFormOption,
    SchemeOption,
    ToOption,
    day,
    me,
    workspace_of,
)
from riskml.cli.terminal import out, write
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import say

if TYPE_CHECKING:
    from riskml.core.workspace import Workspace
    from riskml.explaining.explanation import Explanation
    from riskml.explaining.not_in_scope import OutsideScope


def explain(
    context: typer.Context,
    enterprise: EnterpriseArgument,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
    form: ExplainedFormOption = ExplainedForm.text,
    to: ToOption = None,
) -> None:
    """Explain the grade of one enterprise and the records behind it.
    ---
    说明一家企业的等级由哪些记录得出。
    ---
    riskml explain 91530100MA6K12345X --format html --to page.html
    riskml explain 91530100MA6K12345X --format pdf --to dossier.pdf
    """
    if form in (ExplainedForm.docx, ExplainedForm.pdf):
        _write_dossier(workspace_of(context), scheme, enterprise, as_of, form, to)
        return
    from riskml.explaining.not_in_scope import NotInScopeError
    from riskml.explaining.text import render_text
    from riskml.services.explaining import explain_grade

    try:
        found = explain_grade(workspace_of(context), me(), scheme, enterprise, as_of)
    except NotInScopeError as error:
        if not error.outside.imported:
            raise
        write_or_save(_told_outside(error.outside, form), to)
        return
    if to is None and form is ExplainedForm.text:
        out.print(render_text(found))
        return
    if form is ExplainedForm.text:
        with out.capture() as captured:
            out.print(render_text(found))
        text = captured.get()
    else:
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if form is ExplainedForm.json else _page(found)
    write_or_save(text, to)


def _write_dossier(
    workspace: Workspace, scheme: str, enterprise: str, as_of: date | None, form: ExplainedForm, to: Path | None
) -> None:
    """Write the dossier; a ConfigurationError where no file is named for it."""
    if to is None:
        raise ConfigurationError(
            zh=f"--format {form.value} 要用 --to 指明写入的文件。", en=f"--format {form.value} needs --to FILE."
        )
    from riskml.services.dossier import DocumentForm, dossier

    to.write_bytes(dossier(workspace, me(), scheme, enterprise, as_of, DocumentForm(form.value), persons=True))
    out.print(f"{to}", soft_wrap=True)


def _page(found: Explanation) -> str:
    from riskml.explaining.page import render_page  # only here: charts take a third of a second to be loaded

    return render_page(found)


def _told_outside(outside: OutsideScope, form: ExplainedForm) -> str:
    """The answer about an enterprise that the scheme does not grade, where it has one."""
    match form:
        case ExplainedForm.json:
            return json.dumps(outside.to_dict(), ensure_ascii=False, indent=1)
        case ExplainedForm.html:
            return outside.page()
        case _:
            return "\n".join(one.said for one in (outside.sentence, outside.shown))


def write_or_save(text: str, to: Path | None) -> None:
    """Write a result to a file, or print it."""
    if to is None:
        write(text)
    else:
        to.write_text(text, encoding="utf-8")
        out.print(f"{to}", soft_wrap=True)


def decide(
    context: typer.Context,
    enterprise: EnterpriseArgument,
    rule: Annotated[str, typer.Option(help=both("规则", "The rule that leaves the choice"))],
    grade: Annotated[
        str,
        typer.Option(
            help=both(
                "选定的等级，或 not_established（不成立）；对名单中的人：not_same_person（不是同一人）、"
                "same_person（是同一人）",
                "The grade chosen, or not_established; of a listed person not_same_person (another one than the "
                "post-holder) or same_person",
            )
        ),
    ],
    officer: Annotated[str, typer.Option(help=both("决定人姓名", "Who decides"))],
    reason: Annotated[str, typer.Option(help=both("理由", "Why"))],
    evidence: Annotated[
        list[str],
        typer.Option(
            help=both("依据的记录编号，可重复", "Id of a record that it rests on; the option may be repeated")
        ),
    ],
    second: Annotated[str | None, typer.Option(help=both("复核人姓名", "Who reviews it and signs besides"))] = None,
    open_case: Annotated[
        bool,
        typer.Option(
            "--open",
            help=both(
                "规则没有提出的，以该企业的记录立案", "Open a case that no rule proposed, on records of the enterprise"
            ),
        ),
    ] = False,
    expires: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both("失效日，默认为依据的期限", "The day it ends, by default when the evidence does"),
        ),
    ] = None,
    decided: Annotated[
        date | None,
        typer.Option(
            parser=day, metavar="DATE", help=both("决定日，默认今日", "The day of the decision, today by default")
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
) -> None:
    """Make a case of what an officer established where a rule leaves the choice, in one go: a grade, or that it does
    not hold, or that a listed person is another one. Step by step: riskml case.
    ---
    把承办人员对规则所提情形的认定一次立为案件：选定等级，或不成立；或名单中的人不是本企业的任职人员。
    分步办理：riskml case。
    ---
    riskml decide 91530100MA6K12345X --rule serious_negative_effect --grade D --officer LI --reason R-7 --evidence OP-1
    """
    from riskml.services.explaining import Answer, record_answer

    answer = Answer(
        enterprise=enterprise, rule=rule, evidence=tuple(evidence), grade=grade, officer=officer, reason=reason,
        decided_on=decided or china_today(), expires_on=expires, second=second, open_case=open_case,
    )  # fmt: skip
    recorded = record_answer(workspace_of(context), me(), scheme, answer)
    decision = recorded.decision
    out.print(
        f"{say('已记录：', 'Recorded: ')}{decision.enterprise_id} {decision.rule} → {decision.grade}, "
        f"{decision.decided_on} – {decision.expires_on or ''}; {say('案件', 'case')} {recorded.case_id}",
        soft_wrap=True,
    )
    if (until := decision.expires_on) is not None and recorded.ended:
        out.print(
            say(f"注意：它在 {until} 已经失效，不再起作用。", f"Note: it ended on {until} and acts no more."),
            soft_wrap=True,
        )
    if without := [str(one) for one in recorded.runs_without]:
        out.print(
            say(
                f"注意：已发布的 {'、'.join(without)} 没有它；要使其包含，请重新评分，成为一次更正。",
                f"Note: the published runs of {', '.join(without)} were made without it; scoring again makes a "
                "revision.",
            ),
            soft_wrap=True,
        )
