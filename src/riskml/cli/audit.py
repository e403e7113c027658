"""The commands about the logs that an outsider can check: verified, given checkpoints, shown, proved, handed over."""

from __future__ import annotations

import shutil
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import CommandLine, both
from riskml.cli.options import (
    AsOfOption,
    JsonOption,
    SchemeOption,
    day,
    file,
    file_there,
    folder,
    me,
    print_json,
    workspace_asked,
    workspace_of,
)
from riskml.cli.terminal import out, table
from riskml.core.language import counted, say

if TYPE_CHECKING:
    from riskml.services.audit import VerifiedLog

app = CommandLine(
    name="audit",
    no_args_is_help=True,
    help=both(
        "外人可核对的日志：谁在何时看了哪家企业，总账是否还是当初写下的。",
        "Logs that an outsider can check: who read which enterprise when, and whether the ledger is what was written.",
    ),
)


class LogName(StrEnum):
    """One of the two logs."""

    ledger = "ledger"
    audit = "audit"


LogOption = Annotated[
    LogName,
    typer.Option(
        "--log", help=both("哪份日志：总账或查询留痕", "Which log: the ledger, or who read what"), case_sensitive=False
    ),
]

FileToWrite = Annotated[
    Path, typer.Option("--to", parser=file, metavar="FILE", help=both("写到哪个文件", "The file to write"))
]


@app.command()
def verify(
    context: typer.Context,
    since: Annotated[
        list[Path] | None,
        typer.Option(
            parser=file_there,
            metavar="CHECKPOINT",
            help=both("以前留存的检查点，可多次给出", "A checkpoint kept from earlier; may be given more than once"),
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help=both("公钥（audit key 给出）", "A public key, as 'audit key' prints it"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check both logs: every line, the tree over them, the last checkpoint and its signature, and earlier checkpoints.
    ---
    核对两份日志：逐行、其上的树、最近的检查点及签名，并与以前留存的检查点对照。
    ---
    riskml audit verify
    """
    from riskml.audit.logs import NAMES
    from riskml.services.audit import verify_logs

    found = verify_logs(workspace_of(context), me(), since or [], key or [])
    if as_json:
        print_json({
            "logs": [
                {"log": one.name, "entries": one.entries, "checkpoint": one.checkpoint and one.checkpoint.note,
                 "signed_by": one.signed_by}
                for one in found
            ]
        })  # fmt: skip
        return
    for one in found:
        name = NAMES[one.name].said
        whole = say(
            f"{name}：{one.entries} 条与写入时相同；",
            f"{name}: {counted(one.entries, 'entries are', 'entry is')} as written; ",
        )
        out.print(whole + _covered(one), soft_wrap=True)


def _covered(log: VerifiedLog) -> str:
    """What a log's last checkpoint covers, and who signed it."""
    if log.checkpoint is None:
        return say("还没有检查点。", "there is no checkpoint yet.")
    size = log.checkpoint.size
    if log.signed_by is not None:
        return say(
            f"检查点有 {size} 条，{log.signed_by} 签名正确。", f"the checkpoint has {size}, signed by {log.signed_by}."
        )
    if log.checkpoint.signatures:
        return say(
            f"检查点有 {size} 条，签名未核对（没有公钥）。",
            f"the checkpoint has {size}; its signature was not checked, since there is no key.",
        )
    return say(f"检查点有 {size} 条，没有签名。", f"the checkpoint has {size}, and is unsigned.")


@app.command()
def checkpoint(
    context: typer.Context,
    to: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            metavar="DIR",
            help=both("写到目录：两份检查点和二维码（SVG）", "A folder to write both to, with QR codes as SVG"),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a checkpoint of each log: how long it is and the root of its tree. Whoever keeps it notices later if the log
    was cut or changed.
    ---
    给两份日志各做一个检查点：条数和树根。谁留着它，日后日志被截短或改动就能看出。
    ---
    riskml audit checkpoint
    """
    from riskml.audit.keys import VARIABLE
    from riskml.core.qr import qr_svg, qr_text
    from riskml.services.audit import make_checkpoints

    made = make_checkpoints(workspace_of(context), me())
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        for name, one in made.items():
            (to / f"{name}.checkpoint").write_text(one.note, encoding="utf-8")
            (to / f"{name}.svg").write_text(qr_svg(one.note, one.origin), encoding="utf-8")
    if as_json:
        print_json({name: one.note for name, one in made.items()})
        return
    for one in made.values():
        out.print(one.note, markup=False, soft_wrap=True)
        out.print(qr_text(one.note), markup=False, soft_wrap=True)
    if not all(one.signatures for one in made.values()):
        out.print(
            say(
                f"检查点没有签名：环境变量 {VARIABLE} 没有指明密钥文件（riskml audit key 可生成）。",
                f"The checkpoints are unsigned: {VARIABLE} names no key; 'riskml audit key' makes one.",
            ),
            soft_wrap=True,
        )


@app.command()
def show(
    context: typer.Context,
    who: Annotated[str | None, typer.Option(metavar="ACCOUNT", help=both("某个账号", "Of one account"))] = None,
    enterprise: Annotated[
        str | None, typer.Option(metavar="CODE", help=both("关于某家企业", "About one enterprise"))
    ] = None,
    on: Annotated[
        date | None, typer.Option("--day", parser=day, metavar="DATE", help=both("某一天", "Of one day"))
    ] = None,
    last: Annotated[int, typer.Option(min=1, help=both("显示最后几条", "How many to show, the last ones"))] = 50,
    as_json: JsonOption = False,
) -> None:
    """Who read, exported or asked for what; that somebody looked is an entry too.
    ---
    谁查看、导出、询问了什么；看这份留痕本身也留痕。
    ---
    riskml audit show --day 2026-10-31
    """
    from riskml.audit.entries import KINDS, OUTCOMES
    from riskml.services.audit import show_entries

    lines = show_entries(workspace_of(context), me(), who=who, about=enterprise, on=on)
    if as_json:
        print_json({"entries": [{**vars(line), "at": line.at.isoformat()} for line in lines]})
        return
    table(
        say(f"{len(lines)} 条", counted(len(lines), "entries", "entry")),
        ["", say("时间", "when"), say("账号", "account"), say("角色", "roles"), say("事项", "what"),
         say("企业", "enterprise"), say("办法", "scheme"), say("结果", "outcome")],
        [
            [
                line.number,
                f"{line.at:%Y-%m-%d %H:%M:%S}",
                line.account,
                ", ".join(line.content["roles"]),
                f"{KINDS[line.kind].said} {line.content['what']}",
                line.content.get("enterprise", ""),
                line.content.get("scheme", ""),
                OUTCOMES[line.content["outcome"]].said,
            ]
            for line in lines[-last:]
        ],
    )  # fmt: skip


@app.command()
def prove(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help=both("第几行，从 1 起", "Which line, from 1"))],
    to: FileToWrite,
    log: LogOption = LogName.ledger,
) -> None:
    """Write the proof that one line is in a log, without the others: the line, the hashes beside it, a checkpoint.
    ---
    写出一行在日志中的证明，不带其他行：该行、旁边的散列、检查点。
    ---
    riskml audit prove 1 --to line-1.tlog-proof
    """
    from riskml.services.audit import prove_entry

    proof = prove_entry(workspace_of(context), me(), log.value, number)
    to.write_text(proof.written, encoding="utf-8")
    out.print(
        say(
            f"{to}：第 {number} 行在 {proof.checkpoint.origin} 的 {proof.checkpoint.size} 行之中。",
            f"{to}: line {number} is among the {proof.checkpoint.size} of {proof.checkpoint.origin}.",
        ),
        soft_wrap=True,
    )


@app.command()
def consistency(
    context: typer.Context,
    since: Annotated[
        Path,
        typer.Argument(
            parser=file_there, metavar="CHECKPOINT", help=both("以前留存的检查点", "A checkpoint kept from earlier")
        ),
    ],
    to: FileToWrite,
) -> None:
    """Write the proof that a log has only grown since an earlier checkpoint: a new checkpoint and the hashes between,
    without any entry.
    ---
    写出日志自较早的检查点以来只增未改的证明：新的检查点和其间的散列，不带任何条目。
    ---
    riskml audit consistency ledger.checkpoint --to since.proof
    """
    from riskml.services.audit import prove_consistency

    proof = prove_consistency(workspace_of(context), me(), since)
    to.write_text(proof.written, encoding="utf-8")
    now = proof.checkpoint
    out.print(
        say(
            f"{to}：{now.origin} 现有 {now.size} 条，以当时的 {proof.old} 条开头。",
            f"{to}: {now.origin} has {now.size} entries now, and begins with the {proof.old} of then.",
        ),
        soft_wrap=True,
    )


@app.command()
def grade(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help=both("企业代码", "The enterprise's code"))],
    to: FileToWrite,
    as_of: AsOfOption = None,
    scheme: SchemeOption = "yunnan",
) -> None:
    """Write where an enterprise's grade comes from: its rows of the run, the run's manifest with the hash of all that
    it was made of, and the proof that the ledger has it.
    ---
    写出某企业的等级从何而来：它在结果中的各行、含全部散列的清单、总账记有该清单的证明。
    ---
    riskml audit grade 91530102000000001X --to grade.json
    """
    from riskml.services.audit import prove_grade

    to.write_text(prove_grade(workspace_of(context), me(), scheme, code, as_of), encoding="utf-8")
    out.print(say(f"已写出 {to}", f"Written: {to}"), soft_wrap=True)


@app.command()
def copy(
    context: typer.Context,
    to: Annotated[
        Path,
        typer.Option("--to", parser=folder, metavar="DIR", help=both("写到哪个目录", "The folder to write to")),
    ],
    log: LogOption = LogName.ledger,
) -> None:
    """Write a whole log for somebody outside: checkpoint, tiles and bundles of entries, as C2SP's tlog-tiles has them.
    ---
    把一份日志整份写出交给外人：检查点、树的各片、条目包，格式为 C2SP tlog-tiles。
    ---
    riskml audit copy --to ledger-copy
    """
    from riskml.services.audit import copy_log

    made = copy_log(workspace_of(context), me(), log.value, to)
    out.print(
        say(
            f"{to}：{made.origin}，{made.size} 条。", f"{to}: {made.origin}, {counted(made.size, 'entries', 'entry')}."
        ),
        soft_wrap=True,
    )


@app.command()
def verifier(to: FileToWrite) -> None:
    """Write the verifier: one file that needs Python and nothing else, for whoever checks logs and proofs.
    ---
    写出核对程序：一个文件，只需 Python，交给核对日志和证明的人。
    ---
    riskml audit verifier --to verifier.py
    """
    from riskml.audit import verifier as shipped

    shutil.copyfile(shipped.__file__, to)
    out.print(say(f"{to}：python3 {to} --help", f"{to}: python3 {to} --help"), soft_wrap=True)


@app.command()
def key(context: typer.Context, to: FileToWrite) -> None:
    """Make the key that checkpoints are signed with, and print the public keys for those who check.
    ---
    生成检查点的签名密钥，并打印公钥，交给核对的人。
    ---
    riskml audit key --to audit-key.pem
    """
    from riskml.audit.keys import VARIABLE, make_key
    from riskml.audit.verifier import key_text
    from riskml.services.audit import public_keys

    workspace = workspace_asked(context)
    for one in public_keys(workspace, me(), make_key(to)):
        out.print(key_text(one.name, one.public), markup=False, soft_wrap=True)
    out.print(
        say(f"用法：export {VARIABLE}={to.resolve()}", f"To use it: export {VARIABLE}={to.resolve()}"), soft_wrap=True
    )
