"""A classification scheme (分类办法) as typed data: what scheme.yaml may say, checked before any work.

A scheme is one regulation: its grades in the order of risk, the score bands, the rules of direct determination, what is
not to be used, and the measures of each grade, every one with its article.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, nearest
from riskml.records.amendments import EXCLUDING, REDUCING
from riskml.records.industry_codes import covered_sql
from riskml.records.tables import TABLES, Label
from riskml.schemes.bands import Band, Score, ScoreDirection
from riskml.schemes.directories import Directory
from riskml.schemes.fusion import Fusion
from riskml.schemes.methods.classes import GradeClass, check_classes
from riskml.schemes.methods.items import Item, ItemDimension, Length
from riskml.schemes.provisions import Article, Document, GradeId, GradeProvision, Provision, Superseded, Text
from riskml.schemes.questions import question_of
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scope import InScope, Scope

SCHEME = "scheme.yaml"

Sampling = Literal["lower_greatly", "lower", "normal", "raise", "raise_moderately", "raise_greatly"]

MethodName = Literal["model", "points", "counts"]
"""A trained model; points for items; conditions over counted records."""

ProcedureKind = Literal["publicity", "posting", "query", "push", "objection", "repair", "item_list", "list_change"]

PublicField = Literal["name", "enterprise_id", "grade", "as_of", "scheme", "status", "objection"]
"""What a public page may say: never a score, a reason, a person, or anything of another scheme."""

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
                f"until（{self.until}）早于 from（{self.from_}）", f"until ({self.until}) lies before from ({self.from_})"
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
    """Grades by others that are shown of an enterprise that is registered elsewhere, in the place of a grade of its own.

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
    """Information that is not used, and the amendments by which the records say so; `reading` where the text names none of these."""

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


DocumentKind = Literal["model", "industry_model", "downgrades", "warnings"]
"""What may rest on sentences of a scheme: a model's card, a local industry's, the lists of fallen grades, early warnings."""


class DocumentBasis(Provision):
    """A sentence of the scheme that a document rests on; documents cite these and no other text's."""

    document: DocumentKind


class Procedure(Provision):
    """How results are made public, posted on the spot, looked up and passed on, objected to or repaired, and what lists are kept.

    Parameters
    ----------
    version
        Of a list: which one is in use.
    working_days, extension_days
        Within how many working days it ends, and by how many it can be extended; None where the text gives no time.
    """

    kind: ProcedureKind
    version: Text | None = None
    working_days: int | None = Field(default=None, ge=1)
    extension_days: int | None = Field(default=None, ge=1)
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


class Measure(Provision):
    """One measure.

    Parameters
    ----------
    touches_rights
        Of one that restricts rights: the basis it needs beside the scheme. Shown, and never carried out by the program.
    superseded_by
        The text that has taken its place: from its day on the measure is shown as superseded, with what applies.
    """

    touches_rights: Text | None = None
    superseded_by: Superseded | None = None

    def superseded_on(self, day: date) -> Superseded | None:
        """What applies in its place on a day; None where it applies itself."""
        return self.superseded_by if self.superseded_by is not None and day >= self.superseded_by.since else None


class GradeMeasures(Entry):
    """The measures (监管措施) of one grade or several.

    `opening` is the sentence that introduces them: it says whether they may or are to be taken. `sampling` is the ratio and
    frequency of double-random draws against the usual, None where the text says nothing of them; `targeted` whether inspections are targeted
    (定向) besides; `on_site_required` whether an on-site inspection must be made. `reading`: how the text is read where it does not say for
    which grades it is.
    """

    grades: tuple[GradeId, ...] = Field(min_length=1)
    opening: Measure
    reading: Text | None = None
    sampling: Sampling | None = None
    targeted: bool = False
    on_site_required: bool
    sentences: tuple[Measure, ...] = ()


class Scheme(Entry):
    """The content of scheme.yaml.

    Parameters
    ----------
    basis
        The scheme's own text first, then what it is made under.
    draft
        Whether the text is a draft for comment.
    in_force
        None where the text names no day.
    scope
        Whom it grades; everyone registered where None.
    external_grades
        What is shown of who is registered elsewhere; None where the text says nothing of them.
    cycle
        How often everyone is graded, with its article or the reading of its silence.
    method
        How a grade is found before the rules act.
    start, dimensions, tallies, classes
        Of points and counts: what all begin with, the items, what their tallies are called, and conditions of each grade in the place of
        score bands.
    procedures, directories
        Publicity, look-ups, objection and repair, and the lists of enterprises to keep, where the text has them.
    public
        What the public may see; nothing where None.
    fusion
        How the grade and that of a trade act together.
    grades
        From the mildest to the riskiest.
    notice
        What every list and file that leaves says of itself.
    documents
        What lists and documents rest on; a document without an entry cites nothing.
    new_economy
        What else applies to enterprises of new technologies, industries, forms and models.
    limits
        What the measures must not exceed.
    """

    id: Identifier
    label: Text
    authority: Text
    basis: tuple[Document, ...] = Field(min_length=1)
    draft: bool = False
    in_force: InForce | None = None
    note: Text
    notice: Provision
    documents: tuple[DocumentBasis, ...] = ()
    grades: tuple[Grade, ...] = Field(min_length=2)
    scope: Scope | None = None
    external_grades: ExternalGrades | None = None
    cycle: Cycle | None = None
    method: MethodName = "model"
    start: float = 0.0
    score: Score | None = None
    dimensions: tuple[ItemDimension, ...] = ()
    tallies: tuple[Tally, ...] = ()
    classes: tuple[GradeClass, ...] = ()
    rules: tuple[Rule, ...]
    exclusions: tuple[Exclusion, ...]
    procedures: tuple[Procedure, ...] = ()
    directories: tuple[Directory, ...] = ()
    public: PublicView | None = None
    fusion: Fusion | None = None
    measures: tuple[GradeMeasures, ...] = ()
    new_economy: tuple[GradeProvision, ...] = ()
    limits: tuple[GradeProvision, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Scheme:
        names = self.grade_names
        if len(set(names)) < len(names):
            raise ContentError(
                f"每个类别一次，现在是 {'、'.join(names)}",
                f"each grade once, not {', '.join(names)}",
                field="grades",
            )
        if len({one.id for one in self.directories}) < len(self.directories):
            raise ContentError("每个 id 一次", "each id once", field="directories")
        ids = [rule.id for rule in self.rules] + [one.awaits.id for one in self.classes if one.awaits]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ContentError(
                f"每个 id 一次，{'、'.join(twice)} 重复",
                f"each id once, not {', '.join(twice)}",
                field="rules",
            )
        for number, rule in enumerate(self.rules):
            for other in self.rules[:number]:
                if {one.asked for one in rule.circumstances} & {one.asked for one in other.circumstances}:
                    raise ContentError(
                        f"与规则 {other.id} 的 from、where、within、at_least 都相同；同样的情形只能有一个结果，请合为一条",
                        f"from, where, within and at_least are those of rule {other.id}: one circumstance has one effect, make one rule of the two",
                        field=f"rules.{rule.id}",
                    )
            if rule.effect.floor == names[0]:
                raise ContentError(
                    f"最轻的类别 {names[0]} 作下限，永远不改变等级",
                    f"the mildest grade, {names[0]}, as a floor never changes a grade",
                    field=f"rules.{rule.id}.effect.floor",
                )
        for place, used in (
            ("score.bands", tuple(band.grade for band in self.bands)),
            ("classes", tuple(grade for grade, _ in groupby(one.grade for one in self.classes))),
            *((f"classes.{one.grade}.awaits.choices", one.awaits.choices) for one in self.classes if one.awaits),
            *((f"rules.{rule.id}.effect", rule.effect.grades) for rule in self.rules),
            *((field, provision.grades) for field in ("new_economy", "limits") for provision in getattr(self, field)),
            ("measures", tuple(grade for measures in self.measures for grade in measures.grades)),
        ):
            if used != tuple(grade for grade in names if grade in used):
                raise ContentError(
                    f"应为本办法的类别，按 {'、'.join(names)} 的次序，每个一次，不是 {'、'.join(used)}",
                    f"{', '.join(used)} are not grades of this scheme in the order {', '.join(names)}, each once",
                    field=place,
                )
        return self

    @model_validator(mode="after")
    def _graded_somehow(self) -> Scheme:
        """Every enterprise has exactly one grade by the method alone."""
        if not self.draft and self.in_force is None:
            raise ContentError(
                "不是征求意见稿的办法须写施行日期", "a scheme that is no draft says when it takes force", field="in_force"
            )
        if (self.method == "model") == bool(self.dimensions):
            raise ContentError(
                f"method: {self.method} {'不写' if self.method == 'model' else '须写'}这一项",
                f"method {self.method} {'takes none' if self.method == 'model' else 'needs them'}",
                field="dimensions",
            )
        if self.score is None and (self.method == "model" or (self.method == "points" and not self.classes)):
            raise ContentError(
                f"method: {self.method} 须写得分的范围", f"method {self.method} needs the range of the score", field="score"
            )
        if self.method == "counts" and self.score is not None:
            raise ContentError("method: counts 没有得分", "method counts has no score", field="score")
        if bool(self.bands) == bool(self.classes) or (self.classes and self.method == "model"):
            raise ContentError(
                "等级或由 score.bands、或由 classes（points、counts）确定，写且只写一种",
                "grades come from score.bands, or of points and counts from classes: one of the two",
                field="classes",
            )
        if self.score is not None and not self.score.from_ <= self.start <= self.score.to:
            raise ContentError("不在 score 的范围内", "lies outside the range of the score", field="start")
        items = [item for dimension in self.dimensions for item in dimension.items]
        for field, ids in (("dimensions", [one.id for one in self.dimensions]), ("items", [item.id for item in items])):
            if twice := sorted({name for name in ids if ids.count(name) > 1}):
                raise ContentError(f"每个 id 一次，{'、'.join(twice)} 重复", f"each id once, not {', '.join(twice)}", field=field)
        for item in items:
            if self.method == "points" and item.each is None and not item.steps:
                raise ContentError("须写 each 或 steps", "needs 'each' or 'steps'", field=f"dimensions.{item.id}")
            if self.method == "counts" and (item.each is not None or item.steps or item.tally is None):
                raise ContentError(
                    "method: counts 的项写 tally，不写 each、steps",
                    "an item of counts has a tally, and no points",
                    field=f"dimensions.{item.id}",
                )
        if self.classes:
            if missing := [grade for grade in self.grade_names if grade not in {one.grade for one in self.classes}]:
                raise ContentError(f"没有写 {'、'.join(missing)} 的条件", f"none for {', '.join(missing)}", field="classes")
            check_classes(self.classes, self.counted, ("good", "bad") if self.method == "points" else ())
            self._check_questions(items)
        if self.tallies and sorted(one.id for one in self.tallies) != sorted(self.counted):
            raise ContentError(
                f"应为各项的 tally，每个一次：{'、'.join(self.counted)}",
                f"must be the tallies of the items, each once: {', '.join(self.counted)}",
                field="tallies",
            )
        if self.fusion is not None:
            self.fusion.check(self.grade_names)
        return self

    def _check_questions(self, items: list[Item]) -> None:
        for one in self.classes:
            on = [item for item in items if one.awaits is not None and item.tally == one.awaits.tally]
            if one.awaits is not None and not on:
                raise ContentError(
                    f"没有计入 {one.awaits.tally} 的项",
                    f"no item is counted as {one.awaits.tally}",
                    field=f"classes.{one.grade}.awaits.tally",
                )

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """The score bands, from the mildest grade to the riskiest; none where classes give the grade."""
        return () if self.score is None else self.score.bands

    @property
    def ascending(self) -> tuple[Band, ...]:
        """The score bands from the lowest scores to the highest."""
        return () if self.score is None else self.score.ascending

    @property
    def direction(self) -> ScoreDirection | None:
        """What more points mean, also where they add up to no score; None of counts."""
        if self.score is not None:
            return self.score.direction
        return "better" if self.method == "points" else None

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """What the items are counted as, each once."""
        return tuple(dict.fromkeys(item.tally for dimension in self.dimensions for item in dimension.items if item.tally))

    @property
    def in_scope_sql(self) -> str:
        """Whom it grades, as a condition over the columns of ``enterprise``."""
        return "true" if self.scope is None else self.scope.sql

    def outside(self, standing: InScope) -> Label | None:
        """What an enterprise that is not in its scope is told: whose scope, and which conditions fail; None where it is in it."""
        if self.scope is None or not standing.failed:
            return None
        title, article = self.basis[0].title, self.scope.article
        zh, en = "、".join(one.zh for one in standing.failed), ", ".join(one.en for one in standing.failed)
        return Label(
            f"不在《{title.zh}》的适用范围内（{article.zh}），不符合的条件：{zh}；没有等级",
            f"Not in the scope of {title.en} ({article.en}) by this condition: {en}. There is no grade",
        )

    def graded_sql(self, industries: tuple[str, ...]) -> str:
        """Whom it grades of those that the industry codes cover (everyone where there are none), as such a condition."""
        asked = [one for one in (covered_sql(industries), self.in_scope_sql) if one != "true"]
        return " AND ".join(f"({one})" for one in asked) or "true"

    @cached_property
    def grade_names(self) -> tuple[str, ...]:
        """The grades from the mildest to the riskiest; a grade's place is its rank."""
        return tuple(grade.id for grade in self.grades)

    @cached_property
    def questions(self) -> tuple[Rule, ...]:
        """What classes that wait for an officer ask."""
        items = [item for dimension in self.dimensions for item in dimension.items]
        return tuple(filter(None, (question_of(one, items) for one in self.classes)))

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules, and the questions of classes that wait for an officer; not kept, as a copy may have other rules."""
        return (*self.rules, *self.questions)

    @property
    def applied(self) -> tuple[Rule, ...]:
        """Those that are applied."""
        return tuple(rule for rule in self.all_rules if rule.enabled)

    def bases(self, document: DocumentKind) -> tuple[Provision, ...]:
        """The sentences that a document rests on."""
        return tuple(one for one in self.documents if one.document == document)

    def rule(self, rule_id: str) -> Rule:
        """The rule called `rule_id`; a ConfigurationError lists those there are."""
        found = {rule.id: rule for rule in self.all_rules}
        if rule_id not in found:
            raise ConfigurationError(
                zh=f"分类办法 {self.id} 没有规则 {rule_id}；有：{'、'.join(found)}。",
                en=f"Scheme {self.id} has no rule {rule_id!r}; there are {', '.join(found)}.",
            )
        return found[rule_id]


def load_scheme(path: Path) -> Scheme:
    """Read and validate a scheme.yaml; a ConfigurationError names the file and the field."""
    return parse_scheme(str(path), read_text(path))


def parse_scheme(name: str, text: str) -> Scheme:
    """The same from a text, such as the one kept in a model bundle; `name` is what errors call it."""
    return parse_yaml(Scheme, text, name)
