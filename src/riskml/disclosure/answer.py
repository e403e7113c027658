"""What a posted code leads to: live, what the scheme lists and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.core.workspace import Workspace
from riskml.database.database import Database
from riskml.disclosure.codes import number_of
from riskml.disclosure.posters import Poster, poster_of
from riskml.publication.public_view import public_view_of
from riskml.records.store import open_store
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme_entries import PublicField


@dataclass(frozen=True)
class PublicAnswer:
    """What anyone who holds a code sees.

    Parameters
    ----------
    shown
        As `riskml.publication.public_view.public_view` has it.
    changed
        Whether the grade is another one than when the code was issued; which one it was is not told (ours).
    grades
        Those that there are, from the best to the worst.
    """

    shown: dict[PublicField, Any]
    changed: bool
    grades: tuple[str, ...]
    simulated: bool


def poster_meant(database: Database, code: str) -> Poster | None:
    """The poster of a code; None where it is none of ours, or has ended."""
    number = number_of(code)
    found = None if number is None else poster_of(database, number)
    return None if found is None or found.ended else found


def public_answer(workspace: Workspace, poster: Poster, on: date) -> PublicAnswer | None:
    """What a poster's code leads to on a day; None where that is nothing, and who asks is not told why."""
    shown = public_view_of(workspace, poster.scheme, poster.given.enterprise, on)
    if shown is None:
        return None
    grades = tuple(load_policy(workspace, poster.scheme).scheme.grade_names)
    changed = shown.get("grade") != poster.given.grade
    return PublicAnswer(shown, changed, grades, open_store(workspace.records).simulated)
