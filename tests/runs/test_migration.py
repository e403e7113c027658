"""What became of the grades between two runs."""

from __future__ import annotations

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from riskml.runs.migration import Matrix, count_matrix, largest_movements, migration_sql

GRADES = ("A", "B", "C", "D")

Run = dict[str, str]
runs = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.sampled_from(GRADES), max_size=20)


def connect(before: Run, after: Run, scores: dict[str, tuple[float, float]] | None = None) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for place, (name, run) in enumerate((("earlier", before), ("later", after))):
        connection.execute(
            f"CREATE TABLE {name} (enterprise_id VARCHAR, division VARCHAR, grade VARCHAR, score DOUBLE, decided_by "
            "VARCHAR)"
        )
        for enterprise, grade in run.items():
            moved = (scores or {}).get(enterprise, (0.0, 0.0))[place]
            connection.execute(f"INSERT INTO {name} VALUES (?, '530111', ?, ?, 'band')", [enterprise, grade, moved])
    connection.execute(f"CREATE VIEW migration AS {migration_sql('earlier', 'later', GRADES)}")
    return connection


def matrix(before: Run, after: Run) -> Matrix:
    return count_matrix(connect(before, after), "migration", GRADES)


@settings(deadline=None, max_examples=30)
@given(before=runs, after=runs)
def test_rows_and_columns_sum_to_the_counts_of_the_two_runs(before: Run, after: Run) -> None:
    found = matrix(before, after)
    assert [sum(row) for row in found.counts[:-1]] == [list(before.values()).count(grade) for grade in GRADES]
    assert [sum(column) for column in list(zip(*found.counts, strict=True))[:-1]] == [
        list(after.values()).count(grade) for grade in GRADES
    ]
    assert sum(found.counts[-1]) == len(after.keys() - before.keys())
    assert sum(row[-1] for row in found.counts) == len(before.keys() - after.keys())
    assert found.counts[-1][-1] == 0


@settings(deadline=None, max_examples=30)
@given(run=runs)
def test_a_run_with_itself_is_diagonal(run: Run) -> None:
    found = matrix(run, run)
    assert all(
        count == 0 for row, counts in enumerate(found.counts) for column, count in enumerate(counts) if row != column
    )


@pytest.mark.parametrize(
    ("before", "after", "kind", "newly"),
    [
        ("A", "B", "downgraded", False),
        ("A", "D", "downgraded", True),
        ("D", "C", "upgraded", False),
        ("D", "D", "unchanged", False),
        (None, "D", "new", True),
        (None, "A", "new", False),
        ("D", None, "left", False),
    ],
)
def test_what_became_of_one_enterprise(before: str | None, after: str | None, kind: str, newly: bool) -> None:
    connection = connect({"e": before} if before else {}, {"e": after} if after else {})
    ((found, riskiest),) = connection.execute("SELECT kind, newly_riskiest FROM migration").fetchall()
    assert (found, riskiest) == (kind, newly)


def test_the_largest_movements_come_first_in_either_direction() -> None:
    grades = dict.fromkeys("abc", "A")
    moved = connect(grades, grades, {"a": (10.0, 20.0), "b": (90.0, 10.0), "c": (0.0, 30.0)})
    assert [one.enterprise_id for one in largest_movements(moved, "migration", 2)] == ["b", "c"]
