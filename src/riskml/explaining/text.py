"""The explanation on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from riskml.core.language import Label, say
from riskml.core.lines import Flowing
from riskml.explaining.citations import Evidence
from riskml.explaining.colours import LOWERED, RAISED, grade_colour
from riskml.explaining.exclusions import Excluded
from riskml.explaining.explanation import Explanation, LocalIndustry
from riskml.explaining.fused import Fused
from riskml.explaining.labels import (
    ASKED_FOR,
    after_opening,
    apart,
    counts,
    inspections,
    is_better,
    more_records,
    words_of,
    working_days,
)
from riskml.explaining.reasons import Reason
from riskml.explaining.values import percent, point_places, points, signed, times
from riskml.explaining.verdict import grade_label, standing, verdict
from riskml.relations.about import LABELS
from riskml.schemes.decisions import LABELS as ANSWERS
from riskml.schemes.decisions import Decision
from riskml.schemes.industry import KEY_FIELDS
from riskml.schemes.measure_specs import Measure
from riskml.schemes.notices import status_of
from riskml.schemes.provisions import Article, Provision
from riskml.schemes.scheme import Scheme

BAR = 24
"""Characters of the longest bar."""


def render_text(explanation: Explanation) -> RenderableType:
    """The explanation for ``rich``'s console, in the language that is spoken.

    Names and records are plain text to it: markup in them is shown, not obeyed.
    """
    told = _Told(explanation.scheme)
    parts: list[RenderableType] = [_head(explanation, told), Flowing(told(explanation.scheme.note), style="dim")]
    status = status_of(explanation.scheme, explanation.as_of)
    parts.append(Flowing(told.entry("scheme_status", told(status)), style="dim"))
    if explanation.provenance.simulated:
        parts.append(Flowing(told.word("simulated"), style="bold yellow"))
    if explanation.not_known:
        parts.append(Flowing(told.entry("scope_unknown", told.listed(map(told, explanation.not_known))), style="dim"))
    parts += [Flowing(told(note), style="bold yellow") for note in standing(explanation)]
    if (update := explanation.updated) is not None and update.rule is not None and update.evidence is not None:
        parts.append(_title(told, "updated_since"))
        rule = f"{told.article(update.rule)}{told(update.rule.label)}\n{told.evidence(update.evidence)}"
        parts.append(_indented(Flowing(rule)))
        parts += _reading(update.rule.reading, told)
    parts += [_title(told, "basis_of_grade"), _indented(Flowing(told(verdict(explanation)), style="bold"))]
    if (held := explanation.by_class) is not None and held.awaits is None:
        if held.text and held.article:
            parts.append(_indented(Flowing(f"{told.place(held.article)}{told(held.text)}")))
        parts += _reading(held.reading, told)
    for fired in explanation.rules:
        text = f"{told.article(fired.rule)}{told(fired.rule.label)}\n{told(fired.rule.text)}\n{told.evidence(fired.evidence)}"
        parts.append(_indented(Flowing(text)))
        parts += _reading(fired.rule.reading, told)
        answered = explanation.updated is not None and explanation.updated.rule == fired.rule
        if fired.waits and not answered:
            until = told.word(fired.until_then)
            parts.append(
                _indented(Flowing(f"{told.entry('pending', ' / '.join(fired.rule.effect.grades))}\n{until}", style="yellow"))
            )
        elif fired.decision is not None:
            parts.append(_indented(Flowing(_decided(fired.decision, told))))
    if explanation.somebody_else:
        parts.append(_indented(Flowing(told.word("somebody_else"))))
    for answer in explanation.somebody_else:
        listing = f"{told.article(explanation.scheme.rule(answer.rule))}{told.entry('listing', answer.evidence[0])}"
        parts.append(_indented(Flowing(f"{listing}\n{_decided(answer, told)}")))
    if explanation.rules_unknown:
        parts.append(_indented(Flowing(f"{told.word('rules_unknown')}{say('：', ':')}", style="dim")))
    for unknown in explanation.rules_unknown:
        needed = told.bracketed(told.listed(map(told, unknown.tables)))
        parts.append(_indented(Flowing(f"{told.article(unknown.rule)}{told(unknown.rule.label)}{needed}", style="dim")))
    parts += [_title(told, "dimensions"), _dimensions(explanation, told)]
    parts += [_title(told, "conduct"), *_conduct(explanation, told)]
    directions = (("raised", explanation.raised), ("lowered", explanation.lowered))
    for title, reasons in directions[:1] if counts(explanation.scheme) else directions:
        parts += [_title(told, title), _reasons(reasons, told)]
    if counts(explanation.scheme):
        parts += [_title(told, "coverage"), _indented(_coverage(explanation, told))]
    if explanation.fused is not None:
        parts += [_title(told, "fused"), *_fused(explanation, explanation.fused, told)]
    if explanation.noted:
        parts += [_title(told, "noted"), _reasons(explanation.noted, told)]
    if (local := explanation.local_industry) is not None:
        parts += [_title(told, "local_industry"), *(_indented(Flowing(line)) for line in _local(explanation, local, told))]
        parts += [_reasons(local.explanation.raised, told), _reasons(local.explanation.lowered, told)]
    if explanation.external_grades:
        parts += [_title(told, "external_grades"), _indented(Flowing(told.word("external_hint"), style="dim"))]
        parts += [
            _indented(Flowing(f"{told(one.field)}{say('：', ': ')}{one.grade} · {one.record_id} · {one.since.isoformat()}"))
            for one in explanation.external_grades
        ]
    if explanation.measures is not None:
        parts.append(_title(told, "measures"))
        opening = explanation.measures.opening
        parts.append(_indented(_measure(opening, explanation, told, after_opening(explanation.measures))))
        parts += [_indented(_measure(one, explanation, told)) for one in explanation.measures.sentences]
        for how in inspections(explanation.measures):
            line = Flowing(f"{told.article(opening)}{told(how)}", style="bold")
            parts.append(_indented(_superseded(line, opening, explanation, told)))
        parts += _reading(explanation.measures.reading, told)
    if procedures := [item for item in explanation.scheme.procedures if item.kind in ASKED_FOR]:
        parts.append(_title(told, "procedures"))
    for procedure in procedures:
        term = told.bracketed(told(working_days(procedure.working_days))) if procedure.working_days else ""
        parts.append(_indented(Flowing(f"{told.article(procedure)}{told(procedure.text)}{term}")))
        parts += _reading(procedure.reading, told)
    parts.append(_title(told, "excluded"))
    for one in explanation.excluded:
        why = f" · {told(one.provision.article)}" if one.provision else ""
        if one.provision is not None and one.provision.reading is not None:
            why += f" · {told.word('our_reading')}{say('：', ': ')}{told(one.provision.reading)}"
        part = f" · {told.word('part_only')}{told(one.part)} {_from_to(one, told)}" if one.part else ""
        part += f" · {told.word('outdone')}" if one.outdone else ""
        part += f" · {told.word('law')}{one.law}" if one.law else ""
        parts.append(
            _indented(Flowing(f"{one.record_id} {told(one.table)} · {told(one.kind)}{part} · {one.amended.isoformat()}{why}"))
        )
    if not explanation.excluded:
        parts.append(_indented(Flowing(told.word("no_excluded"), style="dim")))
    return Group(*parts)


def _reading(reading: Label | None, told: _Told) -> list[RenderableType]:
    """How a text is read where it does not say so itself."""
    return [] if reading is None else [_indented(Flowing(told.entry("our_reading", told(reading)), style="dim"))]


def _measure(one: Measure | Provision, explanation: Explanation, told: _Told, after: str = "") -> Text:
    """A measure's line; one that another text has superseded is struck out, with what applies."""
    line = Flowing(f"{told.article(one)}{told(one.text)}{after}{_rights(one, told)}")
    return _superseded(line, one, explanation, told) if isinstance(one, Measure) else line


def _superseded(line: Text, one: Measure, explanation: Explanation, told: _Told) -> Text:
    by = one.superseded_on(explanation.as_of)
    if by is None:
        return line
    line.stylize("strike")
    return line.append(f"\n{told.word('superseded')}{told(by.told)}", style="not strike")


def _rights(one: Measure | Provision, told: _Told) -> str:
    """What a measure that restricts rights needs besides."""
    needed = one.touches_rights if isinstance(one, Measure) else None
    return "" if needed is None else told.bracketed(told.entry("touches_rights", told(needed)))


def _from_to(one: Excluded, told: _Told) -> str:
    """What the part of a record was, and what is left of it."""
    return " → ".join(told(value) if value else "—" for value in (one.original, one.value))


class _Told:
    """Labels and a scheme's fixed words in the language that is spoken."""

    def __init__(self, scheme: Scheme) -> None:
        self.words, self.counts, self.places = words_of(scheme), counts(scheme), point_places(scheme)

    def __call__(self, label: Label | Article) -> str:
        return label.said if isinstance(label, Label) else say(label.zh, label.en)

    def word(self, name: str) -> str:
        return self(self.words[name])

    def entry(self, name: str, value: str) -> str:
        """A fixed word with what it is in this case."""
        return f"{self.word(name)}{say('：', ': ')}{value}"

    def article(self, provision: Provision) -> str:
        return self.place(provision.article)

    def place(self, article: Article) -> str:
        """An article before what it says."""
        return f"{self(article)}{say('：', ': ')}"

    def bracketed(self, text: str) -> str:
        return say(f"（{text}）", f" ({text})")

    def listed(self, texts: Iterable[str]) -> str:
        return say("、", ", ").join(texts)

    def evidence(self, found: Evidence) -> str:
        """The records that something rests on, and how many are not named."""
        unlisted = found.count - len(found.cited)
        more = self.bracketed(self(more_records(unlisted))) if unlisted else ""
        return f"{self.entry('evidence', self.listed(one.record_id for one in found.cited))}{more}"

    def score(self, value: float) -> str:
        return points(value, self.places)

    def amount(self, value: float) -> str:
        """Points with their sign, or how often something was counted."""
        return self(times(value)) if self.counts else signed(value, self.places)


def _head(explanation: Explanation, told: _Told) -> Panel:
    names = explanation.scheme.grade_names
    colour = grade_colour(names.index(explanation.grade), len(names))
    subject = explanation.subject
    text = Flowing()
    text.append(f" {explanation.grade} ", style=f"bold white on {colour}")
    text.append(f" {told(grade_label(explanation, explanation.grade))}   {subject.name}  {subject.enterprise_id}\n", style="bold")
    # Here and not in the panel's title, which a narrow terminal cuts.
    text.append(f"{told(explanation.scheme.label)} · {told.word('as_of')} {explanation.as_of.isoformat()}\n")
    facts = (subject.region, told(subject.industry) if subject.industry else None, told(subject.status))
    text.append(f"{' · '.join(filter(None, facts))}\n")
    if explanation.directories:
        text.append(told.entry("directories", told.listed(map(told, explanation.directories))) + "\n")
    if explanation.score is not None:
        score = told.score(explanation.score) + told.bracketed(told.word("score_hint"))
        text.append(f"{told.entry('score', score)}\n{told.entry('base_score', told.score(explanation.base_score))}\n")
    elif apart(explanation.scheme):
        text.append("   ".join(told.entry(name, f"{explanation.totals[name]:g}") for name in ("good", "bad")) + "\n")
    if explanation.risk is not None:
        text.append(told.entry("risk", percent(explanation.risk) + told.bracketed(told(explanation.risk_meaning))))
    text.rstrip()
    return Panel(text, title=told.word("title"), title_align="left", border_style=colour)


def _local(explanation: Explanation, local: LocalIndustry, told: _Told) -> tuple[str, ...]:
    industry, own = local.industry, local.explanation
    field = (told.entry("key_field", told(KEY_FIELDS[industry.key_field])),) if industry.key_field else ()
    grade = f"{told(industry.label)}{say('：', ': ')}{own.grade} {told(grade_label(own, own.grade))}"
    figures = (told.entry("score", told.score(own.score or 0)), told.entry("risk", percent(own.risk or 0)))
    return (
        " · ".join((grade, *figures, *field)),
        f"{explanation.grade} × {own.grade} → {told.word('combined_grade')} {local.cell.combined}{told.bracketed(told(local.basis))}",
        f"{told.word('combined_hint')} {told(industry.note)}",
    )


def _coverage(explanation: Explanation, told: _Told) -> RenderableType:
    """Which tables were looked in, and those that were never received."""
    received = [told(one.table) for one in explanation.coverage if one.received]
    missing = [told(one.table) for one in explanation.coverage if not one.received]
    lines = [Flowing(told.listed(received))] if received else []
    if missing:
        lines.append(Flowing(f"{told.listed(missing)}{told.bracketed(told.word('never_received'))}", style="yellow"))
    return Group(*lines)


def _fused(explanation: Explanation, fused: Fused, told: _Told) -> list[RenderableType]:
    """What the grade and that of a trade give together, and the grades of others on record."""
    lines = [Flowing(f"{told.article(fused.provision)}{told(fused.provision.text)}")]
    if fused.cell is None or fused.field is None or fused.level is None:
        lines.append(Flowing(told.word("no_trade_grade")))
    else:
        whose = told.word("as_text" if fused.cell.basis == "text" else "ours")
        trade = f"{told(fused.field)}{say('：', ': ')}{told(fused.level)}"
        combined = f"{told.word('fused_class')} {fused.cell.combined}{told.bracketed(whose)}"
        lines.append(Flowing(f"{explanation.grade} × {trade} → {combined}", style="bold"))
        lines.append(Flowing(told.word("fused_acts" if fused.acts else "fused_informs")))
    return [*(_indented(line) for line in lines), *_reading(fused.reading, told)]


def _dimensions(explanation: Explanation, told: _Told) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    largest = max((abs(dimension.points) for dimension in explanation.dimensions), default=1.0) or 1.0
    for dimension in explanation.dimensions:
        style = RAISED if (dimension.points > 0) != is_better(explanation.scheme) else LOWERED
        bar = "█" * (max(1, round(abs(dimension.points) / largest * BAR)) if dimension.points else 0)
        table.add_row(
            told(dimension.label), Text(told.amount(dimension.points), style=style, justify="right"), Text(bar, style=style)
        )
    return _indented(table)


def _decided(decision: Decision, told: _Told) -> str:
    """An officer's answer in one line."""
    grade = told(ANSWERS[decision.grade]) if decision.grade in ANSWERS else decision.grade
    opened = told.bracketed(told.word("opened")) if decision.evidence_tables else ""
    second = (told.entry("second", decision.second),) if decision.second else ()
    until = told.entry("until", decision.expires_on.isoformat()) if decision.expires_on else told.word("stays")
    day = decision.decided_on.isoformat()
    facts = " · ".join((grade, decision.officer, day, *second, until, decision.reason))
    return f"{told.word('decided')}{opened}{say('：', ': ')}{facts}"


def _conduct(explanation: Explanation, told: _Told) -> tuple[RenderableType, ...]:
    """Points apart by whose conduct they tell of, and what score and grade would be without those of others."""
    conduct = explanation.conduct
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for part in explanation.conduct_parts:
        amounts = (part.raised, part.lowered) if apart(explanation.scheme) else (part.points,)
        table.add_row(told(part.label), *(Text(told.amount(amount), justify="right") for amount in amounts))
    higher = f"{say('，', ', ')}{told.word('higher')}"
    score = (
        ""
        if conduct.own_score is None
        else told.bracketed(f"{told.entry('score', told.score(conduct.own_score)).lower()}{higher}")
    )
    lines = [f"{told.entry('own_grade', conduct.own_grade)}{score}"]
    if conduct.score_without_peer_rates is not None and explanation.reads_peer_rates:
        lines.append(told.entry("without_peer_rates", f"{told.score(conduct.score_without_peer_rates)}{higher}"))
    if explanation.scheme.score is not None and not explanation.scheme.score.peer_rates_move_bands:
        lines.append(told.word("band_without_peer_rates"))
    return (_indented(table), *(_indented(Flowing(line)) for line in lines))


def _about(reason: Reason, told: _Told) -> str:
    label = told(LABELS[reason.about])
    return say(f"【{label}】", f"[{label}] ")


def _reasons(reasons: tuple[Reason, ...], told: _Told) -> RenderableType:
    if not reasons:
        return _indented(Flowing(told.word("nothing"), style="dim"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for reason in reasons:
        style = RAISED if (reason.points > 0) != (reason.scale == "better") else LOWERED
        amount = told.amount(reason.points) if reason.scale == "counts" else signed(reason.points, reason.places)
        table.add_row(Text(amount, style=f"bold {style}"), Flowing(f"{_about(reason, told)}{told(reason.sentence)}"))
    return _indented(table)


def _title(told: _Told, word: str) -> RenderableType:
    return Padding(Text(told.word(word), style="bold underline"), (1, 0, 0, 0))


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, 2))
