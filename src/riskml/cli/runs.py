"""The commands of a run: score everyone, or one enterprise at once, and list what was published."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskml.cli.help import both
from riskml.cli.model_life import show_grade_rates
from riskml.cli.options import ALL_SCHEMES, JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.revision_reason import revision_reason_asked
from riskml.cli.score_schemes import score_schemes
from riskml.cli.terminal import err, out, progress, table
from riskml.core import logs
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import SIMULATED, Label, language, say

if TYPE_CHECKING:
    from riskml.core.workspace import Workspace
    from riskml.runs.result import RunResult
    from riskml.runs.run_manifest import Revision
    from riskml.services.scoring import FactsOfModel


class EngineName(StrEnum):
    """What a run is computed by."""

    duckdb = "duckdb"
    spark = "spark"


def score(
    context: typer.Context,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day,
            metavar="DATE",
            help=both(
                "基准日；只看一家企业、即时更新时默认今日，每日评分的办法默认前一日",
                "The as-of date; by default today for one enterprise or at once, yesterday where a scheme is run daily",
            ),
        ),
    ] = None,
    enterprise: Annotated[
        str | None,
        typer.Option(
            help=both(
                "两次运行之间，按规则即时更新一家企业的等级",
                "Bring one enterprise's grade up to date by the rules, between two runs",
            )
        ),
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once",
            help=both(
                "两次运行之间，对全部企业即时适用直接判定（如改过规则之后）",
                "Have direct determinations act for everyone now, between two runs, as after an edit of rules",
            ),
        ),
    ] = False,
    revision_reason: Annotated[
        str | None,
        typer.Option(
            help=both(
                "重算已发布的基准日（更正）的理由，更正必须写明",
                "Why a date that was published before is scored again; a revision needs one",
            )
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    engine: Annotated[
        EngineName,
        typer.Option(help=both("计算引擎；spark 用于多台机器", "What computes it; spark is for many machines")),
    ] = EngineName.duckdb,
    records: Annotated[
        str | None, typer.Option(metavar="URI", help=both("仅 spark：记录库", "Spark only: the record store"))
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="URI", help=both("仅 spark：发布到哪里", "Spark only: the folder of runs"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score, grade and explain everyone, and publish the run whole.

    With --scheme all: by all schemes of the workspace, from one reading of the records.
    ---
    对全部企业评分、分类、说明依据，整体发布。

    --scheme all：工作区的全部办法，记录只读一遍。
    ---
    riskml score --as-of 2026-10-31
    riskml score --scheme all --as-of 2026-10-31
    """
    if enterprise is not None:
        if engine is EngineName.spark or scheme == ALL_SCHEMES:
            raise ConfigurationError(
                zh="--enterprise 不与 --engine spark、--scheme all 同时用。",
                en="--enterprise goes without --engine spark and --scheme all.",
            )
        _update_one(workspace_of(context), scheme, enterprise, as_of or china_today(), as_json)
        return
    if scheme == ALL_SCHEMES:
        if as_of is None or at_once or engine is EngineName.spark or records or to:
            raise ConfigurationError(
                zh="--scheme all 须与 --as-of 同用，不与 --at-once、--engine spark、--records、--to 同用。",
                en="--scheme all needs --as-of and goes without --at-once, --engine spark, --records and --to.",
            )
        score_schemes(workspace_of(context), as_of, revision_reason, as_json)
        return
    if at_once:
        if engine is EngineName.spark:
            raise ConfigurationError(
                zh="--at-once 不与 --engine spark 同时用。",
                en="--at-once goes without --engine spark.",
            )
        _update_scheme(workspace_of(context), scheme, as_of or china_today(), as_json)
        return
    if as_of is None:
        as_of = _day_of_cycle(workspace_of(context), scheme)
    _refuse_of_spark(engine, records, to)
    from riskml.services import scoring

    workspace = workspace_of(context)
    if engine is EngineName.duckdb:
        revision_reason = revision_reason_asked(workspace, (scheme,), as_of, revision_reason)
    for path in scoring.edited_since_training(workspace, me(), scheme):
        err.print(
            say(
                f"注意：{path} 在训练后改过，重新训练后才生效。",
                f"Note: {path} was edited since the training; it takes effect with the next one.",
            ),
            soft_wrap=True,
        )
    with progress(say("评分", "scoring")) as on_progress:
        if engine is EngineName.spark:
            result = scoring.score_by_spark(workspace, me(), scheme, as_of, records, to, on_progress)
        else:
            result = scoring.score_province(
                workspace, me(), scheme, as_of, on_progress, revision_reason=revision_reason
            )
    logs.event(
        "published", scheme=scheme, as_of=as_of, enterprises=result.enterprises, grades=result.grades,
        stage_seconds=result.seconds, peak_memory_gib=result.peak_memory_gib,
    )  # fmt: skip
    if as_json:
        print_json(result.to_dict())
        return
    _show_run(as_of, result, scoring.facts_of_model(workspace, me(), scheme))


def _refuse_of_spark(engine: EngineName, records: str | None, to: str | None) -> None:
    """Refuse options that do not go with the engine."""
    if engine is EngineName.duckdb and (records or to):
        raise ConfigurationError(
            zh="--records 和 --to 只用于 --engine spark。", en="--records and --to go with --engine spark only."
        )


def _show_run(as_of: date, result: RunResult, of_model: FactsOfModel | None) -> None:
    """Print what a run published; `of_model` is what the model says of itself, if there is one."""
    from riskml.runs.layout import REPORTS
    from riskml.runs.result import stage_label

    if result.revision is not None:
        _show_revision(as_of, result.revision)
    table(
        say(f"{as_of} 的分类结果", f"Grades as of {as_of}") + (SIMULATED.said if result.simulated else ""),
        [say("等级", "grade"), say("企业", "enterprises"), say("占比", "share")],
        [[grade, count, f"{count / max(result.enterprises, 1):.1%}"] for grade, count in result.grades.items()],
    )
    for note in result.notes:
        out.print(say("注意：", "Note: ") + note.said, soft_wrap=True)
    for name, counts in result.industries.items():
        shown = {
            "industry_grade": say("产业等级", "industry grade"),
            "combined_grade": say("合成等级", "combined grade"),
        }
        table(
            say(f"地方特色产业 {name}", f"Local industry {name}"),
            ["", *result.grades],
            [[shown[kind], *of.values()] for kind, of in counts.items()],
        )
    if of_model is not None:
        show_grade_rates(of_model.facts)
        if of_model.bands is not None:
            out.print(say(of_model.bands.zh, of_model.bands.en), soft_wrap=True)
    stages = " · ".join(f"{stage_label(name)} {value:.1f}s" for name, value in result.seconds.items())
    out.print(f"{stages} · {say('内存峰值', 'peak memory')} {result.peak_memory_gib} GiB", soft_wrap=True)
    out.print(
        say("报告：", "Report: ") + f"{result.folder}/{REPORTS[language()]}"
        if isinstance(result.folder, Path)
        else say(f"结果：{result.folder}", f"Run: {result.folder}"),
        soft_wrap=True,
    )


def _day_of_cycle(workspace: Workspace, scheme: str) -> date:
    """The as-of date of a run of today, where the scheme's text says how far behind it is."""
    from riskml.services.scoring import usual_day

    if (usual := usual_day(workspace, me(), scheme)) is None:
        raise ConfigurationError(
            zh="须给出基准日，如 --as-of 2026-10-31。", en="The as-of date is needed, such as --as-of 2026-10-31."
        )
    return usual


def _update_scheme(workspace: Workspace, scheme: str, day: date, as_json: bool) -> None:
    """Have direct determinations act for everyone and say what came of it."""
    from riskml.cli.updates_shown import log_updates, show_updates, updates_content
    from riskml.services.deliveries import AtOnce
    from riskml.services.scoring import update_directly

    updated = AtOnce((update_directly(workspace, me(), scheme, day),), ())
    log_updates(updated)
    if as_json:
        print_json({"updated_at_once": updates_content(updated)})
    else:
        show_updates(updated)


def _update_one(workspace: Workspace, scheme: str, enterprise: str, day: date, as_json: bool) -> None:
    """Bring one enterprise's grade up to date and say what came of it."""
    from riskml.services.scoring import update_grade

    found = update_grade(workspace, me(), scheme, enterprise, day)
    enterprise, grade, update = found.enterprise_id, found.grade, found.update
    logs.event("updated", scheme=scheme, as_of=day, changed=update is not None)
    if as_json:
        print_json({"grade": grade, "update": update.model_dump(mode="json") if update else None})
    elif update is None:
        out.print(
            say(f"{enterprise}：{grade}，没有变化", f"{enterprise}: {grade}, unchanged"), soft_wrap=True, markup=False
        )
    else:
        records, by = update.evidence or ["–"], found.by or Label("", "")
        out.print(
            say(
                f"{enterprise}：{update.was} → {update.grade}，{by.zh}，依据 {'、'.join(records)}",
                f"{enterprise}: {update.was} → {update.grade}, {by.en}, evidence {', '.join(records)}",
            ),
            soft_wrap=True,
        )


def _show_revision(as_of: date, revision: Revision) -> None:
    """Print that a run took the place of an earlier one of the date."""
    from riskml.runs.revisions import CHANGES

    why = revision.reason or say("没有说明（--revision-reason）", "not stated (--revision-reason)")
    differ = say("无从知道", "not known") if revision.grades_differ is None else f"{revision.grades_differ:,}"
    out.print(
        say(
            f"注意：{as_of} 此前已发布，这是第 {revision.number} 次更正；原结果仍保留（riskml runs）。理由：{why}；"
            "变了的："
            f"{'、'.join(CHANGES[one].zh for one in revision.changed)}；等级不同的企业：{differ}。",
            f"Note: {as_of} was published before, and this is revision {revision.number}; what it replaced is kept "
            f"(riskml runs). Why: {why}. "
            f"Changed: {', '.join(CHANGES[one].en for one in revision.changed)}. Grades that differ: {differ}.",
        ),
        soft_wrap=True,
    )


def runs(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """List the published runs, and those that revisions replaced: who, why, and how many grades differ.
    ---
    已发布的各期结果，和被更正取代的：何人、为何、多少企业等级不同。
    ---
    riskml runs
    """
    from riskml.services.scoring import list_runs

    listed: list[dict[str, Any]] = [
        {
            "as_of": run.manifest.as_of.isoformat(), "current": run.current, "folder": str(run.folder),
            "policy": run.manifest.policy,
            "model": run.manifest.model, "enterprises": run.manifest.enterprises, "grades": run.manifest.grades,
            "simulated": run.manifest.simulated,
            "revision": run.manifest.revision and run.manifest.revision.model_dump(mode="json"),
        }
        for run in list_runs(workspace_of(context), me(), scheme)
    ]  # fmt: skip
    if as_json:
        print_json({"scheme": scheme, "runs": listed})
        return
    rows: list[list[object]] = []
    for one in listed:
        revision = one["revision"] or {}
        why = f"{revision['account']}: {revision['reason'] or say('没有说明', 'not stated')}" if revision else "–"
        differ = revision.get("grades_differ")
        rows.append([
            one["as_of"], revision.get("number", "–"),
            say("现用", "current") if one["current"] else say("已被取代", "replaced"), one["policy"][:12],
            (one["model"] or "–")[:12],
            f"{one['enterprises']:,}", why, "–" if differ is None else f"{differ:,}",
        ])  # fmt: skip
    table(
        say(f"已发布的结果：{scheme}", f"Published runs: {scheme}"),
        [
            say("基准日", "as of"),
            say("更正", "revision"),
            say("状态", "state"),
            say("办法", "policy"),
            say("模型", "model"),
            say("企业", "enterprises"),
            say("何人、为何", "who and why"),
            say("等级不同", "grades differ"),
        ],
        rows,
    )
