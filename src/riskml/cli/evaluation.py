"""The command that evaluates the model in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.options import JsonOption, SchemeOption, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core import logs

if TYPE_CHECKING:
    from riskml.evaluation.selective_labels import WayResult
    from riskml.training.ranking import Figure


def evaluate(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    selective_labels: Annotated[
        bool, typer.Option("--selective-labels", help="只比较选择性标签的处理办法 only the ways of learning from selected visits")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(dir_okay=False, help="页面写到哪里；默认 runs/<办法>/evaluation.html where the page goes")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """评估现用模型：与基线和其他模型比较、各维度的作用、公平、稳定、校准，写成一页。Evaluate the model in use on one page.

    例 Example: riskml evaluate --scheme yunnan
    """
    from riskml.evaluation.challengers import RIVALS
    from riskml.evaluation.evaluate import plain
    from riskml.evaluation.groups import ATTRIBUTES, RATES
    from riskml.services import evaluation

    workspace = workspace_of(context)
    if selective_labels:
        with progress("评估 evaluation") as on_progress:
            compared = evaluation.compare_ways(workspace, me(), scheme, on_progress)
        if as_json:
            print_json({"simulated": compared.simulated, "ways": plain(compared.ways)})
            return
        _show_ways(compared.ways, compared.simulated)
        return
    with progress("评估 evaluation") as on_progress:
        evaluated = evaluation.evaluate(workspace, me(), scheme, to, on_progress)
    report, path = evaluated.report, evaluated.page
    model = report.rivals["model"].evaluation
    logs.event("evaluated", scheme=scheme, figures={name: figure.value for name, figure in model.figures.items()})
    if as_json:
        print_json({**report.to_dict(), "page": str(path)})
        return
    note = "（模拟数据 simulated data）" if report.simulated else ""
    table(
        f"时间外检验 Out of time{note}: {model.rows} 次双随机抽查 random draws, {model.problems} 次发现问题 problems",
        ["", "AUC", "平均精度 AP", "本模型高出 AUC, model above"],
        [
            [RIVALS[name].zh, _figure(one.evaluation.figures["auc"]), _figure(one.evaluation.figures["average_precision"]),
             "–" if one.model_above is None else f"{one.model_above['auc'].value:+.3f} [{one.model_above['auc'].low:+.3f}, {one.model_above['auc'].high:+.3f}]"]
            for name, one in report.rivals.items()
        ],
    )  # fmt: skip
    _show_ways(report.ways, report.simulated)
    price = report.peer_rates
    out.print(
        f"同行业、同区域比率的作用 What the rates of trades and counties add{note}: AUC {price.value:+.3f} [{price.low:+.3f}, {price.high:+.3f}]；"
        f"不让它们单独移动得分区间（peer_rates_move_bands: false）的代价即此 the price of letting none of them move a band",
        soft_wrap=True,
    )
    still = report.without_news
    table(
        f"消息新旧 What freshness is worth{note}",
        ["知悉截至检查前几天 days before", "AUC", "比前一日低 lost"],
        [[one.days, _figure(one.auc), f"{one.lost.value:+.3f} [{one.lost.low:+.3f}, {one.lost.high:+.3f}]"] for one in report.freshness],
    )  # fmt: skip
    out.print(
        f"没有新消息的一个月 A month without news, {still.first} – {still.last}{note}: {still.enterprises} 家，等级变化 grades moved {still.moved.value:.2%} "
        f"[{still.moved.low:.2%}, {still.moved.high:.2%}]，得分变化 scores moved {still.scores_moved.value:.2%}",
        soft_wrap=True,
    )
    if report.realised:
        table(
            f"已发布各期后来的检查结果 Realised problem rates of published runs{note}",
            ["等级 grade", "检查 visits", "发现问题 problems", "比率 rate", "95 %"],
            [[one.grade, one.visits, one.problems, "–" if one.rate is None else f"{one.rate:.1%}",
              "–" if one.low is None else f"{one.low:.1%} – {one.high:.1%}"] for one in report.realised],
        )  # fmt: skip
    warned = [(one, name) for one in report.groups for name, rate in one.rates.items() if rate.warned]
    for group, name in warned:
        rate = group.rates[name]
        out.print(
            f"注意 {ATTRIBUTES[group.attribute].zh} {group.group}：{RATES[name].zh} {RATES[name].en} {rate.value:.0%} ({rate.number}/{rate.of})",
            soft_wrap=True,
        )
    out.print(f"{path}", soft_wrap=True)


def _show_ways(ways: tuple[WayResult, ...], simulated: bool) -> None:
    from riskml.evaluation.selective_labels import WAYS

    note = "（模拟数据 simulated data）" if simulated else ""
    table(
        f"怎样从有选择的检查中学习 Learning from selected visits{note}",
        ["", "检查 visits", "相当于 worth", "AUC 随机抽查 random draws", "AUC 真实风险 true risk", "补回差距 gap recovered"],
        [
            [WAYS[one.name].zh, one.rows, round(one.effective), _figure(one.auc),
             "–" if one.true_auc is None else _figure(one.true_auc),
             "–" if one.recovered is None else f"{one.recovered.value:.0%} [{one.recovered.low:.0%}, {one.recovered.high:.0%}]"]
            for one in ways
        ],
    )  # fmt: skip


def _figure(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
