"""The commands that use published runs: one thin function each."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from riskml.options import JsonOption, SchemeOption, day, print_json, workspace_of
from riskml.terminal import out, progress, table

AsOf = Annotated[
    date, typer.Option("--as-of", parser=day, metavar="DATE", help="基准日，须已发布 the as-of date of a published run")
]

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
    from riskml.publication.migrate import migrate
    from riskml.publication.movements import KIND_LABELS

    with progress("等级变动 migration") as on_progress:
        found = migrate(workspace_of(context), scheme, as_of, earlier, on_progress)
    movements, words = found.movements, found.words
    if as_json:
        print_json({**movements.to_dict(words), "folder": str(found.folder), "notified_divisions": found.divisions})
        return
    note = "（模拟数据 simulated data）" if movements.simulated else ""
    grades, counts = movements.matrix.grades, movements.matrix.counts
    table(
        f"等级变动 Migration {movements.before.as_of} → {movements.after.as_of}{note}",
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
            f"  {one.enterprise_id} {one.grade_before or '–'} → {one.grade_after} {told['decided_after']}；{'；'.join(told['changes'][:3])}",
            soft_wrap=True,
            markup=False,
        )
    if len(riskiest) > SHOWN:
        out.print(f"  其余 {len(riskiest) - SHOWN:,} 家见 the others are in migration.csv")
    out.print(f"{found.folder}：{found.divisions} 个地区的通报名单 divisions notified", soft_wrap=True)


COMMANDS = (migration,)
"""In the order of ``riskml --help``."""
