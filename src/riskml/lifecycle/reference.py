"""The reference population: a random sample of everyone registered, large enough for shares and typical values."""

from __future__ import annotations

from datetime import date

import pandas as pd

from riskml.features.matrix import MatrixBuilder
from riskml.records.live import current_enterprise_sql

REFERENCE_SIZE = 200_000
"""Enterprises that anchors and typical values are taken from; a smaller province is taken whole."""


def reference_population(builder: MatrixBuilder, as_of: date, among: str) -> pd.DataFrame:
    """The indicators of everyone registered at `as_of` whom the scheme grades, with their industry section.

    Of a province above `REFERENCE_SIZE` whole buckets are taken, as many as reach it: a bucket is a random sample of enterprises.
    """
    count = builder.everyone(as_of, among)
    builder.prepare()
    wanted = max(1, round(builder.store.buckets * min(1.0, REFERENCE_SIZE / max(count, 1))))
    parts = []
    for bucket in range(wanted):
        block = builder.block(bucket).to_arrow().to_pandas()
        sections = builder.connection.sql(
            f"SELECT enterprise_id, coalesce(industry_section, '') AS industry_section FROM ({current_enterprise_sql('moments', builder.periods)})"
        ).to_arrow_table()
        parts.append(block.merge(sections.to_pandas(), on="enterprise_id", how="left"))
    population: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return population
