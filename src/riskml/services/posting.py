"""The register of posting, and what a posted code leads to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from riskml.accounts.access import Action, Subject, require
from riskml.audit.entries import Event, Kind, record
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import NOBODY, Principal
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.disclosure.answer import PublicAnswer, poster_meant, public_answer
from riskml.disclosure.codes import code_of
from riskml.disclosure.issuing import to_be_given
from riskml.disclosure.poster_page import Printed, poster_page
from riskml.disclosure.posters import Happened, Poster, WantedPosters, issue, note, poster_of, posters_there
from riskml.publication.enterprises import registered_names
from riskml.records.enterprise_ids import enterprise_meant
from riskml.records.store import open_store
from riskml.schemes.policy import load_policy
from riskml.services.asking import asked_by

ANYONE = Principal(NOBODY, frozenset({"public"}))
"""Whoever holds a code, and is not signed in."""


def posted_scheme(workspace: Workspace, asker: Principal) -> str:
    """The scheme whose text has enterprises post a code; a ConfigurationError where none of the workspace's has."""
    with asked_by(asker, workspace, None):
        for name in workspace.schemes:
            if any(one.kind == "posting" for one in load_policy(workspace, name).scheme.procedures):
                return name
    raise ConfigurationError(
        zh="本工作区没有规定张贴信用等级二维码的办法。", en="No scheme of this workspace has a code posted."
    )


def issue_posters(
    workspace: Workspace, asker: Principal, scheme: str, wanted: WantedPosters, only: Collection[str]
) -> tuple[Poster, ...]:
    """Make a code for each enterprise of `only`, whose earlier ones end; for all of the asker's region that are wanted
    and have none where `only` is empty. Errors as `riskml.disclosure.issuing.to_be_given`.
    """
    database = open_database(workspace)
    with asked_by(asker, workspace, Event("change", "codes issued", scheme=scheme)):
        codes = [enterprise_meant(one) for one in only]
        within = _narrower(asker, wanted.within)
        given = to_be_given(workspace, scheme, china_today(), within, wanted.street, codes)
        if not codes:
            held = {one.given.enterprise for one in posters_there(database, WantedPosters(scheme))}
            given = tuple(one for one in given if one.enterprise not in held)
        code_of(0)  # without a key nothing is issued
        made = issue(database, scheme, given)
        _name_each(workspace, "change", "code issued", made)
        return made


def list_posters(workspace: Workspace, asker: Principal, wanted: WantedPosters) -> tuple[Poster, ...]:
    """The posters that are wanted, of the asker's region."""
    within, code = _narrower(asker, wanted.within), enterprise_meant(wanted.enterprise)
    with asked_by(asker, workspace, Event("list", "posting register", code or None, wanted.scheme)):
        return posters_there(open_database(workspace), replace(wanted, within=within, enterprise=code))


def note_posting(
    workspace: Workspace, asker: Principal, number: int, kind: Happened, day: date | None = None
) -> Poster:
    """Note what happened to a poster on a day, today where None; errors as `riskml.disclosure.posters.note` and
    `show_poster`.
    """
    with asked_by(asker, workspace, _about(_own_poster(workspace, asker, number), "change", f"posting {kind.value}")):
        return note(open_database(workspace), number, kind, day or china_today())


def show_poster(workspace: Workspace, asker: Principal, number: int) -> Poster:
    """One poster; a ConfigurationError where there is none in the asker's region."""
    found = _own_poster(workspace, asker, number)
    with asked_by(asker, workspace, _about(found, "read", "poster")):
        return found


def _own_poster(workspace: Workspace, asker: Principal, number: int) -> Poster:
    with asked_by(asker, workspace, None):
        found = poster_of(open_database(workspace), number)
    if found is None or not found.given.division.startswith(asker.region or ""):
        raise ConfigurationError(
            zh=f"本账号的地区没有编号 {number} 的二维码。", en=f"There is no poster {number} in this account's region."
        )
    return found


def _about(poster: Poster, kind: Kind, what: str) -> Event:
    return Event(kind, what, poster.given.enterprise, poster.scheme, facts={"poster": poster.number})


def _name_each(workspace: Workspace, kind: Kind, what: str, posters: Collection[Poster]) -> None:
    """Write an entry for each of several enterprises, in the name of whoever acts."""
    for one in posters:
        record(workspace, _about(one, kind, what))


def print_posters(workspace: Workspace, asker: Principal, posters: Collection[Poster]) -> str:
    """Posters as a page for A4.

    Raises
    ------
    ConfigurationError
        Where settings.yaml does not say at which address the public page is, or there is no key, or a code has ended.
    """
    if ended := [one.number for one in posters if one.ended]:
        raise ConfigurationError(
            zh=f"编号 {ended[0]} 的二维码已作废，不能打印；请打印新的。",
            en=f"The code of poster {ended[0]} has ended: print the one that was made since.",
        )
    address = load_settings(workspace).public.address
    if not address:
        raise ConfigurationError(
            zh="settings.yaml 没有写 public.address（公众扫码访问的网址，如 https://credit.example.gov.cn），不能打印。",
            en="settings.yaml has no public.address, where the public reaches the page (such as "
            "https://credit.example.gov.cn): nothing is printed.",
        )
    with asked_by(asker, workspace, Event("list", "posters printed", facts={"posters": len(posters)})):
        names = registered_names(workspace, [one.given.enterprise for one in posters])
        titles = {name: load_policy(workspace, name).scheme.basis[0].title for name in {one.scheme for one in posters}}
        simulated = open_store(workspace.records).simulated
        _name_each(workspace, "list", "poster printed", posters)
        return poster_page([
            Printed(
                number=one.number,
                issued=one.issued_at.date(),
                enterprise=one.given.enterprise,
                name=names.get(one.given.enterprise, ""),
                title=titles[one.scheme],
                address=f"{address.rstrip('/')}/p/{code_of(one.number)}",
                simulated=simulated,
            )
            for one in posters
        ])  # fmt: skip


def answer_code(workspace: Workspace, code: str) -> PublicAnswer | None:
    """What a posted code leads to today, for anyone; None where that is nothing."""
    poster = poster_meant(open_database(workspace), code)
    if poster is None:
        return None
    subject = Subject(poster.given.enterprise, poster.given.division)
    require(ANYONE, Action.look_up, subject, shown=poster.given.enterprise)
    event = Event("read", "posted code", poster.given.enterprise, poster.scheme, facts={"poster": poster.number})
    with asked_by(ANYONE, workspace, event):
        return public_answer(workspace, poster, china_today())


def _narrower(asker: Principal, within: str) -> str:
    """The divisions that are asked for, within the asker's region."""
    region = asker.region or ""
    if within.startswith(region):
        return within
    if region.startswith(within):
        return region
    raise RunError(
        zh=f"地区 {within} 不在本账号的地区（{region}）内。",
        en=f"{within} is outside this account's region ({region}).",
    )
