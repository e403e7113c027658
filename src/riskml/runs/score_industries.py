"""The stage of a run that grades the enterprises of local industries by their industry's model, beside the general
grade.

It comes after the general grades and reads them; they are the same bytes with it and without it. Each industry's parts
are numbered on after the general ones, so that an interrupted run goes on from those that are finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from riskml.engines.duckdb import parquet
from riskml.explaining.evidence import read_evidence
from riskml.features.matrix import MatrixBuilder
from riskml.runs.industries import IndustryModel
from riskml.runs.layout import RunFolder
from riskml.runs.score_block import EVIDENCE, published_reasons
from riskml.schemes.grade import band_ranks, banding
from riskml.training.conduct import Apart
from riskml.training.contributions import Base, score_points

TABLES = ("industry_grades", "industry_reasons")
"""What is published of local industries, where any has a model in use."""


def grade_industries(
    general: MatrixBuilder,
    folder: RunFolder,
    models: Iterable[IndustryModel],
    finished: set[int],
) -> Iterator[int]:
    """Grade every enterprise that an industry covers, part by part.

    Parameters
    ----------
    general
        What built the indicators of the general grades.
    folder
        With the parts of the general grades in its draft.
    finished
        The parts an earlier attempt had finished.

    Yields
    ------
    int
        The number of each part that is done; one that holds nobody of the industry is not written.
    """
    buckets = general.store.buckets
    for number, model in enumerate(models, start=1):
        builder = replace(general, system=model.model.system, periods=model.periods)
        builder.ask_registered(folder.as_of, model.scheme.graded_sql(model.codes))
        builder.prepare()
        left = [bucket for bucket in range(buckets) if number * buckets + bucket not in finished]
        for bucket, tables in builder.each_bucket(partial(_tables, model, folder), left):
            if len(tables["industry_grades"]):
                folder.write_part(number * buckets + bucket, tables)
            yield number * buckets + bucket


def count_industries(
    connection: duckdb.DuckDBPyConnection, folder: RunFolder, models: Iterable[IndustryModel]
) -> dict[str, Any]:
    """Industry → its number of enterprises by industry grade and by combined grade."""
    return {
        model.industry.id: {
            column: _counts(connection, folder, model, column) for column in ("industry_grade", "combined_grade")
        }
        for model in models
    }  # fmt: skip


def _tables(model: IndustryModel, folder: RunFolder, builder: MatrixBuilder, bucket: int) -> dict[str, pa.Table]:
    """What is published of the enterprises of one bucket that the industry covers, perhaps none; called in several
    threads.
    """
    bundle, industry = model.model.bundle, model.industry
    block = builder.block(bucket)
    assert block.columns == bundle.columns  # both in the order of the indicator system
    ids = block.keys["enterprise_id"].to_pylist()
    contributions = bundle.contributions(block.values)
    bundle.check_contributions(block.values, contributions)
    margin = contributions.sum(axis=1)
    scores = bundle.score(margin)
    about = model.model.system.about
    apart = Apart.of(bundle, about, contributions, block.values)
    own = [
        industry.grade_names[rank]
        for rank in band_ranks(model.scheme, banding(model.scheme, scores, apart.without_peers))
    ]
    published = parquet([folder.draft / "grades" / f"part-{bucket:05d}.parquet"])
    known = dict(builder.connection.execute(f"SELECT enterprise_id, grade FROM {published}").fetchall())
    general = [known[one] for one in ids]
    named = pa.array([industry.id] * len(ids), pa.string())
    grades = pa.table({
        "enterprise_id": pa.array(ids, pa.string()),
        "industry": named,
        "key_field": pa.array([industry.key_field] * len(ids), pa.string()),
        "grade": pa.array(general, pa.string()),
        "industry_score": pa.array(scores),
        "industry_grade": pa.array(own, pa.string()),
        "combined_grade": pa.array(industry.combine(general, own), pa.string()),
        "combined_basis": pa.array([industry.cell(*pair).basis for pair in zip(general, own, strict=True)],
        pa.string()),
        "industry_risk": pa.array(bundle.risk(margin)),
        "industry_margin": pa.array(margin),
    })  # fmt: skip
    points = score_points(contributions[:, :-1], margin, scores, Base.of(bundle))
    reasons = published_reasons(ids, block.values, points, about)
    evidence = read_evidence(builder, ids, reasons, EVIDENCE)
    for name in evidence.column_names:
        reasons = reasons.append_column(name, evidence[name])
    reasons = reasons.add_column(1, "industry", pa.array([industry.id] * len(reasons), pa.string()))
    return {"industry_grades": grades, "industry_reasons": reasons}


def _counts(
    connection: duckdb.DuckDBPyConnection, folder: RunFolder, model: IndustryModel, column: str
) -> dict[str, int]:
    parts = sorted((folder.draft / "industry_grades").glob("*.parquet"))
    found = dict.fromkeys(model.industry.grade_names, 0)
    if parts:
        found |= dict(
            connection.execute(
                f"SELECT {column}, count(*) FROM {parquet(parts)} WHERE industry = ? GROUP BY ALL", [model.industry.id]
            ).fetchall()
        )
    return found
