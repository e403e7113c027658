"""The commands about banks and associations under an agreement, and about what enterprises let them see."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import (
    EnterpriseArgument,
    JsonOption,
    day,
    file_there,
    me,
    print_json,
    workspace_asked,
    workspace_of,
)
from riskml.cli.terminal import out, table
from riskml.core.china_day import china_today
from riskml.core.language import say
from riskml.disclosure.authorisations import PURPOSES, Grant, Purpose
from riskml.disclosure.partners import PARTNER_KINDS, PartnerKind

app = CommandLine(
    name="partner",
    no_args_is_help=True,
    help=both(
        "签有协议的银行和协会，以及企业授权它们查询什么。",
        "Banks and associations under an agreement, and what enterprises let them look up.",
    ),
)

Number = Annotated[int, typer.Argument(help=both("银行或协会的编号", "The partner's number"))]
Until = Annotated[date, typer.Option("--until", parser=day, metavar="DATE", help=both("到哪一天", "Until which day"))]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=both("名称", "Its name"))],
    agreement: Annotated[str, typer.Option(help=both("协议的编号或名称", "The agreement's number or title"))],
    until: Until,
    kind: Annotated[
        PartnerKind, typer.Option(help=both("银行还是协会", "A bank or an association"))
    ] = PartnerKind.bank,
) -> None:
    """Add a bank or association that may ask until its agreement ends.
    ---
    添加一家签有协议的银行或协会，协议到期后不能再查询。
    ---
    riskml partner add langfang-bank --agreement 2026-3 --until 2027-12-31
    """
    from riskml.services.authorising import new_partner

    made = new_partner(workspace_of(context), me(), name, kind, agreement, until)
    out.print(f"{made.id}  {made.name}", markup=False)


@app.command()
def join(
    context: typer.Context,
    number: Number,
    account: Annotated[str, typer.Argument(help=both("角色为 bank 的账号", "An account with the role bank"))],
) -> None:
    """Say that an account is a partner's.
    ---
    把一个账号关联到一家银行或协会。
    ---
    riskml partner join 1 bank-clerk
    """
    from riskml.services.authorising import join_partner

    join_partner(workspace_of(context), me(), account, number)
    out.print(say(f"{account} 属于 {number}", f"{account} is of {number}"), markup=False)


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the partners.
    ---
    列出银行和协会。
    ---
    riskml partner list
    """
    from riskml.services.authorising import list_partners

    found = list_partners(workspace_asked(context), me())
    if as_json:
        print_json({"partners": [vars(one) for one in found]})
        return
    heads = (
        say("编号", "number"),
        say("名称", "name"),
        say("类型", "kind"),
        say("协议", "agreement"),
        say("至", "until"),
    )
    rows = [
        (str(one.id), one.name, PARTNER_KINDS[one.kind].said, one.agreement, one.until.isoformat()) for one in found
    ]
    table(say("银行和协会", "Partners"), heads, rows)


@app.command("authorise")
def authorise_(
    context: typer.Context,
    number: Number,
    enterprise: EnterpriseArgument,
    purpose: Annotated[Purpose, typer.Option(help=both("用途", "What for"))],
    until: Until,
    signed_by: Annotated[str, typer.Option(help=both("签字人", "Who signed"))],
    proof: Annotated[
        Path, typer.Option(parser=file_there, metavar="FILE", help=both("证明的扫描件", "The paper, scanned"))
    ],
    from_: Annotated[
        date | None,
        typer.Option("--from", parser=day, metavar="DATE", help=both("自哪一天，默认今天", "From which day")),
    ] = None,
) -> None:
    """Keep an authorisation that an enterprise gave on paper.
    ---
    登记企业以书面作出的授权。
    ---
    riskml partner authorise 1 91131002MA0000001X --purpose loan --until 2027-01-31 --signed-by LISI --proof paper.pdf
    """
    from riskml.accounts.access import AUTHORISED_SCHEME
    from riskml.services.authorising import authorise
    from riskml.services.one_enterprise import registered_in

    workspace = workspace_of(context)
    code, division = registered_in(workspace, me(), enterprise)
    days = from_ or china_today(), until
    made = authorise(
        workspace, me(), Grant(AUTHORISED_SCHEME, code, division, number, purpose, *days, signed_by), proof.read_bytes()
    )
    out.print(f"{made.id}  {code}  {PURPOSES[purpose].said}  {days[0]} – {days[1]}", markup=False)


@app.command("withdraw")
def withdraw_(
    context: typer.Context,
    authorisation: Annotated[int, typer.Argument(help=both("授权的编号", "The authorisation's number"))],
) -> None:
    """Take an authorisation back.
    ---
    撤销一项授权。
    ---
    riskml partner withdraw 3
    """
    from riskml.services.authorising import withdraw

    found = withdraw(workspace_of(context), me(), authorisation)
    out.print(say(f"授权 {found.id} 已撤销。", f"Authorisation {found.id} is withdrawn."))


@app.command("authorised")
def authorised_(context: typer.Context, enterprise: EnterpriseArgument, as_json: JsonOption = False) -> None:
    """Whom an enterprise let look it up.
    ---
    一家企业授权了哪些单位查询。
    ---
    riskml partner authorised 91131002MA0000001X
    """
    from riskml.records.enterprise_ids import enterprise_meant
    from riskml.services.authorising import given_by

    found = given_by(workspace_asked(context), me(), enterprise_meant(enterprise))
    if as_json:
        plain = [{**vars(one), "grant": vars(one.grant), "partner": vars(one.partner)} for one in found]
        print_json({"authorisations": plain})
        return
    heads = (
        say("编号", "number"),
        say("单位", "who"),
        say("用途", "for"),
        say("期限", "from, to"),
        say("状态", "state"),
    )
    rows = []
    for one in found:
        shut = one.shut_for(one.grant.purpose, china_today())
        days = f"{one.grant.from_day} – {one.grant.until_day}"
        state = shut.said if shut else say("有效", "valid")
        rows.append((str(one.id), one.partner.name, PURPOSES[one.grant.purpose].said, days, state))
    table(say("授权", "Authorisations"), heads, rows)
