"""The way back in words, on a terminal and as a page: the same lines in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from riskml.core.language import counted, say
from riskml.core.lines import Flowing
from riskml.core.pages import rendered
from riskml.explaining.fonts import FONTS
from riskml.explaining.text_wording import Spoken, indented
from riskml.explaining.way_back import SUPPOSED, VERDICTS, RepairStep, ShutOut, ToGrade, WayBack
from riskml.explaining.what_if_text import graded_no_more
from riskml.records.repair import Basis
from riskml.records.tables import Label
from riskml.schemes.notices import notice_of

SHOWN = 12
"""Sets of steps that are told one by one; JSON has all of them."""

_READ: dict[Basis, Label] = {
    "text": Label("已读条文", "the article was read"),
    "summary": Label("仅见摘要", "read in summary only"),
    "ours": Label("自定读法", "our reading"),
}


@dataclass(frozen=True)
class Section:
    """A heading, what is said under it at once, and the lines that follow."""

    title: str
    verdict: str | None
    lines: tuple[str, ...]


def way_back_text(found: WayBack) -> RenderableType:
    """The way back for ``rich``'s console, in the language that is spoken."""
    head, *notes = _head(found)
    parts: list[RenderableType] = [Flowing(head, style="bold"), *(Flowing(one, style="dim") for one in notes)]
    for section in sections(found):
        parts.append(Text(f"\n{section.title}", style="bold underline"))
        if section.verdict is not None:
            parts.append(indented(Flowing(section.verdict, style="bold")))
        parts += [indented(Flowing(line)) for line in section.lines]
    return Group(*parts)


def way_back_page(found: WayBack) -> str:
    """The same as a page of its own."""
    return rendered(Path(__file__).parent / "templates" / "way_back.html.j2", **way_back_content(found))


def way_back_content(found: WayBack) -> dict[str, Any]:
    """What the template ``way_back.html.j2`` is given."""
    head, *notes = _head(found)
    return {"head": head, "notes": notes, "sections": sections(found), "fonts": FONTS}


def sections(found: WayBack) -> tuple[Section, ...]:
    """What is told, in order."""
    if not found.grades:
        best = say(f"{found.grade} 已是最好的等级。", f"{found.grade} is the best grade already.")
        return (Section(say("改善的途径", "The way back"), best, ()),)
    spoken = Spoken(found.scheme)
    told = [Section(say("可以办理的步骤", "Steps that the law allows"), *_steps(found, spoken))]
    told += [_to_grade(one, len(found.steps), found.gone) for one in found.grades]
    if found.shut_out:
        title = say("修复后仍起作用的规则", "Rules that act on whatever is repaired")
        told.append(Section(title, None, tuple(_shut_out(one, found.gone) for one in found.shut_out)))
    return tuple(told)


def _head(found: WayBack) -> Iterator[str]:
    yield f"{found.subject.name}  {found.subject.enterprise_id}"
    score = "" if found.score is None else f" {Spoken(found.scheme).score(found.score)}"
    yield f"{found.scheme.label.said} · {found.as_of} · {say('等级', 'grade')} {found.grade}{score}"
    yield notice_of(found.scheme, found.as_of).said
    yield SUPPOSED.said
    if found.gone is not None:
        yield graded_no_more(found.gone)
    if found.simulated:
        yield say("记录是模拟的。", "The records are simulated.")


def _steps(found: WayBack, spoken: Spoken) -> tuple[str | None, tuple[str, ...]]:
    if not found.steps:
        return say("没有。", "None."), ()
    lines = [_step(number, one, spoken) for number, one in enumerate(found.steps, 1)]
    if found.left_out:
        lines.append(
            say(
                f"另有 {found.left_out} 个步骤没有计算（一起最多算 {len(found.steps)} 个）：以下各项都不含这些步骤。",
                f"{counted(found.left_out, 'further steps were', 'further step was')} not graded "
                f"({len(found.steps)} together at most): nothing below has them.",
            )
        )
    return None, tuple(lines)


def _step(number: int, one: RepairStep, spoken: Spoken) -> str:
    basis = _READ[one.basis]
    return f"{number}. " + say(
        f"{one.said.zh}，自{one.allowed_from}起。{one.reading.zh}。依据：{one.law.zh}（{basis.zh}）",
        f"{one.said.en}, from {one.allowed_from}. {one.reading.en}. By {one.law.en} ({basis.en})",
    )


def _to_grade(one: ToGrade, steps: int, gone: date | None) -> Section:
    lines = [_set(chosen) for chosen in one.now[:SHOWN]]
    if len(one.now) > SHOWN:
        more = len(one.now) - SHOWN
        lines.append(say(f"另有 {more} 组（见 JSON）", f"and {counted(more, 'further sets')} (JSON has them)"))
    lines.append(_proof(one))
    if one.by_time is not None:
        lines.append(
            say(f"什么都不做，最早在 {one.by_time} 达到。", f"If nothing is done, it is reached on {one.by_time}.")
        )
    if one.by_steps is not None and one.by_steps != one.by_time:
        lines.append(
            say(
                f"每一步都在法律允许的当天办理，最早在 {one.by_steps} 达到。",
                f"If every step is made as soon as the law allows it, it is reached on {one.by_steps}.",
            )
        )
    for later in one.later:
        if later.steps is None:
            lines.append(say(f"{later.day} 起不再能达到。", f"From {later.day} on it is not reached any more."))
        else:
            lines.append(say(f"{later.day} 起：", f"From {later.day} on: ") + _set(later.steps))
    if one.later and one.searched_later < steps:
        lines.append(_not_all_later(one))
    verdict = VERDICTS[one.verdict].said
    if one.verdict == "wait":
        verdict += say("，至 ", " until ") + str(one.day)
    if one.verdict == "never" and gone is not None:
        verdict = say(f"{gone} 不再评分以前不能", f"not before it is graded no more, on {gone}")
    return Section(say(f"达到 {one.grade}", f"To {one.grade}"), verdict, tuple(lines))


def _set(chosen: tuple[int, ...]) -> str:
    """A set of steps by their numbers."""
    if not chosen:
        return say("无需任何步骤", "no step needed")
    listed = say("、", ", ").join(str(place + 1) for place in chosen)
    return say(f"步骤 {listed}", f"{'step' if len(chosen) == 1 else 'steps'} {listed}")


def _proof(one: ToGrade) -> str:
    """How it is known that there are no other sets."""
    if not one.proved:
        told = say(
            f"只逐一算过不多于 {one.searched} 个步骤的组合和全部步骤；可能还有步骤更多的组合。",
            f"Only sets of {counted(one.searched, 'steps')} or fewer, and all together, were graded: there may be "
            "further sets of more steps.",
        )
        large = any(len(chosen) > one.searched for chosen in one.now)
        return told + (say("", " ") + _may_be_smaller(one.searched) if large else "")
    if one.now:
        return say("今天再没有别的最小组合（已证明）。", "Today there is no other smallest set (proved).")
    return say("今天无论办理哪些步骤都不能达到（已证明）。", "Today no steps whatever lead there (proved).")


def _not_all_later(one: ToGrade) -> str:
    """What was not graded of the month-ends to come."""
    told = say(
        f"以后各月末只逐一算过不多于 {one.searched_later} 个步骤的组合和全部步骤。",
        f"At the month-ends to come only sets of {counted(one.searched_later, 'steps')} or fewer, and all together, "
        "were graded.",
    )
    large = any(later.steps is not None and len(later.steps) > one.searched_later for later in one.later)
    return told + (say("", " ") + _may_be_smaller(one.searched_later) if large else "")


def _may_be_smaller(searched: int) -> str:
    """What is not known of a set of more steps than were all tried."""
    return say(
        f"多于 {searched} 个步骤的组合，其中任何一步都不能省，但没有算过介于其间的组合：可能有更小的组合也够。",
        f"Of a set of more than {counted(searched, 'steps')} no single step can be left out, but sets in between were "
        "not graded: a smaller one may do.",
    )


def _shut_out(one: ShutOut, gone: date | None) -> str:
    records = say("、", ", ").join(one.records)
    if one.until is not None:
        until = say(f"至 {one.until}", f"until {one.until}")
    elif gone is not None:
        until = say(f"{gone} 以前不会终止", f"it does not end before {gone}")
    else:
        until = say("三年内不会终止", "it does not end within three years")
    return say(
        f"{one.label.zh}（{one.grade}）：{until}；记录 {records}",
        f"{one.label.en} ({one.grade}): {until}; record {records}",
    )
