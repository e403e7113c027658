"""The embedded engine: one DuckDB connection, bounded in memory, spilling to a named folder."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable
from pathlib import Path

import duckdb

DEFAULT_MEMORY_GIB = 6.0
"""Leaves room, within 12 GiB, for the model's own blocks beside the database."""

READER_MEMORY_GIB, READER_THREADS = 1.0, 2
"""The most that a question about one enterprise may take; what it does take is some hundred megabytes, so that many fit
side by side.
"""


_connections: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()


def connect(
    spill: Path, *, memory_gib: float = DEFAULT_MEMORY_GIB, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that works offline and spills beyond `memory_gib` to `spill`.

    Parameters
    ----------
    spill
        Folder for temporary data, on the disk where the records are.
    memory_gib
        Upper bound of the buffer manager in GiB.
    threads
        Number of threads; all cores where None.
    """
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(":memory:")
    _connections.add(connection)
    connection.execute(f"SET memory_limit = '{memory_gib:.2f}GiB'")
    connection.execute(f"SET temp_directory = {literal(str(spill))}")
    connection.execute("SET parquet_metadata_cache = true")  # each of a store's files is read by dozens of statements
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    # An instant belongs to the day that it is in China, wherever the machine stands.
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() != [(False,)]:
        connection.execute("SET enable_progress_bar = false")
    if threads is not None:
        connection.execute(f"SET threads = {threads:d}")
    return connection


def connect_reader(spill: Path) -> duckdb.DuckDBPyConnection:
    """The same for what is asked about one enterprise, by many at once: little memory and few threads each."""
    return connect(spill, memory_gib=READER_MEMORY_GIB, threads=READER_THREADS)


def another(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A second connection to the same database, for another thread: it sees the tables, but not the temporary ones and
    views.
    """
    second = connection.cursor()
    _connections.add(second)
    return second


def confine(connection: duckdb.DuckDBPyConnection, folders: Iterable[Path], *, spill_gib: float | None = None) -> None:
    """Let a connection reach nothing but some folders from now on, whatever a statement says: no other file, no
    network, no extension.

    Parameters
    ----------
    folders
        What it may read and write, with all that is below.
    spill_gib
        The most it may write to its temporary directory; None leaves what it is.
    """
    # An engine may compare names as they are written or as they are resolved.
    names = [str(name) for folder in folders for name in (folder.absolute(), folder.resolve())]
    reach = ", ".join(dict.fromkeys(literal(f"{written}/") for name in names for written in (name, _pattern(name))))
    connection.execute(f"SET allowed_directories = [{reach}]")
    if spill_gib is not None:
        connection.execute(f"SET max_temp_directory_size = '{spill_gib:.2f}GiB'")
    connection.execute("SET allow_community_extensions = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def interrupt_queries() -> None:
    """Stop the queries under way. The engine hears a signal by itself, but may then wait for its threads to end
    theirs.
    """
    for connection in tuple(_connections):
        connection.interrupt()


def quote(text: str) -> str:
    """Double the quotes of `text`, for use between single quotes in SQL.

    >>> quote("o'clock")
    "o''clock"
    """
    return text.replace("'", "''")


def literal(text: str) -> str:
    """`text` as a SQL literal.

    >>> literal("o'clock")
    "'o''clock'"
    """
    return f"'{quote(text)}'"


def literals(texts: Iterable[str]) -> str:
    """`texts` as SQL literals, for a list or after IN.

    >>> literals(["o'clock", "day"])
    "'o''clock', 'day'"
    """
    return ", ".join(map(literal, texts))


def identifier(name: str) -> str:
    """`name` as a SQL identifier, whatever stands in it.

    >>> print(identifier('the "x" file'))
    "the ""x"" file"
    """
    return '"' + name.replace('"', '""') + '"'


def file_literal(path: Path) -> str:
    """The name of one file as a SQL literal: where the engine looks for patterns, what a pattern is made of stands for
    itself.

    >>> print(file_literal(Path("a[1]*/x.parquet")))
    'a[[]1][*]/x.parquet'
    """
    return literal(_pattern(str(path)))


def _pattern(path: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def parquet(files: list[Path]) -> str:
    """A ``read_parquet`` call over `files`.

    >>> parquet([Path("a.parquet")])
    "read_parquet(['a.parquet'], hive_partitioning = false)"
    """
    return f"read_parquet([{', '.join(map(file_literal, files))}], hive_partitioning = false)"
