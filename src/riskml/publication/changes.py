"""Which indicators moved a score between two runs: the points of each, then and now, from the published contributions."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from riskml.explaining.contributions import Base, score_points, top_raising
from riskml.runs.published import PublishedRun

Floats = NDArray[np.float64]

_AT_ONCE = 50_000
"""Enterprises whose contributions are in memory at once: two runs of 120 indicators are 100 MB."""


@dataclass(frozen=True)
class Change:
    """What an indicator gave one score in two runs.

    Parameters
    ----------
    before
        None where the enterprise is not in the earlier run.
    """

    indicator: str
    before: float | None
    after: float

    @property
    def points(self) -> float:
        """By how much it moved the score."""
        return self.after - (self.before or 0.0)


def changed_points(
    connection: duckdb.DuckDBPyConnection, before: PublishedRun, after: PublishedRun, enterprises: str, count: int
) -> dict[str, tuple[Change, ...]]:
    """The indicators that moved each score most between two runs, in the direction that it went.

    Parameters
    ----------
    enterprises
        A relation with the column ``enterprise_id``; each in the later run.
    count
        How many indicators at most, of those that moved the score by at least `SMALLEST_POINTS`.

    Returns
    -------
    dict
        Enterprise → its changes, the largest first. An enterprise that is new is compared with the base, where every score
        starts. An indicator that only one of two models has gave no points in the other's run.
    """
    runs = {"before": before, "after": after}
    for name, run in runs.items():
        for table in ("grades", "contributions", "reasons"):
            run.open_view(connection, table, f"{name}_{table}")
    columns = {name: _indicators(connection, name) for name in runs}
    bases = {name: published_base(connection, f"{name}_grades", f"{name}_contributions", f"{name}_reasons") for name in runs}
    indicators = tuple(dict.fromkeys(columns["after"] + columns["before"]))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE changed_of AS "
        f"SELECT enterprise_id, row_number() OVER (ORDER BY enterprise_id) - 1 AS place FROM {enterprises}"
    )
    ((total,),) = connection.execute("SELECT count(*) FROM changed_of").fetchall()
    found: dict[str, tuple[Change, ...]] = {}
    for start in range(0, total, _AT_ONCE):
        chosen = f"(SELECT * FROM changed_of WHERE place >= {start:d} AND place < {start + _AT_ONCE:d})"
        _, then, known = _points(connection, "before", chosen, columns["before"], indicators, bases["before"])
        ids, now, _ = _points(connection, "after", chosen, columns["after"], indicators, bases["after"])
        moved = now - then
        places = top_raising(np.sign(moved.sum(axis=1, keepdims=True)) * moved, count)
        for row, enterprise in enumerate(ids):
            found[enterprise] = tuple(
                Change(indicators[at], float(then[row, at]) if known[row] else None, float(now[row, at]))
                for at in places[row]
                if at >= 0
            )
    return found


def published_base(connection: duckdb.DuckDBPyConnection, grades: str, contributions: str, reasons: str) -> Base | None:
    """Where every enterprise of a run starts from, as its own tables say it.

    A run publishes contributions in log-odds, and for the strongest indicators their points too. One of these gives back the
    base score, from what points are: contribution × (score − base score) / (margin − base margin). The model that made the run
    may have been replaced since, so it is not asked.

    Parameters
    ----------
    grades, contributions, reasons
        The run's tables, as relations.

    Returns
    -------
    Base or None
        None where no indicator gave anyone points worth publishing. The slope is the chord to the nearest score.
    """
    strongest = connection.execute(
        f"SELECT enterprise_id, indicator, points FROM {reasons} ORDER BY abs(points) DESC, enterprise_id, indicator LIMIT 1"
    ).fetchall()
    if not strongest:
        return None
    ((enterprise, indicator, points),) = strongest
    ((contribution, margin_base, margin, score),) = connection.execute(
        f'SELECT c."{indicator}", c.base, g.margin, g.score FROM {contributions} c JOIN {grades} g USING (enterprise_id) '
        "WHERE enterprise_id = ?",
        [enterprise],
    ).fetchall()
    score_base = score - points / contribution * (margin - margin_base)
    ((slope,),) = connection.execute(
        f"SELECT (score - ?) / (margin - ?) FROM {grades} WHERE abs(margin - ?) > 1e-6 ORDER BY abs(margin - ?), enterprise_id LIMIT 1",
        [score_base, margin_base, margin_base, margin_base],
    ).fetchall()
    return Base(margin_base, score_base, slope)


def _indicators(connection: duckdb.DuckDBPyConnection, run: str) -> tuple[str, ...]:
    described = connection.execute(f"DESCRIBE SELECT * EXCLUDE (enterprise_id, base) FROM {run}_contributions").fetchall()
    return tuple(row[0] for row in described)


def _points(
    connection: duckdb.DuckDBPyConnection,
    run: str,
    chosen: str,
    columns: tuple[str, ...],
    indicators: tuple[str, ...],
    base: Base | None,
) -> tuple[list[str], Floats, NDArray[np.bool_]]:
    """Ids, points of shape (n, k) in the order of `indicators`, and who is in the run; 0 points for those who are not."""
    listed = ", ".join(f'c."{column}"' for column in columns)
    found = connection.sql(
        f"SELECT w.enterprise_id, g.margin, g.score, {listed} FROM {chosen} w "
        f"LEFT JOIN {run}_grades g USING (enterprise_id) LEFT JOIN {run}_contributions c USING (enterprise_id) ORDER BY w.place"
    ).to_arrow_table()
    ids = found["enterprise_id"].to_pylist()
    margin, score = (found[name].to_numpy().astype(np.float64) for name in ("margin", "score"))
    known = ~np.isnan(margin)
    points = np.zeros((len(ids), len(indicators)))
    if base is not None:
        contributions = np.column_stack([found[column].to_numpy() for column in columns])
        places = [indicators.index(column) for column in columns]
        points[:, places] = np.where(known[:, np.newaxis], score_points(contributions, margin, score, base), 0.0)
    return ids, points, known
