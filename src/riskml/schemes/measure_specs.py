"""Measures (监管措施) as typed data: what a scheme has done with the enterprises of each grade."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from riskml.core.configuration import Entry
from riskml.schemes.provisions import GradeId, Provision, Superseded, Text

Sampling = Literal["lower_greatly", "lower", "normal", "raise", "raise_moderately", "raise_greatly"]


class Measure(Provision):
    """One measure.

    Parameters
    ----------
    touches_rights
        Of one that restricts rights: the basis it needs beside the scheme. Shown, and never carried out by the program.
    superseded_by
        The text that has taken its place: from its day on the measure is shown as superseded, with what applies.
    """

    touches_rights: Text | None = None
    superseded_by: Superseded | None = None

    def superseded_on(self, day: date) -> Superseded | None:
        """What applies in its place on a day; None where it applies itself."""
        return self.superseded_by if self.superseded_by is not None and day >= self.superseded_by.since else None


class GradeMeasures(Entry):
    """The measures (监管措施) of one grade or several.

    `opening` is the sentence that introduces them: it says whether they may or are to be taken. `sampling` is the ratio
    and frequency of double-random draws against the usual, None where the text says nothing of them; `targeted` whether
    inspections are targeted (定向) besides; `on_site_required` whether an on-site inspection must be made. `reading`:
    how the text is read where it does not say for which grades it is.
    """

    grades: tuple[GradeId, ...] = Field(min_length=1)
    opening: Measure
    reading: Text | None = None
    sampling: Sampling | None = None
    targeted: bool = False
    on_site_required: bool
    sentences: tuple[Measure, ...] = ()
