"""What came of a plan's visits, given back as inspection records with the plan and the chance of being drawn.

An office's CSV has a row for each visit: made, refused, found closed, or not made. Those not made are outcomes too:
they are kept with the plan, and are no inspection.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path

from riskml.core.china_day import typed_day
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import write_durably
from riskml.planning import plan_files
from riskml.planning.office_lists import rows_of
from riskml.planning.plan_files import PlanFolder
from riskml.planning.tasks import Task
from riskml.publication.atomic_write import appearing_whole_file
from riskml.records.tables import TABLES
from riskml.sampling.verifier import WHOLE

OUTCOMES = {"visited": None, "refused": "uncooperative", "closed": "unreachable", "unvisited": None}
"""Outcome → the result of the inspection record; of one that was made the result is given, of one not made there is no
record.
"""

NEEDED = ("visit", "outcome", "date", "result", "problems", "serious_problems")

TOLD = ("outcome", "date", "result", "problems", "serious_problems", "told_on")

KEPT = ("visit", "unit", "enterprise_id", "arms", "grade", "inspectors", "draw_chance", *TOLD)
"""The columns of ``office/outcomes.csv``, which has a row for each visit; those of `TOLD` are empty of visits not told
of, and ``told_on`` is the day on which what stands there was given.
"""

_RECORD = ("record_id", "enterprise_id", "event_date", "kind", "result", "domain", "problems", "serious_problems",
           "inspector", "plan", "draw_chance", "known_date")  # fmt: skip


@dataclass(frozen=True)
class Results:
    """What came of a plan.

    Parameters
    ----------
    outcomes
        Outcome → how many visits; of those not told of, the empty text.
    problems
        Visits that found one.
    delivery
        The folder to be loaded: ``riskml ingest plans --from …``.
    """

    outcomes: Mapping[str, int]
    problems: int
    records: int
    delivery: Path


@dataclass(frozen=True)
class _Outcome:
    """What was told of a visit; the columns of `TOLD`."""

    outcome: str
    date: str
    result: str
    problems: str
    serious_problems: str
    told_on: str


_UNTOLD = _Outcome("", "", "", "", "", "")


def take_results(folder: PlanFolder, tasks: list[Task], path: Path, first: date, today: date) -> Results:
    """Check an office's outcomes, keep them with the plan, and write the inspection records to be loaded.

    What was told of before and is not in the file stays. Nobody knew of a visit before it was told of, so its record is
    known from that day; one told of otherwise than before from the day of the correction.

    Parameters
    ----------
    tasks
        Every visit of the plan.
    first
        The first day of the plan: nobody is visited by it before.
    today
        The day it is given: nothing of it is later.

    Raises
    ------
    ConfigurationError
        Naming file, line, field and value, and what would be right.
    """
    before = _told_before(folder)
    found = before | _read(path, {one.visit: one for one in tasks}, before, first, today)
    kept, records = io.StringIO(), io.StringIO()
    keep, record = csv.writer(kept, lineterminator="\n"), csv.writer(records, lineterminator="\n")
    keep.writerow(KEPT)
    record.writerow(_RECORD)
    counts: Counter[str] = Counter()
    problems = written = 0
    for task in tasks:
        one, chance = found.get(task.visit, _UNTOLD), round(task.probability * WHOLE)
        counts[one.outcome] += 1
        keep.writerow((task.visit, task.unit, task.enterprise_id, task.arms, task.grade, "、".join(task.inspectors),
                       chance, *astuple(one)))  # fmt: skip
        if one.outcome in ("", "unvisited"):
            continue
        written += 1
        problems += one.result in ("problem", "serious_problem")
        record.writerow((f"{folder.name}/{task.visit}", task.enterprise_id, one.date, task.kind, one.result,
                         task.domain, one.problems, one.serious_problems, "、".join(task.inspectors), folder.name,
                         chance if task.is_random else "", one.told_on))  # fmt: skip
    with appearing_whole_file(folder.office / plan_files.OUTCOMES) as draft:
        draft.write_bytes(kept.getvalue().encode())
    delivery = folder.root / "delivery"
    name = f"{folder.name.replace('/', '-')}-inspection.csv"
    write_durably(delivery / name, records.getvalue().encode())
    return Results(dict(counts), problems, written, delivery)


def _told_before(folder: PlanFolder) -> dict[str, _Outcome]:
    """Visit → what earlier files told of it."""
    rows = plan_files.outcomes_of(folder)
    return {row["visit"]: _Outcome(*(row[name] for name in TOLD)) for row in rows if row["outcome"]}


def _read(
    path: Path, tasks: Mapping[str, Task], before: Mapping[str, _Outcome], first: date, today: date
) -> dict[str, _Outcome]:
    found: dict[str, _Outcome] = {}
    results = TABLES["inspection"].column("result").codes or {}
    for line, row in rows_of(path, NEEDED):
        visit, outcome, result = row["visit"], row["outcome"], row["result"]

        def refuse(field: str, zh: str, en: str, *, line: int = line, row: Mapping[str, str] = row) -> None:
            raise ConfigurationError(
                zh=f"{path} 第 {line} 行 {field}：{row[field]!r} 应为{zh}。",
                en=f"{path}, line {line}, {field}: {row[field]!r} should be {en}.",
            )

        if visit not in tasks or visit in found:
            refuse("visit", "本计划的检查码，每个一次", "the code of a visit of the plan, each once")
        if outcome not in OUTCOMES:
            refuse("outcome", f"{'、'.join(OUTCOMES)} 之一", f"one of {', '.join(OUTCOMES)}")
        day = typed_day(row["date"])
        if not (first <= day <= today if day is not None else outcome == "unvisited" and not row["date"]):
            refuse(
                "date",
                f"{first} 至 {today} 之间的日期，如 {first}；未检查的可以为空",
                f"a date from {first} to {today}, like {first}; it may be empty of an unvisited one",
            )
        if outcome == "visited" and result not in results:
            refuse("result", f"{'、'.join(results)} 之一", f"one of {', '.join(results)}")
        if outcome != "visited" and result:
            refuse("result", "空：未能检查的没有结果", "empty: what was not inspected has no result")
        for field in ("problems", "serious_problems"):
            if row[field] and not (row[field].isascii() and row[field].isdigit()):
                refuse(field, "个数，或空", "a number, or empty")
        told = _Outcome(
            outcome, row["date"], OUTCOMES[outcome] or result, row["problems"], row["serious_problems"], str(today)
        )
        earlier = before.get(visit, _UNTOLD)
        found[visit] = earlier if replace(told, told_on=earlier.told_on) == earlier else told
    if not found:
        raise RunError(zh=f"{path} 没有一行结果。", en=f"{path} has no row.")
    return found
