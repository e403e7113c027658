"""``riskml score --scheme all``: every scheme of the workspace, and what came of each."""

from __future__ import annotations

from datetime import date

import typer

from riskml.cli.options import PARTLY, me, print_json
from riskml.cli.revision_reason import revision_reason_asked
from riskml.cli.terminal import err, out, progress, table
from riskml.core import logs
from riskml.core.errors import RiskmlError
from riskml.core.language import SIMULATED, language, say
from riskml.core.workspace import Workspace


def score_schemes(workspace: Workspace, as_of: date, revision_reason: str | None, as_json: bool) -> None:
    """Grade everyone under every scheme and say what came of each; leaves with `PARTLY` where some failed, with 1 where
    all did.
    """
    from riskml.runs.layout import REPORTS
    from riskml.services.scoring import score_every_scheme

    revision_reason = revision_reason_asked(workspace, workspace.schemes, as_of, revision_reason)
    with progress(say("评分", "scoring")) as on_progress:
        found = score_every_scheme(workspace, me(), as_of, on_progress, revision_reason=revision_reason)
    failed = {name: one for name, one in found.items() if isinstance(one, RiskmlError)}
    done = {name: one for name, one in found.items() if not isinstance(one, RiskmlError)}
    for name, result in done.items():
        logs.event("published", scheme=name, as_of=as_of, enterprises=result.enterprises, grades=result.grades)
    if as_json:
        shown = {name: {"error": {"zh": one.zh, "en": one.en}} for name, one in failed.items()}
        shown |= {name: result.to_dict() for name, result in done.items()}
        print_json({name: shown[name] for name in found})
    else:
        for name, result in done.items():
            table(
                say(f"{name}：{as_of} 的分类结果", f"{name}: grades as of {as_of}")
                + (SIMULATED.said if result.simulated else ""),
                [say("等级", "grade"), say("企业", "enterprises"), say("占比", "share")],
                [[grade, count, f"{count / max(result.enterprises, 1):.1%}"] for grade, count in result.grades.items()],
            )
            for note in result.notes:
                out.print(say("注意：", "Note: ") + note.said, soft_wrap=True)
            out.print(say("报告：", "Report: ") + f"{result.folder}/{REPORTS[language()]}", soft_wrap=True)
    for name, one in failed.items():
        err.print(say(f"办法 {name} 没有结果：{one.zh}", f"Scheme {name} has no run: {one.en}"), soft_wrap=True)
    if failed:
        raise typer.Exit(PARTLY if done else 1)
