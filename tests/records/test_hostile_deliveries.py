"""Deliveries made to do harm end with a clear refusal, within stated bounds of memory, disk and time, and harm nothing
else.
"""

from __future__ import annotations

import hashlib
import os
import resource
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import RECEIVED, Province

from riskml.checks.delivery import check_delivery
from riskml.core.errors import ConfigurationError, RunError
from riskml.engines.duckdb import connect
from riskml.records import delimited, delivered_file
from riskml.records.columns import MOST_COLUMNS, Header, Wanted
from riskml.records.delimited import LONGEST_ROW, rewrite
from riskml.records.extracts import Extract, open_extract
from riskml.records.ingest import ingest
from riskml.records.parquet_file import MOST_BYTES, MOST_ROWS, claimed
from riskml.records.sources import SourceFile, load_source

GOOD = {"record_id": "S1", "enterprise_id": "甲", "start_date": "2026-01-05", "list_kind": "tax"}
HONOUR = {"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}

EXPLOSIVE = {
    "texts doubled": "concat(x, x)",
    "texts replaced by themselves": "replace(x, 'a', x)",
    "texts replaced by long ones": f"replace(x, 'a', '{'a' * 50}')",
    "texts put together": "concat_ws(',', x, x, x, x)",
    "lists of lists": "CAST(to_json([x, x, x, x]) AS VARCHAR)",
}
"""What makes a text longer each time that it is done again."""

MOST_MIB = 1_500
"""Resident memory of a process that reads a hostile delivery: its libraries, the engine's bound for a first decoding,
and some room.
"""


def opened(folder: Path, name: str = "x.csv") -> Extract:
    return open_extract(connect(folder / "spill"), "x", SourceFile(path=name), folder, folder / "scratch", Wanted())


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def outside(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def round_and_round(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("made", [pipe, folder, listening, device, outside])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_no_file_is_refused_at_once_and_the_other_tables_are_loaded(
    province: Province, made: Callable[[Path], None], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = province.source({"serious_listing": [GOOD], "honour": [HONOUR]})
    path = source.folder / "source.yaml"
    path.write_text(path.read_text().replace("serious_listing1.parquet", f"x.{suffix}"))
    monkeypatch.chdir(province.inbox)  # the name of a socket may not be long
    made(Path(f"x.{suffix}"))
    report = ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None)
    said = report.unreadable["serious_listing_raw"].en
    assert "is no regular file" in said or "outside the folder" in said
    assert len(province.stored("honour")) == 1


def test_a_link_within_the_delivery_is_followed(tmp_path: Path) -> None:
    (tmp_path / "2026-10.csv").write_text("a\n1\n")
    (tmp_path / "x.csv").symlink_to("2026-10.csv")
    assert opened(tmp_path).files[0].rows == 1


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    round_and_round(tmp_path / "x.csv")
    with pytest.raises(RunError):
        opened(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    (tmp_path / "x.csv").chmod(0)
    with pytest.raises(RunError, match=r"x\.csv may not be read"):
        opened(tmp_path)


def test_one_hostile_file_of_a_pattern_is_left_out_by_itself(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("a\n1\n")
    os.mkfifo(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_bytes(b"")
    extract = opened(tmp_path, "*.csv")
    assert [(file.path.name, file.rows) for file in extract.files] == [("a.csv", 1), ("b.csv", 1)]
    assert {path.name: "is no regular file" in error.en for path, error in extract.refused.items()} == {
        "c.csv": True,
        "d.csv": False,
    }


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    with pytest.raises(RunError, match="changed while it was read"), delivered_file.open_delivered(path, tmp_path):
        path.write_text("a\n2\n3\n")


def test_what_is_loaded_is_what_was_there_when_it_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    connection = connect(tmp_path / "spill")
    extract = open_extract(connection, "x", SourceFile(path="x.csv"), tmp_path, tmp_path / "scratch", Wanted())
    path.write_text("a\n2\n")
    assert connection.execute("SELECT a FROM x").fetchall() == [("1",)]
    assert extract.files[0].sha256 == hashlib.sha256(b"a\n1\n").hexdigest()


def test_a_file_that_is_nothing_but_size_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x.csv").open("wb") as file:
        file.write(b"a\n")
        file.truncate(1 << 40)
    with pytest.raises(RunError, match="GiB can be read"):
        opened(tmp_path)
    assert not any(path.stat().st_size for path in (tmp_path / "scratch").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n" + b"x" * 3_000_000 + b",2\n1,2\n",
        b"a,b\n" + b"\xff" * 450_000 + b"\n" + "1,昆明市五华区南屏路\n".encode() * 250_000,
        b'a,b\n"' + b"x" * 3_000_000 + b"\n1,2\n",
    ],
)
def test_one_gigantic_line_costs_itself(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    (file,) = opened(tmp_path).files
    assert [(one.row, one.line) for one in file.malformed] == [(0, 2)]
    assert len(file.malformed[0].text) <= 4 * delimited.LONGEST_SHOWN
    assert file.rows == content.count(b"\n") - 2


def test_a_file_of_nothing_but_bad_bytes_ends_soon(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,b\n" + b"\xff" * 30_000_000)
    begun = time.process_time()
    with pytest.raises(RunError, match="in none of utf-8, gb18030"):
        opened(tmp_path)
    assert time.process_time() - begun < 30


def test_a_header_without_end_and_one_of_too_many_names_are_refused(tmp_path: Path) -> None:
    for content in (
        b"a" * 3_000_000,
        b'"' + b"a\n" * 300_000,
        b",".join(b"c%d" % n for n in range(MOST_COLUMNS + 1)) + b"\n",
    ):
        (tmp_path / "x.csv").write_bytes(content)
        with pytest.raises(RunError, match=r"should name the columns|more than 1,000"):
            opened(tmp_path)


def test_quotes_that_are_never_closed_end_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_LOOKED_AHEAD", 10_000_000)
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + ('1,"' + "x" * 5_000 + "\n") * 2_000)
    with pytest.raises(RunError, match="never closed"):
        rewrite(path, tmp_path / "copy.csv", encoding="utf-8", delimiter=",", path=path)


def many_rows(path: Path) -> None:
    pq.write_table(pa.table({"a": pa.nulls(MOST_ROWS * 300, pa.string())}), path)


def one_text_again_and_again(path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 90_000, pa.int32()), pa.array(["x" * 50_000]))
    pq.write_table(pa.table({"a": texts}), path, compression="zstd")


def one_enormous_page(path: Path) -> None:
    texts = pa.array(["x" * 1_000_000 + str(n) for n in range(200)])
    pq.write_table(pa.table({"a": texts}), path, compression="zstd", use_dictionary=False, data_page_size=1 << 30)


def many_columns(path: Path) -> None:
    pq.write_table(pa.table({f"c{n}": ["1"] for n in range(MOST_COLUMNS + 1)}), path)


@pytest.mark.parametrize("made", [many_rows, one_text_again_and_again, one_enormous_page, many_columns])
def test_a_small_parquet_file_that_expands_is_refused_within_little_memory(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    made(tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < 1 << 20
    said, mib = read_in_a_process(tmp_path, "x.parquet")
    assert "expands far beyond" in said or "columns" in said
    assert mib < MOST_MIB
    assert sum(path.stat().st_size for path in (tmp_path / "spill").rglob("*")) == 0


def test_what_a_parquet_file_claims_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes that a file states are the first net; what it holds is measured too."""
    from riskml.records import parquet_file

    one_text_again_and_again(tmp_path / "x.parquet")
    size = (tmp_path / "x.parquet").stat().st_size
    header, rows = parquet_file.claimed(tmp_path / "x.parquet", size, tmp_path / "x.parquet")
    assert (header.columns, rows) == (("a",), 90_000)
    assert MOST_BYTES < 90_000 * 50_000
    with pytest.raises(RunError, match="4,500,000,000"):
        opened(tmp_path, "x.parquet")


def test_a_long_field_of_a_parquet_file_costs_its_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x" * (LONGEST_ROW + 1), "y"], "b": ["1", "2"]}), tmp_path / "x.parquet")
    (file,) = opened(tmp_path, "x.parquet").files
    assert (file.rows, [one.row for one in file.malformed]) == (1, [0])


def read_in_a_process(folder: Path, name: str) -> tuple[str, float]:
    """What is said of a delivered file, and the peak of resident memory in MiB of the process that reads it."""
    code = f"""
        import re
        from pathlib import Path
        from riskml.engines.duckdb import connect
        from riskml.core.errors import ConfigurationError, RunError
        from riskml.records.columns import Wanted
        from riskml.records.extracts import open_extract
        from riskml.records.sources import SourceFile
        folder = Path({str(folder)!r})
        try:
            open_extract(connect(folder / "spill"), "x", SourceFile(path={name!r}), folder, folder / "scratch",
              Wanted())
            print("read")
        except RunError as error:
            print(error.en)
        # Not getrusage: a process inherits that figure from the one that starts it.
        print(int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=120
    )
    *said, mib = done.stdout.splitlines()
    return " ".join(said), float(mib)


def test_sql_that_takes_too_long_is_stopped_and_the_other_tables_are_loaded(province: Province) -> None:
    source = province.source(
        {"serious_listing": [{**GOOD, "record_id": f"S{number}"} for number in range(3_000)], "honour": [HONOUR]}
    )
    path = source.folder / "serious_listing.sql"
    path.write_text(
        "SELECT a.source_row, a.record_id, a.enterprise_id, a.start_date, a.list_kind FROM serious_listing_raw a, "
        "serious_listing_raw b, "
        "serious_listing_raw c WHERE a.record_id || b.record_id || c.record_id = 'none'"
    )
    (province.workspace.root / "settings.yaml").write_text("loading: {sql_minutes: 0.02}\n")
    started = time.monotonic()
    report = province.load(source)
    assert time.monotonic() - started < 20
    (error,) = report.unreadable.values()
    assert f"{path} ran for more than 0.02 minutes and was stopped" in error.en
    assert [row["record_id"] for row in province.stored("honour")] == ["H1"]


@pytest.mark.parametrize("kind", EXPLOSIVE)
def test_sql_whose_texts_explode_is_stopped_within_bounds_and_the_other_tables_are_loaded(
    province: Province, kind: str
) -> None:
    source = province.source({"serious_listing": [{**GOOD, "list_kind": "a" * 8}], "honour": [HONOUR]})
    steps = ", ".join(
        f"c{step} AS (SELECT * REPLACE ({EXPLOSIVE[kind]} AS x) FROM c{step - 1})" for step in range(1, 40)
    )
    path = source.folder / "serious_listing.sql"
    path.write_text(
        f"WITH c0 AS (SELECT *, list_kind AS x FROM serious_listing_raw), {steps} "
        "SELECT source_row, record_id, enterprise_id, start_date, x AS list_kind FROM c39"
    )
    code = f"""
        from datetime import date
        from pathlib import Path
        from riskml.core.memory import peak_memory
        from riskml.records import mapping_limits
        from riskml.records.ingest import ingest
        from riskml.records.sources import load_source
        from riskml.core.workspace import Workspace
        mapping_limits.DEFAULT_MEMORY_GIB, mapping_limits._BESIDE_GIB = 0.5, 1.0
        report = ingest(Workspace(Path({str(province.workspace.root)!r})), load_source(Path({str(source.folder)!r})),
                        Path({str(province.inbox)!r}), date(2026, 11, 1), lambda *_: None)
        print(*(error.en for error in report.unreadable.values()))
        print(peak_memory() // 2**20)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    said, peak = ran.stdout.splitlines()
    assert f"{path} needs more than the 0.5 GiB of memory" in said
    assert int(peak) < 2_000
    assert [row["record_id"] for row in province.stored("honour")] == ["H1"]


def test_the_address_bound_ends_with_the_mapping(province: Province) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    province.receive({"honour": [HONOUR]})
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_sql_of_many_statements_in_one_is_too_long(province: Province) -> None:
    source = province.source({"honour": [HONOUR]})
    (source.folder / "honour.sql").write_text(" UNION ALL ".join(["SELECT 1"] * 18_000))
    started = time.monotonic()
    with pytest.raises(ConfigurationError, match="at most 100,000 bytes"):
        load_source(source.folder)
    assert time.monotonic() - started < 1


def test_a_delivery_that_is_exchanged_while_it_is_checked_is_read_as_it_was(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = province.source({"honour": [HONOUR]})
    (path,) = province.inbox.glob("honour*")

    def exchange(same: Path, size: int, named: Path) -> tuple[Header, int]:
        path.unlink()
        path.symlink_to("/etc/passwd")
        return claimed(same, size, named)

    monkeypatch.setattr("riskml.checks.delivery.claimed", exchange)
    (finding,) = check_delivery(source, province.inbox)
    assert f"{path} changed while it was read" in finding.en  # and not that /etc/passwd is damaged: it was never read
