"""Delimited files as registries really send them: one bad line costs that line, and nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.core.errors import RunError
from riskml.engines.duckdb import connect
from riskml.records.columns import Wanted
from riskml.records.delimited import MOST_MALFORMED, Rewritten, rewrite
from riskml.records.extracts import open_extract
from riskml.records.sources import SourceFile

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_read(folder: Path, name: str = "x.csv", **how: Any) -> list[tuple[Any, ...]]:
    """What the engine reads of an extract: the row number, then its own columns."""
    connection = connect(folder / "spill")
    extract = open_extract(connection, "x", SourceFile(path=name, **how), folder, folder / "scratch", Wanted())
    columns = ", ".join(f'"{column}"' for column in extract.columns)
    return connection.execute(f"SELECT source_row, {columns} FROM x ORDER BY source_file, source_row").fetchall()


def rewritten(folder: Path, text: str, delimiter: str = ",") -> Rewritten:
    (folder / "x.csv").write_text(text, encoding="utf-8", newline="")
    path = folder / "x.csv"
    return rewrite(path, folder / "copy.csv", encoding="utf-8", delimiter=delimiter, path=path)


def test_a_quote_that_is_never_closed_costs_one_row_however_many_follow(tmp_path: Path) -> None:
    after = 50_000
    text = 'a,b\n1,x\n2,"open\n' + "".join(f"{n},y\n" for n in range(after))
    (malformed,) = rewritten(tmp_path, text).malformed
    assert (malformed.row, malformed.text) == (1, '2,"open')
    read = rows_read(tmp_path)
    assert len(read) == after + 1
    assert read[1] == (2, "0", "y")


def test_a_field_over_several_lines_is_one_row(tmp_path: Path) -> None:
    assert rewritten(tmp_path, 'a,b\n1,"two\nlines, ""quoted"""\n2,y\n').malformed == ()
    assert rows_read(tmp_path) == [(0, "1", 'two\nlines, "quoted"'), (1, "2", "y")]


def test_too_many_and_too_few_fields_are_set_aside_with_their_number(tmp_path: Path) -> None:
    found = rewritten(tmp_path, "a,b\n1,x\n2\n\n3,y,z\n4,w\n")
    assert [(one.row, one.text) for one in found.malformed] == [(1, "2"), (3, "3,y,z")]
    assert rows_read(tmp_path) == [(0, "1", "x"), (4, "4", "w")]


def test_line_ends_of_both_kinds_and_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("\ufeffa,b\r\n1,x\n2,y\r\n".encode())
    assert rows_read(tmp_path) == [(0, "1", "x"), (1, "2", "y")]


def test_a_row_too_long_for_the_engine_is_set_aside(tmp_path: Path) -> None:
    (malformed,) = rewritten(tmp_path, f"a,b\n1,{'長' * 3_000_000}\n2,y\n").malformed
    assert malformed.row == 0
    assert rows_read(tmp_path) == [(1, "2", "y")]


def test_blank_and_repeated_names_are_numbered(tmp_path: Path) -> None:
    assert rewritten(tmp_path, "a,,A,source_row\n1,2,3,4\n").header.columns == ("a", "column1", "A_1", "source_row_1")
    assert rows_read(tmp_path) == [(0, "1", "2", "3", "4")]


@pytest.mark.parametrize("text", ["\n\n", ",,\n1,2,3\n", 'a,"b\n1,2\n'])
def test_a_file_without_a_header_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RunError, match="should name the columns"):
        rewritten(tmp_path, text)


def test_the_wrong_delimiter_is_named_rather_than_a_million_lines_kept(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="delimiter"):
        rewritten(tmp_path, "a,b\n" + "1;2\n" * (MOST_MALFORMED + 1))


def test_another_separator_is_named_whole_in_each_language(tmp_path: Path) -> None:
    with pytest.raises(RunError) as refused:
        rewritten(tmp_path, "a;b\n1;2\n")
    assert "看来以 ';'（分号） 分隔，而不是 ','" in refused.value.zh
    assert "seems to be separated by ';' (semicolon), not by ','" in refused.value.en


def test_utf8_declared_as_a_national_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("编号,企业\n1,甲\n", encoding="utf-8")
    with pytest.raises(RunError, match="UTF-8"):
        rows_read(tmp_path, encoding="gb18030")


def test_files_of_one_name_in_several_folders_are_all_read(tmp_path: Path) -> None:
    for month in ("2026-09", "2026-10"):
        (tmp_path / month).mkdir()
        (tmp_path / month / "x.csv").write_text(f"a\n{month}\n")
    assert [row[1] for row in rows_read(tmp_path, "*/x.csv")] == ["2026-09", "2026-10"]


def test_a_kind_of_file_that_cannot_be_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "x.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(RunError, match="export it as CSV"):
        rows_read(tmp_path, "x.doc")


fields = st.text(alphabet='ab ",\n企', max_size=6)


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"PK\x03\x04\x14", "xlsx"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7\n\0", "PDF"),
        (b"PAR1\x15", "Parquet"),
        (b"\xd0\xcf\x11\xe0", "xls"),
    ],
)
def test_another_kind_of_file_under_the_name_of_a_csv_is_named_rather_than_an_encoding(
    tmp_path: Path, begin: bytes, kind: str
) -> None:
    (tmp_path / "x.csv").write_bytes(begin + bytes(range(256)))
    with pytest.raises(RunError, match=rf"is no text file but .*{kind}.*; export it as CSV"):
        rows_read(tmp_path)


@given(st.lists(st.lists(fields, min_size=3, max_size=3), max_size=8), st.sampled_from([",", ";", "\t"]))
@quick
def test_whatever_a_writer_writes_is_read_back(tmp_path: Path, rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [["a", "b", "c"], *rows]
    )
    assert rewritten(tmp_path, text.getvalue(), delimiter).malformed == ()
    read = rows_read(tmp_path, delimiter=delimiter)
    assert [[value or "" for value in row[1:]] for row in read] == rows


@given(st.lists(st.text(alphabet='ab ",\t', max_size=7), max_size=12))
@quick
def test_every_line_is_read_or_set_aside_whatever_stands_in_it(tmp_path: Path, lines: list[str]) -> None:
    found = rewritten(tmp_path, "\n".join(["x,y", "z,z", *lines]))
    read = rows_read(tmp_path)
    kept = sum("".join(value or "" for value in row[1:]).count("a") for row in read)
    aside = sum(one.text.count("a") for one in found.malformed)
    assert kept + aside == "".join(lines).count("a")
    assert not {row[0] for row in read} & {one.row for one in found.malformed}
