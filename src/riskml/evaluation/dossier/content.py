"""The content of a dossier: its queries, asked of its inputs, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from riskml.core.language import Label, say
from riskml.evaluation.challengers import RIVALS
from riskml.evaluation.dossier.inputs import Asked, Inputs
from riskml.evaluation.dossier.spec import DossierSpec, FigureSpec, FindingSpec, Form, SectionSpec, TableSpec
from riskml.evaluation.groups import ATTRIBUTES, RATES
from riskml.records.tables import DIMENSIONS
from riskml.training.choice import NAMES

Content = dict[str, Any]

_CODES: dict[str, Label] = {
    "learn": Label("学习期", "learning"),
    "calibrate": Label("校准期", "calibration"),
    "test": Label("检验期", "test"),
    **DIMENSIONS, **NAMES, **RIVALS, **ATTRIBUTES, **RATES,
}  # fmt: skip
"""What the program's codes are called where they are answers."""


def content_of(spec: DossierSpec, inputs: Inputs) -> Content:
    """Ask every query; plain values for JSON.

    A figure or a table keeps its query beside its answer: whoever verifies asks it again.
    """
    asked = Asked(inputs)
    try:
        return {
            "sections": [_section(asked, one) for one in spec.sections],
            "findings": [_finding(asked, one) for one in spec.findings],
            "frameworks": [one.model_dump(mode="json") for one in spec.frameworks],
        }
    finally:
        asked.close()


def answers(content: Content) -> dict[str, tuple[str, Any]]:
    """Id of every figure, table and finding → its query, and what is written as the answer."""
    found: dict[str, tuple[str, Any]] = {}
    for section in content["sections"]:
        for one in (*section["figures"], *section["tables"]):
            found[f"{section['id']}.{one['id']}"] = (one["query"], one["rows"])
    for one in content["findings"]:
        found[f"findings.{one['id']}"] = (one["query"], one["rows"])
    return found


def _section(asked: Asked, spec: SectionSpec) -> Content:
    return {
        "id": spec.id,
        "title": _both(spec.title),
        "text": [_both(one) for one in spec.text],
        "figures": [_answer(asked, one) | {"form": one.form} for one in spec.figures],
        "tables": [
            _answer(asked, one) | {"heads": [_both(head) for head in one.heads], "forms": list(one.forms)}
            for one in spec.tables
        ],
    }


def _answer(asked: Asked, spec: FigureSpec | TableSpec) -> Content:
    return {"id": spec.id, "label": _both(spec.label), "query": spec.query, "rows": asked.rows(spec.query)}


def _finding(asked: Asked, spec: FindingSpec) -> Content:
    rows = asked.rows(spec.query)
    # What cannot be told is open too: nothing shows that it is not so.
    is_open = not rows or rows[0][0] is not False
    return {"id": spec.id, "blocks": spec.blocks, "open": is_open, "query": spec.query, "rows": rows,
            "text": _both(spec.text), "cure": _both(spec.cure)}  # fmt: skip


def _both(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}


def shown(form: Form, values: Sequence[Any]) -> str:
    """An answer as it is printed: a value, and the ends of its interval where it has them.

    >>> shown("difference", [0.0378, -0.0181, 0.0957]), shown("count", [1234]), shown("share", [None])
    ('+0.038 [-0.018, +0.096]', '1,234', '–')
    """
    if form == "label":
        zh, en = values if len(values) > 1 else json.loads(values[0]).values()
        return "–" if zh is None else say(str(zh), str(en))
    first, *ends = (_one(form, value) for value in values)
    return f"{first} [{', '.join(ends)}]" if ends and first != "–" else first


def _one(form: Form, value: Any) -> str:
    if value is None:
        return "–"
    match form:
        case "yes":
            return say("是", "yes") if value else say("否", "no")
        case "count":
            return f"{value:,}"
        case "share":
            return f"{value:.1%}"
        case "figure":
            return f"{value:.3f}"
        case "difference":
            return f"{value:+.3f}"
        case "code" if value in _CODES:
            return _CODES[value].said
    return str(value)
