"""The commands that use published runs: who moved, exports, monitoring, early warnings."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import JsonOption, SchemeOption, day, file, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.errors import ConfigurationError
from riskml.core.language import LIST_SEPARATOR, SIMULATED, counted, say

if TYPE_CHECKING:
    from riskml.services.publication import Exported


class ExportFormat(StrEnum):
    """What an export is written as."""

    csv = "csv"
    excel = "excel"
    parquet = "parquet"
    postgresql = "postgresql"


AsOf = Annotated[
    date,
    typer.Option(
        "--as-of", parser=day, metavar="DATE", help=both("基准日，须已发布", "The as-of date of a published run")
    ),
]

SHOWN = 10
"""Enterprises that a terminal shows; the files have all."""


def migration(
    context: typer.Context,
    as_of: AsOf,
    earlier: Annotated[
        date | None,
        typer.Option(
            "--from",
            parser=day,
            metavar="DATE",
            help=both("与哪一期比较，默认上一期", "The run to compare with; by default the one before"),
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Whose grade moved between two runs: the matrix, who rose, fell or is newly of the riskiest grade, and lists to
    notify each division.
    ---
    等级变动：两期之间的矩阵、上升、下降和新进最高风险类的企业，以及给各地的通报名单。
    ---
    riskml migration --as-of 2026-10-31
    """
    from riskml.publication.movements import KIND_LABELS
    from riskml.services.publication import migration as compare_runs

    with progress(say("等级变动", "migration")) as on_progress:
        found = compare_runs(workspace_of(context), me(), scheme, as_of, earlier, on_progress)
    movements, words = found.movements, found.words
    if as_json:
        print_json({**movements.to_dict(words), "folder": str(found.folder), "notified_divisions": found.divisions})
        return
    note = SIMULATED.said if movements.simulated else ""
    grades, counts = movements.matrix.grades, movements.matrix.counts
    table(
        f"{say('等级变动', 'Migration')} {movements.before.named} → {movements.after.named}{note}",
        [say("上期 \\ 本期", "before \\ now"), *grades, say("退出", "left")],
        [[name, *row] for name, row in zip((*grades, say("新增", "new")), counts, strict=True)],
    )
    labels = {
        **{kind: label.said for kind, label in KIND_LABELS.items()},
        "newly_riskiest": say(f"新进 {grades[-1]} 类", f"newly {grades[-1]}"),
    }
    out.print(" · ".join(f"{labels[kind]} {count:,}" for kind, count in movements.counts.items()), soft_wrap=True)
    if not movements.same_model:
        out.print(
            say(
                "注意：两期所用模型不同，部分变动来自模型。",
                "Note: the runs were scored by different models; some of what moved is due to the model.",
            )
        )
    if movements.policy is not None:
        out.print(say("注意：", "Note: ") + movements.policy.said.said, soft_wrap=True, markup=False)
    riskiest = [one for one in movements.moved if one.newly_riskiest]
    for one in riskiest[:SHOWN]:
        told = one.told(words)
        out.print(
            f"  {one.enterprise_id} {one.grade_before or '–'} → {one.grade_after} {told['decided_after']}"
            f"{_updated(one.updated_on)}{LIST_SEPARATOR.said}{LIST_SEPARATOR.said.join(told['changes'][:3])}",
            soft_wrap=True,
            markup=False,
        )
    if len(riskiest) > SHOWN:
        out.print(
            say(
                f"  其余 {len(riskiest) - SHOWN:,} 家见 migration.csv",
                f"  {counted(len(riskiest) - SHOWN, 'more are', 'more is')} in migration.csv",
            )
        )
    out.print(
        say(
            f"{found.folder}：{found.divisions} 个地区的通报名单",
            f"{found.folder}: lists for {counted(found.divisions, 'divisions')}",
        ),
        soft_wrap=True,
    )


def _updated(day: date | None) -> str:
    """That a grade was brought up to date on a day."""
    return say(f"，{day} 即时更新", f", brought up to date on {day}") if day else ""


def export(
    context: typer.Context,
    as_of: AsOf,
    form: Annotated[ExportFormat, typer.Option("--format", help=both("格式", "The format"))],
    region: Annotated[
        str | None,
        typer.Option(
            metavar="DIVISION",
            help=both("只导出登记地以此区划代码开头的企业", "Only enterprises whose division begins with this code"),
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            parser=file,
            metavar="FILE",
            help=both(
                "写到哪个文件，默认在 runs/<办法>/exports/", "The file to write, by default in runs/<scheme>/exports/"
            ),
        ),
    ] = None,
    to_table: Annotated[
        str | None, typer.Option("--table", help=both("写到数据库的哪张表", "The table of the database to write to"))
    ] = None,
    without_tls: Annotated[
        bool,
        typer.Option(
            "--without-tls", help=both("允许不加密连接数据库", "Let the connection to the database be unencrypted")
        ),
    ] = False,
    bom: Annotated[
        bool,
        typer.Option(
            help=both("CSV 便于 Excel 打开；程序读取用 --no-bom", "CSV as Excel opens it; --no-bom for programs")
        ),
    ] = True,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Export a run, of the whole province or one region, as CSV, Excel or Parquet or into PostgreSQL.

    The address and the password of the database come from the environment variable RISKML_POSTGRESQL_URL only.
    ---
    导出一期结果：全省或一个地区，CSV、Excel、Parquet 或 PostgreSQL。

    数据库地址和密码只从环境变量 RISKML_POSTGRESQL_URL 读取。
    ---
    riskml export --as-of 2026-10-31 --format excel --region 5301
    """
    from riskml.services.publication import FileForm, export_file, export_table

    if (to if form is ExportFormat.postgresql else to_table) is not None:
        raise ConfigurationError(
            zh="--to 只用于文件，--table 只用于 --format postgresql。",
            en="--to is for files, --table for --format postgresql.",
        )
    if without_tls and form is not ExportFormat.postgresql:
        raise ConfigurationError(
            zh="--without-tls 只用于 --format postgresql。", en="--without-tls is for --format postgresql."
        )
    if not bom and form is not ExportFormat.csv:
        raise ConfigurationError(zh="--no-bom 只用于 --format csv。", en="--no-bom is for --format csv.")
    file_form = None if form is ExportFormat.postgresql else FileForm[form.name]
    if to is not None and file_form is not None and to.suffix.lower() != f".{file_form.value}":
        raise ConfigurationError(
            zh=f"--to {to} 与 --format {form.value} 不符：文件名应以 .{file_form.value} 结尾，或改用别的 --format。",
            en=f"--to {to} does not go with --format {form.value}: its name should end in .{file_form.value}, or "
            "choose another --format.",
        )
    workspace = workspace_of(context)
    with progress(say("导出", "export")) as on_progress:
        if file_form is None:
            exported = export_table(
                workspace, me(), scheme, as_of, on_progress, region=region, to=to_table, tls=not without_tls
            )
        else:
            exported = export_file(
                workspace, me(), scheme, as_of, file_form, on_progress, region=region, to=to, excel=bom
            )
    content = exported.content
    if as_json:
        print_json({
            "as_of": as_of.isoformat(), "region": region, "format": form.value, "rows": content.rows,
            "to": exported.target,
            "simulated": content.simulated, "updates_since": exported.updates, "revision": content.run.revision,
            "removed_characters": exported.removed_characters,
        })  # fmt: skip
        return
    _show_export(exported)


def _show_export(exported: Exported) -> None:
    """Print what was written, and what readers of it should know."""
    content, updates, removed = exported.content, exported.updates, exported.removed_characters
    note = SIMULATED.said if content.simulated else ""
    size = say(f"{content.rows:,} 家企业", counted(content.rows, "enterprises"))
    out.print(f"{content.run.named}: {size}{note} → {exported.target}", soft_wrap=True)
    if removed:
        out.print(
            say(
                f"注意：文字中去掉了 {removed:,} 个 NUL 字符，数据库不收。",
                f"Note: {counted(removed, 'NUL characters were', 'NUL character was')} taken out of texts: the "
                "database takes none.",
            ),
            soft_wrap=True,
        )
    if updates:
        out.print(
            say(
                f"其中 {updates:,} 家的等级在此后即时更新过，已按更新后的写出（riskml ledger）。",
                f"{counted(updates, 'grades were', 'grade was')} brought up to date since, and written as now in force "
                "(riskml ledger).",
            ),
            soft_wrap=True,
        )


def directory(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help=both("名录，见 scheme.yaml 的 directories", "The directory, by its id in scheme.yaml"))
    ],
    as_of: Annotated[date, typer.Option("--as-of", parser=day, metavar="DATE", help=both("基准日", "The as-of date"))],
    scheme: SchemeOption = "yunnan",
    to: Annotated[
        Path | None, typer.Option(parser=file, metavar="FILE", help=both("写到哪个 CSV 文件", "The CSV file to write"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the enterprises of a directory that the scheme asks for, from the records.
    ---
    办法要求编制的企业名录，由记录得出。
    ---
    riskml directory key_entities --scheme langfang --as-of 2026-10-31 --to key.csv
    """
    from riskml.services.publication import directory as list_directory

    found = list_directory(workspace_of(context), me(), scheme, name, as_of, to=to)
    if as_json:
        print_json(
            {"directory": name, "as_of": as_of.isoformat(), "unknown": found.unknown, "enterprises": list(found.rows)}
        )
        return
    note = SIMULATED.said if found.simulated else ""
    label = found.directory.label
    size = say(f"：{len(found.rows):,} 家", f": {counted(len(found.rows), 'enterprises')}")
    out.print(f"{label.said} {as_of}{note}{size}", soft_wrap=True)
    if found.unknown:
        out.print(
            say("从未收到所需的记录，无从知道。", "What it asks for was never received: it cannot be known."),
            soft_wrap=True,
        )
    for row in found.rows[:SHOWN]:
        out.print(
            f"  {row['enterprise_id']} {row['name']} {LIST_SEPARATOR.said.join(row['records'][:3])}", soft_wrap=True
        )
    if len(found.rows) > SHOWN:
        more = len(found.rows) - SHOWN
        out.print(say(f"  其余 {more:,} 家：--to FILE.csv", f"  {more:,} more: --to FILE.csv"))


def monitor(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """Show all runs on one page, shares, drift, rules, refused rows, time and memory, and say what is out of the
    ordinary.
    ---
    运行监测：各期占比、漂移、规则、隔离、用时和内存，写成一页，并提示异常。
    ---
    riskml monitor
    """
    from riskml.explaining.explanation import plain
    from riskml.publication.alerts import nothing_usual_yet
    from riskml.publication.drift import FEWEST_RUNS
    from riskml.services.publication import monitoring_page

    with progress(say("监测", "monitoring")) as on_progress:
        page = monitoring_page(workspace_of(context), me(), scheme, on_progress)
    if as_json:
        print_json({
            "page": str(page.path), "simulated": page.simulated, "judged": not nothing_usual_yet(page.history),
            "alerts": [vars(alert) for alert in page.alerts],
            "runs": [{**vars(facts), "total_seconds": facts.total_seconds} for facts in page.history],
            "indicator_drift": {
                against: {name: one.index for name, one in drift.items()} for against, drift in page.drifts.items()
            },
            "indicator_shares": {
                against: {name: {"unknown": one.unknown and vars(one.unknown), "present": one.present and
                                 vars(one.present)} for name, one in drift.items()}
                for against, drift in page.drifts.items()
            },
            "watched": plain(page.watched),
        })  # fmt: skip
        return
    for alert in page.alerts:
        out.print(say("注意：", "Note: ") + alert.said, soft_wrap=True)
    if nothing_usual_yet(page.history):
        out.print(
            say(
                f"已发布不足 {FEWEST_RUNS + 1} 期，占比、规则、隔离、用时和内存还没有以往范围可比，没有判断。",
                f"With fewer than {FEWEST_RUNS + 1} runs nothing is usual yet: shares, rules, quarantine, time and "
                "memory were not judged.",
            ),
            soft_wrap=True,
        )
    elif not page.alerts:
        out.print(
            say("最近一期没有超出以往范围的情况。", "Nothing in the newest run is out of its usual range."),
            soft_wrap=True,
        )
    note = SIMULATED.said if page.simulated else ""
    runs = say(f"{len(page.history)} 期", counted(len(page.history), "runs"))
    out.print(f"{runs}{note} → {page.path}", soft_wrap=True)


def warnings(context: typer.Context, as_of: AsOf, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """List the enterprises whose risk rises towards the next grade before their grade has changed, and why.
    ---
    早期预警：等级尚未变化而风险明显上升、接近下一等级的企业及原因。
    ---
    riskml warnings --as-of 2026-10-31
    """
    from riskml.publication.warning_lists import GROUPS, to_dict, told
    from riskml.services.publication import early_warnings

    with progress(say("预警", "warnings")) as on_progress:
        written = early_warnings(workspace_of(context), me(), scheme, as_of, on_progress)
    found, folder = written.found, written.folder
    if as_json:
        print_json({**to_dict(found), "folder": str(folder)})
        return
    note = SIMULATED.said if found.simulated else ""
    out.print(
        say(
            f"{len(found.warned):,} 家企业的得分自 {found.since} 以来明显变差、接近下一等级{note}",
            f"{counted(len(found.warned), 'enterprises')} with a score that got markedly riskier since {found.since} "
            "and is near the next "
            f"grade{note}",
        ),
        soft_wrap=True,
    )
    for one in found.warned[:SHOWN]:
        row = told(one, found.words)
        out.print(
            f"  {one.enterprise_id} {one.grade} → {one.next_grade} {found.words.score(one.score_before)} → "
            f"{found.words.score(one.score)}"
            f"{LIST_SEPARATOR.said}{LIST_SEPARATOR.said.join(row['changes'][:3])}",
            soft_wrap=True,
            markup=False,
        )
    if found.follow_up:
        table(
            say(f"至 {found.followed_at} 等级变差的{note}", f"Of a riskier grade by {found.followed_at}{note}"),
            [say("等级", "grade"), "", say("企业", "enterprises"), say("变差", "worse"), say("比率", "rate")],
            [[one.grade, GROUPS[one.group].said, one.enterprises, one.worsened, f"{one.rate:.1%}"]
             for one in found.follow_up],
        )  # fmt: skip
    out.print(f"{folder}", soft_wrap=True)
