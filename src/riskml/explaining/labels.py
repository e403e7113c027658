"""The fixed words of an explanation's page and terminal text."""

from __future__ import annotations

from riskml.core.language import counted, say
from riskml.records.tables import Label
from riskml.schemes.measure_specs import GradeMeasures, Sampling
from riskml.schemes.measures import Measures
from riskml.schemes.scheme import Scheme

WORDS: dict[str, Label] = {
    "title": Label("企业信用风险分类说明", "Explanation of a credit-risk grade"),
    "code": Label("统一社会信用代码", "Unified social credit code"),
    "region": Label("登记地", "Registered in"),
    "industry": Label("行业", "Industry"),
    "kind": Label("类型", "Type"),
    "status": Label("登记状态", "Status"),
    "established": Label("成立日期", "Established"),
    "capital": Label("注册资本", "Registered capital"),
    "new_economy": Label("“四新”经济企业", "New-economy enterprise"),
    "directories": Label("名录", "Directories"),
    "as_of": Label("基准日", "As of"),
    "score": Label("风险分", "Score"),
    "band": Label("得分区间", "Band"),
    "base_score": Label("基准分", "Base score"),
    "risk": Label("校准后的风险", "Calibrated risk"),
    "risk_interval": Label(
        "另一种校准（维恩－阿伯斯，自定）给出的风险", "Risk by another calibration (Venn–Abers, ours)"
    ),
    "risk_interval_unknown": Label("未知：所用模型没有留存区间", "not known: the model in use keeps no intervals"),
    "risk_interval_hint": Label(
        "区间说的是风险与此相当的企业中发现问题的比率，不是这一次检查的结果。它由校准用的双随机抽查推出（维恩－阿伯斯法）："
        "假如这家企业没有发现问题、或发现了问题，校准各会给出多少；抽查越少，区间越宽。风险取自一条平滑曲线，区间取自同一批"
        "抽查的阶梯，因此风险常在区间之外；离得越远，这个数字越不确定。这是本系统的算法，办法没有规定。",
        "The interval is of the rate of problems among enterprises of such a risk, not of what this visit will find. "
        "It follows from the random draws of the calibration (Venn–Abers): what calibration would say if nothing was "
        "found here, and if a problem was; fewer draws make it wider. The risk is read off a smooth curve and the "
        "interval off steps through the same draws, so that the risk often lies outside; the further, the less certain "
        "the figure. It is our way of computing; the scheme does not ask for it.",
    ),
    "score_hint": Label("0—1000分，分数越高，风险越高", "0–1000, higher means riskier"),
    "base_hint": Label(
        "模型对各企业的共同起点（标尺上的虚线）",
        "where the model starts from for every enterprise (dotted on the scale)",
    ),
    "local_industry": Label(
        "地方特色产业等级（与通用分类并列）", "Grade of the local industry, beside the general one"
    ),
    "combined_grade": Label("合成等级", "combined grade"),
    "combined_hint": Label(
        "合成等级只供参考，不改变上面的类别、措施和抽查比例。",
        "The combined grade is for information: it changes neither the grade above, nor measures, nor the ratio of "
        "inspections.",
    ),
    "key_field": Label("重点领域", "key field"),
    "grade_word": Label("类", "grade"),
    "basis_of_grade": Label("类别如何确定", "How the grade came about"),
    "rules": Label("定性判定", "Rules that fired"),
    "no_rules": Label("没有触发定性判定规则。", "No rule of direct determination fired."),
    "rules_unknown": Label(
        "以下规则无法判断是否触发：未收到所需信息",
        "It cannot be known whether these rules fire: the records they need were never received",
    ),
    "pending": Label("待人员确认，可选类别", "Awaiting an officer's confirmation; the options are"),
    "pending_band": Label(
        "确认之前不影响类别：类别仍按得分区间和其他规则。",
        "Until then it does not affect the grade, which follows from the score band and from other rules.",
    ),
    "pending_hold": Label(
        "确认之前暂按可选类别中最轻的一类作下限。", "Until then the mildest option is the mildest grade possible."
    ),
    "pending_proposed": Label(
        "原文没有规定这种情形的类别；认定之前按建议的类别。",
        "The text has no grade for this; until an officer answers, the grade is the one proposed.",
    ),
    "decided": Label("已由人员认定", "Decided by an officer"),
    "stays": Label("直至撤回", "until taken back"),
    "opened": Label("由人员立案", "opened by an officer"),
    "second": Label("复核", "reviewed by"),
    "ours": Label("自定", "ours"),
    "our_reading": Label("我们的理解", "Our reading"),
    "until": Label("失效日", "lapses on"),
    "somebody_else": Label(
        "经人员认定，下列名单所列的人不是本企业的任职人员：规则和指标都不计入。",
        "An officer found that the persons on these listings hold no post in the enterprise: neither rules nor "
        "indicators "
        "count them.",
    ),
    "listing": Label("名单", "listing"),
    "evidence": Label("依据的记录", "Evidence"),
    "waterfall": Label("风险分的构成", "How the score adds up"),
    "waterfall_hint": Label(
        "从基准分出发，各项指标使风险分上升或下降；背景为各类别的得分区间。",
        "From the base score, indicators raise or lower the score; behind them lie the bands of the grades.",
    ),
    "raised": Label("使风险分上升的主要指标", "What raised the score most"),
    "lowered": Label("使风险分下降的主要指标", "What lowered the score most"),
    "together": Label("两条原因合在一起", "Two reasons together"),
    "together_hint": Label(
        "下列分数已含在上面两条原因的分数内（各含一半），不是另加的分。",
        "These points are a part of those given above, half of them in each of the two reasons: they do not come on "
        "top.",
    ),
    "nothing": Label("没有。", "Nothing."),
    "reasons_hint": Label(
        "以下为模型对已有记录的计算结果，是安排检查的参考，不是对违法事实的认定。",
        "This is what the model computes from records on file: it helps to allocate inspections and establishes no "
        "violation.",
    ),
    "conduct": Label("本企业、他人与无从知道", "Own conduct, others' conduct, and what is not known"),
    "conduct_hint": Label(
        "只看本企业自身：从基准起只计本企业自身、已知的各项，其余各项停在基准，只计依据本企业自身记录的定性判定。"
        "基准分加上表中本企业的分值未必等于这个分数：分值是按各项对最终得分的影响分摊的，而得分的刻度各段疏密不同，"
        "只计一部分时落在刻度的另一处。",
        "On own conduct alone: from the base, only what the enterprise's own known indicators moved, all others left "
        "at the base, and only rules that rest on its own records. The base score and its own points need not add up "
        "to this score: points share out the way to the final score, and the scale is wider in some places than in "
        "others, so that a part of the way ends elsewhere on it.",
    ),
    "own_grade": Label("只看本企业自身的类别", "Grade on own conduct alone"),
    "without_peer_rates": Label("去掉同行业、同区域比率的风险分", "Score without the rates of its trade and county"),
    "band_without_peer_rates": Label(
        "本办法的设定：这些比率不得单独使企业跨过得分区间，区间按去掉之后的风险分确定（自定）。",
        "As the scheme is set, these rates move no enterprise across a band by themselves: the band is that of the "
        "score without them (ours).",
    ),
    "external_grades": Label("其他部门和机构评定的等级", "Grades given by others"),
    "external_hint": Label(
        "与上面的类别并列，互不替代，不参与计算。",
        "They stand beside the grade above: neither replaces the other, and they are not computed with.",
    ),
    "as_graded": Label("等级", "grade"),
    "amounts_to": Label("相当于", "amounts to"),
    "by_rules": Label("依据", "by"),
    "ends": Label("至", "to"),
    "dimensions": Label("各维度分值", "Points by dimension"),
    "measures": Label("监管措施", "Measures"),
    "targeted": Label("定向和随机抽查相结合", "targeted inspections besides random ones"),
    "on_site": Label("应主动实施现场检查", "on-site inspection must be initiated"),
    "coverage": Label("查过哪些信息", "Records that were searched"),
    "never_received": Label("从未收到，无从知道有没有", "never received, so it cannot be known whether there is any"),
    "fused": Label("与行业信用风险评价融合", "Together with the grade of the trade"),
    "no_trade_grade": Label(
        "没有行业信用风险评价的记录，按本办法的类别。",
        "No grade of a trade is on record; the scheme's own grade applies.",
    ),
    "fused_class": Label("融合后按", "treated as"),
    "fused_acts": Label(
        "抽查比例、频次和措施按融合后的一类，类别不变。",
        "Inspections and measures are those of the combined class; the grade stays.",
    ),
    "fused_informs": Label("仅供参考，不改变措施。", "For information; measures stay as they are."),
    "as_text": Label("原文", "from the text"),
    "procedures": Label("查询、异议与修复", "Looking up results, objections and credit repair"),
    "excluded": Label("未作为依据的信息", "What was not used"),
    "no_excluded": Label(
        "基准日没有起作用的撤销、变更、误判或信用修复。",
        "No revocation, change, correction or credit repair was in effect at the as-of date.",
    ),
    "date": Label("日期", "Date"),
    "record": Label("记录编号", "Record"),
    "table": Label("信息种类", "Kind"),
    "facts": Label("内容", "Content"),
    "authority": Label("机关", "Authority"),
    "why": Label("原因", "Why"),
    "in_effect": Label("生效", "effective"),
    "known": Label("知悉", "known"),
    "outdone": Label("另有更正改得更低，以最低的为准", "another amendment leaves less, and the least counts"),
    "part_only": Label("仅不计：", "only this part: "),
    "law": Label("所依法律：", "by law: "),
    "replaced_by": Label("由此记录替代：", "replaced by "),
    "touches_rights": Label("须另有依据，程序不执行", "needs a basis of its own; never carried out by the program"),
    "scope_unknown": Label(
        "适用范围中记录不能证明的条件（按符合处理，自定）",
        "Conditions of the scope that no record shows (taken to be met; ours)",
    ),
    "chart_base": Label("起点（基准分）", "start (base score)"),
    "chart_score": Label("本企业风险分", "this enterprise's score"),
    "provenance": Label("来源", "Where this comes from"),
    "scheme": Label("分类办法", "Scheme"),
    "scheme_status": Label("办法状态", "Status of the text"),
    "model": Label("模型", "Model"),
    "trained": Label("训练基准日", "Trained as of"),
    "run": Label("批次", "Run"),
    "points": Label("分", "points"),
    "simulated": Label(
        "模型由模拟数据训练，仅供演示，不得用于真实企业。",
        "The model was trained on simulated data: for demonstration only, not for real enterprises.",
    ),
    "higher": Label("越高风险越高", "higher is riskier"),
    "updated_since": Label("即时更新", "Updated at once"),
    "noted": Label("已记录、不计分", "On record, not scored"),
    "superseded": Label("另有规定，从其规定：", "superseded: "),
    "translation": Label("", "The Chinese text of the regulation prevails; the English is our translation."),
}

_ITEMS: dict[str, Label] = {
    "title": Label("企业信用等级说明", "Explanation of a credit grade"),
    "grade_word": Label("级", "grade"),
    "basis_of_grade": Label("等级如何确定", "How the grade came about"),
    "own_grade": Label("只看本企业自身的等级", "Grade on own conduct alone"),
    "base_score": Label("起始分", "Starting points"),
    "base_hint": Label("各企业共同的起始分（标尺上的虚线）", "what every enterprise starts with (dotted on the scale)"),
    "waterfall": Label("得分的构成", "How the points add up"),
    "waterfall_hint": Label(
        "从起始分出发，各项加分或减分；背景为各等级的得分区间。",
        "From the start, items add or take points; behind them lie the bands of the grades.",
    ),
    "reasons_hint": Label(
        "各项分值见办法的分值表，注“示意”的是自定；以下是对已有记录的计算，不是对违法事实的认定。",
        "What items are worth stands in the scheme; what is called illustrative is ours. This is computed from records "
        "on file and "
        "establishes no violation.",
    ),
    "conduct_hint": Label(
        "只看本企业自身：只计本企业自身、已知的各项，和依据本企业自身记录的定性判定。",
        "On own conduct alone: the enterprise's own known items, and only rules that rest on its own records.",
    ),
    "model": Label("办法", "Policy"),
    "simulated": Label(
        "记录是模拟的，仅供演示，不得用于真实企业。",
        "The records are simulated: for demonstration only, not for real enterprises.",
    ),
    "chart_base": Label("起始分", "start"),
    "chart_score": Label("本企业得分", "this enterprise's score"),
}

_BETTER: dict[str, Label] = {
    "higher": Label("越高越好", "higher is better"),
    "score": Label("得分", "Score"),
    "good": Label("加分合计", "Total of points added"),
    "bad": Label("减分合计", "Total of points taken away"),
    "raised": Label("主要加分项", "What added most"),
    "lowered": Label("主要减分项", "What took away most"),
    "without_peer_rates": Label("去掉同行业、同区域比率的得分", "Score without the rates of its trade and county"),
}

_COUNTED: dict[str, Label] = {
    "grade_word": Label("类", "grade"),
    "own_grade": Label("只看本企业自身的类别", "Grade on own conduct alone"),
    "raised": Label("计入的记录", "What was counted"),
    "nothing": Label("没有计入的记录。", "No record counts."),
    "reasons_hint": Label(
        "以下是按办法计入的记录；计入不是对违法事实的另行认定。",
        "These are the records that count under the scheme; counting them establishes no violation.",
    ),
    "dimensions": Label("各类信息的次数", "Records by kind"),
    "pending_band": Label("确认之前不影响类别。", "Until then it does not affect the grade."),
    "conduct_hint": Label(
        "只看本企业自身：只计依据本企业自身记录的。", "On own conduct alone: what rests on its own records."
    ),
}


ASKED_FOR = ("query", "objection", "repair")
"""The procedures that an enterprise may ask for: a result looked up, objected to, repaired."""


def more_records(count: int) -> Label:
    """How many records are not listed."""
    return Label(f"另有{count}条记录未列出", f"{counted(count, 'more records')} not listed")


def working_days(count: int) -> Label:
    """The term of a procedure."""
    return Label(f"{count}个工作日", counted(count, "working days"))


def after_opening(measures: Measures) -> str:
    """What follows the sentence that introduces measures: a colon where the others are what it announces, of its own
    article.
    """
    own = any(one.article.number.startswith(measures.opening.article.number) for one in measures.sentences)
    return say("：", ":") if own else say("。", ".")


def is_better(scheme: Scheme) -> bool:
    """Whether more points are better; of what is counted it is not."""
    return scheme.direction == "better"


def apart(scheme: Scheme) -> bool:
    """Whether what adds and what takes points is summed apart and never set off: items give points, and there is no
    score.
    """
    return scheme.score is None and scheme.direction is not None


def counts(scheme: Scheme) -> bool:
    """Whether records are counted, and nothing is scored."""
    return scheme.direction is None


def words_of(scheme: Scheme) -> dict[str, Label]:
    """The fixed words of a scheme's pages: by what its score means, or that it counts."""
    words = WORDS if scheme.method == "model" else WORDS | _ITEMS
    if scheme.fusion is not None:
        words = words | {
            "external_hint": Label(
                "与上面的类别并列，互不替代。", "They stand beside the grade above: neither replaces the other."
            )
        }
    if scheme.score is None:
        return words | (_BETTER if apart(scheme) else _COUNTED)
    better = is_better(scheme)
    low, high = f"{scheme.score.from_:g}", f"{scheme.score.to:g}"
    hint = Label(
        f"{low}—{high}分，分数越高，{'信用越好' if better else '风险越高'}",
        f"{low}–{high}, higher means {'better' if better else 'riskier'}",
    )
    return words | (_BETTER if better else {}) | {"score_hint": hint}


_SAMPLING: dict[Sampling, Label] = {
    "lower_greatly": Label("大幅降低“双随机”抽查比例和频次", "far fewer double-random inspections"),
    "lower": Label("降低“双随机”抽查比例和频次", "fewer double-random inspections"),
    "normal": Label("常规“双随机”抽查比例和频次", "the usual double-random inspections"),
    "raise": Label("提高“双随机”抽查比例和频次", "more double-random inspections"),
    "raise_moderately": Label("适当提高“双随机”抽查比例和频次", "moderately more double-random inspections"),
    "raise_greatly": Label("大幅提高“双随机”抽查比例和频次", "many more double-random inspections"),
}


def inspections(measures: Measures | GradeMeasures) -> tuple[Label, ...]:
    """How enterprises are inspected by their measures: ratio and frequency of random draws, and what is to be done
    besides.
    """
    return (
        *([_SAMPLING[measures.sampling]] if measures.sampling else []),
        *([WORDS["targeted"]] if measures.targeted else []),
        *([WORDS["on_site"]] if measures.on_site_required else []),
    )
