"""Windows against effect periods: one that reaches back further than the records count says no more than a
shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp

from riskml.core.errors import ConfigurationError
from riskml.features.specs import IndicatorSystem
from riskml.records.condition_limits import contradiction
from riskml.records.effect_periods import EffectPeriods
from riskml.records.parsed_once import parsed_once
from riskml.records.tables import TABLES
from riskml.relations.catalogue import relation_date, relation_inputs
from riskml.relations.schema import relation_schema

_MOST_DAYS = {"d": 1, "m": 31, "y": 366}
_LEAST_DAYS = {"d": 1, "m": 28, "y": 365}


def refuse_long_windows(system: IndicatorSystem, periods: EffectPeriods) -> None:
    """Refuse an indicator whose window is longer than the effect period of what it counts, as in force now.

    Parameters
    ----------
    system
        As `load_system` reads it, with all its columns.

    Raises
    ------
    ConfigurationError
        Naming file, indicator, window and period.
    """
    for name, file in zip(system.texts, system.files, strict=True):
        for indicator in (indicator for group in file.groups for indicator in group.indicators):
            if indicator.from_ is None or not indicator.windows:
                continue
            length = longest_period(indicator.from_, indicator.where, periods)
            for window in indicator.windows:
                if length is not None and int(window[:-1]) > _days(length, _MOST_DAYS):
                    raise ConfigurationError(
                        zh=f"{name} 中指标 {indicator.id} 的窗口 {window} 长于影响期 {length}（effect_periods.yaml，"
                        "scoring）：更早的记录已不计入，"
                        f"请缩短窗口或改影响期。",
                        en=f"{name}, indicator {indicator.id}: the window {window} is longer than the effect period "
                        f"{length} (effect_periods.yaml, "
                        "scoring): earlier records do not count any more. Shorten the window, or change the period.",
                    )


def longest_period(relation: str, where: str, periods: EffectPeriods) -> str | None:
    """The longest effect period, by the versions now in force, of the records of `relation` that satisfy `where`.

    Returns
    -------
    str or None
        As it is written (``3y``); None where there is no limit, or none that begins with the record's own date.
    """
    table = next(
        (name for name in relation_inputs(relation) if TABLES[name].date_column == relation_date(relation)), None
    )
    lengths: list[str] = []
    left = f"({where})"
    for period in periods.scoring.get(table or "", ()):
        if _may_hold(relation, f"{left} AND ({period.where})"):
            length = period.versions[-1].length
            if period.clock == "end_date" or length == "unlimited":
                return None
            lengths.append(length)
        left = f"{left} AND NOT ({period.where})"
        if not _may_hold(relation, left):
            return max(lengths, key=lambda length: _days(length, _MOST_DAYS), default=None)
    return None


def is_longer(within: str, length: str) -> bool:
    """Whether a time like ``3m`` is certainly longer than an effect period.

    >>> is_longer("3m", "90d"), is_longer("3m", "1y"), is_longer("2y", "1y")
    (False, False, True)
    """
    return _days(within, _LEAST_DAYS) > _days(length, _MOST_DAYS)


@parsed_once(4096)
def _may_hold(relation: str, condition: str) -> bool:
    parsed = sqlglot.parse_one(condition, read="duckdb")
    assert isinstance(parsed, exp.Expression)
    columns = relation_schema(relation)
    names: Iterable[str] = (column.name for column in parsed.find_all(exp.Column))
    return not set(names) <= set(columns) or contradiction(parsed, columns) is None


def _days(length: str, units: dict[str, int]) -> int:
    return int(length[:-1]) * units[length[-1]]
