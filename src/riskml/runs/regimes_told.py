"""What is told of groups whose problem rate is no longer what the model in use expected, and what may be done."""

from __future__ import annotations

from riskml.core.language import Label
from riskml.runs.regimes import Regime
from riskml.training.e_detector import FALSE_ALARMS_A_YEAR, TOLERATED


def how(tolerated: float) -> Label:
    """How it is judged, where the odds may be so many times as high or low as expected."""
    more = tolerated > TOLERATED
    return Label(
        "预期的是现用模型的结果按其基准日（在检查当月之前）所知给出的风险；比较的是基准日，"
        "结果也可能在检查之后才发布。每户每月只计第一次随机抽取的检查。"
        f"容许发现问题的比值（odds）高到预期的 {tolerated:.3g} 倍、低到 1/{tolerated:.3g}"
        + (f"（一般为 {TOLERATED:g} 倍；现用模型校准用的检查少，自身的误差更大）" if more else "")
        + "。证据是 e 检测器（Shin、Ramdas、Rinaldo，2024）：不论看几次、分多少组，只要各组的风险都准到这个倍数以内，"
        f"一年内误报的可能各组合计至多 {FALSE_ALARMS_A_YEAR:.0%}。某组的风险从一开始就差得更多的，没有变化也会提示。"
        "不是随机抽取的检查（日常、重点、投诉核查等）只列在旁边，不引起提示。"
        "组的划分、下注、容许的倍数和界限都是自定的。",
        "What is expected is the risk that a run of the model in use gave by what was known on its as-of date, before "
        "the month of the visit; as-of dates are compared, and a run may have been published after the visit. Of each "
        "enterprise the first visit of a month that was drawn at random counts. The odds of a problem may be up to "
        f"{tolerated:.3g} times those expected, and down to 1/{tolerated:.3g} of them"
        + (f" ({TOLERATED:g} as a rule; this model was calibrated on few visits, whose own error is larger)" if more
           else "")
        + ". The evidence is an e-detector (Shin, Ramdas and Rinaldo, 2024): if the risks of every group are right to "
        f"within that factor, a false notice comes with a probability of {FALSE_ALARMS_A_YEAR:.0%} a year at most, "
        "over all groups and however often one looks. A group whose risks were "
        "wrong by more from the start is noticed although nothing changed. Visits that were not drawn at random (by "
        "rota, suspicion or complaint) are told beside it and cause no notice. Groups, bets, the factor and bounds are "
        "ours.",
    )  # fmt: skip


TO_DO = (
    Label("看这些检查：是该组确实变了，是检查的内容、人员或口径变了，还是模型对该组从一开始就不准？",
          "Look at these visits: did the group change, or what is inspected, by whom, and what counts as a problem; "
          "or was the model wrong of the group from the start?"),
    Label("记录够了就重新训练（riskml train），经 riskml promote 比较后启用；启用之后从头比较。",
          "Once there are records enough, train again (riskml train) and promote (riskml promote compares first); the "
          "comparison then begins anew."),
    Label("在此之前可在计划设置中暂时提高 ratios，多抽一些；列为 specials 的一定去查，不是抽取，不参加比较。",
          "Until then more may be drawn: raise ratios in the settings of plans for a time. Enterprises listed as "
          "specials are visited for certain, are no draws and judge nothing."),
    Label("同类企业的比率随新的检查自动变化；它能否单独使企业跨过得分区间，由办法的 peer_rates_move_bands 决定。",
          "Rates of peers follow new visits by themselves; whether they alone may move an enterprise across a band is "
          "the scheme's peer_rates_move_bands."),
)  # fmt: skip
"""What may be done about a change. Nothing of it is done by the program."""


def at_most(chance: float) -> str:
    """An upper bound of a probability, in per cent.

    >>> at_most(0.0123), at_most(1e-9)
    ('≤ 1.2%', '< 0.1%')
    """
    return f"≤ {chance:.1%}" if chance >= 0.001 else "< 0.1%"


def notice(one: Regime) -> Label:
    """What is found, since when, how much, how sure it is, and by how many draws."""
    assert one.noticed is not None, "it was not noticed"
    group, since, noticed = one.group.label, f"{one.since:%Y-%m}", f"{one.noticed:%Y-%m}"
    rate, expected = f"{one.rate:.1%}", f"{one.expected_rate:.1%}"
    ends, sure, factor = f"{one.low:.1%}–{one.high:.1%}", at_most(one.false_alarms), f"{one.tolerated:.3g}"
    start = Label("", "")
    if one.from_the_start:
        start = Label("此前的抽查没有或不足以说明原来不是这样：可能是变了，也可能是模型对该组从一开始就不准。",
                      " No earlier draws speak against its having been so from the start: the group changed, or the "
                      "model was wrong of it from the start.")  # fmt: skip
    return Label(
        f"{group.zh}：约自 {since} 起，发现的问题比模型预期的{'多' if one.raised else '少'}。{start.zh}"
        f"随机抽查 {one.draws} 次，{one.problems} 次发现问题，为 {rate}（95 % 区间 {ends}），预期 {expected}。"
        f"{noticed} 的检查使它达到提示的界限；若该组的风险准到比值（odds）的 {factor} 倍以内，"
        f"一年内出现这样的提示的可能 {sure}。同期不是随机抽取的检查 {one.chosen} 次，"
        f"{one.chosen_problems} 次发现问题（预期 {one.chosen_expected:.1f} 次），没有计入。"
        "可以：核对这些检查，重新训练，暂时多抽（见监测页）。",
        f"{group.en}: since about {since} {'more' if one.raised else 'fewer'} problems are found than the model "
        f"expected.{start.en} Of {one.draws} random draws {one.problems} found one, {rate} (95 % interval {ends}), "
        f"where {expected} were expected. Visits of {noticed} brought it to the bound; if the risks of this group are "
        f"right to within a factor {factor} of the odds, such a notice comes with a probability of {sure} a year. Of "
        f"{one.chosen} visits since then that were not drawn at random {one.chosen_problems} found a problem "
        f"({one.chosen_expected:.1f} expected); they do not count. What may be done: look at these visits, "
        "train again, draw more for a time (see the monitoring page).",
    )
