"""The SQL and the settings of a source folder from elsewhere reach nothing but the source's own delivery."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from handmade import RECEIVED, ROOT, Province

from riskml.checks.check import check
from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import confine, connect
from riskml.records.ingest import ingest
from riskml.records.source_sql import RESERVED, mapping_fault
from riskml.records.sources import find_source, load_source

REFUSED = [
    ("SELECT lpad(a, 1900000000, 'b') FROM v", "lpad()"),
    ("SELECT rpad(a, length(a) * 1000, 'b') FROM v", "rpad()"),
    ("SELECT format('{:>1900000000}', a) FROM v", "format()"),
    ("SELECT printf('%1900000000d', 1) FROM v", "printf()"),
    ("SELECT * FROM read_text('/etc/passwd')", "read_text()"),
    ("SELECT * FROM v, LATERAL read_text('/etc/passwd')", "read_text()"),
    ("SELECT * FROM v, read_csv('/etc/passwd')", "read_csv()"),
    ("SELECT * FROM read_blob(a)", "read_blob()"),
    ("SELECT * FROM parquet_scan('x.parquet')", "parquet_scan()"),
    ("SELECT * FROM '/etc/passwd'", "'/etc/passwd'"),
    ("SELECT * FROM v JOIN 'https://host.example/x.csv' USING (a)", "'https://host.example/x.csv'"),
    ("SELECT * FROM 's3://bucket/x.parquet'", "s3://"),
    ('SELECT * FROM "/etc/passwd"', "'/etc/passwd'"),
    ("SELECT (SELECT content FROM read_text('/etc/passwd')) FROM v", "read_text()"),
    ("WITH w AS (SELECT * FROM glob('/etc/*')) SELECT * FROM v, w", "glob()"),
    ("SELECT CASE WHEN a THEN (SELECT count(*) FROM glob('/etc/*')) END FROM v", "glob()"),
    ("SELECT * FROM v WHERE a IN (SELECT file FROM glob('/etc/*'))", "glob()"),
    ("SELECT a FROM v UNION ALL SELECT content FROM read_text('/etc/passwd')", "read_text()"),
    ("SELECT * FROM unnest((SELECT list(file) FROM glob('/etc/*')))", "glob()"),
    ("SELECT a FROM v ORDER BY (SELECT content FROM read_text('/etc/passwd'))", "read_text()"),
    ("SELECT a FROM v LIMIT (SELECT count(*) FROM read_text('/etc/passwd'))", "read_text()"),
    ("SELECT sum(a) OVER (ORDER BY getenv('HOME')) FROM v", "getenv()"),
    ("SELECT max(a) FILTER (WHERE getenv('HOME') = '') FROM v", "getenv()"),
    ("SELECT list_transform([1], x -> getenv('HOME')) FROM v", "getenv()"),
    ("SELECT [getenv(x) FOR x IN b] FROM v", "getenv()"),
    ("SELECT a.getenv() FROM v", "getenv()"),
    ("SELECT system.main.getenv('HOME') FROM v", "getenv()"),
    ("SELECT * REPLACE (getenv('HOME') AS a) FROM v", "getenv()"),
    ("SELECT * FROM (VALUES (getenv('HOME'))) t(a)", "getenv()"),
    ("SELECT current_setting('home_directory') FROM v", "current_setting()"),
    ("SELECT getvariable('x') FROM v", "getvariable()"),
    ("SELECT * FROM query('SELECT 1')", "query()"),
    ("SELECT * FROM query_table('quarantine')", "query_table()"),
    ("SELECT * FROM duckdb_settings()", "duckdb_settings()"),
    ("SELECT * FROM duckdb_secrets()", "duckdb_secrets()"),
    ("SELECT * FROM information_schema.tables", "information_schema.tables"),
    ("SELECT * FROM quarantine", "'quarantine'"),
    ("SELECT * FROM temp.staged", "'temp.staged'"),
    ("SELECT (WITH quarantine AS (SELECT 1) SELECT 1) FROM quarantine", "'quarantine'"),
    ("SELECT COLUMNS(c -> c LIKE 'a%') FROM v", "COLUMNS()"),
    ("SELECT COLUMNS('a.*') FROM v", "COLUMNS()"),
    ("SELECT * FROM range(1000000000000)", "range()"),
    ("SELECT repeat('x', 1000000000) FROM v", "repeat()"),
    ("WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT * FROM r", "RECURSIVE"),
    ("SELECT now() FROM v", "now()"),
    ("SELECT current_date FROM v", "current_date"),
    ("SELECT random() FROM v", "random()"),
    ("SELECT a FROM v TABLESAMPLE 10%", "TABLESAMPLE"),
    ("FROM (DESCRIBE v)", "SHOW REF"),
    ("SELECT $1 FROM v", "PARAMETER"),
]
STATEMENTS = [
    "COPY v TO '/tmp/x.csv'",
    "ATTACH '/tmp/x.db'",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "CALL pragma_version()",
    "EXPORT DATABASE '/tmp/x'",
    "CREATE MACRO m() AS 1",
    "SELECT 1; COPY v TO '/tmp/x.csv'",
    "PIVOT v ON a USING count(*)",
]
GOOD = {"record_id": "S1", "enterprise_id": "甲", "start_date": "2026-01-05", "list_kind": "tax"}


@pytest.mark.parametrize(("sql", "named"), REFUSED)
def test_what_reads_anything_but_the_delivery_is_refused_by_name_and_line(sql: str, named: str) -> None:
    fault = mapping_fault("-- 注释\n" + sql, frozenset({"v"}))
    assert fault is not None
    assert fault[1].startswith("line 2: ") or named in {"RECURSIVE", "SHOW REF"}
    assert all(named in words for words in fault)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_what_is_no_single_select_is_refused(province: Province, sql: str) -> None:
    assert mapping_fault(sql, frozenset({"v"}))
    source = province.source({"serious_listing": [GOOD]})
    (source.folder / "serious_listing.sql").write_text(sql)
    with pytest.raises(ConfigurationError, match=r"serious_listing\.sql"):
        load_source(source.folder)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lpad(a, 6, '0') FROM v",
        "SELECT a FROM V, unnest(string_split(b, ';')) AS u(c)",
        "SELECT * FROM (VALUES ('01', 'tax')) AS codes(code, kind) JOIN v ON v.a = codes.code",
        "WITH w AS (SELECT * FROM v), x AS (SELECT * FROM w) SELECT * FROM x UNION ALL BY NAME SELECT * FROM w ORDER "
        "BY 1 LIMIT 3",
        "SELECT list_transform(string_split(a, ';'), lambda x: trim(x)) FROM v",
        "SELECT a::DATE, try(strptime(a, '%Y')), extract(year FROM b), a[1:2], {n: a}, a ~ 'x', a LIKE '%' ESCAPE '!', "
        "-a, NOT b FROM v",
        "SELECT DISTINCT ON (a) b, count(*) FILTER (WHERE c) OVER (PARTITION BY d ROWS 1 PRECEDING) FROM v QUALIFY "
        "rank() OVER () = 1",
    ],
)
def test_what_a_mapping_needs_is_there(sql: str) -> None:
    assert mapping_fault(sql, frozenset({"v"})) is None


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in (ROOT / "sources").glob("*/source.yaml")), ids=lambda one: one.name
)
def test_every_shipped_source_passes(folder: Path) -> None:
    assert load_source(folder).mappings


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 5000 + "1" + ")" * 5000, "SELECT " + "NOT " * 20_000 + "true"])
def test_a_mapping_that_is_nested_without_end_is_refused(province: Province, sql: str) -> None:
    source = province.source({"serious_listing": [GOOD]})
    (source.folder / "serious_listing.sql").write_text(sql)
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        load_source(source.folder)


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "..", ".", "", "a/b", "a\\b"])
def test_a_source_is_named_and_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="not the name of a source"):
        find_source(tmp_path / "sources", name)


def test_a_source_gives_no_other_source_s_name(province: Province) -> None:
    source = province.source({"serious_listing": [GOOD]})
    path = source.folder / "source.yaml"
    path.write_text(path.read_text().replace("source: handmade", "source: simulated"))
    with pytest.raises(ConfigurationError, match="should be the name of the folder"):
        load_source(source.folder)


def test_a_link_in_a_source_folder_is_not_followed(province: Province, tmp_path: Path) -> None:
    source = province.source({"serious_listing": [GOOD]})
    secret = tmp_path / "secret.txt"
    secret.write_text("SELECT source_row FROM serious_listing_raw")
    (source.folder / "honour.sql").symlink_to(secret)
    with pytest.raises(ConfigurationError, match=r"honour\.sql should be a regular file"):
        load_source(source.folder)


def test_a_pipe_in_a_source_folder_does_not_hang(province: Province) -> None:
    source = province.source({"serious_listing": [GOOD]})
    os.mkfifo(source.folder / "honour.sql")
    with pytest.raises(ConfigurationError, match=r"honour\.sql should be a regular file"):
        load_source(source.folder)


@pytest.mark.parametrize("name", ["order", "select", "O'clock"])
def test_words_of_sql_are_names_like_any_other(province: Province, name: str) -> None:
    source = province.source({"serious_listing": [GOOD]})
    spec = yaml.safe_load((source.folder / "source.yaml").read_text())
    spec["files"] = {name: spec["files"]["serious_listing_raw"]}
    (source.folder / "source.yaml").write_text(yaml.safe_dump(spec))
    mapping = source.folder / "serious_listing.sql"
    mapping.write_text(mapping.read_text().replace("serious_listing_raw", f'"{name}"'))
    if not name.isalpha():
        with pytest.raises(ConfigurationError, match="no name for an extract"):
            load_source(source.folder)
        return
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert report.complete
    assert len(province.stored("serious_listing")) == 1


@pytest.mark.parametrize(
    "name", ["it's.parquet", "a[1].parquet", "{x}.parquet", "a*b.parquet", 'say "hi".parquet', "') --.parquet"]
)
def test_marks_in_a_file_s_name_are_part_of_the_name(province: Province, name: str) -> None:
    source = province.source({"serious_listing": [GOOD]})
    (province.inbox / "serious_listing1.parquet").rename(province.inbox / name)
    spec: dict[str, Any] = yaml.safe_load((source.folder / "source.yaml").read_text())
    spec["files"] = {"serious_listing_raw": name}
    (source.folder / "source.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True))
    mapping = source.folder / "serious_listing.sql"
    mapping.write_text(mapping.read_text().replace("SELECT", "SELECT source_file,", 1))
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert report.complete
    assert len(province.stored("serious_listing")) == 1


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_an_extract_is_not_called_as_a_table_of_the_load(province: Province, name: str) -> None:
    source = province.source({"serious_listing": [GOOD]})
    path = source.folder / "source.yaml"
    path.write_text(path.read_text().replace("serious_listing_raw", name))
    with pytest.raises(ConfigurationError, match="keeps for itself"):
        load_source(source.folder)


def test_every_table_that_a_load_makes_is_reserved() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "riskml" / "records").glob("*.py"))
    assert set(re.findall(r"CREATE (?:OR REPLACE )?TEMP (?:TABLE|VIEW) (\w+)", code)) <= RESERVED
    assert set(re.findall(r'\.register\(\s*"(\w+)"', code)) <= RESERVED


def test_the_engine_of_a_load_reaches_nothing_but_its_own_folders(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "x.txt").write_text("secret")
    (own / "link.txt").symlink_to(other / "x.txt")
    connection = connect(tmp_path / "spill")
    confine(connection, [own], spill_gib=1)
    assert connection.execute(f"SELECT content FROM read_text('{own}/x.txt')").fetchall() == [("secret",)]
    for statement in (
        f"SELECT * FROM read_text('{other}/x.txt')",
        f"SELECT * FROM read_text('{own}/../other/x.txt')",
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{other}/y.csv'",
        f"ATTACH '{other}/y.db'",
        "SELECT * FROM 'https://host.example/x.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET threads = 1",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
    assert [path.name for path in other.iterdir()] == ["x.txt"]


def test_a_check_of_a_delivery_goes_through_the_same_net(province: Province) -> None:
    source = province.source({"serious_listing": [GOOD]})
    (source.folder / "serious_listing.sql").write_text(
        "SELECT source_row, content AS record_id FROM serious_listing_raw, read_text('/etc/passwd')"
    )
    for made in (province.workspace.data, province.workspace.runs):
        made.mkdir()
    found = check(province.workspace, "yunnan", source=source.folder.name, folder=province.inbox)
    assert any("read_text() is no function" in finding.en for finding in found if finding.about == "delivery")
    found = check(province.workspace, "yunnan", source="../elsewhere", folder=province.inbox)
    assert any("not the name of a source" in finding.en for finding in found if finding.about == "delivery")


def test_a_list_is_no_value_of_a_column(province: Province) -> None:
    source = province.source(
        {
            "serious_listing": [GOOD],
            "honour": [{"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}],
        }
    )
    (source.folder / "serious_listing.sql").write_text(
        "SELECT source_row, record_id, enterprise_id, start_date, [list_kind] AS list_kind FROM serious_listing_raw"
    )
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    assert "gives list_kind as a list" in report.unreadable["serious_listing_raw"].en
    assert len(province.stored("honour")) == 1
