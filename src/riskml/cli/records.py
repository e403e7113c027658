"""The commands about records: a workspace, deliveries into it, and the indicators made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import (
    PARTLY,
    IndustryOption,
    JsonOption,
    SchemeOption,
    day,
    file,
    folder_there,
    me,
    print_json,
    workspace_asked,
    workspace_of,
)
from riskml.cli.terminal import out, progress, table, write
from riskml.core import logs
from riskml.core.errors import ConfigurationError
from riskml.core.language import say


def init(
    folder: Annotated[Path, typer.Argument(help=both("新工作区的目录", "Where to make it"))],
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="BENCHMARK",
            help=both("连同一个检验数据集的配置；可写几次", "With what belongs to a benchmark; repeat it for several"),
        ),
    ] = None,
) -> None:
    """Make a workspace, with the indicators, the schemes and the sources that are shipped.
    ---
    新建工作区：复制指标体系、分类办法和数据来源。
    ---
    riskml init yunnan
    """
    from riskml.core.init import create_workspace

    create_workspace(folder, benchmarks or ())
    out.print(say(f"工作区已建立：{folder}", f"The workspace is ready: {folder}"))


def ingest(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help=both("数据来源，sources/ 下的文件夹", "The source, a folder below sources/"))
    ],
    path: Annotated[
        Path,
        typer.Option(
            "--from",
            parser=folder_there,
            metavar="DIR",
            help=both("原始文件所在的目录", "The folder with its extracts"),
        ),
    ],
    received: Annotated[
        date | None,
        typer.Option(
            parser=day, metavar="DATE", help=both("接收日期，默认今日", "The day it was received, today by default")
        ),
    ] = None,
    dry: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=both("只算不入库：结果与导入相同，什么都不改变", "Count what a load would do, and change nothing"),
        ),
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm",
            help=both(
                "已核对：大部分将被隔离或移出也要导入",
                "Load it although most of it would be refused, or would end what is stored",
            ),
        ),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            parser=file,
            metavar="FILE",
            help=both(
                "把发现的问题按表和字段写成一页：最多的值、条数、怎样改正",
                "Write what was found wrong as a page, by table and column: top values, counts, proposed cure",
            ),
        ),
    ] = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            parser=file,
            metavar="FILE",
            help=both(
                "把未收的行逐行写成 CSV，交提供单位", "Write what was refused, row by row, as CSV for the provider"
            ),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Load one delivery of a source: it is mapped and checked, what is faulty is set aside, the rest is stored.

    Where a scheme asks for updates at once (cycle.direct_at_once), whoever a direct determination concerns is updated
    after the load.

    Exit codes: 0 everything could be read; 3 it is loaded, but some file or table could not be read or some scheme
    could not update at
    once; 1 nothing was loaded.
    ---
    导入一批数据：映射、校验、隔离、入库。

    办法要求即时更新的（cycle.direct_at_once），入库后直接判定所及的企业随即更新。

    退出码：0 全部可读；3 已入库，但有文件或表读不出、或有办法未能即时更新；1 什么都没有入库。
    ---
    riskml ingest simulated --from data/simulated
    riskml ingest simulated --from data/simulated --dry-run --page findings.html --quarantine refused.csv
    """
    from tempfile import TemporaryDirectory

    from riskml.cli.load_shown import as_content, log_load, show_load
    from riskml.cli.updates_shown import log_updates, show_updates, updates_content
    from riskml.services.deliveries import Delivery, load_delivery, try_delivery
    from riskml.services.mapping import write_findings

    workspace, delivery = workspace_asked(context) if dry else workspace_of(context), Delivery(source, path, received)
    with (
        TemporaryDirectory(prefix="riskml-refused-") as scratch,
        progress(say("试算", "counting") if dry else say("导入", "loading")) as on_progress,
    ):
        if dry:
            keep = Path(scratch) / "quarantine.parquet" if page or quarantine else None
            loaded = try_delivery(workspace, me(), delivery, on_progress, keep=keep)
        else:
            loaded = load_delivery(workspace, me(), delivery, on_progress, confirmed=confirm)
        write_findings(workspace, me(), loaded.report, page, quarantine, dry=dry)
    if dry:
        loaded = replace(loaded, report=replace(loaded.report, quarantine=None))
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
    as_of: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help=both("基准日", "The as-of date"))
    ] = None,
    sql: Annotated[
        str | None,
        typer.Option("--sql", metavar="INDICATOR", help=both("显示该指标的 SQL", "Print the SQL that computes it")),
    ] = None,
    enterprise: Annotated[str | None, typer.Option(help=both("只看一家企业", "One enterprise only"))] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
) -> None:
    """List the indicators, show the SQL of one, or compute them as of a date; --industry adds those of a local
    industry.
    ---
    指标体系：列出指标，显示其 SQL，或计算基准日的指标；--industry 连同地方产业的指标。
    ---
    riskml features --sql penalty_count_365d
    riskml features --industry catering_food
    """
    from riskml.features.specs import DIRECTIONS
    from riskml.records.tables import DIMENSIONS
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
            [column.label.said, column.name, "–" if (value := found.values[column.name]) is None else f"{value:g}"]
            for column in found.columns
        ]
        table(
            f"{found.enterprise_id} {as_of}",
            [say("名称", "label"), say("指标", "indicator"), say("值", "value")],
            shown,
        )
    elif as_of:
        with progress(say("指标", "indicators")) as on_progress:
            written = indicators.write_matrix(workspace, me(), scheme, industry, as_of, on_progress)
        logs.event("indicators_written", as_of=as_of, enterprises=written.rows)
        size = say(
            f"{written.rows:,} 家企业 × {written.columns} 列",
            f"{written.rows:,} enterprises × {written.columns} columns",
        )
        out.print(f"{size} → {written.path}", soft_wrap=True)
    else:
        columns = indicators.list_indicators(workspace, me(), scheme, industry)
        table(
            say(f"{len(columns)} 列指标", f"{len(columns)} indicator columns"),
            [say("指标", "indicator"), say("名称", "label"), say("维度", "dimension"), say("方向", "direction")],
            [
                [
                    column.name,
                    column.label.said,
                    DIMENSIONS[column.dimension].said,
                    DIRECTIONS[column.indicator.direction].said,
                ]
                for column in columns
            ],
        )
