"""What an indicator gave a score in two runs."""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import pytest
from small_runs import code, make_bundle

from riskml.explaining.contributions import Base
from riskml.publication.changes import Change, changed_points, published_base
from riskml.publication.words import Words
from riskml.runs.published import PublishedRun

pytestmark = pytest.mark.xdist_group("small-runs")


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


def test_changes_explain_the_movement_of_the_score(runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection) -> None:
    """Enterprise 3 was fined once more: nothing but penalties moved its score, and their points add up to the movement."""
    before, after = runs[1:]
    (found,) = changed_points(connection, before, after, f"(SELECT '{code(3)}' AS enterprise_id)", 5).values()
    scores = [
        duckdb.execute("SELECT score FROM read_parquet(?) WHERE enterprise_id = ?", [str(run.folder / "grades/*.parquet"), code(3)])
        .fetchall()[0][0]
        for run in (before, after)
    ]  # fmt: skip
    assert {change.indicator for change in found} <= {"penalty_count_365d", "fine_amount", "complaint_count_365d"}
    assert found[0].indicator in {"penalty_count_365d", "fine_amount"}
    assert list(found) == sorted(found, key=lambda change: -change.points)
    assert sum(change.points for change in found) >= scores[1] - scores[0] - 0.5
    assert all(change.points > 0 for change in found)


def test_a_new_enterprise_is_compared_with_the_base(
    runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection
) -> None:
    (found,) = changed_points(connection, runs[1], runs[2], f"(SELECT '{code(60)}' AS enterprise_id)", 5).values()
    assert found
    assert all(change.before is None for change in found)
    ((points,),) = connection.execute(
        "SELECT points FROM reasons WHERE enterprise_id = ? AND indicator = ?", [code(60), found[0].indicator]
    ).fetchall()
    assert found[0].after == pytest.approx(points)


def test_nothing_changed_between_a_run_and_itself(runs: tuple[PublishedRun, ...], connection: duckdb.DuckDBPyConnection) -> None:
    assert set(changed_points(connection, runs[2], runs[2], "grades", 5).values()) == {()}


def test_a_change_in_words(words: Words) -> None:
    assert words.change(Change("penalty_count_365d", 3.2, 49.4)).zh == "近365天行政处罚次数 +46分（3.2→49）"
    assert words.change(Change("gone", None, -7.0)).en == "gone −7.0 points"
    assert Change("gone", None, -7.0).points == -7.0
