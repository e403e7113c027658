"""Who may do what, where, and see which fields: one table, which pages and the API both ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from riskml.core.errors import RiskmlError
from riskml.core.language import Label
from riskml.core.principal import Principal


class Action(StrEnum):
    """Something that is asked for."""

    search = "search"
    overview = "overview"
    read = "read"
    suppose = "suppose"
    ties = "ties"
    export = "export"
    posting = "posting"
    look_up = "look_up"
    query = "query"
    authorise = "authorise"
    expect = "expect"
    expectations = "expectations"
    cases = "cases"
    act = "act"
    persons = "persons"


class Reach(StrEnum):
    """Of whom: of the enterprises of one's region (of all where one has none), of the one enterprise that one is, or of
    the one that gave what is shown: the code that it posts, or its authorisation.
    """

    region = "region"
    own = "own"
    shown = "shown"


class Field(StrEnum):
    """A part of what there is to see of an enterprise."""

    grade = "grade"
    basis = "basis"
    persons = "persons"


ACTIONS: Mapping[Action, Label] = {
    Action.search: Label("查找企业和查看清单", "look for enterprises and see lists"),
    Action.overview: Label("查看地区概况", "see the overview of regions"),
    Action.read: Label("查看一家企业", "see one enterprise"),
    Action.suppose: Label("试算和推算", "ask what would be and what will be"),
    Action.ties: Label("查看关联企业", "see whom it is tied to"),
    Action.export: Label("导出清单和档案", "export lists and dossiers"),
    Action.posting: Label("办理二维码张贴登记", "keep the register of posting"),
    Action.look_up: Label("凭二维码查询公示结果", "look up a public grade by a posted code"),
    Action.query: Label("凭企业的授权查询等级", "look a grade up with an enterprise's authorisation"),
    Action.authorise: Label("授权他人查询等级，或撤销授权", "let others look a grade up, and withdraw that"),
    Action.expect: Label("看到等级之前说出预期", "state an expectation before a grade is seen"),
    Action.expectations: Label("查看预期与等级的差别", "see expectations beside grades"),
    Action.cases: Label("查看案件", "see cases"),
    Action.act: Label("立案和办理案件", "open cases and take their steps"),
    Action.persons: Label("按自然人姓名查找企业", "look for enterprises by a person's name"),
}

FIELDS: Mapping[Field, Label] = {
    Field.grade: Label("等级和措施", "the grade and its measures"),
    Field.basis: Label("记录和分值", "records and points"),
    Field.persons: Label("自然人姓名", "names of natural persons"),
}

ROLE_LABELS: Mapping[str, Label] = {
    "inspector": Label("检查人员", "inspector"),
    "case_officer": Label("承办人", "case officer"),
    "approver": Label("审批人", "approver"),
    "analyst": Label("分析人员", "analyst"),
    "auditor": Label("审计人员", "auditor"),
    "administrator": Label("系统管理员", "administrator"),
    "department": Label("其他部门", "another department"),
    "bank": Label("银行或协会", "bank or association"),
    "enterprise": Label("企业或其代理人", "enterprise or its agent"),
    "public": Label("公众", "the public"),
}

_ENTERPRISES = (
    Action.search, Action.overview, Action.read, Action.suppose, Action.ties, Action.export, Action.cases,
)  # fmt: skip

_ANALYSTS: Mapping[Action, Reach] = dict.fromkeys(_ENTERPRISES, Reach.region)

_OFFICE = {
    **_ANALYSTS, Action.posting: Reach.region, Action.expect: Reach.region, Action.act: Reach.region,
}  # fmt: skip

ACCESS: Mapping[str, Mapping[Action, Reach]] = {
    "inspector": _OFFICE,
    # An authorisation on paper is kept for the enterprise by whoever handles its cases.
    "case_officer": {**_OFFICE, Action.persons: Reach.region, Action.authorise: Reach.region},
    "approver": {**_OFFICE, Action.persons: Reach.region},
    "analyst": {**_ANALYSTS, Action.expectations: Reach.region},
    "auditor": dict.fromkeys(
        (Action.search, Action.overview, Action.read, Action.expectations, Action.cases), Reach.region
    ),
    # Who looks after the machine needs nothing of what is on it.
    "administrator": {},
    # A light look-up for other business lines (Yunnan Art. 5, para. 2).
    "department": {Action.search: Reach.region, Action.read: Reach.region},
    # Only with what the enterprise authorised, which is asked for case by case (Langfang III(4)).
    "bank": {Action.query: Reach.shown},
    "enterprise": dict.fromkeys((Action.read, Action.suppose, Action.authorise, Action.cases, Action.act), Reach.own),
    # Grades are not public (Yunnan Art. 5, Guandu Art. 5) but by a code that is posted (Lingyuan Arts. 4, 7).
    "public": {Action.look_up: Reach.shown},
}
"""Role → what it may do, and of whom. What does not stand here is refused."""

SEEN: Mapping[str, frozenset[Field]] = {
    "inspector": frozenset({Field.grade, Field.basis}),
    # Whether a listed person is the enterprise's post-holder cannot be decided without the name.
    "case_officer": frozenset(Field),
    "approver": frozenset(Field),
    "analyst": frozenset({Field.grade, Field.basis}),
    "auditor": frozenset({Field.grade, Field.basis}),
    "department": frozenset({Field.grade}),
    "bank": frozenset({Field.grade}),
    "enterprise": frozenset({Field.grade, Field.basis}),
}
"""Role → the fields that it sees of whomever it may read."""


OWN_KINDS = frozenset({"objection", "repair"})
"""The kinds of cases that an enterprise files and reads, of itself alone; of all others it sees none."""

OWN_QUERY: Mapping[str, Label] = {"langfang": Label("三（四）", "III(4)")}
"""The schemes whose text lets an enterprise look up its own grade, and others with its authorisation, and where it
says so.
"""

(AUTHORISED_SCHEME,) = OWN_QUERY
"""The one of them by which authorisations are given."""


class RefusedError(RiskmlError):
    """Who asks may not do this."""


@dataclass(frozen=True)
class Subject:
    """Of whom something is asked: an enterprise, and the division that it is registered in ("" where nobody knows)."""

    enterprise_id: str
    division: str


def allowed(principal: Principal, action: Action, subject: Subject | None = None, shown: str | None = None) -> bool:
    """Whether somebody may do something: of one enterprise, or of all within reach where `subject` is None.

    Parameters
    ----------
    shown
        The enterprise that gave what is shown, if anything is.

    Examples
    --------
    >>> clerk = Principal("li", frozenset({"inspector"}), "5301")
    >>> allowed(clerk, Action.read, Subject("91530102MA6K000001", "530102"))
    True
    >>> allowed(clerk, Action.read, Subject("91530402MA6K000002", "530402"))
    False
    """
    return any(
        _reaches(principal, reach, subject, {Reach.own: principal.enterprise_id, Reach.shown: shown})
        for role in principal.roles
        if (reach := ACCESS.get(role, {}).get(action)) is not None
    )


def _reaches(principal: Principal, reach: Reach, subject: Subject | None, held: Mapping[Reach, str | None]) -> bool:
    if reach in held:
        return subject is not None and subject.enterprise_id == held[reach]
    return subject is None or subject.division.startswith(principal.region or "")


def ever_allowed(principal: Principal, action: Action) -> bool:
    """Whether somebody may do something at all, of whomever."""
    return any(action in ACCESS.get(role, {}) for role in principal.roles)


def reach_of(principal: Principal, action: Action) -> Reach | None:
    """Of whom somebody may do something; None where of nobody.

    >>> reach_of(Principal("firm", frozenset({"enterprise"}), None, "91530102MA6K000001"), Action.cases)
    <Reach.own: 'own'>
    """
    found = {ACCESS.get(role, {}).get(action) for role in principal.roles}
    return next((reach for reach in Reach if reach in found), None)


def seen(principal: Principal) -> frozenset[Field]:
    """The fields that somebody sees."""
    return frozenset().union(*(SEEN.get(role, frozenset()) for role in principal.roles))


def require(principal: Principal, action: Action, subject: Subject | None = None, shown: str | None = None) -> None:
    """Refuse what somebody may not do; a RefusedError says what, and where they may. Parameters as `allowed`."""
    if allowed(principal, action, subject, shown):
        return
    what = ACTIONS[action]
    if subject is not None and allowed(principal, action):
        region = principal.region or ""
        raise RefusedError(
            zh=f"{subject.enterprise_id} 不在本账号的地区（区划代码以 {region} 开头）：不能{what.zh}。已记入日志。",
            en=f"{subject.enterprise_id} is outside this account's region (divisions that begin with {region}): it may "
            f"not {what.en} there. This was noted.",
        )
    roles = sorted(principal.roles & ROLE_LABELS.keys())
    zh, en = ("、".join(ROLE_LABELS[one].zh for one in roles), ", ".join(ROLE_LABELS[one].en for one in roles))
    raise RefusedError(
        zh=f"本账号（{zh or '没有角色'}）不能{what.zh}。已记入日志。",
        en=f"This account ({en or 'no role'}) may not {what.en}. This was noted.",
    )


def is_own_alone(principal: Principal) -> bool:
    """Whether somebody is an enterprise or its agent, and nobody else.

    >>> is_own_alone(Principal("firm", frozenset({"enterprise"}), None, "91530102MA6K000001"))
    True
    """
    return principal.roles == {"enterprise"}


def require_kind(principal: Principal, kind: str) -> None:
    """Refuse an enterprise the kinds of cases that are not its own; a RefusedError says which are."""
    if is_own_alone(principal) and kind not in OWN_KINDS:
        raise RefusedError(
            zh=f"企业账号只能提出和查看自己的 {'、'.join(sorted(OWN_KINDS))} 案件，不能看 {kind}。已记入日志。",
            en=f"An enterprise files and reads cases of {' and '.join(sorted(OWN_KINDS))} of its own alone, none of "
            f"{kind}. This was noted.",
        )


def may_see_scheme(principal: Principal, scheme: str) -> bool:
    """Whether somebody may see grades of a scheme: an enterprise, and who has its authorisation, of a scheme alone that
    says so.
    """
    return not principal.roles <= {"enterprise", "bank"} or scheme in OWN_QUERY


def require_scheme(principal: Principal, scheme: str) -> None:
    """Refuse enterprises and banks the schemes whose grades are internal; a RefusedError says which they are not."""
    if not may_see_scheme(principal, scheme):
        raise RefusedError(
            zh=f"办法 {scheme} 没有规定企业可以查询自己的等级；可查询的有：{'、'.join(OWN_QUERY)}。已记入日志。",
            en=f"The text of {scheme} does not let an enterprise look up its own grade; that of "
            f"{', '.join(OWN_QUERY)} does. This was noted.",
        )
