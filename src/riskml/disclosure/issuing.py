"""To whom a code is given: the enterprises of a scheme's newest run whose grade the public may see today."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.disclosure.posters import Given
from riskml.publication.enterprises import connect_to_records
from riskml.records.effect_periods import EFFECT_PERIODS, load_effect_periods
from riskml.records.live import current_enterprise_sql
from riskml.runs.immediate import read_updates
from riskml.runs.published import latest_day, published_run
from riskml.schemes.notices import is_in_force, status_of
from riskml.schemes.scheme import Scheme


def refuse_unposted(scheme: Scheme, on: date) -> None:
    """Refuse a scheme whose text has nobody post a code, or is not in force on a day; a ConfigurationError says so."""
    if scheme.public is None or not any(one.kind == "posting" for one in scheme.procedures):
        raise ConfigurationError(
            zh=f"办法 {scheme.id} 没有规定张贴信用等级二维码，不能生成。",
            en=f"The text of {scheme.id} has nobody post a code of their grade: none is made.",
        )
    if not is_in_force(scheme, on):
        status = status_of(scheme, on)
        raise ConfigurationError(
            zh=f"办法 {scheme.id}：{status.zh}。不在有效期内不公示，也不生成二维码；"
            "有效期写在 scheme.yaml 的 in_force。",
            en=f"The text of {scheme.id}: {status.en}. Outside that time nothing is public and no code is made; it "
            "stands under in_force of scheme.yaml.",
        )


def to_be_given(
    workspace: Workspace, scheme_name: str, on: date, within: str, street: str, only: Collection[str]
) -> tuple[Given, ...]:
    """The enterprises of the newest run that are not deregistered and still in the scheme's scope, with the grades that
    apply now.

    Parameters
    ----------
    within, street
        The beginnings of their division and street; "" for all.
    only
        Their codes; all where empty.

    Raises
    ------
    ConfigurationError
        As `refuse_unposted`, by the policy of the run; and where one of `only` is not among them.
    """
    run = published_run(workspace, scheme_name, latest_day(workspace, scheme_name))
    refuse_unposted(run.policy.scheme, on)
    connection = connect_to_records(workspace)
    run.open_view(connection, "grades", "present")
    chosen = "WHERE enterprise_id IN (SELECT unnest($1))" if only else "WHERE $1 = []"
    connection.execute(
        f"CREATE TEMP TABLE asked AS SELECT enterprise_id, grade, DATE '{on}' AS as_of FROM present {chosen}",
        [list(only)],
    )
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    registered = current_enterprise_sql("asked", periods)
    rows = connection.execute(
        f"""
SELECT a.enterprise_id, coalesce(r.division, ''), coalesce(r.street, ''), a.grade
FROM asked a
JOIN (SELECT * FROM ({registered}) WHERE {run.policy.scheme.in_scope_sql}) r USING (enterprise_id)
WHERE r.status IS DISTINCT FROM 'deregistered'
  AND starts_with(coalesce(r.division, ''), $1)
  AND starts_with(coalesce(r.street, ''), $2)
ORDER BY ALL""",
        [within, street],
    ).fetchall()
    updates = read_updates(workspace.ledger, scheme_name, run.as_of)
    found = []
    for code, division, lane, grade in rows:
        since = updates.get(code)
        graded, as_of = (since.grade, since.as_of) if since and since.as_of <= on else (grade, run.as_of)
        found.append(Given(code, division, lane, graded, as_of))
    if missing := sorted(set(only) - {one.enterprise for one in found}):
        raise ConfigurationError(
            zh=f"{missing[0]} 不在 {run.named} 的结果中，或已注销、不在所选地区或办法的适用范围：不能生成二维码。",
            en=f"{missing[0]} is not in {run.named}, or is deregistered, or elsewhere or out of the scheme's "
            "scope: no code is made.",
        )
    return tuple(found)
