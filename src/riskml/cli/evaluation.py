"""The command that evaluates the model in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import JsonOption, SchemeOption, file, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core import logs
from riskml.core.language import SIMULATED, say

if TYPE_CHECKING:
    from riskml.evaluation.evaluate import Report
    from riskml.evaluation.selective_labels import WayResult
    from riskml.training.interval_coverage import Coverage
    from riskml.training.ranking import Figure


def evaluate(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    selective_labels: Annotated[
        bool,
        typer.Option(
            "--selective-labels",
            help=both("只比较选择性标签的处理办法", "Only compare the ways of learning from visits that were selected"),
        ),
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            parser=file,
            metavar="FILE",
            help=both(
                "页面写到哪里，默认 runs/<办法>/evaluation.html",
                "Where the page goes, by default runs/<scheme>/evaluation.html",
            ),
        ),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(
            "--version",
            min=1,
            help=both("评估登记过的某一版本，默认现用的", "A registered version; by default the one in use"),
        ),
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            "--points",
            parser=file,
            metavar="FILE",
            help=both(
                "另把评分卡的分箱、证据权重、信息值和加分写成 CSV",
                "Also write bins, weights of evidence, information values and points of the scorecards as CSV",
            ),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate the model in use, or any version, on one page: beside baselines and other models, what each dimension
    adds, parity, stability and calibration.
    ---
    评估现用模型或任一版本：与基线和其他模型比较、各维度的作用、公平、稳定、校准，写成一页。
    ---
    riskml evaluate --scheme yunnan
    riskml evaluate --scheme yunnan --version 2
    riskml evaluate --scheme yunnan --points points.csv
    """
    from riskml.core.json_values import json_values
    from riskml.services import evaluation

    workspace = workspace_of(context)
    if selective_labels:
        with progress(say("评估", "evaluation")) as on_progress:
            compared = evaluation.compare_ways(workspace, me(), scheme, on_progress)
        if as_json:
            print_json({"simulated": compared.simulated, "ways": json_values(compared.ways)})
            return
        _show_ways(compared.ways, compared.simulated)
        return
    with progress(say("评估", "evaluation")) as on_progress:
        evaluated = evaluation.evaluate(workspace, me(), scheme, to, on_progress, version, points)
    report, path = evaluated.report, evaluated.page
    model = report.rivals["model"].evaluation
    logs.event("evaluated", scheme=scheme, figures={name: figure.value for name, figure in model.figures.items()})
    if as_json:
        print_json({**report.to_dict(), "page": str(path)})
        return
    _show_report(report)
    out.print(f"{path}", soft_wrap=True)


def _show_report(report: Report) -> None:
    """Print the figures of an evaluation: rivals, ways of learning, peer rates, freshness, realised rates, and unequal
    treatment.
    """
    from riskml.evaluation.challengers import RIVALS
    from riskml.evaluation.groups import ATTRIBUTES, RATES

    out.print(report.verdict.sentence.said, soft_wrap=True, style="bold")
    for one in report.told:
        out.print(one.said, soft_wrap=True, style="yellow")
    model = report.rivals["model"].evaluation
    note = SIMULATED.said if report.simulated else ""
    table(
        say(
            f"时间外检验{note}：{model.rows} 次双随机抽查，{model.problems} 次发现问题",
            f"Out of time{note}: {model.rows} random draws, {model.problems} found a problem",
        ),
        ["", "AUC", say("平均精度", "average precision"), say("本模型高出的 AUC", "AUC, model above")],
        [
            [RIVALS[name].said, _figure(one.evaluation.figures["auc"]),
             _figure(one.evaluation.figures["average_precision"]),
             "–" if one.model_above is None else f"{one.model_above['auc'].value:+.3f} "
                                                 f"[{one.model_above['auc'].low:+.3f}, "
                                                 f"{one.model_above['auc'].high:+.3f}]"]
            for name, one in report.rivals.items()
        ],
    )  # fmt: skip
    _show_ways(report.ways, report.simulated)
    price = report.peer_rates
    out.print(
        say(
            f"同行业、同区域比率的作用{note}：AUC {price.value:+.3f} [{price.low:+.3f}, {price.high:+.3f}]；"
            "不让它们单独移动得分区间（peer_rates_move_bands: false）的代价即此。",
            f"What the rates of trades and counties add{note}: AUC {price.value:+.3f} [{price.low:+.3f}, "
            f"{price.high:+.3f}]; so much is the price "
            "of letting none of them move a band by itself (peer_rates_move_bands: false).",
        ),
        soft_wrap=True,
    )
    still = report.without_news
    table(
        say("消息新旧", "What freshness is worth") + note,
        [say("知悉截至检查前几天", "known until, days before"), "AUC", say("比前一日低", "below the day before")],
        [[one.days, _figure(one.auc), f"{one.lost.value:+.3f} [{one.lost.low:+.3f}, "
                                      f"{one.lost.high:+.3f}]"] for one in report.freshness],
    )  # fmt: skip
    out.print(
        say(
            f"没有新消息的一个月 {still.first} – {still.last}{note}：{still.enterprises:,} 家，等级变化 "
            f"{still.moved.value:.2%} "
            f"[{still.moved.low:.2%}, {still.moved.high:.2%}]，得分变化 {still.scores_moved.value:.2%}",
            f"A month without news, {still.first} – {still.last}{note}: of {still.enterprises:,} enterprises grades "
            f"moved {still.moved.value:.2%} "
            f"[{still.moved.low:.2%}, {still.moved.high:.2%}], scores {still.scores_moved.value:.2%}",
        ),
        soft_wrap=True,
    )
    _show_intervals(report.intervals, note)
    if report.realised:
        table(
            say("已发布各期后来的检查结果", "Realised problem rates of published runs") + note,
            [say("等级", "grade"), say("检查", "visits"), say("发现问题", "problems"), say("比率", "rate"), "95 %"],
            [[one.grade, one.visits, one.problems, "–" if one.rate is None else f"{one.rate:.1%}",
              "–" if one.low is None else f"{one.low:.1%} – {one.high:.1%}"] for one in report.realised],
        )  # fmt: skip
    warned = [(one, name) for one in report.groups for name, rate in one.rates.items() if rate.warned]
    for group, name in warned:
        rate = group.rates[name]
        out.print(
            say(
                f"注意：{ATTRIBUTES[group.attribute].zh} {group.group.zh}，{RATES[name].zh} "
                f"{rate.value:.0%}（{rate.number}/{rate.of}）",
                f"Warning: {ATTRIBUTES[group.attribute].en} {group.group.en}, {RATES[name].en} {rate.value:.0%} "
                f"({rate.number}/{rate.of})",
            ),
            soft_wrap=True,
        )


def _show_intervals(held: Coverage | None, note: str) -> None:
    """Print what intervals of risks said beside what the test part's draws found."""
    if held is None:
        return
    table(
        say(
            f"风险的区间，和抽查后来发现的{note}（平均宽 {held.mean_width:.1%}）",
            f"Intervals of risks, and what draws then found{note} (mean width {held.mean_width:.1%})",
        ),
        [say("抽查", "draws"), say("区间两端平均", "mean ends"), say("发现率", "rate found"), "95 %"],
        [
            [one.draws, f"{one.low:.1%} – {one.high:.1%}", f"{one.observed:.1%}",
             f"{one.observed_low:.1%} – {one.observed_high:.1%}"]
            for one in held.groups
        ],
    )  # fmt: skip


def _show_ways(ways: tuple[WayResult, ...], simulated: bool) -> None:
    from riskml.evaluation.selective_labels import WAYS

    note = SIMULATED.said if simulated else ""
    table(
        say("怎样从有选择的检查中学习", "Learning from visits that were selected") + note,
        [
            "", say("检查", "visits"), say("相当于", "worth"), say("AUC（随机抽查）", "AUC, random draws"),
            say("AUC（真实风险）", "AUC, true risk"),
            say("补回差距", "gap recovered"),
        ],
        [
            [WAYS[one.name].said, one.rows, round(one.effective), _figure(one.auc),
             "–" if one.true_auc is None else _figure(one.true_auc),
             "–" if one.recovered is None else f"{one.recovered.value:.0%} [{one.recovered.low:.0%}, "
                                               f"{one.recovered.high:.0%}]"]
            for one in ways
        ],
    )  # fmt: skip


def _figure(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
