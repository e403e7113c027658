"""Administrative penalties: after inspections, and found otherwise, by market regulators and other departments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.basic import shown
from riskml.lab.simulation.calendar import NEVER, REPAIR_ORDER_107, Days, Flags, Floats, Integers, learnt
from riskml.lab.simulation.columns import Amounts, Codes, Dates, Either, Frame, Numbered, TextColumn, Whole, yes_no
from riskml.lab.simulation.dynamics import office
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.outcomes import case_numbers, consequences
from riskml.lab.simulation.supervision import KINDS, PROBLEM, RESULTS, Inspections
from riskml.lab.simulation.supervision import SERIOUS as SERIOUS_PROBLEM
from riskml.lab.simulation.vocabularies import labels
from riskml.lab.simulation.world import World

SEVERITIES = ("warning", "minor", "moderate", "serious")
WARNING, MINOR, MODERATE, SERIOUS = range(len(SEVERITIES))
"""How grave the dishonesty is, as positions in `SEVERITIES`."""

_GRAVE = ("licence_suspended", "qualification_lowered", "licence_revoked", "business_restricted", "production_stopped",
    "closure",
          "occupation_restricted")  # fmt: skip
_GRAVE_SHARES = [0.20, 0.10, 0.13, 0.14, 0.31, 0.06, 0.06]
_KINDS = ("warning", "criticism", "fine", "confiscation", *_GRAVE, "business_licence_revoked")
_MARKET_DOMAINS = ("registration", "food", "drug", "medical_device", "special_equipment", "product_quality",
    "advertising", "price",
                   "competition", "intellectual_property", "consumer", "metrology")  # fmt: skip
_OTHER_DEPARTMENTS = ("safety", "environment", "labour", "tax", "culture", "other")
_DOMAINS = (*_MARKET_DOMAINS, *_OTHER_DEPARTMENTS)
_REPORTED_TWICE = 0.01
_OTHER_SHARES = [0.22, 0.22, 0.16, 0.20, 0.06, 0.14]


@dataclass(frozen=True)
class Penalties:
    """Penalty decisions, sorted by enterprise and day.

    Parameters
    ----------
    severity
        Positions in `SEVERITIES`.
    kind, domain
        Positions in `_KINDS` and `_DOMAINS`.
    market
        Whether a market regulator decided.
    fine, confiscated
        In 10,000 yuan; not a number where there was none.
    case
        Number of the case; a changed decision and what it was changed to are one.
    """

    enterprise: Integers
    day: Days
    known: Days
    severity: Integers
    kind: Integers
    domain: Integers
    market: Flags
    fine: Floats
    confiscated: Floats
    publicised: Days
    restricted_until: Days
    case: Integers


def detect(rng: np.random.Generator, world: World) -> tuple[Integers, Days]:
    """Violations found otherwise than by the inspections: enterprises and days of the decisions."""
    luck = np.exp(0.6 * rng.standard_normal(world.count) - 0.18)
    return world.arrivals(rng, 0.045 * np.exp(np.clip(0.2 * world.registration.size, -1, 1.5)) * luck, 0.95)


def penalise(
    rng: np.random.Generator, world: World, inspections: Inspections, detected: tuple[Integers, Days]
) -> Penalties:
    """Decide on every violation: how grave, by whom, how much. A revoked business licence is a penalty too."""
    followed = inspections.penalised < NEVER
    revoked = np.flatnonzero(world.revoked & (world.closed <= world.calendar.last_day))
    enterprise = np.concatenate([inspections.enterprise[followed], detected[0], revoked])
    day = np.concatenate([inspections.penalised[followed], detected[1], world.closed[revoked]])
    market = np.concatenate(
        [np.ones(int(followed.sum()), bool), rng.random(len(detected[0])) < 0.55, np.ones(len(revoked), bool)]
    )
    closing = np.arange(len(day)) >= len(day) - len(revoked)
    order = np.lexsort((day, enterprise))
    enterprise, day, market, closing = enterprise[order], day[order], market[order], closing[order]
    rows = len(day)
    risk = world.risk.on(enterprise, day)
    severity = np.where(closing, SERIOUS, _severity(rng, risk, day))
    kind = np.where(closing, _KINDS.index("business_licence_revoked"), _kind(rng, severity))
    fined = (severity != WARNING) & ~closing & (rng.random(rows) < np.where(severity == SERIOUS, 0.8, 0.97))
    size = np.clip(world.registration.size[enterprise], -2, 3)
    typical = np.array([np.nan, -1.6, 0.0, 2.0])[severity]
    fine = np.round(np.exp(typical + 0.25 * size + 0.8 * rng.standard_normal(rows)), 2)
    taken = fined & (rng.random(rows) < 0.22)
    confiscated = np.round(np.exp(np.nan_to_num(typical) - 0.6 + rng.standard_normal(rows)), 2)
    restricted = np.isin(
        kind, [_KINDS.index(name) for name in ("business_restricted", "occupation_restricted", "licence_suspended")]
    )
    domain = _domain(rng, world, enterprise, market)
    return Penalties(
        enterprise=enterprise,
        day=day,
        known=np.where(market, learnt(rng, day, typical=5), learnt(rng, day, typical=35, forgotten=0.05)).astype(
            np.int32
        ),
        severity=severity,
        kind=np.where(fined | (severity == WARNING) | (severity == SERIOUS), kind, _KINDS.index("criticism")),
        domain=domain,
        market=market,
        fine=np.where(fined, fine, np.nan),
        confiscated=np.where(taken, confiscated, np.nan),
        publicised=np.where(severity == WARNING, NEVER, day + rng.integers(3, 29, rows)).astype(np.int32),
        restricted_until=np.where(restricted, day + rng.integers(180, 1500, rows), NEVER).astype(np.int32),
        case=np.arange(rows),
    )


def _severity(rng: np.random.Generator, risk: Floats, day: Days) -> Integers:
    """Graver where the risk is high; since the end of 2025 more first and slight offences get a warning only."""
    weights = np.stack(
        [
            np.where(day >= REPAIR_ORDER_107, 0.42, 0.22),
            np.full(len(day), 0.36),
            0.32 * np.exp(0.25 * risk),
            0.055 * np.exp(0.55 * risk),
        ],
        axis=1,
    )
    limits = np.cumsum(weights, axis=1)
    severity: Integers = (rng.random(len(day))[:, None] * limits[:, -1:] > limits).sum(axis=1)
    return severity


def _kind(rng: np.random.Generator, severity: Integers) -> Integers:
    grave = np.array([_KINDS.index(name) for name in _GRAVE])[rng.choice(len(_GRAVE), len(severity), p=_GRAVE_SHARES)]
    lost = rng.random(len(severity)) < 0.08
    common = np.where(lost, _KINDS.index("confiscation"), _KINDS.index("fine"))
    plain_serious = rng.random(len(severity)) < 0.45
    return np.select(
        [severity == WARNING, (severity == SERIOUS) & ~plain_serious],
        [np.full(len(severity), _KINDS.index("warning")), grave],
        common,
    )


def _domain(rng: np.random.Generator, world: World, enterprise: Integers, market: Flags) -> Integers:
    """Mostly the field of the industry; other departments have their own."""
    usual = np.array([_DOMAINS.index(industry.domain) for industry in industries()])[
        world.registration.industry[enterprise]
    ]
    general = rng.choice(len(_MARKET_DOMAINS), len(enterprise))
    own = np.where(rng.random(len(enterprise)) < 0.6, usual, general)
    others = np.array([_DOMAINS.index(name) for name in _OTHER_DEPARTMENTS])
    return np.where(market, own, others[rng.choice(len(others), len(enterprise), p=_OTHER_SHARES)])


def penalty_numbers(rows: Integers) -> TextColumn:
    """Decision numbers; a penalty's position in `Penalties` decides its number."""
    return Numbered("云罚决字", rows)


def penalty_records(rng: np.random.Generator, world: World, penalties: Penalties) -> Frame:
    """The decisions as the disclosure system shows them; a few are reported a second time, by another department and
    later.
    """
    first = np.arange(len(penalties.day))
    again = first[rng.random(len(first)) < _REPORTED_TWICE]
    row = np.concatenate([first, again])
    second = np.arange(len(row)) >= len(first)
    enterprise, severity, day = penalties.enterprise[row], penalties.severity[row], penalties.day[row]
    other = ~penalties.market[row] | second
    known = np.where(second, np.maximum(penalties.known[row], day) + 20, penalties.known[row]).astype(np.int32)
    chance = np.array([0.0, 0.005, 0.02, 0.18])[severity]
    return {
        "penDecNo": penalty_numbers(np.arange(len(row))),
        "UNISCID": world.code(enterprise),
        "penDecIssDate": Dates(day),
        "severity_CN": Codes(severity, labels("penalty", "severity", SEVERITIES)),
        "penType_CN": Codes(penalties.kind[row], labels("penalty", "kind", _KINDS)),
        "illegActType_CN": Codes(penalties.domain[row], labels("penalty", "domain", _DOMAINS)),
        "marketSupervision": yes_no(~other),
        "penAm": Amounts(penalties.fine[row]),
        "forfAm": Amounts(penalties.confiscated[row]),
        "publicDate": Dates(shown(penalties.publicised, world.calendar.last_day)[row]),
        "restrictedUntil": Dates(penalties.restricted_until[row]),
        "recDate": Dates(known),
        "penAuth_CN": Either(
            office(world, enterprise, "市场监督管理局"),
            office(world, enterprise, "其他执法部门"),
            other,
        ),
        "consequence": consequences(rng, "penalty", chance),
        "caseId": case_numbers("罚案", penalties.case[row]),
    }


def inspection_records(rng: np.random.Generator, world: World, inspections: Inspections) -> Frame:
    """The inspections as the disclosure system shows them, with the inspector, who never becomes an indicator."""
    order = np.lexsort((inspections.day, inspections.enterprise))
    enterprise, day, result = inspections.enterprise[order], inspections.day[order], inspections.result[order]
    risk = world.risk.on(enterprise, day)
    found = np.isin(result, [PROBLEM, SERIOUS_PROBLEM])
    problems = np.where(found, 1 + rng.poisson(np.exp(-0.1 + 0.3 * risk)), 0)
    serious = np.where(result == SERIOUS_PROBLEM, 1 + rng.poisson(0.4, len(day)), 0)
    domain = np.where(
        rng.random(len(day)) < 0.25,
        _DOMAINS.index("registration"),
        _domain(rng, world, enterprise, np.ones(len(day), bool)),
    )
    county = np.asarray(world.registration.county[enterprise])
    return {
        "recordId": Numbered("JC", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "insDate": Dates(day),
        "insType_CN": Codes(inspections.kind[order], labels("inspection", "kind", KINDS)),
        "insRes_CN": Codes(result, labels("inspection", "result", RESULTS)),
        "insDomain_CN": Codes(domain, labels("inspection", "domain", _DOMAINS)),
        "problems": Whole(np.maximum(problems, serious)),
        "seriousProblems": Whole(serious),
        "inspector": Numbered("ZFRY", county * 10_000 + inspections.inspector[order], 7),
        "recDate": Dates(learnt(rng, day, typical=6)),
        "insAuth_CN": office(world, enterprise, "市场监督管理局"),
    }
