"""What would be, and what will be, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from riskml.core.language import say
from riskml.core.lines import Flowing
from riskml.explaining.colours import grade_colour, ink_on
from riskml.explaining.future import WHY_LEFT, Future, Leaves
from riskml.explaining.text_wording import Spoken, indented
from riskml.explaining.what_if import BASES, STANDINGS, Moved, State, StepTold, WhatIf, shown_moves
from riskml.schemes.notices import notice_of
from riskml.schemes.scheme import Scheme

_STYLES = {"allowed": "green", "later": "yellow", "finding": "cyan", "none": "bold red"}


def what_if_text(found: WhatIf) -> RenderableType:
    """What would be, for ``rich``'s console, in the language that is spoken."""
    spoken, scheme = Spoken(found.scheme), found.scheme
    parts: list[RenderableType] = [*_head(found, spoken), _states(found, spoken)]
    if found.published is not None:
        parts.append(Flowing(published_otherwise(found), style="bold yellow"))
    if found.steps:
        parts.append(_title(say("假设的步骤", "Supposed steps")))
        for number, step in enumerate(found.steps, 1):
            parts += _step(f"{number}. ", step, spoken)
    else:
        parts.append(_title(say("每条记录可以怎样办", "What may be done with each record")))
        for one in found.may_do:
            parts += _step("· ", one, spoken)
        if not found.may_do:
            parts.append(indented(Flowing(say("没有这样的记录。", "There is no such record."))))
    if found.after is not found.before and (found.moved or found.steps):
        parts += [_title(say("变动的指标", "What moved")), _moves(found.moved, scheme, spoken)]
    return Group(*parts)


def future_text(found: Future) -> RenderableType:
    """The strip of the future for ``rich``'s console, in the language that is spoken."""
    spoken = Spoken(found.scheme)
    parts: list[RenderableType] = [*_head(found, spoken), Flowing(if_nothing_new()), _strip(found, spoken)]
    parts.append(_title(say("等级变动", "When the grade changes")))
    before = found.now
    for month in found.months:
        if month.state.grade != before.grade:
            line = f"{month.state.as_of}  {graded(before, spoken)} → {graded(month.state, spoken)}"
            parts.append(indented(Flowing(line, style="bold")))
            parts.append(indented(_moves(month.moved, found.scheme, spoken)))
        before = month.state
    if not found.turns:
        parts.append(indented(Flowing(stays_the_same(found))))
    if found.gone is not None:
        parts.append(indented(Flowing(graded_no_more(found.gone), style="bold")))
    parts.append(_title(say("陆续不再计入的记录（本企业自身）", "The enterprise's own records that stop counting")))
    parts += [indented(Flowing(leaves_line(one, spoken))) for one in found.leaving]
    if not found.leaving:
        parts.append(indented(Flowing(say("没有。", "None."))))
    return Group(*parts)


def if_nothing_new() -> str:
    """What the strip of the future rests on."""
    return say(
        "假定没有任何新记录（包括以后各年的年度报告）、也没有人改动现有记录；同行业、同区域的比率按现有检查推算到当日。",
        "Supposing that no record arrives (no report of a later year either) and none is changed; rates of trades and "
        "counties are those that the visits now on record give on each day.",
    )


def stays_the_same(found: Future) -> str:
    """That the grade is the same at every month-end."""
    if found.gone is not None:
        return say("在此之前等级不变。", "Until then the grade stays the same.")
    return say("三年内等级不变。", "The grade stays the same for three years.")


def graded_no_more(gone: date) -> str:
    """From when on an enterprise is not graded, by what is on record already."""
    return say(
        f"按已有的记录，自 {gone} 起不再评分（届时已注销，或者不在适用范围）。",
        f"By what is on record already it is not graded from {gone} on (deregistered by then, or out of scope).",
    )


def only_supposed() -> str:
    """What an answer to a what-if is not."""
    return say(
        "试算：按假设的记录重新评分，不改变已发布的等级，也不代替任何机关的决定。",
        "Supposed: graded again on supposed records. It changes no published grade and stands for nobody's decision.",
    )


def published_otherwise(found: WhatIf) -> str:
    """That the run gave another grade than the records now do."""
    return say(
        f"当时发布的等级是 {found.published}：此后记录有变，下面的“现在”按现有记录计算。",
        f"The grade published was {found.published}: records came since, and 'now' is by the records as they are.",
    )


def graded(state: State, spoken: Spoken) -> str:
    """A grade with its score, where there is one."""
    return state.grade if state.score is None else f"{state.grade} {spoken.score(state.score)}"


def decided(state: State, scheme: Scheme) -> str:
    """What gives a grade."""
    if state.decided_by == "band":
        return say("按条件", "its conditions") if scheme.score is None else say("按得分", "its score")
    return scheme.rule(state.decided_by).label.said


def law_line(one: StepTold, spoken: Spoken) -> str:
    """What the law says of a step, in one line."""
    since = f"{say('，自', ', from ')}{one.allowed_from}{say('起', '')}" if one.allowed_from else ""
    return f"{spoken(STANDINGS[one.standing])}{since}{say('。', ': ')}{spoken(one.reading)}{say('。', '. ')}" + say(
        f"依据：{one.law.zh}（{BASES[one.basis].zh}）", f"By {one.law.en} ({BASES[one.basis].en})"
    )


def leaves_line(one: Leaves, spoken: Spoken) -> str:
    """A record that stops counting, in one line."""
    of = spoken.listed(map(spoken, one.no_longer))
    return say(
        f"{one.day}  {one.table.zh} {one.record_id}（{one.dated}）：{WHY_LEFT[one.why].zh}，不再计入：{of}",
        f"{one.day}  {one.table.en} {one.record_id} ({one.dated}): {WHY_LEFT[one.why].en}; counts no more for {of}",
    )


def _title(text: str) -> RenderableType:
    return Text(f"\n{text}", style="bold underline")


def _head(found: WhatIf | Future, spoken: Spoken) -> list[RenderableType]:
    subject = found.subject
    lines = [
        Flowing(f"{subject.name}  {subject.enterprise_id}", style="bold"),
        Flowing(f"{spoken(found.scheme.label)}{' · ' + subject.region if subject.region else ''}"),
        Flowing(spoken(notice_of(found.scheme, (found.before if isinstance(found, WhatIf) else found.now).as_of)),
                style="dim"),
    ]  # fmt: skip
    if isinstance(found, WhatIf):
        lines.append(Flowing(only_supposed(), style="dim"))
    if found.simulated:
        lines.append(Flowing(say("记录是模拟的。", "The records are simulated."), style="bold yellow"))
    if found.reasons_by is not None:
        lines.append(Flowing(spoken(found.reasons_by), style="yellow"))
    return list(lines)


def _states(found: WhatIf, spoken: Spoken) -> RenderableType:
    columns = columns_of(found)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for head, _ in columns:
        table.add_column(head, header_style="bold")
    rows = state_rows([state for _, state in columns], found.scheme, spoken)
    for name, cells in rows:
        table.add_row(Text(name, style="dim"), *(Text(cell) for cell in cells))
    return Group(Text(""), table)


def columns_of(found: WhatIf) -> list[tuple[str, State]]:
    """The states that stand side by side, each with its head."""
    columns = [(say("现在", "Now"), found.before)]
    if found.waiting is not None:
        columns.append((say("只等待", "Waiting only"), found.waiting))
    if found.steps:
        columns.append((say("之后", "Then"), found.after))
    elif found.after.as_of != found.before.as_of:
        columns.append((say("到期", "Then"), found.after))
    return columns


def state_rows(states: list[State], scheme: Scheme, spoken: Spoken) -> list[tuple[str, list[str]]]:
    """What states have, row by row."""
    names = {one.id: one.label for one in scheme.grades}
    rows = [
        (say("日期", "Day"), [one.as_of.isoformat() for one in states]),
        (say("等级", "Grade"), [f"{one.grade} {spoken(names[one.grade])}" for one in states]),
    ]
    if scheme.score is not None:
        rows.append((spoken.word("score"), [spoken.score(one.score or 0.0) for one in states]))
        rows.append((say("按得分", "By score"), [one.band for one in states]))
    rows.append((say("由何确定", "Decided by"), [decided(one, scheme) for one in states]))
    none = say("无", "none")
    rows.append((say("触发的规则", "Rules"), [spoken.listed(map(spoken, one.rules)) or none for one in states]))
    if any(one.pending_options for one in states):
        waits = [spoken.listed(one.pending_options) or none for one in states]
        rows.append((say("待认定", "Awaiting"), waits))
    return rows


def _step(lead: str, one: StepTold, spoken: Spoken) -> Iterable[RenderableType]:
    yield indented(Flowing(f"{lead}{spoken(one.said)}", style="bold"))
    yield indented(indented(Flowing(law_line(one, spoken), style=_STYLES[one.standing])))
    if one.remark is not None:
        yield indented(indented(Flowing(spoken(one.remark), style="yellow")))


def _moves(moved: tuple[Moved, ...], scheme: Scheme, spoken: Spoken) -> RenderableType:
    shown, rest = shown_moves(moved)
    lines: list[RenderableType] = []
    for one in shown:
        values = f"{spoken(one.before)} → {spoken(one.after)}"
        amounts = f"{spoken.amount(one.points_before)} → {spoken.amount(one.points_after)}"
        lines.append(indented(Flowing(f"{spoken(one.label)}{say('：', ': ')}{values}   [{amounts}]")))
    if rest:
        total = sum(one.points for one in rest)
        more = say(
            f"其余 {len(rest)} 项合计 {spoken.amount(total)}", f"{len(rest)} others, {spoken.amount(total)} together"
        )
        lines.append(indented(Flowing(more, style="dim")))
    return Group(*lines) if lines else indented(Flowing(say("没有。", "Nothing.")))


def _strip(found: Future, spoken: Spoken) -> RenderableType:
    """The month-ends in columns of twelve."""
    names = found.scheme.grade_names
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    states = [month.state for month in found.months]

    def cell(state: State | None) -> Text:
        if state is None:
            return Text("")
        colour = grade_colour(names.index(state.grade), len(names))
        text = Text(f"{state.as_of:%Y-%m}  ")
        text.append(f" {state.grade:^2} ", style=f"bold {ink_on(colour)} on {colour}")
        return text.append("" if state.score is None else f" {spoken.score(state.score):>6}")

    for row in zip_longest(*(states[first : first + 12] for first in range(0, len(states), 12))):
        table.add_row(*map(cell, row))
    return Group(Text(""), Text(f"{found.now.as_of}  {graded(found.now, spoken)}", style="bold"), indented(table))
