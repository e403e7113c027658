"""A directory of enterprises as a CSV file, with the scheme's notice."""

from __future__ import annotations

from pathlib import Path

from riskml.publication.columns import Field, text
from riskml.publication.csv_export import write_sheet
from riskml.records.tables import Label
from riskml.runs.directory import Listed
from riskml.schemes.notices import notice_of

FIELDS = (
    text("enterprise_id", "统一社会信用代码", "unified social credit code"),
    text("name", "企业名称", "name"),
    text("division", "登记机关行政区划", "division code", required=False),
    Field("records", "list", Label("依据的记录", "records")),
)


def write_directory(found: Listed, path: Path) -> int:
    """Write a directory and return how many enterprises it holds."""
    return write_sheet(path, FIELDS, found.rows, notice=notice_of(found.scheme, found.as_of), simulated=found.simulated)
