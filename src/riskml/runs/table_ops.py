"""Parts of published tables taken apart and put together again, in the order and form of a full run."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def only(table: pa.Table, who: pa.Array) -> pa.Table:
    """The rows of the enterprises `who`."""
    return table.filter(pc.is_in(table["enterprise_id"], value_set=who))


def with_evidence(reasons: pa.Table, known: pa.Table) -> tuple[pa.Table, pa.Array]:
    """Reasons with the evidence that the same reasons had before; and the enterprises of those that are new."""
    keys = ["enterprise_id", "indicator"]
    plain = [table.set_column(2, "indicator", table["indicator"].cast(pa.string())) for table in (reasons, known)]
    asked, had = (_numbered(table).select([*keys, "number"]) for table in plain)
    found = asked.join(had, keys, right_suffix="_known").sort_by("number")
    new = found["number_known"].is_null()
    at = found["number_known"].fill_null(0)
    if len(known):
        for name in ("evidence", "evidence_count"):
            reasons = reasons.append_column(name, known[name].take(at))
    return reasons, found.filter(new)["enterprise_id"].combine_chunks()


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column("number", pa.array(np.arange(len(table))))


def joined(name: str, anew: pa.Table, *others: pa.Table) -> pa.Table:
    """Rows of one published table in the order of a full run."""
    whole = pa.concat_tables([anew, *(other.cast(anew.schema) for other in others)])
    keys = {"rules": ["enterprise_id", "rule"], "reasons": ["lowers", "enterprise_id", "rank"]}.get(
        name, ["enterprise_id"]
    )
    if name == "reasons":
        by = whole.select(["enterprise_id", "rank"]).append_column("lowers", pc.less(whole["points"], 0))
    else:
        by = whole.select(keys)
    return whole.take(pc.sort_indices(by, sort_keys=[(key, "ascending") for key in keys]))


def without(table: pa.Table, who: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The rows of all but the enterprises `who`."""
    return table.filter(pc.invert(pc.is_in(table["enterprise_id"], value_set=who)))


def dated(fired: pa.Table, day: date) -> pa.Table:
    """Fired rules with another as-of date."""
    return fired.set_column(fired.schema.get_field_index("as_of"), "as_of", pa.array([day] * len(fired), pa.date32()))
