"""The commands that serve the desk: a workspace's own, and a demo with a user for each role."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from riskml.accounts.desk_key import VARIABLE, derived_key, has_desk_key, make_desk_key
from riskml.cli.help import both
from riskml.cli.options import folder, me, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import OPTION, language, say
from riskml.core.principal import ROLES
from riskml.core.progress import Progress
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace

Port = Annotated[int, typer.Option(min=1, max=65535, help=both("端口", "The port"))]


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help=both("监听的地址", "The address to listen at"))] = "127.0.0.1",
    port: Port = 8000,
    behind_tls: Annotated[
        bool,
        typer.Option(
            "--behind-tls",
            help=both("浏览器只经 TLS 代理访问", "Browsers reach it through a proxy with TLS alone"),
        ),
    ] = False,
) -> None:
    """Serve the desk: pages and API for people with accounts (see 'user').
    ---
    启动办案台：供有账号的人使用的网页和接口（账号见 user）。
    ---
    riskml serve --port 8000
    riskml serve --host 10.0.0.5 --behind-tls
    """
    loopback = host in ("127.0.0.1", "::1", "localhost")
    if not loopback and not behind_tls:
        raise ConfigurationError(
            zh=f"--host {host} 会把等级和密码不加密地送到网上；请放在 TLS 代理之后并加 --behind-tls，或用 127.0.0.1。",
            en=f"--host {host} would send grades and passwords over the network unencrypted: put it behind a proxy "
            "with TLS and add --behind-tls, or use 127.0.0.1.",
        )
    workspace = workspace_of(context)
    if load_settings(workspace).signing_in.needs_factor(ROLES, by_network=behind_tls):
        derived_key("second factors")  # rather now than when somebody signs in
    _run(workspace, host, port, secure=behind_tls)


def desk(
    to: Annotated[
        Path, typer.Argument(parser=folder, metavar="DIR", help=both("演示工作区", "The demo workspace"))
    ] = Path(".desk"),
    enterprises: Annotated[
        int, typer.Option(min=3000, help=both("模拟企业数", "Number of simulated enterprises"))
    ] = 6000,
    port: Port = 8000,
) -> None:
    """A demo of the desk: a simulated province, a user for each role, served on this machine alone.
    ---
    办案台演示：模拟省份，每种角色一个账号，只在本机提供。
    ---
    riskml desk
    riskml desk .desk --enterprises 30000 --port 8080
    """
    workspace = Workspace(to)
    with progress(say("演示", "demo")) as on_progress:
        _make(workspace, enterprises, on_progress)
    _own_key(workspace)
    if made := _accounts(workspace):
        heads = (say("账号", "account"), say("一次性密码", "one-time password"), say("角色", "role"))
        table(say("账号（模拟数据）", "Accounts (simulated data)"), heads, made)
        out.print(say("第一次登录时请改密码。", "Each password is changed at the first sign-in."))
    _run(workspace, "127.0.0.1", port, secure=False)


_UNTIL, _RECEIVED = "2026-10-31", "2026-11-01"
_REGION, _ELSEWHERE = "5301", "5303"
"""Where the demo's inspector works, and another one: Kunming, Qujing."""


def _make(workspace: Workspace, enterprises: int, on_progress: Progress) -> None:
    """Make what of the demo is not there yet, as a user would: by the commands themselves."""
    root = workspace.root
    steps: list[tuple[Path, list[str]]] = [
        (workspace.features, ["init", str(root)]),
        (workspace.data / "simulated", ["simulate", "--enterprises", str(enterprises), "--until", _UNTIL]),
        (
            workspace.records / "manifest.json",
            ["ingest", "simulated", "--from", str(workspace.data / "simulated"), "--received", _RECEIVED],
        ),
        (workspace.bundle("yunnan"), ["train", "--scheme", "yunnan", "--as-of", _UNTIL]),
        (workspace.runs / "yunnan" / "2026-09-30", ["score", "--scheme", "yunnan", "--as-of", "2026-09-30"]),
        (workspace.runs / "yunnan" / _UNTIL, ["score", "--scheme", "all", "--as-of", _UNTIL]),
    ]
    for number, (made, words) in enumerate(steps):
        on_progress(words[0], number, len(steps))
        if made.exists():
            continue
        within = [] if words[0] == "init" else ["--workspace", str(root)]
        command = [sys.executable, "-m", "riskml.cli", *within, *words, OPTION, language().value]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip()
            raise RunError(zh=f"riskml {words[0]} 失败：{said}", en=f"riskml {words[0]} failed: {said}")


def _accounts(workspace: Workspace) -> list[tuple[str, str, str]]:
    """Add a user for each role that has none: name, password, role."""
    from riskml.accounts.access import ROLE_LABELS
    from riskml.accounts.accounts import Account
    from riskml.services.accounts import accounts_there, give_account

    there = {one.name for one in accounts_there(workspace, me())}
    made = []
    for name, role in (*((role.replace("_", "-"), role) for role in ROLES), ("qujing", "inspector")):
        if name in there:
            continue
        region = {"inspector": _REGION, "qujing": _ELSEWHERE}.get(name)
        own = _one_graded(workspace) if role == "enterprise" else None
        password = give_account(workspace, me(), Account(name, frozenset({role}), region, own), None)
        made.append((name, password, ROLE_LABELS[role].said + (f" {region}" if region else "")))
        if role == "bank":
            _let_look_up(workspace, name)
    return made


def _let_look_up(workspace: Workspace, account: str) -> None:
    """Make an account a simulated bank's, which the demo's enterprise lets look its grade up for a loan."""
    from riskml.accounts.access import OWN_QUERY
    from riskml.disclosure.authorisations import Grant, Purpose
    from riskml.disclosure.partners import PartnerKind
    from riskml.services.authorising import authorise, join_partner, new_partner
    from riskml.services.one_enterprise import registered_in

    today = china_today()
    until = today + timedelta(days=90)
    name = say("模拟银行", "Simulated bank")
    partner = new_partner(workspace, me(), name, PartnerKind.bank, say("模拟协议", "simulated"), until)
    join_partner(workspace, me(), account, partner.id)
    (scheme, *_) = OWN_QUERY
    code, division = registered_in(workspace, me(), _one_graded(workspace))
    signed_by = say("模拟签字人", "simulated")
    given = Grant(scheme, code, division, partner.id, Purpose.loan, today, until, signed_by)
    authorise(workspace, me(), given, b"%PDF-1.7 simulated")


def _own_key(workspace: Workspace) -> None:
    """Give the demo a key of its own, for second factors and posted codes, where the environment names none."""
    path = workspace.root / "desk.key"
    if not has_desk_key():
        if not path.exists():
            make_desk_key(path)
        os.environ[VARIABLE] = str(path)


def _one_graded(workspace: Workspace) -> str:
    """The enterprise that the demo's enterprise account is of: the riskiest under a scheme that lets it look."""
    from riskml.accounts.access import OWN_QUERY
    from riskml.services.lists import list_enterprises
    from riskml.services.registers import Registers, Wanted

    (scheme, *_) = OWN_QUERY
    _, found = list_enterprises(Registers(workspace), me(), scheme, Wanted())
    return found.rows[0].enterprise_id


def _run(workspace: Workspace, host: str, port: int, *, secure: bool) -> None:
    # Only here: no other command waits for a web server.
    import uvicorn

    from riskml.web.app import application

    app = application(workspace, secure=secure)
    out.print(
        say(f"办案台：http://{host}:{port}/ （Ctrl-C 结束）", f"The desk: http://{host}:{port}/ (Ctrl-C ends it)")
    )
    # A reader who reads a page for a minute has the same connection for the next.
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, timeout_keep_alive=75)
