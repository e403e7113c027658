"""By which bands a model's problem rates were counted: a bundle keeps those of its training, and a policy may have
others by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riskml.core.language import Label
from riskml.schemes.scheme import Scheme


def bands_kept(scheme: Scheme) -> list[dict[str, Any]]:
    """The bands of a scheme as the facts of a bundle keep them: ``grade``, ``from``, ``below``; none where classes give
    the grade.
    """
    return [] if scheme.score is None else [band.model_dump(mode="json", by_alias=True) for band in scheme.score.bands]


def other_bands(facts: Mapping[str, Any], scheme: Scheme) -> Label | None:
    """What is to be said beside the problem rates of a bundle where they are not by the bands of a scheme; None where
    they are.
    """
    then, now = facts.get("bands"), bands_kept(scheme)
    if then == now:
        return None
    if then is None:
        return Label(
            "等级按训练时的分数段划分，模型没有记下是哪些；按现行分数段的比率见 riskml evaluate。",
            "Grades are by the bands at the time of training, which this model did not keep; 'riskml evaluate' counts "
            "by those in force.",
        )
    return Label(
        f"等级按训练时的分数段（{bands_said(then)}）划分，不是现行的（{bands_said(now)}）；按现行分数段的比率见 riskml "
        "evaluate。",
        f"Grades are by the bands at the time of training ({bands_said(then)}), not by those in force "
        f"({bands_said(now)}), by which "
        "'riskml evaluate' counts.",
    )


def bands_said(bands: Sequence[Mapping[str, Any]]) -> str:
    """Bands in short, as in ``A 0–200, B 200–500``; the last has no end.

    Examples
    --------
    >>> bands_said([{"grade": "A", "from": 0.0, "below": 300.0}, {"grade": "B", "from": 300.0, "below": None}])
    'A 0–300, B 300–'
    """
    return ", ".join(
        f"{band['grade']} {band['from']:g}–{'' if band['below'] is None else format(band['below'], 'g')}"
        for band in bands
    )
