"""Which indicators cannot be known, or rest on what nobody ever sent, as the records stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyarrow.parquet as pq

from riskml.checks.findings import Finding
from riskml.core.language import counted
from riskml.features.compile import relations_used
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.expressions import names_used
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, is_received, missing_inputs, relation_inputs


def check_received(store: RecordStore, system: IndicatorSystem) -> list[Finding]:
    """Name the record tables and the columns that never came, with the indicators that read them."""
    found = []
    for table in sorted(set(TABLES) - store.tables):
        unknown = [
            column.name for column in system.computed
            if column.indicator.from_ is not None and table in relation_inputs(column.indicator.from_)
            and not is_received(column.indicator.from_, store.tables)
        ]  # fmt: skip
        if unknown:
            zh, en = _derived(system, unknown)
            found.append(
                Finding("records", "warning", f"从未收到 {table} 表；{len(unknown)} 列指标将为未知："
                                              f"{'、'.join(unknown)}{zh}。",
                        f"Table {table} was never received; {counted(len(unknown), 'indicators')} will be unknown: "
                        f"{', '.join(unknown)}{en}.")
            )  # fmt: skip
    for relation, tables in missing_inputs(relations_used(system), store.tables).items():
        zh, en = DERIVED[relation].label.zh, DERIVED[relation].label.en
        found.append(
            Finding("records", "warning", f"{zh}（{relation}）只按收到的信息查找，从未收到 {'、'.join(tables)}。",
                    f"{en} ({relation}) are found without {', '.join(tables)}, of which nothing was ever received.")
        )  # fmt: skip
    return found + [one for table in sorted(store.tables & set(TABLES)) for one in _empty(store, system, table)]


def _empty(store: RecordStore, system: IndicatorSystem, table: str) -> list[Finding]:
    """The columns of a table that came, and that is not empty, in which no row has a value."""
    empty = empty_columns(store, table)
    found = []
    for name in (column.name for column in TABLES[table].delivered_columns if column.name in empty):
        reading = [one.name for one in system.computed if one.indicator.from_ == table and name in _columns_read(one)]
        if reading:
            zh, en = _derived(system, reading)
            found.append(
                Finding("records", "warning", f"{table}.{name} 从来没有值；{len(reading)} 列指标用到它："
                                              f"{'、'.join(reading)}{zh}。",
                        f"{table}.{name} never had a value; "
                        f"{counted(len(reading), 'indicators read', 'indicator reads')} it: {', '.join(reading)}{en}.")
            )  # fmt: skip
    return found


def empty_columns(store: RecordStore, table: str) -> frozenset[str]:
    """The columns of a record table that are null in all of its rows, by what its files say of themselves; none where
    it has no row.
    """
    rows, nulls = 0, Counter[str]()
    for path in store.paths(table):
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        own = set(metadata.schema.names)
        nulls.update({column.name: metadata.num_rows for column in TABLES[table].columns if column.name not in own})
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                if chunk.is_stats_set and chunk.statistics.has_null_count:
                    nulls[chunk.path_in_schema] += chunk.statistics.null_count
    return frozenset(name for name, count in nulls.items() if rows and count == rows)


def _columns_read(column: IndicatorColumn) -> frozenset[str]:
    indicator = column.indicator
    return frozenset[str]().union(
        *(names_used(text) for text in (indicator.where, indicator.value, indicator.over) if text)
    )


def _derived(system: IndicatorSystem, names: Iterable[str]) -> tuple[str, str]:
    """What names the indicators that are worked out of some others."""
    own = set(names)
    derived = [
        column.name for column in system.computed
        if column.indicator.measure == "expression" and names_used(column.indicator.value or "") & own
    ]  # fmt: skip
    return (
        (f"；由其算出的：{'、'.join(derived)}", f"; worked out of these: {', '.join(derived)}") if derived else ("", "")
    )
