"""The commands that look after a workspace: checked before a run, a load undone, what is not needed removed, the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from riskml.cli.options import JsonOption, SchemeOption, day, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out, table
from riskml.core import logs
from riskml.core.errors import ConfigurationError


def check(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[date | None, typer.Option(parser=day, metavar="DATE", help="将要评分的基准日 of the run to come")] = None,
    source: Annotated[str | None, typer.Option(help="将要导入的来源 a source to be loaded first")] = None,
    path: Annotated[
        Path | None, typer.Option("--from", exists=True, file_okay=False, help="其原始文件所在目录 where its extracts are")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """运行前检查：配置、来源、记录、磁盘、内存、预计用时、锁、时钟；不写任何文件。A dry run before the month's run; writes nothing.

    例 Example: riskml check --as-of 2026-10-31
    """
    from riskml.checks.findings import exit_code
    from riskml.services.upkeep import check_run

    if (source is None) != (path is None):
        raise ConfigurationError(zh="--source 与 --from 须同时给出。", en="--source and --from go together.")
    found = check_run(workspace_asked(context), me(), scheme, as_of=as_of, source=source, folder=path)
    code = exit_code(found)
    if as_json:
        print_json({"exit_code": code, "findings": [vars(finding) for finding in found]})
    else:
        words = {"ok": "正常 ok", "warning": "注意 warning", "error": "错误 error"}
        for finding in found:
            out.print(f"{words[finding.level]} [{finding.about}] {finding.zh}\n    {finding.en}", soft_wrap=True, markup=False)
    raise typer.Exit(code)


def undo(context: typer.Context, as_json: JsonOption = False) -> None:
    """撤销最近一次导入：尚无评分用到它时，库恢复原样。Undo the last load, while no published run rests on it.

    例 Example: riskml undo
    """
    from riskml.cli.load_shown import PARTLY
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
            f"已撤销第 {undone.number} 批 Load {undone.number} undone: {undone.source}，{undone.received}，{len(undone.files)} 个文件 files",
            soft_wrap=True,
        )
        show_updates(done.updates)
    if done.updates.failed:
        raise typer.Exit(PARTLY)


def clean(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="确实删除；不写则只列出 remove it; without, it is only listed")] = False,
    as_json: JsonOption = False,
) -> None:
    """清理不再需要的文件：被取代的库文件、中断的命令留下的、过了保存期的日志和隔离数据。List, or remove, what is no longer needed.

    例 Example: riskml clean --yes
    """
    from riskml.services.deliveries import unneeded_files

    found = unneeded_files(workspace_of(context) if yes else workspace_asked(context), me(), remove=yes)
    size = sum(one.bytes for one in found)
    logs.event("cleaned", removed=yes, number=len(found), bytes=size)
    if as_json:
        print_json({"removed": yes, "bytes": size, "found": [{**vars(one), "path": str(one.path)} for one in found]})
        return
    words = {"superseded": "已被取代 superseded", "unfinished": "中断所留 left by a kill", "temporary": "临时文件 temporary",
             "retention": "已过保存期 past retention"}  # fmt: skip
    for one in found:
        out.print(f"{words[one.why]} {one.bytes:,} B {one.path}", soft_wrap=True, markup=False)
    told = "已删除 removed" if yes else "可删除，加 --yes 才会删除 can be removed, with --yes"
    out.print(f"{len(found)} 个文件 files，{size / 2**20:,.1f} MiB {told}")


def ledger(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, help="显示最后几行 how many lines to show")] = 20,
    holds: Annotated[
        str | None, typer.Option(metavar="HASH", help="核对以前抄下的散列仍在其中 whether a hash noted earlier is still in it")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """总账：何时、由哪个账号导入、登记、启用、评分、决定；先核对整条散列链。The ledger, once its whole chain is verified.

    例 Example: riskml ledger --last 5
    """
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
        f"{whole.path}: {len(lines)} 行 lines",
        ["", "时间 when", "账号 account", "事项 kind", "内容 content"],
        [
            [line.number, f"{line.at:%Y-%m-%d %H:%M}", line.account, LABELS.get(line.kind, line.kind), _brief(line.content)]
            for line in lines[-last:]
        ],
    )
    if held is not None:
        out.print(
            f"散列在第 {held.number} 行（{held.at:%Y-%m-%d %H:%M}），此前各行自抄下以来没有改动。 The hash is that of line {held.number}: the "
            "lines up to it are as they were when it was noted.",
            soft_wrap=True,
        )
    out.print(f"末行散列 last hash: {whole.last_hash}", soft_wrap=True)


def _brief(content: Mapping[str, Any]) -> str:
    """What a line says, for a table: its short values; of what a place is empty of, that."""
    return ", ".join(
        f"{name} {str(value)[:20] or '无 nothing'}" for name, value in content.items() if isinstance(value, str | int)
    )
