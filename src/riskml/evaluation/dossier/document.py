"""A dossier as documents: the facts that the templates ``documents/model_dossier.*`` are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.evaluation.dossier.content import Content, shown
from riskml.publication.documents import document_template, docx, pdf


def documents(workspace: Workspace, dossier: Content) -> dict[str, bytes]:
    """Name of the file → its bytes, in the language that the dossier was built in; the same for the same dossier."""
    made_at = datetime.fromisoformat(dossier["made_at"])
    language = Language(dossier["language"])
    with speaking(language):
        facts = facts_of(dossier)
        return {
            "dossier.docx": docx(document_template(workspace, f"model_dossier.{language.value}.docx"), facts, made_at),
            "dossier.pdf": pdf(document_template(workspace, "model_dossier.typ"), facts, made_at),
        }


def facts_of(dossier: Content) -> dict[str, Any]:
    """Everything that is printed, as texts in the language that is spoken."""
    spoken = dossier["language"]

    def said(label: Mapping[str, str]) -> str:
        return label[spoken]

    titles = {one["id"]: said(one["title"]) for one in dossier["sections"]}
    return {
        "scheme": said(dossier["scheme"]),
        "bundle": dossier["bundle"][:16],
        "made_at": dossier["made_at"][:16].replace("T", " "),
        "simulated": dossier["simulated"],
        "sections": [
            {
                "title": said(one["title"]),
                "text": [said(text) for text in one["text"]],
                "figures": [
                    {"label": said(figure["label"]), "id": f"{one['id']}.{figure['id']}",
                     "shown": shown(figure["form"], figure["rows"][0]) if figure["rows"] else "–"}
                    for figure in one["figures"]
                ],
                "tables": [
                    {
                        "label": said(table["label"]),
                        "id": f"{one['id']}.{table['id']}",
                        "heads": [said(head) for head in table["heads"]],
                        "rows": [
                            [shown(form, [value]) for form, value in zip(table["forms"], row, strict=True)]
                            for row in table["rows"]
                        ]
                        or [["–"] * len(table["heads"])],
                    }
                    for table in one["tables"]
                ],
            }
            for one in dossier["sections"]
        ],
        "blocking": [_finding(one, spoken) for one in dossier["findings"] if one["open"] and one["blocks"]],
        "notes": [_finding(one, spoken) for one in dossier["findings"] if one["open"] and not one["blocks"]],
        "closed": [said(one["text"]) for one in dossier["findings"] if not one["open"]],
        "frameworks": [
            {
                "name": said(one["name"]),
                "basis": said(one["basis"]),
                "clauses": [
                    {"clause": said(clause["clause"]), "asks": said(clause["asks"]),
                     "sections": [titles[name] for name in clause["sections"]]}
                    for clause in one["clauses"]
                ],
            }
            for one in dossier["frameworks"]
        ],
    }  # fmt: skip


def _finding(one: Content, spoken: str) -> dict[str, str]:
    return {"text": one["text"][spoken], "cure": one["cure"][spoken], "id": one["id"]}
