"""The commands about a new source, and about what its records hold once they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, file, folder_there, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.json_values import json_values
from riskml.core.language import SIMULATED, counted, say

app = CommandLine(
    name="source",
    no_args_is_help=True,
    help=both("数据来源：由一个目录的文件拟出映射。", "Sources of records: a mapping proposed from a folder of files."),
)


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=both("新来源的名称，如 qujing", "What to call it, such as qujing"))],
    path: Annotated[
        Path,
        typer.Option(
            "--from", parser=folder_there, metavar="DIR", help=both("文件所在的目录", "The folder with its files")
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Propose a source for the files of a folder: sources/NAME/source.yaml and one SQL for each record table.

    Encodings, delimiters, titles, headers, columns, codes, dates and units are read from the files. What a person has
    to say is marked GAP: in a comment, and the source is refused until that is filled in or removed.
    ---
    由一个目录的文件拟出来源：sources/NAME/source.yaml 和每张记录表一份 SQL。

    编码、分隔符、标题行、表头、字段、代码、日期、单位都从文件中读出。

    须由人定的以 GAP: 注释标出，填好或删去之前不能导入。
    ---
    riskml source new qujing --from inbox
    """
    from riskml.services.mapping import propose_source

    with progress(say("查看", "looking")) as on_progress:
        made = propose_source(workspace_of(context), me(), name, path, on_progress)
    files = [
        {
            "file": one.file.path, "encoding": one.file.entry.encoding, "rows": one.file.rows,
            "malformed": one.file.malformed, "table": one.table.name if one.table else None,
            "placed": {placed.found.name: placed.column.name for placed in one.placed},
            "not_placed": [column.name for column in one.unplaced], "gaps": made.gaps_by_file.get(view, 0),
        }
        for view, one in made.matched.items()
    ]  # fmt: skip
    if as_json:
        print_json(
            {"source": name, "folder": str(made.folder), "gaps": made.gaps, "files": files,
             "not_read": {path: why.en for path, why in made.looked.unread.items()}}
        )  # fmt: skip
        return
    table(
        say(f"拟出 {made.folder}", f"Proposed: {made.folder}"),
        [say("文件", "file"), say("编码", "encoding"), say("行", "rows"), say("记录表", "table"),
         say("已对应的列", "columns placed"), say("未对应", "not placed"), say("待填", "gaps")],
        [
            [one.file.path, one.file.entry.encoding, one.file.rows, one.table.name if one.table else "–",
             len(one.placed), len(one.unplaced), made.gaps_by_file[view] if one.table else "–"]
            for view, one in made.matched.items()
        ],
    )  # fmt: skip
    for one in made.matched.values():
        if one.unplaced:
            names = say("、", ", ").join(column.name for column in one.unplaced)
            out.print(
                say(f"  {one.file.path} 未对应：{names}", f"  {one.file.path}, not placed: {names}"), soft_wrap=True
            )
    for unread, why in made.looked.unread.items():
        out.print(say(f"  未读 {unread}：{why.zh}", f"  not read, {unread}: {why.en}"), soft_wrap=True)
    gaps = sum(made.gaps.values())
    if gaps:
        out.print(
            say(
                f"  有 {gaps} 处须由人填写，标有 GAP:；填好或删去注释后 riskml ingest {name} --from {path} --dry-run",
                f"  {counted(gaps, 'places', 'place')} for a person to fill in, marked GAP:; then riskml ingest {name} "
                f"--from {path} --dry-run",
            ),
            soft_wrap=True,
        )


def profile(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Option(
            "--table", metavar="TABLE", help=both("只看这张记录表，默认全部", "This record table; all by default")
        ),
    ] = None,
    months: Annotated[int, typer.Option(min=2, max=240, help=both("看最近多少个月", "How many months back"))] = 36,
    to: Annotated[
        Path | None,
        typer.Option(
            "--page",
            parser=file,
            metavar="FILE",
            help=both("页面写到哪里，默认 data/profile.html", "Where the page goes, by default data/profile.html"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what every record table holds, month by month: rows, missing values, distinct and commonest values, ends of
    dates and numbers, refused rows; months unlike the earlier ones are named.
    ---
    各记录表逐月的概况：行数、缺失、不同的值和最多的值、日期和数字的两端、未收的行；与以往不同的月份会指出。
    ---
    riskml profile
    riskml profile --table penalty --months 60
    """
    from riskml.services.profile import profile_page

    with progress(say("查看", "looking")) as on_progress:
        made = profile_page(workspace_of(context), me(), name, months, to, on_progress)
    seen, breaks = made.profile, made.profile.breaks()
    if as_json:
        print_json({
            "page": str(made.page), "simulated": seen.simulated, "months": [str(month) for month in seen.months],
            "never_received": seen.never,
            "tables": [
                {
                    "table": one.table.name, "rows": one.rows, "subjects": one.enterprises, "received": one.received,
                    "refused": one.refused, "rows_by_month": one.rows_by_month,
                    "subjects_by_month": one.enterprises_by_month, "unlike": sorted(one.broken),
                    "columns": {
                        own.column.name: json_values({
                            **vars(own.whole), "missing_by_month": own.missing_by_month,
                            "commonest_by_month": own.commonest_by_month, "unlike": sorted(own.broken),
                        })
                        for own in one.columns
                    },
                }
                for one in seen.tables
            ],
        })  # fmt: skip
        return
    table(
        say("记录概况", "Profile of the records") + (SIMULATED.said if seen.simulated else ""),
        [say("记录表", "table"), say("行", "rows"), say("主体", "subjects"), say("未收", "refused"),
         say("与以往不同的月份", "months unlike the earlier")],
        [[one.table.name, one.rows, one.enterprises, one.refused, one.breaks or "–"] for one in seen.tables],
    )  # fmt: skip
    for one, own, place in breaks[:20]:
        held = None if own is None else own.by_month[place]
        told = (
            say(f"{one.rows_by_month[place]:,} 行", counted(one.rows_by_month[place], "rows"))
            if held is None
            else say(f"缺失 {held.missing:.1%}", f"{held.missing:.1%} missing")
        )
        where = one.table.name if own is None else f"{one.table.name}.{own.column.name}"
        out.print(f"  {seen.months[place]:%Y-%m} {where}: {told}", soft_wrap=True)
    if len(breaks) > 20:
        out.print(
            say(f"  另有 {len(breaks) - 20} 处，见页面", f"  and {len(breaks) - 20} more on the page"), soft_wrap=True
        )
    out.print(f"{made.page}", soft_wrap=True)
