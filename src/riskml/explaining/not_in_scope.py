"""The answer about an enterprise that a scheme does not grade: which condition keeps it out, and the grades by others
that are shown instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from riskml.core.errors import RunError
from riskml.core.language import language
from riskml.explaining.external_grades import ExternalGrade
from riskml.explaining.fonts import FONTS
from riskml.explaining.profile import Subject, region_name
from riskml.records.tables import TABLES, Label
from riskml.schemes.scheme import Scheme
from riskml.schemes.scheme_entries import ExternalGrades
from riskml.schemes.scope import PLACE


@dataclass(frozen=True)
class OutsideScope:
    """Why an enterprise has no grade under a scheme.

    Parameters
    ----------
    sentence
        That there is no grade, and by which conditions (`Scheme.outside`).
    failed
        The conditions of the scope that it does not meet, or that are not known of it and have to be.
    imported
        Grades by others, where the scheme shows them of whoever is registered elsewhere.
    """

    subject: Subject
    as_of: date
    scheme: Scheme
    sentence: Label
    failed: tuple[Label, ...]
    imported: tuple[ExternalGrade, ...]

    @property
    def shown(self) -> Label:
        """What is shown instead, with where the scheme says so; empty where there is nothing."""
        allowed = self.scheme.external_grades
        if allowed is None or not self.imported:
            return Label("", "")
        return Label(
            f"可以参考的外部结果（{allowed.article.zh}）：{'；'.join(_line(one).zh for one in self.imported)}。",
            f"Results by others that may be referred to ({allowed.article.en}): "
            f"{'; '.join(_line(one).en for one in self.imported)}.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "enterprise_id": self.subject.enterprise_id, "as_of": self.as_of.isoformat(), "in_scope": False,
            "grade": None,
            "scheme": {"id": self.scheme.id, "label": vars(self.scheme.label)},
            "failed": [vars(one) for one in self.failed], "sentence": vars(self.sentence),
            "imported": [
                {**vars(one), "field": vars(one.field), "risk_level": one.risk_level and vars(one.risk_level),
                 "since": one.since.isoformat(), "until": one.until and one.until.isoformat()}
                for one in self.imported
            ],
        }  # fmt: skip

    def page(self) -> str:
        """The answer as a page, in the language spoken."""
        environment = Environment(
            loader=PackageLoader("riskml.explaining"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        return environment.get_template("not_in_scope.html.j2").render(
            o=self, lang=language().value, fonts=FONTS, t=lambda label: label.said, region=region_name
        )


class NotInScopeError(RunError):
    """The scheme does not grade the enterprise; `outside` is the answer."""

    def __init__(self, outside: OutsideScope) -> None:
        super().__init__(
            zh=f"{outside.sentence.zh}。{outside.shown.zh}", en=f"{outside.sentence.en}. {outside.shown.en}".strip()
        )
        self.outside = outside


def _line(one: ExternalGrade) -> Label:
    """A grade by others in a line."""
    by = region_name(one.authority) if one.authority else ""
    level_zh, level_en = (f"（{one.risk_level.zh}）", f" ({one.risk_level.en})") if one.risk_level else ("", "")
    return Label(
        f"{one.field.zh}：{one.grade}{level_zh}，自{one.since}" + (f"，{by}" if by else ""),
        f"{one.field.en}: {one.grade}{level_en}, since {one.since}" + (f", {by}" if by else ""),
    )


def imported_grades(
    grades: tuple[ExternalGrade, ...], failed: tuple[Label, ...], allowed: ExternalGrades | None
) -> tuple[ExternalGrade, ...]:
    """Of `grades`, the newest of each field first, what is shown where a scheme shows them of whoever is registered
    elsewhere.

    One of each field that the scheme names, in its order.
    """
    if allowed is None or PLACE not in failed:
        return ()
    codes = TABLES["external_grade"].column("field").codes or {}
    of_field = [[one for one in grades if one.field == codes[field]] for field in allowed.fields]
    return tuple(found[0] for found in of_field if found)
