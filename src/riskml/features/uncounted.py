"""What no indicator, rule or item may do: count records that by law count nothing, or tell one day from the next."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from riskml.core.errors import ConfigurationError
from riskml.features.specs import Indicator, IndicatorSystem
from riskml.records.condition_limits import contradiction
from riskml.records.expressions import names_used
from riskml.records.tables import TABLES
from riskml.relations.schema import relation_schema


def counts_what_it_must_not(relation: str, where: str) -> str | None:
    """The flag of a record table (``counts``) without which a condition on its records may hold; None where it asks for
    it, or there is none.

    Examples
    --------
    >>> tuple(counts_what_it_must_not("complaint", f"{which}kind = 'report'") for which in ("", "accepted AND "))
    ('accepted', None)
    """
    counts = TABLES[relation].counts if relation in TABLES else None
    if counts is None:
        return None
    for others in (f"NOT {counts}", f"{counts} IS NULL"):
        let_go = sqlglot.parse_one(f"({where}) AND {others}", read="duckdb")
        assert isinstance(let_go, exp.Expression)
        if contradiction(let_go, relation_schema(relation)) is None:
            return counts
    return None


def refuse_uncounted(system: IndicatorSystem) -> None:
    """Refuse an indicator that counts records which count nothing, or that tells one day from the next.

    Raises
    ------
    ConfigurationError
        Naming file, indicator and field.
    """
    for name, file in zip(system.texts, system.files, strict=True):
        for indicator in (indicator for group in file.groups for indicator in group.indicators):
            relation = indicator.from_ or ""
            if (counts := counts_what_it_must_not(relation, indicator.where)) is not None:
                label = TABLES[relation].label
                raise ConfigurationError(
                    zh=f"{name} 中指标 {indicator.id} 的 where（{indicator.where}）：{label.zh}（{relation}）中只有 "
                    f"{counts} 的才计入，请写 {counts} AND ……。",
                    en=f"{name}, indicator {indicator.id}, field where ({indicator.where}): of {label.en} ({relation}) "
                    f"only those with {counts} "
                    f"count; write '{counts} AND ...'.",
                )
            counts = TABLES[relation].counts if relation in TABLES else None
            if indicator.measure == "share" and counts is not None:
                raise ConfigurationError(
                    zh=f"{name} 中指标 {indicator.id}：measure: share 的分母是 {relation} 的全部记录，不限 {counts} "
                    f"的；请用 measure: ratio，where 写 {counts}。",
                    en=f"{name}, indicator {indicator.id}: measure share divides by all records of {relation}, also "
                    f"those without {counts}; use "
                    f"measure ratio with where: {counts}.",
                )
            if _grows_by_the_day(indicator) and not indicator.steps:
                raise ConfigurationError(
                    zh=f"{name} 中指标 {indicator.id}：它的值每天都变，须写 steps（如 [30d, 180d, 1y, 3y, 5y, 10y]），"
                    "否则没有新记录时等级也会变。",
                    en=f"{name}, indicator {indicator.id}: its value changes with every day, so it needs steps (such "
                    "as [30d, 180d, 1y, 3y, 5y, 10y]); "
                    "without them grades move though nothing is recorded.",
                )


def _grows_by_the_day(indicator: Indicator) -> bool:
    read = " + ".join(f"({text})" for text in (indicator.value, indicator.over) if text is not None)
    return indicator.measure == "days_since" or (indicator.counts_days and bool(read) and "as_of" in names_used(read))
