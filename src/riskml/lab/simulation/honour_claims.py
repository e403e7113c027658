"""What enterprises report of themselves, and what became of it when it was verified (Guangzhou Art. 19)."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.calendar import NEVER, first_days, years_of
from riskml.lab.simulation.columns import NOTHING, Codes, Dates, Frame, Numbered, vocabulary
from riskml.lab.simulation.vocabularies import codes_of
from riskml.lab.simulation.world import World

_STAGES = ("submitted", "verified", "rejected")
_KINDS = ("qualification", "intellectual_property", "trademark", "award", "standard", "charity")
_METHODS = ("register", "issuer", "document")
_TITLES = ("质量管理体系认证", "发明专利", "注册商标", "先进单位", "团体标准制定单位", "公益捐赠")


def honour_claims(rng: np.random.Generator, world: World) -> Frame:
    """One row when it is submitted and one when it was looked at; a tenth still waits, a sixth is not confirmed."""
    last = world.calendar.last_day
    enterprise, day = world.arrivals(rng, 0.06 * np.exp(np.minimum(0.5 * world.registration.size, 3.0)), -0.4)
    claims = len(day)
    looked = (day + 5 + rng.gamma(2.0, 12.0, claims)).astype(np.int32)
    stage = np.where(rng.random(claims) < 0.16, 2, 1)
    seen = np.flatnonzero((rng.random(claims) < 0.9) & (looked <= last))
    claim = np.concatenate([np.arange(claims), seen])
    what = np.concatenate([np.zeros(claims, np.int64), stage[seen]])
    order = np.lexsort((what, claim))
    claim, what = claim[order], what[order]
    when = np.where(what == 0, day[claim], looked[claim]).astype(np.int32)
    kind = rng.choice(len(_KINDS), claims, p=[0.3, 0.22, 0.24, 0.12, 0.04, 0.08])[claim]
    method = np.where(what == 0, NOTHING, rng.choice(len(_METHODS), len(claim), p=[0.5, 0.3, 0.2]))
    years = years_of(when)
    expiry = first_days(years + 3) + (when - first_days(years))
    return {
        "recordId": Numbered("ZX", np.arange(len(claim))),
        "UNISCID": world.code(enterprise[claim]),
        "stageDate": Dates(when),
        "claimId": Numbered("SB", claim),
        "stage": Codes(what, codes_of("honour_claim", "stage", _STAGES)),
        "kind": Codes(kind, codes_of("honour_claim", "kind", _KINDS)),
        "title": Codes(kind, vocabulary(_TITLES)),
        "method": Codes(method, codes_of("honour_claim", "method", _METHODS)),
        "verifier": Codes(
            np.where(what == 0, NOTHING, claim % 7), vocabulary([f"核验员{number}" for number in range(1, 8)])
        ),
        "validTo": Dates(np.where(what == 1, expiry, NEVER).astype(np.int32)),
        "recDate": Dates(when),
    }
