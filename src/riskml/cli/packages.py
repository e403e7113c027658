"""The command about packages for the upper level: made, answered by receipts, verified by who receives one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import (
    JsonOption,
    SchemeOption,
    day,
    file_there,
    folder,
    folder_there,
    me,
    print_json,
    workspace_of,
)
from riskml.cli.terminal import out, progress
from riskml.core.errors import ConfigurationError
from riskml.core.language import SIMULATED, Label, counted, say
from riskml.core.workspace import Workspace

SHOWN = 10
"""Rejected rows that a terminal shows; the ledger has all."""


STATUS = {
    "accepted": Label("全部接收", "accepted"),
    "partly": Label("部分接收", "partly accepted"),
    "rejected": Label("全部退回", "rejected"),
}


def publish(
    context: typer.Context,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of", parser=day, metavar="DATE", help=both("把这一期做成推送包", "Make the package of this run")
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            parser=folder, metavar="DIR", help=both("另存一份到该目录，供传输", "Put a copy there, for transport")
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help=both(
                "--to 的一份只让该用户组读，供传输账号",
                "Let this group read the copy, for the account that transports it",
            )
        ),
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            parser=file_there,
            metavar="FILE",
            help=both("核对并登记上级的回执", "Check and record the receipt of the upper level"),
        ),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            parser=folder_there, metavar="DIR", help=both("接收方核对收到的包", "Check a package that was received")
        ),
    ] = None,
    scheme: SchemeOption = "yunnan",
    as_json: JsonOption = False,
) -> None:
    """Make the package of a run for the upper level, record its receipt (--receipt), or check a package that was
    received (--verify).
    ---
    推送上级：把一期结果做成推送包；登记回执（--receipt）；接收方核对（--verify）。
    ---
    riskml publish --as-of 2026-10-31
    """
    chosen = [option for option in (as_of, receipt, verify) if option is not None]
    if len(chosen) != 1:
        raise ConfigurationError(
            zh="请给出 --as-of、--receipt、--verify 之一。", en="Give exactly one of --as-of, --receipt and --verify."
        )
    if to is not None and as_of is None:
        raise ConfigurationError(zh="--to 只与 --as-of 同用。", en="--to goes with --as-of only.")
    if group is not None and to is None:
        raise ConfigurationError(zh="--group 只与 --to 同用。", en="--group goes with --to only.")
    if as_of is not None:
        _make_package(workspace_of(context), scheme, as_of, to, group, as_json)
    elif receipt is not None:
        _record_receipt(workspace_of(context), scheme, receipt, as_json)
    elif verify is not None:
        _verify_package(verify, as_json)


def _make_package(
    workspace: Workspace, scheme: str, as_of: date, to: Path | None, group: str | None, as_json: bool
) -> None:
    from riskml.services.publication import push_package

    with progress(say("推送包", "package")) as on_progress:
        package = push_package(workspace, me(), scheme, as_of, on_progress, to=to, group=group)
    if as_json:
        print_json({
            "package": package.manifest.package, "folder": str(package.folder), "manifest_sha256": package.sha256,
            "made": package.made, "rows": package.manifest.rows(), "revision": package.manifest.revision,
            "updated": package.manifest.updated, "simulated": package.manifest.simulated,
        })  # fmt: skip
        return
    rows = " · ".join(f"{table} {count:,}" for table, count in package.manifest.rows().items())
    note = SIMULATED.said if package.manifest.simulated else ""
    out.print(
        f"{package.manifest.package}{note}: {rows} {say('行', 'rows')}"
        + ("" if package.made else say("，此前已生成", ", made before")),
        soft_wrap=True,
    )
    if package.manifest.updated:
        out.print(
            say(
                f"{package.manifest.updated:,} 家的等级在此后即时更新过，推送的是更新后的。",
                f"{counted(package.manifest.updated, 'grades were', 'grade was')} brought up to date since, and sent "
                "as now in force.",
            ),
            soft_wrap=True,
        )
    out.print(f"manifest.json SHA-256 {package.sha256}", soft_wrap=True)
    out.print(f"{package.folder}" + ("" if to is None else f" → {to}"), soft_wrap=True)


def _record_receipt(workspace: Workspace, scheme: str, path: Path, as_json: bool) -> None:
    from riskml.services.publication import receive_receipt

    recorded = receive_receipt(workspace, me(), scheme, path)
    receipt = recorded.receipt
    if as_json:
        print_json({**receipt.model_dump(mode="json"), "status": receipt.status, "new": recorded.new})
        return
    status, rejected = STATUS[receipt.status], len(receipt.rejected)
    out.print(
        say(
            f"{receipt.package}：{receipt.receiver} {status.zh}，退回 {rejected} 行",
            f"{receipt.package}: {status.en} by {receipt.receiver}, {counted(rejected, 'rows')} rejected",
        )
        + ("" if recorded.new else say("；此前已登记", "; recorded before")),
        soft_wrap=True,
    )
    for row in receipt.rejected[:SHOWN]:
        out.print(f"  {row.table} {' '.join(row.key)}: {row.reason}", soft_wrap=True)


def _verify_package(folder: Path, as_json: bool) -> None:
    from riskml.publication.verify import faults_of

    faults = faults_of(folder.resolve())
    if as_json:
        print_json({"folder": str(folder), "valid": not faults, "faults": [vars(fault) for fault in faults]})
    else:
        for fault in faults:
            out.print(fault.said, soft_wrap=True)
        if not faults:
            out.print(
                say(
                    f"{folder}：完整、未改动、符合数据规范。",
                    f"{folder}: complete, unchanged, and as the schema has it.",
                ),
                soft_wrap=True,
            )
    if faults:
        raise typer.Exit(1)
