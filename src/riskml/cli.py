"""The commands: one thin function each. Every failure is a message in Chinese and English, never a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from riskml import __version__
from riskml.core import logs
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.terminal import err, out, progress, table, write
from riskml.core.workspace import model_name, model_options
from riskml.evaluation import commands as evaluation
from riskml.options import IndustryOption, JsonOption, SchemeOption, workspace_asked
from riskml.options import day as _day
from riskml.options import print_json as _print_json
from riskml.options import workspace_of as _workspace
from riskml.publication import commands as publication
from riskml.runs import commands as registry
from riskml.runs import policy_commands
from riskml.session import run_to_end

if TYPE_CHECKING:
    from riskml.core.workspace import Workspace
    from riskml.runs.result import Daily
    from riskml.runs.run_manifest import Revision


class _Commands(TyperGroup):
    """The commands, each with the whole of its first line: click cuts it to the width of the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, (one.help or "").split("\n")[0]) for name, one in named if one])


app = typer.Typer(
    name="riskml",
    cls=_Commands,
    help="企业信用风险分类：导入数据、训练模型、按月分类、逐户说明依据。\n\nCredit-risk classification of enterprises for market regulators.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Form(StrEnum):
    """How an explanation is written."""

    text = "text"
    json = "json"
    html = "html"


class Language(StrEnum):
    """The language of an explanation."""

    zh = "zh"
    en = "en"


class DataSet(StrEnum):
    """What riskml is measured on: real data sets, and its speed on a simulated province."""

    chicago = "chicago"
    beijing = "beijing"
    ccf2017 = "ccf2017"
    all = "all"
    speed = "speed"


class EngineName(StrEnum):
    """What a run is computed by."""

    duckdb = "duckdb"
    spark = "spark"


class TreeDepth(StrEnum):
    """How deep the trees of the model may be whose speed is measured."""

    any = "any"
    six = "6"


def _show_version(asked: bool) -> None:
    if asked:
        out.print(f"riskml {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="工作区目录 the workspace; the nearest one upwards by default")
    ] = None,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本 version")] = False,
) -> None:
    if unreadable := [
        word for word in sys.argv[1:] if not word.isprintable() and any("\ud800" <= mark <= "\udfff" for mark in word)
    ]:
        shown = ascii(unreadable[0])
        raise ConfigurationError(
            zh=f"参数 {shown} 不是 UTF-8 编码的文字；请把终端的编码设为 UTF-8 后重新输入。",
            en=f"The argument {shown} is no text in UTF-8: set the terminal to UTF-8 and type it again.",
        )
    context.obj = workspace
    if context.invoked_subcommand is None:
        err.print(context.get_help(), markup=False, soft_wrap=True)
        raise typer.Exit(2)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="新工作区的目录 where to make it")]) -> None:
    """新建工作区：复制指标体系、分类办法和数据来源。Make a workspace.

    例 Example: riskml init yunnan
    """
    from riskml.core.init import create_workspace

    create_workspace(folder)
    out.print(f"工作区已建立 Workspace ready: {folder}")


@app.command()
def simulate(
    context: typer.Context,
    enterprises: Annotated[int, typer.Option(min=100, help="企业数 number of enterprises")] = 30_000,
    seed: Annotated[int, typer.Option(min=0, help="随机种子；同一种子结果逐字节相同 the same seed gives the same bytes")] = 7,
    months: Annotated[int, typer.Option(min=24, max=600, help="记录覆盖的月数 months of records")] = 48,
    until: Annotated[date, typer.Option(parser=_day, metavar="DATE", help="最后一日 the last day")] = date(2026, 10, 31),
) -> None:
    """生成模拟省份的原始数据（写入 data/simulated/）。Generate a simulated province.

    例 Example: riskml simulate --enterprises 30000 --seed 7
    """
    from riskml.simulation import simulate as run

    workspace = _workspace(context)
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


@app.command()
def ingest(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="数据来源 the source, a folder below sources/")],
    path: Annotated[Path, typer.Option("--from", exists=True, file_okay=False, help="原始文件所在目录 where its extracts are")],
    received: Annotated[
        date | None, typer.Option(parser=_day, metavar="DATE", help="接收日期，默认今日 day received, today by default")
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

    退出码 Exit codes: 0 全部可读 everything could be read; 3 已入库，但有文件或表读不出 loaded, but for files or tables that could not be read; 1 什么都没有入库 nothing was loaded.
    """
    from riskml.records.ingest import dry_run
    from riskml.records.ingest import ingest as run
    from riskml.records.received import received_on, received_today
    from riskml.records.sources import find_source, load_source
    from riskml.runs.load_shown import PARTLY, as_content, log_load, show_load

    workspace = workspace_asked(context) if dry else _workspace(context)
    chosen = load_source(find_source(workspace.sources, source))
    day = received_on(workspace.records, source, received) if received else received_today(workspace.records)
    with progress("试算 counting" if dry else "导入 loading") as on_progress:
        if dry:
            report = dry_run(workspace, chosen, path, day, on_progress)
        else:
            report = run(workspace, chosen, path, day, on_progress, confirmed=confirm)
    log_load(report)
    if as_json:
        _print_json(as_content(report, dry=dry))
    else:
        show_load(report, dry=dry)
    if not report.complete:
        raise typer.Exit(PARTLY)
    if dry and report.to_confirm and not confirm:
        raise typer.Exit(1)


@app.command("undo")
def undo_load(context: typer.Context, as_json: JsonOption = False) -> None:
    """撤销最近一次导入：尚无评分用到它时，库恢复原样。Undo the last load, while no published run rests on it.

    例 Example: riskml undo
    """
    from riskml.runs.undo import undo

    undone = undo(_workspace(context))
    logs.event("undone", load=undone.number, source=undone.source)
    if as_json:
        _print_json(vars(undone))
        return
    out.print(
        f"已撤销第 {undone.number} 批 Load {undone.number} undone: {undone.source}，{undone.received}，{len(undone.files)} 个文件 files",
        soft_wrap=True,
    )


@app.command()
def clean(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="确实删除；不写则只列出 remove it; without, it is only listed")] = False,
    as_json: JsonOption = False,
) -> None:
    """清理不再需要的文件：被取代的库文件、中断的命令留下的、过了保存期的日志和隔离数据。List, or remove, what is no longer needed.

    例 Example: riskml clean --yes
    """
    from riskml.runs.clean import clean as run

    found = run(_workspace(context) if yes else workspace_asked(context), remove=yes)
    size = sum(one.bytes for one in found)
    logs.event("cleaned", removed=yes, number=len(found), bytes=size)
    if as_json:
        _print_json({"removed": yes, "bytes": size, "found": [{**vars(one), "path": str(one.path)} for one in found]})
        return
    words = {"superseded": "已被取代 superseded", "unfinished": "中断所留 left by a kill", "temporary": "临时文件 temporary",
             "retention": "已过保存期 past retention"}  # fmt: skip
    for one in found:
        out.print(f"{words[one.why]} {one.bytes:,} B {one.path}", soft_wrap=True, markup=False)
    told = "已删除 removed" if yes else "可删除，加 --yes 才会删除 can be removed, with --yes"
    out.print(f"{len(found)} 个文件 files，{size / 2**20:,.1f} MiB {told}")


@app.command()
def check(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", help="将要评分的基准日 of the run to come")] = None,
    source: Annotated[str | None, typer.Option(help="将要导入的来源 a source to be loaded first")] = None,
    path: Annotated[
        Path | None, typer.Option("--from", exists=True, file_okay=False, help="其原始文件所在目录 where its extracts are")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """运行前检查：配置、来源、记录、磁盘、内存、预计用时、锁、时钟；不写任何文件。A dry run before the month's run; writes nothing.

    例 Example: riskml check --as-of 2026-10-31
    """
    from riskml.runs.check import check as run
    from riskml.runs.findings import exit_code

    if (source is None) != (path is None):
        raise ConfigurationError(zh="--source 与 --from 须同时给出。", en="--source and --from go together.")
    found = run(workspace_asked(context), scheme, as_of=as_of, source=source, folder=path)
    code = exit_code(found)
    if as_json:
        _print_json({"exit_code": code, "findings": [vars(finding) for finding in found]})
    else:
        words = {"ok": "正常 ok", "warning": "注意 warning", "error": "错误 error"}
        for finding in found:
            out.print(f"{words[finding.level]} [{finding.about}] {finding.zh}\n    {finding.en}", soft_wrap=True, markup=False)
    raise typer.Exit(code)


@app.command()
def features(
    context: typer.Context,
    as_of: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", help="基准日 the as-of date")] = None,
    sql: Annotated[str | None, typer.Option("--sql", metavar="INDICATOR", help="显示该指标的 SQL print what computes it")] = None,
    enterprise: Annotated[str | None, typer.Option(help="只看一家企业 one enterprise only")] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
) -> None:
    """指标体系：列出指标，显示其 SQL，或计算基准日的指标；--industry 连同地方产业的指标。List the indicators, show one's SQL, or compute them.

    例 Example: riskml features --sql penalty_count_365d; riskml features --industry catering_food
    """
    from riskml.features.compile import indicator_sql
    from riskml.records.enterprise_ids import enterprise_meant
    from riskml.runs.configured import configured_indicators, refuse_unknown_indicator
    from riskml.runs.indicators import indicators_of_one, write_indicators
    from riskml.training.settings import load_training

    if enterprise and not as_of:
        raise ConfigurationError(zh="--enterprise 须与 --as-of 同时给出。", en="--enterprise needs --as-of too.")
    if sql and as_of:
        raise ConfigurationError(
            zh="--sql 不与 --as-of 同用：SQL 对任何基准日都一样。",
            en="--sql goes without --as-of: the SQL is the same for every as-of date.",
        )
    workspace = _workspace(context)
    settings, _ = load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")
    system, periods = configured_indicators(workspace, settings)
    if sql:
        refuse_unknown_indicator(workspace, scheme, system, sql)
        write(indicator_sql(system, sql, periods))
    elif as_of and enterprise:
        enterprise = enterprise_meant(enterprise)
        row = indicators_of_one(workspace, settings, enterprise, as_of)
        shown = [
            [column.label.zh, column.name, "–" if row[column.name] != row[column.name] else f"{row[column.name]:g}"]
            for column in system.columns
        ]
        table(f"{enterprise} {as_of}", ["名称 label", "指标 indicator", "值 value"], shown)
    elif as_of:
        with progress("指标 indicators") as on_progress:
            written = write_indicators(workspace, settings, as_of, on_progress)
        logs.event("indicators_written", as_of=as_of, enterprises=written.rows)
        out.print(f"{written.rows:,} 家企业 × {len(system.columns)} 列 columns → {written.path}", soft_wrap=True)
    else:
        table(
            f"{len(system.columns)} 列指标 indicator columns",
            ["指标 indicator", "名称 label", "维度 dimension", "方向 direction"],
            [[column.name, column.label.zh, column.dimension, column.indicator.direction] for column in system.columns],
        )


@app.command()
def train(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[
        date | None, typer.Option(parser=_day, metavar="DATE", help="训练基准日，默认今日 what was known then; today by default")
    ] = None,
    trials: Annotated[
        int, typer.Option(min=0, help="先调参：试多少组设置，中断后再运行会接着做 settings to try first; goes on after a kill")
    ] = 0,
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """训练模型、作时间外检验，登记为挑战者。Train a model, evaluate it out of time, register it as the challenger.

    例 Example: riskml train --scheme yunnan --as-of 2026-10-31 --trials 30
    """
    from riskml.runs.method_in_use import require_model
    from riskml.runs.retrain import retrain
    from riskml.training.model_card import tuning_sentence
    from riskml.training.tuning import Trial

    def show(trial: Trial) -> None:
        logs.event("trial", number=trial.number, value=trial.value, best=trial.best, pruned=trial.pruned)
        note = f"（只算 {len(trial.folds)} 个时段，提前结束 pruned after {len(trial.folds)}）" if trial.pruned else ""
        err.print(f"试验 trial {trial.number}/{trials}: {trial.value:.4f}{note}，最好 best {trial.best:.4f}", soft_wrap=True)

    workspace, model = _workspace(context), model_name(scheme, industry)
    require_model(workspace, scheme)
    with progress("训练 training") as on_progress:
        training = retrain(workspace, model, as_of or china_today(), on_progress, trials=trials, on_trial=show)
    facts = training.bundle.facts
    logs.event(
        "trained",
        scheme=scheme,
        industry=industry,
        as_of=facts["as_of"],
        parts=facts["parts"],
        figures=facts["figures"]["model"]["figures"],
    )
    if as_json:
        _print_json(
            {**facts, "bundle": training.bundle.digest, "mlflow_run": training.run_id, "version": training.version.to_dict()}
        )
        return
    part = facts["parts"]["test"]
    note = "（模拟数据 simulated data）" if facts["simulated"] else ""
    judged = "次双随机抽查 random draws" if facts["cohort"]["judge_on"] == ["random"] else "次检查 visits"
    names = {
        "model": "本模型 model",
        "points_scorecard": "评分卡 scorecard",
        "past_penalties": "既往处罚 past penalties",
        "random": "随机 random",
    }
    rows: list[list[object]] = []
    for name, one in training.evaluations.items():
        shown = [one.figures[figure] for figure in ("auc", "average_precision", "top_decile_lift")]
        rows.append([names[name], *(f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for figure in shown)])
    table(
        f"时间外检验 Out of time{note}: {part['from']} – {part['until']}, {part['visits']} {judged}, {part['problems']} 次发现问题",
        ["", "AUC", "平均精度 AP", "前10%提升 lift"],
        rows,
    )
    show_grade_rates(facts)
    if chosen := facts["candidates"]:
        out.print(" ".join(chosen["why"].values()), soft_wrap=True, markup=False)
    if training.tuning:
        out.print(f"调参 tuning: {tuning_sentence(training.tuning)}", soft_wrap=True, markup=False)
    used = "champion" in training.version.aliases
    if used and not facts["figures"]["model"]["grades"]["rising"]:
        out.print(
            "注意 首个模型没有可比的，直接启用；它的问题发现率没有逐级上升，以后的模型这样是不能晋升的：请看上表，考虑补充检查记录后再训练。 Note: the "
            "first model is put to use without a comparison; its problem rate does not rise from grade to grade, for which a later one would not "
            "be promoted. Look at the table above, and consider training again with more visits.",
            soft_wrap=True,
        )
    out.print(
        f"模型 model {training.bundle.digest[:12]}，版本 version {training.version.number}，"
        + (
            "首个模型，已启用 the first, in use now"
            if used
            else f"挑战者，用 riskml promote {model_options(model)} 比较、启用 the challenger, which that compares and puts to use"
        )
        + f"; MLflow run {training.run_id}",
        soft_wrap=True,
    )


def show_grade_rates(facts: Mapping[str, Any]) -> None:
    """Print the problem rate of each grade, from the facts of a model bundle."""
    part, grades = facts["parts"]["test"], facts["figures"]["model"]["grades"]
    note = "（模拟数据 simulated data）" if facts["simulated"] else ""
    table(
        f"模型的问题发现率 The model's problem rate by grade{note}: {part['from']} – {part['until']}，时间外 out of time",
        ["等级 grade", "抽查 visits", "发现问题 problems", "比率 rate", "95 %"],
        [
            [one["grade"], one["rows"], one["problems"], "–" if one["rate"] is None else f"{one['rate']:.1%}",
             "–" if one["low"] is None else f"{one['low']:.1%} – {one['high']:.1%}"]
            for one in grades["rates"]
        ],
    )  # fmt: skip


@app.command()
def score(
    context: typer.Context,
    as_of: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="DATE", help="基准日；只看一家企业时默认今日 the as-of date; today for one enterprise"),
    ] = None,
    enterprise: Annotated[
        str | None,
        typer.Option(
            help="两次运行之间，按规则即时更新一家企业的等级 bring one enterprise's grade up to date by the rules, at once"
        ),
    ] = None,
    daily: Annotated[
        bool,
        typer.Option(
            "--daily", help="接着上次结果，只重算有变化的；结果与全量相同 go on from the last run; the result is a full run's"
        ),
    ] = False,
    revision_reason: Annotated[
        str | None,
        typer.Option(help="重算已发布的基准日（更正）的理由 why a date that was published before is scored again"),
    ] = None,
    scheme: SchemeOption = "yunnan",
    engine: Annotated[
        EngineName, typer.Option(help="计算引擎 what computes it: spark 用于多台机器 is for many machines")
    ] = EngineName.duckdb,
    records: Annotated[str | None, typer.Option(metavar="URI", help="仅 spark：记录库 spark only: the record store")] = None,
    to: Annotated[str | None, typer.Option(metavar="URI", help="仅 spark：发布到 spark only: the folder of runs")] = None,
    as_json: JsonOption = False,
) -> None:
    """对全部企业评分、分类、说明依据，整体发布。Score, grade and explain everyone, and publish the run whole.

    例 Example: riskml score --as-of 2026-10-31
    """
    if enterprise is not None:
        from riskml.records.enterprise_ids import enterprise_meant

        if daily or engine is EngineName.spark:
            raise ConfigurationError(
                zh="--enterprise 不与 --daily、--engine spark 同时用。",
                en="--enterprise goes without --daily and --engine spark.",
            )
        workspace = _workspace(context)
        _update_one(workspace, scheme, enterprise_meant(enterprise), as_of or china_today(), as_json)
        return
    if as_of is None:
        raise ConfigurationError(
            zh="须给出基准日，如 --as-of 2026-10-31。", en="The as-of date is needed, such as --as-of 2026-10-31."
        )
    if engine is EngineName.spark and daily:
        raise ConfigurationError(
            zh="--daily 不与 --engine spark 同时用：Spark 上只作全量运行。",
            en="--daily goes without --engine spark: a run on Spark is always a full one.",
        )
    if engine is EngineName.duckdb and (records or to):
        raise ConfigurationError(
            zh="--records 和 --to 只用于 --engine spark。", en="--records and --to go with --engine spark only."
        )
    from riskml.grading.policy import load_policy
    from riskml.runs.daily import score_daily
    from riskml.runs.industries import models_in_use
    from riskml.runs.method_in_use import method_in_use, model_of
    from riskml.runs.result import stage_label
    from riskml.runs.score import score as score_everyone
    from riskml.training.model import edited_since

    workspace = _workspace(context)
    policy = load_policy(workspace, scheme)
    model = model_of(method_in_use(workspace, policy))
    edited = set(edited_since(model, workspace.features, workspace.models / scheme)) if model else set()
    for one in models_in_use(workspace, policy):
        edited |= set(edited_since(one.model, workspace.features, workspace.model(model_name(scheme, one.industry.id))))
    for path in sorted(edited):
        err.print(
            f"注意 {path} 在训练后改过，重新训练后才生效。 Note: {path} was edited since; it takes effect with the next training.",
            soft_wrap=True,
        )
    with progress("评分 scoring") as on_progress:
        if engine is EngineName.spark:
            from riskml.runs.score_spark import score_on_spark

            result = score_on_spark(workspace, scheme, as_of, records, to, on_progress)
        else:
            run = score_daily if daily else score_everyone
            result = run(workspace, scheme, as_of, on_progress, revision_reason=(revision_reason or "").strip() or None)
    logs.event(
        "published", scheme=scheme, as_of=as_of, enterprises=result.enterprises, grades=result.grades,
        stage_seconds=result.seconds, peak_memory_gib=result.peak_memory_gib, daily=result.daily and result.daily.to_dict(),
    )  # fmt: skip
    if as_json:
        _print_json({
            "folder": str(result.folder), "enterprises": result.enterprises, "grades": result.grades,
            **({"industries": result.industries} if result.industries else {}),
            "seconds": result.seconds, "peak_memory_gib": result.peak_memory_gib, "daily": result.daily and result.daily.to_dict(),
            "revision": result.revision and result.revision.model_dump(mode="json"),
        })  # fmt: skip
        return
    if result.revision is not None:
        _show_revision(as_of, result.revision)
    if result.daily is not None:
        _show_daily(result.daily)
    table(
        f"分类结果 Grades as of {as_of}" + ("（模拟数据 simulated data）" if result.simulated else ""),
        ["等级 grade", "企业 enterprises", "占比 share"],
        [[grade, count, f"{count / max(result.enterprises, 1):.1%}"] for grade, count in result.grades.items()],
    )
    for name, counts in result.industries.items():
        shown = {"industry_grade": "产业等级 industry grade", "combined_grade": "合成等级 combined grade"}
        table(
            f"地方特色产业 Local industry: {name}",
            ["", *result.grades],
            [[shown[kind], *of.values()] for kind, of in counts.items()],
        )
    if model is not None:
        show_grade_rates(model.bundle.facts)
    stages = " · ".join(f"{stage_label(name)} {value:.1f}s" for name, value in result.seconds.items())
    out.print(f"{stages} · 内存峰值 peak memory {result.peak_memory_gib} GiB", soft_wrap=True)
    out.print(
        f"结果 run: {result.folder}" if engine is EngineName.spark else f"报告 report: {result.folder}/report.html",
        soft_wrap=True,
    )


def _update_one(workspace: Workspace, scheme: str, enterprise: str, day: date, as_json: bool) -> None:
    """Bring one enterprise's grade up to date and say what came of it."""
    from riskml.runs.immediate import update_one

    grade, update = update_one(workspace, scheme, enterprise, day)
    logs.event("updated", scheme=scheme, as_of=day, changed=update is not None)
    if as_json:
        _print_json({"grade": grade, "update": update.model_dump(mode="json") if update else None})
    elif update is None:
        out.print(f"{enterprise}: {grade}，没有变化 unchanged", soft_wrap=True, markup=False)
    else:
        evidence = "、".join(update.evidence) or "–"
        out.print(
            f"{enterprise}: {update.was} → {update.grade}，{update.decided_by}，依据 evidence {evidence}",
            soft_wrap=True,
            markup=False,
        )


def _show_revision(as_of: date, revision: Revision) -> None:
    """Print that a run took the place of an earlier one of the date."""
    why = revision.reason or "没有说明（--revision-reason） not stated"
    differ = "无从知道 not known" if revision.grades_differ is None else f"{revision.grades_differ:,}"
    out.print(
        f"注意 {as_of} 此前已发布，这是第 {revision.number} 次更正；原结果仍保留（riskml runs）。理由 why: {why}；变了的 changed: "
        f"{', '.join(revision.changed)}；等级不同的企业 grades that differ: {differ}. Note: this is revision {revision.number}; what it replaced is kept.",
        soft_wrap=True,
        markup=False,
    )


def _show_daily(daily: Daily) -> None:
    """Print how far a daily run could go on from the run before."""
    if daily.full_because is not None:
        zh, en = daily.full_because
        out.print(f"作了全量运行：{zh}。 A full run was made: {en}.", soft_wrap=True, markup=False)
        return
    out.print(
        f"接着 {daily.base} 的结果：重算 {daily.touched:,} 家，另有 {daily.crossed:,} 家因时日推移重新计分。 Gone on from {daily.base}: "
        f"{daily.touched:,} enterprises computed anew, {daily.crossed:,} more scored anew because days passed.",
        soft_wrap=True,
    )


@app.command()
def explain(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="统一社会信用代码 the enterprise's code")],
    as_of: Annotated[
        date | None, typer.Option(parser=_day, metavar="DATE", help="基准日，默认最近一次发布 the newest run by default")
    ] = None,
    scheme: SchemeOption = "yunnan",
    form: Annotated[Form, typer.Option("--format", help="输出形式 output")] = Form.text,
    lang: Annotated[Language, typer.Option(help="语言 language")] = Language.zh,
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="写入文件 write to a file")] = None,
) -> None:
    """说明一家企业的等级由哪些记录得出。Explain one enterprise's grade and the records behind it.

    例 Example: riskml explain 91530100MA6K12345X --format html --to page.html
    """
    from riskml.explaining.page import render_page
    from riskml.explaining.text import render_text
    from riskml.records.enterprise_ids import enterprise_meant
    from riskml.runs.explain_one import explain_one
    from riskml.runs.immediate import update_since

    workspace = _workspace(context)
    enterprise = enterprise_meant(enterprise)
    found = explain_one(workspace, scheme, enterprise, as_of)
    update = update_since(workspace, scheme, enterprise)
    if update is not None:
        err.print(
            f"注意 {update.run} 的结果之后，等级于 {update.as_of} 更新：{update.was} → {update.grade}（{update.decided_by}）。 Note: since the run of "
            f"{update.run} the grade was updated as of {update.as_of}: {update.was} → {update.grade} ({update.decided_by}).",
            soft_wrap=True,
        )
    if to is None and form is Form.text:
        out.print(render_text(found, lang.value))
        return
    if form is Form.text:
        with out.capture() as captured:
            out.print(render_text(found, lang.value))
        text = captured.get()
    else:
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if form is Form.json else render_page(found, lang.value)
    if to is None:
        write(text)
    else:
        to.write_text(text, encoding="utf-8")
        out.print(f"{to}", soft_wrap=True)


@app.command()
def decide(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="统一社会信用代码 the enterprise's code")],
    rule: Annotated[str, typer.Option(help="规则 the rule that leaves the choice")],
    grade: Annotated[
        str,
        typer.Option(
            help="选定的等级，或 not_established（不成立）；对名单中的人：not_same_person（不是同一人）、same_person the grade chosen, or that it is "
            "not established; of a listed person, that it is not the post-holder"
        ),
    ],
    officer: Annotated[str, typer.Option(help="决定人姓名 who decides")],
    reason: Annotated[str, typer.Option(help="理由 why")],
    evidence: Annotated[list[str], typer.Option(help="依据记录编号 record ids; repeat the option")],
    second: Annotated[str | None, typer.Option(help="复核人姓名 who signs besides")] = None,
    open_case: Annotated[
        bool,
        typer.Option("--open", help="规则没有提出的，以该企业的记录立案 open a case on records of the enterprise, unproposed"),
    ] = False,
    expires: Annotated[
        date | None,
        typer.Option(
            parser=_day, metavar="DATE", help="失效日，默认为依据的期限 the day it ends; as the evidence does by default"
        ),
    ] = None,
    decided: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", help="决定日，默认今日 today by default")] = None,
    scheme: SchemeOption = "yunnan",
) -> None:
    """记录承办人员对规则所提情形的认定：选定等级，或不成立；或名单中的人不是本企业的任职人员。Record an officer's answer where a rule leaves one.

    例 Example: riskml decide 91530100MA6K12345X --rule serious_negative_effect --grade D --officer 李某 --reason 影响重大 --evidence OP-1
    """
    from riskml.records.enterprise_ids import enterprise_meant
    from riskml.runs.decide import decide as run

    workspace = _workspace(context)
    decision = run(
        workspace, scheme, enterprise_id=enterprise_meant(enterprise), rule=rule, evidence=evidence, grade=grade, officer=officer,
        reason=reason, decided_on=decided or china_today(), expires_on=expires, second=second, open_case=open_case,
    )  # fmt: skip
    out.print(
        f"已记录 recorded: {decision.enterprise_id} {decision.rule} → {decision.grade}, {decision.decided_on} – {decision.expires_on or ''}"
    )


@app.command()
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
    from riskml.benchmarks import run_benchmark
    from riskml.benchmarks.dataset import BenchmarkResult
    from riskml.benchmarks.speed import run_speed

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
        _print_json(result.to_dict())
        return
    for shown in result.tables():
        table(shown.title, shown.columns, shown.rows)
    for note in result.notes():
        out.print(note, soft_wrap=True)


for command in (*registry.COMMANDS, *evaluation.COMMANDS, *publication.COMMANDS):
    app.command()(command)
app.add_typer(policy_commands.app)


def main() -> None:
    """Run a command and end with its exit code: 0, 1 (it failed), 2 (arguments or configuration are wrong), 130 (interrupted)."""
    sys.exit(run_to_end(partial(app, standalone_mode=False)))


if __name__ == "__main__":
    main()
