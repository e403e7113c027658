"""Write the shipped templates of docx: ``python docs/make_templates.py`` writes ``documents/*.docx``.

An office edits its copies in Word. Here they are written once, so that both languages have the same parts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from docx import Document
from docx.document import Document as Made
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

FOLDER = Path(__file__).parents[1] / "documents"
GREY = RGBColor(0x5B, 0x68, 0x73)
WATERMARK = """
<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><w:r><w:pict>
<v:shape id="who-and-when" type="#_x0000_t136" fillcolor="#dddddd" stroked="f"
 style="position:absolute;margin-left:0;margin-top:0;width:470pt;height:44pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;mso-position-vertical-relative:margin">
<v:textpath style="font-family:&quot;SimSun&quot;" string={text}/></v:shape></w:pict></w:r></w:p>"""


def paper(zh: bool) -> Made:
    """An A4 page with the house's fonts, a watermark, and a foot that says who was given it."""
    made = Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name in ("Normal", "Heading 1", "Heading 2", "Heading 3"):
        style = made.styles[name]
        style.font.name = "SimSun" if zh else "Calibri"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "SimSun")
        style.font.color.rgb = RGBColor(0x1C, 0x24, 0x2C)
    made.styles["Normal"].font.size = Pt(10)
    made.styles["Normal"].paragraph_format.space_after = Pt(3)
    section.header._element.append(parse_xml(WATERMARK.format(text=quoteattr("{{ watermark }}"))))
    quiet(section.footer.paragraphs[0], "{{ printed }}")
    properties = made.core_properties
    properties.author = "riskml"
    properties.created = properties.modified = datetime(2026, 1, 1)
    properties.title = "{{ title }}"
    return made


def quiet(paragraph, text: str) -> None:
    """A small grey text."""
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(8.5), GREY


def table(made: Made, each: str, cells: Iterable[str], heads: Iterable[str] = ()) -> None:
    """A table with a row for each of some facts: docxtpl repeats what lies between the rows with its tags."""
    cells, heads = list(cells), list(heads)
    lines = [*([heads] if heads else []), [f"{{%tr for one in {each} %}}"], cells, ["{%tr endfor %}"]]
    found = made.add_table(rows=len(lines), cols=len(cells), style="Table Grid")
    for row, texts in zip(found.rows, lines, strict=True):
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text
            for run in cell.paragraphs[0].runs:
                run.font.size, run.bold = Pt(9), texts is heads
    made.add_paragraph()


def dossier(say: Callable[[str, str], str], zh: bool) -> Made:
    """The dossier of one enterprise."""
    made = paper(zh)
    quiet(made.add_paragraph(), "{{ title }} · {{ scheme }}")
    made.add_heading("{{ name }}", 1)
    badge = made.add_paragraph()
    badge.add_run("{{ grade }}").font.size = Pt(26)
    badge.add_run("  {{ grade_name }}{% for one in figures %}    {{ one.label }} {{ one.value }}{% endfor %}")
    table(made, "registered", ("{{ one.label }}", "{{ one.value }}"))
    made.add_paragraph("{%p if simulated %}")
    made.add_paragraph().add_run("{{ simulated }}").bold = True
    made.add_paragraph("{%p endif %}")
    paragraphs(made, "standing", "{{ one }}")
    for name in ("notice", "scheme_note", "scheme_status"):
        quiet(made.add_paragraph(), f"{{{{ {name} }}}}")

    made.add_heading(say("等级如何确定", "What set the grade"), 2)
    made.add_paragraph().add_run("{{ verdict }}").bold = True
    paragraphs(made, "rules", "{{ one.title }}", "{{ one.text }}", "{{ one.reading }}", "{{ one.state }}",
               "{{ one.evidence }}")  # fmt: skip
    made.add_paragraph("{%p if not rules %}")
    quiet(made.add_paragraph(), "{{ no_rules }}")
    made.add_paragraph("{%p endif %}")

    made.add_heading(say("记录，以及它们各自影响什么", "Records, and what each of them bears on"), 2)
    table(made, "records", ("{{ one.date }}", "{{ one.table }} {{ one.id }}\n{{ one.facts }}", "{{ one.feeds }}",
                            "{{ one.leaves }}"),
          (say("日期", "Date"), say("记录", "Record"), say("影响", "Bears on"),
           say("不再计入", "Stops counting")))  # fmt: skip
    made.add_heading(say("本企业、他人与无从知道", "Own conduct, others' conduct, and what is not known"), 2)
    table(made, "conduct.parts", ("{{ one.label }}", "{{ one.points }}"))
    made.add_paragraph().add_run("{{ conduct.own_grade }}").bold = True
    quiet(made.add_paragraph(), "{{ conduct.hint }}")
    made.add_heading(say("未作为依据的信息", "What was not used"), 2)
    table(made, "not_used", ("{{ one.date }}", "{{ one.table }}", "{{ one.id }}", "{{ one.why }}", "{{ one.since }}"),
          (say("日期", "Date"), say("种类", "Kind"), say("记录", "Record"), say("原因", "Why"),
           say("生效", "Effective")))  # fmt: skip
    made.add_heading(say("为什么是这个分数", "Reasons"), 2)
    for name, heading in (
        ("raised", say("加重的", "What made it riskier, or counted")),
        ("lowered", say("相反方向的", "What went the other way")),
    ):
        made.add_heading(heading, 3)
        table(made, name, ("{{ one.points }}", "[{{ one.about }}] {{ one.sentence }}"))
    paragraphs(made, "together", "{{ one }}")
    made.add_heading(say("监管措施", "Measures"), 2)
    paragraphs(made, "measures", "{{ one }}")
    made.add_heading(say("今后三年", "The next three years"), 2)
    quiet(made.add_paragraph(), "{{ future.supposing }}")
    made.add_paragraph("{{ future.gone }} {{ future.stays }}")
    table(made, "future.changes", ("{{ one.day }}", "{{ one.grade }}", "{{ one.score }}"),
          (say("月末", "Month-end"), say("等级", "Grade"), say("分", "Score")))  # fmt: skip
    made.add_heading(say("改善的途径", "The way back"), 2)
    quiet(made.add_paragraph(), "{{ supposed }}")
    made.add_paragraph("{%p for one in way_back %}")
    made.add_heading("{{ one.title }}", 3)
    made.add_paragraph().add_run("{{ one.verdict }}").bold = True
    made.add_paragraph("{%p for line in one.lines %}")
    made.add_paragraph("{{ line }}")
    made.add_paragraph("{%p endfor %}")
    made.add_paragraph("{%p endfor %}")
    made.add_heading(say("各办法下的等级", "Grades under every scheme that covers it"), 2)
    table(made, "grades", ("{{ one.scheme }}", "{{ one.grade }}", "{{ one.as_of }}"),
          (say("办法", "Scheme"), say("等级", "Grade"), say("基准日", "As of")))  # fmt: skip
    made.add_heading(say("案件和决定", "Cases and decisions"), 2)
    made.add_paragraph("{%p for case in cases %}")
    made.add_heading("{{ case.title }}", 3)
    table(made, "case.steps", ("{{ one.at }}", "{{ one.who }}", "{{ one.what }} {{ one.why }}"))
    made.add_paragraph("{%p endfor %}")
    made.add_paragraph("{%p if not cases %}")
    quiet(made.add_paragraph(), say("没有。", "None."))
    made.add_paragraph("{%p endif %}")
    paragraphs(made, "origin", "{{ one.label }} {{ one.value }}")
    made.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT
    return made


def paragraphs(made: Made, each: str, *texts: str) -> None:
    """Paragraphs for each of some facts; of several the first is bold, and those without a text are left out."""
    made.add_paragraph(f"{{%p for one in {each} %}}")
    for place, text in enumerate(texts):
        if place:
            made.add_paragraph(f"{{%p if {text.strip('{} ')} %}}")
        made.add_paragraph().add_run(text).bold = len(texts) > 1 and place == 0
        if place:
            made.add_paragraph("{%p endif %}")
    made.add_paragraph("{%p endfor %}")


def main() -> None:
    """Write them."""
    sys.path.insert(0, str(FOLDER.parent / "src"))
    from riskml.publication.documents import timeless

    for language in ("zh", "en"):
        zh = language == "zh"
        path = FOLDER / f"dossier.{language}.docx"
        dossier(lambda chinese, english, zh=zh: chinese if zh else english, zh).save(str(path))
        path.write_bytes(timeless(path.read_bytes()))


if __name__ == "__main__":
    main()
