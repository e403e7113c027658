"""What shows an outsider where a grade comes from: the enterprise's rows of a run, the run's manifest with the hash of
everything that it was made of and that it published, and the proof that the ledger has that manifest.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from riskml.audit.keys import Signer
from riskml.audit.logs import log_of
from riskml.audit.verifier import GRADE_PROOF
from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.records.buckets import bucket_of
from riskml.records.store import open_store
from riskml.runs.layout import TABLES, run_place
from riskml.runs.published import PublishedRun, published_run
from riskml.runs.run_manifest import MANIFEST


def grade_proof(workspace: Workspace, scheme: str, enterprise_id: str, as_of: date) -> str:
    """The proof of an enterprise's grade in a run, as a JSON text; `riskml.audit.verifier` reads it.

    Raises
    ------
    ConfigurationError
        Where there is no such run, or the enterprise has no grade in it.
    RunError
        Where the run or the ledger is not as it was written.
    """
    run = published_run(workspace, scheme, as_of)
    bucket = bucket_of(enterprise_id, open_store(workspace.records).buckets)
    rows = {table: run.rows(table, enterprise_id, bucket) for table in TABLES}
    if not rows["grades"]:
        raise ConfigurationError(
            zh=f"{scheme}/{as_of} 的结果中没有企业 {enterprise_id}。",
            en=f"The run {scheme}/{as_of} holds no enterprise {enterprise_id}.",
        )
    proof = log_of(workspace, "ledger").prove(_line(workspace, run), Signer.of_environment())
    content: dict[str, Any] = {
        "format": GRADE_PROOF,
        "enterprise": enterprise_id,
        "rows": rows,
        "manifest": (run.folder / MANIFEST).read_text(encoding="utf-8"),
        "proof": proof.written,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)


def _line(workspace: Workspace, run: PublishedRun) -> int:
    """The number of the last line of the ledger that has the run's manifest."""
    digest = hashlib.sha256((run.folder / MANIFEST).read_bytes()).hexdigest()
    place = run_place(run.scheme, run.as_of.isoformat())
    return max(
        line.number
        for line in workspace.ledger.lines("run")
        if (line.content["of"], line.content["digest"]) == (place, digest)
    )
