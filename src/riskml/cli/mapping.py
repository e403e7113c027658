"""The commands about a new source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, folder_there, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.language import counted, say

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
            "not_placed": [column.name for column in one.unplaced],
        }
        for one in made.matched.values()
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
             len(one.placed), len(one.unplaced), made.gaps[one.table.name] if one.table else "–"]
            for one in made.matched.values()
        ],
    )  # fmt: skip
    for one in made.matched.values():
        if one.unplaced:
            names = say("、", ", ").join(column.name for column in one.unplaced)
            out.print(
                say(f"  {one.file.path} 未对应：{names}", f"  {one.file.path}, not placed: {names}"), soft_wrap=True
            )
    for file, why in made.looked.unread.items():
        out.print(say(f"  未读 {file}：{why.zh}", f"  not read, {file}: {why.en}"), soft_wrap=True)
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
