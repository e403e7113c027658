"""What a scheme's text says of a plan's ratios, and of who may know grades.

Of ratios it has no numbers: it says in words which grades are drawn more and which less. What is to be raised has to be
above what is usual; what may be lowered may stay as it is, and may not be above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from riskml.core.errors import ConfigurationError
from riskml.planning.settings import PlanSettings, Ratio
from riskml.schemes.provisions import Article
from riskml.schemes.scheme import Scheme

_STEPS = {"lower_greatly": -2, "lower": -1, "normal": 0, "raise": 1, "raise_moderately": 1, "raise_greatly": 2}


@dataclass(frozen=True)
class NotAsSaid:
    """Two ratios of which the text has the first drawn more than the second, and which are not so.

    Parameters
    ----------
    more, less
        Their places among the plan's ratios.
    article, other
        The articles that speak of the first and of the second.
    """

    more: int
    less: int
    article: Article
    other: Article


def not_as_said(settings: PlanSettings, scheme: Scheme, numbers: Sequence[float]) -> Iterator[NotAsSaid]:
    """Where numbers, one for each ratio of a plan, go against what the scheme's text says.

    Of a grade together with a level of its trade the text speaks as of the class that both give, where that class is
    the text's; where it is ours, the ratio is the office's.
    """
    said = [
        (place, _STEPS[measures.sampling], measures.opening.article)
        for place, one in enumerate(settings.ratios)
        for measures in scheme.measures
        if measures.sampling is not None and _class_of(one, scheme) in measures.grades
    ]
    for more, step, article in said:
        for less, other_step, other in said:
            holds = numbers[more] > numbers[less] or (step <= 0 and numbers[more] == numbers[less])
            if step > other_step and not holds:
                yield NotAsSaid(more, less, article, other)


def refuse_against_text(settings: PlanSettings, scheme: Scheme, name: str) -> None:
    """Refuse ratios that leave out a grade, name one twice or one there is not, or go against what the scheme's text
    says of them.

    Parameters
    ----------
    name
        What errors call the file.
    """
    _refuse_other_grades(settings, scheme, name)
    for one in not_as_said(settings, scheme, [ratio.ratio for ratio in settings.ratios]):
        more, less = settings.ratios[one.more], settings.ratios[one.less]
        raise ConfigurationError(
            zh=f"{name}：{more.told} 的比例 {more.ratio:g} 应高于 {less.told} 的 {less.ratio:g}"
            f"（{one.article.zh}、{one.other.zh}）。",
            en=f"{name}: the ratio of {more.told}, {more.ratio:g}, should be above that of {less.told}, "
            f"{less.ratio:g} (Arts. {one.article.number} and {one.other.number}).",
        )


def refuse_published_codes(settings: PlanSettings, scheme: Scheme, name: str) -> None:
    """Refuse codes in the published files of a scheme whose grades are not public: the chances beside them tell grades.

    Parameters
    ----------
    name
        What errors call the file.
    """
    if settings.ids == "codes" and scheme.public is None:
        raise ConfigurationError(
            zh=f"{name} 的 ids：codes 会随概率透露等级，办法 {scheme.id} 没有公开等级的规定；应为 hashed。",
            en=f"{name}, ids: with codes the chances would tell grades, which {scheme.id} does not make public; it "
            "should be hashed.",
        )


def _refuse_other_grades(settings: PlanSettings, scheme: Scheme, name: str) -> None:
    whole = {one.grade for one in settings.ratios if one.industry is None}
    for grade in scheme.grade_names:
        if grade not in whole:
            raise ConfigurationError(
                zh=f"{name} 的 ratios 缺少等级 {grade}：办法没有给出比例的数字，须由单位自定。",
                en=f"ratios of {name} lack the grade {grade}: the text has no number, so the office gives its own.",
            )
    for one, times in Counter(ratio.told for ratio in settings.ratios).items():
        if times > 1:
            raise ConfigurationError(
                zh=f"{name} 的 ratios 有 {times} 个 {one}，应只有一个。",
                en=f"ratios of {name} have {one} {times} times; it should be there once.",
            )
    for ratio in settings.ratios:
        if ratio.grade not in scheme.grade_names:
            raise ConfigurationError(
                zh=f"{name} 的 ratios 有等级 {ratio.grade}，办法 {scheme.id} 没有；有："
                f"{'、'.join(scheme.grade_names)}。",
                en=f"ratios of {name} have the grade {ratio.grade}, which {scheme.id} has not; it has "
                f"{', '.join(scheme.grade_names)}.",
            )
        if ratio.industry is not None and (scheme.fusion is None or scheme.fusion.effect != "measures"):
            raise ConfigurationError(
                zh=f"{name} 的 ratios 有 {ratio.told}：办法 {scheme.id} 的监管不与行业风险结合，"
                "industry 不起作用，请删去。",
                en=f"ratios of {name} have {ratio.told}: {scheme.id} combines no grade with the risk of a trade in its "
                "supervision, so 'industry' has no effect; leave it out.",
            )


def _class_of(ratio: Ratio, scheme: Scheme) -> str | None:
    """The class that the text speaks of; None where it leaves that open."""
    if ratio.industry is None or scheme.fusion is None:
        return ratio.grade
    cell = scheme.fusion.cell(ratio.grade, ratio.industry)
    return cell.combined if cell.basis == "text" else None
