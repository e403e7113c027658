"""Migration (等级变动): what became of every enterprise's grade between two runs, as one relation that all
counts read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Matrix:
    """How many enterprises went from which grade to which.

    Parameters
    ----------
    grades
        From the mildest to the riskiest.
    counts
        Shape (k + 1, k + 1): one row per grade before, then those that are new; one column per grade after, then those
        that left. The last entry, new and left at once, is always 0.
    """

    grades: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ScoreMovement:
    """An enterprise whose score moved between two runs."""

    enterprise_id: str
    before: float
    after: float
    grade_before: str
    grade_after: str


def migration_sql(before: str, after: str, grades: Sequence[str]) -> str:
    """What became of every enterprise of two runs.

    Parameters
    ----------
    before, after
        The ``grades`` tables of the earlier and of the later run, as relations.
    grades
        The scheme's grades from the mildest to the riskiest.

    Returns
    -------
    str
        A SELECT, one row per enterprise of either run: enterprise_id, division (as last known), grade, score and
        decided_by each with ``_before`` and ``_after`` (null where the enterprise is not in that run), kind (upgraded
        to a milder grade, downgraded, unchanged, new in the later run, left with the earlier one), and newly_riskiest
        (has the riskiest grade now and had not).
    """
    order = "[" + ", ".join(f"'{grade}'" for grade in grades) + "]"
    both = ", ".join(
        f"b.{column} AS {column}_before, a.{column} AS {column}_after" for column in ("grade", "score", "decided_by")
    )
    return (
        f"SELECT enterprise_id, coalesce(a.division, b.division) AS division, {both}, "
        "CASE WHEN b.grade IS NULL THEN 'new' WHEN a.grade IS NULL THEN 'left' WHEN a.grade = b.grade THEN 'unchanged' "
        f"WHEN list_position({order}, a.grade) < list_position({order}, b.grade) THEN 'upgraded' ELSE 'downgraded' END "
        "AS kind, "
        f"coalesce(a.grade = '{grades[-1]}', false) AND b.grade IS DISTINCT FROM '{grades[-1]}' AS newly_riskiest "
        f"FROM {before} b FULL JOIN {after} a USING (enterprise_id)"
    )


def count_matrix(connection: duckdb.DuckDBPyConnection, migration: str, grades: Sequence[str]) -> Matrix:
    """Count the enterprises of `migration`, a relation made by `migration_sql`, by grade before and after."""
    counted = {
        (before, after): count
        for before, after, count in connection.execute(
            f"SELECT grade_before, grade_after, count(*) FROM {migration} GROUP BY ALL"
        ).fetchall()
    }
    places = (*grades, None)
    return Matrix(tuple(grades), tuple(tuple(counted.get((before, after), 0) for after in places) for before in places))


def largest_movements(connection: duckdb.DuckDBPyConnection, migration: str, count: int) -> list[ScoreMovement]:
    """The enterprises of `migration` whose score moved most, up or down; of a scheme without a score, whose
    grade did.
    """
    rows = connection.execute(
        f"SELECT enterprise_id, score_before, score_after, grade_before, grade_after FROM {migration} "
        "WHERE kind NOT IN ('new', 'left') AND (score_after <> score_before OR kind <> 'unchanged') ORDER BY "
        f"abs(score_after - score_before) DESC, enterprise_id LIMIT {count:d}"
    ).fetchall()
    return [ScoreMovement(*row) for row in rows]
