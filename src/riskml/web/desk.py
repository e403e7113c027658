"""What every page and every answer of the API begins with: who asks, whether they may, and that it was noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from riskml.accounts.access import Action, Field, RefusedError, Subject, require, require_kind, require_scheme, seen
from riskml.accounts.accounts import Account
from riskml.accounts.sign_in import Method, Session
from riskml.audit.entries import Event, Kind, record
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal, acting
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.database import Database
from riskml.services.one_enterprise import registered_in
from riskml.services.registers import Registers, graded_schemes
from riskml.web.limits import Limits

_USUAL = "yunnan"


@dataclass(frozen=True)
class Asker:
    """Who asks.

    Parameters
    ----------
    form_token
        What forms have to send back; "" for a program, which sends none.
    scope
        The actions that a program's token is for; None for people.
    session
        The session of a person.
    ready
        Whether nothing is left to do first: another password, a second factor.
    """

    account: Account
    form_token: str = ""
    scope: frozenset[Action] | None = None
    session: Session | None = None
    ready: bool = True

    @property
    def principal(self) -> Principal:
        """In whose name services are called."""
        return self.account.principal

    def sees(self, field: Field) -> bool:
        """Whether a field is shown."""
        return field in seen(self.principal)


@dataclass(frozen=True)
class Desk:
    """A workspace that is served.

    Parameters
    ----------
    secure
        Whether browsers reach it by TLS alone, so that cookies are sent on no other way.
    public_each, public_all
        How often the public may ask, from one address and in all.
    by_provider
        How often the identity provider may be asked, from one address.
    """

    workspace: Workspace
    database: Database
    registers: Registers
    secure: bool
    public_each: Limits
    public_all: Limits
    by_provider: Limits

    def scheme(self, asked: str) -> str:
        """The scheme that is asked for, or of those that have a run Yunnan's, or the first; a ConfigurationError where
        there is none.
        """
        if asked:
            self.workspace.refuse_unknown(asked)
            return asked
        if found := graded_schemes(self.workspace):
            return _USUAL if _USUAL in found else found[0]
        raise ConfigurationError(
            zh="这个工作区还没有已发布的结果；请先运行 riskml score。",
            en="Nothing was published in this workspace yet; run 'riskml score' first.",
        )

    def subject(self, asker: Asker, code: str) -> Subject:
        """The enterprise that is meant, and where it is registered; a NotThereError where nobody knows it."""
        return Subject(*registered_in(self.workspace, asker.principal, code))

    def permit(self, asker: Asker, action: Action, scheme: str, subject: Subject | None = None) -> None:
        """Refuse what the asker may not do, and note that it was asked for; a RefusedError. What is given, services
        note.
        """
        with self._noting_refusal(asker, action, scheme, subject):
            require(asker.principal, action, subject)
            require_scheme(asker.principal, scheme)

    def own(self, asker: Asker, action: Action, scheme: str) -> Subject:
        """The enterprise that the asker is, where it may do something; what it may not is noted. A RefusedError."""
        with self._noting_refusal(asker, action, scheme, None):
            if (code := asker.account.enterprise_id) is None:
                raise RefusedError(
                    zh="只有企业自己的账号可以授权。已记入日志。",
                    en="Only an enterprise's own account gives authorisations. This was noted.",
                )
        subject = self.subject(asker, code)
        self.permit(asker, action, scheme, subject)
        return subject

    def permit_case(
        self, asker: Asker, action: Action, kind: str | None, scheme: str | None, subject: Subject | None
    ) -> None:
        """The same of cases, of one kind where one is given: they tell an enterprise no grade that is internal."""
        with self._noting_refusal(asker, action, scheme, subject):
            require(asker.principal, action, subject)
            if kind is not None:
                require_kind(asker.principal, kind)

    @contextmanager
    def _noting_refusal(
        self, asker: Asker, action: Action, scheme: str | None, subject: Subject | None
    ) -> Iterator[None]:
        try:
            if asker.scope is not None and action not in asker.scope:
                raise RefusedError(
                    zh=f"这个令牌不包括 {action.value}。已记入日志。",
                    en=f"This token is not for {action.value}. This was noted.",
                )
            yield
        except RefusedError:
            code = subject.enterprise_id if subject else None
            kind, facts = _KINDS[action], {"region": asker.account.region} if asker.account.region else {}
            known = scheme if scheme in self.workspace.schemes else None
            event = Event(kind, action.value, code or None, known, "refused", facts)
            self.note(asker.principal, event)
            raise

    def lacks_password(self, session: Session) -> bool:
        """Whether somebody signed in with a password for one time."""
        return session.account.one_time and session.method is Method.password

    def lacks_factor(self, session: Session) -> bool:
        """Whether somebody has still to give a second factor."""
        signing_in = load_settings(self.workspace).signing_in
        needed = signing_in.needs_factor(session.account.roles, by_network=self.secure)
        return (needed or session.has_factor) and not session.proved

    def note(self, who: Principal, event: Event) -> None:
        """Put an entry into the audit log."""
        with acting(who):
            record(self.workspace, event)


_KINDS: dict[Action, Kind] = {
    Action.search: "list",
    Action.overview: "list",
    Action.read: "read",
    Action.suppose: "read",
    Action.ties: "read",
    Action.export: "export",
    Action.posting: "list",
    Action.look_up: "read",
    Action.query: "read",
    Action.authorise: "change",
    Action.expect: "read",
    Action.expectations: "list",
    Action.cases: "list",
    Action.act: "read",
    Action.persons: "list",
}
