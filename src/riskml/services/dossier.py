"""The dossier of one enterprise: what its pages tell, as a document that says throughout who was given it and when."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from riskml.audit.entries import Event
from riskml.casework.shown import Shown
from riskml.casework.store import Wanted
from riskml.core.china_day import CHINA, china_now
from riskml.core.language import language, say
from riskml.core.principal import Principal, account
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import NOTHING, version_of
from riskml.explaining.dossier import dossier_facts
from riskml.explaining.persons_masked import without_persons
from riskml.publication.documents import document_template, docx, pdf
from riskml.records.enterprise_ids import enterprise_meant
from riskml.services.asking import asked_by
from riskml.services.casework import list_cases
from riskml.services.explaining import explain_grade
from riskml.services.one_enterprise import grades_of
from riskml.services.way_back import find_way_back
from riskml.services.what_if import look_ahead


class DocumentForm(StrEnum):
    """A kind of document; its value is how the file's name ends."""

    docx = "docx"
    pdf = "pdf"


def dossier(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    enterprise: str,
    as_of: date | None,
    form: DocumentForm,
    *,
    persons: bool,
) -> bytes:
    """The dossier of an enterprise; errors as `explain_grade` and `riskml.publication.documents.pdf`.

    What it is made of is asked for by the services that the pages ask, so that each reading is noted and counted as
    such; that it left as a document is an export.

    Parameters
    ----------
    as_of
        That of the newest published run where None.
    persons
        Whether names of natural persons in its records are shown whole, and reasons of steps of cases, in which anybody
        may be named, at all.
    """
    code, made_at = enterprise_meant(enterprise), china_now().replace(microsecond=0)
    found = explain_grade(workspace, asker, scheme, code, as_of)
    future = look_ahead(workspace, asker, scheme, code, as_of, lambda *_: None)
    back = find_way_back(workspace, asker, scheme, code, as_of, lambda *_: None)
    facts = dossier_facts(found if persons else without_persons(found), future, back)
    facts["grades"] = [
        {"scheme": one.label.said, "grade": one.grade, "as_of": one.as_of.isoformat()}
        for one in grades_of(workspace, asker, code)
    ]
    facts["cases"] = [_case(one, persons=persons) for one in _cases(workspace, asker, code)]
    with asked_by(asker, workspace, Event("export", "dossier", code, scheme, facts={"form": form.value})):
        who, moment = account(), made_at.strftime("%Y-%m-%d %H:%M")
        facts["watermark"] = f"{who} {moment}"
        facts["printed"] = say(f"{who} 于 {moment} 导出；内部使用。", f"Given to {who}, {moment}; internal.")
        if form is DocumentForm.pdf:
            return pdf(document_template(workspace, "dossier.typ"), facts, made_at)
        return docx(document_template(workspace, f"dossier.{language().value}.docx"), facts, made_at)


def _cases(workspace: Workspace, asker: Principal, code: str) -> tuple[Shown, ...]:
    """The enterprise's cases, closed ones too; none where the workspace has no database yet."""
    if version_of(database_of(workspace)).present == NOTHING:
        return ()
    return list_cases(workspace, asker, Wanted(enterprise=code, with_closed=True))


def _case(shown: Shown, *, persons: bool) -> dict[str, Any]:
    case = shown.case
    return {
        "title": f"{case.id} · {case.kind.label.said} · {case.kind.states[case.state].label.said}",
        "steps": [
            {
                "at": event.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
                "who": event.account,
                "what": shown.action_label(event.action).said,
                "why": event.why if persons else "",
            }
            for event in case.events
        ],
    }
