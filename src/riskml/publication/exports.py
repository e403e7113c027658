"""A run's grades as one wide table, of the whole province or of one region: what every export format writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label, Language, language
from riskml.core.workspace import Workspace
from riskml.explaining.profile import SECTIONS
from riskml.publication.changes import Change
from riskml.publication.columns import Field, score, text
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.labels import Words, words_of
from riskml.publication.updated import updated_grades_sql
from riskml.records.tables import TABLES
from riskml.relations.about import LABELS
from riskml.runs.immediate import read_updates
from riskml.runs.published import PublishedRun, published_run

_REGISTRATION = TABLES["enterprise"]
_AT_ONCE = 20_000
_CODED = ("status", "kind", "industry_section")

FIELDS = (
    Field("as_of", "date", Label("基准日", "as of")),
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("status", "登记状态", "status", required=False, codes=_REGISTRATION.column("status").codes),
    text("kind", "企业类型", "type", required=False, codes=_REGISTRATION.column("kind").codes),
    text("industry_section", "行业门类", "industry section", required=False, codes=SECTIONS),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("grade", "等级", "grade"),
    text("grade_label", "等级名称", "meaning of the grade"),
    score("score", "得分", "score"),
    text("band", "定性判定之前的等级", "grade before rules"),
    text("decided_by", "等级依据", "decided by"),
    Field("updated_on", "date", Label("即时更新的日期", "brought up to date on"), required=False),
    text("own_grade", "只看本企业自身的等级", "grade on own conduct alone"),
    Field("rules", "list", Label("触发的定性判定", "rules that fired")),
    Field("pending", "flag", Label("待人员决定", "an officer's choice waits")),
    Field("pending_options", "list", Label("可选等级", "grades to choose from")),
    Field("reasons", "list", Label("主要不利指标", "what counts most against it")),
)


@dataclass(frozen=True)
class Export:
    """The rows to be written, ready in the engine.

    Parameters
    ----------
    region
        The division code that all rows begin with; None for the whole province.
    """

    run: PublishedRun
    region: str | None
    rows: int
    words: Words
    connection: duckdb.DuckDBPyConnection

    @property
    def simulated(self) -> bool:
        """Whether any of the records were simulated."""
        return self.run.manifest.simulated

    @property
    def notice(self) -> Label:
        """The scheme's notice, which every format carries."""
        return self.run.notice

    @property
    def name(self) -> str:
        """What tells this export from others of its scheme: the as-of date, and the region where there is one."""
        return self.run.as_of.isoformat() + (f"-{self.region}" if self.region else "")

    def blocks(self, spoken: Language = Language.zh) -> Iterator[pa.Table]:
        """The columns of `FIELDS` for programs, a block of rows at a time: codes and ids as they are.

        Reasons and the grade's name alone are words, in the regulator's own language unless another is asked for.
        """
        for start in range(0, self.rows, _AT_ONCE):
            block = self.connection.sql(
                f"SELECT * EXCLUDE (place) FROM export_rows WHERE place >= {start:d} AND place < {start + _AT_ONCE:d} "
                "ORDER BY place"
            ).to_arrow_table()
            labels = pa.array(
                [self.words.grade(grade).said_in(spoken) for grade in block["grade"].to_pylist()], pa.string()
            )
            told = block.append_column("grade_label", labels)
            told = told.set_column(
                told.schema.get_field_index("reasons"),
                "reasons",
                self._reasons(block["reasons"].combine_chunks(), spoken),
            )
            yield told.select([field.name for field in FIELDS])

    def coded(self, spoken: Language = Language.zh) -> Iterator[dict[str, Any]]:
        """The same row by row."""
        for block in self.blocks(spoken):
            yield from block.to_pylist()

    def told(self) -> Iterator[dict[str, Any]]:
        """The same for people: all in the language that is spoken."""
        codes = {field.name: field.codes or {} for field in FIELDS if field.name in _CODED}
        for row in self.coded(language()):
            for name, labels in codes.items():
                row[name] = labels[row[name]].said if row[name] in labels else row[name]
            row["decided_by"] = self.words.decided_by(row["decided_by"]).said
            row["rules"] = [self.words.rule(rule).said for rule in row["rules"]]
            yield row

    def _reasons(self, reasons: pa.ListArray, spoken: Language) -> pa.ListArray:
        """Lists of (indicator, points) as lists of words."""
        entries = reasons.flatten()
        named = zip(*(entries.field(name).to_pylist() for name in ("indicator", "points", "about")), strict=True)
        told = [
            _reason(LABELS[about], self.words.change(Change(indicator, moved))).said_in(spoken)
            for indicator, moved, about in named
        ]
        offsets = pc.subtract(reasons.offsets, reasons.offsets[0])
        return pa.ListArray.from_arrays(offsets, pa.array(told, pa.string()))


def _reason(about: Label, moved: Label) -> Label:
    return Label(f"【{about.zh}】{moved.zh}", f"[{about.en}] {moved.en}")


def open_export(workspace: Workspace, scheme: str, as_of: date, region: str | None) -> Export:
    """Prepare the export of a published run, ordered by division and code.

    Parameters
    ----------
    region
        A division code (GB/T 2260) of two, four or six digits: a province, a prefecture or a county. None exports
        everyone, those of unknown division included.

    Raises
    ------
    ConfigurationError
        Where the run is not published, or the region is no code.
    RunError
        Where no enterprise is registered in the region, or a file of the run is damaged.
    """
    if region is not None and re.fullmatch("[0-9]{2}([0-9]{2}){0,2}", region) is None:
        raise ConfigurationError(
            zh=f"--region 是 2、4 或 6 位行政区划代码（如 5301、530111），不是 {region!r}。",
            en=f"--region is a division code of 2, 4 or 6 digits, such as 5301 or 530111, not {region!r}.",
        )
    run = published_run(workspace, scheme, as_of)
    words = words_of(run)
    connection = connect_to_records(workspace)
    run.open_view(connection, "reasons", "reasons")
    run.open_view(connection, "grades", "grades")
    now = updated_grades_sql(connection, "grades", read_updates(workspace.ledger, scheme, as_of))
    connection.execute(
        f"CREATE TEMP TABLE exported AS {now}" + (f" WHERE starts_with(division, '{region}')" if region else "")
    )
    ((rows,),) = connection.execute("SELECT count(*) FROM exported").fetchall()
    if not rows:
        there = _prefectures(connection)
        raise RunError(
            zh=f"{as_of} 的结果中没有登记地区划代码以 {region} 开头的企业：{there.zh}。",
            en=f"The run of {as_of} has no enterprise whose division begins with {region}: {there.en}.",
        )
    name_enterprises(connection, workspace, "exported", as_of, "registrations")
    connection.execute(f"""
CREATE TEMP TABLE against AS
SELECT enterprise_id, list({{'indicator': indicator, 'points': points, 'about': about}} ORDER BY rank) AS reasons
FROM reasons SEMI JOIN exported USING (enterprise_id)
WHERE {run.policy.scheme.against_sql}
GROUP BY enterprise_id""")
    connection.execute(
        f"CREATE TEMP TABLE export_rows AS SELECT DATE '{as_of}' AS as_of, g.enterprise_id, e.name, e.status, e.kind, "
        "e.industry_section, "
        "g.division, e.region, g.grade, g.score, g.band, g.decided_by, g.updated_on, g.own_grade, g.rules, g.pending, "
        "g.pending_options, coalesce(r.reasons, []) AS reasons, "
        "row_number() OVER (ORDER BY g.division NULLS LAST, g.enterprise_id) - 1 AS place "
        "FROM exported g LEFT JOIN registrations e USING (enterprise_id) LEFT JOIN against r USING (enterprise_id) "
        "ORDER BY place"
    )
    return Export(run, region, rows, words, connection)


def _prefectures(connection: duckdb.DuckDBPyConnection) -> Label:
    """The prefectures there are, for a message."""
    found = connection.execute(
        "SELECT DISTINCT left(division, 4) FROM grades WHERE division <> '' ORDER BY 1"
    ).fetchall()
    codes = [code for (code,) in found]
    return Label(f"有 {'、'.join(codes)}", f"there are {', '.join(codes)}")
