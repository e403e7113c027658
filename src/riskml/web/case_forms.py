"""Forms of cases: what a step needs to be told as fields, and what somebody filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from riskml.casework.attachments import MOST_BYTES, MOST_FILES, Given
from riskml.casework.kinds import FieldType, Needed
from riskml.core.china_day import china_today
from riskml.schemes.decisions import LABELS
from riskml.web.asking import compare_form, desk_of, person, signed_in
from riskml.web.desk import Asker

_GIVEN, _LINES, _MOST_FIELDS = "given.", ("texts",), 40
"""What the names of a step's fields begin with; the types that take a line each; fields of a form at most."""

_LONG = ("about", "answer", "correction", "feedback", "finding", "outcome", "result", "task")
"""Fields that take more than a few words."""


@dataclass(frozen=True)
class FormField:
    """A field of a form.

    Parameters
    ----------
    choices
        What it may be, with how it is called; anything where there are none.
    latest
        The last day that a date may be, in words that browsers read.
    """

    name: str
    label: str
    type: FieldType
    required: bool
    long: bool
    value: str
    choices: tuple[tuple[str, str], ...]
    latest: str


@dataclass(frozen=True)
class Filled:
    """What somebody filled in."""

    asker: Asker
    texts: Mapping[str, str]
    files: tuple[Given, ...] = field(repr=False)

    def text(self, name: str) -> str:
        """A field of the page's own; "" where it is not there."""
        return self.texts.get(name, "").strip()

    def given(self, needs: Mapping[str, Needed]) -> dict[str, list[str]]:
        """What the step needs to be told: of several texts each line is one."""
        found = {name.removeprefix(_GIVEN): text for name, text in self.texts.items() if name.startswith(_GIVEN)}
        return {
            name: text.splitlines() if name in needs and needs[name].type in _LINES else [text]
            for name, text in found.items()
        }


def fields_of(needs: Mapping[str, Needed], answers: Sequence[str], filled: Mapping[str, str]) -> tuple[FormField, ...]:
    """What a step needs to be told, as fields.

    Parameters
    ----------
    answers
        What a field may be that takes a grade.
    filled
        Field → what was filled in before.
    """
    called = tuple((one, LABELS[one].said if one in LABELS else one) for one in answers)
    return tuple(
        FormField(
            name=f"{_GIVEN}{name}",
            label=needed.label.said,
            type=needed.type,
            required=needed.required,
            long=needed.type in _LINES or name in _LONG,
            value=filled.get(f"{_GIVEN}{name}", ""),
            choices=called if needed.type == "grade" else (),
            latest=china_today().isoformat() if needed.type == "date" else "",
        )
        for name, needed in needs.items()
    )


async def filled_form(request: Request) -> Filled:
    """What a form of this session sends; nothing of it is read before it is known who sends it.

    Raises
    ------
    RefusedError
        Where the form is not one that this session was given.
    """
    asker = await run_in_threadpool(lambda: person(desk_of(request), signed_in(request)))
    form = await request.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=64 * 1024)
    texts, files = dict[str, str](), list[Given]()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files.append(Given(value.filename, await value.read(MOST_BYTES + 1)))
        else:
            texts[name] = value
    compare_form(asker, texts.get("form_token", ""))
    return Filled(asker, texts, tuple(files))


FilledForm = Annotated[Filled, Depends(filled_form)]
"""A form that somebody who is signed in sent, and that this session was given."""
