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
    spoken = _Spoken(explanation.scheme)
    parts = [_head(explanation, spoken), *_notices(explanation, spoken), *_since(explanation, spoken)]
    parts += [_title(spoken, "basis_of_grade"), _indented(Flowing(spoken(verdict(explanation)), style="bold"))]
    parts += [*_class(explanation, spoken), *_rules(explanation, spoken)]
    parts += [_title(spoken, "dimensions"), _dimensions(explanation, spoken)]
    parts += [_title(spoken, "conduct"), *_conduct(explanation, spoken)]
    directions = (("raised", explanation.raised), ("lowered", explanation.lowered))
    for title, reasons in directions[:1] if counts(explanation.scheme) else directions:
        parts += [_title(spoken, title), _reasons(reasons, spoken)]
    if counts(explanation.scheme):
        parts += [_title(spoken, "coverage"), _indented(_coverage(explanation, spoken))]
    if explanation.fused is not None:
        parts += [_title(spoken, "fused"), *_fused(explanation, explanation.fused, spoken)]
    if explanation.noted:
        parts += [_title(spoken, "noted"), _reasons(explanation.noted, spoken)]
    if (local := explanation.local_industry) is not None:
        parts += [_title(spoken, "local_industry"), *(_indented(Flowing(line)) for line in _local(explanation, local, spoken))]
        parts += [_reasons(local.explanation.raised, spoken), _reasons(local.explanation.lowered, spoken)]
    parts += [*_external_grades(explanation, spoken), *_measures(explanation, spoken), *_procedures(explanation, spoken)]
    parts += [_title(spoken, "excluded"), *_excluded(explanation, spoken)]
    return Group(*parts)


def _notices(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """What holds of the whole explanation: the scheme's note and status, simulated records, what is not known."""
    status = status_of(explanation.scheme, explanation.as_of)
    lines = [
        Flowing(spoken(explanation.scheme.note), style="dim"),
        Flowing(spoken.entry("scheme_status", spoken(status)), style="dim"),
    ]
    if explanation.provenance.simulated:
        lines.append(Flowing(spoken.word("simulated"), style="bold yellow"))
    if explanation.not_known:
        lines.append(Flowing(spoken.entry("scope_unknown", spoken.listed(map(spoken, explanation.not_known))), style="dim"))
    return [*lines, *(Flowing(spoken(note), style="bold yellow") for note in standing(explanation))]


def _since(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """The rule by which the grade was updated after the run, and its evidence."""
    update = explanation.updated
    if update is None or update.rule is None or update.evidence is None:
        return []
    rule = f"{spoken.article(update.rule)}{spoken(update.rule.label)}\n{spoken.evidence(update.evidence)}"
    return [_title(spoken, "updated_since"), _indented(Flowing(rule)), *_reading(update.rule.reading, spoken)]


def _class(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """The text of the class that holds, where no officer's answer is awaited."""
    held = explanation.by_class
    if held is None or held.awaits is not None:
        return []
    text = [_indented(Flowing(f"{spoken.place(held.article)}{spoken(held.text)}"))] if held.text and held.article else []
    return [*text, *_reading(held.reading, spoken)]


def _rules(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """Rules that fired with their evidence and decisions; listings found to be of somebody else; rules not known."""
    parts: list[RenderableType] = []
    for fired in explanation.rules:
        text = f"{spoken.article(fired.rule)}{spoken(fired.rule.label)}\n{spoken(fired.rule.text)}\n{spoken.evidence(fired.evidence)}"
        parts += [_indented(Flowing(text)), *_reading(fired.rule.reading, spoken)]
        answered = explanation.updated is not None and explanation.updated.rule == fired.rule
        if fired.waits and not answered:
            pending = spoken.entry("pending", " / ".join(fired.rule.effect.grades))
            parts.append(_indented(Flowing(f"{pending}\n{spoken.word(fired.until_then)}", style="yellow")))
        elif fired.decision is not None:
            parts.append(_indented(Flowing(_decided(fired.decision, spoken))))
    if explanation.somebody_else:
        parts.append(_indented(Flowing(spoken.word("somebody_else"))))
    for answer in explanation.somebody_else:
        listing = f"{spoken.article(explanation.scheme.rule(answer.rule))}{spoken.entry('listing', answer.evidence[0])}"
        parts.append(_indented(Flowing(f"{listing}\n{_decided(answer, spoken)}")))
    if explanation.rules_unknown:
        parts.append(_indented(Flowing(f"{spoken.word('rules_unknown')}{say('：', ':')}", style="dim")))
    for unknown in explanation.rules_unknown:
        needed = spoken.bracketed(spoken.listed(map(spoken, unknown.tables)))
        parts.append(_indented(Flowing(f"{spoken.article(unknown.rule)}{spoken(unknown.rule.label)}{needed}", style="dim")))
    return parts


def _external_grades(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """Grades given by others, which are shown and have no part in the grade."""
    if not explanation.external_grades:
        return []
    lines = (
        f"{spoken(one.field)}{say('：', ': ')}{one.grade} · {one.record_id} · {one.since.isoformat()}"
        for one in explanation.external_grades
    )
    hint = Flowing(spoken.word("external_hint"), style="dim")
    return [_title(spoken, "external_grades"), _indented(hint), *(_indented(Flowing(line)) for line in lines)]


def _measures(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """Measures of the grade, and how it is inspected."""
    measures = explanation.measures
    if measures is None:
        return []
    opening = _measure(measures.opening, explanation, spoken, after_opening(measures))
    parts = [_title(spoken, "measures"), _indented(opening)]
    parts += [_indented(_measure(one, explanation, spoken)) for one in measures.sentences]
    for how in inspections(measures):
        line = Flowing(f"{spoken.article(measures.opening)}{spoken(how)}", style="bold")
        parts.append(_indented(_superseded(line, measures.opening, explanation, spoken)))
    return [*parts, *_reading(measures.reading, spoken)]


def _procedures(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """What the enterprise may ask for, with its terms in working days."""
    procedures = [item for item in explanation.scheme.procedures if item.kind in ASKED_FOR]
    parts = [_title(spoken, "procedures")] if procedures else []
    for procedure in procedures:
        term = spoken.bracketed(spoken(working_days(procedure.working_days))) if procedure.working_days else ""
        parts.append(_indented(Flowing(f"{spoken.article(procedure)}{spoken(procedure.text)}{term}")))
        parts += _reading(procedure.reading, spoken)
    return parts


def _excluded(explanation: Explanation, spoken: _Spoken) -> list[RenderableType]:
    """Records that were not used, wholly or in part, and why."""
    lines = []
    for one in explanation.excluded:
        why = f" · {spoken(one.provision.article)}" if one.provision else ""
        if one.provision is not None and one.provision.reading is not None:
            why += f" · {spoken.word('our_reading')}{say('：', ': ')}{spoken(one.provision.reading)}"
        part = f" · {spoken.word('part_only')}{spoken(one.part)} {_from_to(one, spoken)}" if one.part else ""
        part += f" · {spoken.word('outdone')}" if one.outdone else ""
        part += f" · {spoken.word('law')}{one.law}" if one.law else ""
        lines.append(f"{one.record_id} {spoken(one.table)} · {spoken(one.kind)}{part} · {one.amended.isoformat()}{why}")
    if not lines:
        return [_indented(Flowing(spoken.word("no_excluded"), style="dim"))]
    return [_indented(Flowing(line)) for line in lines]


def _reading(reading: Label | None, spoken: _Spoken) -> list[RenderableType]:
    """How a text is read where it does not say so itself."""
    return [] if reading is None else [_indented(Flowing(spoken.entry("our_reading", spoken(reading)), style="dim"))]


def _measure(one: Measure | Provision, explanation: Explanation, spoken: _Spoken, after: str = "") -> Text:
    """A measure's line; one that another text has superseded is struck out, with what applies."""
    line = Flowing(f"{spoken.article(one)}{spoken(one.text)}{after}{_rights(one, spoken)}")
    return _superseded(line, one, explanation, spoken) if isinstance(one, Measure) else line


def _superseded(line: Text, one: Measure, explanation: Explanation, spoken: _Spoken) -> Text:
    by = one.superseded_on(explanation.as_of)
    if by is None:
        return line
    line.stylize("strike")
    return line.append(f"\n{spoken.word('superseded')}{spoken(by.told)}", style="not strike")


def _rights(one: Measure | Provision, spoken: _Spoken) -> str:
    """What a measure that restricts rights needs besides."""
    needed = one.touches_rights if isinstance(one, Measure) else None
    return "" if needed is None else spoken.bracketed(spoken.entry("touches_rights", spoken(needed)))


def _from_to(one: Excluded, spoken: _Spoken) -> str:
    """What the part of a record was, and what is left of it."""
    return " → ".join(spoken(value) if value else "—" for value in (one.original, one.value))


class _Spoken:
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


def _head(explanation: Explanation, spoken: _Spoken) -> Panel:
    names = explanation.scheme.grade_names
    colour = grade_colour(names.index(explanation.grade), len(names))
    subject = explanation.subject
    text = Flowing()
    text.append(f" {explanation.grade} ", style=f"bold white on {colour}")
    text.append(
        f" {spoken(grade_label(explanation, explanation.grade))}   {subject.name}  {subject.enterprise_id}\n", style="bold"
    )
    # Here and not in the panel's title, which a narrow terminal cuts.
    text.append(f"{spoken(explanation.scheme.label)} · {spoken.word('as_of')} {explanation.as_of.isoformat()}\n")
    facts = (subject.region, spoken(subject.industry) if subject.industry else None, spoken(subject.status))
    text.append(f"{' · '.join(filter(None, facts))}\n")
    if explanation.directories:
        text.append(spoken.entry("directories", spoken.listed(map(spoken, explanation.directories))) + "\n")
    if explanation.score is not None:
        score = spoken.score(explanation.score) + spoken.bracketed(spoken.word("score_hint"))
        text.append(f"{spoken.entry('score', score)}\n{spoken.entry('base_score', spoken.score(explanation.base_score))}\n")
    elif apart(explanation.scheme):
        text.append("   ".join(spoken.entry(name, f"{explanation.totals[name]:g}") for name in ("good", "bad")) + "\n")
    if explanation.risk is not None:
        text.append(spoken.entry("risk", percent(explanation.risk) + spoken.bracketed(spoken(explanation.risk_meaning))))
    text.rstrip()
    return Panel(text, title=spoken.word("title"), title_align="left", border_style=colour)


def _local(explanation: Explanation, local: LocalIndustry, spoken: _Spoken) -> tuple[str, ...]:
    industry, own = local.industry, local.explanation
    field = (spoken.entry("key_field", spoken(KEY_FIELDS[industry.key_field])),) if industry.key_field else ()
    grade = f"{spoken(industry.label)}{say('：', ': ')}{own.grade} {spoken(grade_label(own, own.grade))}"
    figures = (spoken.entry("score", spoken.score(own.score or 0)), spoken.entry("risk", percent(own.risk or 0)))
    return (
        " · ".join((grade, *figures, *field)),
        f"{explanation.grade} × {own.grade} → {spoken.word('combined_grade')} {local.cell.combined}{spoken.bracketed(spoken(local.basis))}",
        f"{spoken.word('combined_hint')} {spoken(industry.note)}",
    )


def _coverage(explanation: Explanation, spoken: _Spoken) -> RenderableType:
    """Which tables were looked in, and those that were never received."""
    received = [spoken(one.table) for one in explanation.coverage if one.received]
    missing = [spoken(one.table) for one in explanation.coverage if not one.received]
    lines = [Flowing(spoken.listed(received))] if received else []
    if missing:
        lines.append(Flowing(f"{spoken.listed(missing)}{spoken.bracketed(spoken.word('never_received'))}", style="yellow"))
    return Group(*lines)


def _fused(explanation: Explanation, fused: Fused, spoken: _Spoken) -> list[RenderableType]:
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
    return [*(_indented(line) for line in lines), *_reading(fused.reading, spoken)]


def _dimensions(explanation: Explanation, spoken: _Spoken) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    largest = max((abs(dimension.points) for dimension in explanation.dimensions), default=1.0) or 1.0
    for dimension in explanation.dimensions:
        style = RAISED if (dimension.points > 0) != is_better(explanation.scheme) else LOWERED
        bar = "█" * (max(1, round(abs(dimension.points) / largest * BAR)) if dimension.points else 0)
        table.add_row(
            spoken(dimension.label), Text(spoken.amount(dimension.points), style=style, justify="right"), Text(bar, style=style)
        )
    return _indented(table)


def _decided(decision: Decision, spoken: _Spoken) -> str:
    """An officer's answer in one line."""
    grade = spoken(ANSWERS[decision.grade]) if decision.grade in ANSWERS else decision.grade
    opened = spoken.bracketed(spoken.word("opened")) if decision.evidence_tables else ""
    second = (spoken.entry("second", decision.second),) if decision.second else ()
    until = spoken.entry("until", decision.expires_on.isoformat()) if decision.expires_on else spoken.word("stays")
    day = decision.decided_on.isoformat()
    facts = " · ".join((grade, decision.officer, day, *second, until, decision.reason))
    return f"{spoken.word('decided')}{opened}{say('：', ': ')}{facts}"


def _conduct(explanation: Explanation, spoken: _Spoken) -> tuple[RenderableType, ...]:
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
    return (_indented(table), *(_indented(Flowing(line)) for line in lines))


def _about(reason: Reason, spoken: _Spoken) -> str:
    label = spoken(LABELS[reason.about])
    return say(f"【{label}】", f"[{label}] ")


def _reasons(reasons: tuple[Reason, ...], spoken: _Spoken) -> RenderableType:
    if not reasons:
        return _indented(Flowing(spoken.word("nothing"), style="dim"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for reason in reasons:
        style = RAISED if (reason.points > 0) != (reason.scale == "better") else LOWERED
        amount = spoken.amount(reason.points) if reason.scale == "counts" else signed(reason.points, reason.places)
        table.add_row(Text(amount, style=f"bold {style}"), Flowing(f"{_about(reason, spoken)}{spoken(reason.sentence)}"))
    return _indented(table)


def _title(spoken: _Spoken, word: str) -> RenderableType:
    return Padding(Text(spoken.word(word), style="bold underline"), (1, 0, 0, 0))


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, 2))
