"""Pages: one HTML file each, without scripts, whole in the language that is spoken."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from riskml.core.language import Language, counted, language, say

_SHARED = Path(__file__).parent / "templates"


def rendered(template: Path, **content: Any) -> str:
    """A page made of a template and its content.

    Templates have ``say(zh, en)``, ``counted`` for English plurals, and ``zh`` where a sentence is built differently;
    labels have ``said``. A template that includes ``page.css.j2``, the look that pages share, needs
    ``fonts`` in `content`.
    """
    return _templates(template.parent, language()).get_template(template.name).render(**content)


@cache
def _templates(folder: Path, spoken: Language) -> jinja2.Environment:
    """The templates of a folder, each compiled when it is first used."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, counted=counted, zh=spoken is Language.zh)
    return environment
