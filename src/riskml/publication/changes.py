"""Which indicators moved a score between two runs, and by how many points, from the published contributions."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from riskml.runs.published import PublishedRun
from riskml.training.contributions import Base, score_points, top_raising

Floats = NDArray[np.float64]

_AT_ONCE = 50_000
"""Enterprises whose contributions are in memory at once: two runs of 120 indicators are 100 MB."""

_SAME_MARGIN = 1e-9

LISTED_CHANGES = 5
"""Indicators listed for each enterprise."""


@dataclass(frozen=True)
class Change:
    """By how many points an indicator moved one score from one run to the next."""

    indicator: str
    points: float


def changed_points(
    connection: duckdb.DuckDBPyConnection, before: PublishedRun, after: PublishedRun, enterprises: str, count: int
) -> dict[str, tuple[Change, ...]]:
    """The indicators that moved each score most between two runs, in the direction that it went.

    Points are the change of the contribution × the change of the score / the change of the margin, so that those of all
    indicators add up to the change of the score, and an indicator that stood still has none. (The difference of an
    indicator's points in the two runs would not do: a point is worth another number of log-odds wherever the score
    lies.)

    An enterprise that is new is compared with the base, where every score starts. Two models' contributions are no
    amounts of one thing: there it is the difference of the points, after all, and some of it is the model's.

    Parameters
    ----------
    enterprises
        A relation with the column ``enterprise_id``; each in the later run.
    count
        How many indicators at most, of those that moved the score by at least `SMALLEST_POINTS`.

    Returns
    -------
    dict
        Enterprise → its changes, the largest first.
    """
    runs = {"before": before, "after": after}
    for name, run in runs.items():
        for table in ("grades", "contributions", "reasons"):
            run.open_view(connection, table, f"{name}_{table}")
    bases = {
        name: published_base(connection, f"{name}_grades", f"{name}_contributions", f"{name}_reasons") for name in runs
    }
    indicators = tuple(dict.fromkeys(_indicators(connection, "after") + _indicators(connection, "before")))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE changed_of AS "
        f"SELECT enterprise_id, row_number() OVER (ORDER BY enterprise_id) - 1 AS place FROM {enterprises}"
    )
    ((total,),) = connection.execute("SELECT count(*) FROM changed_of").fetchall()
    found: dict[str, tuple[Change, ...]] = {}
    for start in range(0, total, _AT_ONCE):
        chosen = f"(SELECT * FROM changed_of WHERE place >= {start:d} AND place < {start + _AT_ONCE:d})"
        then, now = (_read(connection, name, chosen, indicators) for name in runs)
        points = _points(now, bases["after"]) - _points(then, bases["before"])
        if before.model == after.model:
            points = np.where(then.known[:, np.newaxis], _moved(then, now), points)
        places = top_raising(np.sign(points.sum(axis=1, keepdims=True)) * points, count)
        for row, enterprise in enumerate(now.ids):
            found[enterprise] = tuple(Change(indicators[at], float(points[row, at])) for at in places[row] if at >= 0)
    return found


def published_base(connection: duckdb.DuckDBPyConnection, grades: str, contributions: str, reasons: str) -> Base | None:
    """Where every enterprise of a run starts from, as its own tables say it.

    A run publishes contributions in log-odds, and for the strongest indicators their points too. One of these gives
    back the base score, from what points are: contribution × (score − base score) / (margin − base margin). The model
    that made the run may have been replaced since, so it is not asked.

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
        f"SELECT enterprise_id, indicator, points FROM {reasons} ORDER BY abs(points) DESC, enterprise_id, indicator "
        "LIMIT 1"
    ).fetchall()
    if not strongest:
        return None
    ((enterprise, indicator, points),) = strongest
    ((contribution, margin_base, margin, score),) = connection.execute(
        f'SELECT c."{indicator}", c.base, g.margin, coalesce(g.score, g.margin) FROM {contributions} c JOIN {grades} g '
        "USING (enterprise_id) "
        "WHERE enterprise_id = ?",
        [enterprise],
    ).fetchall()
    score_base = score - points / contribution * (margin - margin_base)
    ((slope,),) = connection.execute(
        f"SELECT (coalesce(score, margin) - ?) / (margin - ?) FROM {grades} WHERE abs(margin - ?) > 1e-6 ORDER BY "
        "abs(margin - ?), enterprise_id LIMIT 1",
        [score_base, margin_base, margin_base, margin_base],
    ).fetchall()
    return Base(margin_base, score_base, slope)


@dataclass(frozen=True)
class _Block:
    """Enterprises of one run: contributions of shape (n, k), zero where the run has no such indicator or enterprise."""

    ids: list[str]
    contributions: Floats
    margins: Floats
    scores: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Who is in the run."""
        return ~np.isnan(self.margins)


def _read(connection: duckdb.DuckDBPyConnection, run: str, chosen: str, indicators: tuple[str, ...]) -> _Block:
    columns = _indicators(connection, run)
    listed = ", ".join(f'coalesce(c."{column}", 0) AS "{column}"' for column in columns)
    found = connection.sql(
        f"SELECT w.enterprise_id, g.margin, coalesce(g.score, g.margin) AS score, {listed} FROM {chosen} w "
        f"LEFT JOIN {run}_grades g USING (enterprise_id) LEFT JOIN {run}_contributions c USING (enterprise_id) ORDER "
        "BY w.place"
    ).to_arrow_table()
    contributions = np.zeros((len(found), len(indicators)))
    contributions[:, [indicators.index(column) for column in columns]] = np.column_stack(
        [found[column].to_numpy() for column in columns]
    )
    margins, scores = (found[name].to_numpy().astype(np.float64) for name in ("margin", "score"))
    return _Block(found["enterprise_id"].to_pylist(), contributions, margins, scores)


def _indicators(connection: duckdb.DuckDBPyConnection, run: str) -> tuple[str, ...]:
    described = connection.execute(
        f"DESCRIBE SELECT * EXCLUDE (enterprise_id, base) FROM {run}_contributions"
    ).fetchall()
    return tuple(row[0] for row in described)


def _moved(then: _Block, now: _Block) -> Floats:
    """What each indicator's change of contribution moved each score by; not a number for those who are new."""
    margin = now.margins - then.margins
    still = np.abs(margin) < _SAME_MARGIN
    worth = np.where(still, 0.0, (now.scores - then.scores) / np.where(still, 1.0, margin))
    moved: Floats = (now.contributions - then.contributions) * worth[:, np.newaxis]
    return moved


def _points(block: _Block, base: Base | None) -> Floats:
    """Each indicator's points, counted from the base; zero for those who are not in the run."""
    if base is None:
        return np.zeros_like(block.contributions)
    points = score_points(block.contributions, block.margins, block.scores, base)
    return np.where(block.known[:, np.newaxis], points, 0.0)
