"""The commands that write a backup of a workspace and restore one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import JsonOption, file, file_there, folder, me, print_json, workspace_of
from riskml.cli.terminal import out, progress
from riskml.core import logs
from riskml.core.language import counted, say


def backup(
    context: typer.Context,
    to: Annotated[
        Path, typer.Option(parser=file, metavar="FILE", help=both("写入的备份文件（.tar）", "The file to write (.tar)"))
    ],
    as_json: JsonOption = False,
) -> None:
    """Write the whole workspace into one file: records, runs, models, the ledger, the database. Confidential as they
    are.
    ---
    把整个工作区写成一个备份文件：记录、结果、模型、总账、数据库。文件与原数据同样保密。
    ---
    riskml backup --to /backup/riskml-2026-11-30.tar
    """
    from riskml.services.backup import back_up_workspace

    with progress(say("备份", "backing up")) as on_progress:
        made = back_up_workspace(workspace_of(context), me(), to, on_progress)
    size = to.stat().st_size
    logs.event("backed_up", files=len(made.files), bytes=size)
    if as_json:
        print_json({"file": str(to), "files": len(made.files), "bytes": size, "postgresql": made.postgresql})
        return
    out.print(
        say(
            f"已备份 {len(made.files)} 个文件，{size / 2**20:,.0f} MiB：{to}",
            f"{counted(len(made.files), 'files')} backed up, {size / 2**20:,.0f} MiB: {to}",
        ),
        soft_wrap=True,
    )


def restore(
    backup: Annotated[Path, typer.Argument(parser=file_there, metavar="FILE", help=both("备份文件", "The backup"))],
    into: Annotated[
        Path,
        typer.Option(parser=folder, metavar="DIR", help=both("恢复到的新目录", "The folder to make of it")),
    ],
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a new folder, once every file in it is seen to be as it was written.
    ---
    把备份恢复到一个新目录；先核对其中每个文件与写入时一致。
    ---
    riskml restore /backup/riskml-2026-11-30.tar --into /srv/riskml
    """
    from riskml.services.backup import restore_workspace

    with progress(say("恢复", "restoring")) as on_progress:
        made = restore_workspace(me(), backup, into, on_progress)
    if as_json:
        print_json({"into": str(into), "files": len(made.files), "made": made.made, "by": made.by})
        return
    out.print(
        say(
            f"已恢复 {len(made.files)} 个文件（{made.made} 由 {made.by} 备份）：{into}。"
            f"请运行 riskml --workspace {into} check。",
            f"{counted(len(made.files), 'files')} restored (backed up {made.made} by {made.by}): {into}. Now run "
            f"'riskml --workspace {into} check'.",
        ),
        soft_wrap=True,
    )
