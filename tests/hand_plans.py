"""Plans of a few hundred made-up enterprises, without records or runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from riskml.core.init import shipped_files
from riskml.core.ledger import Ledger
from riskml.planning.commitment import commit, draw
from riskml.planning.frame import COLUMNS
from riskml.planning.make import Made, make_plan
from riskml.planning.office_lists import OfficeLists
from riskml.planning.plan_files import PlanFolder
from riskml.planning.settings import PlanSettings
from riskml.planning.write import write_plan
from riskml.sampling.verifier import Inspector, nonce_hash
from riskml.schemes.scheme import load_scheme

NONCE = "kept to itself"
CONTENT: dict[str, Any] = {
    "plan": "2026-12",
    "scheme": "yunnan",
    "period": {"from": date(2026, 12, 1), "until": date(2026, 12, 31)},
    "ratios": [
        {"grade": "A", "ratio": 0.02, "manner": "off_site", "most_a_year": 1},
        {"grade": "B", "ratio": 0.05},
        {"grade": "C", "ratio": 0.2},
        {"grade": "D", "ratio": 0.5},
    ],
    "p_min": 0.01,
    "budget": {"inspector_days": 120},
    "cap": {"visits_a_year": 3},
    "inspectors": {"file": "inspectors.csv"},
    "witnesses": [{"name": "notary", "hash": nonce_hash(NONCE)}],
}
INSPECTORS = tuple(
    Inspector(f"I{number}", ("5301",) if number % 2 else (), frozenset({"food"} if number % 3 else ()), 3_000)
    for number in range(8)
)
GRADES = "A" * 200 + "B" * 100 + "C" * 60 + "D" * 20


def code(number: int) -> str:
    return f"91530100{number:010d}"


def settings_of(**changed: Any) -> PlanSettings:
    return PlanSettings.model_validate({**CONTENT, **changed})


def people_of(grades: str = GRADES, **columns: dict[int, Any]) -> pa.Table:
    """Everyone with the same standing, but for what `columns` say of some: column → number → value."""
    size = len(grades)
    usual: dict[str, Any] = {
        "enterprise_id": code, "division": lambda one: ("530111", "530102", "530402")[one % 3],
        "trade": lambda one: "FHC"[one % 3] + "5100", "kind": lambda _: "limited_company", "grade": grades.__getitem__,
        "industry": lambda _: None, "risk": lambda one: 0.05 + 0.9 * one / size, "visits": lambda _: 0,
        "draws": lambda _: 0, "visited": lambda _: False, "observed": lambda _: False, "warned": lambda _: False,
        "due": lambda _: None,
    }  # fmt: skip
    return pa.table(
        {name: [columns.get(name, {}).get(one, of(one)) for one in range(size)] for name, of in usual.items()}, COLUMNS
    )


def planned(
    settings: PlanSettings | None = None, people: pa.Table | None = None, lists: OfficeLists | None = None
) -> Made:
    settings = settings or settings_of()
    scheme = load_scheme(shipped_files() / "models" / settings.scheme / "scheme.yaml")
    return make_plan(settings, scheme, lists or OfficeLists((), INSPECTORS, ()), people or people_of(), "salt")


def column(made: Made, name: str) -> np.ndarray:
    """A column in the order of the enterprises' codes."""
    return made.people.sort_by("enterprise_id")[name].to_numpy(zero_copy_only=False)


def written(root: Path, made: Made | None = None, ledger: Ledger | None = None) -> tuple[PlanFolder, Ledger]:
    made = made or planned()
    folder, ledger = (
        PlanFolder(root / "plan", f"{made.settings.scheme}/{made.settings.plan}"),
        ledger or Ledger(root / "ledger.jsonl"),
    )
    write_plan(
        folder,
        made,
        INSPECTORS,
        (("I0", code(379)),),
        secret="salt",
        as_of=date(2026, 10, 31),
        others=(),
        simulated=True,
    )
    return folder, ledger


def drawn_plan(root: Path, made: Made | None = None, ledger: Ledger | None = None) -> tuple[PlanFolder, Ledger]:
    folder, ledger = written(root, made, ledger)
    commit(ledger, folder)
    draw(ledger, folder, "", {"notary": NONCE})
    return folder, ledger
