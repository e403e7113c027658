"""Failures of the machine, in words: the file and the cure."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from riskml.core.errors import ConfigurationError
from riskml.core.system_errors import explain_failure, out_of_room


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "permission denied; run as the account that owns"),
        (errno.EROFS, "read-only"),
        (errno.ENOENT, "no such file"),
        (errno.EISDIR, "name a file"),
        (errno.ELOOP, "symbolic links"),
    ],
)
def test_an_error_of_the_system_names_its_file_and_the_cure(number: int, said: str) -> None:
    told = explain_failure(OSError(number, "x", "/srv/data"))
    assert told is not None
    assert told.exit_code == 1
    assert "/srv/data" in told.zh
    assert "/srv/data" in told.en
    assert said in told.en


def test_where_only_the_message_names_the_file_the_message_is_quoted() -> None:
    said = "Failed to open local file '/srv/data/indicators/2026-10-31.parquet'. Detail: [errno 13] Permission denied"
    told = explain_failure(PermissionError(errno.EACCES, said))
    assert told is not None
    assert told.zh.startswith("没有权限；请用拥有该工作区的账号运行")
    assert f"“{said}”" in told.zh


def test_a_missing_or_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    for content in (None, b"PAR1 cut short"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(duckdb.Error) as raised:
            duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
        told = explain_failure(raised.value)
        assert told is not None
        assert "is missing, damaged or cannot be read" in told.en
        assert str(path) in told.zh


def test_too_little_memory_is_no_fault_of_the_input() -> None:
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2MB'; SET temp_directory = ''")
    with pytest.raises(duckdb.OutOfMemoryException) as raised:
        connection.execute("CREATE TABLE t AS SELECT md5(range::VARCHAR) AS a FROM range(5_000_000)")
    assert out_of_room(raised.value)
    told = explain_failure(raised.value)
    assert told is not None
    assert "riskml check" in told.en


def test_an_error_in_words_already_is_itself_and_a_fault_of_the_program_stays_one() -> None:
    wrong = ConfigurationError(zh="错", en="wrong")
    assert explain_failure(wrong) is wrong
    assert explain_failure(KeyError("x")) is None
