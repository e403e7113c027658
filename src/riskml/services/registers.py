"""Lists of enterprises: searched, filtered, sorted, counted; of the newest run of each scheme, with the grades that
apply now.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow as pa

from riskml.core.language import Label
from riskml.core.ledger import LEDGER
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import another, connect, file_literal
from riskml.explaining.peers_told import PeerGroup, age_sql
from riskml.explaining.profile import SECTIONS, region_name
from riskml.publication.columns import Field, score, text
from riskml.publication.csv_export import write_query
from riskml.publication.labels import words_of
from riskml.publication.search_table import search_table
from riskml.runs.immediate import Update, read_updates, told_by
from riskml.runs.published import PublishedRun, latest_day, published_days, published_run
from riskml.schemes.grade import BAND
from riskml.services.asking import asked_by

PAGE = 50
"""Enterprises on a page of a list."""

COUNTED = 10_000
"""So many are counted of a search; who finds more has to say more."""

_MEMORY_GIB = 2.0


class Sort(StrEnum):
    """In which order enterprises are listed: the riskiest first (as the table lies), by name, code, or place."""

    risk = "risk"
    name = "name"
    code = "code"
    region = "region"


class Worklist(StrEnum):
    """Enterprises that somebody has to look at: newly of the riskiest grade, of a riskier one than in the run before,
    waiting for an officer, brought up to date since the run.
    """

    newly_riskiest = "newly_riskiest"
    fallen = "fallen"
    waiting = "waiting"
    updated = "updated"


WORKLISTS: dict[Worklist, Label] = {
    Worklist.newly_riskiest: Label("新进最高风险类", "Newly of the riskiest grade"),
    Worklist.fallen: Label("等级下降", "To a riskier grade"),
    Worklist.waiting: Label("等待人员认定", "Waiting for an officer"),
    Worklist.updated: Label("发布后即时更新", "Brought up to date since the run"),
}

_WORKLIST_SQL: dict[Worklist, str] = {
    Worklist.newly_riskiest: "newly_riskiest",
    Worklist.fallen: "moved = 'downgraded'",
    Worklist.waiting: "pending",
    Worklist.updated: "updated_on IS NOT NULL",
}

_ORDER: dict[Sort, str] = {
    Sort.risk: "place",
    Sort.name: "name, enterprise_id",
    Sort.code: "enterprise_id",
    Sort.region: "division, place",
}

_SHOWN = (
    "enterprise_id, name, division, region, section, status, grade, score, decided_by, pending, grade_before, moved, "
    "updated_on"
)


@dataclass(frozen=True)
class Wanted:
    """Which enterprises are asked for; "" and None ask for all.

    Parameters
    ----------
    text
        A part of the name, the initials of its pinyin, or the beginning of the code.
    reason
        An indicator that is among those that count most against them.
    region
        The beginning of the division's code.
    """

    text: str = ""
    region: str = ""
    grade: str = ""
    rule: str = ""
    reason: str = ""
    section: str = ""
    worklist: Worklist | None = None
    sort: Sort = Sort.risk
    page: int = 1

    @property
    def typed(self) -> str:
        """The text in one form: no blanks about it, full width as half."""
        return unicodedata.normalize("NFKC", self.text).strip()


EXPORTED = (
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("section", "行业门类", "industry section", required=False, codes=SECTIONS),
    text("grade", "等级", "grade"),
    score("score", "得分", "score", required=False),
    text("decided_by", "等级依据", "decided by"),
    Field("pending", "flag", Label("待人员决定", "an officer's choice waits")),
    text("grade_before", "上期等级", "grade before", required=False),
    Field("updated_on", "date", Label("即时更新的日期", "brought up to date on"), required=False),
)
"""The columns of a list that is written to a file."""


@dataclass(frozen=True)
class ListedEnterprise:
    """A row of a list; fields as `riskml.publication.search_table.search_table` has them."""

    enterprise_id: str
    name: str
    division: str
    region: str
    section: str
    status: str
    grade: str
    score: float | None
    decided_by: str
    pending: bool
    grade_before: str | None
    moved: str | None
    updated_on: date | None


@dataclass(frozen=True)
class FoundList:
    """A page of a list.

    Parameters
    ----------
    total
        How many there are on all pages.
    more
        Whether there are still more, which were not counted.
    """

    wanted: Wanted
    total: int
    rows: tuple[ListedEnterprise, ...]
    more: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class RegionShares:
    """A region's enterprises by grade, from the mildest on."""

    division: str
    region: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


Flow = tuple[str | None, str, int]
"""Grade before (None of whoever is new), grade now, and how many."""


@dataclass(frozen=True)
class Register:
    """The enterprises of one run. Many may read it at once."""

    run: PublishedRun
    _connection: duckdb.DuckDBPyConnection

    @cached_property
    def rules(self) -> tuple[tuple[str, Label], ...]:
        """The rules of the scheme, by id."""
        return tuple((rule.id, rule.label) for rule in self.run.policy.scheme.all_rules)

    @cached_property
    def reasons(self) -> tuple[tuple[str, Label], ...]:
        """The indicators that count most against anybody, by id, those first that do so most often."""
        found = another(self._connection).execute(
            "SELECT reason FROM (SELECT unnest(reasons) AS reason FROM register) "
            "GROUP BY reason ORDER BY count(*) DESC, reason"
        )
        words = words_of(self.run)
        return tuple((one, words.indicator(one)) for (one,) in found.fetchall())

    def decided_by(self, rule: str) -> Label:
        """What gives a grade, in words."""
        return told_by(self.run.policy.scheme, rule)

    def names(self, codes: Sequence[str]) -> dict[str, str]:
        """Enterprise → name, of those that the run graded."""
        asked = "SELECT enterprise_id, name FROM register WHERE list_contains(?, enterprise_id) AND name <> ''"
        return dict(another(self._connection).execute(asked, [list(codes)]).fetchall())

    def of_codes(self, codes: Sequence[str], within: str) -> tuple[ListedEnterprise, ...]:
        """Those of some enterprises that are of the divisions that begin with `within`, the riskiest first."""
        asked = (
            f"SELECT {_SHOWN} FROM register WHERE list_contains(?, enterprise_id) AND starts_with(division, ?) "
            "ORDER BY place"
        )
        rows = another(self._connection).execute(asked, [list(codes), within]).fetchall()
        return tuple(ListedEnterprise(*row) for row in rows)

    def find(self, wanted: Wanted, within: str) -> FoundList:
        """A page of those that are wanted, of the divisions that begin with `within`."""
        where, values = _conditions(wanted, within)
        connection = another(self._connection)
        page = f"ORDER BY {_ORDER[wanted.sort]} LIMIT {PAGE} OFFSET {(wanted.page - 1) * PAGE:d}"
        if not wanted.typed:
            ((total,),) = connection.execute(f"SELECT count(*) FROM register WHERE {where}", values).fetchall()
            rows = connection.execute(f"SELECT {_SHOWN} FROM register WHERE {where} {page}", values).fetchall()
            return FoundList(wanted, total, tuple(ListedEnterprise(*row) for row in rows))
        # Texts are looked through once, and from the riskiest on: what is found often is found soon.
        rows = connection.execute(
            f"WITH hit AS MATERIALIZED (SELECT {_SHOWN}, place FROM register WHERE {where} LIMIT {COUNTED + 1}), "
            f"page AS (SELECT {_SHOWN} FROM hit {page}) "
            "SELECT (SELECT count(*) FROM hit), page.* FROM (SELECT 1) LEFT JOIN page ON true",
            values,
        ).fetchall()
        total = rows[0][0]
        listed = tuple(ListedEnterprise(*row) for _, *row in rows if row[0] is not None)
        return FoundList(wanted, min(total, COUNTED), listed, total > COUNTED)

    def write(self, wanted: Wanted, within: str, path: Path) -> int:
        """Write all of them as CSV for spreadsheets, with the scheme's notice; returns how many there are."""
        where, values = _conditions(wanted, within)
        connection = another(self._connection)
        rules = {rule: self.decided_by(rule).said for rule in (BAND, *dict(self.rules))}
        named = pa.table({"decided_by": pa.array(rules, pa.string()), "said": pa.array(rules.values(), pa.string())})
        connection.register("decided_words", named)
        connection.execute(
            "CREATE TEMP TABLE listed AS SELECT r.* REPLACE (coalesce(w.said, r.decided_by) AS decided_by) "
            f"FROM (SELECT * FROM register WHERE {where}) r LEFT JOIN decided_words w USING (decided_by) "
            f"ORDER BY {_ORDER[wanted.sort]}",
            values,
        )
        notice, simulated = self.run.notice, self.run.manifest.simulated
        return write_query(path, EXPORTED, connection, "listed", notice=notice, simulated=simulated)

    def shares(self, within: str, digits: int) -> tuple[RegionShares, ...]:
        """Enterprises by grade in each region: a prefecture of four digits, a county of six."""
        counts = ", ".join(
            f"coalesce(sum(enterprises) FILTER (rank = {rank:d}), 0)::BIGINT" for rank in range(len(self.run.grades))
        )
        asked = (
            f"SELECT division[:{digits:d}] AS code, {counts} FROM counted WHERE starts_with(division, ?) "
            "GROUP BY code ORDER BY code"
        )
        rows = another(self._connection).execute(asked, [within]).fetchall()
        return tuple(RegionShares(code, region_name(code.ljust(6, "0")), tuple(counts)) for code, *counts in rows)

    def peers(self, section: str, prefecture: str, age: int) -> PeerGroup:
        """Everyone of a trade, a prefecture and a group of ages (`riskml.explaining.peers_told`)."""
        asked = "SELECT scores, counts FROM peers WHERE section = ? AND prefecture = ? AND age = ?"
        rows = another(self._connection).execute(asked, [section, prefecture, age]).fetchall()
        scores, counts = rows[0] if rows else ([], [0] * len(self.run.grades))
        return PeerGroup(np.array(scores, np.float64), tuple(counts))

    def flows(self, within: str) -> tuple[Flow, ...]:
        """What moved since the run before; nothing where there is none."""
        asked = (
            "SELECT grade_before, grade, sum(enterprises)::BIGINT FROM counted "
            "WHERE moved IS NOT NULL AND starts_with(division, ?) GROUP BY ALL"
        )
        return tuple(another(self._connection).execute(asked, [within]).fetchall())


_CODE, _CODE_BEGINS = re.compile("[0-9][0-9A-Z]*"), 4
"""What is taken for the beginning of a code: digits and letters, from so many on."""


def _conditions(wanted: Wanted, within: str) -> tuple[str, list[Any]]:
    """The condition of a list, and the values of its parameters."""
    conditions: list[tuple[str, list[Any]]] = [("true", [])]
    if typed := wanted.typed:
        if _CODE.fullmatch(typed.upper()) and len(typed) >= _CODE_BEGINS:
            conditions.append(("starts_with(enterprise_id, ?)", [typed.upper()]))
        elif typed.isascii():
            conditions.append(("contains(initials, ?)", [typed.lower()]))  # what is written in letters is among these
        else:
            conditions.append(("contains(name, ?)", [typed]))
    conditions += [("starts_with(division, ?)", [prefix]) for prefix in (wanted.region, within) if prefix]
    if wanted.grade:
        conditions.append(("grade = ?", [wanted.grade]))
    if wanted.rule:
        conditions.append(("list_contains(rules, ?)", [wanted.rule]))
    if wanted.reason:
        conditions.append(("list_contains(reasons, ?)", [wanted.reason]))
    if wanted.section:
        conditions.append(("section = ?", [wanted.section]))
    if wanted.worklist:
        conditions.append((_WORKLIST_SQL[wanted.worklist], []))
    return " AND ".join(text for text, _ in conditions), [value for _, values in conditions for value in values]


def graded_schemes(workspace: Workspace) -> tuple[str, ...]:
    """The schemes that have a published run, those first that have a model."""
    return tuple(scheme for scheme in workspace.schemes if published_days(workspace, scheme))


class Registers:
    """The registers of a workspace, opened when they are first asked for and again when the ledger has grown."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open: dict[str, tuple[int, _Basis, Register]] = {}
        self._lock = Lock()

    def of(self, asker: Principal, scheme: str) -> Register:
        """The register of a scheme's newest run; a ConfigurationError where there is none."""
        self.workspace.refuse_unknown(scheme)
        written = (self.workspace.data / LEDGER).stat().st_size
        held = self._open.get(scheme)
        if held is not None and held[0] == written:
            return held[2]
        with self._lock, asked_by(asker, self.workspace, None):
            held = self._open.get(scheme)
            if held is None or held[0] != written:
                basis = _Basis.of(self.workspace, scheme)
                register = held[2] if held is not None and held[1] == basis else _open(self.workspace, basis)
                self._open[scheme] = held = (written, basis, register)
        return held[2]


@dataclass(frozen=True)
class _Basis:
    """What a register is made of: the newest run, and the grades that were brought up to date since."""

    run: PublishedRun
    updates: Mapping[str, Update]

    @classmethod
    def of(cls, workspace: Workspace, scheme: str) -> Self:
        """What there is now."""
        run = published_run(workspace, scheme, latest_day(workspace, scheme))
        return cls(run, read_updates(workspace.ledger, scheme, run.as_of))


def _open(workspace: Workspace, basis: _Basis) -> Register:
    run, updates = basis.run, basis.updates
    connection = connect(workspace.spill, memory_gib=_MEMORY_GIB, threads=2)
    path = search_table(workspace, run)
    now = pa.table({
        "enterprise_id": pa.array(updates, pa.string()),
        "grade": pa.array([one.grade for one in updates.values()], pa.string()),
        "decided_by": pa.array([one.decided_by for one in updates.values()], pa.string()),
        "updated_on": pa.array([one.as_of for one in updates.values()], pa.date32()),
    })  # fmt: skip
    connection.register("arrived", now)
    grades = list(run.grades)
    connection.execute(f"""
CREATE TABLE register AS
WITH graded AS (
  SELECT t.* REPLACE (coalesce(u.grade, t.grade) AS grade, coalesce(u.decided_by, t.decided_by) AS decided_by),
         u.updated_on,
         list_position({grades}, coalesce(u.grade, t.grade))::TINYINT - 1 AS now,
         list_position({grades}, t.grade_before)::TINYINT - 1 AS was,
         row_number() OVER (ORDER BY file_row_number) AS place
  FROM read_parquet({file_literal(path)}, file_row_number = true) t
  LEFT JOIN arrived u USING (enterprise_id)
)
SELECT * EXCLUDE (was, now, compared, file_row_number) REPLACE (now AS rank),
       CASE
         WHEN NOT compared THEN NULL
         WHEN was IS NULL THEN 'new'
         WHEN now = was THEN 'unchanged'
         WHEN now < was THEN 'upgraded'
         ELSE 'downgraded'
       END AS moved,
       compared AND now = {len(grades) - 1:d} AND was IS DISTINCT FROM now AS newly_riskiest
FROM graded
ORDER BY place""")
    connection.execute(
        "CREATE TABLE counted AS SELECT division, rank, grade, grade_before, moved, count(*) AS enterprises "
        "FROM register GROUP BY ALL"
    )
    counts = ", ".join(f"count(*) FILTER (rank = {rank:d})" for rank in range(len(grades)))
    connection.execute(f"""
CREATE TABLE peers AS
SELECT section, division[:4] AS prefecture, {age_sql("established", run.as_of)} AS age,
       list(coalesce(score, 'nan') ORDER BY score) AS scores, [{counts}] AS counts
FROM register
WHERE section <> '' AND division <> '' AND established IS NOT NULL
GROUP BY ALL
ORDER BY ALL""")
    connection.unregister("arrived")
    return Register(run, connection)
