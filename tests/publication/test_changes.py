"""What an indicator gave a score in two runs."""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import pyarrow.parquet as pq
import pytest
from small_runs import code, make_bundle

from riskml.publication.changes import Change, changed_points, published_base
from riskml.publication.labels import Words
from riskml.runs.published import PublishedRun
from riskml.training.contributions import Base


@pytest.fixture
def connection(runs: tuple[PublishedRun, ...]) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    for table in ("grades", "contributions", "reasons"):
        runs[-1].open_view(made, table, table)
    return made


def test_the_published_tables_give_back_the_models_base_score(connection: duckdb.DuckDBPyConnection) -> None:
    found = published_base(connection, "grades", "contributions", "reasons")
    assert found is not None
    model = Base.of(make_bundle())
    assert asdict(found) == pytest.approx({**asdict(model), "slope": found.slope}, abs=1e-9)
    assert found.slope > 0


def test_without_reasons_there_is_no_base(connection: duckdb.DuckDBPyConnection) -> None:
    assert published_base(connection, "grades", "contributions", "(SELECT * FROM reasons WHERE false)") is None


def published(run: PublishedRun, table: str, enterprise: str) -> dict[str, float]:
    rows = pq.read_table(run.folder / table).to_pylist()
    return next(row for row in rows if row["enterprise_id"] == enterprise)


@pytest.mark.parametrize(("number", "first"), [(3, "fine_amount"), (9, "complaint_count_365d")])
@pytest.mark.parametrize("direction", [1, -1])
def test_changes_add_up_to_the_movement_of_the_score(
    runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection, number: int, first: str, direction: int
) -> None:
    """Number 3 was fined once more and number 9 complained about; read backwards, the same lowered their scores."""
    before, after = runs[1:][::direction]
    (found,) = changed_points(connection, before, after, f"(SELECT '{code(number)}' AS enterprise_id)", 5).values()
    then, now = (published(run, "contributions", code(number)) for run in (before, after))
    grades = [published(run, "grades", code(number)) for run in (before, after)]
    rose = grades[1]["score"] - grades[0]["score"]
    worth = rose / (grades[1]["margin"] - grades[0]["margin"])
    moved = {name: (now[name] - then[name]) * worth for name in now if name not in ("enterprise_id", "base")}
    assert sum(moved.values()) == pytest.approx(rose)
    told = {name: points for name, points in moved.items() if points * direction >= 0.5}
    assert {change.indicator: change.points for change in found} == pytest.approx(told)
    assert found[0].indicator == first
    assert list(found) == sorted(found, key=lambda change: -abs(change.points))


def test_a_new_enterprise_is_compared_with_the_base(
    runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection
) -> None:
    (found,) = changed_points(connection, runs[1], runs[2], f"(SELECT '{code(60)}' AS enterprise_id)", 5).values()
    expected = connection.execute(
        "SELECT indicator, points FROM reasons WHERE enterprise_id = ? AND points < 0", [code(60)]
    ).fetchall()
    assert {change.indicator: change.points for change in found} == pytest.approx(dict(expected))


def test_between_two_models_it_is_the_difference_of_the_points(
    runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection
) -> None:
    other = PublishedRun(runs[1].folder, runs[1].manifest.model_copy(update={"model": "0" * 64}))
    (found,) = changed_points(connection, other, runs[2], f"(SELECT '{code(3)}' AS enterprise_id)", 5).values()
    points = [
        dict(duckdb.execute(
            "SELECT indicator, points FROM read_parquet(?) WHERE "
            "enterprise_id = ?", [str(run.folder / "reasons" / "*.parquet"), code(3)]
        ).fetchall())
        for run in runs[1:]
    ]  # fmt: skip
    assert found[0].points == pytest.approx(points[1][found[0].indicator] - points[0][found[0].indicator])


def test_nothing_changed_between_a_run_and_itself(
    runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection
) -> None:
    assert set(changed_points(connection, runs[2], runs[2], "grades", 5).values()) == {()}


def test_a_change_in_words(words: Words) -> None:
    assert words.change(Change("penalty_count_365d", 46.2)).zh == "近365天行政处罚次数 +46.2分"
    assert words.change(Change("gone", -7.0)).en == "gone −7 points"
