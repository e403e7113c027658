"""Several buckets are worked on at once: what comes out does not depend on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskml.engines.duckdb import connect
from riskml.features.matrix import AT_ONCE, MatrixBuilder
from riskml.features.specs import IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.store import RecordStore

BUCKETS = 7


@pytest.fixture
def builder(tmp_path: Path) -> MatrixBuilder:
    """A builder of an empty store with several buckets, on three threads."""
    connection = connect(tmp_path / "spill", threads=3)
    store = RecordStore(tmp_path, BUCKETS, {}, (), {})
    return MatrixBuilder(connection, store, IndicatorSystem.model_construct(), EffectPeriods.model_construct())


def test_results_come_in_the_order_asked_for(builder: MatrixBuilder) -> None:
    """Although the first buckets take longest."""
    first_is_held = threading.Event()

    def work(_: MatrixBuilder, bucket: int) -> int:
        if bucket == 0:
            assert first_is_held.wait(10)  # another bucket is worked on meanwhile
        else:
            first_is_held.set()
        return bucket * 10

    assert list(builder.each_bucket(work, range(BUCKETS))) == [(bucket, bucket * 10) for bucket in range(BUCKETS)]


def test_each_thread_has_temporary_tables_of_its_own_and_sees_the_common_ones(builder: MatrixBuilder) -> None:
    builder.connection.execute("CREATE TABLE everyone AS SELECT 41 AS number")

    def work(own: MatrixBuilder, bucket: int) -> int:
        own.connection.execute(f"CREATE OR REPLACE TEMP TABLE mine AS SELECT {bucket} AS bucket")
        ((both,),) = own.connection.execute("SELECT number + bucket FROM everyone, mine").fetchall()
        return int(both)

    assert [found for _, found in builder.each_bucket(work, range(BUCKETS))] == [
        41 + bucket for bucket in range(BUCKETS)
    ]


def test_many_cores_do_not_take_many_buckets_of_memory(tmp_path: Path) -> None:
    store = RecordStore(tmp_path, 100, {}, (), {})
    connection = connect(tmp_path / "spill", threads=32)
    builder = MatrixBuilder(connection, store, IndicatorSystem.model_construct(), EffectPeriods.model_construct())
    assert builder.workers == AT_ONCE


def test_no_more_are_begun_than_are_wanted_soon(builder: MatrixBuilder) -> None:
    """A result is a whole bucket: finished ones must not pile up before a slow reader."""
    begun = []
    results: Iterator[tuple[int, None]] = builder.each_bucket(lambda _, bucket: begun.append(bucket), range(BUCKETS))
    next(results)
    results.close()
    assert len(begun) <= builder.workers + 1


def test_a_failure_ends_the_others(builder: MatrixBuilder) -> None:
    begun = []

    def work(_: MatrixBuilder, bucket: int) -> None:
        begun.append(bucket)
        raise ValueError(bucket)

    with pytest.raises(ValueError, match="0"):
        list(builder.each_bucket(work, range(BUCKETS)))
    assert len(begun) < BUCKETS
