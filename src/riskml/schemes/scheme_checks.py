"""Whether the parts of a scheme.yaml agree with each other: one name for one thing, and exactly one grade for
everyone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from riskml.core.validation import ContentError
from riskml.schemes.methods.classes import check_classes
from riskml.schemes.scheme_content import SchemeContent


def check_scheme(scheme: SchemeContent) -> None:
    """Refuse a scheme whose parts contradict each other or leave somebody without a grade.

    Raises
    ------
    ContentError
        With the first contradiction and its field.
    """
    _check_ids(scheme)
    _check_rules(scheme)
    _check_grades_are_its_own(scheme)
    _check_days(scheme)
    _check_what_the_method_needs(scheme)
    _check_items(scheme)
    _check_classes(scheme)
    _check_tallies(scheme)
    if scheme.fusion is not None:
        scheme.fusion.check(scheme.grade_names)


def _check_ids(scheme: SchemeContent) -> None:
    """Each grade, directory and rule once; what a class asks an officer is called like a rule."""
    names = scheme.grade_names
    if len(set(names)) < len(names):
        raise ContentError(
            f"每个类别一次，现在是 {'、'.join(names)}",
            f"each grade once, not {', '.join(names)}",
            field="grades",
        )
    if _repeated(one.id for one in scheme.directories):
        raise ContentError("每个 id 一次", "each id once", field="directories")
    _check_each_id_once(
        "rules", [rule.id for rule in scheme.rules] + [one.awaits.id for one in scheme.classes if one.awaits]
    )


def _check_rules(scheme: SchemeContent) -> None:
    """One circumstance has one effect, and every effect can change a grade."""
    mildest = scheme.grade_names[0]
    for number, rule in enumerate(scheme.rules):
        for other in scheme.rules[:number]:
            if {one.asked for one in rule.circumstances} & {one.asked for one in other.circumstances}:
                raise ContentError(
                    f"与规则 {other.id} 的 from、where、within、at_least 都相同；同样的情形只能有一个结果，请合为一条",
                    f"from, where, within and at_least are those of rule {other.id}: one circumstance has one effect, "
                    "make one rule of the two",
                    field=f"rules.{rule.id}",
                )
        if rule.effect.floor == mildest:
            raise ContentError(
                f"最轻的类别 {mildest} 作下限，永远不改变等级",
                f"the mildest grade, {mildest}, as a floor never changes a grade",
                field=f"rules.{rule.id}.effect.floor",
            )


def _check_grades_are_its_own(scheme: SchemeContent) -> None:
    """Wherever grades are named, they are the scheme's, from the mildest on."""
    names = scheme.grade_names
    for place, used in _grades_named(scheme):
        if used != tuple(grade for grade in names if grade in used):
            raise ContentError(
                f"应为本办法的类别，按 {'、'.join(names)} 的次序，每个一次，不是 {'、'.join(used)}",
                f"{', '.join(used)} are not grades of this scheme in the order {', '.join(names)}, each once",
                field=place,
            )


def _grades_named(scheme: SchemeContent) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Every field that names grades, and which."""
    yield "score.bands", tuple(band.grade for band in scheme.bands)
    yield "classes", tuple(grade for grade, _ in groupby(one.grade for one in scheme.classes))
    for one in scheme.classes:
        if one.awaits:
            yield f"classes.{one.grade}.awaits.choices", one.awaits.choices
    for rule in scheme.rules:
        yield f"rules.{rule.id}.effect", rule.effect.grades
    for provision in scheme.new_economy:
        yield "new_economy", provision.grades
    for provision in scheme.limits:
        yield "limits", provision.grades
    yield "measures", tuple(grade for measures in scheme.measures for grade in measures.grades)


def _check_days(scheme: SchemeContent) -> None:
    """A regulation that is no draft is in force from some day on."""
    if not scheme.draft and scheme.in_force is None:
        raise ContentError(
            "不是征求意见稿的办法须写施行日期", "a scheme that is no draft says when it takes force", field="in_force"
        )


def _check_what_the_method_needs(scheme: SchemeContent) -> None:
    """Items, a score, and bands or classes, as the method finds grades by them."""
    method = scheme.method
    if (method == "model") == bool(scheme.dimensions):
        raise ContentError(
            f"method: {method} {'不写' if method == 'model' else '须写'}这一项",
            f"method {method} {'takes none' if method == 'model' else 'needs them'}",
            field="dimensions",
        )
    if scheme.score is None and (method == "model" or (method == "points" and not scheme.classes)):
        raise ContentError(
            f"method: {method} 须写得分的范围", f"method {method} needs the range of the score", field="score"
        )
    if method == "counts" and scheme.score is not None:
        raise ContentError("method: counts 没有得分", "method counts has no score", field="score")
    if bool(scheme.bands) == bool(scheme.classes) or (scheme.classes and method == "model"):
        raise ContentError(
            "等级或由 score.bands、或由 classes（points、counts）确定，写且只写一种",
            "grades come from score.bands, or of points and counts from classes: one of the two",
            field="classes",
        )
    if scheme.score is not None and not scheme.score.from_ <= scheme.start <= scheme.score.to:
        raise ContentError("不在 score 的范围内", "lies outside the range of the score", field="start")


def _check_items(scheme: SchemeContent) -> None:
    """Each once, with what the method makes of it: points, or what it is counted as."""
    _check_each_id_once("dimensions", [one.id for one in scheme.dimensions])
    _check_each_id_once("items", [item.id for item in scheme.items])
    for item in scheme.items:
        if scheme.method == "points" and item.each is None and not item.steps:
            raise ContentError("须写 each 或 steps", "needs 'each' or 'steps'", field=f"dimensions.{item.id}")
        if scheme.method == "counts" and (item.each is not None or item.steps or item.tally is None):
            raise ContentError(
                "method: counts 的项写 tally，不写 each、steps",
                "an item of counts has a tally, and no points",
                field=f"dimensions.{item.id}",
            )


def _check_classes(scheme: SchemeContent) -> None:
    """Every enterprise is in exactly one class, every grade has one, and what an officer is asked rests on items."""
    if not scheme.classes:
        return
    with_class = {one.grade for one in scheme.classes}
    if missing := [grade for grade in scheme.grade_names if grade not in with_class]:
        raise ContentError(f"没有写 {'、'.join(missing)} 的条件", f"none for {', '.join(missing)}", field="classes")
    check_classes(scheme.classes, scheme.counted, ("good", "bad") if scheme.method == "points" else ())
    for one in scheme.classes:
        if one.awaits is not None and one.awaits.tally not in scheme.counted:
            raise ContentError(
                f"没有计入 {one.awaits.tally} 的项",
                f"no item is counted as {one.awaits.tally}",
                field=f"classes.{one.grade}.awaits.tally",
            )


def _check_tallies(scheme: SchemeContent) -> None:
    """Where tallies have names, all have one."""
    if scheme.tallies and sorted(one.id for one in scheme.tallies) != sorted(scheme.counted):
        raise ContentError(
            f"应为各项的 tally，每个一次：{'、'.join(scheme.counted)}",
            f"must be the tallies of the items, each once: {', '.join(scheme.counted)}",
            field="tallies",
        )


def _check_each_id_once(field: str, ids: list[str]) -> None:
    if twice := _repeated(ids):
        raise ContentError(
            f"每个 id 一次，{'、'.join(twice)} 重复", f"each id once, not {', '.join(twice)}", field=field
        )


def _repeated(ids: Iterable[str]) -> list[str]:
    """The ids that are there more than once.

    >>> _repeated(["b", "a", "b"])
    ['b']
    """
    return sorted(one for one, times in Counter(ids).items() if times > 1)
