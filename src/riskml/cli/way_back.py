"""The command about how an enterprise, or everyone in the worse grades, comes to a better grade."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.explaining import write_or_save
from riskml.cli.help import both
from riskml.cli.options import (
    AsOfOption,
    Form,
    FormOption,
    OneOrNoEnterprise,
    SchemeOption,
    ToOption,
    me,
    print_json,
    workspace_of,
)
from riskml.cli.terminal import out, progress, table
from riskml.cli.usage import BadValue
from riskml.core.language import SIMULATED, counted, say

if TYPE_CHECKING:
    from riskml.publication.ways_table import WaysTable
    from riskml.services.way_back import WaysWritten


def way_back(
    context: typer.Context,
    enterprise: OneOrNoEnterprise = None,
    everyone: Annotated[
        bool,
        typer.Option(
            "--all",
            help=both(
                "所有较差等级的企业（最好的两级以外），写成 CSV 和网页",
                "Everyone in the worse grades (all but the two best), as CSV and as a page",
            ),
        ),
    ] = False,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
    form: FormOption = Form.text,
    to: ToOption = None,
) -> None:
    """All smallest sets of repairable records that lead to each better grade, or the proof that there is none; when
    time alone does it, and what waiting and repairing give together. With --all, for everyone in the worse grades
    whether the next better grade can be repaired to now, comes with time, or is out of reach for three years.
    ---
    通往每个更好等级的所有最小修复组合，或者证明没有；只靠时间何时达到，等待和修复合起来又如何。加
    --all，对所有较差等级的企业说明：现在修复即可达到上一级、须等到哪一天，还是三年内不能。
    ---
    riskml way-back 91530100MA6K12345X
    riskml way-back 91530100MA6K12345X --format html --to way-back.html
    riskml way-back --all --as-of 2026-10-31 --to ways.csv
    """
    if everyone:
        _of_all(context, enterprise, as_of, scheme, form, to)
    elif enterprise is None:
        raise BadValue("请写统一社会信用代码，或者 --all", "name an enterprise by its code, or give --all")
    else:
        _of_one(context, enterprise, as_of, scheme, form, to)


def _of_one(
    context: typer.Context, enterprise: str, as_of: date | None, scheme: str, form: Form, to: Path | None
) -> None:
    from riskml.explaining.way_back_told import way_back_page, way_back_text
    from riskml.services.way_back import find_way_back

    with progress(say("求解", "searching")) as on_progress:
        found = find_way_back(workspace_of(context), me(), scheme, enterprise, as_of, on_progress)
    match form:
        case Form.text if to is None:
            out.print(way_back_text(found))
        case Form.text:
            with out.capture() as captured:
                out.print(way_back_text(found))
            write_or_save(captured.get(), to)
        case Form.json:
            write_or_save(json.dumps(found.to_dict(), ensure_ascii=False, indent=1), to)
        case Form.html:
            write_or_save(way_back_page(found), to)


def _of_all(
    context: typer.Context, enterprise: str | None, as_of: date | None, scheme: str, form: Form, to: Path | None
) -> None:
    from riskml.services.way_back import write_ways_of_all

    if enterprise is not None:
        raise BadValue("--all 与统一社会信用代码不能同用", "--all goes with no enterprise")
    if form is Form.html:
        raise BadValue("--all 总是把网页写在 CSV 旁边，不用 --format html",
                       "--all writes its page beside the CSV file: leave --format html out")  # fmt: skip
    if to is not None and to.suffix.lower() != ".csv":
        raise BadValue(f"--to {to} 应以 .csv 结尾", f"--to {to} should end in .csv")
    with progress(say("求解", "searching")) as on_progress:
        written = write_ways_of_all(workspace_of(context), me(), scheme, as_of, on_progress, to=to)
    if form is Form.json:
        print_json({
            **written.table.to_dict(), "csv": str(written.csv), "csv_sha256": written.csv_sha256,
            "page": str(written.page),
        })  # fmt: skip
    else:
        _show(written)


def _show(written: WaysWritten) -> None:
    from riskml.publication.ways_table import KINDS

    told: WaysTable = written.table
    found, note = told.found, SIMULATED.said if told.found.simulated else ""
    groups = ((say("等级", "grade"), told.by_grade), (say("州市", "prefecture"), told.by_prefecture),
              (say("行业门类", "section"), told.by_section))  # fmt: skip
    heads = (say("企业", "enterprises"), *(label.said for label in KINDS.values()))
    for head, several in groups:
        title = f"{say('怎样达到上一级', 'The ways back')} {found.run.named}{note} · {head}"
        rows = [[one.group.said, one.total, *(one.counts.get(kind, 0) for kind in KINDS)] for one in several]
        table(title, [head, *heads], rows)
    for rule, count in told.by_rule:
        many = say(f"{count:,} 家", counted(count, "enterprises"))
        shut_out = say("三年内不能改善，因为", "shut out for three years by")
        out.print(f"{many} {shut_out} {rule.said}", soft_wrap=True, markup=False)
    for line in told.remarks():
        out.print(line.said, soft_wrap=True)
    out.print(f"{written.csv} (SHA-256 {written.csv_sha256})\n{written.page}", soft_wrap=True)
