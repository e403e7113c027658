"""What the public may see of one enterprise's grade: exactly what its scheme lists, and nothing where that has run out.

Only a scheme with an entry ``public`` is looked up. There is no score, no reason and no person, and nothing of another
scheme: not even that there is one. It is asked for one enterprise; nobody can list them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.explaining.individual_names import masked_name, persons_of
from riskml.records.buckets import bucket_of
from riskml.records.live import current_enterprise_sql
from riskml.records.store import open_store
from riskml.runs.immediate import read_updates
from riskml.runs.published import published_days, published_run
from riskml.schemes.notices import is_in_force, status_of
from riskml.schemes.scheme import Scheme
from riskml.schemes.scheme_entries import PublicField
from riskml.schemes.scope import in_scope


@dataclass(frozen=True)
class Graded:
    """An enterprise's grade as it stands.

    Parameters
    ----------
    name
        Without the names of persons.
    status
        The code of its registration status.
    as_of
        The day that the grade is of.
    """

    enterprise_id: str
    name: str
    status: str
    grade: str
    as_of: date


def public_view(scheme: Scheme, graded: Graded, on: date) -> dict[PublicField, Any] | None:
    """What anyone may see on a day, in the order in which the scheme lists it; texts as ``{"zh": …, "en": …}``.

    None where the scheme is not public or not in force on that day, and where the enterprise is deregistered.
    """
    if scheme.public is None or not is_in_force(scheme, on) or graded.status == "deregistered":
        return None
    objections = [one for one in scheme.procedures if one.kind == "objection"]
    shown: dict[PublicField, Any] = {
        "name": graded.name,
        "enterprise_id": graded.enterprise_id,
        "grade": graded.grade,
        "as_of": graded.as_of.isoformat(),
        "scheme": vars(scheme.basis[0].title),
        "status": vars(status_of(scheme, on)),
        "objection": [vars(one.text) for one in objections],
    }
    return {field: shown[field] for field in scheme.public.shows}


def public_view_of(
    workspace: Workspace, scheme_name: str, enterprise_id: str, on: date
) -> dict[PublicField, Any] | None:
    """The same of an enterprise's grade as `graded_now` finds it.

    None also where that finds none: who asks is not told which. Errors as there.
    """
    found = graded_now(workspace, scheme_name, enterprise_id, on)
    return None if found is None else public_view(*found, on)


def graded_now(workspace: Workspace, scheme_name: str, enterprise_id: str, on: date) -> tuple[Scheme, Graded] | None:
    """An enterprise's grade by the newest run up to a day, with what was brought up to date since, and the scheme by
    the policy of that run.

    None where no run holds it, and where it is no longer in the scheme's scope.

    Raises
    ------
    RunError
        Where the run, or the record store, is not as it was published or loaded.
    """
    days = [day for day in published_days(workspace, scheme_name) if day <= on]
    if not days:
        return None
    run = published_run(workspace, scheme_name, days[-1])
    store = open_store(workspace.records)
    held = run.graded(enterprise_id, bucket_of(enterprise_id, store.buckets))
    if held is None:
        return None
    policy = run.policy
    connection = connect_reader(workspace.spill)  # anyone may ask: little memory and few threads each
    store.open_views(connection)
    connection.execute(
        "CREATE TEMP TABLE asked AS SELECT $1 AS enterprise_id, CAST($2 AS DATE) AS as_of", [enterprise_id, on]
    )
    connection.execute(f"CREATE TEMP TABLE registered AS {current_enterprise_sql('asked', policy.periods)}")
    ((name, status, kind),) = connection.execute("SELECT name, status, kind FROM registered").fetchall()
    if policy.scheme.scope is not None and in_scope(policy.scheme.scope, connection, "registered").failed:
        return None
    if kind == "individual_business":
        name = masked_name(name, persons_of(connection, enterprise_id))
    update = read_updates(workspace.ledger, scheme_name, run.as_of).get(enterprise_id)
    since = update if update is not None and update.as_of <= on else None
    grade, as_of = (since.grade, since.as_of) if since else (held["grade"][0].as_py(), run.as_of)
    return policy.scheme, Graded(enterprise_id, name, status, grade, as_of)
