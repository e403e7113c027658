"""A classification scheme (分类办法), checked, and what follows from what is written: whom it grades, which rules it
applies.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import model_validator

from riskml.core.configuration import parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.records.industry_codes import covered_sql
from riskml.records.parsed_once import parsed_once
from riskml.records.tables import Label
from riskml.schemes.bands import Band, ScoreDirection
from riskml.schemes.provisions import Provision
from riskml.schemes.questions import question_of
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scheme_checks import check_scheme
from riskml.schemes.scheme_content import SchemeContent
from riskml.schemes.scheme_entries import DocumentKind
from riskml.schemes.scope import InScope

SCHEME = "scheme.yaml"


class Scheme(SchemeContent):
    """The content of a scheme.yaml whose parts agree with each other."""

    @model_validator(mode="after")
    def _agreeing(self) -> Scheme:
        check_scheme(self)
        return self

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

    @property
    def against_sql(self) -> str:
        """What counts against an enterprise, as a condition over the ``points`` of its reasons."""
        return "points < 0" if self.direction == "better" else "points > 0"

    @property
    def in_scope_sql(self) -> str:
        """Whom it grades, as a condition over the columns of ``enterprise``."""
        return "true" if self.scope is None else self.scope.sql

    def outside(self, standing: InScope) -> Label | None:
        """What an enterprise that is not in its scope is told: whose scope, and which conditions fail; None where it is
        in it.
        """
        if self.scope is None or not standing.failed:
            return None
        title, article = self.basis[0].title, self.scope.article
        zh, en = "、".join(one.zh for one in standing.failed), ", ".join(one.en for one in standing.failed)
        return Label(
            f"不在《{title.zh}》的适用范围内（{article.zh}），不符合的条件：{zh}；没有等级",
            f"Not in the scope of {title.en} ({article.en}) by this condition: {en}. There is no grade",
        )

    def graded_sql(self, industries: tuple[str, ...]) -> str:
        """Whom it grades of those that the industry codes cover (everyone where there are none), as such a
        condition.
        """
        asked = [one for one in (covered_sql(industries), self.in_scope_sql) if one != "true"]
        return " AND ".join(f"({one})" for one in asked) or "true"

    @cached_property
    def questions(self) -> tuple[Rule, ...]:
        """What classes that wait for an officer ask."""
        return tuple(filter(None, (question_of(one, self.items) for one in self.classes)))

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules, and the questions of classes that wait for an officer."""
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
    return _parsed(text, name=name)


@parsed_once(32)
def _parsed(text: str, name: str) -> Scheme:
    return parse_yaml(Scheme, text, name)
