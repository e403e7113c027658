"""What people expect of an enterprise before they open its page: stated, and listed for analysts. Who has seen its
grade on a list, or more than an hour ago, is not told apart.
"""

from __future__ import annotations

from riskml.audit.entries import Event
from riskml.audit.logs import reads_chain
from riskml.audit.recent import recent_reads
from riskml.casework.expectations import (
    LONGEST,
    Afterwards,
    Expectation,
    add_expectation,
    expectations,
    has_stated,
)
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.runs.published import PublishedRun, latest_day, published_run
from riskml.services.asking import asked_by
from riskml.services.one_enterprise import grades_of


def newest_run(workspace: Workspace, asker: Principal, scheme: str) -> PublishedRun:
    """The run of a scheme whose grades are expected; a ConfigurationError where there is none."""
    with asked_by(asker, workspace, None):
        return published_run(workspace, scheme, latest_day(workspace, scheme))


def state_expectation(
    workspace: Workspace, asker: Principal, scheme: str, enterprise_id: str, division: str, expected: str, why: str
) -> Expectation:
    """Note which grade somebody expects of an enterprise, and why, beside the one that applies.

    Parameters
    ----------
    enterprise_id, division
        Its code, and where it is registered.

    Raises
    ------
    ConfigurationError
        Where the scheme has no such grade, or no reason is given, or one too long; where the account has read the
        enterprise within the hour, or stated what it expects of it in that run before.
    RunError
        Where the scheme's newest run does not grade the enterprise.
    """
    run = newest_run(workspace, asker, scheme)
    if expected not in run.grades:
        zh, en = nearest(expected, run.grades)
        raise ConfigurationError(zh=f"没有等级 {expected}{zh}。", en=f"There is no grade {expected!r}{en}.")
    if not 0 < len(why.strip()) <= LONGEST:
        raise ConfigurationError(
            zh=f"理由须有 1 至 {LONGEST} 个字符，现有 {len(why.strip())} 个。",
            en=f"A reason has 1 to {LONGEST} characters; this one has {len(why.strip())}.",
        )
    _refuse_seen(workspace, asker, enterprise_id)
    grade = next((one.grade for one in grades_of(workspace, asker, enterprise_id) if one.scheme == scheme), None)
    if grade is None:
        raise RunError(
            zh=f"最近一次发布没有 {enterprise_id} 的等级。", en=f"The newest run has no grade of {enterprise_id}."
        )
    with asked_by(asker, workspace, Event("read", "expectation", enterprise_id, scheme)):
        stated = Expectation(
            asker.account, enterprise_id, division, scheme, run.named, grade, expected, why.strip(), china_now()
        )
        database = open_database(workspace)
        with database.writing() as connection:
            database.hold(connection, f"expectation {asker.account} {enterprise_id}")
            if has_stated(connection, stated):
                raise ConfigurationError(
                    zh=f"您对 {enterprise_id} 在 {run.named} 中的等级已说过预期：每次发布只记一次。",
                    en=f"You have stated what you expect of {enterprise_id} in {run.named}: it is kept once for each "
                    "run.",
                )
            add_expectation(connection, stated)
        return stated


def _refuse_seen(workspace: Workspace, asker: Principal, enterprise_id: str) -> None:
    """Refuse whoever has read the enterprise within the hour; what is longer ago is not looked up."""
    if recent_reads(reads_chain(workspace), asker.account, enterprise_id).same:
        raise ConfigurationError(
            zh=f"您一小时内看过 {enterprise_id}，现在说出的已不是看到等级之前的预期；没有保存。",
            en=f"You have read {enterprise_id} within the last hour: what is stated now is not expected before its "
            "grade was seen, and is not kept.",
        )


def list_expectations(
    workspace: Workspace, asker: Principal, scheme: str
) -> tuple[tuple[Expectation, tuple[Afterwards, ...]], ...]:
    """The newest expectations of the asker's own region, each with what the same account did later in cases."""
    with (
        asked_by(asker, workspace, Event("list", "expectations", scheme=scheme)),
        open_database(workspace).reading() as connection,
    ):
        return expectations(connection, scheme, asker.region or "")
