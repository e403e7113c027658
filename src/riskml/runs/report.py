"""The report of a run, in both languages: what it found, for those who run it and those who answer for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from riskml.audit.keys import Signer
from riskml.audit.logs import NAMES, log_of
from riskml.core.errors import RunError
from riskml.core.language import LIST_SEPARATOR, speaking
from riskml.core.pages import rendered
from riskml.core.qr import qr_svg
from riskml.core.remarks import remark
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import parquet
from riskml.explaining.colours import ink_on
from riskml.explaining.fonts import FONTS
from riskml.explaining.profile import region_name
from riskml.explaining.values import point_places, points, signed
from riskml.records.reconciliation import reports_of
from riskml.records.store import is_simulated
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED
from riskml.runs.charts import calibration_chart, grade_colours, grade_rate_chart, grade_share_chart
from riskml.runs.layout import REPORTS, RunFolder
from riskml.runs.method_in_use import model_of
from riskml.runs.migration import count_matrix, largest_movements, migration_sql
from riskml.runs.policy_between import policy_between
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.runs.realised import RUNS, Realised, counted_how, realised_rates
from riskml.runs.revisions import CHANGES
from riskml.schemes.methods.method import Method
from riskml.schemes.notices import notice_of
from riskml.schemes.policy import Policy
from riskml.schemes.scheme import Scheme
from riskml.training.bands_of_rates import other_bands
from riskml.training.rivals import LABELS

TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"

MOVEMENTS = 20
"""How many of the largest movements the report shows."""

DELIVERIES = 12
"""How many of the last loads the report accounts for file by file."""


def write_report(
    connection: duckdb.DuckDBPyConnection,
    folder: RunFolder,
    method: Method,
    policy: Policy,
    summary: dict[str, Any],
    loads: tuple[dict[str, Any], ...],
) -> None:
    """Write the report of the run in `folder`'s draft.

    Parameters
    ----------
    connection
        With the run's tables open as views (``grades``, ``reasons``, ...).
    summary
        The manifest, but for timings.
    loads
        The loads that the records came with, as the store has them.
    """
    scheme, earlier = policy.scheme, next(_runs_before(folder), None)
    if earlier:
        before = parquet(earlier.parts("grades"))
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW migration AS {migration_sql(before, 'grades', scheme.grade_names)}"
        )
    model = model_of(method)
    facts = model.bundle.facts if model else None
    shares = {grade: count / max(summary["enterprises"], 1) for grade, count in summary["grades"].items()}
    places = point_places(scheme)
    content = {
        "scheme": scheme,
        "notice": notice_of(scheme, folder.as_of),
        "told": lambda tables: LIST_SEPARATOR.said.join(TABLES[name].label.said for name in tables),
        "relations": {name: one.label for name, one in DERIVED.items()},
        "rivals": LABELS,
        "changes": CHANGES,
        "summary": summary,
        "facts": facts,
        "other_bands": other_bands(facts, scheme) if facts else None,
        "shares": shares,
        "colours": grade_colours(scheme),
        "top_indicators": _top_indicators(connection, method, scheme),
        "regions": _regions(connection, scheme),
        "realised": _realised(connection, folder, facts or {}, policy),
        "counted_how": counted_how,
        "earlier": earlier.as_of.isoformat() if earlier else None,
        "policy_between": policy_between(folder.workspace.ledger, earlier, policy) if earlier else None,
        "movements": largest_movements(connection, "migration", MOVEMENTS) if earlier else [],
        "migration": count_matrix(connection, "migration", scheme.grade_names) if earlier else None,
        "deliveries": [(load, reports_of(load)) for load in loads[-DELIVERIES:]],
        "own_sources": sorted({load["source"] for load in loads if not is_simulated(load)} - {"amendments"}),
        "points": partial(points, places=places),
        "signed": partial(signed, places=places),
        "quarantined": sum(summary["quarantined_rows"].values()),
        "checkpoints": _checkpoints(folder.workspace),
        "fonts": FONTS,
        "ink_on": ink_on,
    }  # fmt: skip
    for spoken, name in REPORTS.items():
        with speaking(spoken):
            page = rendered(
                TEMPLATE,
                **content,
                share_chart=grade_share_chart(shares, scheme),
                rate_chart=grade_rate_chart(facts["figures"]["model"]["grades"]["rates"], scheme) if facts else None,
                calibration_chart=calibration_chart(facts["figures"]["model"]["reliability"]) if facts else None,
            )
        (folder.draft / name).write_text(page, encoding="utf-8")


def _checkpoints(workspace: Workspace) -> list[dict[str, Any]]:
    """A checkpoint of each log, made now: whoever keeps the page can tell later whether the log was cut or changed."""
    signer = Signer.of_environment()
    made = [(label, log_of(workspace, name).checkpoint(signer)) for name, label in NAMES.items()]
    return [
        {"label": label, "note": one.note, "signed": bool(one.signatures), "qr": qr_svg(one.note, one.origin)}
        for label, one in made
    ]


def _realised(
    connection: duckdb.DuckDBPyConnection, folder: RunFolder, facts: Mapping[str, Any], policy: Policy
) -> tuple[Realised, ...]:
    """What visits have found since the earlier runs."""
    runs = list(islice(_runs_before(folder), RUNS))[::-1]
    kinds = facts.get("cohort", {}).get("judge_on", ["random"])
    return realised_rates(connection, runs, folder.as_of, kinds, policy.periods)


def _runs_before(folder: RunFolder) -> Iterator[PublishedRun]:
    """The runs before this one whose grades are as they were published, the newest first; of the others it is remarked
    why not.
    """
    for day in reversed(published_days(folder.workspace, folder.scheme)):
        if day < folder.as_of:
            try:
                run = published_run(folder.workspace, folder.scheme, day)
                run.parts("grades")
            except RunError as error:
                remark(error)
            else:
                yield run


def _top_indicators(connection: duckdb.DuckDBPyConnection, method: Method, scheme: Scheme) -> list[dict[str, Any]]:
    """The indicators that most often count most against an enterprise, with the mean amount by which they do."""
    rows = connection.execute(
        "SELECT indicator, count(*) AS enterprises, avg(abs(points)) AS points FROM reasons "
        f"WHERE rank = 1 AND {scheme.against_sql} "
        "GROUP BY indicator ORDER BY enterprises DESC, indicator LIMIT 10"
    ).fetchall()
    labels = {column.name: column.label for column in method.system.columns}
    return [{"label": labels[name], "enterprises": count, "points": points} for name, count, points in rows]


def _regions(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> list[dict[str, Any]]:
    """Grades by prefecture (the first four digits of the division)."""
    rows = connection.execute(
        "SELECT coalesce(left(division, 4), '') AS region, count(*) AS enterprises, "
        + ", ".join(f"count(*) FILTER (WHERE grade = '{grade}')" for grade in scheme.grade_names)
        + " FROM grades GROUP BY region ORDER BY region"
    ).fetchall()
    return [
        {
            "region": region_name(f"{row[0]}00") if row[0] else None,
            "enterprises": row[1],
            "grades": dict(zip(scheme.grade_names, row[2:], strict=True)),
        }
        for row in rows
    ]
