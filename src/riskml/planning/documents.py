"""The documents of a plan, as facts for templates that an office edits: the announcement, task lists, notices to
enterprises, whose grades fell, and what was found.

Those that leave the office (announcement, notice, what was found) tell no enterprise's grade and nothing that would
give one away: which articles apply to it, its chance of being drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from riskml.core.errors import ConfigurationError
from riskml.core.language import LIST_SEPARATOR, Label, say
from riskml.core.workspace import Workspace
from riskml.explaining.labels import inspections
from riskml.planning.commitment import committed
from riskml.planning.document_kinds import DocumentKind
from riskml.planning.plan_files import PlanFolder, steps_of, told_outcomes_of
from riskml.planning.results import OUTCOMES
from riskml.planning.settings import PlanSettings
from riskml.planning.tasks import Task, tasks_of
from riskml.publication.labels import words_of
from riskml.publication.movements import find_movements
from riskml.runs.published import PublishedRun, run_before
from riskml.schemes.notices import articles_of, status_of

TITLES = {
    DocumentKind.announcement: Label("检查计划公告", "Announcement of a plan of inspections"),
    DocumentKind.tasks: Label("检查任务清单", "Task list of inspections"),
    DocumentKind.notice: Label("检查通知书", "Notice of an inspection"),
    DocumentKind.downgraded: Label("等级下降企业通报", "Notice of enterprises whose grade fell"),
    DocumentKind.results: Label("检查结果公告", "Announcement of the results of inspections"),
}

INTERNAL = frozenset({DocumentKind.tasks, DocumentKind.downgraded})
"""Those that tell grades, and stay in the office."""

OUTCOME_LABELS = {
    "visited": Label("已检查", "visited"),
    "refused": Label("拒绝检查", "refused"),
    "closed": Label("找不到企业", "found closed"),
    "unvisited": Label("未检查", "not visited"),
    "": Label("未报结果", "not told of"),
}
"""What may come of a visit; the empty outcome is that of those not told of."""


@dataclass(frozen=True)
class Asked:
    """Which document of which plan.

    Parameters
    ----------
    region
        Only enterprises whose division begins so.
    visit
        Of a notice: the code of the visit.
    """

    kind: DocumentKind
    settings: PlanSettings
    region: str = ""
    visit: str | None = None


def document_facts(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    """The facts of a document, in the language spoken.

    Raises
    ------
    ConfigurationError
        Where a notice names no visit of the plan.
    RunError
        Where the plan is not as far: not committed to, not drawn, or without results.
    """
    scheme, period = run.policy.scheme, asked.settings.period
    own: Callable[[Workspace, PublishedRun, PlanFolder, Asked], dict[str, Any]] = _FACTS[asked.kind]
    return {
        "title": TITLES[asked.kind].said,
        "scheme": scheme.label.said,
        "office": scheme.authority.said,
        "status": status_of(scheme, run.as_of).said,
        "plan": asked.settings.plan,
        "period": f"{period.first} – {period.until}",
        "simulated": say("模拟数据，不是真实企业。", "Simulated data: no real enterprises.")
        if run.manifest.simulated
        else "",
        "notice": run.notice.said if asked.kind in INTERNAL else "",
        **own(workspace, run, folder, asked),
    }


def _announcement(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    found = committed(workspace.ledger, folder)
    content = found.plan
    settings, event = asked.settings, asked.settings.event
    rules = [
        {
            "grade": one.grade if one.industry is None else f"{one.grade} · {one.industry}",
            "ratio": f"{min(max(one.ratio * content['factor'], settings.p_min), 1):.2%}",
            "most": str(one.most_a_year or "–"),
            "text": LIST_SEPARATOR.said.join(
                said.said for measures in run.policy.scheme.measures if one.grade in measures.grades
                for said in inspections(measures)
            ),
        }
        for one in settings.ratios
    ]  # fmt: skip
    return {
        "units": f"{content['drawable']:,}",
        "size": f"{content['size']:,}",
        "least": f"{settings.p_min:.2%}",
        "cap": str(settings.cap.visits_a_year),
        "rules": rules,
        "articles": articles_of_measures(run),
        "commitment": found.digest,
        "times": str(found.number),
        "event": "" if event is None else say(
            f"{event.name.zh}（{event.where.zh}，{event.at:%Y-%m-%d %H:%M}）",
            f"{event.name.en} ({event.where.en}; {event.at:%Y-%m-%d %H:%M})",
        ),
        "witnesses": [{"name": one.name, "hash": one.hash} for one in settings.witnesses],
        "specials": [{"code": one.code, "label": one.label.said} for one in settings.specials],
    }  # fmt: skip


def articles_of_measures(run: PublishedRun) -> str:
    """Where the scheme's text says how enterprises of its grades are inspected."""
    scheme = run.policy.scheme
    found = dict.fromkeys((one.opening.article.zh, one.opening.article.number) for one in scheme.measures)
    zh, en = "、".join(zh for zh, _ in found), ", ".join(number for _, number in found)
    return say(f"《{scheme.basis[0].title.zh}》{zh}", f"{scheme.basis[0].title.en}, {en}")


def _tasks(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    tasks = [one for one in tasks_of(workspace, run, folder) if one.division.startswith(asked.region)]
    rows = [{name: _text(value) for name, value in one.told(asked.settings).items()} for one in tasks]
    return {"tasks": rows, "count": f"{len(rows):,}", "region": asked.region, "articles": articles_of_measures(run)}


def _notice(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    tasks = {one.visit: one for one in tasks_of(workspace, run, folder)}
    if asked.visit not in tasks:
        raise ConfigurationError(
            zh=f"--visit {asked.visit or ''}：应为计划 {folder.name} 中的检查码（riskml plan export）。",
            en=f"--visit {asked.visit or ''}: should be the code of a visit of {folder.name} (riskml plan export).",
        )
    one: Task = tasks[asked.visit]
    return {
        "enterprise": one.name,
        "code": one.enterprise_id,
        "visit": one.visit,
        "due": str(one.due),
        "inspectors": LIST_SEPARATOR.said.join(one.inspectors),
        "together": LIST_SEPARATOR.said.join(label.label.said for label in asked.settings.departments
                                             if f"department:{label.code}" in one.arms.split("+")),
        "basis": say(f"《{run.policy.scheme.basis[0].title.zh}》", run.policy.scheme.basis[0].title.en),
    }  # fmt: skip


def _downgraded(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    before, words = run_before(workspace, run.scheme, run.as_of), words_of(run)
    fallen = [
        {name: _text(one.told(words)[name]) for name in ("enterprise_id", "name", "region", "grade_before",
                                                         "grade_after", "decided_after", "changes")}
        for one in find_movements(workspace, before, run).moved
        if one.kind == "downgraded" and (one.division or "").startswith(asked.region)
    ]  # fmt: skip
    return {
        "before": str(before.as_of),
        "after": str(run.as_of),
        "fallen": fallen,
        "count": f"{len(fallen):,}",
        "articles": articles_of(run.policy.scheme, "downgrades").said,
    }


def _results(workspace: Workspace, run: PublishedRun, folder: PlanFolder, asked: Asked) -> dict[str, Any]:
    rows = told_outcomes_of(folder)
    groups = {
        say("随机抽取", "drawn at random"): [one for one in rows if "random" in one["arms"].split("+")],
        say("定向", "directed"): [one for one in rows if "random" not in one["arms"].split("+")],
    }
    return {
        "groups": [{"name": name, **_counted(several)} for name, several in groups.items()],
        "outcomes": [
            {"outcome": OUTCOME_LABELS[outcome].said, "count": f"{sum(one['outcome'] == outcome for one in rows):,}"}
            for outcome in (*OUTCOMES, "")
        ],
        "count": f"{len(rows):,}",
        "draw": steps_of(workspace.ledger, folder.name).draw or "",
    }


def _counted(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    visited = [one for one in rows if one["outcome"] == "visited"]
    problems = sum(one["result"] in ("problem", "serious_problem") for one in visited)
    return {
        "visits": f"{len(rows):,}",
        "visited": f"{len(visited):,}",
        "problems": f"{problems:,}",
        "rate": f"{problems / len(visited):.1%}" if visited else "–",
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return LIST_SEPARATOR.said.join(map(str, value))
    return "" if value is None else str(value)


_FACTS = {
    DocumentKind.announcement: _announcement,
    DocumentKind.tasks: _tasks,
    DocumentKind.notice: _notice,
    DocumentKind.downgraded: _downgraded,
    DocumentKind.results: _results,
}
