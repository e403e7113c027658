"""The commands beside the product: a simulated province, and measuring on real inspections."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.options import JsonOption, day, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core import logs
from riskml.core.errors import ConfigurationError


class DataSet(StrEnum):
    """What riskml is measured on: real data sets, and its speed on a simulated province."""

    chicago = "chicago"
    beijing = "beijing"
    ccf2017 = "ccf2017"
    all = "all"
    speed = "speed"


class TreeDepth(StrEnum):
    """How deep the trees of the model may be whose speed is measured."""

    any = "any"
    six = "6"


def simulate(
    context: typer.Context,
    enterprises: Annotated[int, typer.Option(min=100, help="企业数 number of enterprises")] = 30_000,
    seed: Annotated[int, typer.Option(min=0, help="随机种子；同一种子结果逐字节相同 the same seed gives the same bytes")] = 7,
    months: Annotated[int, typer.Option(min=24, max=600, help="记录覆盖的月数 months of records")] = 48,
    until: Annotated[date, typer.Option(parser=day, metavar="DATE", help="最后一日 the last day")] = date(2026, 10, 31),
) -> None:
    """生成模拟省份的原始数据（写入 data/simulated/）。Generate a simulated province.

    例 Example: riskml simulate --enterprises 30000 --seed 7
    """
    from riskml.lab.simulation import simulate as run

    workspace = workspace_of(context)
    with progress("模拟 simulating") as on_progress:
        summary = run(
            enterprises, seed, months, until, workspace.data / "simulated", workspace.data / "truth",
            lambda step, share: on_progress(step, round(share * 100), 100),
        )  # fmt: skip
    logs.event("simulated", enterprises=enterprises, rows=summary.rows)
    rows, bad = sum(summary.rows.values()), sum(sum(kinds.values()) for kinds in summary.bad_rows.values())
    out.print(
        f"模拟数据 Simulated: {enterprises:,} 家企业, {rows:,} 行 rows, 其中有意写坏 {bad} 行 deliberately bad → {workspace.data / 'simulated'}"
    )


def benchmark(
    name: Annotated[DataSet, typer.Argument(help="数据集，all 全部，或 speed 测速 the data set, all of them, or speed")],
    data: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="数据所在目录；测速可省略，或给一个工作区 its files; for speed a workspace to use, if any"
        ),
    ] = None,
    enterprises: Annotated[int, typer.Option(min=3000, help="测速用的模拟企业数 for speed: how many to simulate")] = 100_000,
    depth: Annotated[TreeDepth, typer.Option(help="测速用模型的树深 for speed: depth of the trees")] = TreeDepth.any,
    as_json: JsonOption = False,
) -> None:
    """在真实检查数据上检验，或与通常写法比速度。Measure on real inspections, or speed beside the usual way.

    例 Example: riskml benchmark chicago --data data/chicago; riskml benchmark all --data data; riskml benchmark speed --enterprises 100000 --depth 6
    """
    from riskml.lab.benchmarks import run_benchmark
    from riskml.lab.benchmarks.dataset import BenchmarkResult
    from riskml.lab.benchmarks.speed import run_speed

    result: BenchmarkResult
    with progress(name.value) as on_progress:
        if name is DataSet.speed:
            result = run_speed(enterprises, depth.value, data, on_progress)
        elif data is None or not data.is_dir():
            raise ConfigurationError(
                zh=f"{name.value} 需要 --data 指明数据所在的目录{'' if data is None else f'，{data} 不存在'}。",
                en=f"{name.value} needs --data, the folder with its files{'' if data is None else f'; {data} does not exist'}.",
            )
        else:
            result = run_benchmark(name.value, data, on_progress)
    if as_json:
        print_json(result.to_dict())
        return
    for shown in result.tables():
        table(shown.title, shown.columns, shown.rows)
    for note in result.notes():
        out.print(note, soft_wrap=True)
