"""What the queries of a dossier are asked of: the bundle, an evaluation of it, the ledger and the loads, as JSON that
is kept with the dossier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import duckdb

from riskml.core.json_values import json_values
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import identifier
from riskml.evaluation.dossier.probes import Probes
from riskml.evaluation.evaluate import Report
from riskml.records.store import open_store
from riskml.runs.published import published_days

Inputs = dict[str, Any]
"""Name → one object (a table of one row), or a list of them (a row each); the column is ``j``."""


def inputs_of(workspace: Workspace, report: Report, probes: Probes) -> Inputs:
    """Everything that is asked of."""
    evaluated = report.evaluated
    bundle, scheme = evaluated.bundle, evaluated.scheme
    lines = workspace.ledger.lines("model", "promotion", "policy")
    content: Inputs = json.loads(
        json.dumps(
            {
                "model": {
                    "scheme": scheme.id, "label": json_values(scheme.label), "bundle": bundle.digest,
                    "columns": list(bundle.columns), "constraints": list(bundle.monotone_constraints),
                    "facts": json_values(bundle.facts),
                },
                "evaluation": json_values(report.to_dict()),
                "probes": json_values(probes) | {"learns_from_nothing": probes.learns_from_nothing},
                "ledger": [
                    {"number": one.number, "kind": one.kind, "at": one.at.isoformat(), **json_values(one.content)}
                    for one in lines
                ],
                "loads": [
                    {"number": one["number"], "source": one["source"], "received": one["received"],
                     "tables": json_values(one["tables"])}
                    for one in open_store(workspace.records).loads
                ],
                "runs": [{"as_of": str(day)} for day in published_days(workspace, scheme.id)],
                "records_changed": {"changed": evaluated.records_changed},
            },
            default=str,
        )
    )  # fmt: skip
    return content


def digest_of(content: Any) -> str:
    """SHA-256 of something as JSON in one form."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Asked:
    """The inputs as tables that queries are asked of; they can read nothing else."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET enable_external_access = false")
        for name, content in inputs.items():
            rows = content if isinstance(content, list) else [content]
            self.connection.execute(f"CREATE TABLE {identifier(name)} (j JSON)")
            if rows:
                self.connection.executemany(
                    f"INSERT INTO {identifier(name)} VALUES (?)",
                    [[json.dumps(row, ensure_ascii=False)] for row in rows],
                )
        self.connection.execute("SET lock_configuration = true")

    def rows(self, query: str) -> list[list[Any]]:
        """The answer to a query, as plain values."""
        found = self.connection.execute(query).fetchall()
        return [[value if isinstance(value, str | int | float | bool) else None for value in row] for row in found]

    def close(self) -> None:
        """Let go of the tables."""
        self.connection.close()
