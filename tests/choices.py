"""A simulated province with a model on all shipped indicators, and what may be supposed of its enterprises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from provinces import T, loaded_province, silent
from scipy.special import expit
from small_runs import make_bundle, put_in_use

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.records.copies import Step
from riskml.records.edits import Add, Amend, End
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.records.store import open_store
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.configured import configured_indicators
from riskml.runs.method_in_use import method_in_use
from riskml.runs.rescoring import Rescorer
from riskml.schemes.decisions import read_decisions
from riskml.schemes.policy import load_policy
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.peers import Peers
from riskml.training.settings import load_training

SCHEMES = ("yunnan", "guandu", "guangzhou", "langfang", "lingyuan")

REPAIRED = ("penalty", "judgment", "contract_breach", "commitment", "complaint", "opinion", "compulsory_measure")
ENDED = ("abnormal_listing", "serious_listing", "tax_arrears", "utility_arrears", "dishonest_debtor")


def make_province(root: Path) -> Workspace:
    """A simulated province whose model reads every shipped indicator."""
    workspace = loaded_province(root, 2500, 5, 36, T)
    put_in_use(workspace, _model(workspace))
    return workspace


def _model(workspace: Workspace) -> ModelBundle:
    """A model in which adverse records go with a made-up outcome."""
    system, periods = configured_indicators(workspace, load_training(workspace.model("yunnan") / "training.yaml")[0])
    store = open_store(workspace.records)
    builder = MatrixBuilder(connect(workspace.spill), store, system, periods)
    connection = connect(workspace.spill)
    store.open_views(connection)
    ids = connection.sql("SELECT DISTINCT enterprise_id FROM enterprise WHERE valid_from <= '2026-10-31'").df()
    builder.pairs(ids.assign(as_of=T))
    X = read_matrix(builder, silent).drop(columns=["enterprise_id", "as_of"])
    worse = X[[c.name for c in system.columns if c.constraint > 0]].rank(pct=True).mean(axis=1)
    y = np.random.default_rng(0).random(len(X)) < expit(40 * (worse - worse.mean()))
    constraints = {column.name: column.constraint for column in system.columns}
    classifier = RiskClassifier(n_estimators=120, n_jobs=1, monotone_constraints=constraints)
    classifier.fit(X[::2], y[::2]).calibrate(X[1::2], y[1::2])
    margins = classifier.calibration_.log_odds(classifier.margin(X))
    return ModelBundle.of(
        classifier,
        ScoreMap.from_shares(margins, (0.5, 0.3, 0.15, 0.05)),
        system={**system.texts, EFFECT_PERIODS: (workspace.features / EFFECT_PERIODS).read_text("utf-8")},
        training="scheme: yunnan\n",
        peers=Peers.of(X, np.full(len(X), "F")),
        facts=make_bundle().facts,
    )


def rescorer_of(workspace: Workspace, scheme: str) -> Rescorer:
    """What grades one enterprise at a time."""
    policy = load_policy(workspace, scheme)
    decisions = read_decisions(workspace.ledger)
    return Rescorer(workspace, open_store(workspace.records), policy, method_in_use(workspace, policy), decisions)


def burdened(workspace: Workspace, scheme: str, count: int) -> list[str]:
    """The enterprises that a scheme grades with adverse records of most tables, and most of them, the most burdened
    first.
    """
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    told = " UNION ALL ".join(
        f"SELECT {'subject_id' if name == 'dishonest_debtor' else 'enterprise_id'} AS who, '{name}' AS name FROM {name}"
        for name in (*REPAIRED, *ENDED)
    )
    within = load_policy(workspace, scheme).scheme.in_scope_sql
    graded = f"""
        SELECT enterprise_id AS who FROM enterprise WHERE valid_from <= DATE '{T}'
        GROUP BY enterprise_id HAVING bool_and(status = 'active' AND ({within}))"""
    found = f"""
        SELECT who FROM ({told}) JOIN ({graded}) USING (who)
        GROUP BY who ORDER BY count(DISTINCT name) DESC, count(*) DESC, who LIMIT {count}"""
    return [str(who) for (who,) in connection.sql(found).fetchall()]


def supposed(around: Neighbourhood, most: int = 9) -> list[Step]:
    """Steps of every kind, of the enterprise's own records."""
    found = list[Step]()
    for table in REPAIRED:
        rows = around.own(table).to_pylist()
        found += [Step(Amend(table, row["source"], row["record_id"], "repaired"), T) for row in rows[:3]]
        found += [
            Step(Amend(table, row["source"], row["record_id"], "reduced", "fine", str(row["fine"] / 2)), T)
            for row in rows[:1]
            if table == "penalty" and row["fine"]
        ]
    for table in ENDED:
        rows = [row for row in around.own(table).to_pylist() if row["end_date"] is None and row["start_date"] < T]
        found += [Step(End(table, row["source"], row["record_id"]), T) for row in rows[:2]]
        found += [Step(Amend(table, row["source"], row["record_id"], "misjudged"), T) for row in rows[:1]]
    found += [Step(Add("annual_report", {"year": year}), T) for year in (2024, 2025)]
    order = np.random.default_rng(len(found)).permutation(len(found))
    return [found[place] for place in order[:most]]
