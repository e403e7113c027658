"""Documents: facts put into the templates of an office, as docx that is edited further and as PDF.

Templates are in the workspace's `documents/`, where the office edits them: those of docx in Word, with Jinja's tags as
`docxtpl` reads them; those of PDF as text, in Typst's language (`frame.typ` has what they have in common). Facts are
data in both: nothing in a record's text is ever read as a tag or as code. The same facts and the same time give the
same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import typst
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import shipped_files
from riskml.core.language import language
from riskml.core.workspace import Workspace
from riskml.explaining.fonts import FONTS

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_LINE = re.compile(r"[^/\s]+\.typ:\d+")
"""Where in a template something is wrong, as Typst tells it."""

_OF_EXPRESSIONS = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, SyntaxError)
"""What comes of an expression of a template that can be read and not computed: a text divided, a test of nothing; and
of XML that it leaves unreadable, which lxml tells as a SyntaxError.
"""

_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file within a docx: the first that a zip knows."""


def document_template(workspace: Workspace, name: str) -> Path:
    """The workspace's template; the shipped one where the workspace is older than the templates.

    Raises
    ------
    ConfigurationError
        Where there is none of that name.
    """
    found = next(
        (path for path in (workspace.documents / name, shipped_files() / "documents" / name) if path.is_file()), None
    )
    if found is None:
        raise ConfigurationError(
            zh=f"没有文件模板 {workspace.documents / name}。", en=f"There is no template {workspace.documents / name}."
        )
    return found


def docx(template: Path, facts: Mapping[str, Any], made_at: datetime) -> bytes:
    """A document for Word.

    Parameters
    ----------
    facts
        What the template names, of texts, numbers, lists and mappings; `lang` is there by itself. A name that is not
        there is an error.
    made_at
        When it is made, as the file's properties tell it.

    Raises
    ------
    ConfigurationError
        Where the template is no docx, or something in it cannot be read or is not among the facts.
    """
    document = DocxTemplate(template)
    try:
        document.init_docx()
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise ConfigurationError(zh=f"模板 {template} 不是 docx 文件。", en=f"{template} is no docx file.") from error
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        document.render({"lang": language().value, **_printable(dict(facts))}, environment, autoescape=True)
    except (TemplateError, *_OF_EXPRESSIONS) as error:
        raise _refused(template, str(error) or type(error).__name__) from error
    properties = document.docx.core_properties
    properties.created = properties.modified = made_at.replace(tzinfo=None)
    properties.revision = 1
    written = BytesIO()
    document.save(written)
    return timeless(written.getvalue())


def pdf(template: Path, facts: Mapping[str, Any], made_at: datetime) -> bytes:
    """A PDF; parameters and errors as `docx`, and a RunError where this machine has no font with Chinese characters.

    Files beside the template can be read by it (a seal, a letterhead), others cannot.
    """
    given = {"lang": language().value, **facts}
    try:
        made = typst.compile(
            template,
            root=template.parent,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"facts": json.dumps(given, ensure_ascii=False), "fonts": json.dumps(_families())},
            timestamp=made_at,
        )
    except typst.TypstError as error:
        where = _LINE.search(error.diagnostic)
        raise _refused(template, error.message + (f" ({where[0]})" if where else "")) from error
    assert isinstance(made, bytes)
    return made


def _refused(template: Path, told: str) -> ConfigurationError:
    return ConfigurationError(
        zh=f"模板 {template} 无法使用：{told}。请改正，或从安装包的 documents/ 重新复制。",
        en=f"The template {template} cannot be used: {told}. Mend it, or copy the shipped one of documents/ again.",
    )


@cache
def _fonts() -> typst.Fonts:
    """The fonts of this machine, looked up once."""
    return typst.Fonts()


@cache
def _families() -> tuple[str, ...]:
    """The fonts that charts and pages are drawn with, of those this machine has."""
    there = set(_fonts().families())
    found = tuple(name for name in FONTS.split(", ") if name in there)
    if not found:
        raise RunError(
            zh=f"这台机器没有中文字体，不能生成 PDF；请安装其中之一：{FONTS}（例如 apt-get install fonts-noto-cjk）。",
            en="This machine has no font with Chinese characters, so that no PDF can be made; install one of these: "
            f"{FONTS} (for example apt-get install fonts-noto-cjk).",
        )
    return found


def _printable(value: Any) -> Any:
    """The same facts without characters that no XML may hold."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub("", value)
    if isinstance(value, Mapping):
        return {name: _printable(one) for name, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list | tuple) else value


def timeless(written: bytes) -> bytes:
    """A zip with the same files, all of one time."""
    again = BytesIO()
    with ZipFile(BytesIO(written)) as source, ZipFile(again, "w") as target:
        for name in source.namelist():
            entry = ZipInfo(name, _OLDEST)
            entry.compress_type = ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return again.getvalue()
