"""The province as a whole: reproducible, complete, clean but for what was spoiled on purpose."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.lab.simulation import simulate
from riskml.lab.simulation.defects import DEFECT_KINDS, UNKNOWN_CODE, count_defects
from riskml.lab.simulation.province import FIELDS
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.records.tables import SQL_TYPES, TABLES
from riskml.records.uscc import is_valid

UNTIL = date(2026, 10, 31)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.parquet"))}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("first", 3), ("second", 3), ("third", 4)):
        simulate(400, seed, 12, UNTIL, tmp_path / name / "raw", tmp_path / name / "truth")
    first, second, third = (_hashes(tmp_path / name) for name in ("first", "second", "third"))
    assert len(first) == len(FIELDS) + 1
    assert first == second
    assert all(
        first[name] != third[name] for name in ("enterprise.parquet", "inspection.parquet", "hidden_risk.parquet")
    )


@pytest.mark.parametrize("enterprises", [1, 2, 30])
def test_a_tiny_province_has_every_extract(tmp_path, enterprises):
    summary = simulate(enterprises, 1, 1, date(2026, 3, 10), tmp_path / "raw", tmp_path / "truth")
    assert set(summary.rows) == set(FIELDS)
    assert summary.rows["enterprise"] >= enterprises


def test_the_truth_is_written_apart(simulated, tmp_path):
    connection = simulated.connect()
    assert {path.name for path in simulated.out.rglob("*")} == {f"{table}.parquet" for table in FIELDS}
    for table in FIELDS:
        names = {row[0].lower() for row in connection.execute(f"DESCRIBE {table}_raw").fetchall()}
        assert not names & {"risk", "latent", "hidden_risk"}
    with pytest.raises(ConfigurationError, match="must not lie in"):
        simulate(10, 1, 1, UNTIL, tmp_path / "raw", tmp_path / "raw" / "truth")


@pytest.mark.parametrize(("enterprises", "months"), [(0, 12), (30_000_000, 12), (10, 0)])
def test_numbers_out_of_range_are_refused(tmp_path, enterprises, months):
    with pytest.raises(ConfigurationError, match="should be"):
        simulate(enterprises, 1, months, UNTIL, tmp_path / "raw", tmp_path / "truth")


def test_progress_rises_to_one(tmp_path):
    seen: list[tuple[str, float]] = []
    simulate(50, 1, 3, UNTIL, tmp_path / "raw", tmp_path / "truth", lambda what, share: seen.append((what, share)))
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert seen[-1] == ("truth", 1.0)


@pytest.mark.parametrize("table", FIELDS)
def test_the_summary_counts_rows_and_bad_rows_exactly(simulated, table):
    connection, fields = simulated.connect(), FIELDS[table]
    rows = connection.execute(f"SELECT count(*) FROM {table}_raw").fetchone()[0]
    assert rows == simulated.summary.rows[table]
    bad = simulated.summary.bad_rows[table]
    assert bad == count_defects(fields, rows - sum(bad.values()))
    found = connection.execute(
        f"SELECT count(*) - count(DISTINCT {fields.number}), count(*) FILTER ({fields.date} = '不详'), "
        f"count(*) FILTER ({fields.date} IS NULL), count(*) FILTER ({fields.date} > '2050') - count(*) FILTER "
        f"({fields.date} = '不详') "
        f"FROM {table}_raw"
    ).fetchone()
    assert found == tuple(
        bad.get(kind, 0) for kind in ("duplicate_id", "wrong_type", "missing_required", "future_date")
    )


@pytest.mark.parametrize("table", [table for table in FIELDS if FIELDS[table].subject])
def test_every_credit_code_is_valid_but_the_spoiled_ones(simulated, table):
    codes = simulated.connect().execute(f"SELECT UNISCID FROM {table}_raw").fetchall()
    distinct = {code for (code,) in codes}
    invalid = {code for code in distinct if not is_valid(code)}
    assert sum(code in invalid for (code,) in codes) == simulated.bad(table, "bad_credit_code")


@pytest.mark.parametrize("table", FIELDS)
def test_every_good_row_has_known_codes_and_readable_values(simulated, table):
    connection = simulated.connect()
    mapped = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    assert mapped <= {*TABLES[table].column_names, "source_row"}
    for column in TABLES[table].columns:
        if column.name not in mapped:
            continue
        if column.codes:
            known = ", ".join(f"'{code}'" for code in column.codes)
            wrong = f"{column.name} NOT IN ({known})"
        else:
            wrong = f"{column.name} IS NOT NULL AND TRY_CAST({column.name} AS {SQL_TYPES[column.type]}) IS NULL"
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE {wrong}").fetchone()[0] == 0, column.name
        if column.required:
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE {column.name} IS NULL").fetchone()[0] == 0, (
                column.name
            )
        # Some listings say when they will be over.
        if column.type == "date" and not column.planned and (table, column.name) != ("serious_listing", "end_date"):
            assert (
                connection.execute(f"SELECT count(*) FROM {table} WHERE {column.name} > '{UNTIL}'").fetchone()[0] == 0
            ), column.name


@pytest.mark.parametrize("table", [table.name for table in TABLES.values() if table.kind == "state"])
def test_states_end_after_they_begin(simulated, table):
    query = f"SELECT count(*) FROM {table} WHERE end_date < start_date"
    assert simulated.connect().execute(query).fetchone()[0] == 0


@pytest.mark.long
def test_ingest_takes_every_good_row_and_refuses_every_bad_one(simulated, tmp_path):
    source = load_source(Path(__file__).parents[3] / "sources" / "simulated")
    report = ingest(Workspace(tmp_path), source, simulated.out, UNTIL, lambda *_: None)
    assert report.complete
    assert not report.unused_columns
    assert {table.table: table.refused for table in report.tables} == {
        table: sum(number for kind, number in bad.items() if kind != UNKNOWN_CODE)
        for table, bad in simulated.summary.bad_rows.items()
    }
    assert {word for _, _, word in report.new_words} == {"未列代码"}
    assert {reason for _, _, reason in report.notes} == {"unknown_code"}
    assert set(simulated.summary.bad_rows["enterprise"]) == set(DEFECT_KINDS)


def test_some_listings_say_when_they_will_be_over(simulated):
    connection = simulated.connect()
    open_, planned = connection.execute(
        "SELECT count(*) FILTER (WHERE end_date IS NULL), count(*) FILTER (WHERE CAST(end_date AS DATE) > DATE "
        f"'{UNTIL}') FROM serious_listing"
    ).fetchone()
    assert open_ > 0
    assert planned > 0
