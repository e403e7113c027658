"""What the published runs of a scheme graded one enterprise."""

from __future__ import annotations

from datetime import date

from riskml.core.workspace import Workspace
from riskml.explaining.over_years import GradedOn
from riskml.records.buckets import bucket_of
from riskml.records.store import open_store
from riskml.runs.published import published_days, published_run

MOST_RUNS = 36
"""The newest that are read: three years of months."""


def grades_over_time(workspace: Workspace, scheme: str, enterprise_id: str, until: date) -> tuple[GradedOn, ...]:
    """Its grade and score in each run up to a day that holds it, oldest first, as they were published."""
    bucket = bucket_of(enterprise_id, open_store(workspace.records).buckets)
    days = [day for day in published_days(workspace, scheme) if day <= until][-MOST_RUNS:]
    found = ((day, published_run(workspace, scheme, day).graded(enterprise_id, bucket)) for day in days)
    return tuple(
        GradedOn(day, str(graded["grade"][0]), graded["score"][0].as_py())
        for day, graded in found
        if graded is not None
    )
