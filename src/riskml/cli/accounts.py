"""The commands about accounts: who may sign in at the desk, and the tokens of programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, file, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out, table
from riskml.core.language import counted, say

app = CommandLine(name="user", no_args_is_help=True, help=both("谁可以登录。", "Who may sign in."))

Name = Annotated[str, typer.Argument(help=both("账号名", "The account's name"))]
Ask = Annotated[
    bool,
    typer.Option(
        "--ask",
        help=both("从终端输入密码；不写则生成一个", "Ask for the password at the terminal; else one is made up"),
    ),
]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    role: Annotated[list[str], typer.Option(metavar="ROLE", help=both("角色，可重复", "A role; may be repeated"))],
    region: Annotated[
        str | None,
        typer.Option(metavar="DIGITS", help=both("地区（区划代码的开头）", "The region: how its division codes begin")),
    ] = None,
    enterprise: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=both("角色 enterprise 是哪一家", "Of the role enterprise: which one it is")),
    ] = None,
    ask: Ask = False,
) -> None:
    """Add an account; its password is for one time and is chosen anew at the first sign-in.
    ---
    添加账号；密码是一次性的，第一次登录时改成自己的。
    ---
    riskml user add li --role inspector --region 5301
    riskml user add wang --role case_officer --role approver
    """
    from riskml.accounts.accounts import Account
    from riskml.services.accounts import give_account

    account = Account(name, frozenset(role), region, enterprise)
    _show_password(name, give_account(workspace_of(context), me(), account, _typed() if ask else None), shown=not ask)


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the accounts.
    ---
    列出账号。
    ---
    riskml user list
    """
    from riskml.accounts.access import ROLE_LABELS
    from riskml.services.accounts import accounts_there

    found = accounts_there(workspace_asked(context), me())
    if as_json:
        print_json({"accounts": [{**vars(one), "roles": sorted(one.roles)} for one in found]})
        return
    heads = (say("账号", "account"), say("角色", "roles"), say("地区", "region"), say("状态", "state"))
    rows = [
        (
            one.name,
            say("、", ", ").join(ROLE_LABELS[role].said for role in sorted(one.roles)),
            one.region or "–",
            say("已停用", "disabled")
            if one.disabled_on
            else say("一次性密码", "one-time password")
            if one.one_time
            else say("可用", "in use"),
        )
        for one in found
    ]
    table(say("账号", "Accounts"), heads, rows)


@app.command()
def disable(context: typer.Context, name: Name) -> None:
    """Let nobody sign in to an account any more; its sessions and tokens end.
    ---
    停用账号；已登录的会话和令牌随即失效。
    ---
    riskml user disable li
    """
    from riskml.services.accounts import close_account

    close_account(workspace_of(context), me(), name)
    out.print(say(f"已停用 {name}。", f"{name} is disabled."))


@app.command()
def password(context: typer.Context, name: Name, ask: Ask = False) -> None:
    """Give an account another password for one time; a lock after wrong passwords ends.
    ---
    给账号换一个一次性密码；因密码错误的锁定随即解除。
    ---
    riskml user password li
    """
    from riskml.services.accounts import change_password

    given = change_password(workspace_of(context), me(), name, _typed() if ask else None)
    _show_password(name, given, shown=not ask)


@app.command()
def token(
    context: typer.Context,
    name: Name,
    label: Annotated[str, typer.Option(help=both("用途", "What it is for"))] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="ACTION", help=both("可以做什么，可重复；默认只读", "What it is for; may be repeated")),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help=both("有效天数", "For how many days"))] = 90,
    end: Annotated[bool, typer.Option("--end", help=both("收回全部令牌", "End all its tokens instead"))] = False,
) -> None:
    """Give an account a token for programs, or end all of them; a token is shown once.
    ---
    给账号发一个供程序使用的令牌，或全部收回；令牌只显示一次。
    ---
    riskml user token li --label report --scope search --scope read --days 30
    riskml user token li --end
    """
    from riskml.accounts.access import Action
    from riskml.cli.usage import BadValue
    from riskml.services.accounts import end_tokens, give_token

    if end:
        ended = end_tokens(workspace_of(context), me(), name)
        out.print(say(f"收回了 {ended} 个令牌。", f"{counted(ended, 'tokens')} ended."))
        return
    actions = [one.value for one in Action]
    if unknown := [one for one in scope or () if one not in actions]:
        listed = ", ".join(actions)
        raise BadValue(f"{unknown[0]!r} 应为 {listed} 之一", f"{unknown[0]!r} should be one of {listed}")
    wanted = [Action(one) for one in scope or ("search", "read")]
    out.print(give_token(workspace_of(context), me(), name, label, wanted, days), soft_wrap=True)


@app.command()
def factor(
    context: typer.Context,
    name: Name,
    reset: Annotated[bool, typer.Option("--reset", help=both("确认重置", "Yes, forget it"))] = False,
) -> None:
    """Forget an account's second factor and recovery codes, once you have seen who asks for it in person.
    ---
    重置账号的第二因素和恢复码；请先当面核实是本人。
    ---
    riskml user factor li --reset
    """
    from riskml.core.errors import ConfigurationError
    from riskml.services.accounts import forget_factor

    if not reset:
        raise ConfigurationError(
            zh="重置后原来的手机和恢复码都不能再用；核实本人后加 --reset。",
            en="The telephone and the recovery codes of before open nothing then: see who asks, then add --reset.",
        )
    forget_factor(workspace_of(context), me(), name)
    out.print(say(f"已重置 {name} 的第二因素。", f"The second factor of {name} is forgotten."))


@app.command()
def key(
    to: Annotated[
        Path, typer.Option("--to", parser=file, metavar="FILE", help=both("写到哪个文件", "The file to write"))
    ],
) -> None:
    """Make the desk's own key, which signs posted codes and encrypts second factors; RISKML_DESK_KEY names its file.
    ---
    生成办案台的密钥：用来给张贴的二维码签名、给第二因素加密；由环境变量 RISKML_DESK_KEY 指明文件。
    ---
    riskml user key --to /etc/riskml/desk.key
    """
    from riskml.accounts.desk_key import VARIABLE, make_desk_key

    make_desk_key(to)
    out.print(say(f"已写入 {to}；请设置 {VARIABLE}={to}", f"Written to {to}; set {VARIABLE}={to}"), markup=False)


def _typed() -> str:
    """A password typed at the terminal, twice; or the first line of what is piped in."""
    if sys.stdin.isatty():
        return str(typer.prompt(say("密码", "Password"), hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _show_password(name: str, given: str, *, shown: bool) -> None:
    """Show a password that was made up: once, and nowhere else."""
    out.print(f"{name}  {given}" if shown else say(f"已设定 {name} 的密码。", f"The password of {name} is set."))
