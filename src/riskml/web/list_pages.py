"""Pages with lists of enterprises: searched, of work to be done, and counted by region."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from riskml.accounts.access import Action, allowed
from riskml.core.language import LIST_SEPARATOR, Label, counted, say
from riskml.explaining.colours import grade_colour, ink_on
from riskml.explaining.profile import SECTIONS, region_name
from riskml.explaining.regions_drawn import Tile, flows_drawn, tile_map
from riskml.explaining.values import point_places, points
from riskml.schemes.policy import load_policy
from riskml.services.case_lists import CASE_LISTS
from riskml.services.lists import Overview
from riskml.services.registers import WORKLISTS, FoundList, Register, Sort, graded_schemes
from riskml.web import answers, case_answers
from riskml.web.asked import Asked
from riskml.web.asking import Someone, ThisDesk, own_form
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page, sent_file, where_in_words

router = APIRouter(include_in_schema=False)


@router.get("/")
def begin(asker: Someone) -> Response:
    """Where a reader begins: at the lists, at the own enterprise, or at what one was let see."""
    if asker.account.enterprise_id:
        return RedirectResponse("/own", 303)
    return RedirectResponse("/authorised" if asker.account.roles == {"bank"} else "/enterprises", 303)


@router.get("/enterprises")
def enterprises(request: Request, desk: ThisDesk, asker: Someone, asked: Annotated[Asked, Query()]) -> Response:
    """A list, searched and filtered."""
    register, found = answers.find(desk, asker, asked.scheme, asked.wanted)
    wanted, scheme = found.wanted, register.run.policy.scheme
    places = point_places(scheme)
    title = WORKLISTS[wanted.worklist].said if wanted.worklist else say("企业", "Enterprises")
    shown = page(
        request, asker, "enterprises.html.j2",
        **_of_run(register), title=title, lead=_lead(register, found, asker), wanted=wanted, found=found,
        schemes=_schemes(desk), sections=SECTIONS, rules=register.rules, reasons=register.reasons, sorts=_sorts(),
        place=lambda one: one.region or one.division or say("不详", "not known"),
        score=lambda value: "—" if value is None else points(value, places),
        decided=lambda one: register.decided_by(one.decided_by).said,
        to_page=lambda number: f"/enterprises?{_query(asked, page=number)}",
        export=f"/enterprises.csv?{_query(asked)}",
        may_export=allowed(asker.principal, Action.export),
        may_find_persons=allowed(asker.principal, Action.persons),
    )  # fmt: skip
    return HTMLResponse(shown)


@router.get("/enterprises.csv")
def export(desk: ThisDesk, asker: Someone, asked: Annotated[Asked, Query()]) -> Response:
    """The same list whole, as a file for spreadsheets."""

    def write(path: Path) -> str:
        run = answers.export(desk, asker, asked.scheme, asked.wanted, path).run
        return f"{run.scheme}-{run.as_of}.csv"

    return sent_file(desk.workspace.spill, write)


@router.get("/persons")
def person_form(request: Request, desk: ThisDesk, asker: Someone, scheme: str = "") -> Response:
    """The form that looks for enterprises by a person's name."""
    return _persons(request, desk, asker, scheme, "")


@router.post("/persons", dependencies=[Depends(own_form)])
def persons(
    request: Request,
    desk: ThisDesk,
    asker: Someone,
    name: Annotated[str, Form(max_length=100)],
    scheme: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Where somebody of a name holds or held a post. The name is in no address, so that no log of addresses has it."""
    return _persons(request, desk, asker, scheme, name.strip())


@router.get("/worklists")
def worklists(request: Request, desk: ThisDesk, asker: Someone, scheme: str = "") -> Response:
    """Which lists of work there are, and how long each is."""
    register, counts = answers.worklists(desk, asker, scheme)
    lists = [(one.value, WORKLISTS[one], count) for one, count in counts]
    of_cases = case_answers.lengths(desk, asker) if allowed(asker.principal, Action.cases) else {}
    total, where = sum(count for _, count in counts) + sum(of_cases.values()), where_in_words(asker)
    lead = say(
        f"{where}有 {total:,} 项要看：点开一份清单，逐户查看依据，逐件办理。",
        f"There are {total:,} entries to look at{where}: open a list; each enterprise tells what its grade rests on, "
        "each case what may be done next.",
    )
    shown = page(
        request, asker, "worklists.html.j2",
        **_of_run(register), lists=lists, lead=lead,
        case_lists=[(one.value, CASE_LISTS[one], count) for one, count in of_cases.items()],
    )  # fmt: skip
    return HTMLResponse(shown)


@router.get("/regions")
def regions(request: Request, desk: ThisDesk, asker: Someone, scheme: str = "") -> Response:
    """Shares of grades by region, and what moved."""
    found = answers.overview(desk, asker, scheme)
    register, prefectures, flows = found.register, found.prefectures, found.flows
    grades = register.run.grades
    colours = [grade_colour(rank, len(grades)) for rank in range(len(grades))]
    total, worst = sum(one.total for one in prefectures), sum(one.counts[-1] for one in prefectures)
    share = f"{worst / total:.1%}" if total else "—"
    lead = say(
        f"{where_in_words(asker)}共 {total:,} 家企业，其中 {grades[-1]} 类 {worst:,} 家（{share}）。",
        f"{counted(total, 'enterprises')}{where_in_words(asker)}, of which {worst:,} ({share}) are {grades[-1]}.",
    )
    cells = {(before, now): count for before, now, count in flows}
    befores = (*grades, None)
    moved = [(before, [cells.get((before, now), 0) for now in grades]) for before in befores] if flows else []
    shown = page(
        request, asker, "regions.html.j2",
        **_of_run(register), tiles=_tiles(found), drawn=flows_drawn(flows, grades) if flows else "",
        prefectures=prefectures, counties=found.counties, flows=moved, lead=lead,
        names={one.id: one.label for one in register.run.policy.scheme.grades},
        colours_of=[(colour, ink_on(colour)) for colour in colours],
        may_list=allowed(asker.principal, Action.search),
    )  # fmt: skip
    return HTMLResponse(shown)


def _tiles(found: Overview) -> Markup | str:
    """Prefectures as tiles; nothing where there are none to compare."""
    tiles = [Tile(one.division, one.total, one.counts[-1]) for one in found.prefectures if len(one.division) == 4]
    return tile_map(tiles, found.register.run.grades[-1]) if len(tiles) > 1 else ""


def _persons(request: Request, desk: Desk, asker: Asker, scheme: str, name: str) -> Response:
    register, held = answers.by_person(desk, asker, scheme, name)
    number = counted(len(held), "posts")
    told = say(f"“{name}”任职 {len(held)} 项", f"“{name}”: {number}") if name else ""
    where = where_in_words(asker)
    lead = say(
        f"{where}企业中，姓名完全相同的人现在或曾经的任职：{told or '请填写姓名'}；同名的不一定是同一人。",
        f"Posts that persons of exactly one name hold or held{where}: {told or 'give the name'}. Persons of one name "
        "need not be the same.",
    )
    shown = page(request, asker, "persons.html.j2", **_of_run(register), held=held, name=name, lead=lead)
    return HTMLResponse(shown)


def _of_run(register: Register) -> dict[str, Any]:
    run = register.run
    simulated = say("记录是模拟的。", "The records are simulated.") if run.manifest.simulated else ""
    return {"run": run, "scheme": run.policy.scheme, "notice": run.notice.said, "simulated": simulated}


def _schemes(desk: Desk) -> list[tuple[str, Label]]:
    return [(one, load_policy(desk.workspace, one).scheme.label) for one in graded_schemes(desk.workspace)]


def _sorts() -> list[tuple[str, str]]:
    return [
        (Sort.risk.value, say("风险高的在前", "riskiest first")),
        (Sort.name.value, say("名称", "name")),
        (Sort.code.value, say("代码", "code")),
        (Sort.region.value, say("登记地", "region")),
    ]


def _query(asked: Asked, **changed: Any) -> str:
    values = {**asked.model_dump(mode="json", exclude_defaults=True, exclude={"page"}), **changed}
    return urlencode(values)


def _lead(register: Register, found: FoundList, asker: Asker) -> str:
    """What a list shows, in one sentence."""
    wanted, parts = found.wanted, list[str]()
    if wanted.typed:
        parts.append(say(f"名称、首字母或代码含“{wanted.typed}”", f"name, initials or code with “{wanted.typed}”"))
    if wanted.grade:
        parts.append(say(f"{wanted.grade} 类", f"grade {wanted.grade}"))
    if wanted.region:
        parts.append(region_name(wanted.region.ljust(6, "0")))
    if wanted.section in SECTIONS:
        parts.append(SECTIONS[wanted.section].said)
    if wanted.rule:
        parts.append(register.decided_by(wanted.rule).said)
    if wanted.reason in (named := dict(register.reasons)):
        label = named[wanted.reason]
        parts.append(say(f"主要不利指标有{label.zh}", f"among what counts most against them: {label.en}"))
    told = LIST_SEPARATOR.said.join(parts)
    number, where = counted(found.total, "enterprises"), where_in_words(asker)
    if found.more:
        return say(
            f"{where}找到 {found.total:,} 家以上：{told}；请再写明一些。",
            f"More than {number}{where}: {told}. Say more to find fewer.",
        )
    if told:
        return say(f"{where} {found.total:,} 家企业：{told}。", f"{number}{where}: {told}.")
    return say(f"{where} {found.total:,} 家企业。", f"{number}{where}.")
