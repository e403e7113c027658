"""The facts of a dossier: one enterprise as its pages tell it, in plain texts and tables for templates of documents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from riskml.core.language import say
from riskml.explaining.charts import WIDE, indicator_steps, waterfall
from riskml.explaining.exclusions import Excluded
from riskml.explaining.explanation import Explanation, RuleFired
from riskml.explaining.future import WHY_LEFT, Future
from riskml.explaining.labels import after_opening, apart, inspections
from riskml.explaining.reasons import Reason
from riskml.explaining.records_first import CitedRecord, records_first
from riskml.explaining.text_wording import Spoken
from riskml.explaining.values import percent
from riskml.explaining.verdict import grade_label, standing, verdict
from riskml.explaining.way_back import SUPPOSED, WayBack
from riskml.explaining.way_back_told import sections
from riskml.explaining.what_if import State
from riskml.explaining.what_if_text import graded_no_more, if_nothing_new, stays_the_same
from riskml.relations.about import LABELS
from riskml.schemes.measure_specs import Measure
from riskml.schemes.notices import notice_of, status_beyond_notice
from riskml.schemes.provisions import Provision


def dossier_facts(found: Explanation, future: Future, back: WayBack) -> dict[str, Any]:
    """What is told of an enterprise, in the language that is spoken: texts, and rows of texts.

    Parameters
    ----------
    future, back
        Of the same enterprise as of the same day.
    """
    spoken = Spoken(found.scheme)
    return {
        **_head(found, spoken),
        "rules": [_rule(one, spoken) for one in found.rules],
        "no_rules": spoken.word("no_rules"),
        "records": [_record(one, spoken) for one in records_first(found, future)],
        "waterfall": "" if found.score is None else waterfall(found, indicator_steps(found), layout=WIDE),
        "conduct": _conduct(found, spoken),
        "raised": [_reason(one, spoken) for one in found.raised],
        "lowered": [_reason(one, spoken) for one in found.lowered],
        "reasons_by": spoken(found.reasons_by) if found.reasons_by else "",
        "together": [f"{spoken.amount(one.points)}  {spoken(one.sentence)}" for one in found.together],
        "not_used": [_not_used(one, spoken) for one in found.excluded],
        "measures": _measures(found, spoken),
        "future": _future(future, spoken),
        "way_back": [
            {"title": one.title, "verdict": one.verdict or "", "lines": list(one.lines)} for one in sections(back)
        ],
        "supposed": SUPPOSED.said,
        "origin": _origin(found, spoken),
    }


def _head(found: Explanation, spoken: Spoken) -> dict[str, Any]:
    """Who it is, the grade and what set it, and what holds of all of it."""
    subject, scheme = found.subject, found.scheme
    registered = (
        ("code", subject.enterprise_id),
        ("region", subject.region),
        ("industry", subject.industry and spoken(subject.industry)),
        ("kind", subject.kind and spoken(subject.kind)),
        ("status", spoken(subject.status)),
        ("established", subject.established and subject.established.isoformat()),
        ("capital", subject.registered_capital and spoken(subject.registered_capital)),
        ("directories", spoken.listed(map(spoken, found.directories))),
        ("as_of", found.as_of.isoformat()),
    )
    figures = list[tuple[str, str]]()
    if found.score is not None:
        figures += [("score", spoken.score(found.score)), ("base_score", spoken.score(found.base_score))]
    elif apart(scheme):
        figures += [(name, f"{found.totals[name]:g}") for name in ("good", "bad")]
    if found.risk is not None:
        figures += [("risk", percent(found.risk)), ("risk_interval", spoken.interval(found.risk_interval))]
    status = status_beyond_notice(scheme, found.as_of)
    return {
        "title": spoken.word("title"),
        "name": subject.name,
        "code": subject.enterprise_id,
        "grade": found.grade,
        "grade_name": grade_label(found, found.grade).said,
        "scheme": spoken(scheme.label),
        "scheme_status": spoken.entry("scheme_status", spoken(status)) if status else "",
        "scheme_note": spoken(scheme.note),
        "notice": spoken(notice_of(scheme, found.as_of)),
        "registered": [{"label": spoken.word(name), "value": value} for name, value in registered if value],
        "figures": [{"label": spoken.word(name), "value": value} for name, value in figures],
        "simulated": spoken.word("simulated") if found.provenance.simulated else "",
        "standing": [spoken(one) for one in standing(found)],
        "verdict": spoken(verdict(found)),
    }


def _rule(fired: RuleFired, spoken: Spoken) -> dict[str, Any]:
    decision, state = fired.decision, ""
    if decision is not None:
        state = " · ".join((decision.grade, decision.officer, decision.decided_on.isoformat(), decision.reason))
        state = spoken.entry("decided", state)
    elif fired.waits:
        state = f"{spoken.entry('pending', ' / '.join(fired.rule.effect.grades))} {spoken.word(fired.until_then)}"
    return {
        "title": f"{spoken.article(fired.rule)}{spoken(fired.rule.label)}",
        "text": spoken(fired.rule.text),
        "reading": spoken.entry("our_reading", spoken(fired.rule.reading)) if fired.rule.reading else "",
        "state": state,
        "decides": fired.decides,
        "evidence": spoken.evidence(fired.evidence) if fired.evidence.cited else "",
    }


def _record(one: CitedRecord, spoken: Spoken) -> dict[str, str]:
    """A record first, then what it bears on and when it stops counting."""
    facts = [f"{spoken(fact.label)} {spoken(fact.value)}" for fact in one.facts]
    feeds = [
        spoken(feed.label) + ("" if feed.points is None else f" {spoken.amount(feed.points)}") for feed in one.feeds
    ]
    leaves = [f"{left.day.isoformat()} {spoken(WHY_LEFT[left.why])}" for left in one.leaves]
    semicolon = say("；", "; ")
    return {
        "date": one.dated.isoformat() if one.dated else "—",
        "table": spoken(one.table),
        "id": one.record_id,
        "facts": semicolon.join([*facts, *([spoken(one.authority)] if one.authority else [])]),
        "feeds": semicolon.join(feeds),
        "leaves": semicolon.join(leaves) or say("三年内仍计入", "counts for three years and longer"),
    }


def _conduct(found: Explanation, spoken: Spoken) -> dict[str, Any]:
    parts = [
        {
            "label": spoken(part.label),
            "points": f"{spoken.amount(part.raised)} · {spoken.amount(part.lowered)}"
            if apart(found.scheme)
            else spoken.amount(part.points),
        }
        for part in found.conduct_parts
    ]
    own, score = found.conduct.own_grade, found.conduct.own_score
    if score is not None:
        own += f" · {spoken.entry('score', spoken.score(score))}"
    return {"parts": parts, "hint": spoken.word("conduct_hint"), "own_grade": spoken.entry("own_grade", own)}


def _reason(one: Reason, spoken: Spoken) -> dict[str, str]:
    return {
        "points": spoken.amount(one.points),
        "about": spoken(LABELS[one.about]),
        "sentence": spoken(one.sentence),
    }


def _not_used(one: Excluded, spoken: Spoken) -> dict[str, str]:
    """A record that does not count, or not wholly (Art. 14), and why."""
    why = [spoken(one.kind)]
    if one.part:
        values = " → ".join(spoken(value) if value else "—" for value in (one.original, one.value))
        why.append(f"{spoken.word('part_only')}{spoken(one.part)} {values}")
    if one.provision:
        why.append(spoken(one.provision.article))
    if one.law:
        why.append(f"{spoken.word('law')}{one.law}")
    return {
        "date": one.dated.isoformat() if one.dated else "—",
        "table": spoken(one.table),
        "id": one.record_id,
        "why": say("；", "; ").join(why),
        "since": one.amended.isoformat(),
    }


def _measures(found: Explanation, spoken: Spoken) -> list[str]:
    measures = found.measures
    if measures is None:
        return []

    def line(one: Measure | Provision, after: str = "") -> str:
        told = f"{spoken.article(one)}{spoken(one.text)}{after}"
        by = one.superseded_on(found.as_of) if isinstance(one, Measure) else None
        return told if by is None else f"{told} {spoken.bracketed(spoken.word('superseded') + spoken(by.told))}"

    return [
        line(measures.opening, after_opening(measures)),
        *map(line, measures.sentences),
        *(spoken(one) for one in inspections(measures)),
    ]


def _future(found: Future, spoken: Spoken) -> dict[str, Any]:
    """The grades to come where they change, if nothing new arrives."""

    def row(state: State) -> dict[str, str]:
        score = "" if state.score is None else spoken.score(state.score)
        return {"day": state.as_of.isoformat(), "grade": state.grade, "score": score}

    states: Sequence[State] = [found.now, *(month.state for month in found.months)]
    changes = [now for before, now in pairwise(states) if now.grade != before.grade]
    return {
        "supposing": if_nothing_new(),
        "changes": [row(one) for one in changes],
        "stays": "" if changes else stays_the_same(found),
        "gone": graded_no_more(found.gone) if found.gone else "",
    }


def _origin(found: Explanation, spoken: Spoken) -> list[dict[str, str]]:
    given = found.provenance
    interval = None if found.risk_interval is None else spoken.word("risk_interval_hint")
    rows = (
        ("model", given.model or given.policy),
        ("trained", given.trained),
        ("run", given.run),
        ("risk_interval", interval),
    )
    return [{"label": spoken.word(name), "value": value} for name, value in rows if value]
