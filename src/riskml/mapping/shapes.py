"""What the values of a column can be read as, by the same expressions that loading reads them with."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from riskml.core.language import Label
from riskml.records.normalising import date_sql, says_open_sql, text_sql, typed_sql
from riskml.records.tables import Column
from riskml.records.uscc import is_valid_sql

_NOBODY = Label("", "")
_TYPES = {
    name: Column("v", type_, _NOBODY, form=form)  # type: ignore[arg-type]
    for name, type_, form in (
        ("flag", "flag", "plain"), ("integer", "integer", "plain"), ("amount", "amount", "plain"),
        ("share", "share", "plain"), ("number", "number", "plain"), ("identifier", "text", "identifier"),
        ("division", "text", "division"), ("street", "text", "street"), ("area", "text", "area"),
        ("industry", "text", "industry"),
    )
}  # fmt: skip

_SHORT_YEAR = r"'[0-9０-９]{2} *[-/.年．－／] *[0-9０-９]{1,2} *[-/.月．－／] *[0-9０-９]{1,2}日?'"


@dataclass(frozen=True)
class Shape:
    """Shares of a column's distinct values, from 0 to 1.

    Parameters
    ----------
    readable
        Type or form of a column of a record table → the share that can be read as such.
    credit_codes
        Valid unified social credit codes (GB 32100).
    short_years
        Dates whose year has two digits, which are never read.
    """

    readable: dict[str, float]
    credit_codes: float
    short_years: float

    def of(self, column: Column) -> float | None:
        """The share that can be read as `column`; None where any text can."""
        if column.type != "text":
            return self.readable[column.type]
        if column.name == "enterprise_id":
            return self.credit_codes
        return None if column.form == "plain" else self.readable[column.form]


def shapes_of(connection: duckdb.DuckDBPyConnection, values: dict[str, list[str]]) -> dict[str, Shape]:
    """The shape of each column, of a sample of its distinct values."""
    names = [name for name, own in values.items() for _ in own]
    connection.register(
        "sampled",
        pa.table({"name": names, "given": pa.array([one for own in values.values() for one in own], pa.string())}),
    )
    kinds = {"date": f"{date_sql('v')} IS NOT NULL OR {says_open_sql('v')}"} | {
        name: f"{typed_sql(column, 'v', identifier='uscc')} IS NOT NULL" for name, column in _TYPES.items()
    }
    shares = ", ".join(f"avg(coalesce({sql}, false)::INT)" for sql in kinds.values())
    code = typed_sql(_TYPES["identifier"], "v", identifier="uscc")
    # In steps: an expression that is written into another one is computed as often as that names it.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE tidied AS SELECT name, {text_sql('given')} AS v FROM sampled")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE coded AS SELECT name, v, {code} AS code FROM tidied")
    found = connection.execute(
        f"SELECT name, avg(coalesce({is_valid_sql('code')}, false)::INT), "
        f"avg(regexp_full_match(v, {_SHORT_YEAR})::INT), {shares} "
        "FROM coded WHERE v IS NOT NULL GROUP BY name"
    ).fetchall()
    connection.unregister("sampled")
    none = Shape(dict.fromkeys(kinds, 0.0), 0.0, 0.0)
    told = {name: Shape(dict(zip(kinds, rest, strict=True)), codes, short) for name, codes, short, *rest in found}
    return {name: told.get(name, none) for name in values}
