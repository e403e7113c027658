"""Early warnings: whose risk is rising towards the next grade before the grade changes, and why.

An enterprise is warned of where, at the as-of date,

1. its grade is not the riskiest, and no riskier than in the run two months before;
2. since that run its score rose by at least `RISE` of the width of its grade's band;
3. its score lies in the last `NEAR` of that band, below the next grade's.

This is a rule over our own scores. Which of those warned get a riskier grade in the following month is counted where
the next run is published (`follow_up`); that it helps inspectors is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import duckdb

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace, score_command
from riskml.publication.changes import LISTED_CHANGES, Change, changed_points
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.labels import Words, words_of
from riskml.publication.updated import updated_grades_sql
from riskml.runs.immediate import read_updates
from riskml.runs.published import PublishedRun, published_run, published_runs
from riskml.schemes.bands import Band
from riskml.schemes.scheme import Scheme

RISE = 0.25
"""In widths of the grade's band, so that it means the same under every scheme: 50 points within [0, 200), 75 within
[200, 500).
"""

NEAR = 0.25
"""In widths of the grade's band: from there on, as much again as the smallest rise that counts leads into the next
grade.
"""

LOOK_BACK = timedelta(days=55)
"""To the newest run that is at least so old: two month-ends back, whatever the months' lengths."""

FOLLOW = timedelta(days=25)
"""To the first run that is at least so much later: the following month-end."""


@dataclass(frozen=True)
class Warned:
    """An enterprise whose risk is rising.

    Parameters
    ----------
    next_grade
        The grade that it is near.
    score_before, score
        Two months before, and now.
    distance
        Points to the next grade's band.
    updated_on
        The day that gave the grade, where it was brought up to date at once since the run; None where that is the
        run's.
    changes
        The indicators whose points rose most.
    """

    enterprise_id: str
    name: str | None
    division: str | None
    region: str | None
    grade: str
    next_grade: str
    score_before: float
    score: float
    distance: float
    updated_on: date | None
    changes: tuple[Change, ...]

    @property
    def rise(self) -> float:
        """By how many points the score rose."""
        return self.score - self.score_before


@dataclass(frozen=True)
class Followed:
    """What became of the enterprises of one grade in the following month.

    Parameters
    ----------
    group
        "warned"; "near": as near the next grade, but not risen; or "others".
    enterprises, worsened
        How many there were, of those still in the later run, and how many had a riskier grade.
    """

    grade: str
    group: str
    enterprises: int
    worsened: int

    @property
    def rate(self) -> float | None:
        """The share that got worse; None where there was nobody."""
        return self.worsened / self.enterprises if self.enterprises else None


@dataclass(frozen=True)
class EarlyWarnings:
    """The warnings of one run.

    Parameters
    ----------
    since
        The as-of date that scores are compared with.
    warned
        The riskiest next grade first, then the nearest to it.
    followed_at, follow_up
        The as-of date of the following month's run, and what became of everyone; None and empty where it is not
        published.
    """

    run: PublishedRun
    since: date
    warned: tuple[Warned, ...]
    followed_at: date | None
    follow_up: tuple[Followed, ...]
    words: Words

    @property
    def simulated(self) -> bool:
        """Whether any of the records were simulated."""
        return self.run.manifest.simulated


def find_warnings(
    workspace: Workspace, scheme: str, as_of: date, on_progress: Callable[[str, int, int], None]
) -> EarlyWarnings:
    """Find whose risk is rising in the run at `as_of`.

    Raises
    ------
    ConfigurationError
        Where that run is not published, or there is no earlier one of the same model.
    RunError
        Where a file of a run is damaged.
    """
    run = published_run(workspace, scheme, as_of)
    words = words_of(run)
    if not words.scheme.bands:
        raise ConfigurationError(
            zh=f"办法 {scheme} 没有得分区间，无从看出谁接近下一个等级。",
            en=f"Scheme {scheme} has no score bands, so nobody is near a next grade.",
        )
    same = [one for one in published_runs(workspace, scheme, "grades") if one.model == run.model]
    start = _start(same, run)
    later = next((one for one in same if one.as_of >= as_of + FOLLOW), None)
    connection = connect_to_records(workspace)
    for view, one in (("published", run), ("start", start), *([("later", later)] if later else [])):
        one.open_view(connection, "grades", f"{view}_run")
    # Whose grade was brought up to date at once since the run is judged by the grade that applies now.
    now = updated_grades_sql(connection, "published_run", read_updates(workspace.ledger, scheme, as_of))
    connection.execute(f"CREATE TEMP TABLE now_run AS {now}")
    on_progress("scores", 0, 2)
    connection.execute(f"CREATE TEMP TABLE judged AS {judged_sql(words.scheme, 'start_run', 'now_run')}")
    connection.execute("CREATE TEMP VIEW warned AS SELECT * FROM judged WHERE near AND rising")
    on_progress("reasons", 1, 2)
    changes = changed_points(connection, start, run, "warned", LISTED_CHANGES)
    name_enterprises(connection, workspace, "warned", as_of, "registrations")
    rows = connection.execute(
        "SELECT w.enterprise_id, e.name, w.division, e.region, w.grade, w.next_grade, w.score_before, w.score, "
        "w.distance, n.updated_on "
        "FROM warned w LEFT JOIN registrations e USING (enterprise_id) JOIN now_run n USING (enterprise_id) "
        f"ORDER BY list_position({list(words.scheme.grade_names)}, w.next_grade) DESC, w.distance, w.enterprise_id"
    ).fetchall()
    warned = tuple(Warned(*(*row, changes.get(row[0], ()))) for row in rows)
    followed = _follow(connection, words.scheme) if later else ()
    return EarlyWarnings(run, start.as_of, warned, later.as_of if later else None, followed, words)


def judged_sql(scheme: Scheme, start: str, now: str) -> str:
    """Who of the enterprises of a run is near the next grade, and whose score rose towards it.

    Parameters
    ----------
    start, now
        The ``grades`` tables of the two runs, as relations.

    Returns
    -------
    str
        A SELECT, one row per enterprise of `now` that has not the riskiest grade: enterprise_id, division, grade,
        next_grade, score_before, score, distance, near and rising (false where it was not there, or its grade got worse
        since).
    """
    grades = "[" + ", ".join(f"'{grade}'" for grade in scheme.grade_names) + "]"
    # So that more is always riskier.
    sign = "-" if scheme.score is not None and scheme.score.direction == "better" else ""
    bands = ", ".join(
        f"('{band.grade}', '{following.grade}', {sign}{_edge(scheme, band, sign)!r}::DOUBLE, "
        f"{sign}{_edge(scheme, following, sign)!r}::DOUBLE)"
        for band, following in pairwise(scheme.bands)
    )
    return (
        "SELECT n.enterprise_id, n.division, n.grade, b.next_grade, s.score AS score_before, n.score, b.edge - "
        f"{sign}n.score AS distance, "
        f"{sign}n.score < b.edge AND b.edge - {sign}n.score <= {NEAR} * (b.edge - b.start) AS near, "
        f"coalesce({sign}n.score - {sign}s.score >= {RISE} * (b.edge - b.start) "
        f"AND list_position({grades}, n.grade) <= list_position({grades}, s.grade), false) AS rising "
        f"FROM {now} n JOIN (VALUES {bands}) b(grade, next_grade, start, edge) USING (grade) LEFT JOIN {start} s USING "
        "(enterprise_id)"
    )


def _edge(scheme: Scheme, band: Band, sign: str) -> float:
    """Where a band begins, coming from milder grades."""
    assert scheme.score is not None
    return scheme.score.end(band) if sign else band.from_


def _start(same: list[PublishedRun], run: PublishedRun) -> PublishedRun:
    """The newest run at least `LOOK_BACK` older, or the oldest there is."""
    earlier = [one for one in same if one.as_of < run.as_of]
    if not earlier:
        raise ConfigurationError(
            zh=f"没有早于 {run.as_of} 且由同一模型得出的已发布结果，无从看出得分是否上升；请先为更早的基准日运行 "
            f"{score_command(run.scheme)}。",
            en=f"There is no published run before {run.as_of} by the same model to see a rise against; run "
            f"'{score_command(run.scheme)}' with an earlier date first.",
        )
    return next((one for one in reversed(earlier) if one.as_of <= run.as_of - LOOK_BACK), earlier[0])


def _follow(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> tuple[Followed, ...]:
    grades = list(scheme.grade_names)
    rows = connection.execute(
        "SELECT * FROM (SELECT j.grade AS grade, CASE WHEN near AND rising THEN 'warned' WHEN near THEN 'near' ELSE "
        "'others' END AS what, "
        f"count(*), count(*) FILTER (WHERE list_position({grades}, l.grade) > list_position({grades}, j.grade)) "
        "FROM judged j JOIN later_run l USING (enterprise_id) GROUP BY ALL) "
        f"ORDER BY list_position({grades}, grade), list_position(['warned', 'near', 'others'], what)"
    ).fetchall()
    return tuple(Followed(*row) for row in rows)
