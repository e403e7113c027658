"""What cannot all hold in a plan: quotas, caps, floors and the budget, which of them and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.schemes.provisions import Article

_SHOWN = 3


@dataclass(frozen=True)
class Conflict:
    """Something that does not hold.

    Parameters
    ----------
    kind
        ``budget``, ``floor``, ``quota``, ``cap``, ``frequency``, ``scope``, ``inspectors``.
    lacking
        By how much: days, or enterprises.
    blocks
        Whether there is no plan until somebody decides otherwise.
    """

    kind: str
    lacking: float
    said: Label
    blocks: bool

    def to_dict(self) -> dict[str, object]:
        """The same as plain JSON values."""
        return {
            "kind": self.kind,
            "lacking": round(self.lacking, 2),
            "zh": self.said.zh,
            "en": self.said.en,
            "blocks": self.blocks,
        }


def refuse_blocking(conflicts: Iterable[Conflict]) -> None:
    """A RunError with every conflict that leaves no plan."""
    found = [one.said for one in conflicts if one.blocks]
    if found:
        raise RunError(
            zh="计划不能成立：" + "；".join(one.zh for one in found) + "。",
            en="There can be no such plan: " + "; ".join(one.en for one in found) + ".",
        )


def not_in_scope(missing: Sequence[str]) -> Conflict:
    """Enterprises on somebody's list that the run does not grade."""
    names, more = missing[:_SHOWN], "…" if len(missing) > _SHOWN else ""
    said = Label(
        f"名单中有 {len(missing)} 户不在本期分类结果中（{'、'.join(names)}{more}）",
        f"{len(missing)} enterprises on lists are not in the run ({', '.join(names)}{more})",
    )
    return Conflict("scope", len(missing), said, blocks=True)


def strangers_in_conflicts(missing: Sequence[str]) -> Conflict:
    """Enterprises that inspectors must not go to, and the run does not grade: out of scope, or written wrongly."""
    names, more = missing[:_SHOWN], "…" if len(missing) > _SHOWN else ""
    said = Label(
        f"回避名单（conflicts）中有 {len(missing)} 户不在本期分类结果中（{'、'.join(names)}{more}），请核对代码",
        f"{len(missing)} enterprises of the list of conflicts are not in the run ({', '.join(names)}{more}): look "
        "whether their codes are right",
    )
    return Conflict("scope", len(missing), said, blocks=False)


def longer_than_a_quarter(number: int) -> Conflict:
    """Enterprises that have to be visited every quarter, in a period of several."""
    said = Label(
        f"计划期跨越季度，而须现场检查的 {number:,} 户每季度一次，本计划各只安排一次；其余季度请另立计划",
        f"the period goes beyond a quarter: the {number:,} enterprises that have to be visited once a quarter get one "
        "visit by this plan, and other quarters need plans of their own",
    )
    return Conflict("frequency", number, said, blocks=False)


def drawn_alike(more: str, less: str, article: Article) -> Conflict:
    """Grades of which the text has one drawn more than the other, and that are drawn alike as things are."""
    said = Label(
        f"按预算和 p_min 调整后，{more} 与 {less} 的抽取比例相同，而{article.zh}要求前者较高",
        f"by the budget and p_min {more} is drawn no more than {less}, against Art. {article.number}",
    )
    return Conflict("quota", 0, said, blocks=False)


def cap_used(number: int, cap: int) -> Conflict:
    """Enterprises that may not be visited any more this year."""
    said = Label(
        f"{number:,} 户本年已检查满 {cap} 次（每户每年上限），不能抽取，p_min 对其不适用",
        f"{number:,} enterprises were visited {cap} times this year, which is the cap: they cannot be drawn, and p_min "
        "does not hold for them",
    )
    return Conflict("cap", number, said, blocks=False)


def demanded_beyond_cap(number: int) -> Conflict:
    """Of these, those that their grade demands a visit of."""
    said = Label(
        f"按等级须现场检查的有 {number:,} 户因上限不能安排：是否报上级作为专项（上限之外）由单位决定",
        f"{number:,} enterprises that have to be visited by their grade are at the cap: the office decides whether to "
        "ask for a special from above, which is outside it",
    )
    return Conflict("cap", number, said, blocks=False)


def wanted_beyond_cap(arm: str, number: int) -> Conflict:
    """Of these, those on somebody's list."""
    said = Label(
        f"{arm} 名单中 {number} 户已满上限，未编入",
        f"{number} enterprises of the list {arm} are at the cap and left out",
    )
    return Conflict("cap", number, said, blocks=False)


def drawn_as_often(number: int) -> Conflict:
    """Enterprises that were drawn as often as their grade may be."""
    said = Label(
        f"{number:,} 户本年已抽到其等级的最多次数（most_a_year），本期不抽，p_min 对其不适用",
        f"{number:,} enterprises were drawn as often this year as their grade may be (most_a_year): they are not "
        "drawn, and p_min does not hold for them",
    )
    return Conflict("frequency", number, said, blocks=False)


def fixed_beyond_budget(needed: float, there: float) -> Conflict:
    """Visits without a draw that take more than there is."""
    said = Label(
        f"不经抽取的检查须 {needed:,.1f} 人日，预算 {there:,.1f}，差 {needed - there:,.1f}",
        f"visits without a draw take {needed:,.1f} inspector-days of {there:,.1f}: {needed - there:,.1f} are lacking",
    )
    return Conflict("budget", needed - there, said, blocks=True)


def floor_beyond_budget(p_min: float, needed: float, there: float) -> Conflict:
    """A least chance that takes more than there is for drawing."""
    said = Label(
        f"每户至少 {p_min:g} 的机会须 {needed:,.1f} 人日，可用于抽取的 {there:,.1f}，差 {needed - there:,.1f}",
        f"a chance of {p_min:g} for everyone takes {needed:,.1f} inspector-days, {there:,.1f} are there for drawing: "
        f"{needed - there:,.1f} are lacking",
    )
    return Conflict("floor", needed - there, said, blocks=True)


def quotas_beyond_budget(needed: float, there: float, factor: float | None) -> Conflict:
    """Ratios that take more than there is for drawing; `factor` is what all were lowered by, if they were."""
    zh, en = ("若设 budget.short: scale，则一律压缩", "with budget.short: scale all are lowered alike")
    if factor is not None:
        zh, en = f"一律乘以 {factor:.3f}", f"all were multiplied by {factor:.3f}"
    said = Label(
        f"各等级比例须 {needed:,.1f} 人日，可用于抽取的 {there:,.1f}，差 {needed - there:,.1f}；{zh}",
        f"the ratios take {needed:,.1f} inspector-days, {there:,.1f} are there for drawing: {needed - there:,.1f} are "
        f"lacking ({en})",
    )
    return Conflict("quota", needed - there, said, blocks=factor is None)


def ratios_raised(unused: float, factor: float) -> Conflict:
    """Days that the ratios would leave, where the office has them raised alike."""
    said = Label(
        f"各等级比例用不完预算，余 {unused:,.1f} 人日；按 budget.left: scale 一律乘以 {factor:.3f}",
        f"the ratios would leave {unused:,.1f} inspector-days: by budget.left: scale all were multiplied by "
        f"{factor:.3f}",
    )
    return Conflict("quota", unused, said, blocks=False)


def officers_beyond_share(chosen: float, there: float) -> Conflict:
    """More chosen by inspectors than their share."""
    said = Label(
        f"检查人员自选的须 {chosen:,.1f} 人日，其份额 {there:,.1f}，多 {chosen - there:,.1f}",
        f"what inspectors chose takes {chosen:,.1f} inspector-days, their share is {there:,.1f}: {chosen - there:,.1f} "
        "too many",
    )
    return Conflict("budget", chosen - there, said, blocks=True)


def too_few_days(days: float, there: float) -> Conflict:
    """More visits than the inspectors have days for."""
    said = Label(
        f"预计须 {days:,.1f} 人日，检查人员共有 {there:,.1f}，差 {days - there:,.1f}，届时有检查无人可派",
        f"{days:,.1f} inspector-days are to be expected, the inspectors have {there:,.1f}: {days - there:,.1f} are "
        "lacking, and some visits will have nobody to send",
    )
    return Conflict("inspectors", days - there, said, blocks=False)


def nobody_qualified(field: str, number: int) -> Conflict:
    """A field that no inspector is qualified for."""
    said = Label(
        f"没有检查人员具备 {field} 资格，涉及 {number:,} 户",
        f"no inspector is qualified for {field}, which {number:,} enterprises are of",
    )
    return Conflict("inspectors", number, said, blocks=False)


def nobody_reaches(number: int) -> Conflict:
    """Enterprises where fewer than two inspectors are sent to."""
    said = Label(
        f"{number:,} 户的登记地能派的检查人员不足两名（inspectors 的 places）",
        f"{number:,} enterprises are where fewer than two inspectors are sent (places of the inspectors)",
    )
    return Conflict("inspectors", number, said, blocks=False)
