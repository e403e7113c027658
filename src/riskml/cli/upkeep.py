"""The commands that look after a workspace: checked before a run, a load undone, what is not needed removed, the
ledger.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import (
    PARTLY,
    JsonOption,
    SchemeOption,
    day,
    folder_there,
    me,
    print_json,
    workspace_asked,
    workspace_of,
)
from riskml.cli.terminal import out, table
from riskml.core import logs
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, counted, say

LEVELS = {"ok": Label("正常", "ok"), "warning": Label("注意", "warning"), "error": Label("错误", "error")}

WHY = {
    "superseded": Label("已被取代", "superseded"),
    "unfinished": Label("中断所留", "left by a kill"),
    "temporary": Label("临时文件", "temporary"),
    "retention": Label("已过保存期", "past keeping"),
}
"""Why a file is no longer needed."""


def check(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[
        date | None,
        typer.Option(parser=day, metavar="DATE", help=both("将要评分的基准日", "The as-of date of the run to come")),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help=both("将要导入的来源", "A source that is to be loaded first"))
    ] = None,
    path: Annotated[
        Path | None,
        typer.Option(
            "--from",
            parser=folder_there,
            metavar="DIR",
            help=both("其原始文件所在的目录", "The folder with its extracts"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look at everything before a run: configuration, sources, records, disk, memory, time, locks and clock; writes
    nothing.
    ---
    运行前检查：配置、来源、记录、磁盘、内存、预计用时、锁、时钟；不写任何文件。
    ---
    riskml check --as-of 2026-10-31
    """
    from riskml.checks.findings import ABOUT, exit_code
    from riskml.services.upkeep import check_run

    if (source is None) != (path is None):
        raise ConfigurationError(zh="--source 与 --from 须同时给出。", en="--source and --from go together.")
    found = check_run(workspace_asked(context), me(), scheme, as_of=as_of, source=source, folder=path)
    code = exit_code(found)
    if as_json:
        print_json({"exit_code": code, "findings": [vars(finding) for finding in found]})
    else:
        for finding in found:
            out.print(
                f"{LEVELS[finding.level].said} [{ABOUT[finding.about].said}] {say(finding.zh, finding.en)}",
                soft_wrap=True,
            )
    raise typer.Exit(code)


def undo(context: typer.Context, as_json: JsonOption = False) -> None:
    """Undo the last load, while no published run rests on it.
    ---
    撤销最近一次导入：尚无评分用到它时，库恢复原样。
    ---
    riskml undo
    """
    from riskml.cli.updates_shown import log_updates, show_updates, updates_content
    from riskml.services.deliveries import undo_load

    done = undo_load(workspace_of(context), me())
    undone = done.undone
    logs.event("undone", load=undone.number, source=undone.source)
    log_updates(done.updates)
    if as_json:
        print_json(vars(undone) | {"updated_at_once": updates_content(done.updates)})
    else:
        out.print(
            say(
                f"已撤销第 {undone.number} 批：{undone.source}，{undone.received}，{len(undone.files)} 个文件",
                f"Load {undone.number} is undone: {undone.source}, {undone.received}, "
                f"{counted(len(undone.files), 'files')}",
            ),
            soft_wrap=True,
        )
        show_updates(done.updates)
    if done.updates.failed:
        raise typer.Exit(PARTLY)


def clean(
    context: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", help=both("确实删除；不写则只列出", "Remove it; without, it is only listed"))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List, or remove, files that are no longer needed: replaced ones, those left by a kill, and logs and refused rows
    that are past keeping.
    ---
    清理不再需要的文件：被取代的库文件、中断的命令留下的、过了保存期的日志和隔离数据。
    ---
    riskml clean --yes
    """
    from riskml.services.deliveries import unneeded_files

    found = unneeded_files(workspace_of(context) if yes else workspace_asked(context), me(), remove=yes)
    size = sum(one.bytes for one in found)
    logs.event("cleaned", removed=yes, number=len(found), bytes=size)
    if as_json:
        print_json({"removed": yes, "bytes": size, "found": [{**vars(one), "path": str(one.path)} for one in found]})
        return
    for one in found:
        out.print(f"{WHY[one.why].said} {one.bytes:,} B {one.path}", soft_wrap=True)
    told = say("已删除", "removed") if yes else say("可删除，加 --yes 才会删除", "can be removed, with --yes")
    out.print(
        say(
            f"{len(found)} 个文件，{size / 2**20:,.1f} MiB，{told}",
            f"{counted(len(found), 'files')}, {size / 2**20:,.1f} MiB: {told}",
        )
    )


def retention(
    context: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", help=both("确实删除；不写则只列出", "Remove it; without, it is only listed"))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What is known of natural persons, where, and how long it is kept (persons of settings.yaml); what can never be
    removed and why. Removed is what is past its time.
    ---
    掌握哪些自然人信息、在哪里、保存多久（settings.yaml 的 persons），哪些不能删除及原因；过了期限的可以删除。
    ---
    riskml retention
    riskml retention --yes
    """
    from riskml.services.retention import review_persons

    found = review_persons(workspace_of(context) if yes else workspace_asked(context), me(), remove=yes)
    if as_json:
        held = [
            {**vars(one), "what": vars(one.what), "where": vars(one.where), "why": one.why and vars(one.why)}
            for one in found
        ]
        print_json({"removed": yes, "held": held})
        return
    heads = (say("内容", "what"), say("位置", "where"), say("保存", "kept"), say("已过期", "past"))
    rows = [
        (
            one.what.said,
            one.where.said,
            f"{one.days} {say('天', 'days')}" if one.days is not None else say("不删除", "not removed"),
            str(one.past) if one.why is None else one.why.said,
        )
        for one in found
    ]
    table(say("自然人信息", "Natural persons' data"), heads, rows)
    out.print(say("已删除。", "Removed.") if yes else say("加 --yes 才会删除。", "Nothing is removed without --yes."))


def ledger(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, help=both("显示最后几行", "How many lines to show, the last ones"))] = 20,
    holds: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help=both("核对以前抄下的散列仍在其中", "Whether a hash that was noted earlier is still in it"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The ledger: when and by which account things were loaded, registered, put to use, scored and decided. Its whole
    chain is verified first.
    ---
    总账：何时、由哪个账号导入、登记、启用、评分、决定；先核对整条散列链。
    ---
    riskml ledger --last 5
    """
    from riskml.cli.ledger_shown import content_of
    from riskml.core.ledger import LABELS
    from riskml.services.upkeep import read_ledger

    whole = read_ledger(workspace_of(context), me(), holds)
    lines, held = whole.lines, whole.held
    if as_json:
        print_json(
            {
                "last_hash": whole.last_hash,
                "held": held and held.number,
                "lines": [{**vars(line), "at": line.at.isoformat()} for line in lines],
            }
        )
        return
    table(
        say(f"{whole.path}：{len(lines)} 行", f"{whole.path}: {counted(len(lines), 'lines')}"),
        ["", say("时间", "when"), say("账号", "account"), say("事项", "what"), say("内容", "content")],
        [
            [
                line.number,
                f"{line.at:%Y-%m-%d %H:%M}",
                line.account,
                LABELS[line.kind].said if line.kind in LABELS else line.kind,
                content_of(line, whole.rules),
            ]
            for line in lines[-last:]
        ],
    )
    if held is not None:
        out.print(
            say(
                f"散列在第 {held.number} 行（{held.at:%Y-%m-%d %H:%M}），此前各行自抄下以来没有改动。",
                f"The hash is that of line {held.number} ({held.at:%Y-%m-%d %H:%M}): the lines up to it are as they "
                "were when it was noted.",
            ),
            soft_wrap=True,
        )
    out.print(say(f"末行散列：{whole.last_hash}", f"Last hash: {whole.last_hash}"), soft_wrap=True)
