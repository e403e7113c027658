"""What a regulation says beside its grades, score, rules and measures: the entries of scheme.yaml that have no file of
their own.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier
from riskml.core.validation import ContentError, nearest
from riskml.records.amendments import EXCLUDING, REDUCING
from riskml.records.lengths import Length
from riskml.records.tables import TABLES
from riskml.schemes.provisions import Article, GradeId, Provision, Text

ProcedureKind = Literal["publicity", "posting", "query", "push", "objection", "repair", "item_list", "list_change"]

PublicField = Literal["name", "enterprise_id", "grade", "as_of", "scheme", "status", "objection"]
"""What a public page may say: never a score, a reason, a person, or anything of another scheme."""

DocumentKind = Literal["model", "industry_model", "downgrades", "warnings"]
"""What may rest on sentences of a scheme: a model's card, a local industry's, the lists of fallen grades, early
warnings.
"""

AMENDMENTS = (*EXCLUDING, *REDUCING)
"""The kinds of amendment that keep information out of a grade: the whole record, or what was taken from a part."""


class InForce(Entry):
    """The days the regulation itself names: the first and, where it ends, the last."""

    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> InForce:
        if self.until is not None and self.until < self.from_:
            raise ContentError(
                f"until（{self.until}）早于 from（{self.from_}）",
                f"until ({self.until}) lies before from ({self.from_})",
            )
        return self


class Grade(Entry):
    """One grade (类别)."""

    id: GradeId
    label: Text


class Cycle(Entry):
    """How often everyone is graded, and what records a grade is made of.

    Parameters
    ----------
    article, text
        Where the text says so; `reading` where it does not.
    length
        How far back the text looks (``1y``); None where it does not say. Items take it as their ``within``.
    days_behind
        A run of a day is as of so many days before; None where the text does not say.
    direct_at_once
        Whether rules with a fixed grade act at every load, for everyone whom they newly concern or concern no longer.
    """

    every: Literal["day", "month", "year"]
    article: Article | None = None
    text: Text | None = None
    length: Length | None = None
    days_behind: int | None = Field(default=None, ge=0)
    direct_at_once: bool = False
    reading: Text | None = None


class Tally(Entry):
    """What a tally that conditions name is called, and in what it is counted."""

    id: Identifier
    label: Text
    unit: Text


class ExternalGrades(Provision):
    """Grades by others that are shown of an enterprise that is registered elsewhere, in the place of a grade of its
    own.

    Parameters
    ----------
    fields
        Which, as ``external_grade.field`` has them.
    """

    fields: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> ExternalGrades:
        codes = TABLES["external_grade"].column("field").codes or {}
        for code in self.fields:
            if code not in codes:
                zh, en = nearest(code, codes)
                raise ContentError(f"没有代码 {code!r}{zh}", f"there is no code {code!r}{en}", field="fields")
        return self


class Exclusion(Provision):
    """Information that is not used, and the amendments by which the records say so; `reading` where the text names none
    of these.
    """

    amendments: tuple[str, ...] = ()
    reading: Text | None = None

    @model_validator(mode="after")
    def _implemented(self) -> Exclusion:
        for kind in self.amendments:
            if kind not in AMENDMENTS:
                zh, en = nearest(kind, AMENDMENTS)
                raise ContentError(
                    f"{kind!r} 不是使记录不再使用的变动{zh}",
                    f"{kind!r} is not an amendment that excludes{en}",
                    field="amendments",
                )
        return self


class DocumentBasis(Provision):
    """A sentence of the scheme that a document rests on; documents cite these and no other text's."""

    document: DocumentKind


class Procedure(Provision):
    """How results are made public, posted on the spot, looked up and passed on, objected to or repaired, and what lists
    are kept.

    Parameters
    ----------
    version
        Of a list: which one is in use.
    working_days, extension_days
        Within how many working days it ends, and by how many it can be extended; None where the text gives no time.
    until
        Of an objection: what has to be done by then.
    """

    kind: ProcedureKind
    version: Text | None = None
    working_days: int | None = Field(default=None, ge=1)
    extension_days: int | None = Field(default=None, ge=1)
    until: Literal["answer", "comparison"] = "answer"
    reading: Text | None = None


class PublicView(Provision):
    """That anyone may look a grade up, and all that is then shown (`riskml.publication.public_view`).

    Parameters
    ----------
    reading
        How the text is read.
    """

    shows: tuple[PublicField, ...] = Field(min_length=1)
    reading: Text | None = None
