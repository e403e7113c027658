"""What a plan is worth and what it found, and how long until it is known whether inspectors would find more."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from riskml.cli.help import both
from riskml.cli.options import JsonOption, SchemeOption, me, print_json, workspace_of
from riskml.cli.terminal import out, progress, table
from riskml.core.errors import ConfigurationError
from riskml.core.language import SIMULATED, Label, say

if TYPE_CHECKING:
    from riskml.training.ranking import Figure


def worth(
    context: typer.Context,
    scheme: SchemeOption = "yunnan",
    share: Annotated[
        float, typer.Option(min=0.001, max=1, help=both("检查全体的比例", "Which share of everyone is visited"))
    ] = 0.08,
    least: Annotated[
        float,
        typer.Option(min=0, max=1, help=both("计划中每家企业被抽中的最低概率", "The plan's least chance of everyone")),
    ] = 0.005,
    as_json: JsonOption = False,
) -> None:
    """Say what a plan by the model's scores would have found among visits that the model has not seen, beside drawing
    alike, past penalties, the score of a month before, and the score alone.
    ---
    按模型没有见过的检查，估计按得分的计划能查出多少问题，并与均匀随机、按既往处罚、按上月得分、只按得分比较。
    ---
    riskml plan worth --scheme yunnan
    riskml plan worth --scheme yunnan --share 0.05 --least 0.01
    """
    from riskml.core.json_values import json_values
    from riskml.sampling.worth import NAMES, Worth, told
    from riskml.services.evaluation import worth_of_plan

    if least > share:
        raise ConfigurationError(
            zh=f"最低概率 {least:g} 大于检查比例 {share:g}：人人至少 {least:g}，就须检查至少 {least:.1%}。",
            en=f"The least chance {least:g} is more than the share visited, {share:g}: with at least {least:g} for "
            f"everyone, {least:.1%} have to be visited.",
        )
    with progress(say("计划的价值", "worth of the plan")) as on_progress:
        found = worth_of_plan(workspace_of(context), me(), scheme, share, least, on_progress)
    if as_json:
        print_json(json_values(asdict(found)))
        return
    note = SIMULATED.said if found.simulated else ""

    def show(title: str, by: dict[str, Worth]) -> None:
        table(
            title + note,
            ["", say("问题率", "problem rate"), say("均匀的倍数", "times uniform"),
             say("少于只按得分", "fewer than by score"), say("相当于", "worth"), say("最重一次", "heaviest")],
            [[NAMES[name].said, *told(by[name]), f"{by[name].effective:,.0f}", f"{by[name].heaviest:.1%}"]
             for name in NAMES if name in by],
        )  # fmt: skip

    show(
        say(
            f"检查 {share:.1%}，下限 {least:.2%}：{found.draws:,} 次双随机抽查，{found.since} – {found.until}",
            f"{share:.1%} visited, least chance {least:.2%}: {found.draws:,} random draws, "
            f"{found.since} – {found.until}",
        ),
        found.by_draws,
    )
    show(
        say(f"同上，全部 {found.visits:,} 次检查按估计的概率加权",
            f"The same from all {found.visits:,} visits, weighed by estimated chances"),
        found.by_visits,
    )  # fmt: skip
    out.print(
        say(
            "“相当于”：有多少次等权的检查与之同样可靠；“最重一次”：单次检查所占的份额。两者说明历史检查与计划重叠多少。",
            "Worth: how many visits of equal weight say as much; heaviest: the share of a single visit. Both tell how "
            "far past visits overlap with the plan.",
        ),
        soft_wrap=True,
    )


_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
_DIFFERENCES = (0.02, 0.05, 0.1, 0.15, 0.2)


def power(
    visits: Annotated[
        float, typer.Option(min=1, help=both("每月按风险选取的检查次数", "Directed visits a month"))
    ] = 200.0,
    rate: Annotated[
        float,
        typer.Option(min=0.01, max=0.99, help=both("计划的检查发现问题的比率", "Problem rate of the plan's visits")),
    ] = 0.5,
    design_effect: Annotated[
        float,
        typer.Option(
            min=1,
            help=both(
                "多少次检查才抵一次独立的检查（同一人员的检查彼此相似时大于 1）",
                "How many visits say as much as one that stands by itself (more than 1 where those of one inspector "
                "resemble one another)",
            ),
        ),
    ] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """Say how many months pass until it is known who finds more, the score or inspectors who choose for themselves, by
    the share that they choose and by how much more or less they find.
    ---
    检查人员自选一部分时，要多少个月才知道按得分与自选谁查出的更多：按自选的比例和相差多少列出。
    ---
    riskml plan power --visits 200 --rate 0.5
    """
    from riskml.sampling.arms import ERROR, LONGEST, POWER, Arms

    differences = [sign * one for one in _DIFFERENCES for sign in (-1, 1) if 0 < rate + sign * one < 1]
    months = {
        share: {one: Arms(visits, share, rate, design_effect).months(one) for one in differences} for share in _SHARES
    }
    if as_json:
        print_json({
            "power": POWER, "error": ERROR, "longest": LONGEST,
            "months": [{"officers": share, "difference": one, "months": until}
                       for share, row in months.items() for one, until in row.items()],
        })  # fmt: skip
        return
    never = Label("测不出", "cannot be known").said
    table(
        say(
            f"每月 {visits:g} 次，计划的问题率 {rate:.0%}：多少个月后以 {POWER:.0%} 的把握知道",
            f"{visits:g} visits a month, problem rate of the plan {rate:.0%}: months until it is known, with a chance "
            f"of {POWER:.0%}",
        ),
        [say("自选多（少）查出", "inspectors find"), *(say(f"自选 {share:.0%}", f"{share:.0%} chosen")
                                                for share in _SHARES)],
        [[say(f"{100 * one:+.0f} 个百分点", f"{100 * one:+.0f} points"),
          *(str(months[share][one] or never) for share in _SHARES)] for one in differences],
    )  # fmt: skip


def estimate(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(help=both("计划的编号", "The plan's name"))],
    scheme: SchemeOption = "yunnan",
    gamma: Annotated[
        float,
        typer.Option(
            min=1,
            help=both(
                "没有见到的企业，有问题的比值至多是别人的几倍或几分之一",
                "How many times as high or low the odds of a problem may be at those nobody saw",
            ),
        ),
    ] = 2.0,
    as_json: JsonOption = False,
) -> None:
    """Estimate from the visits of a plan how many problems there are among everyone it could have visited, by grade,
    region and trade. Results are records with the plan's name (riskml plan results).
    ---
    由计划的检查结果推算全体企业的问题率，按等级、地区、行业门类。结果是带计划编号的检查记录。
    ---
    riskml plan estimate 2026-12
    """
    from riskml.core.json_values import json_values
    from riskml.planning.estimate import OUTCOMES, told
    from riskml.planning.tasks import ARMS
    from riskml.services.planning import estimates_of_plan

    found, simulated = estimates_of_plan(workspace_of(context), me(), scheme, plan)
    if as_json:
        print_json(json_values(asdict(found)) | {"simulated": simulated})
        return
    note = SIMULATED.said if simulated else ""
    table(
        f"{scheme}/{plan}{note}",
        ["", say("检查", "visits")],
        [[OUTCOMES[name].said, f"{number:,}"] for name, number in found.outcomes.items()],
    )
    heads = {
        "everyone": say("全体", "everyone"), "grade": say("等级", "grade"), "region": say("地区", "region"),
        "trade": say("行业门类", "trade"),
    }  # fmt: skip
    for name, by in found.by.items():
        table(
            say("推算的问题率", "Estimated problem rate") + note,
            [heads[name], say("企业", "enterprises"), say("抽取", "drawn"), say("见到", "seen"),
             say("发现问题", "problems"), say("全体的比率", "rate of everyone"),
             say(f"未见者相差 {gamma:g} 倍", f"unseen differ by {gamma:g}"),
             say("未见者全无或全有", "unseen: none or all")],
            [[group or "–", *told(one, gamma)] for group, one in by.items()],
        )  # fmt: skip
    if found.officers_more is not None:
        table(
            say("各种选法的检查查出了什么", "What visits found by how they were chosen") + note,
            ["", say("见到", "seen"), say("发现问题", "problems"), say("问题率", "problem rate")],
            [[ARMS[name].said, f"{one.seen:,}", f"{one.problems:,}", _percent(one.rate)]
             for name, one in found.arms.items()]
            + [[say("自选多出", "chosen, more by"), "", "", _percent(found.officers_more)]],
        )  # fmt: skip
    if found.left_out:
        out.print(
            say(
                f"另有 {found.left_out:,} 户计划不能检查，不在推算之内。",
                f"{found.left_out:,} more enterprises could not be visited by the plan and are not in the estimates.",
            )
        )


def _percent(figure: Figure) -> str:
    return f"{figure.value:.1%} [{figure.low:.1%}, {figure.high:.1%}]"
