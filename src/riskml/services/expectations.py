"""What people expect of an enterprise before they see its grade: stated, and listed for analysts."""

from __future__ import annotations

from riskml.audit.entries import Event
from riskml.casework.expectations import LONGEST, Afterwards, Expectation, add_expectation, expectations
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
        Where the scheme has no such grade, or no reason is given, or one too long.
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
    grade = next((one.grade for one in grades_of(workspace, asker, enterprise_id) if one.scheme == scheme), None)
    if grade is None:
        raise RunError(
            zh=f"最近一次发布没有 {enterprise_id} 的等级。", en=f"The newest run has no grade of {enterprise_id}."
        )
    with asked_by(asker, workspace, Event("read", "expectation", enterprise_id, scheme)):
        stated = Expectation(
            asker.account, enterprise_id, division, scheme, run.named, grade, expected, why.strip(), china_now()
        )
        with open_database(workspace).writing() as connection:
            add_expectation(connection, stated)
        return stated


def list_expectations(
    workspace: Workspace, asker: Principal, scheme: str
) -> tuple[tuple[Expectation, tuple[Afterwards, ...]], ...]:
    """The newest expectations of the asker's own region, each with what the same account did later in cases."""
    with (
        asked_by(asker, workspace, Event("list", "expectations", scheme=scheme)),
        open_database(workspace).reading() as connection,
    ):
        return expectations(connection, scheme, asker.region or "")
