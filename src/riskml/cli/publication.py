"""The commands that use published runs: who moved, exports, monitoring, early warnings."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.options import JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.errors import ConfigurationError


class ExportFormat(StrEnum):
    """What an export is written as."""

    csv = "csv"
    excel = "excel"
    parquet = "parquet"
    postgresql = "postgresql"


AsOf = Annotated[
    date, typer.Option("--as-of", parser=day, metavar="DATE", help="基准日，须已发布 the as-of date of a published run")
]

SUFFIXES = {ExportFormat.csv: "csv", ExportFormat.excel: "xlsx", ExportFormat.parquet: "parquet"}

SHOWN = 10
"""Enterprises that a terminal shows; the files have all."""


def migration(
    context: typer.Context,
    as_of: AsOf,
    earlier: Annotated[
        date | None,
        typer.Option(
            "--from", parser=day, metavar="DATE", help="与哪一期比较，默认上一期 compare with; the run before by default"
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """等级变动：两期之间的矩阵、上升、下降和新进最高风险类的企业，以及给各地的通报名单。Migration between two runs, with notifications.

    例 Example: riskml migration --as-of 2026-10-31
    """
    from riskml.publication.movements import KIND_LABELS
    from riskml.services.publication import migration as compare_runs

    with progress("等级变动 migration") as on_progress:
        found = compare_runs(workspace_of(context), me(), scheme, as_of, earlier, on_progress)
    movements, words = found.movements, found.words
    if as_json:
        print_json({**movements.to_dict(words), "folder": str(found.folder), "notified_divisions": found.divisions})
        return
    note = "（模拟数据 simulated data）" if movements.simulated else ""
    grades, counts = movements.matrix.grades, movements.matrix.counts
    table(
        f"等级变动 Migration {movements.before.named} → {movements.after.named}{note}",
        ["上期 before \\ 本期 now", *grades, "退出 left"],
        [[name, *row] for name, row in zip((*grades, "新增 new"), counts, strict=True)],
    )
    labels = {
        **{kind: f"{label.zh} {label.en}" for kind, label in KIND_LABELS.items()},
        "newly_riskiest": f"新进 newly {grades[-1]}",
    }
    out.print(" · ".join(f"{labels[kind]} {count:,}" for kind, count in movements.counts.items()), soft_wrap=True)
    if not movements.same_model:
        out.print(
            "注意 两期所用模型不同，部分变动来自模型。 Note: the runs were scored by different models; some of this is the model's."
        )
    riskiest = [one for one in movements.moved if one.newly_riskiest]
    for one in riskiest[:SHOWN]:
        told = one.told(words)
        out.print(
            f"  {one.enterprise_id} {one.grade_before or '–'} → {one.grade_after} {told['decided_after']}"
            f"{f'，{one.updated_on} 即时更新 updated' if one.updated_on else ''}；{'；'.join(told['changes'][:3])}",
            soft_wrap=True,
            markup=False,
        )
    if len(riskiest) > SHOWN:
        out.print(f"  其余 {len(riskiest) - SHOWN:,} 家见 the others are in migration.csv")
    out.print(f"{found.folder}：{found.divisions} 个地区的通报名单 divisions notified", soft_wrap=True)


def export(
    context: typer.Context,
    as_of: AsOf,
    form: Annotated[ExportFormat, typer.Option("--format", help="格式 format")],
    region: Annotated[
        str | None, typer.Option(metavar="DIVISION", help="只导出登记地以此区划代码开头的企业 only where the division begins so")
    ] = None,
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="写到哪个文件；默认在 runs/<办法>/exports/ the file")] = None,
    to_table: Annotated[str | None, typer.Option("--table", help="写到数据库的哪张表 the table, for postgresql")] = None,
    without_tls: Annotated[
        bool, typer.Option("--without-tls", help="允许不加密连接数据库 let the connection to the database be unencrypted")
    ] = False,
    bom: Annotated[bool, typer.Option(help="CSV 便于 Excel 打开；程序读取用 --no-bom for Excel, or for programs")] = True,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """导出一期结果：全省或一个地区，CSV、Excel、Parquet 或 PostgreSQL。Export a run, whole or by region.

    数据库地址和密码只从环境变量 RISKML_POSTGRESQL_URL 读取。The database comes from the environment only.

    例 Example: riskml export --as-of 2026-10-31 --format excel --region 5301
    """
    from riskml.services.publication import FileForm, export_file, export_table

    if (to if form is ExportFormat.postgresql else to_table) is not None:
        raise ConfigurationError(
            zh="--to 只用于文件，--table 只用于 --format postgresql。", en="--to is for files, --table for --format postgresql."
        )
    if without_tls and form is not ExportFormat.postgresql:
        raise ConfigurationError(zh="--without-tls 只用于 --format postgresql。", en="--without-tls is for --format postgresql.")
    if not bom and form is not ExportFormat.csv:
        raise ConfigurationError(zh="--no-bom 只用于 --format csv。", en="--no-bom is for --format csv.")
    if to is not None and to.suffix.lower() != f".{SUFFIXES[form]}":
        raise ConfigurationError(
            zh=f"--to {to} 与 --format {form.value} 不符：文件名应以 .{SUFFIXES[form]} 结尾，或改用别的 --format。",
            en=f"--to {to} does not go with --format {form.value}: its name should end in .{SUFFIXES[form]}, or choose another --format.",
        )
    workspace = workspace_of(context)
    with progress("导出 export") as on_progress:
        if form is ExportFormat.postgresql:
            exported = export_table(workspace, me(), scheme, as_of, on_progress, region=region, to=to_table, tls=not without_tls)
        else:
            exported = export_file(
                workspace, me(), scheme, as_of, FileForm(SUFFIXES[form]), on_progress, region=region, to=to, excel=bom
            )
    content, target, updates, removed = exported.content, exported.target, exported.updates, exported.removed_characters
    if as_json:
        print_json({
            "as_of": as_of.isoformat(), "region": region, "format": form.value, "rows": content.rows, "to": target,
            "simulated": content.simulated, "updates_since": updates, "revision": content.run.revision, "removed_characters": removed,
        })  # fmt: skip
        return
    note = "（模拟数据 simulated data）" if content.simulated else ""
    out.print(f"{content.run.named}: {content.rows:,} 家企业 enterprises{note} → {target}", soft_wrap=True)
    if removed:
        out.print(
            f"注意 文字中去掉了 {removed:,} 个 NUL 字符，数据库不收。 Note: {removed:,} NUL characters were taken out of texts.",
            soft_wrap=True,
        )
    if updates:
        out.print(
            f"其中 {updates:,} 家的等级在此后即时更新过，已按更新后的写出（riskml ledger）。 {updates:,} grades were brought up to "
            "date since, and are written as they are now.",
            soft_wrap=True,
        )


def directory(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="名录，见 scheme.yaml 的 directories the directory, by its id")],
    as_of: Annotated[date, typer.Option("--as-of", parser=day, metavar="DATE", help="基准日 the as-of date")],
    scheme: SchemeOption = "yunnan",
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="写到哪个 CSV 文件 a CSV file")] = None,
    as_json: JsonOption = False,
) -> None:
    """办法要求编制的企业名录，由记录得出。A directory of enterprises that the scheme asks for, from the records.

    例 Example: riskml directory key_entities --scheme langfang --as-of 2026-10-31 --to key.csv
    """
    from riskml.services.publication import directory as list_directory

    found = list_directory(workspace_of(context), me(), scheme, name, as_of, to=to)
    if as_json:
        print_json({"directory": name, "as_of": as_of.isoformat(), "unknown": found.unknown, "enterprises": list(found.rows)})
        return
    note = "（模拟数据 simulated data）" if found.simulated else ""
    label = found.directory.label
    out.print(f"{label.zh} {label.en} {as_of}{note}：{len(found.rows):,} 家 enterprises", markup=False, soft_wrap=True)
    if found.unknown:
        out.print("从未收到所需的记录，无从知道 What it asks for was never received: it cannot be known.", soft_wrap=True)
    for row in found.rows[:SHOWN]:
        out.print(f"  {row['enterprise_id']} {row['name']} {'、'.join(row['records'][:3])}", markup=False, soft_wrap=True)
    if len(found.rows) > SHOWN:
        out.print(f"  其余 {len(found.rows) - SHOWN:,} 家见 the others: --to FILE.csv")


def monitor(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """运行监测：各期占比、漂移、规则、隔离、用时和内存，写成一页，并提示异常。Runs beside the earlier ones, on one page.

    例 Example: riskml monitor
    """
    from riskml.publication.alerts import nothing_usual_yet
    from riskml.publication.drift import FEWEST_RUNS
    from riskml.services.publication import monitoring_page

    with progress("监测 monitoring") as on_progress:
        page = monitoring_page(workspace_of(context), me(), scheme, on_progress)
    if as_json:
        print_json({
            "page": str(page.path), "simulated": page.simulated, "judged": not nothing_usual_yet(page.history), "alerts": [vars(alert) for alert in page.alerts],
            "runs": [{**vars(facts), "total_seconds": facts.total_seconds} for facts in page.history],
            "indicator_drift": page.drifts,
        })  # fmt: skip
        return
    for alert in page.alerts:
        out.print(f"注意 {alert.zh}\n     {alert.en}", soft_wrap=True, markup=False)
    if nothing_usual_yet(page.history):
        out.print(
            f"已发布不足 {FEWEST_RUNS + 1} 期，占比、规则、隔离、用时和内存还没有以往范围可比，没有判断。 With fewer than {FEWEST_RUNS + 1} runs nothing "
            "is usual yet: shares, rules, quarantine, time and memory were not judged.",
            soft_wrap=True,
        )
    elif not page.alerts:
        out.print("最近一期没有超出以往范围的情况。 Nothing in the newest run is out of its usual range.", soft_wrap=True)
    note = "（模拟数据 simulated data）" if page.simulated else ""
    out.print(f"{len(page.history)} 期 runs{note} → {page.path}", soft_wrap=True)


def warnings(context: typer.Context, as_of: AsOf, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """早期预警：等级尚未变化而风险明显上升、接近下一等级的企业及原因。Whose risk is rising before the grade changes, and why.

    例 Example: riskml warnings --as-of 2026-10-31
    """
    from riskml.publication.warning_lists import GROUPS, to_dict, told
    from riskml.services.publication import early_warnings

    with progress("预警 warnings") as on_progress:
        written = early_warnings(workspace_of(context), me(), scheme, as_of, on_progress)
    found, folder = written.found, written.folder
    if as_json:
        print_json({**to_dict(found), "folder": str(folder)})
        return
    note = "（模拟数据 simulated data）" if found.simulated else ""
    out.print(
        f"{len(found.warned):,} 家企业的风险分自 {found.since} 以来明显上升、接近下一等级 rising towards the next grade{note}",
        soft_wrap=True,
    )
    for one in found.warned[:SHOWN]:
        row = told(one, found.words)
        out.print(
            f"  {one.enterprise_id} {one.grade} → {one.next_grade} {one.score_before:.0f} → {one.score:.0f}；{'；'.join(row['changes'][:3])}",
            soft_wrap=True,
            markup=False,
        )
    if found.follow_up:
        table(
            f"至 {found.followed_at} 等级变差 Riskier grade by then{note}",
            ["等级 grade", "", "企业 enterprises", "变差 worse", "比率 rate"],
            [[one.grade, f"{GROUPS[one.group].zh} {GROUPS[one.group].en}", one.enterprises, one.worsened, f"{one.rate:.1%}"]
             for one in found.follow_up],
        )  # fmt: skip
    out.print(f"{folder}", soft_wrap=True)
