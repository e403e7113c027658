"""A run's folder: where its parts are, and how it appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import RootModel

from riskml.core.errors import RunError
from riskml.core.files import put_in_place, sha256, sync, write_durably
from riskml.core.language import Language
from riskml.core.validation import ContentError, validated_json
from riskml.core.workspace import Workspace
from riskml.runs.run_manifest import MANIFEST

TABLES = ("grades", "contributions", "reasons", "rules", "indicators")
"""The published tables, each a folder of Parquet parts, one part per bucket of enterprises."""

REPORTS = {Language.zh: "report.html", Language.en: "report.en.html"}
"""The pages for people: a run has both, so that what it publishes depends on nobody's language."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run of a scheme at an as-of date.

    While it is being made the run lies in `draft`, beside its place, with the hash of its inputs; a later
    attempt with the same inputs goes on from the parts that are finished, one with others begins anew.
    """

    workspace: Workspace
    scheme: str
    as_of: date

    @property
    def published(self) -> Path:
        """Where readers find the run."""
        return self.workspace.runs / self.scheme / self.as_of.isoformat()

    @property
    def draft(self) -> Path:
        """Where it is made."""
        return self.workspace.runs / self.scheme / f".{self.as_of.isoformat()}.draft"

    def begin(self, inputs: dict[str, Any]) -> set[int]:
        """Open the draft and return the buckets an earlier attempt with the same inputs had finished.

        A bucket of which a part is no longer what was written is not among them: it is computed again.
        """
        marker = self.draft / "inputs.json"
        wanted = json.dumps(inputs, sort_keys=True)
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(self.draft, ignore_errors=True)
            for name in TABLES:
                (self.draft / name).mkdir(parents=True)
            write_durably(marker, wanted.encode())
        for unfinished in self.draft.glob("*/*.writing"):
            unfinished.unlink()
        finished = set()
        for mark in self._marks():
            if self._changed(mark):
                mark.unlink()
            else:
                finished.add(int(mark.name))
        return finished

    def write_part(self, bucket: int, tables: dict[str, pa.Table]) -> None:
        """Write one bucket's part of every table; it counts as finished only when all are on disk."""
        written = {}
        for name, content in tables.items():
            path = self.draft / bucket_part(name, bucket)
            path.parent.mkdir(exist_ok=True)
            write_parquet(content, path)
            written[f"{name}/{path.name}"] = sha256(path)
        write_durably(self.draft / "finished" / str(bucket), json.dumps(written).encode())

    def files(self) -> dict[str, str]:
        """Every part that was written, with its SHA-256.

        Raises
        ------
        RunError
            Where one is no longer what was written.
        """
        found: dict[str, str] = {}
        for mark in self._marks():
            for name in self._changed(mark):
                raise RunError(
                    zh=f"{self.draft / name} 在写入后被改动或损坏，没有发布；请检查磁盘，再运行同一命令，"
                    "只重算这一部分。",
                    en=f"{self.draft / name} was changed or damaged after it was written, and nothing was published; "
                    "check the disk "
                    "and run the same command again, which computes this part anew.",
                )
            found |= _parts_of(mark)
        return dict(sorted(found.items()))

    def _marks(self) -> list[Path]:
        """The marks of the finished buckets; each holds the SHA-256 of its parts."""
        return sorted((self.draft / "finished").glob("*"), key=lambda mark: int(mark.name))

    def _changed(self, mark: Path) -> list[str]:
        """The parts of a bucket that are not what was written; the mark itself where that cannot be told."""
        try:
            written = _parts_of(mark)
        except ContentError:
            return [f"finished/{mark.name}"]
        return [
            name
            for name, hash_ in written.items()
            if not (self.draft / name).exists() or sha256(self.draft / name) != hash_
        ]

    def publish(self, manifest: bytes, *, loads: int, **facts: Any) -> None:
        """Put the draft with its manifest in its place; a run that stood there stays readable until the new one is.

        Parameters
        ----------
        loads
            How many loads of the store it was made of.
        facts
            What the ledger keeps of it besides.
        """
        shutil.rmtree(self.draft / "finished", ignore_errors=True)
        (self.draft / "inputs.json").unlink(missing_ok=True)
        write_durably(self.draft / MANIFEST, manifest)
        place, digest = run_place(self.scheme, self.as_of.isoformat()), hashlib.sha256(manifest).hexdigest()
        with self.workspace.ledger.putting("run", place, digest, loads=loads, **facts):
            put_in_place(self.draft, self.published)


class _Mark(RootModel[dict[str, str]]):
    """The mark of a finished bucket: each of its parts, relative to the draft → SHA-256."""


def _parts_of(mark: Path) -> dict[str, str]:
    return validated_json(_Mark, mark.read_bytes(), strict=True).root


def bucket_part(table: str, bucket: int) -> str:
    """The file of a bucket's part of a published table, relative to the run's folder; Spark's have other names.

    >>> bucket_part("grades", 3)
    'grades/part-00003.parquet'
    """
    return f"{table}/part-{bucket:05d}.parquet"


def run_place(scheme: str, as_of: str) -> str:
    """What the ledger calls the place of a published run."""
    return f"run {scheme}/{as_of}"


ROW_GROUP, WIDE_ROW_GROUP, WIDE = 8_192, 2_048, 64
"""How many rows of a part lie together, of a table of up to `WIDE` columns and of a wider one: as much is read of a
part where one enterprise is asked about.
"""


def write_parquet(content: pa.Table, path: Path) -> None:
    """Write a table so that the same rows give the same bytes; float columns are split by byte, which zstd packs
    tighter. The least and the greatest enterprise of each group of rows is noted, so that one is found.

    How the rows came together leaves no trace: neither the chunks they lie in nor the name that an engine gives to a
    list's items.
    """
    content = pa.table([_plain(column) for column in content.columns], names=content.column_names)
    floats = [field.name for field in content.schema if pa.types.is_floating(field.type)]
    draft = path.with_suffix(".writing")
    pq.write_table(
        content,
        draft,
        compression="zstd",
        use_dictionary=[field.name for field in content.schema if field.name not in floats],
        use_byte_stream_split=floats,
        row_group_size=WIDE_ROW_GROUP if content.num_columns > WIDE else ROW_GROUP,
        write_statistics=["enterprise_id"],
    )
    sync(draft)
    draft.replace(path)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, its lists with one name for their items."""
    whole = column.combine_chunks()
    if pa.types.is_list(whole.type):
        return whole.cast(pa.list_(pa.field("element", whole.type.value_type)))
    return whole
