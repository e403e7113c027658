"""The kinds of documents of a plan."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """A kind of document; its template is ``documents/plan_<kind>``."""

    announcement = "announcement"
    tasks = "tasks"
    notice = "notice"
    downgraded = "downgraded"
    results = "results"
