"""What is known of natural persons, where it is, how long it is kept; removed when its time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from riskml.accounts.retention import accounts_past, remove_accounts
from riskml.audit.entries import Event, record
from riskml.casework.retention import persons_past, remove_persons
from riskml.core.china_day import china_now
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.disclosure.retention import remove_partners_accounts, remove_signers, signers_past
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Holding:
    """Something that is known of natural persons.

    Parameters
    ----------
    days
        How long it is kept; None where riskml removes nothing of it, and `why` says why.
    past
        How much of it is past its time.
    """

    what: Label
    where: Label
    days: int | None
    past: int
    why: Label | None = None


def _stays(what: Label, where: Label, why: Label) -> Holding:
    return Holding(what, where, None, 0, why)


_STAYS = (
    _stays(
        Label("账号名、角色、看了哪家企业", "accounts' names, roles, which enterprise they read"),
        Label("查询留痕 data/audit.jsonl", "the audit log, data/audit.jsonl"),
        Label(
            "只增不改的默克尔日志，删一行其后全部失效；其中没有姓名和证件号",
            "an append-only Merkle log: one line out of it and all after it is void; no person's name is in it",
        ),
    ),
    _stays(
        Label("账号名、决定的人员和理由", "accounts' names, who decided and why"),
        Label("总账 data/ledger.jsonl", "the ledger, data/ledger.jsonl"),
        Label(
            "等级依据的凭证，与发布的结果一同核验；只增不改",
            "what grades are proved by, checked with what was published; append-only",
        ),
    ),
    _stays(
        Label("办理人、经过和理由", "who handled a case, its steps and reasons"),
        Label("数据库 case_file、case_event", "database: case_file, case_event"),
        Label(
            "办理的责任记录；理由中不应写当事人姓名",
            "the record of who answers for it; reasons should name no party",
        ),
    ),
    _stays(
        Label(
            "账号名、看到等级前的预期和理由；张贴登记人",
            "accounts' names, what was expected and why; who noted postings",
        ),
        Label("数据库 expectation、poster、poster_event", "database: expectation, poster, poster_event"),
        Label(
            "工作记录，只增不改；理由中不应写当事人姓名",
            "records of work, only added to; reasons should name no party",
        ),
    ),
    _stays(
        Label("登记的任职人员、股东", "registered post-holders and shareholders"),
        Label("记录库 data/records", "the record store, data/records"),
        Label(
            "登记信息，随来源更新；不用于其他目的，页面按角色遮蔽",
            "registrations, renewed by their source; used for nothing else, and masked by role on pages",
        ),
    ),
)


def review_persons(workspace: Workspace, asker: Principal, *, remove: bool) -> tuple[Holding, ...]:
    """What is held of natural persons, and how much is past its time; removed where `remove`, in one transaction and
    with an entry in the audit log.
    """
    database, limits, now = open_database(workspace), load_settings(workspace).persons, china_now()
    kept = {"accounts": limits.accounts_days, "authorisations": limits.authorisations_days, "cases": limits.cases_days}
    before = {name: now - timedelta(days=days) for name, days in kept.items()}
    if not remove:
        with asked_by(asker, workspace, None), database.reading() as connection:
            return _found(connection, kept, before, remove=False)
    with asked_by(asker, workspace, None), database.writing() as connection:
        found = _found(connection, kept, before, remove=True)
        facts = dict(zip(kept, (one.past for one in found), strict=False))
        record(workspace, Event("change", "personal data removed", facts=facts))  # or else nothing is removed
        return found


def _found(
    connection: Connection, kept: dict[str, int], before: dict[str, datetime], *, remove: bool
) -> tuple[Holding, ...]:
    accounts = accounts_past(connection, before["accounts"])
    signers = signers_past(connection, before["authorisations"])
    persons = persons_past(connection, before["cases"])
    if remove:
        remove_partners_accounts(connection, accounts)
        remove_accounts(connection, accounts)
        remove_signers(connection, signers)
        remove_persons(connection, persons)
    return (
        Holding(
            Label("停用的账号及其会话、令牌、第二因素", "disabled accounts, their sessions, tokens and second factors"),
            Label("数据库 account", "database: account"),
            kept["accounts"],
            len(accounts),
        ),
        Holding(
            Label("授权的签字人和证明", "who signed authorisations, and the papers"),
            Label("数据库 authorisation", "database: authorisation"),
            kept["authorisations"],
            len(signers),
        ),
        Holding(
            Label("办结案件的提出人、代理权限、证明材料", "who objected or applied in closed cases, authority, papers"),
            Label("数据库 case_event", "database: case_event"),
            kept["cases"],
            len(persons),
        ),
        *_STAYS,
    )
