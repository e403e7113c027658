"""Explaining one enterprise from the workspace: its model, its records, its grade."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from riskml.engines.duckdb import connect
from riskml.explaining.explain import explain
from riskml.explaining.explanation import Explanation, LocalIndustry
from riskml.features.matrix import MatrixBuilder
from riskml.grading.decisions import Decision, in_force, read_decisions
from riskml.grading.scheme import parse_scheme
from riskml.records.industry_codes import covered_sql
from riskml.records.live import current_enterprise_sql
from riskml.records.store import open_store
from riskml.runs.indicators import indicators_of
from riskml.runs.industries import IndustryModel, models_in_use
from riskml.runs.layout import latest_run
from riskml.runs.score import decisions_hash
from riskml.training.model import Model, load_model
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
    decisions = read_decisions(workspace.decisions)
    connection = connect(workspace.spill)
    row = indicators_of(MatrixBuilder(connection, store, model.system, model.periods), enterprise_id, day)
    store.open_views(connection)
    run = _published_run(workspace, scheme_name, day, model, store.digest, in_force(decisions, day))
    found = explain(model, scheme, connection, row, received=store.tables, decisions=decisions, run=run)
    for one in models_in_use(workspace, scheme.id):
        builder = MatrixBuilder(connection, store, one.model.system, one.model.periods)
        row = indicators_of(builder, enterprise_id, day)
        store.open_views(connection)
        moment = current_enterprise_sql("all_moments", one.model.periods)
        if connection.execute(f"SELECT 1 FROM ({moment}) WHERE {covered_sql(one.codes)}").fetchall():
            own = explain(one.model, one.scheme, connection, row, received=store.tables, run=_with_industry(workspace, run, one))
            return replace(found, local_industry=LocalIndustry(one.industry, own, one.industry.combined[found.grade, own.grade]))
    return found


def _with_industry(workspace: Workspace, run: str | None, industry: IndustryModel) -> str | None:
    """The run that published the general grade, if it published the industry's too, of the same model."""
    if run is None:
        return None
    manifest = json.loads((workspace.runs / run / "manifest.json").read_text(encoding="utf-8"))
    return run if manifest.get("industries", {}).get(industry.industry.id) == industry.model.bundle.digest else None


def _published_run(
    workspace: Workspace, scheme_name: str, day: date, model: Model, records: str, decisions: tuple[Decision, ...]
) -> str | None:
    """The run that published this grade: the one of this date, if it was made of the same model, records and decisions."""
    path = workspace.runs / scheme_name / day.isoformat() / "manifest.json"
    if not path.exists():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    now = (model.bundle.digest, records, decisions_hash(decisions))
    return (
        f"{scheme_name}/{day.isoformat()}" if now == tuple(manifest[name] for name in ("model", "records", "decisions")) else None
    )
