"""The commands of the model registry and of the ledger: one thin function each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskml.core import logs
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.terminal import err, out, progress, table
from riskml.core.workspace import model_name
from riskml.options import IndustryOption, JsonOption, SchemeOption, print_json, workspace_of

if TYPE_CHECKING:
    from riskml.core.hash_chain import Line


FIGURES = {"average_precision": "平均精度 AP", "auc": "AUC", "top_decile_lift": "前10%提升 lift"}


def promote(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="版本号，默认挑战者 the version; the challenger by default")] = None,
    reason: Annotated[str, typer.Option(help="越限晋升或退回的理由 why, against the limits or back to an earlier one")] = "",
    by: Annotated[str | None, typer.Option(help="决定人姓名，默认运行账号 who decides; the account by default")] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """晋升：与现用模型在同样的双随机抽查上比较，守住全部限度才替换；退回旧版本也用它。Compare with the model in use, and take its place.

    例 Example: riskml promote 3 --reason 新版误判增多，退回 --by 李某
    """
    from riskml.runs.promote import promote as run
    from riskml.runs.promotion_log import ACTION_LABELS

    name = model_name(scheme, industry)
    with progress("晋升 promotion") as on_progress:
        done = run(workspace_of(context), name, version, reason.strip(), by, on_progress)
    entry, found = done.entry.outcome, done.comparison
    logs.event("promotion", model=name, version=entry.version, action=entry.action, broken=[one.limit for one in done.broken])
    if as_json:
        print_json(done.entry.to_dict())
    else:
        if found is not None:
            rows = [
                [FIGURES[name], *(f"{one[name]['value']:.4f} [{one[name]['low']:.4f}, {one[name]['high']:.4f}]" for one in (found.champion, found.challenger))]
                for name in FIGURES
            ]  # fmt: skip
            table(
                f"{found.since} – {found.until}: {found.visits} 次检查 visits", ["", "现用 champion", "挑战者 challenger"], rows
            )
            if not found.same_rows:
                out.print(
                    "注意 没有足够的、两者都未见过的检查（现用模型学过其中一些）：各用各的检验期数字比较。 Note: too few visits that neither has "
                    "seen, since the champion has learnt from some: each has its own test part's figures.",
                    soft_wrap=True,
                )
            gain = found.difference
            out.print(
                f"差值 difference {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]；等级改变 grades that differ {found.flips:.1%}，"
                f"两级以上 by two or more {found.wide_flips:.1%}，共 of {found.flips_of:,}",
                soft_wrap=True,
            )
        label = ACTION_LABELS[entry.action]
        out.print(f"{label}: {name} 版本 version {entry.version} ({entry.bundle[:12]}), {entry.by}", soft_wrap=True, markup=False)
    for one in done.broken:
        err.print(f"越限 {one.limit}：{one.zh}\n  {one.en}", soft_wrap=True, markup=False)
    if not entry.promotes:
        err.print(
            "没有晋升，现用模型不变；确需晋升须用 --reason 说明理由。 Not promoted, the model in use stays; --reason overrides.",
            soft_wrap=True,
        )
        raise typer.Exit(1)


def models(
    context: typer.Context,
    graded: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="该月的分类用的是哪个版本 which version graded that month")
    ] = None,
    scheme: SchemeOption = "yunnan",
    industry: IndustryOption = None,
    as_json: JsonOption = False,
) -> None:
    """已登记的模型版本；或某月的分类用了哪个版本、谁晋升的、依据什么。Registered versions, or which graded in a month and why.

    例 Example: riskml models --graded 2026-10
    """
    from riskml.runs.model_history import graded_in
    from riskml.runs.promotion_log import ACTION_LABELS, promotions
    from riskml.training.registry import Registry

    workspace = workspace_of(context)
    if graded is not None and industry is not None:
        raise ConfigurationError(
            zh="--graded 查的是通用分类，不与 --industry 同用。", en="--graded is about general grades and takes no --industry."
        )
    if graded is not None:
        found = graded_in(workspace, scheme, graded)
        if as_json:
            print_json({"graded": [one.to_dict() for one in found]})
            return
        for one in found:
            named = f"版本 version {one.version.number}" if one.version else "未登记 not registered"
            out.print(f"{one.as_of}: {named} ({(one.bundle or '–')[:12]})", soft_wrap=True)
            if (entry := one.promoted) is not None:
                out.print(
                    f"  {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[entry.outcome.action]}, {entry.outcome.by}: {entry.outcome.reason or '–'}",
                    soft_wrap=True,
                    markup=False,
                )
                out.print(f"  依据 evidence: {_evidence(entry.outcome.evidence)}", soft_wrap=True, markup=False)
        return
    name = model_name(scheme, industry)
    registry = Registry(workspace.root, name)
    log = promotions(workspace.ledger, name)
    known = [(one, registry.load(one).facts["figures"]["model"]["figures"]) for one in registry.versions()]
    if as_json:
        shown = [{**one.to_dict(), "figures": figures} for one, figures in known]
        print_json({"versions": shown, "promotions": [entry.to_dict() for entry in log]})
        return
    table(
        f"{name}: 已登记的版本 registered versions",
        ["版本 version", "训练基准日 as of", "登记 registered", "AUC", "平均精度 AP"],
        [
            [
                "\n".join([f"{one.number} {', '.join(one.aliases)}".strip(), one.bundle[:12], *(["模拟 simulated"] if one.simulated else [])]),
                one.as_of, f"{one.registered:%Y-%m-%d\n%H:%M}",
                *(f"{figures[name]['value']:.3f} [{figures[name]['low']:.3f}, {figures[name]['high']:.3f}]" for name in ("auc", "average_precision")),
            ]
            for one, figures in known
        ],
    )  # fmt: skip
    for entry in log:
        out.print(
            f"{entry.number}. {entry.at:%Y-%m-%d %H:%M} {ACTION_LABELS[(done := entry.outcome).action]} {done.replaced or '–'} → {done.version}, "
            f"{done.by}: {done.reason or '–'}",
            soft_wrap=True,
            markup=False,
        )


def _evidence(content: dict[str, Any]) -> str:
    """The evidence of an entry in a line."""
    if (found := content.get("comparison")) is not None:
        gain, broken = found["difference"], ", ".join(one["limit"] for one in content["broken"]) or "–"
        return (
            f"{content['limits']['figure']} {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}], {found['visits']} visits "
            f"{found['since']} – {found['until']}; 越限 broken limits: {broken}"
        )
    if figures := content.get("figures"):
        return ", ".join(f"{name} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for name, one in figures.items())
    return str(content.get("impossible", "–"))


def ledger(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, help="显示最后几行 how many lines to show")] = 20,
    holds: Annotated[
        str | None, typer.Option(metavar="HASH", help="核对以前抄下的散列仍在其中 whether a hash noted earlier is still in it")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """总账：何时、由哪个账号导入、登记、启用、评分、决定；先核对整条散列链。The ledger, once its whole chain is verified.

    例 Example: riskml ledger --last 5
    """
    from riskml.core.ledger import LABELS

    whole = workspace_of(context).ledger
    lines = whole.lines()
    held = _held(whole.path, lines, holds) if holds is not None else None
    if as_json:
        print_json(
            {
                "last_hash": whole.last_hash(),
                "held": held and held.number,
                "lines": [{**vars(line), "at": line.at.isoformat()} for line in lines],
            }
        )
        return
    table(
        f"{whole.path}: {len(lines)} 行 lines",
        ["", "时间 when", "账号 account", "事项 kind", "内容 content"],
        [
            [line.number, f"{line.at:%Y-%m-%d %H:%M}", line.account, LABELS.get(line.kind, line.kind), _brief(line.content)]
            for line in lines[-last:]
        ],
    )
    if held is not None:
        out.print(
            f"散列在第 {held.number} 行（{held.at:%Y-%m-%d %H:%M}），此前各行自抄下以来没有改动。 The hash is that of line {held.number}: the "
            "lines up to it are as they were when it was noted.",
            soft_wrap=True,
        )
    out.print(f"末行散列 last hash: {whole.last_hash()}", soft_wrap=True)


def _held(path: Path, lines: list[Line], noted: str) -> Line:
    """The line that has a hash, or whose hash begins with what was noted of it.

    Raises
    ------
    ConfigurationError
        Where that is no hash, or too little of one to tell lines apart.
    RunError
        Where no line has it.
    """
    if not re.fullmatch(r"[0-9a-f]{12,64}", noted.lower()):
        raise ConfigurationError(
            zh=f"--holds {noted} 不是散列；散列是 64 位的十六进制数，至少给出前 12 位。",
            en=f"--holds {noted} is no hash: a hash has 64 hexadecimal digits, of which at least the first 12 are needed.",
        )
    found = next((line for line in lines if line.hash.startswith(noted.lower())), None)
    if found is None:
        raise RunError(
            zh=f"{path} 中没有散列为 {noted} 的行：它在抄下之后被重写过；请从备份恢复，并查明原因。",
            en=f"{path} has no line with the hash {noted}: it was written anew since that was noted. Restore it from the backup and find "
            "out why.",
        )
    return found


def _brief(content: Mapping[str, Any]) -> str:
    """What a line says, for a table: its short values; of what a place is empty of, that."""
    return ", ".join(
        f"{name} {str(value)[:20] or '无 nothing'}" for name, value in content.items() if isinstance(value, str | int)
    )


def runs(context: typer.Context, scheme: SchemeOption = "yunnan", as_json: JsonOption = False) -> None:
    """已发布的各期结果，和被更正取代的：何人、为何、多少企业等级不同。Published runs, and those that revisions replaced: who, why, how many grades differ.

    例 Example: riskml runs
    """
    from riskml.runs.published import published_runs
    from riskml.runs.revisions import kept_folder, replaced_by

    listed: list[dict[str, Any]] = []
    for run in published_runs(workspace_of(context), scheme):
        older = [(kept_folder(run, number), one) for number, one in enumerate(replaced_by(run))]
        listed += [
            {
                "as_of": one.as_of.isoformat(), "current": folder == run.folder, "folder": str(folder), "policy": one.policy, "model": one.model,
                "enterprises": one.enterprises, "grades": one.grades, "simulated": one.simulated,
                "revision": one.revision and one.revision.model_dump(mode="json"),
            }
            for folder, one in [*older, (run.folder, run.manifest)]
        ]  # fmt: skip
    if as_json:
        print_json({"scheme": scheme, "runs": listed})
        return
    rows: list[list[object]] = []
    for one in listed:
        revision = one["revision"] or {}
        why = f"{revision['account']}：{revision['reason'] or '没有说明 not stated'}" if revision else "–"
        differ = revision.get("grades_differ")
        rows.append([
            one["as_of"], revision.get("number", 0), "现用 current" if one["current"] else "已被取代 replaced", one["policy"][:12], (one["model"] or "–")[:12],
            f"{one['enterprises']:,}", why, "–" if differ is None else f"{differ:,}",
        ])  # fmt: skip
    table(
        f"已发布的结果 Published runs: {scheme}",
        [
            "基准日 as of",
            "更正 revision",
            "",
            "办法 policy",
            "模型 model",
            "企业 enterprises",
            "何人、为何 who and why",
            "等级不同 grades differ",
        ],
        rows,
    )


COMMANDS = (promote, models, runs, ledger)
"""In the order of ``riskml --help``."""
