"""Explaining one enterprise from the workspace: its model, its records, its grade."""

from __future__ import annotations

from datetime import date

from riskml.engines.duckdb import connect
from riskml.explaining.explain import explain
from riskml.explaining.explanation import Explanation
from riskml.features.matrix import MatrixBuilder
from riskml.grading.decisions import read_decisions
from riskml.grading.scheme import parse_scheme
from riskml.records.store import open_store
from riskml.runs.indicators import indicators_of
from riskml.runs.layout import latest_run
from riskml.training.model import load_model
from riskml.workspace import Workspace


def explain_one(workspace: Workspace, scheme_name: str, enterprise_id: str, as_of: date | None) -> Explanation:
    """Explain the grade of one enterprise.

    Parameters
    ----------
    as_of
        The as-of date; that of the newest published run where None.

    Raises
    ------
    RunError
        Where the enterprise is not among the records at that date.
    """
    day = as_of or date.fromisoformat(latest_run(workspace.runs, scheme_name).name)
    model = load_model(workspace.bundle(scheme_name))
    scheme = parse_scheme("scheme.yaml", model.bundle.scheme_yaml)
    store = open_store(workspace.records)
    connection = connect(workspace.spill)
    row = indicators_of(MatrixBuilder(connection, store, model.system, model.periods), enterprise_id, day)
    store.open_views(connection)
    published = workspace.runs / scheme_name / day.isoformat()
    return explain(
        model,
        scheme,
        connection,
        row,
        received=store.tables,
        decisions=read_decisions(workspace.decisions),
        run=f"{scheme_name}/{day.isoformat()}" if published.exists() else None,
    )
