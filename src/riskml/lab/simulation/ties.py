"""Raw extracts of the relations: posts, shareholdings, and dishonest judgment debtors (法释〔2017〕7号)."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.basic import shown
from riskml.lab.simulation.calendar import NEVER, Integers, learnt
from riskml.lab.simulation.columns import NOTHING, Amounts, Codes, Dates, Either, Fixed, Frame, Numbered, TextColumn
from riskml.lab.simulation.dynamics import office
from riskml.lab.simulation.names import person_names
from riskml.lab.simulation.relations import ROLES
from riskml.lab.simulation.vocabularies import codes_of, labels
from riskml.lab.simulation.world import World

_PERSONS_LISTED_YEARLY = 0.0016
_ENTERPRISES_LISTED_YEARLY = 0.0016


def person_ids(person: Integers) -> TextColumn:
    """Identifiers of persons: no identity numbers, not even invented ones."""
    return Numbered("RY", person, 10)


def positions(rng: np.random.Generator, world: World) -> Frame:
    """Terms in posts."""
    posts, last = world.posts, world.calendar.last_day
    terms = posts.terms
    end = shown(terms.end, last)
    small = world.registration.is_kind("individual_business")[terms.enterprise]
    role = np.where(small, ROLES.index("operator"), posts.role)
    return {
        "recordId": Numbered("RZ", np.arange(len(terms.start)), 10),
        "UNISCID": world.code(terms.enterprise),
        "personId": person_ids(terms.holder),
        "name": person_names(terms.holder),
        "position_CN": Codes(role, labels("position", "role", ROLES)),
        "startDate": Dates(terms.start),
        "endDate": Dates(end),
        "recDate": Dates(learnt(rng, terms.start, typical=1.5, forgotten=0.002)),
    }


def shareholdings(rng: np.random.Generator, world: World) -> Frame:
    """Terms of shareholders, with share and subscribed amount."""
    shares, last = world.shares, world.calendar.last_day
    terms = shares.terms
    person, parent = np.where(shares.by_enterprise, 0, terms.holder), np.where(shares.by_enterprise, terms.holder, 0)
    return {
        "recordId": Numbered("GD", np.arange(len(terms.start)), 10),
        "UNISCID": world.code(terms.enterprise),
        "invId": Either(person_ids(person), world.code(parent), shares.by_enterprise),
        "invType_CN": Codes(
            shares.by_enterprise.astype(np.int8), labels("shareholding", "holder_kind", ("person", "enterprise"))
        ),
        "subConProp": Amounts(shares.share, 4),
        "liSubConAm": Amounts(world.registration.capital[terms.enterprise] * shares.share),
        "conDate": Dates(terms.start),
        "exitDate": Dates(shown(terms.end, last)),
        "recDate": Dates(learnt(rng, terms.start, typical=1.5, forgotten=0.002)),
    }


def dishonest_debtors(rng: np.random.Generator, world: World) -> Frame:
    """Listings of persons who hold posts, and of enterprises: two years as a rule, or until they pay."""
    calendar, last = world.calendar, world.calendar.last_day
    enterprise, listed = world.arrivals(rng, np.full(world.count, _ENTERPRISES_LISTED_YEARLY), 0.9)
    span = last + 1 - calendar.history_start
    holders = np.unique(world.posts.terms.holder[world.posts.terms.end == NEVER])
    expected = _PERSONS_LISTED_YEARLY * np.exp(0.8 * world.risk.persons[holders] - 0.32) * span / 365.25
    person = np.repeat(holders, rng.poisson(expected))
    day = (calendar.history_start + rng.random(len(person)) * span).astype(np.int32)
    start = np.concatenate([listed, day]).astype(np.int32)
    is_person = np.repeat([False, True], [len(enterprise), len(person)])
    subject = np.concatenate([enterprise, person])
    rows = len(start)
    paid = rng.random(rows) < 0.4
    end = start + np.where(paid, 30 + rng.exponential(250, rows), np.where(rng.random(rows) < 0.15, 1460, 730))
    known = learnt(rng, start, typical=20, forgotten=0.04)
    end_known = np.maximum(end + rng.exponential(15, rows), known)
    code = Fixed(world.registration.codes, np.where(is_person, NOTHING, subject))
    return {
        "recordId": Numbered("SX", np.arange(rows)),
        "subjectId": Either(code, person_ids(np.where(is_person, subject, 0)), is_person),
        "subjectKind": Codes(
            np.where(is_person, 0, 1), codes_of("dishonest_debtor", "subject_kind", ("person", "enterprise"))
        ),
        "regDate": Dates(start),
        "exitDate": Dates(shown(end, last, end_known)),
        "exitKnown": Dates(shown(end_known, last, end)),
        "caseCode": _case_numbers(rows),
        "recDate": Dates(known),
        "court": office(world, _some_enterprise(rng, world, rows), "人民法院"),
    }


def _case_numbers(rows: int) -> TextColumn:
    return Numbered("（滇）执", np.arange(rows), 7)


def _some_enterprise(rng: np.random.Generator, world: World, rows: int) -> Integers:
    """An enterprise whose county's court lists the debtor."""
    return rng.integers(0, world.count, rows)
