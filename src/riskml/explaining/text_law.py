"""The parts of an explanation on a terminal that quote the scheme: class, rules, measures, procedures, what is not
used.
"""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from riskml.core.language import say
from riskml.core.lines import Flowing
from riskml.explaining.exclusions import Excluded
from riskml.explaining.explanation import Explanation
from riskml.explaining.labels import ASKED_FOR, after_opening, inspections, working_days
from riskml.explaining.text_wording import Spoken, indented, our_reading, titled
from riskml.schemes.decisions import LABELS as ANSWERS
from riskml.schemes.decisions import Decision
from riskml.schemes.measure_specs import Measure
from riskml.schemes.provisions import Provision


def updated_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """The rule by which the grade was updated after the run, and its evidence."""
    update = explanation.updated
    if update is None or update.rule is None or update.evidence is None:
        return []
    rule = f"{spoken.article(update.rule)}{spoken(update.rule.label)}\n{spoken.evidence(update.evidence)}"
    return [titled(spoken, "updated_since"), indented(Flowing(rule)), *our_reading(update.rule.reading, spoken)]


def class_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """The text of the class that holds, where no officer's answer is awaited."""
    held = explanation.by_class
    if held is None or held.awaits is not None:
        return []
    text = [indented(Flowing(f"{spoken.place(held.article)}{spoken(held.text)}"))] if held.text and held.article else []
    return [*text, *our_reading(held.reading, spoken)]


def rules_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """Rules that fired with their evidence and decisions; listings found to be of somebody else; rules not known."""
    parts: list[RenderableType] = []
    for fired in explanation.rules:
        title = f"{spoken.article(fired.rule)}{spoken(fired.rule.label)}"
        text = f"{title}\n{spoken(fired.rule.text)}\n{spoken.evidence(fired.evidence)}"
        parts += [indented(Flowing(text)), *our_reading(fired.rule.reading, spoken)]
        answered = explanation.updated is not None and explanation.updated.rule == fired.rule
        if fired.waits and not answered:
            pending = spoken.entry("pending", " / ".join(fired.rule.effect.grades))
            parts.append(indented(Flowing(f"{pending}\n{spoken.word(fired.until_then)}", style="yellow")))
        elif fired.decision is not None:
            parts.append(indented(Flowing(_decided(fired.decision, spoken))))
    if explanation.somebody_else:
        parts.append(indented(Flowing(spoken.word("somebody_else"))))
    for answer in explanation.somebody_else:
        listing = f"{spoken.article(explanation.scheme.rule(answer.rule))}{spoken.entry('listing', answer.evidence[0])}"
        parts.append(indented(Flowing(f"{listing}\n{_decided(answer, spoken)}")))
    if explanation.rules_unknown:
        parts.append(indented(Flowing(f"{spoken.word('rules_unknown')}{say('：', ':')}", style="dim")))
    for unknown in explanation.rules_unknown:
        needed = spoken.bracketed(spoken.listed(map(spoken, unknown.tables)))
        parts.append(
            indented(Flowing(f"{spoken.article(unknown.rule)}{spoken(unknown.rule.label)}{needed}", style="dim"))
        )
    return parts


def _decided(decision: Decision, spoken: Spoken) -> str:
    """An officer's answer in one line."""
    grade = spoken(ANSWERS[decision.grade]) if decision.grade in ANSWERS else decision.grade
    opened = spoken.bracketed(spoken.word("opened")) if decision.evidence_tables else ""
    second = (spoken.entry("second", decision.second),) if decision.second else ()
    until = spoken.entry("until", decision.expires_on.isoformat()) if decision.expires_on else spoken.word("stays")
    day = decision.decided_on.isoformat()
    facts = " · ".join((grade, decision.officer, day, *second, until, decision.reason))
    return f"{spoken.word('decided')}{opened}{say('：', ': ')}{facts}"


def measures_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """Measures of the grade, and how it is inspected."""
    measures = explanation.measures
    if measures is None:
        return []
    opening = _measure(measures.opening, explanation, spoken, after_opening(measures))
    parts = [titled(spoken, "measures"), indented(opening)]
    parts += [indented(_measure(one, explanation, spoken)) for one in measures.sentences]
    for how in inspections(measures):
        line = Flowing(f"{spoken.article(measures.opening)}{spoken(how)}", style="bold")
        parts.append(indented(_superseded(line, measures.opening, explanation, spoken)))
    return [*parts, *our_reading(measures.reading, spoken)]


def _measure(one: Measure | Provision, explanation: Explanation, spoken: Spoken, after: str = "") -> Text:
    """A measure's line; one that another text has superseded is struck out, with what applies."""
    line = Flowing(f"{spoken.article(one)}{spoken(one.text)}{after}{_rights(one, spoken)}")
    return _superseded(line, one, explanation, spoken) if isinstance(one, Measure) else line


def _superseded(line: Text, one: Measure, explanation: Explanation, spoken: Spoken) -> Text:
    by = one.superseded_on(explanation.as_of)
    if by is None:
        return line
    line.stylize("strike")
    return line.append(f"\n{spoken.word('superseded')}{spoken(by.told)}", style="not strike")


def _rights(one: Measure | Provision, spoken: Spoken) -> str:
    """What a measure that restricts rights needs besides."""
    needed = one.touches_rights if isinstance(one, Measure) else None
    return "" if needed is None else spoken.bracketed(spoken.entry("touches_rights", spoken(needed)))


def procedures_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
    """What the enterprise may ask for, with its terms in working days."""
    procedures = [item for item in explanation.scheme.procedures if item.kind in ASKED_FOR]
    parts = [titled(spoken, "procedures")] if procedures else []
    for procedure in procedures:
        term = spoken.bracketed(spoken(working_days(procedure.working_days))) if procedure.working_days else ""
        parts.append(indented(Flowing(f"{spoken.article(procedure)}{spoken(procedure.text)}{term}")))
        parts += our_reading(procedure.reading, spoken)
    return parts


def excluded_part(explanation: Explanation, spoken: Spoken) -> list[RenderableType]:
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
        return [indented(Flowing(spoken.word("no_excluded"), style="dim"))]
    return [indented(Flowing(line)) for line in lines]


def _from_to(one: Excluded, spoken: Spoken) -> str:
    """What the part of a record was, and what is left of it."""
    return " → ".join(spoken(value) if value else "—" for value in (one.original, one.value))
