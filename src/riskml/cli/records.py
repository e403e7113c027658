"""The commands about records: a workspace, deliveries into it, and the indicators made of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.options import IndustryOption, JsonOption, SchemeOption, day, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out, progress, table, write
from riskml.core import logs
from riskml.core.errors import ConfigurationError


def init(
    folder: Annotated[Path, typer.Argument(help="新工作区的目录 where to make it")],
    benchmarks: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="BENCHMARK", help="连同一个检验数据集的配置 with what belongs to a benchmark; repeat it"),
    ] = None,
) -> None:
    """新建工作区：复制指标体系、分类办法和数据来源。Make a workspace.

    例 Example: riskml init yunnan
    """
    from riskml.core.init import create_workspace

    create_workspace(folder, benchmarks or ())
    out.print(f"工作区已建立 Workspace ready: {folder}")


def ingest(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="数据来源 the source, a folder below sources/")],
    path: Annotated[Path, typer.Option("--from", exists=True, file_okay=False, help="原始文件所在目录 where its extracts are")],
    received: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help="接收日期，默认今日 day received, today by default")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="只算不入库：结果与导入相同，什么都不改变 counts what a load would do")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="已核对：大部分将被隔离或移出也要导入 load it though most would be refused or end")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """导入一批数据：映射、校验、隔离、入库。Load one delivery of a source.

    例 Example: riskml ingest simulated --from data/simulated

    办法要求即时更新的（cycle.direct_at_once），入库后直接判定所及的企业随即更新。Where a scheme asks for it, direct determinations act with the load.

    退出码 Exit codes: 0 全部可读 everything could be read; 3 已入库，但有文件或表读不出、或有办法未能即时更新 loaded, but for files or tables that could
    not be read, or schemes that could not be brought up to date; 1 什么都没有入库 nothing was loaded.
    """
    from riskml.cli.load_shown import PARTLY, as_content, log_load, show_load
    from riskml.cli.updates_shown import log_updates, show_updates, updates_content
    from riskml.services.deliveries import Delivery, load_delivery, try_delivery

    workspace, delivery = workspace_asked(context) if dry else workspace_of(context), Delivery(source, path, received)
    with progress("试算 counting" if dry else "导入 loading") as on_progress:
        if dry:
            loaded = try_delivery(workspace, me(), delivery, on_progress)
        else:
            loaded = load_delivery(workspace, me(), delivery, on_progress, confirmed=confirm)
    report, updates = loaded.report, loaded.updates
    log_load(report)
    log_updates(updates)
    if as_json:
        print_json(as_content(report, dry=dry) | {"updated_at_once": updates_content(updates)})
    else:
        show_load(report, dry=dry)
        show_updates(updates)
    if not report.complete or updates.failed:
        raise typer.Exit(PARTLY)
    if dry and report.to_confirm and not confirm:
        raise typer.Exit(1)


def features(
    context: typer.Context,
    as_of: Annotated[date | None, typer.Option(parser=day, metavar="DATE", help="基准日 the as-of date")] = None,
    sql: Annotated[str | None, typer.Option("--sql", metavar="INDICATOR", help="显示该指标的 SQL print what computes it")] = None,
    enterprise: Annotated[str | None, typer.Option(help="只看一家企业 one enterprise only")] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
) -> None:
    """指标体系：列出指标，显示其 SQL，或计算基准日的指标；--industry 连同地方产业的指标。List the indicators, show one's SQL, or compute them.

    例 Example: riskml features --sql penalty_count_365d; riskml features --industry catering_food
    """
    from riskml.services import indicators

    if enterprise and not as_of:
        raise ConfigurationError(zh="--enterprise 须与 --as-of 同时给出。", en="--enterprise needs --as-of too.")
    if sql and as_of:
        raise ConfigurationError(
            zh="--sql 不与 --as-of 同用：SQL 对任何基准日都一样。",
            en="--sql goes without --as-of: the SQL is the same for every as-of date.",
        )
    workspace = workspace_of(context)
    if sql:
        write(indicators.sql_of(workspace, me(), scheme, industry, sql))
    elif as_of and enterprise:
        found = indicators.values_of(workspace, me(), scheme, industry, enterprise, as_of)
        shown = [
            [column.label.zh, column.name, "–" if (value := found.values[column.name]) is None else f"{value:g}"]
            for column in found.columns
        ]
        table(f"{found.enterprise_id} {as_of}", ["名称 label", "指标 indicator", "值 value"], shown)
    elif as_of:
        with progress("指标 indicators") as on_progress:
            written = indicators.write_matrix(workspace, me(), scheme, industry, as_of, on_progress)
        logs.event("indicators_written", as_of=as_of, enterprises=written.rows)
        out.print(f"{written.rows:,} 家企业 × {written.columns} 列 columns → {written.path}", soft_wrap=True)
    else:
        columns = indicators.list_indicators(workspace, me(), scheme, industry)
        table(
            f"{len(columns)} 列指标 indicator columns",
            ["指标 indicator", "名称 label", "维度 dimension", "方向 direction"],
            [[column.name, column.label.zh, column.dimension, column.indicator.direction] for column in columns],
        )
