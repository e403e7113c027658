"""Pages with lists of enterprises: searched, of work to be done, and counted by region."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.background import BackgroundTask

from riskml.accounts.access import Action, allowed
from riskml.core.language import LIST_SEPARATOR, Label, counted, say
from riskml.explaining.colours import grade_colour, ink_on
from riskml.explaining.profile import SECTIONS, region_name
from riskml.explaining.regions_drawn import Tile, flows_drawn, tile_map
from riskml.explaining.values import point_places, points
from riskml.schemes.policy import load_policy
from riskml.services.lists import Overview
from riskml.services.registers import WORKLISTS, FoundList, Register, Sort, graded_schemes
from riskml.web import answers
from riskml.web.asked import Asked
from riskml.web.asking import Someone, ThisDesk
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page

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
        schemes=_schemes(desk), sections=SECTIONS, rules=register.rules, sorts=_sorts(),
        place=lambda one: one.region or one.division or say("不详", "not known"),
        score=lambda value: "—" if value is None else points(value, places),
        decided=lambda one: register.decided_by(one.decided_by).said,
        to_page=lambda number: f"/enterprises?{_query(asked, page=number)}",
        export=f"/enterprises.csv?{_query(asked)}",
        may_export=allowed(asker.principal, Action.export),
    )  # fmt: skip
    return HTMLResponse(shown)


@router.get("/enterprises.csv")
def export(desk: ThisDesk, asker: Someone, asked: Annotated[Asked, Query()]) -> Response:
    """The same list whole, as a file for spreadsheets."""
    desk.workspace.spill.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=desk.workspace.spill, prefix="list-", suffix=".csv", delete=False) as file:
        path = Path(file.name)
    try:
        register = answers.export(desk, asker, asked.scheme, asked.wanted, path)
    except BaseException:
        path.unlink()
        raise
    name = f"{register.run.scheme}-{register.run.as_of}.csv"
    return FileResponse(path, media_type="text/csv", filename=name, background=BackgroundTask(path.unlink))


@router.get("/worklists")
def worklists(request: Request, desk: ThisDesk, asker: Someone, scheme: str = "") -> Response:
    """Which lists of work there are, and how long each is."""
    register, counts = answers.worklists(desk, asker, scheme)
    lists = [(one.value, WORKLISTS[one], count) for one, count in counts]
    lead = say(
        f"{_where(asker)}有 {sum(count for _, _, count in lists):,} 项要看：点开一份清单，逐户查看依据。",
        f"There are {sum(count for _, _, count in lists):,} entries to look at{_where(asker)}: open a list, and each "
        "enterprise tells what its grade rests on.",
    )
    return HTMLResponse(page(request, asker, "worklists.html.j2", **_of_run(register), lists=lists, lead=lead))


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
        f"{_where(asker)}共 {total:,} 家企业，其中 {grades[-1]} 类 {worst:,} 家（{share}）。",
        f"{counted(total, 'enterprises')}{_where(asker)}, of which {worst:,} ({share}) are {grades[-1]}.",
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


def _where(asker: Asker) -> str:
    """Of which region a list is, in words."""
    if not asker.account.region:
        return say("全省", " in the whole province")
    region = region_name(asker.account.region.ljust(6, "0"))
    return say(region, f" in {region}")


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
    told = LIST_SEPARATOR.said.join(parts)
    number = counted(found.total, "enterprises")
    if found.more:
        return say(
            f"{_where(asker)}找到 {found.total:,} 家以上：{told}；请再写明一些。",
            f"More than {number}{_where(asker)}: {told}. Say more to find fewer.",
        )
    if told:
        return say(f"{_where(asker)} {found.total:,} 家企业：{told}。", f"{number}{_where(asker)}: {told}.")
    return say(f"{_where(asker)} {found.total:,} 家企业。", f"{number}{_where(asker)}.")
