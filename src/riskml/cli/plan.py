"""The commands about plans of inspections: made, committed to, drawn, verified, shown, handed over."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, SchemeOption, file, file_there, me, print_json, workspace_of
from riskml.cli.plan_worth import estimate, power, worth
from riskml.cli.terminal import out, progress, table
from riskml.core.errors import ConfigurationError
from riskml.core.language import SIMULATED, counted, say
from riskml.planning.document_kinds import DocumentKind

if TYPE_CHECKING:
    from riskml.sampling.verifier import Checked

app = CommandLine(
    name="plan",
    no_args_is_help=True,
    help=both(
        "检查计划：按等级定比例和频次，概率事先公布，抽取人人可以复核。",
        "Plans of inspections: ratios and frequency by grade, chances stated beforehand, draws that anyone can check.",
    ),
)

app.command()(worth)
app.command()(power)
app.command()(estimate)


PlanArgument = Annotated[str, typer.Argument(help=both("计划的编号", "The plan's name"))]
EventOption = Annotated[
    str, typer.Option("--event", help=both("公共事件公布的值", "The value of the public event, as it was announced"))
]


@app.command()
def make(
    context: typer.Context,
    settings: Annotated[
        Path,
        typer.Argument(parser=file_there, metavar="FILE", help=both("计划的 YAML 文件", "The plan as a YAML file")),
    ],
    as_json: JsonOption = False,
) -> None:
    """Make a plan: who is visited for certain, everyone's chance of being drawn, and what of it all cannot hold.
    ---
    制定计划：谁必须检查，每户被抽到的概率，哪些要求不能同时满足、差多少。
    ---
    riskml plan make plans/2026-12.yaml
    """
    from riskml.services.planning import make_plan

    with progress(say("计划", "plan")) as on_progress:
        found = make_plan(workspace_of(context), me(), settings, on_progress)
    made = found.made
    if as_json:
        print_json({
            "plan": found.folder.name, "as_of": found.as_of.isoformat(), "simulated": found.simulated,
            "units": len(made.people), "drawn": made.size, "fixed_days": made.fixed_days,
            "expected_days": made.expected_days, "factor": made.allotted.factor,
            "conflicts": [one.to_dict() for one in made.conflicts], "folder": str(found.folder.root),
        })  # fmt: skip
        return
    note = SIMULATED.said if found.simulated else ""
    rows = [
        [one.grade, one.industry or "–", f"{one.ratio:.2%}", f"{expected:,.1f}", one.most_a_year or "–"]
        for one, expected in zip(made.settings.ratios, made.allotted.expected, strict=True)
    ]
    table(
        say(f"计划 {found.folder.name}（{found.as_of}）{note}", f"Plan {found.folder.name} ({found.as_of}){note}"),
        [say("等级", "grade"), say("行业", "trade"), say("比例（单位自定）", "ratio (the office's)"),
         say("预计抽取", "expected draws"), say("每年最多", "most a year")],
        rows,
    )  # fmt: skip
    out.print(
        say(
            f"{len(made.people):,} 户，抽 {made.size:,} 户；不经抽取的检查 {made.fixed_days:,.1f} 人日，抽取的预计 "
            f"{made.expected_days:,.1f} 人日。",
            f"{counted(len(made.people), 'enterprises')}, {made.size:,} drawn; {made.fixed_days:,.1f} inspector-days "
            f"of visits without a draw, {made.expected_days:,.1f} to be expected of the draw.",
        ),
        soft_wrap=True,
    )
    for one in made.conflicts:
        out.print(say("注意：", "Note: ") + one.said.said, soft_wrap=True, markup=False)
    out.print(str(found.folder.root), soft_wrap=True)


@app.command()
def commit(
    context: typer.Context, plan: PlanArgument, scheme: SchemeOption = "yunnan", as_json: JsonOption = False
) -> None:
    """Commit to a plan as it is, before anybody can know its draw: announce the digest that is printed.
    ---
    承诺：在任何人能知道抽取结果之前固定计划；请公布所印出的校验值。
    ---
    riskml plan commit 2026-12
    """
    from riskml.services.planning import commit_plan

    found = commit_plan(workspace_of(context), me(), scheme, plan)
    if as_json:
        print_json({"digest": found.digest, "number": found.number, **found.content})
        return
    out.print(say(f"承诺校验值 {found.digest}", f"digest of the commitment {found.digest}"), soft_wrap=True)
    out.print(
        say(
            f"第 {found.number} 次承诺，已记入总账；在事件之前公布 published/ 各文件和校验值。",
            f"Commitment no. {found.number}, on the ledger. Publish the files of published/ and the digest before the "
            "event.",
        ),
        soft_wrap=True,
    )


@app.command()
def draw(
    context: typer.Context,
    plan: PlanArgument,
    event: EventOption = "",
    nonce: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER", help=both("见证人揭示的随机数", "What a witness reveals, for each of them")
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Draw a plan that was committed to, by the event's value or the witnesses' numbers: once.
    ---
    抽取：用事件的值或见证人揭示的随机数，只能抽一次。
    ---
    riskml plan draw 2026-12 --event "03 11 17 20 25 31 + 07"
    """
    from riskml.services.planning import draw_plan

    found = draw_plan(workspace_of(context), me(), scheme, plan, event, _nonces(nonce or []))
    _show_checked(found, as_json=as_json)


@app.command()
def verify(
    context: typer.Context,
    plan: PlanArgument,
    event: Annotated[
        str | None,
        typer.Option("--event", help=both("自行查得的公共事件值", "The event's value, as you looked it up")),
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Draw a plan again from its published files, and compare every visit and every pair of inspectors.
    ---
    复核：从公布的文件重新抽取，逐一比对检查对象和检查人员。
    ---
    riskml plan verify 2026-12 --event "03 11 17 20 25 31 + 07"
    """
    from riskml.services.planning import verify_plan

    _show_checked(verify_plan(workspace_of(context), me(), scheme, plan, event), as_json=as_json)


@app.command()
def show(
    context: typer.Context, plan: PlanArgument, scheme: SchemeOption = "yunnan", as_json: JsonOption = False
) -> None:
    """Show a plan, what of it is on the ledger, and how often other plans of the same days were committed to.
    ---
    查看计划、它在总账中的承诺和抽取，以及期间有重叠的其他计划的承诺次数。
    ---
    riskml plan show 2026-12
    """
    from riskml.sampling.verifier import other_told
    from riskml.services.planning import show_plan

    found = show_plan(workspace_of(context), me(), scheme, plan)
    if as_json:
        print_json({**found.content, "commitments": list(found.steps.commitments), "draw": found.steps.draw,
                    "others": dict(found.others)})  # fmt: skip
        return
    content = found.content
    note = SIMULATED.said if content["simulated"] else ""
    table(f"{scheme}/{plan}{note}", ["", ""], [
        [say("期间", "period"), f"{content['period']['from']} – {content['period']['until']}"],
        [say("户数", "enterprises"), f"{content['units']:,}"],
        [say("抽取", "drawn"), f"{content['size']:,}"],
        [say("承诺", "commitments"), "\n".join(found.steps.commitments) or "–"],
        [say("已抽取", "draw"), found.steps.draw or "–"],
    ])  # fmt: skip
    for one in content["conflicts"]:
        out.print(say("注意：", "Note: ") + say(one["zh"], one["en"]), soft_wrap=True, markup=False)
    for name, other in found.others.items():
        out.print(say(*other_told(name, other)), soft_wrap=True)


@app.command()
def export(
    context: typer.Context,
    plan: PlanArgument,
    to: Annotated[
        Path | None, typer.Option(parser=file, metavar="FILE", help=both("写到哪个 CSV 文件", "The CSV file to write"))
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Write the visits of a plan that was drawn: codes, why, by when, who goes, and what to look at.
    ---
    导出检查任务：检查码、事由、期限、检查人员和检查事项。
    ---
    riskml plan export 2026-12 --to tasks.csv
    """
    from riskml.services.planning import export_plan

    found = export_plan(workspace_of(context), me(), scheme, plan, to)
    if as_json:
        print_json({"visits": len(found.tasks), "to": str(found.path), "simulated": found.simulated})
        return
    note = SIMULATED.said if found.simulated else ""
    size = say(f"{len(found.tasks):,} 次检查", counted(len(found.tasks), "visits"))
    out.print(f"{size}{note} → {found.path}", soft_wrap=True)


@app.command()
def results(
    context: typer.Context,
    plan: PlanArgument,
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            parser=file_there,
            metavar="FILE",
            help=both("检查结果的 CSV 文件", "The CSV with what came of each visit"),
        ),
    ],
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Take what came of the visits, and write it as inspection records to be loaded.
    ---
    检查结果回流：逐次检查的结果写成检查记录，供导入。
    ---
    riskml plan results 2026-12 --from outcomes.csv
    """
    from riskml.planning.documents import OUTCOME_LABELS
    from riskml.services.planning import take_plan_results

    found = take_plan_results(workspace_of(context), me(), scheme, plan, source)
    if as_json:
        print_json({"outcomes": dict(found.outcomes), "problems": found.problems, "records": found.records,
                    "delivery": str(found.delivery)})  # fmt: skip
        return
    out.print(" · ".join(f"{OUTCOME_LABELS[one].said} {number:,}" for one, number in found.outcomes.items()))
    out.print(
        say(
            f"发现问题 {found.problems:,} 次；检查记录 {found.records:,} 条，请导入：",
            f"{found.problems:,} found a problem; {counted(found.records, 'inspection records')} to be loaded:",
        )
    )
    out.print(f"riskml ingest plans --from {found.delivery}", soft_wrap=True)


@app.command()
def close(
    context: typer.Context, plan: PlanArgument, scheme: SchemeOption = "yunnan", as_json: JsonOption = False
) -> None:
    """Close the cases of visits that grades demanded, by the plan's inspection records, once these are loaded.
    ---
    结案：检查记录导入后，按等级须现场检查的案件随之办结。
    ---
    riskml plan close 2026-12
    """
    from riskml.services.planning import close_plan_visits

    closed = close_plan_visits(workspace_of(context), me(), scheme, plan)
    if as_json:
        print_json({"closed": closed})
        return
    out.print(say(f"办结案件 {closed:,} 件", f"{counted(closed, 'cases')} closed"))


@app.command()
def document(
    context: typer.Context,
    plan: PlanArgument,
    kind: Annotated[
        DocumentKind,
        typer.Option(
            help=both(
                "公告 announcement，任务清单 tasks，检查通知书 notice，等级下降通报 downgraded，结果公告 results",
                "Which: the announcement, task lists, a notice to an enterprise, whose grade fell, or the results",
            )
        ),
    ],
    to: Annotated[
        Path,
        typer.Option(parser=file, metavar="FILE", help=both("写到哪个 .docx 或 .pdf", "The .docx or .pdf to write")),
    ],
    region: Annotated[
        str,
        typer.Option(
            metavar="DIVISION",
            help=both("只列登记地以此区划代码开头的企业", "Only enterprises whose division begins with this code"),
        ),
    ] = "",
    visit: Annotated[
        str | None, typer.Option(metavar="CODE", help=both("通知书的检查码", "Of a notice: the code of the visit"))
    ] = None,
    scheme: SchemeOption = "yunnan",
) -> None:
    """Write a document of a plan from the office's templates.
    ---
    用单位的模板写出计划的文书。
    ---
    riskml plan document 2026-12 --kind announcement --to announcement.pdf
    """
    from riskml.publication.atomic_write import appearing_whole_file
    from riskml.services.planning import plan_document

    content = plan_document(
        workspace_of(context), me(), scheme, plan, kind.value, to.suffix, region=region, visit=visit
    )
    with appearing_whole_file(to) as draft:
        draft.write_bytes(content)
    out.print(str(to), soft_wrap=True)


@app.command()
def verifier(
    to: Annotated[
        Path, typer.Option("--to", parser=file, metavar="FILE", help=both("写到哪个文件", "The file to write"))
    ] = Path("plan_verifier.py"),
) -> None:
    """Write the one file by which anybody checks a draw, with Python alone.
    ---
    写出核验程序：一个文件，只需 Python。
    ---
    riskml plan verifier --to plan_verifier.py
    """
    from riskml.planning.plan_files import verifier_source
    from riskml.publication.atomic_write import appearing_whole_file

    with appearing_whole_file(to) as draft:
        draft.write_bytes(verifier_source())
    out.print(f"{to}")


@app.command()
def nonce() -> None:
    """Make the number of a witness: it keeps the number until after the commitment, and gives the hash for the plan.
    ---
    生成见证人的随机数：数自己保管到承诺之后，校验值写入计划。
    ---
    riskml plan nonce
    """
    from riskml.sampling.verifier import nonce_hash

    number = token_hex(32)
    out.print(
        say(f"随机数 {number}\n校验值 {nonce_hash(number)}", f"number {number}\nhash {nonce_hash(number)}"),
        soft_wrap=True,
    )


def _nonces(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, number = word.partition("=")
        if not equals or not number:
            raise ConfigurationError(
                zh=f"--nonce {word!r} 应写作 名称=随机数。", en=f"--nonce {word!r} should be NAME=NUMBER."
            )
        found[name] = number
    return found


def _show_checked(found: Checked, *, as_json: bool) -> None:
    from riskml.sampling.verifier import notes_of

    if as_json:
        print_json(vars(found))
        return
    out.print(
        say(
            f"相符：{found.units:,} 户中抽 {found.size:,} 户，共 {found.visits:,} 次检查；"
            f"无人可派 {found.unassigned:,} 次。",
            f"As drawn: {found.size:,} of {counted(found.units, 'enterprises')}, {counted(found.visits, 'visits')}; "
            f"{found.unassigned:,} with nobody to send.",
        ),
        soft_wrap=True,
    )
    out.print(say(f"承诺校验值 {found.commitment}", f"digest of the commitment {found.commitment}"), soft_wrap=True)
    for one in notes_of(found):
        out.print(say(*one), soft_wrap=True)
