"""A day's delivery: records of one enterprise in a hundred, loaded as any other."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from riskml.engines.duckdb import connect
from riskml.lab.benchmarks.speed_province import SpeedProvince
from riskml.records.ingest import ingest
from riskml.records.sources import load_source

IN_TEN_THOUSAND = {"complaint": 60, "inspection": 30, "penalty": 10}
"""How many enterprises have a new record of each kind; a penalty reaches those tied to its enterprise too."""

_COLUMNS = {
    "complaint": {"kind": "complaint"},
    "inspection": {"kind": "routine", "result": "no_problem", "problems": "0", "serious_problems": "0"},
    "penalty": {"kind": "fine", "severity": "minor", "fine": "0.5"},
}


def deliver(province: SpeedProvince) -> int:
    """Load a delivery of the day after the month-end; returns the number of its rows.

    The province's own records stay as they are: the workspace gets links to their files first.
    """
    workspace, day = province.workspace, province.as_of + timedelta(days=1)
    shared = workspace.records.resolve()
    workspace.records.unlink()
    shutil.copytree(shared, workspace.records, copy_function=_link)
    folder, extracts = workspace.sources / "daily", workspace.root / "daily"
    folder.mkdir()
    extracts.mkdir()
    connection = connect(workspace.spill)
    province.store.open_views(connection)
    begin, rows = 0, 0
    for table, number in IN_TEN_THOUSAND.items():
        found = connection.sql(
            "SELECT DISTINCT enterprise_id FROM enterprise WHERE status = 'active' "
            "AND CAST('0x' || right(md5(enterprise_id), 8) AS UINTEGER) % 10000 BETWEEN $1 AND $2 ORDER BY "
            "enterprise_id",
            params=[begin, begin + number - 1],
        ).to_arrow_table()
        begin, rows = begin + number, rows + len(found)
        columns = {"event_date": day.isoformat(), "known_date": day.isoformat(), **_COLUMNS[table]}
        names = [f"daily-{table}-{place}" for place in range(len(found))]
        content = {"record_id": pa.array(names), "enterprise_id": found["enterprise_id"]}
        content |= {name: pa.array([value] * len(found)) for name, value in columns.items()}
        pq.write_table(pa.table(content), extracts / f"{table}.parquet")
        (folder / f"{table}.sql").write_text(
            f"SELECT source_row, {', '.join(content)} FROM {table}_raw", encoding="utf-8"
        )
    files = {f"{table}_raw": f"{table}.parquet" for table in IN_TEN_THOUSAND}
    spec = {
        "source": "daily",
        "label": {"zh": "每日数据", "en": "Daily delivery"},
        "identifier": "free",
        "files": files,
    }
    (folder / "source.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    ingest(workspace, load_source(folder), extracts, day, lambda *_: None)
    return rows


def _link(source: str, target: str) -> None:
    """A second name for a file, which no load ever changes; a copy where the folders are on different disks."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, Path(target))
