"""A run's grades as one wide table, of the whole province or of one region: what every export format writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label, Language, language
from riskml.core.workspace import Workspace
from riskml.explaining.profile import SECTIONS
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
        columns = ", ".join(field.name for field in FIELDS)
        for batch in self.connection.sql(f"SELECT {columns} FROM ({self._coded(spoken)})").to_arrow_reader(_AT_ONCE):
            yield pa.Table.from_batches([batch])

    def coded(self, spoken: Language = Language.zh) -> Iterator[dict[str, Any]]:
        """The same row by row."""
        for block in self.blocks(spoken):
            yield from block.to_pylist()

    def told_sql(self) -> str:
        """A SELECT of the same columns for people, in order: all in the language that is spoken."""
        said: dict[str, Callable[[Any], Any]] = {
            **{field.name: partial(_code_said, field.codes or {}) for field in FIELDS if field.name in _CODED},
            "decided_by": lambda decided_by: self.words.decided_by(decided_by).said,
            "rules": lambda rules: [self.words.rule(rule).said for rule in rules],
        }
        for name, words in said.items():
            self._tell(f"{name}_words", f"SELECT DISTINCT {name} FROM export_rows", words)
        replaced = ", ".join(f"{name}_words.said AS {name}" for name in said)
        joined = " ".join(f"LEFT JOIN {name}_words ON {name}_words.key = coded.{name}" for name in said)
        return f"SELECT coded.* REPLACE ({replaced}) FROM ({self._coded(language())}) coded {joined} ORDER BY place"

    def _coded(self, spoken: Language) -> str:
        """A SELECT of what `blocks` gives and ``place``, in order."""
        self._tell(
            "grade_words", "SELECT DISTINCT grade FROM export_rows", lambda one: self.words.grade(one).said_in(spoken)
        )
        return f"""
SELECT export_rows.*, export_rows.rowid AS place, grade_words.said AS grade_label,
  coalesce(CAST(against.reasons AS VARCHAR[]), []) AS reasons
FROM export_rows
LEFT JOIN grade_words ON grade_words.key = grade
LEFT JOIN ({self._against(spoken)}) against USING (enterprise_id)
ORDER BY place"""

    def _against(self, spoken: Language) -> str:
        """A SELECT of what counts against each enterprise that anything counts against, in words, the most first."""
        # As amounts are told: of some million reasons some ten thousand are different. Counts are told by their size.
        counts, places = self.words.scheme.direction is None, self.words.places
        amount = "CAST(points AS VARCHAR)" if counts else f"format('{{:.{places}f}}', points)"
        self._tell_reasons(f"SELECT DISTINCT about, indicator, {amount} AS amount FROM counted", spoken)
        ((most,),) = self.connection.execute("SELECT coalesce(max(rank), 0) FROM counted").fetchall()
        # Each rank its own aggregate: half the time of a list that is put in order afterwards.
        ranked = ", ".join(f"any_value(said) FILTER (rank = {rank})" for rank in range(1, most + 1))
        return f"""
SELECT enterprise_id, list_filter([{ranked}], lambda one: one IS NOT NULL) AS reasons
FROM counted r JOIN reason_words w ON w.about = r.about AND w.indicator = r.indicator AND w.amount = {amount}
GROUP BY enterprise_id"""

    def _tell_reasons(self, reasons: str, spoken: Language) -> None:
        """Create the temporary table ``reason_words`` of different reasons: about, indicator, amount and ``said``.

        The last is of an enumeration: its numbers go through joins and groups, and become texts at the end.
        """
        found = self.connection.sql(reasons).to_arrow_table()
        about, indicator, amount = (found[name].to_pylist() for name in ("about", "indicator", "amount"))
        before = {one: _before(LABELS[one]).said_in(spoken) for one in set(about)}
        label = {one: self.words.indicator(one).said_in(spoken) for one in set(indicator)}
        moved = {one: self.words.moved(float(one)).said_in(spoken) for one in set(amount)}
        said = [f"{before[a]}{label[i]} {moved[m]}" for a, i, m in zip(about, indicator, amount, strict=True)]
        self.connection.register("arrived_reasons", found.append_column("text", pa.array(said, pa.string())))
        texts = f"reasons_{spoken.value}"
        self.connection.execute(
            f"CREATE TYPE IF NOT EXISTS {texts} AS ENUM (SELECT DISTINCT text FROM arrived_reasons)"
        )
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE reason_words AS "
            f"SELECT about, indicator, amount, CAST(text AS {texts}) AS said FROM arrived_reasons"
        )
        self.connection.unregister("arrived_reasons")

    def _tell(self, table: str, keys: str, said: Callable[[Any], Any]) -> None:
        """Create a temporary table of the words for each of some values: columns ``key`` and ``said``."""
        found = self.connection.sql(keys).to_arrow_table().column(0)
        listed = pa.table({"key": found, "said": [None if key is None else said(key) for key in found.to_pylist()]})
        self.connection.register("arrived_words", listed)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM arrived_words")
        self.connection.unregister("arrived_words")


def _code_said(codes: Mapping[str, Label], code: str) -> str:
    return codes[code].said if code in codes else code


def _before(about: Label) -> Label:
    """Whose conduct a reason is, before it."""
    return Label(f"【{about.zh}】", f"[{about.en}] ")


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
    chosen = "SEMI JOIN exported USING (enterprise_id)" if region else ""
    connection.execute(
        f"CREATE TEMP VIEW counted AS SELECT * FROM reasons {chosen} WHERE {run.policy.scheme.against_sql}"
    )
    connection.execute(
        f"CREATE TEMP TABLE export_rows AS SELECT DATE '{as_of}' AS as_of, g.enterprise_id, e.name, e.status, e.kind, "
        "e.industry_section, "
        "g.division, e.region, g.grade, g.score, g.band, g.decided_by, g.updated_on, g.own_grade, g.rules, g.pending, "
        "g.pending_options FROM exported g LEFT JOIN registrations e USING (enterprise_id) "
        "ORDER BY g.division NULLS LAST, g.enterprise_id"
    )
    return Export(run, region, rows, words, connection)


def _prefectures(connection: duckdb.DuckDBPyConnection) -> Label:
    """The prefectures there are, for a message."""
    found = connection.execute(
        "SELECT DISTINCT left(division, 4) FROM grades WHERE division <> '' ORDER BY 1"
    ).fetchall()
    codes = [code for (code,) in found]
    return Label(f"有 {'、'.join(codes)}", f"there are {', '.join(codes)}")
