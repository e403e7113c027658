"""Whom a scheme grades (适用范围): everyone in it gets exactly one grade, nobody else any, and the condition that fails
or is unknown is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from riskml.core.configuration import Entry, Identifier
from riskml.core.validation import ContentError, nearest
from riskml.engines.statements import Statements
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.tables import TABLES, Label
from riskml.schemes.provisions import Provision, Text

Unknown = Literal["in", "out"]
"""What follows where the records do not tell: the enterprise is taken to be in the scope, or out of it."""


PLACE = Label("登记地", "where it is registered")
"""The condition that an enterprise registered elsewhere does not meet."""


class ScopeCondition(Entry):
    """One condition.

    Parameters
    ----------
    where
        Over the columns of the registration; None where no record tells.
    unknown
        What follows where it cannot be known.
    """

    id: Identifier
    label: Text
    where: str | None = None
    unknown: Unknown
    reading: Text | None = None

    @model_validator(mode="after")
    def _readable(self) -> ScopeCondition:
        if self.where is not None:
            columns = {column.name: column for column in TABLES["enterprise"].columns}
            check_expression(self.where, set(columns), field="where")
            check_types(self.where, columns, wanted=["flag"], field="where")
        elif self.unknown == "out":
            raise ContentError(
                "没有 where 又写 out，就没有任何企业适用；请写 where 或 in",
                "without 'where', 'out' leaves nobody in the scope; write 'where', or 'in'",
                field="unknown",
            )
        return self


class Scope(Provision):
    """The content of ``scope``.

    Parameters
    ----------
    divisions
        Where it is registered: what the division begins with; everywhere where empty.
    kinds, statuses
        The kinds of enterprise and the registration statuses; all where empty.
    unknown
        What follows where division, kind or status is not on record.
    """

    divisions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    unknown: Unknown
    conditions: tuple[ScopeCondition, ...] = ()
    reading: Text | None = None

    @model_validator(mode="after")
    def _known(self) -> Scope:
        for one in self.divisions:
            if not (one.isascii() and one.isdecimal() and 2 <= len(one) <= 12):
                raise ContentError(
                    f"{one!r} 不是行政区划代码的开头，如 '53' 或 '530111'",
                    f"{one!r} is no beginning of a division code, like '53' or '530111'",
                    field="divisions",
                )
        for field, column, given in (("kinds", "kind", self.kinds), ("statuses", "status", self.statuses)):
            codes = TABLES["enterprise"].column(column).codes or {}
            for code in given:
                if code not in codes:
                    zh, en = nearest(code, codes)
                    raise ContentError(f"没有代码 {code!r}{zh}", f"there is no code {code!r}{en}", field=field)
        return self

    @property
    def parts(self) -> tuple[tuple[Label, str, Unknown], ...]:
        """Every condition: what it is called, over the registration's columns, and what follows where it is null."""
        found: list[tuple[Label, str, Unknown]] = []
        if self.divisions:
            places = " OR ".join(f"left(division, {len(one)}) = '{one}'" for one in self.divisions)
            found.append((PLACE, f"({places})", self.unknown))
        for label, column, codes in (
            (Label("企业类型", "the kind of enterprise"), "kind", self.kinds),
            (Label("登记状态", "the registration status"), "status", self.statuses),
        ):
            if codes:
                listed = ", ".join(f"'{code}'" for code in codes)
                found.append((label, f"{column} IN ({listed})", self.unknown))
        found += [(one.label, one.where or "CAST(NULL AS BOOLEAN)", one.unknown) for one in self.conditions]
        return tuple(found)

    @property
    def sql(self) -> str:
        """Who is in the scope, as a condition over the columns of ``enterprise``."""
        return (
            " AND ".join(
                f"coalesce({where}, {'true' if unknown == 'in' else 'false'})" for _, where, unknown in self.parts
            )
            or "true"
        )


@dataclass(frozen=True)
class InScope:
    """How one enterprise stands to a scope.

    Parameters
    ----------
    failed
        The conditions that keep it out; none where it is in.
    unknown
        The conditions that cannot be known of it.
    """

    failed: tuple[Label, ...]
    unknown: tuple[Label, ...]


def in_scope(scope: Scope | None, connection: Statements, registration: str) -> InScope:
    """How the one enterprise of `registration`, a relation with the columns of ``enterprise``, stands to a scope."""
    if scope is None or not scope.parts:
        return InScope((), ())
    asked = ", ".join(where for _, where, _ in scope.parts)
    (found,) = connection.execute(f"SELECT {asked} FROM {registration}").fetchall()
    held = list(zip(scope.parts, found, strict=True))
    return InScope(
        tuple(label for (label, _, unknown), holds in held if (unknown == "out" if holds is None else not holds)),
        tuple(label for (label, _, _), holds in held if holds is None),
    )
