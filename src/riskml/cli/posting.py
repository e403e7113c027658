"""The commands about posted codes: made, printed, and what happened to each."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, day, file, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out, table
from riskml.core.language import counted, say
from riskml.disclosure.posters import STATES, Happened, WantedPosters

if TYPE_CHECKING:
    from riskml.disclosure.posters import Poster

app = CommandLine(
    name="poster",
    no_args_is_help=True,
    help=both("张贴于经营场所的信用等级二维码。", "Codes of their grade that entities post where they trade."),
)

Scheme = Annotated[str, typer.Option("--scheme", help=both("规定张贴二维码的办法", "The scheme that has codes posted"))]
Enterprises = Annotated[
    list[str] | None,
    typer.Argument(metavar="CODE", help=both("统一社会信用代码；不写为全部", "Unified social credit codes; else all")),
]
Street = Annotated[
    str, typer.Option("--street", metavar="DIGITS", help=both("乡镇街代码的开头", "How the street's code begins"))
]


@app.command()
def issue(
    context: typer.Context,
    enterprises: Enterprises = None,
    scheme: Scheme = "lingyuan",
    street: Street = "",
    as_json: JsonOption = False,
) -> None:
    """Make a code for whoever was graded and has none; anew for those that are named, whose earlier codes end.
    ---
    为已评级而还没有二维码的市场主体生成；写明代码的重新生成，原有的作废。
    ---
    riskml poster issue --scheme lingyuan
    riskml poster issue 91211382MA0000001X
    """
    from riskml.services.posting import issue_posters

    made = issue_posters(workspace_of(context), me(), scheme, WantedPosters(scheme, street=street), enterprises or ())
    if as_json:
        print_json({"posters": [_plain(one) for one in made]})
        return
    out.print(say(f"生成了 {len(made):,} 个二维码。", f"{counted(len(made), 'codes')} made."))


@app.command("print")
def print_(
    context: typer.Context,
    to: Annotated[
        Path, typer.Option("--to", parser=file, metavar="FILE", help=both("写到哪个文件", "The file to write"))
    ],
    enterprises: Enterprises = None,
    scheme: Scheme = "lingyuan",
    street: Street = "",
) -> None:
    """Write posters as one HTML file, a page of A4 each; they do not state the grade.
    ---
    把二维码写成一个 HTML 文件，每张 A4 一个；上面不写等级。
    ---
    riskml poster print --street 211382001 --to posters.html
    """
    from riskml.records.enterprise_ids import enterprise_meant
    from riskml.services.posting import list_posters, print_posters

    workspace = workspace_of(context)
    found = list_posters(workspace, me(), WantedPosters(scheme, street=street))
    named = {enterprise_meant(one) for one in enterprises or ()}
    chosen = [one for one in found if not named or one.given.enterprise in named]
    to.write_text(print_posters(workspace, me(), chosen), encoding="utf-8")
    out.print(say(f"{len(chosen):,} 张，写入 {to}", f"{counted(len(chosen), 'posters')}, written to {to}"))


@app.command("list")
def list_(
    context: typer.Context,
    scheme: Scheme = "lingyuan",
    street: Street = "",
    state: Annotated[
        Happened | None, typer.Option("--state", help=both("最近一次登记", "What happened to it last"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The register: which codes there are, and what happened to each last.
    ---
    张贴登记：有哪些二维码，最近一次登记是什么。
    ---
    riskml poster list --state not_seen
    """
    from riskml.services.posting import list_posters

    found = list_posters(workspace_asked(context), me(), WantedPosters(scheme, street=street, state=state))
    if as_json:
        print_json({"posters": [_plain(one) for one in found]})
        return
    heads = (say("编号", "number"), say("市场主体", "entity"), say("乡镇街", "street"), say("状态", "state"))
    rows = [
        (str(one.number), one.given.enterprise, one.given.street or one.given.division, one.state_told.said)
        for one in found
    ]
    table(say("张贴登记", "Register of posting"), heads, rows)


@app.command()
def note(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help=both("二维码的编号", "The poster's number"))],
    kind: Annotated[Happened, typer.Argument(help=both("发生了什么", "What happened"))],
    on: Annotated[
        date | None, typer.Option("--on", parser=day, metavar="DATE", help=both("哪一天，默认今天", "On which day"))
    ] = None,
) -> None:
    """Note what happened to a poster: given out, seen, not seen, urged, passed on, ended.
    ---
    登记一个二维码：已发放、已张贴、未张贴、已督促、已转监督部门、已作废。
    ---
    riskml poster note 17 handed
    riskml poster note 17 not_seen --on 2026-11-20
    """
    from riskml.services.posting import note_posting

    found = note_posting(workspace_of(context), me(), number, kind, on)
    out.print(f"{found.number}  {found.given.enterprise}  {STATES[kind].said}", markup=False)


def _plain(one: Poster) -> dict[str, object]:
    entries = [{**vars(entry), "kind": entry.kind.value} for entry in one.entries]
    return {"number": one.number, **vars(one.given), "issued_at": one.issued_at, "entries": entries}
