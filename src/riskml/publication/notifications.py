"""Who is told of enterprises whose grade fell: one list per division, for its departments.

What a list rests on is for the scheme to say (``documents`` in its YAML): another text's article is no basis of it. The
division of registration decides who receives it; departments of the whole province receive all lists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from riskml.core.language import Label, Language, speaking
from riskml.explaining.labels import inspections
from riskml.publication.atomic_write import write_json
from riskml.publication.columns import Field, described, score, text
from riskml.publication.csv_export import Marked, sheet_lines, write_lines, write_sheet
from riskml.publication.labels import Words
from riskml.publication.movements import Moved, Movements
from riskml.schemes.notices import articles_of, basis_of
from riskml.schemes.scheme import Scheme

UNKNOWN = "unknown"
"""The list of enterprises whose division no record gives."""

SUBJECT = Label("以下企业的等级较上期下降。", "The grade of these enterprises is riskier than in the run before.")

FIELDS = (
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("grade_before", "上期等级", "grade before"),
    text("grade_after", "本期等级", "grade after"),
    text("grade_label", "本期等级名称", "meaning of the grade"),
    score("score_before", "上期得分", "score before"),
    score("score_after", "本期得分", "score after"),
    text("decided_after", "等级依据", "decided by"),
    Field("updated_on", "date", Label("即时更新的日期", "brought up to date on"), required=False),
    Field("changes", "list", Label("使得分变动的主要指标", "indicators that moved the score most")),
    Field("measures", "list", Label("本期等级的监管要求", "what the grade asks for")),
)

INDEX_FIELDS = (
    text("division", "登记地行政区划代码", "division"),
    text("region", "登记地", "region", required=False),
    Field("downgraded", "integer", Label("等级下降企业数", "enterprises whose grade fell")),
    Field("newly_riskiest", "integer", Label("其中新进最高风险类", "of these newly of the riskiest grade")),
    text("file", "文件", "file"),
)


def write_notifications(folder: Path, movements: Movements, words: Words) -> int:
    """Write one CSV and one JSON file per division into `folder`, with index.csv over them; returns the number of
    divisions.

    Nothing is written but the index where no grade fell.
    """
    folder.mkdir()
    marked: Marked = {"notice": movements.notice, "simulated": movements.simulated}
    # Sorting is stable: within a division the order of the movements stays.
    downgraded = sorted((one for one in movements.moved if one.kind == "downgraded"), key=_receiver)
    lines = iter(sheet_lines(FIELDS, (_row(one, words) for one in downgraded)))
    index = []
    for division, group in groupby(downgraded, key=_receiver):
        told = list(group)
        write_lines(folder / f"{division}.csv", FIELDS, islice(lines, len(told)), **marked)
        with speaking(Language.zh):  # what programs read depends on nobody's language
            rows = [_row(one, words) for one in told]
        write_json(folder / f"{division}.json", _notification(division, told, rows, movements, words.scheme))
        index.append({
            "division": division, "region": told[0].region, "downgraded": len(told),
            "newly_riskiest": sum(one.newly_riskiest for one in told), "file": f"{division}.csv",
        })  # fmt: skip
    write_sheet(folder / "index.csv", INDEX_FIELDS, index, **marked)
    return len(index)


def _receiver(one: Moved) -> str:
    # The code names a file: what is no code stays out of paths.
    return one.division if one.division and re.fullmatch("[0-9]{6}", one.division) else UNKNOWN


def _row(one: Moved, words: Words) -> dict[str, Any]:
    assert one.grade_after is not None  # it is in both runs
    asked = next((measures for measures in words.scheme.measures if one.grade_after in measures.grades), None)
    measures = [] if asked is None else [one.said for one in inspections(asked)]
    return {**one.told(words), "grade_label": words.grade(one.grade_after).said, "measures": measures}


def _notification(
    division: str, told: Sequence[Moved], rows: list[dict[str, Any]], movements: Movements, scheme: Scheme
) -> dict[str, Any]:
    articles = articles_of(scheme, "downgrades")
    return {
        "subject": {"zh": SUBJECT.zh + articles.zh, "en": f"{SUBJECT.en} {articles.en}".strip()},
        "basis": basis_of(scheme, "downgrades"),
        "notice": vars(movements.notice),
        "receiver": {"division": division, "region": told[0].region},
        "scheme": movements.after.scheme,
        "from": movements.before.as_of.isoformat(),
        "to": movements.after.as_of.isoformat(),
        "simulated": movements.simulated,
        "fields": described(FIELDS),
        "enterprises": [{field.name: row[field.name] for field in FIELDS} for row in rows],
    }
