"""All commands, in the order of ``riskml --help``. Every failure is a message in the reader's language, never a
traceback.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from riskml import __version__
from riskml.cli import (
    accounts,
    audit,
    backup,
    casework,
    database,
    desk,
    dossier,
    evaluation,
    explaining,
    lab,
    mapping,
    model_life,
    packages,
    partners,
    plan,
    policy,
    posting,
    preview,
    publication,
    records,
    runs,
    upkeep,
    way_back,
    what_if,
)
from riskml.cli.help import CommandLine, both
from riskml.cli.session import run_to_end
from riskml.cli.terminal import err, out
from riskml.core.errors import ConfigurationError

COMMANDS = (
    records.init, lab.simulate, records.ingest, upkeep.undo, upkeep.clean, upkeep.retention,
    mapping.profile, upkeep.check, backup.backup, backup.restore,
    records.features,
    model_life.train, runs.score, explaining.explain, what_if.what_if, what_if.future, way_back.way_back,
    explaining.decide, lab.benchmark,
    model_life.promote, model_life.models, runs.runs, upkeep.ledger,
    desk.serve, desk.desk,
    evaluation.evaluate, publication.migration, packages.publish, publication.export, publication.directory,
    publication.monitor, publication.warnings,
)  # fmt: skip


app = CommandLine(
    name="riskml",
    help=both(
        "企业信用风险分类：导入数据、训练模型、按月分类、逐户说明依据。",
        "Credit-risk classification of enterprises for market regulators: load records, train a model, grade each "
        "month, and explain every grade.",
    ),
    invoke_without_command=True,
)


def _show_version(asked: bool) -> None:
    if asked:
        out.print(f"riskml {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            help=both("工作区目录，默认为向上最近的一个", "The workspace; the nearest one upwards by default"),
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help=both("显示版本", "Show the version")),
    ] = False,
) -> None:
    if unreadable := [
        word for word in sys.argv[1:] if not word.isprintable() and any("\ud800" <= mark <= "\udfff" for mark in word)
    ]:
        shown = ascii(unreadable[0])
        raise ConfigurationError(
            zh=f"参数 {shown} 不是 UTF-8 编码的文字；请把终端的编码设为 UTF-8 后重新输入。",
            en=f"The argument {shown} is no text in UTF-8: set the terminal to UTF-8 and type it again.",
        )
    context.obj = workspace
    if context.invoked_subcommand is None:
        err.print(context.get_help(), markup=False, soft_wrap=True)
        raise typer.Exit(2)


for command in COMMANDS:
    app.command()(command)
app.add_typer(mapping.app)
app.add_typer(dossier.app)
app.add_typer(preview.app)
app.add_typer(policy.app)
app.add_typer(casework.app)
app.add_typer(plan.app)
app.add_typer(audit.app)
app.add_typer(database.app)
app.add_typer(accounts.app)
app.add_typer(posting.app)
app.add_typer(partners.app)


def main() -> None:
    """Run a command and end with its exit code: 0, 1 (it failed), 2 (arguments or configuration are wrong), 130
    (interrupted).
    """
    sys.exit(run_to_end(partial(app, standalone_mode=False), sys.argv[1:]))
