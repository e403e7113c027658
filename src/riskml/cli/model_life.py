"""The commands of the life of a model: trained, compared and promoted, and looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from riskml.cli.options import IndustryOption, JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.terminal import err, out, progress, table
from riskml.core import logs
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.workspace import model_name, model_options

FIGURES = {"average_precision": "平均精度 AP", "auc": "AUC", "top_decile_lift": "前10%提升 lift"}


def train(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help="训练基准日，默认今日 what was known then; today by default")
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
    from riskml.services import lifecycle
    from riskml.training.model_card import tuning_sentence
    from riskml.training.tuning import Trial

    def show(trial: Trial) -> None:
        logs.event("trial", number=trial.number, value=trial.value, best=trial.best, pruned=trial.pruned)
        note = f"（只算 {len(trial.folds)} 个时段，提前结束 pruned after {len(trial.folds)}）" if trial.pruned else ""
        err.print(f"试验 trial {trial.number}/{trials}: {trial.value:.4f}{note}，最好 best {trial.best:.4f}", soft_wrap=True)

    with progress("训练 training") as on_progress:
        training = lifecycle.train(
            workspace_of(context), me(), scheme, industry, as_of or china_today(), on_progress, trials=trials, on_trial=show
        )
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
        print_json(
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
            else f"挑战者，用 riskml promote {model_options(model_name(scheme, industry))} 比较、启用 the challenger, which that compares and puts to use"
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


def promote(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="版本号，默认挑战者 the version; the challenger by default")] = None,
    reason: Annotated[str, typer.Option(help="越限晋升或退回的理由 why, against the limits or back to an earlier one")] = "",
    by: Annotated[str | None, typer.Option(help="决定人姓名，默认运行账号 who decides; the account by default")] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """晋升：与现用模型在同样的双随机抽查上比较，守住全部限度才替换；退回旧版本也用它。Compare with the model in use, and take its place.

    例 Example: riskml promote 3 --reason 新版误判增多，退回 --by 李某
    """
    from riskml.lifecycle.promotion_log import ACTION_LABELS
    from riskml.services.lifecycle import promote_version

    name = model_name(scheme, industry)
    with progress("晋升 promotion") as on_progress:
        done = promote_version(workspace_of(context), me(), scheme, industry, version, on_progress, reason=reason, by=by)
    entry, found = done.entry.outcome, done.comparison
    logs.event("promotion", model=name, version=entry.version, action=entry.action, broken=[one.limit for one in done.broken])
    if as_json:
        print_json(done.entry.to_dict())
    else:
        if found is not None:
            rows = [
                [FIGURES[name], *(f"{one[name]['value']:.4f} [{one[name]['low']:.4f}, {one[name]['high']:.4f}]" for one in (found.champion, found.challenger))]
                for name in FIGURES
            ]  # fmt: skip
            table(
                f"{found.since} – {found.until}: {found.visits} 次检查 visits", ["", "现用 champion", "挑战者 challenger"], rows
            )
            if not found.same_rows:
                out.print(
                    "注意 没有足够的、两者都未见过的检查（现用模型学过其中一些）：各用各的检验期数字比较。 Note: too few visits that neither has "
                    "seen, since the champion has learnt from some: each has its own test part's figures.",
                    soft_wrap=True,
                )
            gain = found.difference
            out.print(
                f"差值 difference {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]；等级改变 grades that differ {found.flips:.1%}，"
                f"两级以上 by two or more {found.wide_flips:.1%}，共 of {found.flips_of:,}",
                soft_wrap=True,
            )
        label = ACTION_LABELS[entry.action]
        out.print(f"{label}: {name} 版本 version {entry.version} ({entry.bundle[:12]}), {entry.by}", soft_wrap=True, markup=False)
    for one in done.broken:
        err.print(f"越限 {one.limit}：{one.zh}\n  {one.en}", soft_wrap=True, markup=False)
    if not entry.promotes:
        err.print(
            "没有晋升，现用模型不变；确需晋升须用 --reason 说明理由。 Not promoted, the model in use stays; --reason overrides.",
            soft_wrap=True,
        )
        raise typer.Exit(1)


def models(
    context: typer.Context,
    graded: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="该月的分类用的是哪个版本 which version graded that month")
    ] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """已登记的模型版本；或某月的分类用了哪个版本、谁晋升的、依据什么。Registered versions, or which graded in a month and why.

    例 Example: riskml models --graded 2026-10
    """
    from riskml.lifecycle.promotion_log import ACTION_LABELS
    from riskml.services import lifecycle

    workspace = workspace_of(context)
    if graded is not None and industry is not None:
        raise ConfigurationError(
            zh="--graded 查的是通用分类，不与 --industry 同用。", en="--graded is about general grades and takes no --industry."
        )
    if graded is not None:
        found = lifecycle.graded_by(workspace, me(), scheme, graded)
        if as_json:
            print_json({"graded": [one.to_dict() for one in found]})
            return
        for one in found:
            named = f"版本 version {one.version.number}" if one.version else "未登记 not registered"
            out.print(f"{one.as_of}: {named} ({(one.bundle or '–')[:12]})", soft_wrap=True)
            if (entry := one.promoted) is not None:
                out.print(
                    f"  {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[entry.outcome.action]}, {entry.outcome.by}: {entry.outcome.reason or '–'}",
                    soft_wrap=True,
                    markup=False,
                )
                out.print(f"  依据 evidence: {_evidence(entry.outcome.evidence)}", soft_wrap=True, markup=False)
        return
    model = lifecycle.models(workspace, me(), scheme, industry)
    name, log = model.name, model.promotions
    known = [(one.version, one.figures) for one in model.versions]
    if as_json:
        shown = [{**one.to_dict(), "figures": figures} for one, figures in known]
        print_json({"versions": shown, "promotions": [entry.to_dict() for entry in log]})
        return
    table(
        f"{name}: 已登记的版本 registered versions",
        ["版本 version", "训练基准日 as of", "登记 registered", "AUC", "平均精度 AP"],
        [
            [
                "\n".join([f"{one.number} {', '.join(one.aliases)}".strip(), one.bundle[:12], *(["模拟 simulated"] if one.simulated else [])]),
                one.as_of, f"{one.registered:%Y-%m-%d\n%H:%M}",
                *(f"{figures[name]['value']:.3f} [{figures[name]['low']:.3f}, {figures[name]['high']:.3f}]" for name in ("auc", "average_precision")),
            ]
            for one, figures in known
        ],
    )  # fmt: skip
    for entry in log:
        out.print(
            f"{entry.number}. {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[(done := entry.outcome).action]} {done.replaced or '–'} → {done.version}, "
            f"{done.by}: {done.reason or '–'}",
            soft_wrap=True,
            markup=False,
        )


def _evidence(content: dict[str, Any]) -> str:
    """The evidence of an entry in a line."""
    if (found := content.get("comparison")) is not None:
        gain, broken = found["difference"], ", ".join(one["limit"] for one in content["broken"]) or "–"
        return (
            f"{content['limits']['figure']} {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}], {found['visits']} visits "
            f"{found['since']} – {found['until']}; 越限 broken limits: {broken}"
        )
    if figures := content.get("figures"):
        return ", ".join(f"{name} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for name, one in figures.items())
    return str(content.get("impossible", "–"))
