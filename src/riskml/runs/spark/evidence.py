"""The records behind every published reason, found on Spark by the statements that find them on one machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from riskml.engines.spark import SparkEngine
from riskml.explaining.evidence import RECORD, evidence_behind
from riskml.features.matrix import rows_table
from riskml.features.specs import IndicatorSystem
from riskml.relations.catalogue import is_received

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

REASONS = "reasons_without_evidence"
"""The relation of the reasons as they come from scoring: ``enterprise_id``, ``indicator`` and more."""

FOUND = "found_evidence"
"""The relation of their records."""

_BY = "place, indicator"


def keep_evidence(
    engine: SparkEngine, system: IndicatorSystem, received: frozenset[str], on_progress: Callable[[str, int, int], None]
) -> None:
    """Find the records of `REASONS` as `FOUND`: ``place`` (the enterprise), ``indicator``, and the columns `RECORD`.

    Parameters
    ----------
    received
        The record tables of which an extract was received.
    """
    of_relation = {
        behind.relation: behind for behind in evidence_behind(system) if is_received(behind.relation, received)
    }
    relations = list(of_relation)

    def find(relation: str) -> None:
        behind = of_relation[relation]
        asked_parts = f"SELECT enterprise_id, indicator, part FROM {REASONS} JOIN {behind.parts} USING (indicator)"
        asked = engine.query(
            f"SELECT r.*, a.indicator, a.part FROM {rows_table(relation)} r JOIN ({asked_parts}) a ON a.enterprise_id "
            "= r.place"
        )
        # All rows of a reason together, once: each statement then finds them without moving them again.
        asked = asked.repartition("place", "indicator").persist()
        asked.createOrReplaceTempView(f"asked_{relation}")
        engine.keep(f"evidence_{relation}", behind.records_sql(f"asked_{relation}", _BY))
        asked.unpersist()

    for done in engine.each(find, relations):
        on_progress("evidence", done, len(relations))
    columns = ", ".join(RECORD)
    parts = " UNION ALL ".join(f"SELECT {_BY}, {columns} FROM evidence_{relation}" for relation in relations)
    engine.query(parts).createOrReplaceTempView(FOUND)


def with_evidence(engine: SparkEngine, at_most: int) -> DataFrame:
    """`REASONS` with ``evidence`` (the ids of the newest records, `at_most`) and ``evidence_count`` (of all)."""
    from pyspark.sql import functions

    records = functions.collect_set(functions.struct(*RECORD))  # the same record of two relations counts once
    listed = (
        engine.session.table(FOUND)
        .groupBy("place", "indicator")
        .agg(functions.sort_array(records, asc=False).alias("found"))
    )
    listed = listed.withColumnRenamed("place", "enterprise_id")
    columns = (
        "enterprise_id", "rank", "indicator", "value", "points", "about",
        f"coalesce(slice(found, 1, {at_most:d}).record_id, "
        "array()) AS evidence", "coalesce(array_size(found), 0) AS evidence_count",
    )  # fmt: skip
    joined = engine.session.table(REASONS).join(listed, ["enterprise_id", "indicator"], "left").selectExpr(*columns)
    return joined.sortWithinPartitions("enterprise_id", functions.signum("points").desc(), "rank")
