"""The schema of a package for the upper level (Yunnan Art. 7): which tables, which columns, how values are written.

The article has results pushed to the State Administration "by a unified data specification", which is not public: this
schema is ours. A change that a receiver could notice gets a new `VERSION`; docs/*/push-schema.md are written from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from riskml.publication.columns import Field, described, score, text
from riskml.records.tables import Label

NAME = "riskml-push"
VERSION = 2

LIST_SEPARATOR = "|"

FORMAT = {
    "file": "CSV (RFC 4180), gzip",
    "encoding": "UTF-8",
    "header": "column names",
    "line_end": "CRLF",
    "missing": "empty",
    "date": "YYYY-MM-DD",
    "flag": "true | false",
    "list_separator": LIST_SEPARATOR,
    "number": "decimal point, as many digits as give back the same double",
}

EFFECTS = {
    "fixed": Label("直接判定", "sets the grade"),
    "floor": Label("不得轻于", "the mildest grade possible"),
    "officer_choice": Label("由人员认定", "an officer confirms and chooses"),
}


@dataclass(frozen=True)
class PushTable:
    """One table of a package.

    Parameters
    ----------
    key
        The columns by which a row is found; no two rows agree in them.
    """

    name: str
    label: Label
    key: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def columns(self) -> list[str]:
        """The names of its columns, in order."""
        return [field.name for field in self.fields]


_AS_OF = Field("as_of", "date", Label("基准日", "as-of date"))
_ENTERPRISE = text("enterprise_id", "统一社会信用代码", "unified social credit code")

TABLES = (
    PushTable(
        "grades",
        Label("分类结果", "Grades"),
        ("enterprise_id",),
        (
            _AS_OF,
            _ENTERPRISE,
            text("division", "登记机关行政区划代码", "division of registration (GB/T 2260)", required=False),
            text("grade", "等级", "grade: one of the manifest's grades"),
            score(
                "score",
                "得分",
                "score; the notice says where higher is better, otherwise riskier; empty where the scheme has none",
                required=False,
            ),
            text("band", "定性判定之前的等级", "grade before rules: one of the manifest's grades"),
            text("decided_by", "等级依据", "what decided the grade: band (the score), or the id of a rule"),
            Field("pending", "flag", Label("待人员决定", "an officer's choice waits")),
            Field(
                "updated_on",
                "date",
                Label(
                    "即时更新的日期",
                    "day whose rules gave the grade, where it was brought up to date since the as-of date",
                ),
                required=False,
            ),
        ),
    ),
    PushTable(
        "rules",
        Label("触发的定性判定", "Rules that fired"),
        ("enterprise_id", "rule"),
        (
            _AS_OF,
            _ENTERPRISE,
            text("rule", "规则", "id of the rule"),
            text("article", "条款", "article of the scheme, as in 15(1)"),
            text("effect", "效力", "effect", codes=EFFECTS),
            Field("grades", "list", Label("判定或可选的等级", "the grade set, or those to choose from, mildest first")),
            Field("evidence_records", "integer", Label("依据记录数", "records it rests on"), Label("条", "records")),
        ),
    ),
)


def schema() -> dict[str, Any]:
    """The schema as plain JSON values: what schema.json in every package of this version says."""
    return {
        "name": NAME,
        "version": VERSION,
        "label": {"zh": "企业信用风险分类结果推送包", "en": "Package of enterprise credit-risk grades"},
        "format": FORMAT,
        "tables": [
            {"name": table.name, "label": vars(table.label), "key": list(table.key), "columns": described(table.fields)}
            for table in TABLES
        ],
    }
