"""How the grade came about, in one sentence: by the score's band, by a rule, or by an officer's choice; and whether it
was published.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from riskml.explaining.explanation import Change, Explanation, RuleFired, Updated
from riskml.explaining.labels import is_better, words_of
from riskml.explaining.values import point_places, points, quantity
from riskml.records.tables import Label
from riskml.schemes.bands import Band
from riskml.schemes.decisions import LABELS as ANSWERS
from riskml.schemes.decisions import NOT_ESTABLISHED, NOT_SAME_PERSON, Decision
from riskml.schemes.grade import BAND
from riskml.schemes.methods.classes import GradeClass
from riskml.schemes.provisions import Article
from riskml.schemes.questions import Question

_CHANGED: dict[Change, Label] = {
    "records": Label("记录", "the records"),
    "decisions": Label("人员的决定", "the officers' decisions"),
}


_LENGTHS = {"d": Label("天", "days"), "m": Label("个月", "months"), "y": Label("年", "years")}


def grade_label(explanation: Explanation, grade: str) -> Label:
    """The scheme's label of a grade."""
    return next(one.label for one in explanation.scheme.grades if one.id == grade)


def interval(band: Band, end: float) -> str:
    """The scores of a band, as mathematics writes them.

    >>> interval(Band.model_validate({"grade": "B", "from": 200, "below": 500}), 1000)
    '[200, 500)'
    """
    return f"[{band.from_:g}, {end:g}]" if band.below is None else f"[{band.from_:g}, {band.below:g})"


def verdict(explanation: Explanation) -> Label:
    """Why it is this grade and not another."""
    named = grade_label(explanation, explanation.grade)
    word = words_of(explanation.scheme)["grade_word"].zh
    is_zh, is_en = f"{explanation.grade}{word}（{named.zh}）", f"grade {explanation.grade} ({named.en.lower()})"
    by_score = _by_method(explanation)
    if explanation.decided_by == BAND:
        waits = _waits(explanation)
        return Label(
            f"{by_score.zh}，{'分类' if word == '类' else '评'}为{is_zh}。{waits.zh}",
            f"{by_score.en}: {is_en}.{waits.en}",
        )
    fired = next(one for one in explanation.rules if one.decides)
    how = _how(fired, "no better" if is_better(explanation.scheme) else "no milder")
    return Label(f"{how.zh}{is_zh}。{by_score.zh}。", f"{how.en} {is_en}. {by_score.en}.")


def _by_class(explanation: Explanation, held: GradeClass) -> Label:
    """What was counted or added up, and the condition that it meets: in the scheme's words where it has any."""
    good, bad = explanation.totals["good"], explanation.totals["bad"]
    if explanation.scheme.method == "points" and held.label is not None:
        added = f"{good:g} {'point' if good == 1 else 'points'}"
        return Label(
            f"加{good:g}分，减{bad:g}分：{held.label.zh}", f"{added} added, {bad:g} taken away: {held.label.en}"
        )
    if explanation.scheme.tallies and held.article is not None:
        return _counted(explanation, held, held.article)
    counted = "、".join(f"{name} {total:g}" for name, total in explanation.totals.items() if name != "score")
    return Label(
        f"{counted}，符合{held.grade}的条件（{held.when}）",
        f"{counted} meets the condition of {held.grade} ({held.when})",
    )


def _counted(explanation: Explanation, held: GradeClass, article: Article) -> Label:
    """What was counted, in the words of the scheme, and whose condition that meets.

    What began before the cycle and has not ended counts too. What no cycle bounds, such as a licence that is revoked,
    is told as of the day.
    """
    scheme, day, totals = explanation.scheme, explanation.as_of, explanation.totals
    counted = [tally for tally in scheme.tallies if totals[tally.id]]
    parts = [(Label("", ""), counted)]
    if scheme.cycle is not None and scheme.cycle.length is not None:
        length = quantity(float(scheme.cycle.length[:-1]), _LENGTHS[scheme.cycle.length[-1]])
        cycle = Label(
            f"至{day}的评价周期（{length.zh}）内或仍在持续的，",
            f"In the evaluation cycle of {length.en} until {day}, or still in effect: ",
        )
        bounded = {item.tally for dimension in scheme.dimensions for item in dimension.items if item.within is not None}
        in_cycle = (cycle, [tally for tally in counted if tally.id in bounded])
        now = (Label(f"截至{day}，", f"As of {day}: "), [tally for tally in counted if tally.id not in bounded])
        parts = [part for part in (in_cycle, now) if part[1]] or [in_cycle]
    zh = "；".join(
        when.zh + ("，".join(f"{one.label.zh}{totals[one.id]:g}次" for one in tallies) or "没有计入的记录")
        for when, tallies in parts
    )
    en = ". ".join(
        when.en + (", ".join(f"{one.label.en} ({totals[one.id]:g})" for one in tallies) or "no record counts")
        for when, tallies in parts
    )
    if held.awaits is not None:
        return Label(f"{zh}：{article.zh}没有规定这种情形的类别", f"{en}. {article.en} has no class for this")
    return Label(
        f"{zh}：符合{article.zh}{held.grade}类的条件",
        f"{en}. This meets the condition of class {held.grade} in {article.en}",
    )


def _by_method(explanation: Explanation) -> Label:
    """What the method alone says: the band in which the score lies, or the condition that holds."""
    scheme, words = explanation.scheme, words_of(explanation.scheme)
    if (held := explanation.by_class) is not None:
        return _by_class(explanation, held)
    assert scheme.score is not None  # without classes there are bands
    band = next(band for band in scheme.bands if band.grade == explanation.band)
    scores, score = interval(band, scheme.score.to), points(explanation.score or 0.0, point_places(scheme))
    return Label(
        f"{words['score'].zh}{score}（{words['higher'].zh}），"
        f"在{explanation.band}{words['grade_word'].zh}区间{scores}内",
        f"The score of {score} ({words['higher'].en}) lies in the band of {explanation.band}, {scores}",
    )


def _waits(explanation: Explanation) -> Label:
    """That an officer has yet to confirm what may change the grade; empty where nothing waits."""
    waiting = [one for one in explanation.rules if one.waits]
    if not waiting:
        return Label("", "")
    zh = "、".join(one.rule.article.zh for one in waiting)
    en = ", ".join(one.rule.article.en for one in waiting)
    return Label(
        f"{zh}所列情形待人员确认，确认之前不影响类别。",
        f" The circumstance of {en} awaits an officer's confirmation and does not affect the grade until then.",
    )


def trained_later(trained: str, as_of: date) -> Label:
    """That grades are of a day before their model's training, whoever shows them."""
    return Label(
        f"模型的训练基准日是 {trained}，在本次基准日 {as_of} 之后：模型学过当时还不知道的结果，"
        "这一期的得分不能用来检验模型。",
        f"The model was trained as of {trained}, after this run's date {as_of}: it has learnt outcomes that were not "
        "known then, and these "
        "scores are no test of it.",
    )


def standing(explanation: Explanation) -> tuple[Label, ...]:
    """How what is explained stands to what was published and to what applies now, a sentence for each thing to
    be said.
    """
    told = [_not_published(explanation)]
    trained = explanation.provenance.trained
    if trained is not None and explanation.as_of < date.fromisoformat(trained):
        told.append(trained_later(trained, explanation.as_of))
    if explanation.revision:
        day = explanation.as_of.isoformat()
        told.append(
            Label(
                f"基准日{day}发布的结果是第{explanation.revision}次更正，取代了以前发布的。",
                f"What is published as of {day} is revision {explanation.revision}; it took the place of what was "
                "published before.",
            )
        )
    if (update := explanation.updated) is not None:
        since, on = explanation.as_of.isoformat(), update.as_of.isoformat()
        told.append(
            Label(
                f"{since}的结果之后，等级已按{on}的情形更新：{update.was}→{update.grade}。"
                f"现在适用的是{update.grade}{words_of(explanation.scheme)['grade_word'].zh}。",
                f"Since the run of {since} the grade was brought up to date as of {on}: {update.was} → {update.grade}, "
                "which applies now.",
            )
        )
    told += [_decided(explanation, decision) for decision in explanation.decided_since]
    return tuple(one for one in told if one is not None)


def _decided(explanation: Explanation, decision: Decision) -> Label:
    """Who decided what since the run, and whether it gave the grade that applies now."""
    rule = {one.id: one for one in explanation.scheme.all_rules}.get(decision.rule)
    article, what = (Label(decision.rule, decision.rule),) * 2 if rule is None else (rule.article, rule.label)
    answer = ANSWERS.get(decision.grade, Label(decision.grade, decision.grade))
    on = decision.decided_on.isoformat()
    said = Label(
        f"{decision.officer}于{on}依据{article.zh}（{what.zh}）决定：{answer.zh}；理由：{decision.reason}。",
        f"On {on} {decision.officer} decided by {article.en} ({what.en}): {answer.en}; why: {decision.reason}.",
    )
    if _gave(decision, explanation.updated):
        return Label(
            f"{said.zh}现在适用的等级出自这一决定。", f"{said.en} The grade that applies now rests on this decision."
        )
    return Label(
        f"{said.zh}{explanation.as_of.isoformat()}发布的等级没有计入，下一次评分或即时更新（riskml score --enterprise）"
        "时计入。",
        f"{said.en} The grade published as of {explanation.as_of.isoformat()} does not have it; the next run does, or "
        "an update at once (riskml "
        "score --enterprise).",
    )


def _gave(decision: Decision, update: Updated | None) -> bool:
    """Whether an update rests on a decision: on what it established, or on its having taken a rule's
    circumstance away.
    """
    if update is None or update.as_of < decision.decided_on:
        return False
    if update.rule is None:
        return decision.grade in (NOT_ESTABLISHED, NOT_SAME_PERSON)
    return (update.rule.id, update.grade) == (decision.rule, decision.grade)


def _not_published(explanation: Explanation) -> Label | None:
    """That what is explained was computed for the asking, and what was published in its place; None where it is what
    was published.
    """
    found = explanation.published_instead
    if found is None:
        return None
    day = explanation.as_of.isoformat()
    by = (
        Label("现用模型", "the model in use")
        if explanation.scheme.method == "model"
        else Label("现行办法", "the scheme as it stands")
    )
    anew = Label(
        f"以下按{by.zh}和现有记录计算，不是发布的结果。",
        f"What follows is computed by {by.en} from today's records, and is not a published result.",
    )
    again = Label(
        "以下按该期的办法和方法、现有记录重新计算，不是发布的结果。",
        "What follows is computed anew by that run's policy and method from today's records, and is not a published "
        "result.",
    )
    if found.run is None:
        return Label(f"基准日{day}没有发布过结果。{anew.zh}", f"Nothing was published as of {day}. {anew.en}")
    since = Label(
        f"此后有变的是{'、'.join(_CHANGED[one].zh for one in found.changed)}",
        f"changed since: {', '.join(_CHANGED[one].en for one in found.changed)}",
    )
    score = None if found.score is None else points(found.score, point_places(explanation.scheme))
    if found.absent is not None:
        return Label(
            f"{day}发布的结果中没有本企业：{found.absent.zh}。{again.zh}",
            f"The run of {day} does not hold this enterprise: {found.absent.en}. {again.en}",
        )
    grade_word = words_of(explanation.scheme)["grade_word"].zh
    return Label(
        f"{day}发布的是{found.grade}{grade_word}{'' if score is None else f'、{score}分'}；{since.zh}。{again.zh}",
        f"The run of {day} published grade {found.grade}{'' if score is None else f', score {score}'}; {since.en}. "
        f"{again.en}",
    )


def _how(fired: RuleFired, bound: Literal["no better", "no milder"]) -> Label:
    article = fired.rule.article
    ours = fired.rule.reading is not None
    zh, en = (
        f"依据{article.zh}{'（自定的理解）' if ours else ''}",
        f"{article.en}{' as we read it (ours)' if ours else ''}",
    )
    match fired.rule.effect.kind, fired.decision:
        case "fixed", _:
            return Label(f"{zh}，直接判定为", f"Directly determined by {en} as")
        case "floor", _:
            return Label(f"{zh}，{'不得优于' if bound == 'no better' else '不得轻于'}", f"By {en}, {bound} than")
        case _, None if isinstance(fired.rule, Question):
            return Label("待人员认定，认定之前按建议的", "Awaiting an officer's answer; until then, as proposed:")
        case _, None:
            return Label(
                f"依据{article.zh}，待人员确认，确认之前暂按可选类别中最轻的一类，即",
                f"By {article.en}, awaiting an officer's confirmation, the mildest of the grades to choose from:",
            )
        case _, decision:
            return Label(
                f"依据{article.zh}，经{decision.officer}于{decision.decided_on.isoformat()}决定为",
                f"By {article.en}, as decided by {decision.officer} on {decision.decided_on.isoformat()}:",
            )
