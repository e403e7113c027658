"""Pages of the desk: the house's own templates with the desk's head, and the desk's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import FileResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup
from starlette.background import BackgroundTask

from riskml.accounts.access import ROLE_LABELS, Action, allowed, ever_allowed
from riskml.core.china_day import china_now
from riskml.core.language import Language, counted, language, say
from riskml.explaining.colours import grade_colour, ink_on
from riskml.explaining.fonts import FONTS
from riskml.explaining.page import environment
from riskml.explaining.profile import region_name
from riskml.web.desk import Asker

NAVIGATION = (
    ("/enterprises", Action.search, "企业", "Enterprises"),
    ("/worklists", Action.search, "工作清单", "Worklists"),
    ("/cases", Action.cases, "案件", "Cases"),
    ("/regions", Action.overview, "地区", "Regions"),
    ("/state-first", Action.expect, "先说预期", "State it first"),
    ("/expectations", Action.expectations, "预期", "Expectations"),
    ("/posting", Action.posting, "张贴登记", "Posting"),
    ("/own", Action.authorise, "本企业", "Own enterprise"),
    ("/authorised", Action.query, "授权查询", "Authorised look-ups"),
)
"""Path, what somebody must be allowed to do to see it, and what it is called."""


def page(request: Request, asker: Asker | None, template: str, **content: Any) -> str:
    """A page of the desk's own, in the language that is spoken."""
    return _templates().get_template(template).render({**_common(request, asker), **content})


def within_desk(request: Request, asker: Asker, parent: str, given: dict[str, Any], **more: Any) -> str:
    """A page of the house (`parent`) with what it is given, and the desk's head, links and forms about it."""
    content = {**_common(request, asker), **more, **given, "parent": parent}
    return _templates().get_template("around.html.j2").render(content)


@cache
def _templates() -> Environment:
    house = environment()
    loaders = [PackageLoader("riskml.web"), house.loader] if house.loader else []
    return house.overlay(loader=ChoiceLoader(loaders))


def _common(request: Request, asker: Asker | None) -> dict[str, Any]:
    spoken = language()
    other = Language.en if spoken is Language.zh else Language.zh
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {
        "say": say,
        "counted": counted,
        "zh": spoken is Language.zh,
        "lang": spoken.value,
        "fonts": Markup(FONTS),  # nosec B704  # a constant
        "asker": asker,
        "roles": [ROLE_LABELS[role].said for role in sorted(asker.account.roles)] if asker else [],
        "navigation": [
            (path, say(zh, en), request.url.path.startswith(path))
            for path, action, zh, en in NAVIGATION
            if _may_open(asker, path, action)
        ],
        "may_find": asker is not None and asker.ready and allowed(asker.principal, Action.search),
        "other_language": (f"{request.url.path}?{urlencode([*query, ('lang', other.value)])}", other),
        "badge_of": badge_of,
    }


def _may_open(asker: Asker | None, path: str, action: Action) -> bool:
    if asker is None or not asker.ready or not ever_allowed(asker.principal, action):
        return False
    return path != "/own" or asker.account.enterprise_id is not None


def where_in_words(asker: Asker) -> str:
    """Of which region a list is, in words."""
    if not asker.account.region:
        return say("全省", " in the whole province")
    region = region_name(asker.account.region.ljust(6, "0"))
    return say(region, f" in {region}")


def printed_by(asker: Asker) -> str:
    """What stands on every print of what is known of an enterprise: who printed it and when."""
    moment = china_now().strftime("%Y-%m-%d %H:%M")
    return say(
        f"{asker.account.name} 于 {moment} 打印；内部使用。", f"Printed by {asker.account.name}, {moment}; internal."
    )


def sent_file(spill: Path, write: Callable[[Path], str]) -> Response:
    """A file for spreadsheets, which is written to a path of its own and gone once it is sent.

    Parameters
    ----------
    write
        Writes it, and says what it is called.
    """
    spill.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=spill, prefix="list-", suffix=".csv", delete=False) as file:
        path = Path(file.name)
    try:
        name = write(path)
    except BaseException:
        path.unlink()
        raise
    return FileResponse(path, media_type="text/csv", filename=name, background=BackgroundTask(path.unlink))


def badge_of(grade: str, grades: tuple[str, ...]) -> Markup:
    """A grade's letter on its colour."""
    colour = grade_colour(grades.index(grade), len(grades))
    return Markup('<b class="letter" style="background:{};color:{}">{}</b>').format(colour, ink_on(colour), grade)
