"""Which of an enterprise's own records may be repaired or brought to an end, and from which day on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from riskml.core.language import Label
from riskml.features.matrix_of_one import ENTITY_DATES, MatrixOfOne
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import check_expression
from riskml.records.live import live_sql
from riskml.records.repair import Basis, RepairLaw, StepCase, StepKind, allowed_from
from riskml.records.tables import TABLES
from riskml.relations.neighbourhood import Neighbourhood


@dataclass(frozen=True)
class LegalStep:
    """What the law says of one step with one record.

    Parameters
    ----------
    kind
        ``repaired``: not used any more; ``ended``: over, and counting on for its effect period.
    allowed_from
        The first day of it, which may be past; None where no text that is known allows it.
    law_id, law
        The text that decides, by its name in the file (`riskml.records.repair.OWN_ACT`: nobody's leave is needed).
    basis
        Whether the article was read, a summary only, or the reading is ours.
    reading
        What it says, with what has to be done first.
    """

    table: str
    source: str
    record_id: str
    kind: StepKind
    allowed_from: date | None
    law_id: str
    law: Label
    basis: Basis
    reading: Label


def legal_steps(matrix: MatrixOfOne, law: RepairLaw, around: Neighbourhood, day: date) -> tuple[LegalStep, ...]:
    """Every step of the file with a record of the enterprise's own that counts on `day`, by table, record and kind.

    Also steps that are not allowed or not yet: their `LegalStep.allowed_from` says so. Records of tables that bear on
    everyone's rates (`riskml.runs.rescoring.RATED_TABLES`) are among them, though no other values can be supposed of
    these.
    """
    matrix.ask(around, [(around.enterprise_id, day)])
    tables = [table for table in law.steps if len(around.own(table))]
    return tuple(steps_of_many(matrix.engine.run, law, tables, matrix.periods, day).get(around.enterprise_id, ()))


def steps_of_many(
    run: Callable[[str], pa.Table], law: RepairLaw, tables: Iterable[str], periods: EffectPeriods, day: date
) -> dict[str, list[LegalStep]]:
    """The same of the enterprises in the table ``entity_dates``, which are asked about for `day`: enterprise → steps
    with its records of `tables`.

    Parameters
    ----------
    run
        Gives the rows of a SELECT.
    """
    found = dict[str, list[LegalStep]]()
    for table in sorted(tables):
        cases = law.steps[table]
        for row in run(_cases_sql(table, cases, periods)).to_pylist():
            for kind in ("ended", "repaired"):
                if (place := row[kind]) is not None:
                    found.setdefault(row["subject"], []).append(_step(law, table, cases[place], row, day))
    return found


def counts_then(matrix: MatrixOfOne, table: str, source: str, record_id: str) -> bool:
    """Whether a record of the enterprise that `matrix` was last asked about counts on the day it was asked for."""
    found = matrix.engine.run(f"SELECT record_id, source FROM ({_live_sql(table, matrix.periods)})")
    return {"record_id": record_id, "source": source} in found.to_pylist()


def _live_sql(table: str, periods: EffectPeriods) -> str:
    """The own records that count of those asked about."""
    return live_sql(table, f"(SELECT enterprise_id AS {TABLES[table].subject}, as_of FROM {ENTITY_DATES})", periods)


def _step(law: RepairLaw, table: str, case: StepCase, row: Mapping[str, Any], day: date) -> LegalStep:
    not_before = row[case.not_before] if case.not_before else None
    allowed = allowed_from(case, row[case.clock] or row[TABLES[table].date_column], not_before, day)
    text = law.laws[allowed.version.law]
    return LegalStep(
        table,
        str(row["source"]),
        str(row["record_id"]),
        case.kind,
        allowed.day,
        allowed.version.law,
        text.label,
        law.basis_of(allowed.version),
        allowed.version.reading,
    )


def _cases_sql(table: str, cases: tuple[StepCase, ...], periods: EffectPeriods) -> str:
    """A SELECT of the records that count, with whose they are, the dates that cases name and, for each kind of step,
    the place of the first case that holds.
    """
    names = set(TABLES[table].column_names)
    dates = {TABLES[table].date_column, *(one.clock for one in cases), *(one.not_before or one.clock for one in cases)}
    kinds = [f"{_first_sql(cases, kind, names)} AS {kind}" for kind in ("ended", "repaired")]
    return (
        f"SELECT {TABLES[table].subject} AS subject, record_id, source, {', '.join(sorted(dates))}, {', '.join(kinds)} "
        f"FROM ({_live_sql(table, periods)}) r ORDER BY subject, record_id, source, arrival"
    )


def _first_sql(cases: tuple[StepCase, ...], kind: str, names: set[str]) -> str:
    of_kind = [(place, case) for place, case in enumerate(cases) if case.kind == kind]
    when = "".join(
        f" WHEN {check_expression(case.where, names, qualifier='r')} THEN {place}" for place, case in of_kind
    )
    return f"CASE{when} END" if when else "NULL"
