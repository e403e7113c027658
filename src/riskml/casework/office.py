"""What each kind of case does besides walking through its states: what it checks, completes, brings about, and by when
it is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from riskml.casework.case import Actor, Case
from riskml.core.china_day import china_today
from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.working_days import WorkingCalendar, working_calendar
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.records.live import current_columns_sql
from riskml.records.store import RecordStore, open_store
from riskml.runs.absence import why_ungraded
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.scheme import Scheme


@dataclass(frozen=True)
class Office:
    """The workspace that cases are of, on one day."""

    workspace: Workspace
    today: date

    @classmethod
    def of_today(cls, workspace: Workspace) -> Office:
        """The office as it is now."""
        return cls(workspace, china_today())

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Which days are worked."""
        return working_calendar(self.workspace.features)

    def working_days_until(self, day: date) -> int:
        """How many working days are left until a day, less than 0 where it is past."""
        if day not in self._until:
            self._until[day] = self.calendar.between(self.today, day)
        return self._until[day]

    @cached_property
    def _until(self) -> dict[date, int]:
        return {}

    @cached_property
    def store(self) -> RecordStore:
        """The records as they are now."""
        return open_store(self.workspace.records)

    @property
    def basis(self) -> object:
        """What days are counted by: another value where the day, a policy or the calendar is another."""
        schemes = self.workspace.schemes
        return (self.workspace.root, self.today, *(_state(self.workspace, scheme) for scheme in schemes))

    def policy(self, scheme: str) -> Policy:
        """A scheme's policy as it now stands."""
        self.workspace.refuse_unknown(scheme)
        return _policy(self.workspace, scheme, _state(self.workspace, scheme))

    def scheme(self, scheme: str) -> Scheme:
        """A scheme as it now stands."""
        return self.policy(scheme).scheme

    def division_of(self, scheme: str, enterprise: str) -> str:
        """The division of an enterprise that a scheme grades; empty where its registration has none.

        Raises
        ------
        RunError
            Where the scheme does not grade it, with the reason.
        """
        policy = self.policy(scheme)
        connection = connect_reader(self.workspace.spill)
        self.store.open_views(connection)
        if (why := why_ungraded(connection, policy, enterprise, self.today)) is not None:
            raise RunError(
                zh=f"办法 {scheme} 不为 {enterprise} 评定等级，没有可办的案件：{why.zh}。",
                en=f"Scheme {scheme} does not grade {enterprise}, so there is no case: {why.en}.",
            )
        # `why_ungraded` left the enterprise and the day in the table `asked`
        ((division,),) = connection.execute(
            f"SELECT division FROM ({current_columns_sql(('division',), 'asked', policy.periods)})"
        ).fetchall()
        return division or ""


_State = tuple[tuple[str, int, int, int], ...]


def _state(workspace: Workspace, scheme: str) -> _State:
    """Inode, size and time of the last change of every file that a policy is read from: when one's content changes, so
    does one of these.
    """
    paths = sorted((*(workspace.models / scheme).rglob("*.yaml"), *workspace.features.rglob("*.yaml")))
    found = [(path, path.stat()) for path in paths]
    return tuple((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found)


@lru_cache(maxsize=16)
def _policy(workspace: Workspace, scheme: str, _: _State) -> Policy:
    """A policy, read once for a process: a list asks for it once a case."""
    return load_policy(workspace, scheme)


@dataclass(frozen=True)
class Deadline:
    """A day by which something is due.

    Parameters
    ----------
    what
        What.
    provisional
        Whether the day may still move: the holidays of a year on the way are not announced.
    """

    what: Label
    day: date
    provisional: bool = False


@dataclass(frozen=True)
class Effect:
    """What a step brings about outside the database: see `riskml.casework.effects`."""

    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A step that was seen to be right.

    Parameters
    ----------
    alone
        Whether the scheme asks for no second signature here.
    origin
        Of an opening: what the case is made of, where one thing makes one case.
    """

    content: Mapping[str, Any]
    effect: Effect | None = None
    alone: bool = False
    origin: str | None = None


@dataclass(frozen=True)
class Proposal:
    """A case that records, warnings or what has left propose; `origin` is the same whenever it is proposed."""

    enterprise: str
    division: str
    origin: str
    why: Label
    content: Mapping[str, Any]


class Handling:
    """A kind without anything of its own; each kind overrides what it has."""

    answers_again: ClassVar[bool] = False
    """Whether `again` may call for a step in cases that were opened before."""

    def answers(self, office: Office, scheme: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """What a field of type ``grade`` may be, in a case that was opened with `facts`."""
        return office.scheme(scheme).grade_names

    def opening(
        self, office: Office, scheme: str, enterprise: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that a case may be opened, and complete what it was told."""
        return Prepared(content)

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that a step that the machine allows is right, and complete what it was told."""
        return Prepared(content)

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """What is due in an open case, the first first; nothing where no text sets a time."""
        return ()

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """The cases that are proposed as of the run of a date, whether they were opened or not."""
        return ()

    def again(self, case: Case, proposal: Proposal) -> tuple[str, dict[str, Any]] | None:
        """The step, with what it is told, that a proposal of a case that was opened before calls for."""
        return None
