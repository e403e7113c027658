"""The commands about a policy: what an edit would do, and what was used when."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import AsOfOption, JsonOption, SchemeOption, me, print_json, workspace_of
from riskml.cli.terminal import err, out, progress, table
from riskml.core.language import LIST_SEPARATOR, Label, counted, say

app = CommandLine(
    name="policy",
    no_args_is_help=True,
    help=both(
        "办法（区间、规则、措施、影响期）的改动。", "Edits of the policy: bands, rules, measures, effect periods."
    ),
)

_SHOWN = 20

_OUT = Label("不适用", "not in scope")


@app.command()
def preview(
    context: typer.Context,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
    show: Annotated[
        int,
        typer.Option(min=0, help=both("列出多少家；--json 列出全部", "How many enterprises to list; --json lists all")),
    ] = _SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Say who in the newest run would have another grade by the policy as the workspace has it now, and how many.
    ---
    预先看出：按工作区里现在的办法，最近一次结果中哪些企业的等级会变，共多少。
    ---
    riskml policy preview --scheme yunnan
    """
    from riskml.publication.labels import words_of
    from riskml.schemes.policy_words import place_in_words, value_in_words
    from riskml.services.policy import preview_edits

    with progress(say("预览", "preview")) as on_progress:
        run = preview_edits(workspace_of(context), me(), scheme, as_of, on_progress)
    seen = run.preview
    if as_json:
        print_json(seen.to_dict())
        return
    if not seen.changes:
        out.print(
            say(f"办法与 {run.as_of} 的结果所用的相同。", f"The policy is the one of the run of {run.as_of}."),
            soft_wrap=True,
        )
        return
    table(say("改动", "Changes"), [say("项", "entry"), say("原", "before"), say("现", "now")], [
        [place_in_words(one, seen.policy.scheme).said,
         *(value_in_words(value).said for value in (one.before, one.after))]
        for one in seen.changes
    ])  # fmt: skip
    table(
        say(
            f"会变动的等级：{seen.enterprises:,} 家中的 {len(seen.moved):,} 家（{run.as_of}）",
            f"Grades that would change: {len(seen.moved):,} of {counted(seen.enterprises, 'enterprises')} "
            f"({run.as_of})",
        ),
        [say("原", "from"), say("现", "to"), say("企业", "enterprises")],
        [[one or _OUT.said, other or _OUT.said, count] for one, other, count in seen.movements],
    )
    if show and len(seen.moved):
        words = replace(words_of(seen.run), scheme=seen.policy.scheme)
        table(say("企业", "Enterprises"),
            [say("代码", "code"), say("原", "from"), say("现", "to"), say("由何决定", "decided by")], [
            [one["enterprise_id"], one["grade"] or _OUT.said, one["new_grade"] or _OUT.said,
             words.decided_by(one["new_decided_by"]).said if one["new_decided_by"] else "–"]
            for one in seen.moved.slice(0, show).to_pylist()
        ])  # fmt: skip
        if len(seen.moved) > show:
            more = len(seen.moved) - show
            err.print(say(f"另有 {more:,} 家，--json 列出全部。", f"{more:,} more; --json lists all."))


@app.command()
def log(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """List the policies that runs were made by: when and by which account each was first used, what changed, how many
    grades moved.
    ---
    用过的办法：何时、由哪个账号首次使用，改了什么，变动多少等级。
    ---
    riskml policy log --scheme yunnan
    """
    from riskml.schemes.policy_words import document_in_words, logged_in_words
    from riskml.services.policy import policies_used

    found = policies_used(workspace_of(context), me(), scheme)
    if as_json:
        uses = [
            {"at": line.at.isoformat(), "account": line.account, **use.model_dump(mode="json")}
            for line, use in found.uses
        ]
        print_json({"scheme": scheme, "policies": uses})
        return
    now = found.scheme
    label = now.label if now else Label(scheme, scheme)
    heads = (
        say("时间", "when"), say("账号", "account"), say("基准日", "as of"), say("办法", "policy"),
        say("文件", "document"), say("改动", "changes"),
        say("等级变动", "grades moved"),
    )  # fmt: skip
    table(say(f"用过的办法：{label.zh}", f"Policies used: {label.en}"), heads, [
        [
            f"{line.at:%Y-%m-%d %H:%M}", line.account, use.as_of, use.policy[:12],
            document_in_words(use.document, now).said if now else use.document,
            LIST_SEPARATOR.said.join(logged_in_words(one, now).said if now else one for one in use.changed) or "–",
            "–" if use.grades_moved is None else f"{use.grades_moved:,} / {use.enterprises or 0:,}",
        ]
        for line, use in found.uses
    ])  # fmt: skip
