"""Which enterprises an industry covers: prefixes of GB/T 4754 codes, and the condition that tells whether a
registration has one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated

from riskml.core.errors import ConfigurationError
from riskml.core.validation import matching

IndustryCode = Annotated[
    str,
    matching(
        r"[A-T](\d{2,4})?", "国民经济行业代码（GB/T 4754），如 C、C13、C1311", "a code of GB/T 4754 like C, C13, C1311"
    ),
]
"""A section, division, group or class: ``C``, ``C13``, ``C131``, ``C1311``. It covers every code that begins
with it.
"""

_CODE = (
    "coalesce(CASE WHEN regexp_matches(industry, '^[0-9]') THEN industry_section || industry ELSE industry END, "
    "industry_section, '')"
)


def covered_sql(codes: tuple[str, ...]) -> str:
    """The condition, on the columns of the record table ``enterprise``, that one of `codes` covers it; of none that
    anything is.

    >>> covered_sql(())
    'true'
    """
    return " OR ".join(f"starts_with({_CODE}, '{code}')" for code in codes) or "true"


def refuse_overlaps(codes_of: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse industries of which two cover the same enterprises: an enterprise has one industry grade.

    Parameters
    ----------
    codes_of
        Industry → its codes.

    Raises
    ------
    ConfigurationError
        Naming the two industries and their codes.

    >>> refuse_overlaps({"catering": ("C13", "H62"), "tourism": ("H61",)})
    """
    for (one, codes), (other, others) in combinations(sorted(codes_of.items()), 2):
        for code in codes:
            for same in others:
                if code.startswith(same) or same.startswith(code):
                    raise ConfigurationError(
                        zh=f"地方产业 {one}（{code}）与 {other}（{same}）的范围重叠：一家企业只有一个产业等级；请改动 "
                        "training.yaml 的 cohort.industries。",
                        en=f"The local industries {one} ({code}) and {other} ({same}) overlap, and an enterprise has "
                        "one industry grade: change "
                        "cohort.industries in a training.yaml.",
                    )
