"""One enterprise by its code: where it is registered, and its grade under every scheme that grades it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.audit.entries import Event
from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.records.buckets import bucket_of
from riskml.records.enterprise_ids import enterprise_meant
from riskml.records.lookup import Lookup
from riskml.records.store import open_store
from riskml.runs.immediate import read_updates
from riskml.runs.published import latest_day, published_run
from riskml.services.asking import asked_by
from riskml.services.registers import graded_schemes


class NotThereError(RunError):
    """Nothing is known of the enterprise that is asked for."""


def registered_in(workspace: Workspace, asker: Principal, typed: str) -> tuple[str, str]:
    """The enterprise that a typed code means, and the division that it is registered in, by its newest registration.

    Raises
    ------
    NotThereError
        Where no registration of it is known.
    """
    with asked_by(asker, workspace, None):
        code = enterprise_meant(typed)
        rows = Lookup(open_store(workspace.records)).rows("enterprise", [code]).to_pylist()
    if not rows:
        raise NotThereError(
            zh=f"没有企业 {code} 的登记信息；请检查统一社会信用代码。",
            en=f"Nothing is known of an enterprise {code}; check the code.",
        )
    newest = max(rows, key=lambda row: (row["valid_from"], row["arrival"]))
    return code, str(newest["division"] or "")


@dataclass(frozen=True)
class GradeUnder:
    """The grade that the newest run of a scheme gives an enterprise."""

    scheme: str
    label: Label
    as_of: date
    grade: str


def grades_of(workspace: Workspace, asker: Principal, enterprise_id: str) -> tuple[GradeUnder, ...]:
    """An enterprise's grade under every scheme that grades it."""
    with asked_by(asker, workspace, Event("read", "grades", enterprise_id)):
        bucket, found = bucket_of(enterprise_id, open_store(workspace.records).buckets), list[GradeUnder]()
        for scheme in graded_schemes(workspace):
            run = published_run(workspace, scheme, latest_day(workspace, scheme))
            if (graded := run.graded(enterprise_id, bucket)) is not None:
                update = read_updates(workspace.ledger, scheme, run.as_of).get(enterprise_id)
                grade = str(graded["grade"][0]) if update is None else update.grade
                found.append(GradeUnder(scheme, run.policy.scheme.label, run.as_of, grade))
        return tuple(found)
