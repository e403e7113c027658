"""The record tables: every table, column, type and code that riskml understands, in one place.

A table is an *event* (it happened on a day), a *state* (it began, and may have ended) or a
*version* (what was true of the enterprise from a day on, until the next version). The columns
``record_id``, ``known_date``, ``authority``, ``source`` and ``arrival`` are common to all; ``known_date`` is the
day the regulator learnt of the record and falls back to the record's own date, ``arrival`` the order in which
records arrived.

Field names follow the disclosure system's items (FACTS: registration, penalties, abnormal list,
spot checks, pledges, annual report; 企业信息公示暂行条例 Arts. 6, 9, 10). Amounts are in 10,000 yuan
(万元), as the registry keeps them; shares are fractions between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

ColumnType = Literal["text", "date", "integer", "amount", "share", "number", "flag"]
TextForm = Literal["plain", "identifier", "division", "industry"]
TableKind = Literal["event", "state", "version"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "integer": "BIGINT",
    "amount": "DECIMAL(18, 4)",
    "share": "DECIMAL(9, 6)",
    "number": "DECIMAL(18, 4)",
    "flag": "BOOLEAN",
}


FOUNDED = date(1949, 10, 1)
"""No record that this system reads is older than the republic."""

OLDEST_ENTERPRISE = date(1840, 1, 1)
"""Some enterprises are."""

LARGEST_AMOUNT = 10_000_000_000
"""10,000 yuan: twice the assets of the largest bank."""


@dataclass(frozen=True)
class Label:
    """The same short text in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Column:
    """One column of a record table.

    Parameters
    ----------
    codes
        The values a text column may take, with their labels; None where any text is accepted. A word that is new becomes ``other`` where
        that is among them, and else null.
    planned
        A date that may lie in the future because it was set beforehand (a licence's expiry).
    identity
        Says who looked (an office, an inspector). Such a column is never an indicator.
    form
        How a text is normalised: an id of a person or an enterprise, a division, an industry, or none of them.
    minimum, maximum
        Bounds of a number; what lies beyond them is a slip of the pen. ``received``: the year of the delivery.
    earliest
        The first day that a date can be.
    not_before
        The date column of the table that this one does not lie before.
    assigned
        Filled by the loading itself, never by a source (`riskml.records.newest`).
    """

    name: str
    type: ColumnType
    label: Label
    required: bool = False
    codes: dict[str, Label] | None = None
    planned: bool = False
    identity: bool = False
    form: TextForm = "plain"
    minimum: int | None = None
    maximum: int | Literal["received"] | None = None
    earliest: date = FOUNDED
    not_before: str | None = None
    assigned: bool = False


@dataclass(frozen=True)
class Table:
    """One record table.

    Parameters
    ----------
    subject
        The column that says whom the record is about, and by which the table is partitioned.
    """

    name: str
    dimension: str
    kind: TableKind
    label: Label
    own_columns: tuple[Column, ...]
    subject: str = "enterprise_id"

    @property
    def date_column(self) -> str:
        """The column holding the day the record happened or began."""
        return {"event": "event_date", "state": "start_date", "version": "valid_from"}[self.kind]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns in stored order: identity, dates, the table's own, provenance."""
        # The first version of a registration is as old as the enterprise.
        earliest = OLDEST_ENTERPRISE if self.kind == "version" else FOUNDED
        dates = [Column(self.date_column, "date", _DATE_LABELS[self.kind], required=True, earliest=earliest)]
        if self.kind == "state":
            dates.append(Column("end_date", "date", Label("终止日期", "end date")))
            dates.append(Column("end_known_date", "date", Label("终止知悉日期", "day the end became known")))
            planned = Label("预定终止日期", "planned end date")
            dates.append(Column("planned_end_date", "date", planned, planned=True, not_before="start_date"))
        head = [Column("record_id", "text", Label("记录编号", "record id"), required=True)]
        if self.subject == "enterprise_id":
            label = Label("统一社会信用代码", "enterprise")
            head.append(Column("enterprise_id", "text", label, required=True, form="identifier"))
        tail = [
            Column("known_date", "date", Label("知悉日期", "day it became known"), earliest=earliest),
            Column("authority", "text", Label("机关", "authority"), identity=True),
            Column("source", "text", Label("来源", "source")),
            Column("arrival", "integer", Label("到达次序", "order of arrival"), assigned=True),
        ]
        return (*head, *dates, *self.own_columns, *tail)

    @cached_property
    def parts(self) -> tuple[Column, ...]:
        """The columns that an amendment can take away or reduce by themselves (Yunnan Art. 14(3)).

        Not what makes the record what it is (required columns), when it happened and became public, or who says so.
        """
        if self.name == "amendment":
            return ()
        return tuple(
            column
            for column in self.own_columns
            if not (column.required or column.identity) and (column.type != "date" or column.planned)
        )

    @cached_property
    def clock_columns(self) -> tuple[str, ...]:
        """The dates that windows and effect periods run from, which an act keeps when it is changed."""
        if self.kind == "version" or self.name == "amendment":
            return ()
        own = (column.name for column in self.own_columns if column.type == "date" and not column.planned)
        return (self.date_column, *own)

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return {column.name: column for column in self.columns}[name]

    @cached_property
    def delivered_columns(self) -> tuple[Column, ...]:
        """The columns that a source may fill, in stored order."""
        return tuple(column for column in self.columns if not column.assigned)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns in stored order."""
        return tuple(column.name for column in self.columns)


_DATE_LABELS = {
    "event": Label("发生日期", "event date"),
    "state": Label("起始日期", "start date"),
    "version": Label("生效日期", "valid from"),
}


def _codes(**labels: str) -> dict[str, Label]:
    """``code="zh/en"`` pairs as a dictionary of labels."""
    return {code: Label(*text.split("/", 1)) for code, text in labels.items()}


def _text(name: str, zh: str, en: str, *, required: bool = False, identity: bool = False, form: TextForm = "plain") -> Column:
    return Column(name, "text", Label(zh, en), required=required, identity=identity, form=form)


def _code(name: str, zh: str, en: str, codes: dict[str, Label], *, required: bool = True) -> Column:
    return Column(name, "text", Label(zh, en), required=required, codes=codes)


def _date(
    name: str, zh: str, en: str, *, planned: bool = False, not_before: str | None = None, earliest: date = FOUNDED
) -> Column:
    return Column(name, "date", Label(zh, en), planned=planned, not_before=not_before, earliest=earliest)


def _amount(name: str, zh: str, en: str, *, signed: bool = False) -> Column:
    """10,000 yuan; only a `signed` one can be below zero (a loss)."""
    return Column(name, "amount", Label(zh, en), minimum=-LARGEST_AMOUNT if signed else 0, maximum=LARGEST_AMOUNT)


def _count(name: str, zh: str, en: str, *, maximum: int) -> Column:
    return Column(name, "integer", Label(zh, en), minimum=0, maximum=maximum)


def _flag(name: str, zh: str, en: str) -> Column:
    return Column(name, "flag", Label(zh, en))


DIMENSIONS: dict[str, Label] = {
    "basic": Label("企业基础属性信息", "Basic attributes"),
    "dynamics": Label("企业动态信息", "Dynamics"),
    "supervision": Label("监管信息", "Supervision"),
    "relations": Label("关联关系信息", "Relations"),
    "social": Label("社会评价信息", "Social evaluation"),
}
"""The five dimensions of Yunnan Art. 12."""

_DOMAINS = _codes(
    registration="登记注册/registration",
    food="食品/food",
    drug="药品/drugs",
    medical_device="医疗器械/medical devices",
    special_equipment="特种设备/special equipment",
    product_quality="产品质量/product quality",
    advertising="广告/advertising",
    price="价格/prices",
    competition="反不正当竞争/competition",
    intellectual_property="知识产权/intellectual property",
    consumer="消费者权益/consumer rights",
    metrology="计量/metrology",
    safety="安全生产/work safety",
    environment="生态环境/environment",
    labour="劳动用工/labour",
    tax="税务/tax",
    culture="文化旅游/culture and tourism",
    other="其他/other",
)

_TABLES = (
    Table(
        "enterprise",
        "basic",
        "version",
        Label("企业登记信息", "Registration"),
        (
            _text("name", "企业名称", "name", required=True),
            _code(
                "status",
                "登记状态",
                "registration status",
                _codes(
                    active="存续/active",
                    revoked="吊销未注销/licence revoked",
                    deregistered="注销/deregistered",
                    other="其他/other",
                ),
            ),
            _code(
                "kind",
                "企业类型",
                "enterprise type",
                _codes(
                    limited_company="有限责任公司/limited company",
                    joint_stock="股份有限公司/joint-stock company",
                    sole_proprietorship="个人独资企业/sole proprietorship",
                    partnership="合伙企业/partnership",
                    cooperative="农民专业合作社/farmers' cooperative",
                    state_owned="国有企业/state-owned",
                    foreign_invested="外商投资企业/foreign-invested",
                    branch="分支机构/branch",
                    other="其他/other",
                ),
                required=False,
            ),
            _text("industry_section", "行业门类", "industry section (GB/T 4754)", form="industry"),
            _text("industry", "行业代码", "industry code (GB/T 4754)", form="industry"),
            _text("division", "登记机关行政区划", "division code (GB/T 2260)", form="division"),
            _amount("registered_capital", "注册资本", "registered capital"),
            _amount("paid_capital", "实缴资本", "paid-in capital"),
            _date("established_date", "成立日期", "date of establishment", earliest=OLDEST_ENTERPRISE),
            _date("operating_until", "营业期限至", "operating term ends", planned=True, not_before="established_date"),
            _text("address", "住所", "address"),
            _flag("new_economy", "四新经济企业", "new-economy enterprise (Art. 24)"),
        ),
    ),
    Table(
        "attribute",
        "basic",
        "event",
        Label("其他属性", "Other attributes"),
        # 登记和年报中没有自己字段的内容，由来源的 source.yaml 列出（`riskml.records.attributes`）。What registers and reports hold beyond these tables.
        (
            _text("name", "属性", "attribute", required=True),
            _text("value", "文字", "text"),
            Column("number", "number", Label("数值", "number")),
        ),
    ),
    Table(
        "licence",
        "basic",
        "state",
        Label("行政许可", "Licences"),
        (
            _code("domain", "领域", "field", _DOMAINS),
            _text("licence_name", "许可名称", "licence name"),
            _date("expiry_date", "有效期至", "valid until", planned=True, not_before="start_date"),
        ),
    ),
    Table(
        "branch",
        "basic",
        "state",
        Label("分支机构", "Branches"),
        (
            _text("branch_id", "分支机构代码", "branch id", form="identifier"),
            _text("division", "行政区划", "division code", form="division"),
        ),
    ),
    Table(
        "change",
        "dynamics",
        "event",
        Label("变更登记", "Registered changes"),
        (
            _code(
                "item",
                "变更事项",
                "item changed",
                _codes(
                    name="名称/name",
                    address="住所/address",
                    legal_representative="法定代表人/legal representative",
                    shareholder="股东/shareholders",
                    capital="注册资本/registered capital",
                    scope="经营范围/scope of business",
                    post_holder="董监高/directors, supervisors, managers",
                    kind="企业类型/enterprise type",
                    other="其他/other",
                ),
            ),
            _amount("amount_before", "变更前金额", "amount before"),
            _amount("amount_after", "变更后金额", "amount after"),
        ),
    ),
    Table(
        "annual_report",
        "dynamics",
        "event",
        Label("年度报告", "Annual reports"),
        (
            Column("year", "integer", Label("报告年度", "reporting year"), required=True, minimum=1990, maximum="received"),
            _count("employees", "从业人数", "employees", maximum=10_000_000),
            _amount("assets", "资产总额", "total assets"),
            _amount("liabilities", "负债总额", "total liabilities"),
            _amount("revenue", "营业总收入", "revenue"),
            _amount("profit", "利润总额", "total profit", signed=True),
            _amount("net_profit", "净利润", "net profit", signed=True),
            _amount("tax", "纳税总额", "tax paid", signed=True),
        ),
    ),
    Table(
        "equity_pledge",
        "dynamics",
        "state",
        Label("股权出质", "Equity pledges"),
        (_amount("amount", "出质股权数额", "amount pledged"),),
    ),
    Table(
        "chattel_mortgage",
        "dynamics",
        "state",
        Label("动产抵押", "Chattel mortgages"),
        (_amount("amount", "被担保债权数额", "amount secured"),),
    ),
    Table(
        "ip_pledge",
        "dynamics",
        "state",
        Label("知识产权质押", "Intellectual-property pledges"),
        (
            _code(
                "ip_kind",
                "权利种类",
                "kind of right",
                _codes(patent="专利/patent", trademark="商标/trademark", copyright="著作权/copyright", other="其他/other"),
            ),
        ),
    ),
    Table(
        "suspension",
        "dynamics",
        "state",
        Label("歇业备案", "Suspension of business"),
        (_date("planned_until", "拟歇业至", "planned until", planned=True, not_before="start_date"),),
    ),
    Table(
        "inspection",
        "supervision",
        "event",
        Label("监督检查", "Inspections"),
        (
            _code(
                "kind",
                "检查方式",
                "how it was chosen",
                _codes(
                    random="双随机抽查/random draw",
                    routine="日常检查/routine",
                    targeted="重点检查/targeted",
                    complaint_led="投诉举报核查/complaint-led",
                    follow_up="复查/re-inspection",
                    other="其他/other",
                ),
            ),
            # 新的词不作 other，而作未知。A new word is no `other` here: what was found is not known.
            # 只知有过检查而不知结果的记录也收：不知道不等于未发现问题。A visit of which only the fact is known is kept: unknown is
            # not "no problem".
            _code(
                "result",
                "检查结果",
                "result",
                _codes(
                    no_problem="未发现问题/no problem found",
                    problem="发现问题已责令改正/problem, ordered to correct",
                    serious_problem="发现问题待后续处理/problem, further action",
                    unreachable="通过登记的住所无法联系/unreachable",
                    uncooperative="不配合检查/did not cooperate",
                ),
                required=False,
            ),
            _code("domain", "检查领域", "field", _DOMAINS, required=False),
            _count("problems", "问题项数", "number of problems", maximum=100_000),
            _count("serious_problems", "严重问题项数", "number of serious problems", maximum=100_000),
            _text("inspector", "检查人员", "inspector", identity=True),
        ),
    ),
    Table(
        "penalty",
        "supervision",
        "event",
        Label("行政处罚", "Administrative penalties"),
        (
            _code(
                "severity",
                "失信程度",
                "severity",
                _codes(
                    warning="仅警告/warning only",
                    minor="轻微/minor",
                    moderate="一般/moderate",
                    serious="严重/serious",
                    other="其他/other",
                ),
            ),
            _code(
                "kind",
                "最重处罚种类",
                "gravest kind",
                _codes(
                    warning="警告/warning",
                    criticism="通报批评/public criticism",
                    fine="罚款/fine",
                    confiscation="没收/confiscation",
                    licence_suspended="暂扣许可证件/licence suspended",
                    qualification_lowered="降低资质等级/qualification lowered",
                    licence_revoked="吊销许可证件/licence revoked",
                    business_restricted="限制开展生产经营活动/business restricted",
                    production_stopped="责令停产停业/production stopped",
                    closure="责令关闭/closure",
                    occupation_restricted="限制从业/occupation restricted",
                    business_licence_revoked="吊销营业执照/business licence revoked",
                    other="其他/other",
                ),
            ),
            _code("domain", "违法领域", "field of the violation", _DOMAINS, required=False),
            _flag("market_supervision", "市场监管部门作出", "by a market regulator"),
            _amount("fine", "罚款金额", "fine"),
            _amount("confiscated", "没收金额", "amount confiscated"),
            _date("publicised_date", "公示日期", "publicised on", not_before="event_date"),
            _date("restricted_until", "限制至", "restriction ends", planned=True, not_before="event_date"),
        ),
    ),
    Table(
        "abnormal_listing",
        "supervision",
        "state",
        Label("经营异常名录", "Abnormal list"),
        (
            _code(
                "cause",
                "列入原因",
                "cause",
                _codes(
                    annual_report="未按期公示年度报告/annual report not filed",
                    realtime_information="未按责令公示即时信息/information not publicised",
                    false_information="公示信息隐瞒真实情况弄虚作假/false information",
                    unreachable="通过登记的住所无法联系/unreachable at the address",
                    other="其他/other",
                ),
            ),
        ),
    ),
    Table(
        "serious_listing",
        "supervision",
        "state",
        Label("严重失信主体名单（黑名单）", "Serious-dishonesty lists of any department"),
        (
            _code(
                "list_kind",
                "名单",
                "list",
                _codes(
                    market_supervision="严重违法失信名单/serious violations (market regulation)",
                    tax="重大税收违法/major tax violations",
                    wages="拖欠农民工工资/wage arrears",
                    safety="安全生产/work safety",
                    environment="生态环境/environment",
                    customs="海关失信/customs",
                    procurement="政府采购/public procurement",
                    other="其他/other",
                ),
            ),
        ),
    ),
    Table(
        "compulsory_measure",
        "supervision",
        "state",
        Label("行政强制", "Compulsory measures"),
        (
            _code(
                "measure",
                "强制措施",
                "measure",
                _codes(sealing="查封/sealing", seizure="扣押/seizure", freezing="冻结/freezing", other="其他/other"),
            ),
        ),
    ),
    Table(
        "tax_arrears",
        "supervision",
        "state",
        Label("欠缴税款与非正常户", "Tax arrears and non-normal taxpayers"),
        (_amount("amount", "欠税金额", "amount owed"), _flag("non_normal", "非正常纳税户", "non-normal taxpayer")),
    ),
    Table(
        "judgment",
        "supervision",
        "event",
        Label("司法判决与执行", "Judgments and enforcement"),
        (
            _code(
                "kind", "文书种类", "kind", _codes(judgment="判决/judgment", enforcement="被执行/enforcement", other="其他/other")
            ),
            _code("role", "诉讼地位", "role", _codes(defendant="被告/defendant", plaintiff="原告/plaintiff", other="其他/other")),
            _code(
                "cause",
                "案由",
                "cause",
                _codes(
                    loan="借款/loan",
                    contract="合同/contract",
                    labour="劳动/labour",
                    tort="侵权/tort",
                    intellectual_property="知识产权/intellectual property",
                    other="其他/other",
                ),
                required=False,
            ),
            _amount("amount", "标的金额", "amount in dispute"),
        ),
    ),
    Table(
        "utility_arrears",
        "supervision",
        "state",
        Label("欠缴水电气费", "Utility arrears"),
        (
            _code(
                "utility",
                "种类",
                "utility",
                _codes(water="水/water", electricity="电/electricity", gas="气/gas", heating="热/heating", other="其他/other"),
            ),
            _amount("amount", "欠费金额", "amount owed"),
        ),
    ),
    Table(
        "contract_breach",
        "supervision",
        "event",
        Label("合同违约", "Contract breaches"),
        (_amount("amount", "违约金额", "amount"),),
    ),
    Table(
        "position",
        "relations",
        "state",
        Label("任职", "Posts held"),
        (
            _text("person_id", "人员标识", "person", required=True, form="identifier"),
            _text("person_name", "姓名", "person's name"),
            _code(
                "role",
                "职务",
                "post",
                _codes(
                    legal_representative="法定代表人/legal representative",
                    director="董事/director",
                    supervisor="监事/supervisor",
                    senior_manager="高级管理人员/senior manager",
                    responsible_person="负责人/responsible person",
                    executive_partner="执行事务合伙人/executive partner",
                    investor="投资人/investor",
                    other="其他/other",
                ),
            ),
        ),
    ),
    Table(
        "shareholding",
        "relations",
        "state",
        Label("出资持股", "Shareholdings"),
        (
            _text("holder_id", "股东标识", "holder", required=True, form="identifier"),
            _code(
                "holder_kind",
                "股东类型",
                "kind of holder",
                _codes(person="自然人/person", enterprise="企业/enterprise", other="其他/other"),
            ),
            Column("share", "share", Label("持股比例", "share held"), minimum=0, maximum=1),
            _amount("amount", "认缴出资额", "amount subscribed"),
        ),
    ),
    Table(
        "dishonest_debtor",
        "relations",
        "state",
        Label("失信被执行人", "Dishonest judgment debtors"),
        (
            _text("subject_id", "被执行人标识", "the person or enterprise listed", required=True, form="identifier"),
            _code(
                "subject_kind",
                "被执行人类型",
                "kind",
                _codes(person="自然人/person", enterprise="企业/enterprise", other="其他/other"),
            ),
            _text("case_number", "案号", "case number"),
        ),
        subject="subject_id",
    ),
    Table(
        "complaint",
        "social",
        "event",
        Label("投诉举报", "Complaints and reports"),
        (
            _code("kind", "类别", "kind", _codes(complaint="投诉/complaint", report="举报/report", other="其他/other")),
            _code(
                "topic",
                "问题类别",
                "topic",
                _codes(
                    quality="质量/quality",
                    price="价格/price",
                    advertising="广告/advertising",
                    contract="合同/contract",
                    after_sales="售后服务/after-sales",
                    food_safety="食品安全/food safety",
                    sanitation="卫生/sanitation",
                    licence="无证经营/no licence",
                    other="其他/other",
                ),
                required=False,
            ),
            _flag("accepted", "是否受理", "accepted"),
        ),
    ),
    Table(
        "opinion",
        "social",
        "event",
        Label("舆情", "Public opinion"),
        (
            _code(
                "sentiment",
                "倾向",
                "sentiment",
                _codes(positive="正面/positive", neutral="中性/neutral", negative="负面/negative", other="其他/other"),
            ),
            _code(
                "attention", "社会关注度", "public attention", _codes(high="较高/high", normal="一般/normal", other="其他/other")
            ),
            _code(
                "effect",
                "影响",
                "effect",
                _codes(serious="严重负面影响/serious negative", minor="轻微/minor", none="无/none", other="其他/other"),
            ),
        ),
    ),
    Table(
        "honour",
        "social",
        "event",
        Label("表彰荣誉", "Honours"),
        (
            _code(
                "level",
                "级别",
                "level",
                _codes(
                    national="国家级/national", provincial="省级/provincial", municipal="市县级/municipal", other="其他/other"
                ),
            ),
            _date("expiry_date", "有效期至", "valid until", planned=True, not_before="event_date"),
        ),
    ),
    Table(
        "commitment",
        "social",
        "event",
        Label("信用承诺", "Credit commitments"),
        (_code("outcome", "履行情况", "outcome", _codes(kept="已履行/kept", broken="未履行/broken", other="其他/other")),),
    ),
    Table(
        "amendment",
        "any",
        "event",
        Label("信息更正", "Amendments"),
        (
            _text("of_table", "所涉表", "table amended", required=True),
            _text("of_record", "所涉记录", "record amended", required=True),
            _code(
                "kind",
                "更正种类",
                "kind of amendment",
                _codes(
                    revoked="撤销、确认违法或无效/revoked, unlawful or invalid",
                    changed="变更/changed",
                    reduced="减少/reduced",
                    partly_revoked="部分撤销/partly revoked",
                    misjudged="误判、错误、笔误/misjudged or in error",
                    repaired="信用修复/repaired",
                    barred="依法封存或不得使用/sealed or barred by law",
                ),
            ),
            _text("replaced_by", "替代记录", "record that replaces it"),
            _text("part", "所涉部分", "column that is revoked or reduced"),
            _text("value", "减至", "what the part is reduced to"),
            _text("law", "所依法律", "law that bars it"),
            _text("of_source", "所涉来源", "source of the record amended"),
            _text("of_enterprise", "所涉主体", "whose record is amended, where several have it", form="identifier"),
        ),
        subject="of_record",
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every record table by name."""
