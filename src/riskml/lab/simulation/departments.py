"""What other departments, courts and utilities send: later than the regulator's own records, and less complete."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.calendar import Days, Floats, Integers, learnt
from riskml.lab.simulation.columns import Amounts, Codes, Dates, Frame, Numbered, yes_no
from riskml.lab.simulation.dynamics import office, state_columns
from riskml.lab.simulation.outcomes import case_numbers, consequences, gravities
from riskml.lab.simulation.vocabularies import codes_of
from riskml.lab.simulation.world import World

_CAUSES = ("loan", "contract", "labour", "tort", "intellectual_property", "other")


def compulsory_measures(rng: np.random.Generator, world: World) -> Frame:
    """Sealing, seizure, freezing: rare, short, a strong sign."""
    enterprise, day = world.arrivals(rng, np.full(world.count, 0.005), 0.85)
    measure = rng.choice(4, len(day), p=[0.35, 0.30, 0.28, 0.07])
    head = state_columns(rng, world, "recordId", "QZ", enterprise, day, typical_days=60, lag=6)
    return head | {
        "caseId": case_numbers("强案", np.arange(len(day))),
        "measure": Codes(
            measure, codes_of("compulsory_measure", "measure", ("sealing", "seizure", "freezing", "other"))
        ),
        "authority": office(world, enterprise, "市场监督管理局"),
    }


def tax_arrears(rng: np.random.Generator, cases: np.random.Generator, world: World) -> Frame:
    """Taxes owed, and taxpayers that stopped filing."""
    enterprise, day = world.arrivals(rng, _with_luck(rng, world, 0.055, 0.7), 0.75)
    non_normal = rng.random(len(day)) < 1 / (1 + np.exp(1.1 - 0.3 * world.risk.on(enterprise, day)))
    amount = np.exp(0.3 + 0.5 * world.registration.size[enterprise] + 1.1 * rng.standard_normal(len(day)))
    stays = 240 * np.exp(np.clip(0.4 * world.risk.fixed[enterprise], -1, 1.5))
    head = state_columns(rng, world, "recordId", "QS", enterprise, day, typical_days=stays, lag=35, forgotten=0.05)
    own: Frame = {
        "amount": Amounts(amount),
        "nonNormal": yes_no(non_normal),
        "authority": office(world, enterprise, "税务局"),
    }
    return head | own | _judged(cases, world, "tax_arrears", enterprise, day)


def utility_arrears(rng: np.random.Generator, cases: np.random.Generator, world: World) -> Frame:
    """Water, electricity and gas bills that were not paid."""
    enterprise, day = world.arrivals(rng, _with_luck(rng, world, 0.065, 0.7), 0.60)
    utility = rng.choice(4, len(day), p=[0.35, 0.52, 0.12, 0.01])
    amount = np.exp(-1.6 + 0.5 * world.registration.size[enterprise] + 0.9 * rng.standard_normal(len(day)))
    head = state_columns(rng, world, "recordId", "QF", enterprise, day, typical_days=75, lag=25, forgotten=0.04)
    return (
        head
        | {
            "utility": Codes(
                utility, codes_of("utility_arrears", "utility", ("water", "electricity", "gas", "heating"))
            ),
            "amount": Amounts(amount),
        }
        | _judged(cases, world, "utility_arrears", enterprise, day)
    )


def contract_breaches(rng: np.random.Generator, cases: np.random.Generator, world: World) -> Frame:
    """Breaches that arbitration or procurement offices report."""
    enterprise, day = world.arrivals(rng, np.full(world.count, 0.018), 0.6)
    amount = np.exp(2.0 + 0.5 * world.registration.size[enterprise] + 1.2 * rng.standard_normal(len(day)))
    return {
        "recordId": Numbered("WY", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "breachDate": Dates(day),
        "amount": Amounts(amount),
        "recDate": Dates(learnt(rng, day, typical=40, forgotten=0.05)),
        "caseId": case_numbers("仲案", np.arange(len(day))),
    } | _judged(cases, world, "contract_breach", enterprise, day)


def judgments(rng: np.random.Generator, cases: np.random.Generator, world: World) -> Frame:
    """Court cases: being sued and enforced against follows the risk, suing others only the size."""
    size = np.exp(np.clip(0.55 * world.registration.size, -2, 3.5))
    parts = []
    for what, side, yearly, loading in ((0, 0, 0.075, 0.60), (1, 0, 0.034, 1.0), (0, 1, 0.055, 0.0)):
        sued, when = world.arrivals(rng, yearly * size, loading)
        parts.append((sued, when, np.full(len(when), what), np.full(len(when), side)))
    enterprise, day, kind, role = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((day, enterprise))
    enterprise, day, kind, role = enterprise[order], day[order], kind[order], role[order]
    cause = rng.choice(6, len(day), p=[0.22, 0.40, 0.16, 0.06, 0.04, 0.12])
    amount = np.exp(2.4 + 0.5 * world.registration.size[enterprise] + 1.3 * rng.standard_normal(len(day)))
    return {
        "caseNo": Numbered("（滇）民", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "judgDate": Dates(day),
        "kind": Codes(kind, codes_of("judgment", "kind", ("judgment", "enforcement"))),
        "role": Codes(role, codes_of("judgment", "role", ("defendant", "plaintiff"))),
        "cause": Codes(np.where(rng.random(len(day)) < 0.05, -1, cause), codes_of("judgment", "cause", _CAUSES)),
        "amount": Amounts(amount),
        "recDate": Dates(learnt(rng, day, typical=30, forgotten=0.05)),
        "court": office(world, enterprise, "人民法院"),
        "caseId": case_numbers("民案", _cases(cases, enterprise, kind, role)),
    } | _judged(cases, world, "judgment", enterprise, day)


def _cases(rng: np.random.Generator, enterprise: Integers, kind: Integers, role: Integers) -> Integers:
    """The number of each row's case: nearly half of what is enforced is the judgment that the enterprise lost
    before.
    """
    case = np.arange(len(enterprise))
    before = np.concatenate([[False], enterprise[1:] == enterprise[:-1]])
    lost = np.concatenate([[False], ((kind == 0) & (role == 0))[:-1]])
    follows = before & lost & (kind == 1) & (rng.random(len(case)) < 0.45)
    return np.where(follows, case - 1, case)


def _judged(rng: np.random.Generator, world: World, table: str, enterprise: Integers, day: Days) -> Frame:
    """How grave it was and what it led to."""
    risk = world.risk.on(enterprise, day)
    chance = 0.02 * np.exp(np.clip(0.4 * risk, -1, 2))
    return {"gravity": gravities(rng, table, risk), "consequence": consequences(rng, table, chance)}


def _with_luck(rng: np.random.Generator, world: World, yearly: float, spread: float) -> Floats:
    """A yearly rate that differs between enterprises for reasons unrelated to the risk."""
    return yearly * np.exp(spread * rng.standard_normal(world.count) - spread**2 / 2)
