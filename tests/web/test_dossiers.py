"""The dossier of one enterprise: the same facts as its pages, with who was given it and when, and an entry of it."""

from __future__ import annotations

import io
import json
import re
from types import SimpleNamespace

import docx
import pytest
from desks import FALLEN, Served
from one_language import foreign

from riskml.audit.logs import READS
from riskml.casework.kinds import kind_named
from riskml.cli import explaining
from riskml.cli.options import ExplainedForm
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, Language
from riskml.services import dossier


def told(document: docx.document.Document) -> str:
    """All that a docx says, paragraphs and tables alike."""
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def of(client, spoken: str, form: str = "docx") -> bytes:
    answer = client.get(f"/enterprises/{FALLEN}/dossier.{form}", headers={"Accept-Language": spoken})
    assert answer.status_code == 200, answer.text
    assert re.search(rf'attachment; filename="yunnan-{FALLEN}\.{form}"', answer.headers["content-disposition"])
    return answer.content


def test_a_docx_has_what_the_page_tells_in_one_language(clients):
    client = clients("inspector")
    for spoken in Language:
        document = docx.Document(io.BytesIO(of(client, spoken.value)))
        text = told(document)
        assert FALLEN in text
        assert "L-12" in text  # the record that decides
        assert "{{" not in text
        names = [
            *re.findall("云南[\u4e00-\u9fff0-9]*|《[^》]*》", text),
            "官渡区",
            "国市监信发〔",
            "〕",
            "号",
        ]
        assert foreign(text, spoken, names) == []
        foot, head = document.sections[0].footer, document.sections[0].header
        assert "inspector" in foot.paragraphs[0].text
        assert re.search(r'string="inspector \d{4}-\d\d-\d\d \d\d:\d\d"', head._element.xml)


def test_reasons_of_cases_are_for_roles_that_see_names(clients, monkeypatch: pytest.MonkeyPatch):
    step = SimpleNamespace(at=china_now(), account="li", action="open", why="as Wang Xiaoming said")
    kind = kind_named("visit")
    case = SimpleNamespace(id=7, kind=kind, state=next(iter(kind.states)), events=[step])
    shown = SimpleNamespace(case=case, action_label=lambda _: Label("立案", "opened"))
    monkeypatch.setattr(dossier, "_cases", lambda *_: (shown,))
    for name, told_why in (("inspector", False), ("approver", True)):
        text = told(docx.Document(io.BytesIO(of(clients(name), "en"))))
        assert "opened" in text
        assert ("Wang Xiaoming" in text) is told_why


def test_a_pdf_is_made_and_both_are_noted_as_exports(clients, served: Served):
    lines = served.workspace.data / READS
    before = len(lines.read_text(encoding="utf-8").splitlines())
    assert of(clients("approver"), "en", "pdf").startswith(b"%PDF-")
    entries = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()[before:]]
    exports = [one for one in entries if one["kind"] == "export" and one["account"] == "approver"]
    assert [(one["content"]["what"], one["content"]["enterprise"], one["content"]["form"]) for one in exports] == [
        ("dossier", FALLEN, "pdf")
    ]


@pytest.mark.parametrize("name", ["auditor", "department", "other"])
def test_who_may_not_export_is_given_no_dossier(clients, name):
    assert clients(name).get(f"/enterprises/{FALLEN}/dossier.pdf").status_code == 403


def test_there_is_no_other_form(clients):
    assert clients("inspector").get(f"/enterprises/{FALLEN}/dossier.exe").status_code == 422


def test_a_document_at_the_command_line_needs_a_file(monkeypatch):
    monkeypatch.setattr(explaining, "workspace_of", lambda _: None)
    with pytest.raises(ConfigurationError, match="--format pdf needs --to FILE"):
        explaining.explain(SimpleNamespace(), FALLEN, form=ExplainedForm.pdf)
