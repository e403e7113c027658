"""The words a raw extract uses for the codes of the record tables."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from riskml.lab.simulation.columns import vocabulary
from riskml.records.tables import TABLES, Label


def labels(table: str, column: str, codes: Sequence[str]) -> pa.Array:
    """The Chinese words that the disclosure system's extracts use for some codes, in their order; codes may repeat.

    >>> labels("inspection", "result", ["no_problem"])[0].as_py()
    '未发现问题'
    """
    known = _known(table, column)
    return vocabulary([known[code].zh for code in codes])


def codes_of(table: str, column: str, codes: Sequence[str]) -> pa.Array:
    """Some of a column's codes as they are, for extracts of departments that deliver codes.

    Raises
    ------
    KeyError
        Where the record table does not know one of them.
    """
    known = _known(table, column)
    return vocabulary([code for code in codes if known[code]])


def _known(table: str, column: str) -> dict[str, Label]:
    return TABLES[table].column(column).codes or {}
