"""Documents: facts are data in every template, and the same facts give the same bytes."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import docx as python_docx
import pytest

from riskml.core.errors import ConfigurationError
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.publication.documents import document_template, docx, pdf

MADE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
HOSTILE = '昆明{{ 7*7 }}{% for %} #panic("read as code") *a* <w:b/> & "q" \x01\\ @x $y$'
TEXT = """#import "frame.typ": *
#show: framed.with(title: facts.name, watermark: facts.name)
#for one in facts.rows [+ #one.name]
"""


@pytest.fixture
def word(tmp_path: Path) -> Path:
    """A docx template with a value, a loop over rows of a table, and a foot."""
    made = python_docx.Document()
    made.add_paragraph("名称：{{ name }}")
    table = made.add_table(rows=3, cols=1)
    for row, text in zip(table.rows, ("{%tr for one in rows %}", "{{ one.name }}", "{%tr endfor %}"), strict=True):
        row.cells[0].text = text
    made.sections[0].footer.paragraphs[0].text = "{{ name }}"
    made.save(str(tmp_path / "letter.docx"))
    return tmp_path / "letter.docx"


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A template of Typst beside the shipped frame."""
    shipped = document_template(Workspace(tmp_path / "older"), "frame.typ")
    (tmp_path / "frame.typ").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "letter.typ").write_text(TEXT, encoding="utf-8")
    return tmp_path / "letter.typ"


FACTS = {"name": HOSTILE, "rows": [{"name": HOSTILE}, {"name": "二"}]}


def test_what_records_say_is_text_in_a_docx(word: Path) -> None:
    made = python_docx.Document(BytesIO(docx(word, FACTS, MADE)))
    told = HOSTILE.replace("\x01", "")
    assert made.paragraphs[0].text == f"名称：{told}"
    assert [row.cells[0].text for row in made.tables[0].rows] == [told, "二"]
    assert made.sections[0].footer.paragraphs[0].text == told
    assert made.core_properties.created == MADE.replace(tzinfo=made.core_properties.created.tzinfo)


def test_what_records_say_is_text_in_a_pdf(typed: Path) -> None:
    assert pdf(typed, FACTS, MADE).startswith(b"%PDF-")
    typed.write_text(TEXT.replace("#one.name", '#eval(one.name, mode: "markup")'), encoding="utf-8")
    with pytest.raises(ConfigurationError):  # as code it cannot be read
        pdf(typed, FACTS, MADE)


def test_the_same_facts_and_time_give_the_same_bytes(word: Path, typed: Path) -> None:
    assert docx(word, FACTS, MADE) == docx(word, FACTS, MADE)
    assert pdf(typed, FACTS, MADE) == pdf(typed, FACTS, MADE)
    later = MADE.replace(year=2027)
    assert docx(word, FACTS, MADE) != docx(word, FACTS, later)
    assert pdf(typed, FACTS, MADE) != pdf(typed, FACTS, later)
    with zipfile.ZipFile(BytesIO(docx(word, FACTS, MADE))) as files:
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_language_that_is_spoken_reaches_the_template(typed: Path) -> None:
    typed.write_text(TEXT + '#assert(say("中", "en") == facts.want)', encoding="utf-8")
    for spoken, want in ((Language.zh, "中"), (Language.en, "en")):
        with speaking(spoken):
            pdf(typed, {**FACTS, "want": want}, MADE)


def test_a_template_that_names_what_is_not_there_is_refused_by_name(word: Path, typed: Path) -> None:
    with speaking(Language.en):
        with pytest.raises(ConfigurationError, match=r"letter\.docx cannot be used.*rows"):
            docx(word, {"name": "x"}, MADE)
        with pytest.raises(ConfigurationError, match=r"letter\.typ cannot be used.*rows.*letter\.typ:3"):
            pdf(typed, {"name": "x"}, MADE)
        (word.parent / "broken.docx").write_text("no zip", encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"broken\.docx is no docx file"):
            docx(word.parent / "broken.docx", FACTS, MADE)
        with pytest.raises(ConfigurationError, match=r"There is no template .*nothing\.typ"):
            document_template(Workspace(word.parent), "nothing.typ")


@pytest.mark.parametrize(
    "wrong", ["{{ name / 2 }}", "{{ 1 // 0 }}", "{{ '%(a)s' % {} }}", "{{ 'x' * none }}", "{{ name.index('~~') }}"]
)
def test_an_expression_that_cannot_be_computed_is_told_as_the_template_s(word: Path, wrong: str) -> None:
    made = python_docx.Document()
    made.add_paragraph(wrong)
    made.save(str(word))
    with speaking(Language.en), pytest.raises(ConfigurationError, match=r"letter\.docx cannot be used: ."):
        docx(word, FACTS, MADE)


def test_a_template_runs_no_code_of_python_and_reads_no_file_but_those_beside_it(word: Path, typed: Path) -> None:
    made = python_docx.Document()
    made.add_paragraph("{{ name.__class__.__mro__ }}")
    made.save(str(word))
    with pytest.raises(ConfigurationError, match="__class__"):
        docx(word, FACTS, MADE)
    typed.write_text('#read("/../../../../../etc/hostname")', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="root"):
        pdf(typed, FACTS, MADE)


def test_the_workspace_s_own_template_goes_before_the_shipped_one(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    shipped = document_template(workspace, "frame.typ")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "frame.typ").write_text("own", encoding="utf-8")
    assert document_template(workspace, "frame.typ") == tmp_path / "documents" / "frame.typ" != shipped
