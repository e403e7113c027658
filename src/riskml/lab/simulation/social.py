"""What society says: complaints, public opinion, honours, commitments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import Days, Integers, first_days, learnt, years_of
from riskml.lab.simulation.columns import Codes, Dates, Frame, Numbered, OnlyWhere, yes_no
from riskml.lab.simulation.dynamics import office
from riskml.lab.simulation.industries import consumer_intensity, industries
from riskml.lab.simulation.outcomes import consequences, gravities
from riskml.lab.simulation.vocabularies import codes_of
from riskml.lab.simulation.world import World

_TOPICS = (
    "quality",
    "price",
    "advertising",
    "contract",
    "after_sales",
    "food_safety",
    "sanitation",
    "licence",
    "other",
)


@dataclass(frozen=True)
class Complaints:
    """Complaints and reports, sorted by enterprise; `known` is the day they were entered."""

    enterprise: Integers
    day: Days
    known: Days


def receive_complaints(rng: np.random.Generator, world: World) -> Complaints:
    """Complaints follow consumer contact and size first, the hidden risk second, and luck."""
    registration = world.registration
    luck = np.exp(0.7 * rng.standard_normal(world.count) - 0.245)
    size = np.exp(np.minimum(0.45 * registration.size, 3.0))
    yearly = 0.65 * consumer_intensity()[registration.industry] * size * luck
    enterprise, day = world.arrivals(rng, yearly, 0.62)
    return Complaints(enterprise, day, learnt(rng, day, typical=3, forgotten=0.005))


def complaints(rng: np.random.Generator, world: World, received: Complaints) -> Frame:
    """Each with its topic; a sixth are reports, and most are accepted."""
    rows = len(received.day)
    food = np.array([industry.domain == "food" for industry in industries()])[
        world.registration.industry[received.enterprise]
    ]
    general = rng.choice(len(_TOPICS), rows, p=[0.24, 0.14, 0.09, 0.16, 0.16, 0.02, 0.04, 0.03, 0.12])
    eaten = rng.choice(len(_TOPICS), rows, p=[0.16, 0.10, 0.05, 0.04, 0.06, 0.38, 0.12, 0.03, 0.06])
    topic = np.where(food, eaten, general)
    return {
        "recordId": Numbered("TS", np.arange(rows)),
        "UNISCID": world.code(received.enterprise),
        "regDate": Dates(received.day),
        "kind": Codes(
            (rng.random(rows) < 0.16).astype(np.int8), codes_of("complaint", "kind", ("complaint", "report"))
        ),
        "topic": Codes(np.where(rng.random(rows) < 0.03, -1, topic), codes_of("complaint", "topic", _TOPICS)),
        "accepted": yes_no(rng.random(rows) < 0.83),
        "recDate": Dates(received.known),
        "authority": office(world, received.enterprise, "市场监督管理局"),
    }


def opinions(rng: np.random.Generator, world: World) -> Frame:
    """Reports in the media and online: rare, mostly about large consumer businesses."""
    registration = world.registration
    reach = np.exp(np.minimum(0.7 * registration.size, 4.0)) * (0.3 + consumer_intensity()[registration.industry])
    enterprise, day, sentiment = [], [], []
    for place, (yearly, loading) in enumerate(((0.008, -0.15), (0.012, 0.0), (0.010, 0.55))):
        found, when = world.arrivals(rng, yearly * reach, loading)
        enterprise.append(found)
        day.append(when)
        sentiment.append(np.full(len(when), place))
    who, when, mood = np.concatenate(enterprise), np.concatenate(day), np.concatenate(sentiment)
    order = np.lexsort((when, who))
    who, when, mood = who[order], when[order], mood[order]
    high = rng.random(len(when)) < 0.08
    effect = np.where(mood == 2, np.where(high & (rng.random(len(when)) < 0.5), 0, 1), 2)
    return {
        "recordId": Numbered("YQ", np.arange(len(when))),
        "UNISCID": world.code(who),
        "pubDate": Dates(when),
        "sentiment": Codes(mood, codes_of("opinion", "sentiment", ("positive", "neutral", "negative"))),
        "attention": Codes(np.where(high, 0, 1), codes_of("opinion", "attention", ("high", "normal"))),
        "effect": Codes(effect, codes_of("opinion", "effect", ("serious", "minor", "none"))),
        "recDate": Dates(learnt(rng, when, typical=1.5, forgotten=0.002)),
    }


def honours(rng: np.random.Generator, world: World) -> Frame:
    """Awards: to the large and the sound; they hold for three years."""
    enterprise, day = world.arrivals(rng, 0.05 * np.exp(np.minimum(0.5 * world.registration.size, 3.0)), -0.6)
    level = rng.choice(3, len(day), p=[0.03, 0.22, 0.75])
    expiry = first_days(years_of(day) + 3) + (day - first_days(years_of(day)))
    return {
        "recordId": Numbered("RY", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "awardDate": Dates(day),
        "level": Codes(level, codes_of("honour", "level", ("national", "provincial", "municipal"))),
        "valTo": Dates(expiry.astype(np.int32)),
        "recDate": Dates(learnt(rng, day, typical=30)),
        "authority": office(world, enterprise, "人民政府"),
    }


def commitments(rng: np.random.Generator, cases: np.random.Generator, world: World) -> Frame:
    """Credit commitments made to authorities: nearly all kept, the broken ones mostly by the risky."""
    enterprise, day = world.arrivals(rng, np.full(world.count, 0.80), -0.05)
    risk = world.risk.on(enterprise, day)
    broken = rng.random(len(day)) < 1 / (1 + np.exp(3.8 - 1.0 * risk))
    return {
        "recordId": Numbered("CN", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "checkDate": Dates(day),
        "outcome": Codes(broken.astype(np.int8), codes_of("commitment", "outcome", ("kept", "broken"))),
        "recDate": Dates(learnt(rng, day, typical=12)),
        "authority": office(world, enterprise, "行政审批局"),
        "gravity": OnlyWhere(gravities(cases, "commitment", risk), broken),
        "consequence": OnlyWhere(consequences(cases, "commitment", np.full(len(day), 0.03)), broken),
    }
