"""Accounts and tokens: given, listed, taken back; each change is in the audit log."""

from __future__ import annotations

from collections.abc import Collection

from riskml.accounts.access import Action
from riskml.accounts.accounts import Account, add_account, disable_account, list_accounts, set_password
from riskml.accounts.passwords import made_up
from riskml.accounts.second_factor import reset_factor
from riskml.accounts.tokens import issue_token, revoke_tokens
from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.services.asking import asked_by


def give_account(workspace: Workspace, asker: Principal, account: Account, password: str | None) -> str:
    """Add an account; its first password, made up where None is given. Errors as
    `riskml.accounts.accounts.add_account`.
    """
    chosen = password or made_up()
    with asked_by(asker, workspace, _change("account added", account.name)):
        add_account(open_database(workspace), account, chosen, load_settings(workspace).signing_in.words)
    return chosen


def accounts_there(workspace: Workspace, asker: Principal) -> tuple[Account, ...]:
    """Every account."""
    with asked_by(asker, workspace, None):
        return list_accounts(open_database(workspace))


def close_account(workspace: Workspace, asker: Principal, name: str) -> None:
    """Disable an account, end its sessions and its tokens."""
    with asked_by(asker, workspace, _change("account disabled", name)):
        database = open_database(workspace)
        disable_account(database, name)
        revoke_tokens(database, name)


def change_password(workspace: Workspace, asker: Principal, name: str, password: str | None) -> str:
    """Give an account another password for one time, made up where None is given; returns it."""
    chosen = password or made_up()
    with asked_by(asker, workspace, _change("password set", name)):
        set_password(open_database(workspace), name, chosen, load_settings(workspace).signing_in.words, one_time=True)
    return chosen


def forget_factor(workspace: Workspace, asker: Principal, name: str) -> None:
    """Forget an account's second factor, and end its sessions; whoever has it chooses another at the next sign-in."""
    with asked_by(asker, workspace, _change("second factor reset", name)):
        reset_factor(open_database(workspace), name)


def give_token(
    workspace: Workspace, asker: Principal, name: str, label: str, scope: Collection[Action], days: int
) -> str:
    """A token of an account for a program; it is shown once."""
    with asked_by(asker, workspace, _change("token given", name)):
        return issue_token(open_database(workspace), name, label, scope, days)


def end_tokens(workspace: Workspace, asker: Principal, name: str) -> int:
    """End every token of an account; how many there were."""
    with asked_by(asker, workspace, _change("tokens ended", name)):
        return revoke_tokens(open_database(workspace), name)


def _change(what: str, name: str) -> Event:
    return Event("change", what, facts={"about": name})
