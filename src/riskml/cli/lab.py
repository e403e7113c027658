"""The commands beside the product: a simulated province, and measuring on real inspections."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import JsonOption, day, folder, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core import logs
from riskml.core.errors import ConfigurationError
from riskml.core.language import say
from riskml.core.workspace import Workspace


class DataSet(StrEnum):
    """What riskml is measured on: real data sets; on a simulated province its speed, answers about one enterprise,
    the desk's pages, its schemes side by side, a plan of inspections and what plans are worth; plans replayed on real
    visits.
    """

    chicago = "chicago"
    beijing = "beijing"
    ccf2017 = "ccf2017"
    simulated = "simulated"
    all = "all"
    speed = "speed"
    desk = "desk"
    web = "web"
    plan = "plan"
    schemes = "schemes"
    worth = "worth"
    replay = "replay"
    coverage = "coverage"
    year = "year"
    regimes = "regimes"


class TreeDepth(StrEnum):
    """How deep the trees of the model may be whose speed is measured."""

    any = "any"
    six = "6"


def simulate(
    context: typer.Context,
    enterprises: Annotated[int, typer.Option(min=100, help=both("企业数", "Number of enterprises"))] = 30_000,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            help=both(
                "随机种子；同一种子结果逐字节相同", "Seed of the random numbers; the same seed gives the same bytes"
            ),
        ),
    ] = 7,
    months: Annotated[int, typer.Option(min=24, max=600, help=both("记录覆盖的月数", "Months of records"))] = 48,
    until: Annotated[date, typer.Option(parser=day, metavar="DATE", help=both("最后一日", "The last day"))] = date(
        2026, 10, 31
    ),
    city: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            metavar="DIR",
            help=both(
                "另把主要各表按各部门报送的样子写入此目录：GBK、自定字段名、各种写法，用于练习接入新来源",
                "Also write the main tables to this folder as departments send them: GBK, names of their own, every "
                "form of dates and amounts; to try a new source on",
            ),
        ),
    ] = None,
) -> None:
    """Generate the extracts of a simulated province, in data/simulated/.
    ---
    生成模拟省份的原始数据，写入 data/simulated/。
    ---
    riskml simulate --enterprises 30000 --seed 7
    riskml simulate --enterprises 3000 --city inbox
    """
    from riskml.lab.city import write_city
    from riskml.lab.simulation import simulate as run

    workspace = workspace_of(context)
    with progress(say("模拟", "simulating")) as on_progress:
        summary = run(
            enterprises, seed, months, until, workspace.data / "simulated", workspace.data / "truth",
            lambda step, share: on_progress(step, round(share * 100), 100),
        )  # fmt: skip
    logs.event("simulated", enterprises=enterprises, rows=summary.rows)
    rows, bad = sum(summary.rows.values()), sum(sum(kinds.values()) for kinds in summary.bad_rows.values())
    made = say(
        f"模拟数据：{enterprises:,} 家企业，{rows:,} 行，其中有意写坏 {bad:,} 行",
        f"Simulated: {enterprises:,} enterprises, {rows:,} rows, of which {bad:,} are bad on purpose",
    )
    out.print(f"{made} → {workspace.data / 'simulated'}", soft_wrap=True)
    if city is not None:
        files = write_city(workspace.data / "simulated", city, seed)
        out.print(
            say(
                f"  另有 {len(files)} 个文件，如一市各部门所送 → {city}",
                f"  And {len(files)} files as a city's departments send them → {city}",
            ),
            soft_wrap=True,
        )


def benchmark(
    name: Annotated[
        DataSet,
        typer.Argument(
            help=both(
                "数据集，simulated 模拟省份的滚动起点，all 全部，speed 测速，desk 一家企业的回答，web 办案台，"
                "plan 检查计划，schemes 各办法并列，worth 计划的价值（模拟），replay 在真实检查上回放，"
                "coverage 抽查区间的覆盖率，year 一年的计划，或 regimes 多久发现问题率的变化（后三者为模拟）",
                "The data set, simulated (a province at rolling origins), all of them, speed, desk (answers about one "
                "enterprise), web (the desk's pages), plan (of inspections), schemes side by side, worth (of plans, "
                "simulated), replay (of plans on real visits), coverage (of the intervals of draws), year (a year of "
                "plans), or regimes (how soon changes of problem rates are noticed; these three are simulated)",
            )
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            metavar="DIR",
            help=both(
                "数据所在的目录；schemes 和 worth 为模拟的工作区；speed、desk 和 web 可省略，或给一个工作区；"
                "regimes 可给北京的数据",
                "The folder with its files; for schemes and worth a simulated workspace; for speed, desk and web a "
                "workspace to use, if any; for regimes Beijing's files, if any",
            ),
        ),
    ] = None,
    enterprises: Annotated[
        int,
        typer.Option(
            min=3000,
            help=both(
                "speed、desk、web、plan 和 regimes 的模拟企业数",
                "For speed, desk, web, plan and regimes: how many enterprises to simulate",
            ),
        ),
    ] = 100_000,
    depth: Annotated[
        TreeDepth, typer.Option(help=both("测速用模型的树深", "For speed: depth of the trees of the model"))
    ] = TreeDepth.any,
    charts: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            metavar="DIR",
            help=both(
                "worth、replay、year 和 regimes：图写到哪里",
                "For worth, replay, year and regimes: where their charts are written",
            ),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure on real inspections, or compare the speed with the usual way of writing such a program.
    ---
    在真实检查数据上检验，或与通常写法比速度。
    ---
    riskml benchmark chicago --data data/chicago
    riskml benchmark all --data data
    riskml benchmark simulated --json
    riskml benchmark speed --enterprises 100000 --depth 6
    riskml benchmark desk --enterprises 1000000 --json
    riskml benchmark web --enterprises 1000000 --json
    riskml benchmark plan --enterprises 1000000 --json
    riskml benchmark schemes --data .demo
    riskml benchmark worth --data .demo
    riskml benchmark replay --data data
    riskml benchmark coverage
    riskml benchmark year --charts docs/images
    riskml benchmark regimes --enterprises 30000 --data data/beijing
    """
    from riskml.lab.benchmarks import run_all, run_benchmark
    from riskml.lab.benchmarks.dataset import BenchmarkResult
    from riskml.lab.benchmarks.desk import run_desk
    from riskml.lab.benchmarks.plan import run_plan
    from riskml.lab.benchmarks.schemes import compare_schemes
    from riskml.lab.benchmarks.speed import run_speed
    from riskml.lab.benchmarks.web import run_web
    from riskml.lab.benchmarks.worth import WorthResult, worth_real, worth_simulated
    from riskml.lab.plans.coverage import run_coverage
    from riskml.lab.plans.year import YearResult, run_year
    from riskml.lab.regimes import RegimesResult, run_regimes
    from riskml.lab.simulated_origins import run_simulated

    result: BenchmarkResult
    with progress(name.value) as on_progress:
        if name is DataSet.simulated:
            result = run_simulated(on_progress)
        elif name is DataSet.speed:
            result = run_speed(enterprises, depth.value, data, on_progress)
        elif name is DataSet.desk:
            result = run_desk(enterprises, data, on_progress)
        elif name is DataSet.web:
            result = run_web(enterprises, data, on_progress)
        elif name is DataSet.plan:
            result = run_plan(enterprises, on_progress)
        elif name is DataSet.coverage:
            result = run_coverage(on_progress)
        elif name is DataSet.year:
            result = run_year(on_progress)
        elif name is DataSet.regimes:
            result = run_regimes(enterprises, data, on_progress)
        elif data is None or not data.is_dir():
            raise ConfigurationError(
                zh=f"{name.value} 需要 --data 指明数据所在的目录{'' if data is None else f'，{data} 不存在'}。",
                en=f"{name.value} needs --data, the folder with its "
                f"files{'' if data is None else f'; {data} does not exist'}.",
            )
        elif name is DataSet.schemes:
            result = compare_schemes(Workspace(data), on_progress)
        elif name is DataSet.worth:
            result = worth_simulated(Workspace(data), on_progress)
        elif name is DataSet.replay:
            result = worth_real(data, on_progress)
        elif name is DataSet.all:
            result = run_all(data, run_simulated, on_progress)
        else:
            result = run_benchmark(name.value, data, on_progress)
    if charts is not None and isinstance(result, WorthResult | YearResult | RegimesResult):
        from riskml.lab.plans.charts import write_charts

        write_charts(result, charts)
    if as_json:
        print_json(result.to_dict())
        return
    for shown in result.tables():
        table(shown.title, shown.columns, shown.rows)
    for note in result.notes():
        out.print(note, soft_wrap=True)
