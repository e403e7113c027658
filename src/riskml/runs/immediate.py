"""An enterprise's grade brought up to date at once, where a fact that decides a grade by itself arrives between two
runs.

Nothing published changes: what was found is one line of the ledger.
The score stays that of the run; the next run takes everything in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, model_validator

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.ledger import Ledger
from riskml.core.locks import exclusive
from riskml.core.validation import validated
from riskml.core.workspace import Workspace, score_command
from riskml.engines.duckdb import connect_reader
from riskml.records.buckets import bucket_of
from riskml.records.effect_periods import EffectPeriods
from riskml.records.store import RecordStore, open_store
from riskml.relations.catalogue import is_whole
from riskml.runs.absence import why_absent
from riskml.runs.as_of import refuse_future_day
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.schemes.decisions import Decision, in_force, read_decisions
from riskml.schemes.grade import BAND, grade_block, held_ranks
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.questions import still_asked
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme


class Update(BaseModel):
    """One enterprise's grade between two runs.

    Parameters
    ----------
    run
        The as-of date of the run whose grade it stands beside.
    as_of
        The day whose rules gave the grade.
    was, grade
        The grade until now, and from now on; the same where a run made later gives it by itself.
    decided_by
        The rule that decides it, or ``band``.
    evidence
        The records that rule rests on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: str
    enterprise_id: str
    run: date
    as_of: date
    was: str
    grade: str
    decided_by: str
    evidence: tuple[str, ...]


def told_by(scheme: Scheme, decided_by: str) -> Label:
    """What gives a grade: a rule by its name, or the method alone."""
    if decided_by == BAND:
        return Label("评价方法", "the method alone")
    return next((rule.label for rule in scheme.all_rules if rule.id == decided_by), Label(decided_by, decided_by))


class _Recorded(BaseModel):
    """A line of the ledger: the updates of one enterprise, or of all whom a load concerned."""

    updates: tuple[Update, ...]

    @model_validator(mode="before")
    @classmethod
    def _one(cls, content: Any) -> Any:
        return content if "updates" in content else {"updates": [content]}


_IN_A_LINE = 1000
"""Updates that are recorded together: every line of the ledger is put on the disk by itself."""


def record_updates(ledger: Ledger, updates: Sequence[Update]) -> None:
    """Put the updates of many enterprises into the ledger."""
    for start in range(0, len(updates), _IN_A_LINE):
        together = [update.model_dump(mode="json") for update in updates[start : start + _IN_A_LINE]]
        ledger.append("update", {"updates": together})


def read_updates(ledger: Ledger, scheme: str, run: date) -> dict[str, Update]:
    """Enterprise → its last update since the run of a date; a RunError where the ledger was altered.

    An update beside an earlier run is in force where its day lies after this run's: a run that was made late for an
    earlier day knows nothing of what the update rests on.
    """
    found = {
        update.enterprise_id: update
        for line in ledger.contents("update", _Recorded)
        for update in line.updates
        if update.scheme == scheme and (update.run == run or update.run < run < update.as_of)
    }
    return {who: update for who, update in found.items() if update.grade != update.was}


def dated_updates(ledger: Ledger, scheme: str, run: date) -> tuple[tuple[datetime, Update], ...]:
    """Every update beside the run of a date with the time it was recorded, oldest first; raises as `read_updates`."""
    return tuple(
        (line.at, update)
        for line in ledger.lines("update")
        for update in validated(_Recorded, line.content).updates
        if update.scheme == scheme and update.run == run
    )


def update_one(workspace: Workspace, scheme_name: str, enterprise_id: str, as_of: date) -> tuple[str, Update | None]:
    """Grade one enterprise by the policy as it now stands, as of a day, and its published score; record what differs.

    Returns
    -------
    grade
        The grade that applies now.
    update
        What was recorded; None where that is the grade it had.

    Raises
    ------
    RunError
        Where the enterprise is in no published run, the day lies ahead or before that of its last update, or another
        process records an update.
    """
    refuse_future_day(open_store(workspace.records), as_of)
    before = [day for day in published_days(workspace, scheme_name) if day <= as_of]
    run = published_run(workspace, scheme_name, before[-1]) if before else None
    if run is None:
        raise RunError(
            zh=f"{as_of} 及之前没有已发布的结果；请先运行 {score_command(scheme_name)}。",
            en=f"No run is published at or before {as_of}; run '{score_command(scheme_name)}' first.",
        )
    return _update(workspace, load_policy(workspace, scheme_name), run, enterprise_id, as_of)


def redo_updates(workspace: Workspace, scheme_name: str, as_of: date) -> None:
    """Grade everyone anew who was brought up to date since the day of a run that was just published.

    It may be a revision, or a run made late for a day before the update's. An update holds the grade of the score that
    the run before had: by the score of this one it may be another.
    """
    policy, run = load_policy(workspace, scheme_name), published_run(workspace, scheme_name, as_of)
    buckets = open_store(workspace.records).buckets
    for enterprise_id, update in read_updates(workspace.ledger, scheme_name, as_of).items():
        if run.graded(enterprise_id, bucket_of(enterprise_id, buckets)) is not None:
            _update(workspace, policy, run, enterprise_id, update.as_of)


def _update(
    workspace: Workspace, policy: Policy, run: PublishedRun, enterprise_id: str, as_of: date
) -> tuple[str, Update | None]:
    """As `update_one`, beside the run given."""
    scheme, store = policy.scheme, open_store(workspace.records)
    bucket = bucket_of(enterprise_id, store.buckets)
    held = run.graded(enterprise_id, bucket)
    connection = connect_reader(workspace.spill)
    store.open_views(
        connection,
        None if any(is_whole(one.from_) for rule in scheme.applied for one in rule.circumstances) else bucket,
    )
    if held is None:
        absent = why_absent(connection, policy, enterprise_id, run.as_of)
        raise RunError(
            zh=f"{run.as_of} 的结果中没有企业 {enterprise_id}：{absent.zh}。",
            en=f"The run of {run.as_of} has no enterprise {enterprise_id}: {absent.en}.",
        )
    decisions = in_force(read_decisions(workspace.ledger), as_of)
    found = _fired(connection, store, scheme, enterprise_id, as_of, policy.periods, decisions)
    fired = still_asked(scheme.all_rules, held["rules"][0].as_py(), found)
    ranks = held_ranks(scheme, held)
    (graded,) = grade_block(
        scheme, [enterprise_id], held["score"].to_numpy(), fired, decisions, bands=ranks
    ).to_pylist()
    with exclusive(workspace.runs / scheme.id / "updates.lock"):
        earlier = read_updates(workspace.ledger, scheme.id, run.as_of).get(enterprise_id)
        if earlier is not None and as_of < earlier.as_of:
            raise RunError(
                zh=f"{enterprise_id} 的等级已按 {earlier.as_of} 的情形更新，不能再按更早的 {as_of} 更新；请改用不早于 "
                f"{earlier.as_of} 的日期。",
                en=f"The grade of {enterprise_id} was brought up to date as of {earlier.as_of}; it cannot go back to "
                f"{as_of}. Use a day no "
                f"earlier than {earlier.as_of}.",
            )
        carried = earlier is not None and earlier.run != run.as_of
        was = held["grade"][0].as_py() if earlier is None or carried else earlier.grade
        if graded["grade"] == was and not carried:
            return was, None
        evidence = {row["rule"]: tuple(row["evidence"]) for row in fired.to_pylist()}
        update = Update(
            scheme=scheme.id, enterprise_id=enterprise_id, run=run.as_of, as_of=as_of, was=was, grade=graded["grade"],
            decided_by=graded["decided_by"], evidence=evidence.get(graded["decided_by"], ()),
        )  # fmt: skip
        workspace.ledger.append("update", update.model_dump(mode="json"))
    return update.grade, update


def _fired(
    connection: duckdb.DuckDBPyConnection,
    store: RecordStore,
    scheme: Scheme,
    enterprise_id: str,
    as_of: date,
    periods: EffectPeriods,
    decisions: tuple[Decision, ...],
) -> pa.Table:
    connection.execute(
        "CREATE TEMP TABLE entity_date AS SELECT $1 AS enterprise_id, CAST($2 AS DATE) AS as_of", [enterprise_id, as_of]
    )
    return connection.sql(fired_rules_sql(scheme, "entity_date", periods, store.tables, decisions).sql).to_arrow_table()
