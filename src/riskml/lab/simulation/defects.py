"""Bad rows, a few of every kind that registries deliver, so that the quarantine has something to catch.

They are copies of good rows, added at the end of the file with a number of their own (a duplicate keeps
that of its good row and has another date); the good rows are left as they are. All are refused, but that a word that is
no code is stored as ``other``. `RATE` of the rows per kind, and at least one where a table has a thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from riskml.records.uscc import ALPHABET

WRONG_TYPE, UNKNOWN_CODE, DUPLICATE_ID, FUTURE_DATE, BAD_CREDIT_CODE, MISSING_REQUIRED = DEFECT_KINDS = (
    "wrong_type", "unknown_code", "duplicate_id", "future_date", "bad_credit_code", "missing_required",
)  # fmt: skip

RATE = 5e-5
"""Bad rows of each kind as a share of a table's rows."""

_SMALLEST_TABLE = 1000


@dataclass(frozen=True)
class Fields:
    """The columns of an extract that defects strike.

    Parameters
    ----------
    number
        The record's number.
    date
        The record's own date.
    code
        A required column of codes, where the table has one.
    subject
        The column with the credit code, where the table is about enterprises.
    """

    number: str
    date: str
    code: str | None = None
    subject: str | None = "UNISCID"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The defects that this extract can have."""
        return tuple(
            kind
            for kind in DEFECT_KINDS
            if (kind != UNKNOWN_CODE or self.code) and (kind != BAD_CREDIT_CODE or self.subject)
        )


def count_defects(fields: Fields, rows: int) -> dict[str, int]:
    """How many bad rows of each kind an extract of so many good rows gets.

    >>> count_defects(Fields("recordId", "day"), 40_000)["wrong_type"]
    2
    """
    number = max(round(rows * RATE), 1) if rows >= _SMALLEST_TABLE else 0
    return dict.fromkeys(fields.kinds, number) if number else {}


def spoil(rng: np.random.Generator, sample: pa.Table, fields: Fields, counts: dict[str, int], year: int) -> pa.Table:
    """Bad rows made from rows of `sample`.

    Parameters
    ----------
    sample
        Good rows, all columns plain strings.
    year
        Year of the last day; future dates lie half a century after it.
    """
    kinds = [kind for kind, number in counts.items() for _ in range(number)]
    rows = sample.take(rng.integers(0, sample.num_rows, len(kinds))).to_pylist()
    dates = sample.column(fields.date).unique().drop_null().to_pylist()
    for place, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        if kind == DUPLICATE_ID:
            row[fields.date] = next(date for date in dates if date != row[fields.date])
        else:
            row[fields.number] = f"{row[fields.number]}X{place}"
        if kind == WRONG_TYPE:
            row[fields.date] = "不详"
        elif kind == UNKNOWN_CODE and fields.code:
            row[fields.code] = "未列代码"
        elif kind == FUTURE_DATE:
            row[fields.date] = f"{year + 50}-01-01"
        elif kind == BAD_CREDIT_CODE and fields.subject:
            code = row[fields.subject]
            row[fields.subject] = code[:17] + ALPHABET[(ALPHABET.index(code[17]) + 1) % len(ALPHABET)]
        elif kind == MISSING_REQUIRED:
            row[fields.date] = None
    return pa.Table.from_pylist(rows, schema=sample.schema)
