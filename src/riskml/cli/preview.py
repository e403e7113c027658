"""The commands that say what an edit or a model would do, before it takes effect."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, PreviewedDayOption, SchemeOption, file, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.language import SIMULATED, counted, say

app = CommandLine(
    name="preview",
    no_args_is_help=True,
    help=both(
        "生效之前预看：一个指标、一条规则、一个模型会触及谁。",
        "Before an edit or a model takes effect: whom an indicator, a rule or a version would touch.",
    ),
)


@app.command()
def indicator(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="INDICATOR", help=both("指标", "The indicator"))],
    as_of: PreviewedDayOption = None,
    scheme: SchemeOption = "yunnan",
    worth: Annotated[
        bool,
        typer.Option(
            "--worth", help=both("在滚动起点上比较有它和没有它", "Compare with and without it at rolling origins")
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say how often an indicator of the workspace fires and on whom; --worth what AUC it adds at rolling origins.
    ---
    指标会触及多少企业、哪些企业；--worth 另在滚动起点上比较有它和没有它的 AUC。
    ---
    riskml preview indicator penalty_count
    riskml preview indicator penalty_count --worth
    """
    from riskml.services.preview import preview_indicator

    with progress(say("预览", "preview")) as on_progress:
        seen = preview_indicator(workspace_of(context), me(), scheme, name, as_of, on_progress, worth=worth)
    if as_json:
        columns = [
            {"column": one.column.name, **{k: v for k, v in asdict(one).items() if k != "column"}}
            for one in seen.columns
        ]
        print_json({"as_of": str(seen.as_of), "columns": columns, "worth": seen.worth and asdict(seen.worth)})
        return
    table(
        f"{name} {seen.as_of}",
        [say("列", "column"), say("企业", "enterprises"), say("触及", "fires"), say("占比", "share"),
         say("为零", "zero"),
         say("不可知", "unknown"), say("中位", "median"), "99 %"],
        [
            [one.column.name, one.enterprises, one.fired, f"{one.fired / max(1, one.enterprises):.1%}", one.nothing,
             one.unknown, f"{one.quantiles.get(0.5, 0):g}", f"{one.quantiles.get(0.99, 0):g}"]
            for one in seen.columns
        ],
    )  # fmt: skip
    first = seen.columns[0]
    for code, value in first.most.items():
        out.print(f"  {code} {first.column.name} {value:g}", soft_wrap=True)
    if seen.worth:
        gain = seen.worth.gain
        told = say("检查太少，无法判断", "too few visits to tell") if gain is None else say(
            f"有它比没有它 AUC {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]，"
            f"{len(seen.worth.origins)} 个滚动起点，{seen.worth.visits} 次抽查",
            f"AUC with it against without {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], at "
            f"{len(seen.worth.origins)} rolling origins, {seen.worth.visits} draws",
        )  # fmt: skip
        out.print(told, soft_wrap=True)


@app.command()
def rule(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RULE", help=both("规则", "The rule"))],
    as_of: PreviewedDayOption = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Say how often a rule of the scheme as it is written now would fire, and on whom, with the records it rests on.
    ---
    规则（按现在写的）会触及多少企业、哪些企业，依据哪些记录。
    ---
    riskml preview rule serious_negative_effect
    """
    from riskml.services.preview import preview_rule

    day, seen = preview_rule(workspace_of(context), me(), scheme, name, as_of)
    if as_json:
        print_json({"as_of": str(day), **asdict(seen)})
        return
    share = seen.fired / max(1, seen.enterprises)
    out.print(
        say(
            f"{name} {day}：{seen.enterprises:,} 家中触及 {seen.fired:,} 家（{share:.2%}）",
            f"{name} {day}: fires for {seen.fired:,} of {counted(seen.enterprises, 'enterprises')} ({share:.2%})",
        ),
        soft_wrap=True,
    )
    for code, evidence in seen.some.items():
        out.print(f"  {code} {', '.join(evidence[:5])}", soft_wrap=True)
    if tables := seen.unknown.get(name):
        out.print(say(f"  从未收到：{'、'.join(tables)}", f"  never received: {', '.join(tables)}"), soft_wrap=True)


@app.command()
def model(
    context: typer.Context,
    version: Annotated[
        int | None, typer.Argument(min=1, help=both("版本号，默认挑战者", "The version, by default the challenger"))
    ] = None,
    against: Annotated[
        int | None,
        typer.Option(
            min=1, help=both("与哪个版本比，默认现用的", "The version to compare with; by default the one in use")
        ),
    ] = None,
    as_of: PreviewedDayOption = None,
    scheme: SchemeOption = "yunnan",
    to: Annotated[
        Path | None,
        typer.Option(
            "--page",
            parser=file,
            metavar="FILE",
            help=both(
                "页面写到哪里，默认 runs/<办法>/model-<版本>-<版本>.html",
                "Where the page goes, by default runs/<scheme>/model-<version>-<version>.html",
            ),
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--list",
            parser=file,
            metavar="FILE",
            help=both("另把等级会变的企业写成 CSV", "Also write everyone whose grade would move as CSV"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say who would have another grade by a version of the model than by the one in use, which indicators do it, and
    what later visits found of them.
    ---
    换用某一版本的模型，哪些企业的等级会变、由哪些指标引起、后来的检查查出了什么。
    ---
    riskml preview model
    riskml preview model 3 --as-of 2026-04-30 --list moves.csv
    """
    from riskml.services.preview import preview_model

    with progress(say("预览", "preview")) as on_progress:
        seen = preview_model(
            workspace_of(context), me(), scheme, version, against, as_of, on_progress, to=to, sheet=sheet
        )
    moves, names = seen.moves, seen.moves.scheme.grade_names
    if as_json:
        print_json({
            "as_of": str(moves.as_of), "simulated": moves.simulated, "versions": [seen.first, seen.second],
            "enterprises": moves.enterprises, "moved": moves.share(), "moved_far": moves.share(2),
            "grades": names, "matrix": moves.matrix, "since": str(moves.since),
            "found": [asdict(one) for one in moves.found()], "start": moves.start,
            "indicators": [asdict(one) for one in moves.indicators], "page": str(seen.page),
        })  # fmt: skip
        return
    note = SIMULATED.said if moves.simulated else ""
    table(
        say(
            f"{moves.as_of}{note}：版本 {seen.first or '–'}（行）与版本 {seen.second or '–'}（列）",
            f"{moves.as_of}{note}: version {seen.first or '–'} (rows) and version {seen.second or '–'} (columns)",
        ),
        ["", *names],
        [[name, *row] for name, row in zip(names, moves.matrix, strict=True)],
    )
    out.print(
        say(
            f"{moves.enterprises:,} 家中 {moves.share():.1%} 等级会变，{moves.share(2):.1%} 变两级以上",
            f"{moves.share():.1%} of {counted(moves.enterprises, 'enterprises')} would change grade, "
            f"{moves.share(2):.1%} by two grades or more",
        ),
        soft_wrap=True,
    )
    if seen.listed is not None:
        out.print(say(f"名单 {seen.listed:,} 家", f"Listed: {counted(seen.listed, 'enterprises')}"), soft_wrap=True)
    out.print(f"{seen.page}", soft_wrap=True)
