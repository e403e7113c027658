"""The rows of some keys of a Parquet file, wherever they stand in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskml.engines.keyed_parquet import rows_of_keys


def written(path: Path, keys: list[str], **options: object) -> tuple[Path, str]:
    rows = pa.table({"key": pa.array(keys, pa.string()), "place": pa.array(range(len(keys)), pa.int64())})
    pq.write_table(rows, path, **options)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


KEYS = [f"K{number:03d}" for number in range(100) for _ in range(number % 4)]


@pytest.mark.parametrize("statistics", [["key"], False])
@pytest.mark.parametrize("group", [1, 7, 1000])
def test_every_row_of_the_keys_is_found_in_order(tmp_path: Path, group: int, statistics: list[str] | bool) -> None:
    keys = KEYS + KEYS  # as reasons are: those that raised, and then those that lowered
    path, digest = written(tmp_path / "a.parquet", keys, row_group_size=group, write_statistics=statistics)
    for wanted in (["K000"], ["K001"], ["K050"], ["K099", "K002"], {"A", "K003", "K051", "Z"}, ["A"], []):
        found = rows_of_keys(path, digest, "key", wanted)
        assert found["place"].to_pylist() == [place for place, one in enumerate(keys) if one in wanted]
    assert rows_of_keys(path, digest, "key", ["K001"], ["place", "none"]).column_names == ["place"]


def test_a_file_without_rows_has_none_of_a_key(tmp_path: Path) -> None:
    path, digest = written(tmp_path / "none.parquet", [])
    assert rows_of_keys(path, digest, "key", ["K1"]).to_pydict() == {"key": [], "place": []}


def test_another_file_of_the_same_name_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert len(rows_of_keys(*written(path, ["K1"]), "key", ["K1"])) == 1
    assert len(rows_of_keys(*written(path, ["K2", "K2", "K1", "K1"], row_group_size=2), "key", ["K1"])) == 2
