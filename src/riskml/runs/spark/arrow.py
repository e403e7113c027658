"""Scoring on the workers of a cluster: Arrow batches in, Arrow batches out, by the same code as on one machine.

Scheme and model travel as texts (those of a model are its bundle's), which each worker verifies and reads as anyone
else does; no object of ours is unpickled there. riskml itself must be installed on the workers, or sent along
(``--archives``, ``--py-files``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskml.records.table_files import parse_tables
from riskml.records.tables import using
from riskml.runs.score_block import BlockScorer
from riskml.schemes.decisions import Decision
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.scheme import SCHEME, parse_scheme
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod

if TYPE_CHECKING:
    from pyspark import Broadcast

Texts = tuple[tuple[str, bytes], ...]
"""File name → content."""

Sent = tuple[Texts, str, tuple[str, ...], tuple[tuple[str, str], ...]]
"""What every worker is sent."""

DIVISION, FIRED = "_division", "_fired"
"""Columns beside the indicators, whose names never begin with ``_``."""

_REASON = {"rank": "tinyint", "indicator": "string", "value": "double", "points": "double", "about": "string"}
_DICTIONARIES = ("indicator", "about")
_RULE = {
    "as_of": "date", "rule": "string", "effect": "string", "grades": "array<string>", "article": "string",
    "evidence": "array<string>",
}  # fmt: skip
_GRADE = {
    "enterprise_id": "string", "score": "double", "band": "string", "grade": "string", "decided_by": "string",
    "pending": "boolean",
    "pending_options": "array<string>", "rules": "array<string>", "own_score": "double",
    "own_grade": "string", "score_without_peer_rates": "double", "risk": "double", "margin": "double",
    "division": "string",
}  # fmt: skip

FIRED_FIELDS = tuple(_RULE)


def bundle_texts(folder: Path) -> Texts:
    """The files of a model bundle, to be sent to the workers."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)


def scored_schema(method: Method) -> str:
    """Spark's schema of what `score_batches` gives: one row per enterprise with its part of each published table."""
    columns = tuple(column.name for column in method.system.columns)
    totals = method.assess(np.empty((0, len(columns)))).totals if isinstance(method, ItemMethod) else {}
    grades = {**_GRADE, **{f"total_{name}": "double" for name in totals}}
    contributions = {"enterprise_id": "string", **dict.fromkeys((*columns, "base"), "double")}
    indicators = {"enterprise_id": "string", **dict.fromkeys(columns, "double")}
    return (
        f"grades {_struct(grades)}, contributions {_struct(contributions)}, indicators {_struct(indicators)}, "
        f"reasons array<{_struct(_REASON)}>, rules array<{_struct(_RULE)}>"
    )


def score_batches(sent: Broadcast[Sent], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Score batches of the as-of matrix.

    Parameters
    ----------
    sent
        The bundle's files (none where the scheme adds points or counts), the text of the scheme, the decisions in force
        as JSON, and the workspace's own record tables (`Tables.own`).
    batches
        ``enterprise_id``, the columns of the method's system, `DIVISION`, and `FIRED`: a list of `FIRED_FIELDS`.

    Yields
    ------
    pyarrow.RecordBatch
        As `scored_schema` says.
    """
    texts, scheme, decisions, own = sent.value
    for batch in batches:
        with using(parse_tables(own)):
            scored = _score_batch(_scorer(texts, scheme, decisions, own), batch)
        yield scored


@lru_cache(maxsize=1)
def _scorer(texts: Texts, scheme: str, decisions: tuple[str, ...], own: tuple[tuple[str, str], ...]) -> BlockScorer:
    """Made once for the same model, scheme, decisions and record tables."""
    by = parse_scheme(SCHEME, scheme)
    method = ModelMethod(Model(_bundle(texts)), by) if by.method == "model" else ItemMethod(by)
    return BlockScorer(method, by, tuple(Decision.model_validate_json(text) for text in decisions))


def _bundle(texts: Texts) -> ModelBundle:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in texts:
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return ModelBundle.load(Path(folder))


def _score_batch(scorer: BlockScorer, batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [column.name for column in scorer.method.system.columns]
    ids = batch["enterprise_id"]
    values = np.empty((len(ids), len(columns)), order="F")
    for place, name in enumerate(columns):
        values[:, place] = batch[name].to_numpy(zero_copy_only=False)  # null becomes NaN
    tables = scorer.score(
        ids.to_pylist(), values, batch[DIVISION], _fired(ids, batch[FIRED]), lambda _stage: nullcontext()
    )
    return pa.RecordBatch.from_arrays(
        [
            *(_rows(tables[name]) for name in ("grades", "contributions", "indicators")),
            _lists(ids, tables["reasons"], _REASON),
            _lists(ids, tables["rules"], _RULE),
        ],
        names=["grades", "contributions", "indicators", "reasons", "rules"],
    )


def _fired(ids: pa.Array, lists: pa.ListArray) -> pa.Table:
    """The rules that fired, one row each."""
    fields = dict(zip(FIRED_FIELDS, lists.flatten().flatten(), strict=True))
    return pa.table({"enterprise_id": ids.take(pc.list_parent_indices(lists)), **fields})


def _rows(table: pa.Table) -> pa.StructArray:
    return pa.StructArray.from_arrays([column.combine_chunks() for column in table.columns], names=table.column_names)


def _lists(ids: pa.Array, table: pa.Table, columns: Iterable[str]) -> pa.ListArray:
    """The `columns` of each of `ids`' rows, in the order they have in the table."""
    place = pc.index_in(table["enterprise_id"], value_set=ids).to_numpy()
    ordered = table.take(pa.array(np.argsort(place, kind="stable")))
    fields = {name: ordered[name].cast(pa.string()) if name in _DICTIONARIES else ordered[name] for name in columns}
    ends = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(ids)))])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), _rows(pa.table(fields)))


def _struct(fields: dict[str, str]) -> str:
    return f"struct<{', '.join(f'{name}: {kind}' for name, kind in fields.items())}>"
