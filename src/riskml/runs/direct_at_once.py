"""Direct determinations at once (即时更新): everyone whom a rule with a fixed grade newly concerns, or concerns no
longer.

`riskml ingest` and `riskml undo` ask for it under every scheme whose cycle says ``direct_at_once`` (Guangzhou Art. 12):
a listing makes its enterprise a D with the load that brings it, and is lifted by the load that ends or repairs it. As
with one enterprise (`riskml.runs.immediate`), nothing published changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from riskml.core.errors import RiskmlError
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.records.store import open_store
from riskml.runs.immediate import Update, read_updates, record_updates
from riskml.runs.published import PublishedRun, latest_day, published_days, published_run
from riskml.schemes.decisions import in_force, read_decisions
from riskml.schemes.grade import BAND, grade_block, held_ranks
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme

_PATIENCE = 600.0
"""Seconds that a load waits for another one's updates: it must not end without its own."""


@dataclass(frozen=True)
class UpdatedAtOnce:
    """What a load changed under one scheme.

    Parameters
    ----------
    run
        The as-of date of the run whose grades were brought up to date.
    as_of
        The day whose rules gave the grades.
    regulation
        The scheme itself, as it stood.
    """

    scheme: str
    run: date
    as_of: date
    updates: tuple[Update, ...]
    regulation: Scheme


def update_schemes(workspace: Workspace, day: date) -> tuple[tuple[UpdatedAtOnce, ...], tuple[RiskmlError, ...]]:
    """Bring everyone up to date as of a day, under every scheme that asks for it and has a published run.

    Returns
    -------
    updated
        Scheme by scheme.
    failed
        Why it could not be done under a scheme: its scheme.yaml is not valid, or its run was altered. The others are
        done all the same.
    """
    updated: list[UpdatedAtOnce] = []
    failed: list[RiskmlError] = []
    for name in workspace.schemes:
        try:
            if not published_days(workspace, name):
                continue
            cycle = load_policy(workspace, name).scheme.cycle
            if cycle is not None and cycle.direct_at_once:
                updated.append(update_scheme(workspace, name, day))
        except RiskmlError as error:
            failed.append(error)
    return tuple(updated), tuple(failed)


def update_scheme(workspace: Workspace, scheme_name: str, day: date) -> UpdatedAtOnce:
    """Grade by the policy as it now stands whomever a direct determination concerns, or did; record every grade that
    differs.

    Parameters
    ----------
    day
        As of when; the newest run's date, or that of its last update, where that is later.

    Raises
    ------
    ConfigurationError
        Where there is no run yet, or the scheme is not valid.
    RunError
        Where the run was altered.
    """
    policy = load_policy(workspace, scheme_name)
    with exclusive(workspace.runs / scheme_name / "updates.lock", wait=_PATIENCE):
        # The records are opened inside: what another load brought while this one waited counts as well.
        run = published_run(workspace, scheme_name, latest_day(workspace, scheme_name))
        days = [update.as_of for update in read_updates(workspace.ledger, scheme_name, run.as_of).values()]
        as_of = max(day, run.as_of, *days)  # an update never goes back to an earlier day
        updates = _found(workspace, policy, run, as_of)
        record_updates(workspace.ledger, updates)
    return UpdatedAtOnce(scheme_name, run.as_of, as_of, updates, policy.scheme)


def _found(workspace: Workspace, policy: Policy, run: PublishedRun, as_of: date) -> tuple[Update, ...]:
    """The grades that differ, by enterprise."""
    scheme, store, connection = policy.scheme, open_store(workspace.records), connect(workspace.spill)
    store.open_views(connection)
    run.open_view(connection, "grades", "held")
    connection.execute(f"CREATE TEMP TABLE entity_date AS SELECT enterprise_id, DATE '{as_of}' AS as_of FROM held")
    decisions = in_force(read_decisions(workspace.ledger), as_of)
    rules = fired_rules_sql(scheme, "entity_date", policy.periods, store.tables, decisions)
    connection.execute(f"CREATE TEMP TABLE fired AS {rules.sql}")
    earlier = read_updates(workspace.ledger, scheme.id, run.as_of)
    held = _concerned(connection, scheme, earlier)
    fired = connection.sql(
        "SELECT * FROM fired SEMI JOIN concerned USING (enterprise_id) ORDER BY enterprise_id, rule"
    ).to_arrow_table()
    ids, ranks = held["enterprise_id"].to_pylist(), held_ranks(scheme, held)
    graded = grade_block(scheme, ids, held["score"].to_numpy(), fired, decisions, bands=ranks).to_pylist()
    evidence = {(row["enterprise_id"], row["rule"]): tuple(row["evidence"]) for row in fired.to_pylist()}
    until_now = {
        who: earlier[who].grade if who in earlier else grade
        for who, grade in zip(ids, held["grade"].to_pylist(), strict=True)
    }
    return tuple(
        Update(
            scheme=scheme.id, enterprise_id=who, run=run.as_of, as_of=as_of, was=until_now[who], grade=now["grade"],
            decided_by=now["decided_by"], evidence=evidence.get((who, now["decided_by"]), ()),
        )
        for who, now in zip(ids, graded, strict=True)
        if now["grade"] != until_now[who]
    )  # fmt: skip


def _concerned(connection: duckdb.DuckDBPyConnection, scheme: Scheme, earlier: Mapping[str, Update]) -> pa.Table:
    """Whom a rule with a fixed grade concerns now, or gave the grade until now, with what the run holds of them; makes
    ``concerned``.
    """
    direct = [rule.id for rule in scheme.applied if rule.effect.kind == "fixed"]
    # A rule that was switched off or taken out since gives its enterprises up as well.
    lasting = [BAND, *(rule.id for rule in scheme.rules if rule.effect.kind != "fixed")]
    directly = [who for who, update in earlier.items() if update.decided_by not in lasting]
    connection.execute(
        """
        CREATE TEMP TABLE concerned AS
        SELECT enterprise_id FROM fired WHERE list_contains(CAST($direct AS VARCHAR[]), rule)
        UNION
        SELECT enterprise_id FROM held WHERE NOT list_contains(CAST($lasting AS VARCHAR[]), decided_by)
        UNION
        SELECT unnest(CAST($earlier AS VARCHAR[]))
        """,
        {"direct": direct, "lasting": lasting, "earlier": directly},
    )
    return connection.sql(
        """
        SELECT enterprise_id, grade, band, score, score_without_peer_rates
        FROM held SEMI JOIN concerned USING (enterprise_id)
        ORDER BY enterprise_id
        """
    ).to_arrow_table()
