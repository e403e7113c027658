"""Write the shipped templates of a plan's documents: ``python docs/make_plan_templates.py`` writes
``documents/plan_*.docx`` and ``documents/plan_*.typ``.

An office edits its copies, in Word and as text. Here each is written once, so that both forms and both languages have the
same parts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from docx.document import Document as Made
from make_templates import FOLDER, paper, quiet, table

Say = tuple[str, str]
"""A text in Chinese and in English; ``{name}`` is the fact of that name."""


@dataclass(frozen=True)
class Rows:
    """A table with a row for each of some facts: how wide its columns are, the head of each, and the facts in it."""

    each: str
    widths: str
    columns: tuple[tuple[Say, str], ...]


Part = Say | Rows

TASKS = Rows("tasks", "auto, 1.9fr, 1fr, auto, 1fr, 2.8fr", (
    (("检查码", "Visit"), "visit"), (("企业", "Enterprise"), "name enterprise_id"),
    (("事由", "Why"), "arms"), (("期限", "Due"), "due"), (("检查人员", "Inspectors"), "inspectors"),
    (("检查事项", "What to look at"), "items"),
))  # fmt: skip
FALLEN = Rows("fallen", "1.6fr, 1.2fr, auto, auto, 1.2fr, 2.4fr", (
    (("企业", "Enterprise"), "name enterprise_id"), (("登记地", "Region"), "region"),
    (("上期", "Before"), "grade_before"), (("本期", "Now"), "grade_after"), (("依据", "Decided by"), "decided_after"),
    (("变动最大的指标", "What moved it most"), "changes"),
))  # fmt: skip
RULES = Rows("rules", "auto, auto, auto, 1fr", (
    (("等级", "Grade"), "grade"), (("比例（自定）", "Ratio (the office's)"), "ratio"),
    (("每年最多", "Most a year"), "most"), (("办法的规定", "What the text says"), "text"),
))  # fmt: skip
WITNESSES = Rows("witnesses", "auto, 1fr", ((("见证人", "Witness"), "name"), (("校验值", "Hash"), "hash")))
SPECIALS = Rows("specials", "auto, 1fr", ((("专项代码", "Special"), "code"), (("名称", "Name"), "label")))
GROUPS = Rows("groups", "1fr, auto, auto, auto, auto", (
    (("事由", "Why"), "name"), (("应查", "Visits"), "visits"), (("已查", "Made"), "visited"),
    (("发现问题", "Found a problem"), "problems"), (("发现率", "Share"), "rate"),
))  # fmt: skip
OUTCOMES = Rows("outcomes", "1fr, auto", ((("结局", "Outcome"), "outcome"), (("次数", "Visits"), "count")))

DOCUMENTS: dict[str, tuple[Part, ...]] = {
    "announcement": (
        ("{office}将于{period}开展检查，计划编号{plan}。", "{office} makes inspections in the period {period}; plan {plan}."),
        (
            "共有{units}户可供抽取，抽取{size}户。每户被抽到的概率已事先确定，最低{least}；每户每年检查不超过{cap}次，上级部署的专项除外。",
            "{size} are drawn of {units} enterprises. Everyone's chance was fixed beforehand and is at least {least}; nobody is visited "
            "more than {cap} times a year, but for specials ordered from above.",
        ),
        ("各等级的比例和频次（{articles}）：", "Ratios and frequency by grade ({articles}):"),
        RULES,
        (
            "承诺校验值：{commitment}（第{times}次承诺）。抽取取决于承诺之后的公共事件或见证人揭示的随机数，任何人都可以用公布的文件重新抽取。",
            "Digest of the commitment: {commitment} (no. {times}). The draw depends on a public event after it, or on numbers that "
            "witnesses reveal; anybody can draw again from the published files.",
        ),
        ("公共事件：{event}", "Public event: {event}"),
        WITNESSES,
        SPECIALS,
        ("检查人员须出示检查码；计划外没有检查码的，企业可以拒绝。", "Inspectors show the code of the visit; one without a code, outside the plan, may be refused."),
    ),
    "tasks": (
        ("计划{plan}，{period}，共{count}次检查（{articles}）。", "Plan {plan}, {period}: {count} visits ({articles})."),
        TASKS,
    ),
    "notice": (
        ("{enterprise}（统一社会信用代码{code}）：", "To {enterprise} (unified social credit code {code}):"),
        (
            "依据{basis}，你单位列入{office}{period}的检查计划（{plan}）。请于{due}之前接受检查。",
            "By {basis}, you are in the plan of inspections ({plan}) of {office} for {period}. The inspection is made by {due}.",
        ),
        ("检查码：{visit}。检查人员：{inspectors}。", "Code of the visit: {visit}. Inspectors: {inspectors}."),
        ("一并检查的部门：{together}", "Departments that come together: {together}"),
        (
            "检查人员不少于两人，应当出示执法证件和检查码；你单位可以核对检查码，认为检查人员应当回避的，可以提出。",
            "No fewer than two inspectors come, and show their warrants and the code of the visit, which you may check. You may ask "
            "that an inspector with an interest in the matter stays away.",
        ),
        ("{office}", "{office}"),
    ),
    "downgraded": (
        ("{before}至{after}，等级下降的企业{count}户。{articles}", "From {before} to {after} the grade of {count} enterprises fell. {articles}"),
        FALLEN,
    ),
    "results": (
        ("{office}{period}的检查（计划{plan}），共{count}次。", "Inspections of {office} in {period} (plan {plan}): {count} visits."),
        OUTCOMES,
        GROUPS,
        (
            "随机抽取的各户概率不同，上表的发现率不代表全部企业。抽取记录的校验值：{draw}",
            "Those drawn had unequal chances: the shares above are not those of all enterprises. Digest of the draw: {draw}",
        ),
    ),
}  # fmt: skip
"""Document → its parts, in order."""


def docx(parts: tuple[Part, ...], place: int) -> Made:
    """The template for Word, in the language at `place`."""
    made = paper(place == 0)
    made.add_heading("{{ title }}", 1)
    quiet(made.add_paragraph(), "{{ scheme }} · {{ status }}")
    made.add_paragraph("{%p if simulated %}")
    made.add_paragraph().add_run("{{ simulated }}").bold = True
    made.add_paragraph("{%p endif %}")
    for part in parts:
        if isinstance(part, Rows):
            made.add_paragraph(f"{{%p if {part.each} %}}")
            cells = ("\n".join(f"{{{{ one.{fact} }}}}" for fact in facts.split()) for _, facts in part.columns)
            table(made, part.each, cells, (heads[place] for heads, _ in part.columns))
            made.add_paragraph("{%p endif %}")
        elif (only := _only(part[place])) is not None:
            made.add_paragraph(f"{{%p if {only} %}}")
            made.add_paragraph(_tagged(part[place]))
            made.add_paragraph("{%p endif %}")
        else:
            made.add_paragraph(_tagged(part[place]))
    quiet(made.add_paragraph(), "{{ notice }}")
    return made


def _tagged(text: str) -> str:
    return text.replace("{", "{{ ").replace("}", " }}")


def _only(text: str) -> str | None:
    """The fact that a line tells, where it tells nothing else and is left out without it."""
    return (
        text[text.index("{") + 1 : -1]
        if text.endswith("}") and text.count("{") == 1 and len(text) > text.index("{")
        else None
    )


def typst(parts: tuple[Part, ...], name: str) -> str:
    """The template for PDF, in both languages."""
    lines = [
        f"// 由 docs/make_plan_templates.py 写出，单位可以改。 A plan's {name}, written by docs/make_plan_templates.py; an office edits it.",
        '#import "frame.typ": *',
        "#show: framed.with(title: facts.title, head: [#facts.title #h(1fr) #facts.office], foot: facts.printed,",
        '  watermark: if facts.watermark != "" { facts.watermark } else { none })',
        "#heading(level: 1, facts.title)",
        "#text(size: 8.5pt, fill: grey, facts.scheme + \" · \" + facts.status)",
        '#if facts.simulated != "" { block(fill: rgb("#fff4dc"), inset: 6pt, width: 100%, strong(facts.simulated)) }',
    ]  # fmt: skip
    for part in parts:
        if isinstance(part, Rows):
            heads = ", ".join(f'strong(say("{zh}", "{en}"))' for (zh, en), _ in part.columns)
            cells = ", ".join(_cell(facts) for _, facts in part.columns)
            lines += [
                f"#if facts.{part.each}.len() > 0 {{ text(size: 8.5pt, table(columns: ({part.widths}), table.header({heads}),",
                f"  ..facts.{part.each}.map(one => ({cells})).flatten())) }}",
            ]
        else:
            said = f"#say({', '.join(_joined(text) for text in part)})"
            only = _only(part[0])
            lines.append(said if only is None else f'#if facts.{only} != "" {{ {said[1:]} }}')
            lines.append("")
    lines.append("#text(size: 8.5pt, fill: grey, facts.notice)")
    return "\n".join((*lines, ""))


def _cell(facts: str) -> str:
    """The facts of a column, each in a line of its own."""
    return "[" + " \\ ".join(f"#one.{fact}" for fact in facts.split()) + "]"


def _joined(text: str) -> str:
    """A text as an expression of Typst: its pieces and the facts between them."""
    pieces = []
    for place, piece in enumerate(text.replace("}", "{").split("{")):
        if piece:
            pieces.append(f"facts.{piece}" if place % 2 else f'"{piece}"')
    return " + ".join(pieces)


def main() -> None:
    """Write them."""
    sys.path.insert(0, str(FOLDER.parent / "src"))
    from riskml.publication.documents import timeless

    for name, parts in DOCUMENTS.items():
        (FOLDER / f"plan_{name}.typ").write_text(typst(parts, name), encoding="utf-8")
        for place, language in enumerate(("zh", "en")):
            path = FOLDER / f"plan_{name}.{language}.docx"
            docx(parts, place).save(str(path))
            path.write_bytes(timeless(path.read_bytes()))


if __name__ == "__main__":
    main()
