"""Asking why a date that was published before is scored again, where somebody is there to answer."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date

import typer

from riskml.cli.options import me
from riskml.core.language import say
from riskml.core.workspace import Workspace


def revision_reason_asked(workspace: Workspace, schemes: Iterable[str], as_of: date, given: str | None) -> str | None:
    """The reason that was given, or the answer at the terminal where it is a revision and none was; the service refuses
    one without.
    """
    from riskml.services.scoring import revised_by

    if given is not None or not sys.stdin.isatty():
        return given
    revised = [scheme for scheme in schemes if revised_by(workspace, me(), scheme, as_of)]
    if not revised:
        return None
    named = ", ".join(f"{scheme}/{as_of}" for scheme in revised)
    answer: str = typer.prompt(
        say(f"{named} 已发布，这是更正。理由", f"{named} was published before, and this is a revision. Why")
    )
    return answer
