"""The explanation on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from riskml.core.language import say
from riskml.core.lines import Flowing
from riskml.explaining.colours import LOWERED, RAISED, grade_colour
from riskml.explaining.explanation import Explanation, LocalIndustry
from riskml.explaining.fused import Fused
from riskml.explaining.labels import apart, counts, is_better
from riskml.explaining.reasons import Reason
from riskml.explaining.text_law import (
    class_part,
    excluded_part,
    measures_part,
    procedures_part,
    rules_part,
    updated_part,
)
from riskml.explaining.text_wording import Spoken, indented, our_reading, titled
from riskml.explaining.values import percent, percent_interval, signed
from riskml.explaining.verdict import grade_label, standing, verdict
from riskml.relations.about import LABELS
from riskml.schemes.industry import KEY_FIELDS
from riskml.schemes.notices import notice_of, status_beyond_notice

BAR = 24
"""Characters of the longest bar."""


def render_text(explanation: Explanation) -> RenderableType:
    """The explanation for ``rich``'s console, in the language that is spoken.

    Names and records are plain text to it: markup in them is shown, not obeyed.
    """
    spoken = Spoken(explanation.scheme)
    parts = [_head(explanation, spoken), *_notices(explanation, spoken), *updated_part(explanation, spoken)]
    parts += [titled(spoken, "basis_of_grade"), indented(Flowing(spoken(verdict(explanation)), style="bold"))]
    parts += [*class_part(explanation, spoken), *rules_part(explanation, spoken)]
    parts += [titled(spoken, "dimensions"), _dimensions(explanation, spoken)]
    parts += [titled(spoken, "conduct"), *_conduct(explanation, spoken)]
    directions = (("raised", explanation.raised), ("lowered", explanation.lowered))
    for title, reasons in directions[:1] if counts(explanation.scheme) else directions:
        parts += [titled(spoken, title), _reasons(reasons, spoken)]
    parts += _reasons_by(explanation, spoken)
    parts += _together(explanation, spoken)
    if counts(explanation.scheme):
        parts += [titled(spoken, "coverage"), indented(_coverage(explanation, spoken))]
    if explanation.fused is not None:
        parts += [titled(spoken, "fused"), *_fused(explanation, explanation.fused, spoken)]
    if explanation.noted:
        parts += [titled(spoken, "noted"), _reasons(explanation.noted, spoken)]
    if (local := explanation.local_industry) is not None:
        parts += [
            titled(spoken, "local_industry"),
            *(indented(Flowing(line)) for line in _local(explanation, local, spoken)),
        ]
        parts += [_reasons(local.explanation.raised, spoken), _reasons(local.explanation.lowered, spoken)]
        parts += _reasons_by(local.explanation, spoken)
        parts += _together(local.explanation, spoken)
    parts += [
        *_external_grades(explanation, spoken),
        *measures_part(explanation, spoken),
        *procedures_part(explanation, spoken),
    ]
    parts += [titled(spoken, "excluded"), *excluded_part(explanation, spoken)]
    return Group(*parts)


def _notices(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """What holds of the whole explanation: the scheme's notice, note and status, simulated records, what is not
    known.
    """
    lines = [
        Flowing(spoken(notice_of(explanation.scheme, explanation.as_of))),
        Flowing(spoken(explanation.scheme.note), style="dim"),
    ]
    if (status := status_beyond_notice(explanation.scheme, explanation.as_of)) is not None:
        lines.append(Flowing(spoken.entry("scheme_status", spoken(status)), style="dim"))
    if explanation.provenance.simulated:
        lines.append(Flowing(spoken.word("simulated"), style="bold yellow"))
    if explanation.not_known:
        lines.append(
            Flowing(spoken.entry("scope_unknown", spoken.listed(map(spoken, explanation.not_known))), style="dim")
        )
    return [*lines, *(Flowing(spoken(note), style="bold yellow") for note in standing(explanation))]


def _external_grades(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """Grades given by others, which are shown and have no part in the grade."""
    if not explanation.external_grades:
        return []
    lines = (
        f"{spoken(one.field)}{say('：', ': ')}{one.grade} · {one.record_id} · {one.since.isoformat()}"
        for one in explanation.external_grades
    )
    hint = Flowing(spoken.word("external_hint"), style="dim")
    return [titled(spoken, "external_grades"), indented(hint), *(indented(Flowing(line)) for line in lines)]


def _head(explanation: Explanation, spoken: Spoken) -> Panel:
    names = explanation.scheme.grade_names
    colour = grade_colour(names.index(explanation.grade), len(names))
    subject = explanation.subject
    text = Flowing()
    text.append(f" {explanation.grade} ", style=f"bold white on {colour}")
    text.append(
        f" {spoken(grade_label(explanation, explanation.grade))}   {subject.name}  {subject.enterprise_id}\n",
        style="bold",
    )
    # Here and not in the panel's title, which a narrow terminal cuts.
    text.append(f"{spoken(explanation.scheme.label)} · {spoken.word('as_of')} {explanation.as_of.isoformat()}\n")
    facts = (subject.region, spoken(subject.industry) if subject.industry else None, spoken(subject.status))
    text.append(f"{' · '.join(filter(None, facts))}\n")
    if explanation.directories:
        text.append(spoken.entry("directories", spoken.listed(map(spoken, explanation.directories))) + "\n")
    if explanation.score is not None:
        score = spoken.score(explanation.score) + spoken.bracketed(spoken.word("score_hint"))
        text.append(
            f"{spoken.entry('score', score)}\n{spoken.entry('base_score', spoken.score(explanation.base_score))}\n"
        )
    elif apart(explanation.scheme):
        text.append("   ".join(spoken.entry(name, f"{explanation.totals[name]:g}") for name in ("good", "bad")) + "\n")
    if explanation.risk is not None:
        text.append(
            spoken.entry("risk", percent(explanation.risk) + spoken.bracketed(spoken(explanation.risk_meaning))) + "\n"
        )
        text.append(spoken.entry("risk_interval", spoken.interval(explanation.risk_interval)) + "\n")
        if explanation.risk_interval is not None:
            text.append(spoken.word("risk_interval_hint"), style="dim")
    text.rstrip()
    return Panel(text, title=spoken.word("title"), title_align="left", border_style=colour)


def _local(explanation: Explanation, local: LocalIndustry, spoken: Spoken) -> tuple[str, ...]:
    industry, own = local.industry, local.explanation
    field = (spoken.entry("key_field", spoken(KEY_FIELDS[industry.key_field])),) if industry.key_field else ()
    grade = f"{spoken(industry.label)}{say('：', ': ')}{own.grade} {spoken(grade_label(own, own.grade))}"
    risk = percent(own.risk or 0)
    if own.risk_interval is not None:
        risk += spoken.bracketed(percent_interval(own.risk_interval))
    figures = (spoken.entry("score", spoken.score(own.score or 0)), spoken.entry("risk", risk))
    return (
        " · ".join((grade, *figures, *field)),
        f"{explanation.grade} × {own.grade} → {spoken.word('combined_grade')} "
        f"{local.cell.combined}{spoken.bracketed(spoken(local.basis))}",
        f"{spoken.word('combined_hint')} {spoken(industry.note)}",
    )


def _coverage(explanation: Explanation, spoken: Spoken) -> RenderableType:
    """Which tables were looked in, and those that were never received."""
    received = [spoken(one.table) for one in explanation.coverage if one.received]
    missing = [spoken(one.table) for one in explanation.coverage if not one.received]
    lines = [Flowing(spoken.listed(received))] if received else []
    if missing:
        lines.append(
            Flowing(f"{spoken.listed(missing)}{spoken.bracketed(spoken.word('never_received'))}", style="yellow")
        )
    return Group(*lines)


def _fused(explanation: Explanation, fused: Fused, spoken: Spoken) -> list[RenderableType]:
    """What the grade and that of a trade give together, and the grades of others on record."""
    lines = [Flowing(f"{spoken.article(fused.provision)}{spoken(fused.provision.text)}")]
    if fused.cell is None or fused.field is None or fused.level is None:
        lines.append(Flowing(spoken.word("no_trade_grade")))
    else:
        whose = spoken.word("as_text" if fused.cell.basis == "text" else "ours")
        trade = f"{spoken(fused.field)}{say('：', ': ')}{spoken(fused.level)}"
        combined = f"{spoken.word('fused_class')} {fused.cell.combined}{spoken.bracketed(whose)}"
        lines.append(Flowing(f"{explanation.grade} × {trade} → {combined}", style="bold"))
        lines.append(Flowing(spoken.word("fused_acts" if fused.acts else "fused_informs")))
    return [*(indented(line) for line in lines), *our_reading(fused.reading, spoken)]


def _dimensions(explanation: Explanation, spoken: Spoken) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    largest = max((abs(dimension.points) for dimension in explanation.dimensions), default=1.0) or 1.0
    for dimension in explanation.dimensions:
        style = RAISED if (dimension.points > 0) != is_better(explanation.scheme) else LOWERED
        bar = "█" * (max(1, round(abs(dimension.points) / largest * BAR)) if dimension.points else 0)
        table.add_row(
            spoken(dimension.label),
            Text(spoken.amount(dimension.points), style=style, justify="right"),
            Text(bar, style=style),
        )
    return indented(table)


def _conduct(explanation: Explanation, spoken: Spoken) -> tuple[RenderableType, ...]:
    """Points apart by whose conduct they tell of, and what score and grade would be without those of others."""
    conduct = explanation.conduct
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for part in explanation.conduct_parts:
        amounts = (part.raised, part.lowered) if apart(explanation.scheme) else (part.points,)
        table.add_row(spoken(part.label), *(Text(spoken.amount(amount), justify="right") for amount in amounts))
    higher = f"{say('，', ', ')}{spoken.word('higher')}"
    score = (
        ""
        if conduct.own_score is None
        else spoken.bracketed(f"{spoken.entry('score', spoken.score(conduct.own_score)).lower()}{higher}")
    )
    lines = [f"{spoken.entry('own_grade', conduct.own_grade)}{score}"]
    if conduct.score_without_peer_rates is not None and explanation.reads_peer_rates:
        lines.append(spoken.entry("without_peer_rates", f"{spoken.score(conduct.score_without_peer_rates)}{higher}"))
    if explanation.scheme.score is not None and not explanation.scheme.score.peer_rates_move_bands:
        lines.append(spoken.word("band_without_peer_rates"))
    return (indented(table), *(indented(Flowing(line)) for line in lines))


def _about(reason: Reason, spoken: Spoken) -> str:
    label = spoken(LABELS[reason.about])
    return say(f"【{label}】", f"[{label}] ")


def _reasons(reasons: tuple[Reason, ...], spoken: Spoken) -> RenderableType:
    if not reasons:
        return indented(Flowing(spoken.word("nothing"), style="dim"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for reason in reasons:
        style = RAISED if (reason.points > 0) != (reason.scale == "better") else LOWERED
        amount = spoken.amount(reason.points) if reason.scale == "counts" else signed(reason.points, reason.places)
        table.add_row(
            Text(amount, style=f"bold {style}"), Flowing(f"{_about(reason, spoken)}{spoken(reason.sentence)}")
        )
    return indented(table)


def _reasons_by(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """How exact the points above are, where that is to be said."""
    by = explanation.reasons_by
    return [] if by is None else [indented(Flowing(spoken(by), style="yellow"))]


def _together(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """The pairs of reasons that do more or less together, and that this does not come on top."""
    if not explanation.together:
        return []
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for pair in explanation.together:
        table.add_row(
            Text(spoken.amount(pair.points), style=f"bold {RAISED if pair.points > 0 else LOWERED}"),
            Flowing(spoken(pair.sentence)),
        )
    hint = indented(Flowing(spoken.word("together_hint"), style="dim"))
    return [titled(spoken, "together"), hint, indented(table)]
