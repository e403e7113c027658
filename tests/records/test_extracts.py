"""Extracts of several files and of other programs: each file by itself, its columns, its texts, and what was read of
it.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from handmade import RECEIVED, Province

from riskml.checks.delivery import check_delivery
from riskml.core.errors import RunError
from riskml.engines.duckdb import connect
from riskml.records.columns import Wanted
from riskml.records.extracts import Extract, open_extract
from riskml.records.ingest import ingest
from riskml.records.load_report import IngestReport
from riskml.records.mapping_columns import columns_wanted
from riskml.records.sources import SourceFile, load_source

LISTING = "SELECT source_file, source_row, record_id, enterprise_id, start_date, end_date, list_kind FROM sl"
HEADER = "record_id,enterprise_id,start_date,end_date,list_kind\n"


class Read:
    """An extract that was opened, and the engine it is open in."""

    def __init__(self, folder: Path, name: str, wanted: Iterable[str] = (), **how: Any) -> None:
        self.engine: duckdb.DuckDBPyConnection = connect(folder / "spill")
        file = SourceFile(path=name, **how)
        self.extract: Extract = open_extract(
            self.engine, "x", file, folder, folder / "scratch", Wanted(frozenset(wanted))
        )

    def rows(self, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.engine.execute(f"SELECT {columns} FROM x ORDER BY source_file, source_row").fetchall()

    @property
    def malformed(self) -> list[tuple[int, int | None, int | None]]:
        return [(one.row, one.line, one.byte) for file in self.extract.files for one in file.malformed]


def loaded(
    province: Province, files: dict[str, str | bytes], entry: Any = "*.csv", mapping: str = LISTING
) -> IngestReport:
    """Load a delivery of serious listings from hand-made files."""
    folder = province.workspace.sources / "office"
    folder.mkdir(parents=True, exist_ok=True)
    province.inbox.mkdir(exist_ok=True)
    for name, content in files.items():
        (province.inbox / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    spec = {"source": "office", "label": {"zh": "局", "en": "office"}, "identifier": "free", "files": {"sl": entry}}
    (folder / "source.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    (folder / "serious_listing.sql").write_text(mapping, encoding="utf-8")
    return ingest(province.workspace, load_source(folder), province.inbox, RECEIVED, lambda *_: None)


def ends(province: Province) -> dict[str, str]:
    return {row["record_id"]: str(row["end_date"]) for row in province.stored("serious_listing")}


def test_a_file_that_lacks_or_renames_a_column_of_the_others_is_refused_by_itself(province: Province) -> None:
    report = loaded(
        province,
        {
            "kunming.csv": f"{HEADER}K1,甲,2023-01-01,2024-01-01,tax\n",
            "qujing.csv": f"{HEADER.replace('end_date', '移出日期')}Q1,乙,2023-01-01,2024-01-01,tax\n",
            "yuxi.csv": f"{HEADER.replace('end_date,', '')}Y1,丙,2023-01-01,tax\n",
        },
    )
    assert ends(province) == {"K1": "2024-01-01"}
    assert not report.complete
    said = {Path(name).name: error for name, error in report.unreadable.items()}
    assert set(said) == {"qujing.csv", "yuxi.csv"}
    assert "It has 移出日期: is that end_date?" in said["qujing.csv"].en
    assert "多出的 移出日期 是否就是 end_date" in said["qujing.csv"].zh
    assert all("lacks the column end_date" in error.en for error in said.values())


def test_all_files_lacking_a_column_that_the_mapping_reads_are_refused(province: Province) -> None:
    with pytest.raises(RunError, match="lacks the column end_date"):
        loaded(
            province, {f"{name}.csv": f"{HEADER.replace('end_date,', '')}{name},甲,2023-01-01,tax\n" for name in "ab"}
        )


def test_a_column_that_a_file_may_lack_is_declared(province: Province) -> None:
    files: dict[str, str | bytes] = {
        "a.csv": f"{HEADER}A1,甲,2023-01-01,2024-01-01,tax\n",
        "b.csv": f"{HEADER.replace('end_date,', '')}B1,乙,2023-01-01,tax\n",
    }
    report = loaded(province, files, {"path": "*.csv", "optional": ["end_date"]})
    assert report.complete
    assert ends(province) == {"A1": "2024-01-01", "B1": "None"}


def test_a_column_that_no_mapping_reads_may_be_lacking(province: Province) -> None:
    report = loaded(
        province,
        {
            "a.csv": f"remarks,{HEADER}x,A1,甲,2023-01-01,2024-01-01,tax\n",
            "b.csv": f"{HEADER}B1,乙,2023-01-01,2024-01-01,tax\n",
        },
    )
    assert report.complete
    assert set(ends(province)) == {"A1", "B1"}


def test_the_same_column_in_another_order_and_spelling_is_the_same(province: Province) -> None:
    report = loaded(
        province,
        {
            "a.csv": f"{HEADER}A1,甲,2023-01-01,2024-01-01,tax\n",
            "b.csv": "﻿LIST_KIND, ｅｎｄ＿ｄａｔｅ "
            ",start_date\u200b,enterprise_id,record_id\ntax,2024-02-01,2023-01-01,乙,B1\n",
        },
    )
    assert report.complete
    assert ends(province) == {"A1": "2024-01-01", "B1": "2024-02-01"}


def test_names_of_columns_in_capitals_are_the_same_columns(province: Province) -> None:
    assert loaded(province, {"a.csv": f"{HEADER.upper()}A1,甲,2023-01-01,2024-01-01,tax\n"}).complete
    assert ends(province) == {"A1": "2024-01-01"}


def test_a_file_of_which_no_row_can_be_read_is_reported_and_an_empty_one_is_known_to_be_empty(
    province: Province,
) -> None:
    report = loaded(
        province, {"a.csv": f"{HEADER}A1,甲,2023-01-01,2024-01-01,tax\n", "b.csv": f"{HEADER}B1;乙;2023-01-01\n"}
    )
    assert not report.complete
    ((name, error),) = report.unreadable.items()
    assert name.endswith("b.csv")
    assert "they seem to be separated by ';'" in error.en
    assert loaded(province, {"b.csv": HEADER}).complete
    assert set(ends(province)) == {"A1"}


def test_what_was_read_of_each_file_is_told(tmp_path: Path) -> None:
    content = b"a,b\n1,x\n\n2\n3,y\n"
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "b.csv").write_bytes(b"a,b\n")
    first, second = Read(tmp_path, "*.csv").extract.files
    assert (first.path, first.columns, first.rows, len(first.malformed)) == (tmp_path / "a.csv", ("a", "b"), 2, 1)
    assert (first.sha256, first.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (second.rows, second.malformed) == (0, ())


def write(path: Path, columns: dict[str, Any], **how: Any) -> None:
    pq.write_table(pa.table(columns), path, **how)


def test_parquet_text_without_its_mark_is_text(province: Province, tmp_path: Path) -> None:
    columns = {
        "record_id": [b"P1"],
        "enterprise_id": ["甲".encode()],
        "start_date": [b"2023-01-01"],
        "end_date": [None],
        "list_kind": [b"tax"],
    }
    columns["authority"] = ["昆明市税务局".encode()]
    write(tmp_path / "x.parquet", {name: pa.array(values, pa.binary()) for name, values in columns.items()})
    mapping = LISTING.replace("list_kind FROM", "list_kind, authority FROM")
    loaded(province, {"x.parquet": (tmp_path / "x.parquet").read_bytes()}, "x.parquet", mapping)
    assert [(row["enterprise_id"], row["authority"]) for row in province.stored("serious_listing")] == [
        ("甲", "昆明市税务局")
    ]


@pytest.mark.parametrize("marked", [True, False])
def test_bytes_of_a_parquet_file_that_are_no_text_cost_their_row(tmp_path: Path, marked: bool) -> None:
    texts = pa.array([b"ok", "昆明".encode("gb18030"), None], pa.binary())
    write(tmp_path / "x.parquet", {"a": texts.view(pa.string()) if marked else texts, "b": ["1", "2", "3"]})
    read = Read(tmp_path, "x.parquet")
    assert read.rows("a, b, source_row") == [("ok", "1", 0), (None, "3", 2)]
    assert [(one.row, one.text) for one in read.extract.files[0].malformed] == [(1, r"\xC0\xA5\xC3\xF7")]
    assert read.extract.files[0].rows == 2


def test_a_parquet_file_in_another_encoding_is_refused_with_the_row(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", {"a": pa.array([name.encode("gb18030") for name in ("昆明", "曲靖")], pa.binary())})
    with pytest.raises(RunError, match=r"not in UTF-8 .*in row 0"):
        Read(tmp_path, "x.parquet")


def test_types_of_parquet_files_are_read(tmp_path: Path) -> None:
    write(
        tmp_path / "x.parquet",
        {
            "number": [decimal.Decimal("1976.96")],
            "moment": [datetime.datetime(2026, 3, 1, 12)],
            "word": pa.array(["x"]).dictionary_encode(),
            "several": [["a", "b"]],
            "pair": [{"name": "甲", "share": 0.5}],
            "code": pa.array([b"abc"], pa.binary(3)),
            "nothing": pa.nulls(1),
        },
        use_deprecated_int96_timestamps=True,
    )
    ((row),) = Read(tmp_path, "x.parquet").rows(
        "number, CAST(moment AS DATE), word, several[2], pair.name, code, nothing"
    )
    assert row == (decimal.Decimal("1976.96"), datetime.date(2026, 3, 1), "x", "b", "甲", "abc", None)


def test_a_name_that_a_parquet_file_has_twice_is_refused_where_it_is_read(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], names=["a", "b", "A"])
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(RunError, match="has a more than once"):
        Read(tmp_path, "x.parquet", ["a"])
    assert Read(tmp_path, "x.parquet", ["b"]).rows("b") == [("2",)]


@pytest.mark.parametrize("name", ["file_row_number", "FILE_ROW_NUMBER"])
def test_a_name_that_the_engine_needs_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    write(tmp_path / "x.parquet", {name: ["1"]})
    with pytest.raises(RunError, match="may not have a column file_row_number"):
        Read(tmp_path, "x.parquet")


def test_own_columns_that_are_called_as_ours_are_numbered(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", {"source_row": ["7"], "source_file": ["b"], "filename": ["c"], 'say "a"': ["d"]})
    read = Read(tmp_path, "x.parquet")
    assert read.extract.columns == ("source_row_1", "source_file_1", "filename", 'say "a"')
    assert read.rows('source_row, source_row_1, "say ""a"""') == [(0, "7", "d")]


def test_a_damaged_page_costs_its_file_only(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(
            tmp_path / f"{name}.parquet",
            {"a": [f"text {n}" for n in range(10_000)]},
            use_dictionary=False,
            compression="none",
        )
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    content[2_000:2_400] = b"\xff" * 400
    (tmp_path / "a.parquet").write_bytes(content)
    read = Read(tmp_path, "*.parquet")
    assert [(file.path.name, file.rows) for file in read.extract.files] == [("b.parquet", 10_000)]
    assert [path.name for path in read.extract.refused] == ["a.parquet"]


NAMES = "".join(f"{number},昆明市五华区第{number}公司\n" for number in range(300))


@pytest.mark.parametrize(("encoding", "bad"), [("utf-8", b"\xc0"), ("utf-8", "昆".encode()[:2]), ("gb18030", b"\xff")])
def test_one_bad_byte_costs_its_row_with_line_and_byte(tmp_path: Path, encoding: str, bad: bytes) -> None:
    before = f'a,b\n0,"两\n行"\n{NAMES}'.encode(encoding)
    (tmp_path / "x.csv").write_bytes(before + b"300," + bad + b"x\n" + NAMES.encode(encoding))
    read = Read(tmp_path, "x.csv", encoding=encoding)
    assert read.malformed == [(301, 304, len(before) + 4)]
    assert len(read.rows()) == 601


def test_a_bad_byte_is_in_quarantine_with_its_place(province: Province) -> None:
    content = (
        f"{HEADER}A1,甲,2023-01-01,,tax\nA2,乙公".encode()
        + b"\xe5\x8f,"
        + "2023-01-01,,tax\nA3,丙,2023-01-01,,tax\n".encode()
    )
    report = loaded(province, {"a.csv": content})
    assert set(ends(province)) == {"A1", "A3"}
    assert report.quarantine is not None
    (row,) = pq.read_table(report.quarantine).to_pylist()
    assert (row["row_number"], row["reason"]) == (1, "undecodable")
    assert f"3:{content.index(bytes([0xE5, 0x8F]) + b',')}: A2,乙公" in row["value"]


TEXT = "编号,企业,日期\nP1,昆明市甲公司,2026-01-01\nP2,乙,2026-01-02\n"
HALF = f"a,b\n{NAMES}".encode() + NAMES.encode("gb18030")


@pytest.mark.parametrize(
    ("content", "declared", "said"),
    [
        (TEXT.encode("gb18030"), "utf-8", "say 'encoding: gb18030'"),
        (b"a,b\n" + NAMES.encode("gb18030"), "utf-8", "say 'encoding: gb18030'"),
        (TEXT.encode(), "gb18030", "take 'encoding' out"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "gb18030", "take 'encoding' out"),
        (b"a,b\n" + b"1,x\n" * 50_000 + "2,昆明市\n".encode(), "gb18030", "take 'encoding' out"),
        (TEXT.encode("utf-16"), "utf-8", "say 'encoding: utf-16'"),
        (TEXT.encode("utf-16-le"), "utf-8", "say 'encoding: utf-16-le'"),
        (TEXT.encode("utf-16-be"), "utf-16", "say 'encoding: utf-16-be'"),
        (TEXT.encode(), "utf-16", "take 'encoding' out"),
        (HALF, "utf-8", "partly in gb18030 and partly in UTF-8: line 2"),
        (HALF, "gb18030", "partly in gb18030 and partly in UTF-8: line 2"),
        ("編號,企業\n1,臺北市公司名稱有限公司\n".encode("big5"), "utf-8", "in none of utf-8, gb18030 and utf-16"),
        (b"a,\xffb\n" + NAMES.encode(), "utf-8", "in its header, is no text in utf-8"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_a_cure_that_helps(
    tmp_path: Path, content: bytes, declared: str, said: str
) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(RunError) as refusal:
        Read(tmp_path, "x.csv", encoding=declared)
    assert said in refusal.value.en
    cure = said.partition("encoding: ")[2].strip("'") or ("utf-8" if "take" in said else None)
    if cure:
        assert Read(tmp_path, "x.csv", encoding=cure).malformed == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gbk", "gb2312", "utf-8-sig"])
def test_encodings_are_read_under_their_names(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x.csv").write_bytes(TEXT.encode(encoding))
    assert Read(tmp_path, "x.csv", encoding=encoding).rows("企业") == [("昆明市甲公司",), ("乙",)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_break_in_a_quoted_header_and_every_line_end(tmp_path: Path, end: str) -> None:
    text = 'a,"end_date\n(空为未移出)"\n1,2\n3\n4,"5\n6"\n'
    (tmp_path / "x.csv").write_bytes(text.replace("\n", end).encode())
    read = Read(tmp_path, "x.csv", ["end_date"])
    assert read.rows("a, end_date, source_row") == [("1", "2", 0), ("4", "5\n6", 2)]
    assert read.malformed == [(1, 4, None)]


def test_a_header_over_two_lines_keeps_its_whole_name_where_no_mapping_reads_the_first(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('"name\n(full)","name\n(short)"\n1,2\n')
    assert Read(tmp_path, "x.csv", []).extract.columns == ("name\n(full)", "name\n(short)")
    with pytest.raises(RunError, match="lacks the column name"):
        Read(tmp_path, "x.csv", ["name"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a;b;c\n1;2;3\n", "delimiter: ';'"),
        ("a\tb\n1\t2\n", r"delimiter: '\t'"),
        ("a|b\n1|2\n", "delimiter: '|'"),
        ("a,b\n1,2,\n3,4,\n", "the header has 2 columns and that line 3"),
        ("a,b,\n1,2\n3,4\n", "the header has 3 columns and that line 2"),
    ],
)
def test_another_separator_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(RunError) as refusal:
        Read(tmp_path, "x.csv")
    assert said in refusal.value.en


def test_a_nul_is_no_end_of_a_text(province: Province) -> None:
    loaded(province, {"a.csv": f"{HEADER}A1,昆明\0零字公司,2023-01-01,,tax\n"})
    assert [row["enterprise_id"] for row in province.stored("serious_listing")] == ["昆明零字公司"]


def test_a_check_of_a_delivery_tells_the_same_of_its_columns(province: Province) -> None:
    loaded(province, {"a.csv": f"{HEADER}A1,甲,2023-01-01,2024-01-01,tax\n"})
    (province.inbox / "b.csv").write_text(f"{HEADER.replace('end_date', '移出日期')}B1,乙,2023-01-01,2024-01-01,tax\n")
    (finding,) = check_delivery(load_source(province.workspace.sources / "office"), province.inbox)
    assert "b.csv lacks the column end_date and is not loaded. It has 移出日期: is that end_date?" in finding.en


@pytest.mark.parametrize(
    ("mapping", "certain", "possible"),
    [
        ("SELECT a, upper(b) AS c FROM v WHERE d = 1", {"a", "b", "d"}, set()),
        ("SELECT v.a, b FROM v JOIN w ON v.k = w.k", {"a", "k"}, {"b"}),
        ("SELECT x.a FROM v AS x JOIN w USING (k)", {"a"}, {"k"}),
        ("WITH t AS (SELECT a FROM v) SELECT b FROM t", {"a"}, set()),
        ("SELECT nullif(a, '') AS a FROM v", set(), {"a"}),
        ("SELECT a FROM v WHERE k IN (SELECT m FROM w)", set(), {"a", "k"}),
    ],
)
def test_the_columns_that_a_mapping_reads_of_an_extract(mapping: str, certain: set[str], possible: set[str]) -> None:
    wanted = columns_wanted("v", [mapping], frozenset())
    assert wanted.certain == certain
    assert wanted.possible >= possible
