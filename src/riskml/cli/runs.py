"""The commands of a run: score everyone, or one enterprise at once, and list what was published."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskml.cli.model_life import show_grade_rates
from riskml.cli.options import ALL_SCHEMES, JsonOption, SchemeOption, day, me, print_json, workspace_of
from riskml.cli.score_schemes import score_schemes
from riskml.cli.terminal import err, out, progress, table
from riskml.core import logs
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError

if TYPE_CHECKING:
    from riskml.core.workspace import Workspace
    from riskml.runs.result import Daily
    from riskml.runs.run_manifest import Revision


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
            help="基准日；只看一家企业、即时更新时默认今日，每日评分的办法默认前一日 the as-of date; today for one enterprise or at once, yesterday where a scheme is run daily",
        ),
    ] = None,
    enterprise: Annotated[
        str | None,
        typer.Option(
            help="两次运行之间，按规则即时更新一家企业的等级 bring one enterprise's grade up to date by the rules, at once"
        ),
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once",
            help="两次运行之间，对全部企业即时适用直接判定（如改过规则之后） have direct determinations act for everyone now, as after an edit of rules",
        ),
    ] = False,
    daily: Annotated[
        bool,
        typer.Option(
            "--daily", help="接着上次结果，只重算有变化的；结果与全量相同 go on from the last run; the result is a full run's"
        ),
    ] = False,
    revision_reason: Annotated[
        str | None,
        typer.Option(help="重算已发布的基准日（更正）的理由 why a date that was published before is scored again"),
    ] = None,
    scheme: SchemeOption = "yunnan",
    engine: Annotated[
        EngineName, typer.Option(help="计算引擎 what computes it: spark 用于多台机器 is for many machines")
    ] = EngineName.duckdb,
    records: Annotated[str | None, typer.Option(metavar="URI", help="仅 spark：记录库 spark only: the record store")] = None,
    to: Annotated[str | None, typer.Option(metavar="URI", help="仅 spark：发布到 spark only: the folder of runs")] = None,
    as_json: JsonOption = False,
) -> None:
    """对全部企业评分、分类、说明依据，整体发布。Score, grade and explain everyone, and publish the run whole.

    --scheme all：工作区的全部办法，记录只读一遍 all schemes of the workspace, from one reading of the records.

    例 Example: riskml score --as-of 2026-10-31
    """
    if enterprise is not None:
        if daily or engine is EngineName.spark or scheme == ALL_SCHEMES:
            raise ConfigurationError(
                zh="--enterprise 不与 --daily、--engine spark、--scheme all 同时用。",
                en="--enterprise goes without --daily, --engine spark and --scheme all.",
            )
        _update_one(workspace_of(context), scheme, enterprise, as_of or china_today(), as_json)
        return
    if scheme == ALL_SCHEMES:
        if as_of is None or daily or at_once or engine is EngineName.spark or records or to:
            raise ConfigurationError(
                zh="--scheme all 须与 --as-of 同用，不与 --daily、--at-once、--engine spark、--records、--to 同用。",
                en="--scheme all needs --as-of and goes without --daily, --at-once, --engine spark, --records and --to.",
            )
        score_schemes(workspace_of(context), as_of, revision_reason, as_json)
        return
    if at_once:
        if daily or engine is EngineName.spark:
            raise ConfigurationError(
                zh="--at-once 不与 --daily、--engine spark 同时用。", en="--at-once goes without --daily and --engine spark."
            )
        _update_everyone(workspace_of(context), scheme, as_of or china_today(), as_json)
        return
    if as_of is None:
        as_of = _day_of_cycle(workspace_of(context), scheme)
    if engine is EngineName.spark and daily:
        raise ConfigurationError(
            zh="--daily 不与 --engine spark 同时用：Spark 上只作全量运行。",
            en="--daily goes without --engine spark: a run on Spark is always a full one.",
        )
    if engine is EngineName.duckdb and (records or to):
        raise ConfigurationError(
            zh="--records 和 --to 只用于 --engine spark。", en="--records and --to go with --engine spark only."
        )
    from riskml.runs.result import stage_label
    from riskml.services import scoring

    workspace = workspace_of(context)
    for path in scoring.edited_since_training(workspace, me(), scheme):
        err.print(
            f"注意 {path} 在训练后改过，重新训练后才生效。 Note: {path} was edited since; it takes effect with the next training.",
            soft_wrap=True,
        )
    with progress("评分 scoring") as on_progress:
        if engine is EngineName.spark:
            result = scoring.score_by_spark(workspace, me(), scheme, as_of, records, to, on_progress)
        else:
            run = scoring.score_changes if daily else scoring.score_everyone
            result = run(workspace, me(), scheme, as_of, on_progress, revision_reason=revision_reason)
    logs.event(
        "published", scheme=scheme, as_of=as_of, enterprises=result.enterprises, grades=result.grades,
        stage_seconds=result.seconds, peak_memory_gib=result.peak_memory_gib, daily=result.daily and result.daily.to_dict(),
    )  # fmt: skip
    if as_json:
        print_json(result.to_dict())
        return
    if result.revision is not None:
        _show_revision(as_of, result.revision)
    if result.daily is not None:
        _show_daily(result.daily)
    table(
        f"分类结果 Grades as of {as_of}" + ("（模拟数据 simulated data）" if result.simulated else ""),
        ["等级 grade", "企业 enterprises", "占比 share"],
        [[grade, count, f"{count / max(result.enterprises, 1):.1%}"] for grade, count in result.grades.items()],
    )
    for name, counts in result.industries.items():
        shown = {"industry_grade": "产业等级 industry grade", "combined_grade": "合成等级 combined grade"}
        table(
            f"地方特色产业 Local industry: {name}",
            ["", *result.grades],
            [[shown[kind], *of.values()] for kind, of in counts.items()],
        )
    if (facts := scoring.facts_of_model(workspace, me(), scheme)) is not None:
        show_grade_rates(facts)
    stages = " · ".join(f"{stage_label(name)} {value:.1f}s" for name, value in result.seconds.items())
    out.print(f"{stages} · 内存峰值 peak memory {result.peak_memory_gib} GiB", soft_wrap=True)
    out.print(
        f"结果 run: {result.folder}" if engine is EngineName.spark else f"报告 report: {result.folder}/report.html",
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


def _update_everyone(workspace: Workspace, scheme: str, day: date, as_json: bool) -> None:
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
    grade, update = found.grade, found.update
    logs.event("updated", scheme=scheme, as_of=day, changed=update is not None)
    if as_json:
        print_json({"grade": grade, "update": update.model_dump(mode="json") if update else None})
    elif update is None:
        out.print(f"{found.enterprise_id}: {grade}，没有变化 unchanged", soft_wrap=True, markup=False)
    else:
        evidence = "、".join(update.evidence) or "–"
        out.print(
            f"{found.enterprise_id}: {update.was} → {update.grade}，{update.decided_by}，依据 evidence {evidence}",
            soft_wrap=True,
            markup=False,
        )


def _show_revision(as_of: date, revision: Revision) -> None:
    """Print that a run took the place of an earlier one of the date."""
    why = revision.reason or "没有说明（--revision-reason） not stated"
    differ = "无从知道 not known" if revision.grades_differ is None else f"{revision.grades_differ:,}"
    out.print(
        f"注意 {as_of} 此前已发布，这是第 {revision.number} 次更正；原结果仍保留（riskml runs）。理由 why: {why}；变了的 changed: "
        f"{', '.join(revision.changed)}；等级不同的企业 grades that differ: {differ}. Note: this is revision {revision.number}; what it replaced is kept.",
        soft_wrap=True,
        markup=False,
    )


def _show_daily(daily: Daily) -> None:
    """Print how far a daily run could go on from the run before."""
    if daily.full_because is not None:
        zh, en = daily.full_because
        out.print(f"作了全量运行：{zh}。 A full run was made: {en}.", soft_wrap=True, markup=False)
        return
    out.print(
        f"接着 {daily.base} 的结果：重算 {daily.touched:,} 家，另有 {daily.crossed:,} 家因时日推移重新计分。 Gone on from {daily.base}: "
        f"{daily.touched:,} enterprises computed anew, {daily.crossed:,} more scored anew because days passed.",
        soft_wrap=True,
    )


def runs(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """已发布的各期结果，和被更正取代的：何人、为何、多少企业等级不同。Published runs, and those that revisions replaced: who, why, how many grades differ.

    例 Example: riskml runs
    """
    from riskml.services.scoring import list_runs

    listed: list[dict[str, Any]] = [
        {
            "as_of": run.manifest.as_of.isoformat(), "current": run.current, "folder": str(run.folder), "policy": run.manifest.policy,
            "model": run.manifest.model, "enterprises": run.manifest.enterprises, "grades": run.manifest.grades,
            "simulated": run.manifest.simulated, "revision": run.manifest.revision and run.manifest.revision.model_dump(mode="json"),
        }
        for run in list_runs(workspace_of(context), me(), scheme)
    ]  # fmt: skip
    if as_json:
        print_json({"scheme": scheme, "runs": listed})
        return
    rows: list[list[object]] = []
    for one in listed:
        revision = one["revision"] or {}
        why = f"{revision['account']}：{revision['reason'] or '没有说明 not stated'}" if revision else "–"
        differ = revision.get("grades_differ")
        rows.append([
            one["as_of"], revision.get("number", 0), "现用 current" if one["current"] else "已被取代 replaced", one["policy"][:12], (one["model"] or "–")[:12],
            f"{one['enterprises']:,}", why, "–" if differ is None else f"{differ:,}",
        ])  # fmt: skip
    table(
        f"已发布的结果 Published runs: {scheme}",
        [
            "基准日 as of",
            "更正 revision",
            "",
            "办法 policy",
            "模型 model",
            "企业 enterprises",
            "何人、为何 who and why",
            "等级不同 grades differ",
        ],
        rows,
    )
