"""What is told of groups whose problem rate is no longer what the model in use expected, and what may be done."""

from __future__ import annotations

from riskml.core.language import Label
from riskml.runs.regimes import Regime
from riskml.training.e_detector import FALSE_ALARMS_A_YEAR, TOLERATED

HOW = Label(
    "预期的是检查之前由现用模型的结果发布的风险（按基准日所知）；每户每月只计第一次随机抽取的检查。"
    f"发现问题的比值（odds）比预期高到 {TOLERATED:g} 倍以上、或低到 1/{TOLERATED:g} 以下才算变化。"
    "证据是 e 检测器（Shin、Ramdas、Rinaldo，2024）：不论看几次、分多少组，只要什么都没有变，"
    f"一年内误报的可能各组合计至多 {FALSE_ALARMS_A_YEAR:.0%}。"
    "不是随机抽取的检查（日常、重点、投诉核查等）只列在旁边，不引起提示。"
    "组的划分、下注和界限都是自定的。",
    "Expected is the risk that a run of the model in use published of what was known before the visit; of each "
    "enterprise the first visit of a month that was drawn at random counts. A change is odds of a problem more than "
    f"{TOLERATED:g} times those expected, or less than 1/{TOLERATED:g} of them. The evidence is an e-detector (Shin, "
    "Ramdas and Rinaldo, 2024): however often one looks and however many groups there are, where nothing changed a "
    f"false notice comes in a year with a probability of {FALSE_ALARMS_A_YEAR:.0%} at most, over all groups. Visits "
    "that were not drawn at random (by rota, suspicion or complaint) are told beside it and cause no notice. Groups, "
    "bets and bounds are ours.",
)
"""How it is judged."""

TO_DO = (
    Label("看这些检查：是该组确实变了，还是检查的内容、人员或口径变了？",
          "Look at these visits: did the group change, or what is inspected, by whom, and what counts as a problem?"),
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
    """What changed, since when, how much, how sure it is, and by how many draws."""
    assert one.noticed is not None, "it was not noticed"
    group, since, noticed = one.group.label, f"{one.since:%Y-%m}", f"{one.noticed:%Y-%m}"
    rate, expected = f"{one.rate:.1%}", f"{one.expected_rate:.1%}"
    ends, sure = f"{one.low:.1%}–{one.high:.1%}", at_most(one.false_alarms)
    return Label(
        f"{group.zh}：约自 {since} 起，发现的问题比模型预期的{'多' if one.raised else '少'}。随机抽查 {one.draws} 次，"
        f"{one.problems} 次发现问题，为 {rate}（95 % 区间 {ends}），预期 {expected}。{noticed} 的检查使它达到"
        f"提示的界限；什么都没有变时，一年内出现这样的提示的可能 {sure}。同期不是随机抽取的检查 {one.chosen} 次，"
        f"{one.chosen_problems} 次发现问题（预期 {one.chosen_expected:.1f} 次），没有计入。"
        "可以：核对这些检查，重新训练，暂时多抽（见监测页）。",
        f"{group.en}: since about {since} {'more' if one.raised else 'fewer'} problems are found than the model "
        f"expected. Of {one.draws} random draws {one.problems} found one, {rate} (95 % interval {ends}), where "
        f"{expected} were expected. Visits of {noticed} brought it to the bound; had nothing changed, such a notice "
        f"would come in a year with a probability of {sure}. Of {one.chosen} visits since then that were not drawn at "
        f"random {one.chosen_problems} found a problem ({one.chosen_expected:.1f} expected); they do not count. What "
        "may be done: look at these visits, train again, draw more for a time (see the monitoring page).",
    )
