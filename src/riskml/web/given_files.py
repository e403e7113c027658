"""Documents that are given to be kept: what kind of file each is, and what it is called."""

from __future__ import annotations

from riskml.services.dossier import DocumentForm

MEDIA_TYPES: dict[DocumentForm, str] = {
    DocumentForm.docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentForm.pdf: "application/pdf",
}


def attached(name: str) -> dict[str, str]:
    """The header by which a browser keeps an answer as a file; `name` is of the program's own letters and digits."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
