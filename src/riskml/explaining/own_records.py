"""What an explanation tells of an enterprise besides its grade: its registration, what is excluded, what others say of
it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Self

from riskml.engines.statements import Statements
from riskml.explaining.exclusions import Excluded, read_excluded
from riskml.explaining.external_grades import ExternalGrade, read_external_grades
from riskml.explaining.not_in_scope import NotInScopeError, OutsideScope, imported_grades
from riskml.explaining.profile import Subject, read_subject
from riskml.records.live import current_enterprise_sql
from riskml.records.tables import Label
from riskml.relations.catalogue import is_received
from riskml.schemes.directories import Directory, directory_sql
from riskml.schemes.policy import Policy
from riskml.schemes.scheme import Scheme
from riskml.schemes.scope import InScope, in_scope


@dataclass(frozen=True)
class OwnRecords:
    """What is told of one enterprise at one as-of date, of records that no indicator is needed for.

    Parameters
    ----------
    not_known
        The conditions of the scheme's scope that no record tells.
    directories
        Those of the scheme that it is on.
    """

    subject: Subject
    not_known: tuple[Label, ...]
    excluded: tuple[Excluded, ...]
    external_grades: tuple[ExternalGrade, ...]
    directories: tuple[Label, ...]

    @classmethod
    def read(
        cls,
        connection: Statements,
        moment: str,
        policy: Policy,
        enterprise_id: str,
        as_of: date,
        received: Collection[str],
    ) -> Self:
        """Those of the one enterprise in the relation `moment` (``enterprise_id``, ``as_of``).

        Raises
        ------
        RunError
            Where no registration of it was known at that date.
        NotInScopeError
            Where it is not in the scheme's scope.
        """
        subject = read_subject(connection, moment, policy.periods, enterprise_id)
        grades = read_external_grades(connection, moment, policy.periods)
        standing = _standing(subject, as_of, policy, connection, moment, grades)
        on = (one for one in policy.scheme.directories if _is_on(one, connection, moment, policy, received))
        return cls(
            subject,
            standing.unknown,
            read_excluded(connection, moment, policy.scheme),
            grades,
            tuple(one.label for one in on),
        )


def relations_told(scheme: Scheme) -> frozenset[str]:
    """Where records are that are told of an enterprise whatever its grade rests on."""
    return frozenset(one.holding.from_ for one in scheme.directories if one.holding is not None)


def _standing(
    subject: Subject,
    as_of: date,
    policy: Policy,
    connection: Statements,
    moment: str,
    grades: tuple[ExternalGrade, ...],
) -> InScope:
    """How the enterprise stands to the scheme's scope; a NotInScopeError where it is not in it."""
    scheme = policy.scheme
    found = in_scope(scheme.scope, connection, f"({current_enterprise_sql(moment, policy.periods)})")
    if (outside := scheme.outside(found)) is not None:
        imported = imported_grades(grades, found.failed, scheme.external_grades)
        raise NotInScopeError(OutsideScope(subject, as_of, scheme, outside, found.failed, imported))
    return found


def _is_on(
    directory: Directory, connection: Statements, moment: str, policy: Policy, received: Collection[str]
) -> bool:
    """Whether the one enterprise of `moment` is on a directory, for certain."""
    if directory.holding is not None and not is_received(directory.holding.from_, received):
        return False
    return bool(connection.execute(directory_sql(directory, moment, policy.periods)).fetchall())
