"""A rule's text against its effect: where the text names a grade, the effect gives that one and no other."""

from __future__ import annotations

import re

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.features.uncounted import counts_what_it_must_not
from riskml.schemes.provisions import Text
from riskml.schemes.rule_specs import Rule
from riskml.schemes.scheme import Scheme


def refuse_other_grades(scheme: Scheme, name: str) -> None:
    """Refuse a rule whose effect gives a grade that its text, or its reading where the text names none, does not name.

    Parameters
    ----------
    name
        What the error calls the scheme's file.

    Raises
    ------
    ConfigurationError
        Naming file, rule, effect and the grades of the text.
    """
    for rule in scheme.rules:
        for field, named in _named(rule, scheme.grade_names).items():
            if _other(rule, named, scheme.grade_names):
                effect, grades = ", ".join(rule.effect.grades), ", ".join(named)
                raise ConfigurationError(
                    zh=f"{name} 中规则 {rule.id} 的 effect（{rule.effect.kind}: {effect}）与 {field}（{grades}）"
                    f"不一致；请改 effect，或随条文一起改 {field}。",
                    en=f"{name}, rule {rule.id}: the effect ({rule.effect.kind}: {effect}) is not what {field} says "
                    f"({grades}); change the effect, or "
                    f"{field} with it where the provision changed.",
                )


def refuse_uncounted_records(scheme: Scheme, name: str) -> None:
    """Refuse a rule or an item that counts records which by law count nothing; a ConfigurationError calls the scheme
    `name`.
    """
    asked = [(rule.id, one.from_, one.where) for rule in scheme.rules for one in rule.circumstances]
    asked += [(item.id, item.from_, item.where) for dimension in scheme.dimensions for item in dimension.items]
    for about, relation, where in asked:
        if (counts := counts_what_it_must_not(relation, where)) is not None:
            raise ConfigurationError(
                zh=f"{name} 中 {about} 的 where（{where}）：{relation} 中只有 {counts} 的才计入，请写 {counts} AND "
                "……。",
                en=f"{name}, {about}, field where ({where}): of {relation} only records with {counts} count; write "
                f"'{counts} AND ...'.",
            )


def _named(rule: Rule, grades: tuple[str, ...]) -> dict[str, list[str]]:
    """Field → the grades that it names, of the text where that names any, otherwise of the reading."""
    for field, text in (("text", rule.text), ("reading", rule.reading)):
        if text is not None:
            found = {f"{field}.zh": _grades_in(text, grades)[0], f"{field}.en": _grades_in(text, grades)[1]}
            if any(found.values()):
                return {place: named for place, named in found.items() if named}
    return {}


def _grades_in(text: Text | Label, grades: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The grades that a text names: in Chinese as in D类, in English as in grade D or (D)."""
    longest_first = "|".join(re.escape(grade) for grade in sorted(grades, key=len, reverse=True))
    zh = re.findall(rf"(?<![A-Za-z0-9])({longest_first})(?=类|级|等|档)", text.zh)
    en = re.findall(rf"(?:\b[Gg]rade |\b[Cc]lass |\b[Ll]evel |\()({longest_first})(?![A-Za-z0-9+-])", text.en)
    return [grade for grade in grades if grade in zh], [grade for grade in grades if grade in en]


def _other(rule: Rule, named: list[str], grades: tuple[str, ...]) -> bool:
    if rule.effect.kind != "floor":
        return not set(rule.effect.grades) <= set(named)
    (floor,) = rule.effect.grades  # a text that says what it is not to be names milder ones only
    return floor not in named and any(grades.index(one) > grades.index(floor) for one in named)
