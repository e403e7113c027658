"""The measures that a grade entails, for one enterprise."""

from __future__ import annotations

from dataclasses import dataclass

from riskml.core.errors import ConfigurationError
from riskml.schemes.measure_specs import Measure, Sampling
from riskml.schemes.provisions import Provision, Text
from riskml.schemes.scheme import Scheme


@dataclass(frozen=True)
class Measures:
    """What applies to an enterprise of a grade.

    Parameters
    ----------
    opening, reading
        What introduces them; how the text is read where it does not say for which grades it is.
    sentences
        The measures, what Art. 24 adds for a new-economy enterprise, and the limits, in this order.
    """

    grade: str
    opening: Measure
    reading: Text | None
    sampling: Sampling | None
    targeted: bool
    on_site_required: bool
    sentences: tuple[Measure | Provision, ...]


def measures_for(scheme: Scheme, grade: str, *, new_economy: bool) -> Measures | None:
    """The measures of a grade; None where the scheme has none of its own for it.

    Parameters
    ----------
    new_economy
        Whether the enterprise belongs to new technologies, industries, forms or models of business (Yunnan Art. 24).

    Raises
    ------
    ConfigurationError
        Where the scheme has no such grade.
    """
    if grade not in scheme.grade_names:
        raise ConfigurationError(
            zh=f"分类办法 {scheme.id} 没有类别 {grade}；有：{'、'.join(scheme.grade_names)}。",
            en=f"Scheme {scheme.id} has no grade {grade!r}; there are {', '.join(scheme.grade_names)}.",
        )
    found = next((measures for measures in scheme.measures if grade in measures.grades), None)
    if found is None:
        return None
    added = tuple(provision for provision in scheme.new_economy if new_economy and grade in provision.grades)
    limits = tuple(provision for provision in scheme.limits if grade in provision.grades)
    return Measures(
        grade,
        found.opening,
        found.reading,
        found.sampling,
        found.targeted,
        found.on_site_required,
        (*found.sentences, *added, *limits),
    )
