"""The commands about cases: opened, taken further, listed, and what is due in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, SchemeOption, day, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out, table
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, counted, say

if TYPE_CHECKING:
    from riskml.casework.attachments import Given
    from riskml.casework.shown import Shown

app = CommandLine(name="case", no_args_is_help=True, help=both("案件。", "Cases."))

KindArgument = Annotated[
    str,
    typer.Argument(metavar="KIND", help=both("种类，如 objection（异议）", "The kind, such as objection")),
]
CaseArgument = Annotated[int, typer.Argument(metavar="ID", help=both("案件编号", "The number of the case"))]
WhyOption = Annotated[str, typer.Option("--why", help=both("理由", "Why"))]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="FIELD=VALUE",
        help=both("这一步要写明的事项，可重复", "What the step needs to be told; the option may be repeated"),
    ),
]
ByOption = Annotated[
    str | None,
    typer.Option("--by", help=both("何人所办，默认是当前账号", "Who does it, by default the account that types it")),
]
FileOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--file",
        metavar="PATH",
        help=both(
            "附上的文件（PDF、PNG、JPEG），可重复", "A file that comes with it (PDF, PNG, JPEG); may be repeated"
        ),
    ),
]


@app.command(name="list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help=both("种类", "The kind"))] = None,
    scheme: Annotated[str | None, typer.Option(help=both("分类办法", "The scheme"))] = None,
    enterprise: Annotated[str | None, typer.Option(help=both("统一社会信用代码", "The enterprise"))] = None,
    state: Annotated[str | None, typer.Option(help=both("状态", "The state"))] = None,
    closed: Annotated[
        bool, typer.Option("--all", help=both("也列出已办结的", "Those in which nothing is left to do, too"))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List cases, those that are open by default, the oldest first.
    ---
    列出案件，默认只列未办结的，由早到晚。
    ---
    riskml case list --kind objection
    """
    from riskml.casework.store import Wanted
    from riskml.services.casework import list_cases

    wanted = Wanted(kind, scheme, enterprise, state, with_closed=closed)
    found = list_cases(workspace_asked(context), me(), wanted)
    if as_json:
        print_json({"cases": [one.to_dict() for one in found]})
        return
    table(
        say(f"{len(found):,} 件", counted(len(found), "cases")),
        ["", say("种类", "kind"), say("办法", "scheme"), say("企业", "enterprise"), say("状态", "state"),
         say("天数", "days"), say("期限", "due")],
        [
            [one.case.id, one.case.kind.label.said, one.case.scheme, one.case.enterprise, _state(one), one.age,
             _first_due(one)]
            for one in found
        ],
    )  # fmt: skip


@app.command()
def show(context: typer.Context, case_id: CaseArgument, as_json: JsonOption = False) -> None:
    """Show one case: each step with who, when and why, what is due, and what may be done next.
    ---
    一件案件：每一步何人、何时、为何，何时到期，下一步可以做什么。
    ---
    riskml case show 12
    """
    from riskml.services.casework import show_case

    _print(show_case(workspace_asked(context), me(), case_id), as_json)


@app.command(name="open")
def open_(
    context: typer.Context,
    kind: KindArgument,
    enterprise: Annotated[str | None, typer.Option(help=both("统一社会信用代码", "The enterprise"))] = None,
    why: Annotated[str | None, typer.Option("--why", help=both("理由", "Why"))] = None,
    given: WithOption = None,
    file: FileOption = None,
    by: ByOption = None,
    scheme: SchemeOption = "yunnan",
    proposed: Annotated[
        bool,
        typer.Option(
            "--proposed", help=both("立下自动提出、尚未立案的全部案件", "Open all that are proposed and not opened yet")
        ),
    ] = False,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both(
                "--proposed 所看的基准日，默认最近一次发布", "The run that --proposed looks at, the newest by default"
            ),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case of an enterprise, or every case of a kind that is proposed.
    ---
    为一家企业立案，或立下某一种类自动提出的全部案件。
    ---
    riskml case open objection --enterprise CODE --scheme guandu --why REASON --with from=NAME
    """
    from riskml.services.casework import Opening, open_case, open_proposed_cases

    if proposed:
        if enterprise is not None or why is not None or given or file or by is not None:
            raise ConfigurationError(
                zh="--proposed 不与 --enterprise、--why、--with、--file、--by 同用。",
                en="--proposed goes with none of --enterprise, --why, --with, --file and --by.",
            )
        made = open_proposed_cases(workspace_of(context), me(), kind, scheme, as_of)
        if as_json:
            print_json({"cases": [one.to_dict() for one in made]})
        else:
            numbers = f"{made[0].case.id}–{made[-1].case.id}" if made else ""
            out.print(
                say(f"新立 {len(made):,} 件 {numbers}", f"{counted(len(made), 'cases')} opened {numbers}"),
                soft_wrap=True,
            )
        return
    if enterprise is None or why is None:
        raise ConfigurationError(zh="须写 --enterprise 和 --why。", en="Give --enterprise and --why.")
    opening = Opening(kind, scheme, enterprise, why, _fields(given), by, _read(file))
    _print(open_case(workspace_of(context), me(), opening), as_json)


@app.command(name="do")
def do_(
    context: typer.Context,
    case_id: CaseArgument,
    action: Annotated[
        str, typer.Argument(metavar="STEP", help=both("步骤，如 accept（受理）", "The step, such as accept"))
    ],
    why: WhyOption,
    given: WithOption = None,
    file: FileOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a step of a case. What is not allowed is refused, with what is.
    ---
    办一步案件；不能办的说明现在可以办什么。
    ---
    riskml case do 12 accept --why complete
    """
    from riskml.services.casework import Move, take_step

    move = Move(case_id, action, why, _fields(given), by, _read(file))
    _print(take_step(workspace_of(context), me(), move), as_json)


@app.command(name="file")
def file_(
    context: typer.Context,
    case_id: CaseArgument,
    step: Annotated[int, typer.Argument(metavar="STEP", help=both("第几步", "The number of the step"))],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help=both("第几个文件", "Which of its files"))],
    to: Annotated[Path, typer.Option(help=both("写到哪个文件", "Where to write it"))],
    as_json: JsonOption = False,
) -> None:
    """Write a file that came with a step as it came, once it is seen to be unaltered.
    ---
    把一步所附的文件原样写出，先核对未被改动。
    ---
    riskml case file 12 1 1 --to proof.pdf
    """
    from riskml.services.casework import read_file

    attached, content = read_file(workspace_asked(context), me(), case_id, step, number)
    to.write_bytes(content)
    if as_json:
        print_json(attached.to_dict())
        return
    out.print(f"{to} {attached.type} {attached.sha256}", soft_wrap=True)


@app.command()
def due(
    context: typer.Context,
    until: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help=both("到哪一天为止", "Up to which day"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What is due in open cases, the first first; a provisional day may move with holidays still to be announced.
    ---
    未办结案件中的期限，先到的在前；“暂定”的日期要等以后年份的节假日公布才能确定。
    ---
    riskml case due --until 2026-12-31
    """
    from riskml.services.casework import due_cases

    found = due_cases(workspace_asked(context), me(), until)
    if as_json:
        print_json({"due": [{**one.due.to_dict(), "case": one.shown.to_dict()} for one in found]})
        return
    table(
        say(f"{len(found):,} 项", counted(len(found), "matters")),
        [say("期限", "due"), say("工作日", "working days"), say("案件", "case"), say("企业", "enterprise"),
         say("事项", "what")],
        [
            [_day(one.due.deadline.day, one.due.deadline.provisional), one.due.working_days, one.shown.case.id,
             one.shown.case.enterprise, one.due.deadline.what.said]
            for one in found
        ],
    )  # fmt: skip


@app.command(name="import")
def import_(context: typer.Context, as_json: JsonOption = False) -> None:
    """Make cases of the decisions on the ledger that were taken without one; again, nothing more is done.
    ---
    把总账中没有案件的人员决定各立为案件；再运行不会重复。
    ---
    riskml case import
    """
    from riskml.services.casework import import_cases

    found = import_cases(workspace_of(context), me())
    if as_json:
        print_json(vars(found))
        return
    out.print(
        say(
            f"新立 {found.new:,} 件，已在案件中的决定 {found.known:,} 项",
            f"{counted(found.new, 'cases')} made; {counted(found.known, 'decisions')} had one",
        )
    )


def _read(paths: list[Path] | None) -> tuple[Given, ...]:
    """What ``--file`` gives."""
    from riskml.casework.attachments import MOST_BYTES, Given

    found = []
    for path in paths or ():
        with path.open("rb") as file:
            found.append(Given(path.name, file.read(MOST_BYTES + 1)))
    return tuple(found)


def _fields(given: list[str] | None) -> dict[str, list[str]]:
    """What ``--with`` gives: field → values."""
    found: dict[str, list[str]] = {}
    for one in given or []:
        name, has_value, value = one.partition("=")
        if not has_value:
            raise ConfigurationError(
                zh=f"--with 应为“事项=内容”，不是 {one!r}。", en=f"--with takes FIELD=VALUE, not {one!r}."
            )
        found.setdefault(name, []).append(value)
    return found


def _print(one: Shown, as_json: bool) -> None:
    if as_json:
        print_json(one.to_dict())
        return
    case = one.case
    out.print(
        say(
            f"案件 {case.id}：{case.kind.label.zh}，{case.scheme}，{case.enterprise}，{_state(one)}",
            f"Case {case.id}: {case.kind.label.en}, {case.scheme}, {case.enterprise}, {_state(one)}",
        ),
        soft_wrap=True,
        markup=False,
    )
    heads = [
        "",
        say("时间", "when"),
        say("何人", "who"),
        say("步骤", "step"),
        say("理由", "why"),
        say("内容", "content"),
    ]
    table("", heads, [
        [event.number, f"{event.at:%Y-%m-%d %H:%M}", event.who, one.action_label(event.action).said, event.why,
         "\n".join((*one.told_content(event), *(f"{file.number}: {file.name}" for file in one.files_of(event))))]
        for event in case.events
    ])  # fmt: skip
    for deadline in one.due:
        when = _day(deadline.deadline.day, deadline.deadline.provisional)
        out.print(f"{when} {deadline.deadline.what.said}", soft_wrap=True)
    for result in one.told_results():
        out.print(result.said, soft_wrap=True, markup=False)
    may = ", ".join(f"{name} ({case.kind.actions[name].label.said})" for name in one.may)
    out.print(say(f"可以：{may or '没有下一步'}", f"Possible: {may or 'nothing'}"), soft_wrap=True, markup=False)


def _state(one: Shown) -> str:
    return one.case.kind.states[one.case.state].label.said


def _first_due(one: Shown) -> str:
    if not one.due:
        return "–"
    first = one.due[0]
    near = Label("，临近或已过", ", near or past").said if first.is_near else ""
    return _day(first.deadline.day, first.deadline.provisional) + near


def _day(when: date, provisional: bool) -> str:
    return f"{when}" + (say("（暂定）", " (provisional)") if provisional else "")
