"""What enterprises let banks and associations see of them, and what these look up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.accounts.access import OWN_QUERY, Action, RefusedError, Subject, require, require_scheme
from riskml.audit.entries import Event, record
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.principal import Principal, acting
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.disclosure.authorisations import (
    Authorisation,
    Grant,
    Purpose,
    authorisation_of,
    authorisations_for,
    authorisations_of,
    grant,
    proof_of,
    revoke,
)
from riskml.disclosure.partners import (
    Partner,
    PartnerKind,
    add_partner,
    give_account_to,
    partner_of_account,
    partners_there,
)
from riskml.publication.public_view import graded_now
from riskml.records.store import open_store
from riskml.schemes.notices import is_in_force, notice_of
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class QueriedGrade:
    """All that whoever has an authorisation sees; `grades` from the mildest to the riskiest."""

    authorisation: Authorisation
    name: str
    grade: str
    grades: tuple[str, ...]
    as_of: date
    label: Label
    notice: Label
    simulated: bool


def new_partner(
    workspace: Workspace, asker: Principal, name: str, kind: PartnerKind, agreement: str, until: date
) -> Partner:
    """Add a bank or association; errors as `riskml.disclosure.partners.add_partner`."""
    with asked_by(asker, workspace, Event("change", "partner added")):
        return add_partner(open_database(workspace), name, kind, agreement, until)


def join_partner(workspace: Workspace, asker: Principal, account: str, partner: int) -> None:
    """Say whose an account is; errors as `riskml.disclosure.partners.give_account_to`."""
    with asked_by(asker, workspace, Event("change", "account of a partner", facts={"partner": partner})):
        give_account_to(open_database(workspace), account, partner)


def list_partners(workspace: Workspace, asker: Principal) -> tuple[Partner, ...]:
    """Every partner."""
    with asked_by(asker, workspace, None):
        return partners_there(open_database(workspace))


def authorise(workspace: Workspace, asker: Principal, given: Grant, proof: bytes) -> Authorisation:
    """Keep an authorisation.

    Raises
    ------
    ConfigurationError
        As `riskml.disclosure.authorisations.grant`, and where the scheme's text lets nobody look up with one.
    """
    if given.scheme not in OWN_QUERY:
        raise ConfigurationError(
            zh=f"办法 {given.scheme} 没有规定可凭企业授权查询；有规定的：{'、'.join(OWN_QUERY)}。",
            en=f"The text of {given.scheme} lets nobody look up with an authorisation; that of "
            f"{', '.join(OWN_QUERY)} does.",
        )
    event = Event("change", "authorisation given", given.enterprise, given.scheme, facts={"partner": given.partner})
    with asked_by(asker, workspace, event):
        return grant(open_database(workspace), given, proof, china_today())


def withdraw(workspace: Workspace, asker: Principal, number: int) -> Authorisation:
    """Take an authorisation back; errors as `riskml.disclosure.authorisations.authorisation_of`."""
    found = authorisation(workspace, asker, number)
    about = found.grant.enterprise, found.grant.scheme
    with asked_by(asker, workspace, Event("change", "authorisation withdrawn", *about, facts=_numbered(number))):
        return revoke(open_database(workspace), number)


def authorisation(workspace: Workspace, asker: Principal, number: int) -> Authorisation:
    """One authorisation; a ConfigurationError where there is none, or where the asker is an enterprise and it is
    another's.
    """
    with asked_by(asker, workspace, None):
        return authorisation_of(open_database(workspace), number, given_by=asker.enterprise_id)


def given_by(workspace: Workspace, asker: Principal, enterprise_id: str) -> tuple[Authorisation, ...]:
    """What an enterprise ever let others see."""
    with asked_by(asker, workspace, Event("read", "authorisations", enterprise_id)):
        return authorisations_of(open_database(workspace), enterprise_id)


def proof_given(workspace: Workspace, asker: Principal, number: int) -> tuple[str, bytes]:
    """The type and bytes of the paper behind an authorisation; a ConfigurationError as `authorisation`, and where it
    was removed.
    """
    found = authorisation(workspace, asker, number)
    event = Event("read", "proof", found.grant.enterprise, found.grant.scheme, facts=_numbered(number))
    with asked_by(asker, workspace, event):
        kept = proof_of(open_database(workspace), found.id)
        if kept is None:
            raise ConfigurationError(
                zh=f"授权 {found.id} 的证明已按保存期限删除；其 SHA-256 是 {found.proof_sha256}。",
                en=f"The proof of authorisation {found.id} was removed when its time was over; its SHA-256 is "
                f"{found.proof_sha256}.",
            )
        return kept


def held_by(workspace: Workspace, asker: Principal) -> tuple[Partner, tuple[Authorisation, ...]]:
    """Whose the asker's account is, and what that partner was let see; a RefusedError where it is nobody's."""
    with asked_by(asker, workspace, Event("list", "authorisations held")):
        database = open_database(workspace)
        partner = partner_of_account(database, asker.account)
        if partner is None:
            raise RefusedError(
                zh="本账号没有关联到签有协议的银行或协会；请管理员用 riskml partner join 关联。",
                en="This account is no partner's under an agreement; the administrator joins it by 'riskml partner "
                "join'.",
            )
        return partner, authorisations_for(database, partner.id)


def query_grade(workspace: Workspace, asker: Principal, number: int, purpose: Purpose) -> QueriedGrade:
    """The grade of the enterprise that gave an authorisation, for the purpose it was given for; noted with its number.

    Raises
    ------
    RefusedError
        Where the authorisation is none of the asker's, was withdrawn, is not of today, is for something else, or the
        scheme does not allow it; noted too.
    ConfigurationError
        Where the enterprise has no grade under the scheme now.
    """
    _, held = held_by(workspace, asker)
    found = next((one for one in held if one.id == number), None)
    try:
        if found is None:
            raise RefusedError(
                zh=f"没有给本单位的授权 {number}。已记入日志。",
                en=f"There is no authorisation {number} of this partner. This was noted.",
            )
        _refuse_shut(asker, found, purpose)
    except RefusedError:
        facts = {**_numbered(number), "purpose": purpose.value}
        code, scheme = (found.grant.enterprise, found.grant.scheme) if found else (None, None)
        with acting(asker):
            record(workspace, Event("read", "authorised query", code, scheme, "refused", facts))
        raise
    about = found.grant.enterprise, found.grant.scheme
    facts = {**_numbered(number), "purpose": purpose.value}
    with asked_by(asker, workspace, Event("read", "authorised query", *about, facts=facts)):
        return _graded(workspace, found)


def _refuse_shut(asker: Principal, found: Authorisation, purpose: Purpose) -> None:
    subject = Subject(found.grant.enterprise, found.grant.division)
    require(asker, Action.query, subject, shown=found.grant.enterprise)
    require_scheme(asker, found.grant.scheme)
    if why := found.shut_for(purpose, china_today()):
        raise RefusedError(
            zh=f"授权 {found.id} 不能用：{why.zh}。已记入日志。",
            en=f"Authorisation {found.id} opens nothing: {why.en}. This was noted.",
        )


def _graded(workspace: Workspace, found: Authorisation) -> QueriedGrade:
    today = china_today()
    now = graded_now(workspace, found.grant.scheme, found.grant.enterprise, today)
    if now is None or not is_in_force(now[0], today):
        raise ConfigurationError(
            zh=f"{found.grant.enterprise} 现在没有按该办法评定的等级，或办法不在有效期内。",
            en=f"{found.grant.enterprise} has no grade under this scheme now, or the scheme is not in force.",
        )
    scheme, graded = now
    return QueriedGrade(
        found,
        graded.name,
        graded.grade,
        tuple(scheme.grade_names),
        graded.as_of,
        Label(scheme.label.zh, scheme.label.en),
        notice_of(scheme, graded.as_of),
        open_store(workspace.records).simulated,
    )


def _numbered(authorisation: int) -> dict[str, int]:
    return {"authorisation": authorisation}
