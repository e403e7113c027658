"""The commands about the database of cases and accounts: its version, brought up to date, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import JsonOption, me, print_json, workspace_asked, workspace_of
from riskml.cli.terminal import out
from riskml.core.errors import ConfigurationError
from riskml.core.language import say

if TYPE_CHECKING:
    from riskml.database.migrating import Version

app = CommandLine(
    name="database",
    no_args_is_help=True,
    help=both("案件和账号的数据库。", "The database of cases and accounts."),
)


@app.command()
def upgrade(context: typer.Context, as_json: JsonOption = False) -> None:
    """Bring the database's tables to the version of this program; make them where there are none.
    ---
    把数据库的表升到本程序的版本；没有的先建立。
    ---
    riskml database upgrade
    """
    from riskml.services.database import upgrade_database

    _show(upgrade_database(workspace_of(context), me()), as_json)


@app.command()
def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Where the database is, which version its tables are of, and which this program needs.
    ---
    数据库在哪里，表是哪一版，本程序需要哪一版。
    ---
    riskml database status
    """
    from riskml.services.database import database_version

    _show(database_version(workspace_asked(context), me()), as_json)


@app.command()
def downgrade(
    context: typer.Context,
    version: Annotated[
        str,
        typer.Argument(
            help=both("退回到哪一版；base 是没有表", "The version to go back to; base is none of the tables")
        ),
    ],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=both("确认：只有后来版本才有的内容会丢失", "Yes, what only later versions hold is lost")
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take the database's tables back to an earlier version; make a backup first.
    ---
    把数据库的表退回到较早的版本；请先备份。
    ---
    riskml database downgrade 0001 --yes
    """
    from riskml.services.database import downgrade_database

    if not yes:
        raise ConfigurationError(
            zh=f"退回到 {version} 版会丢失只有后来版本才有的内容；请先备份，确认后加 --yes。",
            en=f"Going back to version {version} loses what only later ones hold: make a backup, then add --yes.",
        )
    _show(downgrade_database(workspace_of(context), me(), version), as_json)


def _show(found: Version, as_json: bool) -> None:
    if as_json:
        print_json(vars(found) | {"is_newest": found.is_newest})
        return
    out.print(
        say(
            f"数据库 {found.place}：{found.present} 版，本程序需要 {found.newest} 版。",
            f"Database {found.place}: version {found.present}, this program needs {found.newest}.",
        ),
        soft_wrap=True,
        markup=False,
    )
