"""Opening a source's extracts as views, whatever their state: missing, empty, cut short, wrongly encoded, hostile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from riskml.core.errors import RunError
from riskml.engines.duckdb import file_literal, identifier, literal
from riskml.records.columns import ROW, Header, Wanted, settle
from riskml.records.delimited import Malformed, rewrite
from riskml.records.delivered_file import Snapshot, take_snapshot
from riskml.records.parquet_file import examine
from riskml.records.sources import SourceFile
from riskml.records.workbook import LOCK, WORKBOOK, write_sheet

DELIMITED = frozenset({".csv", ".txt", ".tsv"})
PARQUET = frozenset({".parquet", ".pq"})
READABLE = DELIMITED | PARQUET | WORKBOOK


@dataclass(frozen=True)
class ReadFile:
    """A file of an extract that is open.

    Parameters
    ----------
    path
        The file as it was delivered; of a named sheet `SourceFile.read_as`.
    columns
        The names of its own columns, as the extract has them.
    rows
        How many rows are read; none where the file has a header only.
    malformed
        The rows that could not be read.
    sha256, size
        Of the file.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    malformed: tuple[Malformed, ...]
    sha256: str
    size: int


@dataclass(frozen=True)
class Extract:
    """An extract that is open.

    Parameters
    ----------
    files
        The files it is read from.
    refused
        Those that are left out by themselves, with the message for the user.
    """

    files: tuple[ReadFile, ...]
    refused: dict[Path, RunError]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its own columns."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.columns))


@dataclass(frozen=True)
class _Candidate:
    """A file whose rows can be read, before it is known whether it has the columns it should have."""

    path: Path
    snapshot: Snapshot
    header: Header
    rows: int
    malformed: tuple[Malformed, ...]
    select: Callable[[dict[str, str]], str]


def find_extract(view: str, file: SourceFile, folder: Path) -> list[Path]:
    """The files of an extract below `folder`, in a fixed order; a name that is really there is no pattern.

    Raises
    ------
    RunError
        Where there is none, or they are of no kind that can be read.
    """
    exact = folder / file.path
    found = [exact] if exact.exists() else sorted(folder.glob(file.path))
    paths = [path for path in found if not path.name.startswith(LOCK)]
    if not paths:
        raise RunError(
            zh=f"{exact} 不存在；请检查数据所在目录，或 source.yaml 中 {view} 的路径。",
            en=f"{exact} does not exist; check the folder of the data or the path of {view} in source.yaml.",
        )
    for path in paths:
        if path.suffix.lower() not in READABLE:
            raise RunError(
                zh=f"{path} 的格式无法读取；请导出为 CSV（.csv .txt .tsv）、Excel（.xlsx .xls）或 Parquet"
                "（.parquet）。",
                en=f"{path} is of no kind that can be read; export it as CSV (.csv .txt .tsv), Excel (.xlsx .xls) or "
                "Parquet (.parquet).",
            )
    if sum(any(path.suffix.lower() in kind for path in paths) for kind in (DELIMITED, PARQUET, WORKBOOK)) > 1:
        raise RunError(
            zh=f"{exact} 有几种格式的文件（CSV、Excel、Parquet）；请在 source.yaml 中分成几个文件项。",
            en=f"{exact} has files of several kinds (CSV, Excel, Parquet); make them entries of their own in "
            "source.yaml.",
        )
    return paths


def open_extract(
    connection: duckdb.DuckDBPyConnection, view: str, file: SourceFile, folder: Path, scratch: Path, wanted: Wanted
) -> Extract:
    """Create `view` over the extract: its columns, ``source_file`` and ``source_row`` (from 0).

    Parameters
    ----------
    file
        The path (a pattern may match several files), encoding and delimiter, or the sheet of a workbook.
    folder
        Where the extracts are (``--from``).
    scratch
        Where copies of the files go: the engine reads these, and of a delimited file exactly its well-formed rows.
    wanted
        The columns that mappings read of the extract.

    Raises
    ------
    RunError
        Where there is no file that can be read; the message names the file and the cure. One of several that cannot is
        left out.
    """
    refused: dict[Path, RunError] = {}
    candidates: list[_Candidate] = []
    for number, path in enumerate(find_extract(view, file, folder)):
        try:
            candidates.append(_candidate(path, folder, scratch / view / str(number), file))
        except RunError as error:
            refused[file.read_as(path)] = error
    names, lacking = settle({one.path: one.header for one in candidates}, wanted)
    refused |= lacking
    taken = [one for one in candidates if one.path in names]
    if not taken:
        raise _all_refused(view, list(refused.values()))
    parts = " UNION ALL BY NAME ".join(one.select(names[one.path]) for one in taken)
    connection.execute(f"CREATE OR REPLACE VIEW {identifier(view)} AS {parts}")
    return Extract(
        tuple(
            ReadFile(
                one.path,
                tuple(names[one.path].values()),
                one.rows,
                one.malformed,
                one.snapshot.sha256,
                one.snapshot.size,
            )
            for one in taken
        ),
        {path: refused[path] for path in sorted(refused)},
    )


def _candidate(path: Path, folder: Path, own: Path, file: SourceFile) -> _Candidate:
    """A file copied to the folder `own` and looked through."""
    snapshot = take_snapshot(path, folder, own / "delivered")
    if path.suffix.lower() in PARQUET:
        found = examine(snapshot.path, snapshot.size, path)

        def select(names: dict[str, str]) -> str:
            listed = "".join(
                f"{column} AS {identifier(names[name])}, "
                for name, column in zip(found.header.columns, found.columns, strict=True)
            )
            where = f" WHERE {found.where}" if found.where else ""
            return (
                f"SELECT {listed}file_row_number AS {ROW}, {literal(str(path))} AS source_file "
                f"FROM read_parquet({file_literal(snapshot.path)}, file_row_number = true, hive_partitioning = "
                f"false){where}"
            )

        return _Candidate(path, snapshot, found.header, found.rows, found.malformed, select)
    text, encoding, delimiter = snapshot.path, file.encoding, file.delimiter
    if path.suffix.lower() in WORKBOOK:
        text, encoding, delimiter = own / "sheet.csv", "utf-8", ","
        write_sheet(snapshot.path, text, sheet=file.sheet, path=path)
        snapshot.path.unlink()
        path = file.read_as(path)
    copy = own / "rows.csv"
    rewritten = rewrite(text, copy, encoding=encoding, delimiter=delimiter, path=path, heading=file.heading)
    text.unlink()

    def select_delimited(names: dict[str, str]) -> str:
        types = {ROW: "BIGINT", **{names[name]: "VARCHAR" for name in rewritten.header.columns}}
        columns = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in types.items())
        return (
            f"SELECT *, {literal(str(path))} AS source_file FROM read_csv({file_literal(copy)}, auto_detect = false, "
            "header = false, "
            f"columns = {{{columns}}}, delim = {literal(delimiter)}, quote = '\"', escape = '\"', new_line = "
            "'\\n')"
        )

    return _Candidate(path, snapshot, rewritten.header, rewritten.rows, rewritten.malformed, select_delimited)


def _all_refused(view: str, errors: list[RunError]) -> RunError:
    """What is said where no file of an extract can be read: all of it for one, the first of several."""
    if len(errors) == 1:
        return errors[0]
    return RunError(
        zh=f"{view} 的 {len(errors)} 个文件都无法读取，第一个：{errors[0].zh}",
        en=f"None of the {len(errors)} files of {view} can be read; the first: {errors[0].en}",
    )
