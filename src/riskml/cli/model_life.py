"""The commands of the life of a model: trained, compared and promoted, and looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskml.cli.help import both
from riskml.cli.options import IndustryOption, JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.terminal import err, out, progress, table
from riskml.core import logs
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import LIST_SEPARATOR, SIMULATED, Label, say
from riskml.core.workspace import model_name, model_options

if TYPE_CHECKING:
    from riskml.lifecycle.retrain import Training
    from riskml.training.registry import Version
    from riskml.training.tuning import Trial


FIGURES = {
    "average_precision": Label("平均精度", "average precision"),
    "auc": Label("AUC", "AUC"),
    "top_decile_lift": Label("前10%提升", "lift of the first 10 %"),
}


def train(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both(
                "训练基准日，默认今日", "The as-of date of the training, today by default: it knows what was known then"
            ),
        ),
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            min=0,
            help=both(
                "先调参：试多少组设置；中断后再运行会接着做",
                "How many settings to try first; run again after a kill, it goes on",
            ),
        ),
    ] = 0,
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model, evaluate it out of time, and register it as the challenger.
    ---
    训练模型、作时间外检验，登记为挑战者。
    ---
    riskml train --scheme yunnan --as-of 2026-10-31 --trials 30
    """
    from riskml.services import lifecycle

    with progress(say("训练", "training")) as on_progress:
        training = lifecycle.train(
            workspace_of(context),
            me(),
            scheme,
            industry,
            as_of or china_today(),
            on_progress,
            trials=trials,
            on_trial=lambda trial: _show_trial(trial, trials),
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
            {
                **facts,
                "bundle": training.bundle.digest,
                "mlflow_run": training.run_id,
                "version": training.version.to_dict(),
                "notes": [vars(one) for one in training.notes],
            }
        )
        return
    _show_training(training, model_options(model_name(scheme, industry)))


def _show_trial(trial: Trial, trials: int) -> None:
    """Log and print one of the settings that were tried."""
    logs.event("trial", number=trial.number, value=trial.value, best=trial.best, pruned=trial.pruned)
    pruned = (
        say(f"（只算 {len(trial.folds)} 个时段，提前结束）", f" (pruned after {len(trial.folds)} folds)")
        if trial.pruned
        else ""
    )
    err.print(
        say(
            f"试验 {trial.number}/{trials}：{trial.value:.4f}{pruned}，最好 {trial.best:.4f}",
            f"Trial {trial.number}/{trials}: {trial.value:.4f}{pruned}, best {trial.best:.4f}",
        ),
        soft_wrap=True,
    )


def _show_training(training: Training, options: str) -> None:
    """Print what a training made; `options` are how a command is told of the model."""
    from riskml.training.model_card import tuning_sentence
    from riskml.training.rivals import LABELS

    facts = training.bundle.facts
    part = facts["parts"]["test"]
    note = SIMULATED.said if facts["simulated"] else ""
    drawn = facts["cohort"]["judge_on"] == ["random"]
    judged = say("次双随机抽查", "random draws") if drawn else say("次检查", "visits")
    rows: list[list[object]] = []
    for name, one in training.evaluations.items():
        shown = [one.figures[figure] for figure in ("auc", "average_precision", "top_decile_lift")]
        rows.append(
            [LABELS[name].said, *(f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for figure in shown)]
        )
    table(
        say(
            f"时间外检验{note}：{part['from']} – {part['until']}，{part['visits']} {judged}，{part['problems']} "
            "次发现问题",
            f"Out of time{note}: {part['from']} – {part['until']}, {part['visits']} {judged}, {part['problems']} found "
            "a problem",
        ),
        ["", *(FIGURES[figure].said for figure in ("auc", "average_precision", "top_decile_lift"))],
        rows,
    )
    show_grade_rates(facts)
    if chosen := facts["candidates"]:
        out.print(say(chosen["why"]["zh"], chosen["why"]["en"]), soft_wrap=True)
    if training.tuning:
        out.print(say("调参：", "Tuning: ") + tuning_sentence(training.tuning), soft_wrap=True)
    for told in training.notes:
        out.print(say("注意：", "Note: ") + told.said, soft_wrap=True)
    used = "champion" in training.version.aliases
    if used and not facts["figures"]["model"]["grades"]["rising"]:
        out.print(
            say(
                "注意：首个模型没有可比的，直接启用；它的问题发现率没有逐级上升，以后的模型这样是不能晋升的：请看上表，"
                "考虑补充检查记录后再训练。",
                "Note: the first model is put to use without a comparison; its problem rate does not rise from grade "
                "to grade, for which a later "
                "one would not be promoted. Look at the table above, and consider training again with more visits.",
            ),
            soft_wrap=True,
        )
    digest, number, compare = (
        training.bundle.digest[:12],
        training.version.number,
        f"riskml promote {options}",
    )
    out.print(
        say(
            f"模型 {digest}，版本 {number}，{'首个模型，已启用' if used else f'挑战者，用 {compare} 比较、启用'}；"
            f"MLflow 运行 {training.run_id}",
            f"Model {digest}, version {number}, "
            f"{'the first, in use now' if used else f'the challenger: {compare} compares it and puts it to use'}; "
            f"MLflow run {training.run_id}",
        ),
        soft_wrap=True,
    )


def show_grade_rates(facts: Mapping[str, Any]) -> None:
    """Print the problem rate of each grade, from the facts of a model bundle."""
    part, grades = facts["parts"]["test"], facts["figures"]["model"]["grades"]
    note = SIMULATED.said if facts["simulated"] else ""
    table(
        say(
            f"模型的问题发现率{note}：{part['from']} – {part['until']}，时间外",
            f"The model's problem rate by grade{note}: {part['from']} – {part['until']}, out of time",
        ),
        [say("等级", "grade"), say("抽查", "visits"), say("发现问题", "problems"), say("比率", "rate"), "95 %"],
        [
            [one["grade"], one["rows"], one["problems"], "–" if one["rate"] is None else f"{one['rate']:.1%}",
             "–" if one["low"] is None else f"{one['low']:.1%} – {one['high']:.1%}"]
            for one in grades["rates"]
        ],
    )  # fmt: skip


def promote(
    context: typer.Context,
    version: Annotated[
        int | None, typer.Argument(help=both("版本号，默认挑战者", "The version, by default the challenger"))
    ] = None,
    reason: Annotated[
        str,
        typer.Option(
            help=both("越限晋升或退回的理由", "Why, where it is against the limits or back to an earlier version")
        ),
    ] = "",
    by: Annotated[
        str | None, typer.Option(help=both("决定人姓名，默认运行账号", "Who decides, by default the account"))
    ] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a version with the model in use on the same random draws, and put it in its place where it keeps all
    limits; also back to an earlier one.
    ---
    晋升：与现用模型在同样的双随机抽查上比较，守住全部限度才替换；退回旧版本也用它。
    ---
    riskml promote 3 --reason R-2026-07 --by LI
    """
    from riskml.lifecycle.promotion_log import ACTION_LABELS
    from riskml.services.lifecycle import promote_version

    name = model_name(scheme, industry)
    with progress(say("晋升", "promotion")) as on_progress:
        done = promote_version(
            workspace_of(context), me(), scheme, industry, version, on_progress, reason=reason, by=by
        )
    entry, found = done.entry.outcome, done.comparison
    logs.event(
        "promotion", model=name, version=entry.version, action=entry.action, broken=[one.limit for one in done.broken]
    )
    if as_json:
        print_json(done.entry.to_dict())
    else:
        if found is not None:
            rows = [
                [FIGURES[name].said, *(f"{one[name]['value']:.4f} "
                                       f"[{one[name]['low']:.4f}, "
                                       f"{one[name]['high']:.4f}]" for one in (found.champion, found.challenger))]
                for name in FIGURES
            ]  # fmt: skip
            table(
                f"{found.since} – {found.until}: {found.visits} {say('次检查', 'visits')}",
                ["", say("现用", "in use"), say("挑战者", "challenger")],
                rows,
            )
            if not found.same_rows:
                out.print(
                    say(
                        "注意：没有足够的、两者都未见过的检查（现用模型学过其中一些）：各用各的检验期数字比较。",
                        "Note: too few visits that neither has seen, since the one in use has learnt from some: each "
                        "has its own test part's "
                        "figures.",
                    ),
                    soft_wrap=True,
                )
            gain = found.difference
            out.print(
                say(
                    f"差值 {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]；{found.flips_of:,} 家中等级改变的 "
                    f"{found.flips:.1%}，"
                    f"两级以上 {found.wide_flips:.1%}",
                    f"Difference {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]; of {found.flips_of:,} "
                    f"enterprises {found.flips:.1%} have "
                    f"another grade, {found.wide_flips:.1%} by two or more",
                ),
                soft_wrap=True,
            )
        label, version_named = (
            ACTION_LABELS[entry.action].said,
            say(f"版本 {entry.version}", f"version {entry.version}"),
        )
        out.print(f"{label}: {name} {version_named} ({entry.bundle[:12]}), {entry.by}", soft_wrap=True)
    for one in done.broken:
        err.print(say(f"越限 {one.limit}：{one.zh}", f"Limit {one.limit} is broken: {one.en}"), soft_wrap=True)
    if not entry.promotes:
        err.print(
            say(
                "没有晋升，现用模型不变；确需晋升须用 --reason 说明理由。",
                "Not promoted: the model in use stays; --reason overrides the limits.",
            ),
            soft_wrap=True,
        )
        raise typer.Exit(1)


def models(
    context: typer.Context,
    graded: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help=both("该月的分类用的是哪个版本", "Which version graded in that month")),
    ] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the registered versions of a model, or say which graded in a month, who promoted it and on what evidence.
    ---
    已登记的模型版本；或某月的分类用了哪个版本、谁晋升的、依据什么。
    ---
    riskml models --graded 2026-10
    """
    from riskml.lifecycle.promotion_log import ACTION_LABELS
    from riskml.services import lifecycle

    workspace = workspace_of(context)
    if graded is not None and industry is not None:
        raise ConfigurationError(
            zh="--graded 查的是通用分类，不与 --industry 同用。",
            en="--graded is about general grades and takes no --industry.",
        )
    if graded is not None:
        found = lifecycle.graded_by(workspace, me(), scheme, graded)
        if as_json:
            print_json({"graded": [one.to_dict() for one in found]})
            return
        for one in found:
            number = one.version.number if one.version else None
            named = say(f"版本 {number}", f"version {number}") if number else say("未登记", "not registered")
            out.print(f"{one.as_of}: {named} ({(one.bundle or '–')[:12]})", soft_wrap=True)
            if (entry := one.promoted) is not None:
                out.print(
                    f"  {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[entry.outcome.action].said}, {entry.outcome.by}: "
                    f"{entry.outcome.reason or '–'}",
                    soft_wrap=True,
                    markup=False,
                )
                out.print(f"  {say('依据：', 'Evidence: ')}{_evidence(entry.outcome.evidence)}", soft_wrap=True)
        return
    model = lifecycle.models(workspace, me(), scheme, industry)
    name, log = model.name, model.promotions
    known = [(one.version, one.figures) for one in model.versions]
    if as_json:
        shown = [{**one.to_dict(), "figures": figures} for one, figures in known]
        print_json({"versions": shown, "promotions": [entry.to_dict() for entry in log]})
        return
    table(
        say(f"{name} 已登记的版本", f"Registered versions of {name}"),
        [say("版本", "version"), say("训练基准日", "trained as of"), say("登记", "registered"), "AUC",
         FIGURES["average_precision"].said],
        [
            [
                "\n".join([f"{one.number} {_aliases(one)}".strip(), one.bundle[:12],
                *([say("模拟", "simulated")] if one.simulated else [])]),
                one.as_of, f"{one.registered:%Y-%m-%d\n%H:%M}",
                *(f"{figures[name]['value']:.3f} "
                  f"[{figures[name]['low']:.3f}, "
                  f"{figures[name]['high']:.3f}]" for name in ("auc", "average_precision")),
            ]
            for one, figures in known
        ],
    )  # fmt: skip
    for entry in log:
        out.print(
            f"{entry.number}. {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[(done := entry.outcome).action].said} "
            f"{done.replaced or '–'} → {done.version}, "
            f"{done.by}: {done.reason or '–'}",
            soft_wrap=True,
            markup=False,
        )


def _aliases(version: Version) -> str:
    """What a version is, in words; an alias that somebody gave it in MLflow as it is."""
    from riskml.training.registry import ALIAS_LABELS

    told = (ALIAS_LABELS[name].said if name in ALIAS_LABELS else name for name in version.aliases)
    return LIST_SEPARATOR.said.join(told)


def _evidence(content: dict[str, Any]) -> str:
    """The evidence of an entry in a line."""
    if (found := content.get("comparison")) is not None:
        gain, broken = found["difference"], ", ".join(one["limit"] for one in content["broken"]) or "–"
        return (
            f"{content['limits']['figure']} {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}], "
            f"{found['visits']} {say('次检查', 'visits')} "
            f"{found['since']} – {found['until']}; {say('越限：', 'broken limits: ')}{broken}"
        )
    if figures := content.get("figures"):
        return ", ".join(
            f"{name} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for name, one in figures.items()
        )
    return str(content.get("impossible", "–"))
