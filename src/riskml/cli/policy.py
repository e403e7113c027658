"""The commands about a policy: what an edit would do, and what was used when."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from riskml.cli.options import JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.terminal import err, out, progress, table

app = typer.Typer(
    name="policy",
    no_args_is_help=True,
    help="办法（区间、规则、措施、影响期）的改动。Edits of the policy: bands, rules, measures, effect periods.",
)

_SHOWN = 20

_OUT = "不适用 not in scope"


@app.command()
def preview(
    context: typer.Context,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=day, metavar="DATE", help="基准日，默认最近一次发布 the newest run by default"),
    ] = None,
    scheme: SchemeOption = "yunnan",
    show: Annotated[int, typer.Option(min=0, help="列出多少家 how many enterprises to list; --json lists all")] = _SHOWN,
    as_json: JsonOption = False,
) -> None:
    """预先看出：按工作区里现在的办法，最近一次结果中哪些企业的等级会变，共多少。Who in the newest run would have another grade by the policy as it now stands.

    例 Example: riskml policy preview --scheme yunnan
    """
    from riskml.services.policy import preview_edits

    with progress("预览 preview") as on_progress:
        run = preview_edits(workspace_of(context), me(), scheme, as_of, on_progress)
    seen = run.preview
    if as_json:
        print_json(seen.to_dict())
        return
    if not seen.changes:
        out.print(f"办法与 {run.as_of} 的结果所用的相同。 The policy is the one of the run of {run.as_of}.", soft_wrap=True)
        return
    table("改动 Changes", ["文件 file", "项 entry", "原 before", "现 now"], [
        [one.file, one.place, _brief(one.before), _brief(one.after)] for one in seen.changes
    ])  # fmt: skip
    table(
        f"等级变动 Grades that would move: {len(seen.moved):,} / {seen.enterprises:,}（{run.as_of}）",
        ["原 from", "现 to", "企业 enterprises"],
        [[one or _OUT, other or _OUT, count] for one, other, count in seen.movements],
    )
    if show and len(seen.moved):
        table("企业 Enterprises", ["代码 code", "原 from", "现 to", "由何决定 decided by"], [
            [one["enterprise_id"], one["grade"] or _OUT, one["new_grade"] or _OUT, one["new_decided_by"] or "–"] for one in seen.moved.slice(0, show).to_pylist()
        ])  # fmt: skip
        if len(seen.moved) > show:
            err.print(f"另有 {len(seen.moved) - show:,} 家，--json 列出全部。 {len(seen.moved) - show:,} more; --json lists all.")


@app.command()
def log(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """用过的办法：何时、由哪个账号首次使用，改了什么，变动多少等级。Policies that runs were made by: who, when, what changed, how many grades moved.

    例 Example: riskml policy log --scheme yunnan
    """
    from riskml.services.policy import policies_used

    found = policies_used(workspace_of(context), me(), scheme)
    if as_json:
        uses = [{"at": line.at.isoformat(), "account": line.account, **use.model_dump(mode="json")} for line, use in found]
        print_json({"scheme": scheme, "policies": uses})
        return
    table(f"办法 Policies: {scheme}", ["时间 when", "账号 account", "基准日 as of", "办法 policy", "改动 changes", "等级变动 grades moved"], [
        [
            f"{line.at:%Y-%m-%d %H:%M}", line.account, use.as_of, use.policy[:12], "；".join(use.changed) or "–",
            "–" if use.grades_moved is None else f"{use.grades_moved:,} / {use.enterprises or 0:,}",
        ]
        for line, use in found
    ])  # fmt: skip


def _brief(value: object) -> str:
    return "–" if value is None else str(value)[:60]
