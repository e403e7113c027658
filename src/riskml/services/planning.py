"""Plans of inspections: made, committed to, drawn, checked, shown, and what is handed to those who visit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from riskml.audit.entries import Event, Kind
from riskml.core.china_day import china_now, china_today
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import language, say
from riskml.core.locks import exclusive
from riskml.core.principal import Principal, account
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.planning.against_text import refuse_against_text, refuse_published_codes
from riskml.planning.commitment import Committed, commit, committed, draw, refuse_drawn
from riskml.planning.other_plans import drawn_beside, refuse_unseen
from riskml.planning.plan_files import PlanFolder, Steps, plans_folder, steps_of
from riskml.planning.settings import PlanSettings, read_settings
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.published import PublishedRun, latest_day, published_run
from riskml.sampling.verifier import Checked, NotAsDrawnError, check, others_of
from riskml.services.asking import asked_by

if TYPE_CHECKING:
    from riskml.planning.estimate import PlanEstimate
    from riskml.planning.make import Made
    from riskml.planning.results import Results
    from riskml.planning.tasks import Task


@dataclass(frozen=True)
class MadePlan:
    """A plan that was made, and where it is."""

    made: Made
    folder: PlanFolder
    as_of: date
    simulated: bool


@dataclass(frozen=True)
class PlanShown:
    """What there is of a plan.

    Parameters
    ----------
    content
        Of its plan.json.
    steps
        What the ledger has of it.
    others
        Plans of any scheme with days in common, as `riskml.sampling.verifier.others_of` has them.
    """

    content: Mapping[str, Any]
    steps: Steps
    others: Mapping[str, Mapping[str, int | bool]]


@dataclass(frozen=True)
class Handed:
    """The visits of a plan as they were written for those who make them."""

    tasks: list[Task]
    path: Path
    simulated: bool


def make_plan(workspace: Workspace, asker: Principal, path: Path, on_progress: Progress) -> MadePlan:
    """Make the plan that a YAML describes, and write its files.

    Raises
    ------
    ConfigurationError
        Where the YAML or a file it names is wrong, or goes against the scheme's text.
    RunError
        Where quotas, floors and the budget cannot all hold, or the plan was drawn.
    """
    # Here and below: what reads runs and records takes a second to load, for nothing in other commands.
    from riskml.planning.frame import read_frame
    from riskml.planning.make import make_plan as make
    from riskml.planning.office_lists import read_lists
    from riskml.planning.write import write_plan

    settings = read_settings(path)
    workspace.refuse_unknown(settings.scheme)
    as_of = settings.as_of or latest_day(workspace, settings.scheme)
    folder = PlanFolder.of(workspace, settings.scheme, settings.plan)
    with asked_by(asker, workspace, _given("export", "make", settings.scheme, as_of)), exclusive(folder.lock):
        refuse_drawn(workspace.ledger, folder)
        run = published_run(workspace, settings.scheme, as_of)
        refuse_against_text(settings, run.policy.scheme, str(path))
        refuse_published_codes(settings, run.policy.scheme, str(path))
        lists = read_lists(settings, path.parent)
        on_progress("reading", 0, 3)
        others = drawn_beside(workspace, settings)
        people = read_frame(workspace, run, settings, others)
        on_progress("planning", 1, 3)
        secret = token_hex(32)
        made = make(settings, run.policy.scheme, lists, people, secret)
        on_progress("writing", 2, 3)
        simulated = run.manifest.simulated
        write_plan(
            folder,
            made,
            lists.inspectors,
            lists.conflicts,
            secret=secret,
            as_of=as_of,
            others=[one.name for one in others],
            simulated=simulated,
        )
        return MadePlan(made, folder, as_of, simulated)


def commit_plan(workspace: Workspace, asker: Principal, scheme: str, plan: str) -> Committed:
    """Commit to a plan, one at a time; errors as `riskml.planning.commitment.commit` and
    `riskml.planning.other_plans.refuse_unseen`.
    """
    with asked_by(asker, workspace, None):
        folder = PlanFolder.made(workspace, scheme, plan)
        with exclusive(plans_folder(workspace) / ".commit.lock"):
            refuse_unseen(workspace.ledger, folder)
            return commit(workspace.ledger, folder)


def draw_plan(
    workspace: Workspace, asker: Principal, scheme: str, plan: str, event: str, nonces: Mapping[str, str]
) -> Checked:
    """Draw a plan, and check the draw as an outsider would; errors as `riskml.planning.commitment.draw`."""
    with asked_by(asker, workspace, None):
        folder = PlanFolder.made(workspace, scheme, plan)
        draw(workspace.ledger, folder, event, nonces)
        return _checked(workspace, folder, event or None)


def verify_plan(workspace: Workspace, asker: Principal, scheme: str, plan: str, event: str | None) -> Checked:
    """Draw a plan again and compare; a RunError names the first thing that is not as it was drawn."""
    with asked_by(asker, workspace, None):
        return _checked(workspace, PlanFolder.made(workspace, scheme, plan), event)


def _checked(workspace: Workspace, folder: PlanFolder, event: str | None) -> Checked:
    from riskml.planning.read_back import inspectors_of, people_of

    people_of(workspace.ledger, folder, ["unit"])
    inspectors_of(workspace.ledger, folder)
    try:
        return check(folder.published, event=event, ledger=workspace.ledger.path)
    except NotAsDrawnError as error:
        raise RunError(zh=f"计划 {folder.name} 不符：{error.zh}。", en=f"Plan {folder.name}: {error.en}.") from error


def show_plan(workspace: Workspace, asker: Principal, scheme: str, plan: str) -> PlanShown:
    """What there is of a plan."""
    with asked_by(asker, workspace, None):
        folder = PlanFolder.made(workspace, scheme, plan)
        steps = steps_of(workspace.ledger, folder.name)
        content = committed(workspace.ledger, folder).plan if steps.commitments else folder.content()
        lines = [line.content for line in workspace.ledger.lines("plan")]
        return PlanShown(content, steps, others_of(lines, folder.name, content["period"]))


def export_plan(workspace: Workspace, asker: Principal, scheme: str, plan: str, to: Path | None) -> Handed:
    """Write the visits of a plan that was drawn for those who make them.

    Parameters
    ----------
    to
        The file; the plan's ``office/tasks.csv`` where None.
    """
    from riskml.planning.tasks import tasks_of, write_tasks

    folder = PlanFolder.made(workspace, scheme, plan)
    settings, run = _planned(workspace, folder, scheme)
    with asked_by(asker, workspace, _given("export", "tasks", scheme, run.as_of)):
        tasks = tasks_of(workspace, run, folder)
        path = to or folder.office / "tasks.csv"
        write_tasks(tasks, settings, run.notice, path, simulated=run.manifest.simulated)
        return Handed(tasks, path, run.manifest.simulated)


def take_plan_results(workspace: Workspace, asker: Principal, scheme: str, plan: str, path: Path) -> Results:
    """Take what came of a plan's visits; errors as `riskml.planning.results.take_results`."""
    from riskml.planning.results import take_results
    from riskml.planning.tasks import tasks_of

    folder = PlanFolder.made(workspace, scheme, plan)
    settings, run = _planned(workspace, folder, scheme)
    with asked_by(asker, workspace, _given("export", "results", scheme, run.as_of)):
        return take_results(folder, tasks_of(workspace, run, folder), path, settings.period.first, china_today())


def plan_document(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    plan: str,
    kind: str,
    ending: str,
    *,
    region: str = "",
    visit: str | None = None,
) -> bytes:
    """A document of a plan, of the office's template.

    Parameters
    ----------
    kind, region, visit
        As `riskml.planning.documents` has them.
    ending
        Of its file's name: ``.docx`` or ``.pdf``.

    Raises
    ------
    ConfigurationError, RunError
        As `riskml.planning.documents.document_facts` and `riskml.publication.documents.pdf`; where the ending is
        neither.
    """
    from riskml.planning.document_kinds import DocumentKind
    from riskml.planning.documents import INTERNAL, Asked, document_facts
    from riskml.publication.documents import document_template, docx, pdf

    if ending not in (".docx", ".pdf"):
        raise ConfigurationError(
            zh=f"--to 应以 .docx 或 .pdf 结尾，不是 {ending!r}。",
            en=f"--to should end in .docx or .pdf, not {ending!r}.",
        )
    folder, asked = PlanFolder.made(workspace, scheme, plan), DocumentKind(kind)
    settings, run = _planned(workspace, folder, scheme)
    with asked_by(asker, workspace, _given("export", asked.value, scheme, run.as_of)):
        made_at = china_now().replace(microsecond=0)
        facts = document_facts(workspace, run, folder, Asked(asked, settings, region, visit))
        who = f"{account()} {made_at:%Y-%m-%d %H:%M}"
        facts["watermark"] = who if asked in INTERNAL else ""
        facts["printed"] = (
            say(f"{who}；内部使用。", f"{who}; internal.") if asked in INTERNAL else f"{made_at:%Y-%m-%d}"
        )
        if ending == ".pdf":
            return pdf(document_template(workspace, f"plan_{asked}.typ"), facts, made_at)
        return docx(document_template(workspace, f"plan_{asked}.{language().value}.docx"), facts, made_at)


def close_plan_visits(workspace: Workspace, asker: Principal, scheme: str, plan: str) -> int:
    """Close the cases of visits that a plan made; errors as `riskml.planning.closing.close_visits`."""
    from riskml.casework.desk import Desk
    from riskml.planning.closing import close_visits

    with asked_by(asker, workspace, Event("list", "plan close", scheme=scheme)):
        return close_visits(Desk.of(workspace, asker), PlanFolder.made(workspace, scheme, plan), scheme)


def estimates_of_plan(workspace: Workspace, asker: Principal, scheme: str, plan: str) -> tuple[PlanEstimate, bool]:
    """What the visits of a plan found, and whether the records are simulated; errors as for `estimate_plan`."""
    from riskml.planning.estimate import estimate_plan

    folder = PlanFolder.made(workspace, scheme, plan)
    _, run = _planned(workspace, folder, scheme)
    with asked_by(asker, workspace, None):
        until = last_received(open_store(workspace.records))
        return estimate_plan(workspace, folder, until, run.policy.periods), run.manifest.simulated


def _planned(workspace: Workspace, folder: PlanFolder, scheme: str) -> tuple[PlanSettings, PublishedRun]:
    """The settings that a plan was made by, and its run."""
    content = committed(workspace.ledger, folder).plan
    run = published_run(workspace, scheme, date.fromisoformat(content["as_of"]))
    return PlanSettings.model_validate_json(json.dumps(content["rules"])), run


def _given(kind: Kind, what: str, scheme: str, as_of: date) -> Event:
    return Event(kind, f"plan {what}", scheme=scheme, facts={"as_of": str(as_of)})
