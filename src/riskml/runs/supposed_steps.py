"""Steps that somebody supposes of one enterprise: which record each is of, what it makes of the records, and what the
law says of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from riskml.core.errors import ConfigurationError
from riskml.core.language import LIST_SEPARATOR
from riskml.explaining.values import column_value
from riskml.explaining.what_if import Standing, StepTold
from riskml.records.edits import SUPPOSED, Add, Amend, Edit, End
from riskml.records.enterprise_ids import enterprise_meant
from riskml.records.repair import NO_LAW, OWN_ACT, Basis, CorrectionKind, RepairLaw, StepKind
from riskml.records.schema import ColumnType
from riskml.records.tables import TABLES, Label
from riskml.relations.catalogue import relation_inputs
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import RATED_TABLES, Rescorer
from riskml.schemes.legal_steps import LegalStep, counts_then, legal_steps

StepName = Literal["repaired", "ended", "revoked", "misjudged", "reduced", "filed", "replaced"]

NAMES: dict[StepName, Label] = {
    "repaired": Label("信用修复", "Repair"),
    "ended": Label("了结或移出", "End"),
    "revoked": Label("撤销", "Revocation"),
    "misjudged": Label("认定为误判", "Found misjudged"),
    "reduced": Label("减少", "Reduction"),
    "filed": Label("报送年度报告", "Annual report filed"),
    "replaced": Label("更换任职人员", "Post-holder replaced"),
}

_Told = tuple[Standing, date | None, Label, Basis, Label]
"""What the law says: the fields of `StepTold` after the first."""

_SHOWN = 15
"""Records that a message lists."""

_NOT_ASKED = {"enterprise", "amendment"}
"""Tables whose records no step is of."""


@dataclass(frozen=True)
class Step:
    """A step as it was asked for.

    Parameters
    ----------
    what
        The id of a record, ``table:id`` where several have it; the year of a report.
    part, value
        Of what is reduced: the column, and to what.
    person
        Of a post that is taken over: who takes it up.
    """

    name: StepName
    what: str
    part: str | None = None
    value: str | None = None
    person: str | None = None


@dataclass
class Supposing:
    """Steps taken one after the other on one day.

    Parameters
    ----------
    before
        The records as they are.
    edits
        What the steps taken so far make of them.
    """

    rescorer: Rescorer
    law: RepairLaw
    before: Neighbourhood
    day: date
    edits: list[Edit] = field(default_factory=list)
    steps: list[StepTold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.around = self.before
        """How the records read once the steps so far are taken."""

    def take(self, step: Step) -> None:
        """Take a step.

        Raises
        ------
        ConfigurationError
            Where there is no such record, or several, or nothing of it can be so; it lists those that there are.
        """
        if step.name == "filed":
            self._file(step)
        elif step.name == "replaced":
            self._replace(step)
        else:
            self._of_record(step, *record_meant(self.around, step.what))

    def may_do(self) -> tuple[StepTold, ...]:
        """What may be done with each record that counts on the day; last what the enterprise needs nobody's leave
        for.
        """
        found = legal_steps(self.rescorer.matrix, self.law, self.around, self.day)
        beyond = Label(
            "关系到同行业、同地区所有企业的比率，不能只对一家企业试算",
            "bears on the rates of everyone in the trade and county: what would be cannot be found for one enterprise",
        )
        return tuple(
            StepTold(
                named(NAMES[one.kind], one.table, self._row(one)),
                *self._told(one),
                beyond if one.table in RATED_TABLES else None,
                None if one.table in RATED_TABLES else f"{one.kind}:{one.table}:{one.source}:{one.record_id}",
            )
            for one in sorted(found, key=lambda one: one.law_id == OWN_ACT)
        )

    @property
    def _read(self) -> set[str]:
        """The record tables that bear on the grade."""
        return {table for relation in self.rescorer.relations for table in relation_inputs(relation)}

    def _row(self, one: LegalStep) -> dict[str, Any]:
        return record_meant(self.around, f"{one.table}:{one.source}:{one.record_id}")[1]

    def _of_record(self, step: Step, table: str, row: dict[str, Any]) -> None:
        key = (table, row["source"], row["record_id"])
        edit: Edit
        said = named(NAMES[step.name], table, row)
        if step.name == "ended":
            self._refuse_ended(table, row)
            edit = End(*key)
        elif step.name == "reduced":
            value = reducible(table, row, step)
            edit = Amend(*key, "reduced", step.part, format(value, "f") if isinstance(value, Decimal) else str(value))
            column = TABLES[table].column(step.part or "")
            to = column_value(column, value)
            said = Label(f"{said.zh}：{column.label.zh} → {to.zh}", f"{said.en}: {column.label.en} → {to.en}")
        else:
            edit = Amend(*key, step.name)
        law = self._law_of(step.name, key)
        self._taken((edit,), said, law, self._counts(key))

    def _law_of(self, name: StepName, key: tuple[str, str, str]) -> _Told:
        """What the law says of a step with a record, as it reads before the step."""
        if name in get_args(CorrectionKind):
            found = self.law.correction(name, key[0])  # type: ignore[arg-type]
            return "finding", None, self.law.laws[found.law].label, self.law.basis_of(found), found.reading
        for one in legal_steps(self.rescorer.matrix, self.law, self.around, self.day):
            if (one.table, one.source, one.record_id, one.kind) == (*key, name):
                return self._told(one)
        kinds: dict[StepKind, Label] = {
            "repaired": Label("没有文件规定这种记录可以修复", "no text says that such a record may be repaired"),
            "ended": Label("没有文件规定企业可以了结它", "no text says that the enterprise may bring it to an end"),
        }
        return "none", None, self.law.laws[NO_LAW].label, "ours", kinds[name]  # type: ignore[index]

    def _told(self, one: LegalStep) -> _Told:
        standing: Standing = (
            "none" if one.allowed_from is None else "allowed" if one.allowed_from <= self.day else "later"
        )
        since = None if one.law_id == OWN_ACT else one.allowed_from
        return standing, since, one.law, one.basis, one.reading

    def _counts(self, key: tuple[str, str, str]) -> Label | None:
        """That a record does not count on the day, where it does not."""
        self.rescorer.matrix.ask(self.around, [(self.around.enterprise_id, self.day)])
        if counts_then(self.rescorer.matrix, *key):
            return None
        return Label(
            f"{self.day} 这条记录本来就不计入（已过影响期、已被更正或者尚未知悉），这一步不改变什么",
            f"on {self.day} this record does not count anyway (its effect period is over, it was amended, or it is not "
            "known yet): the step changes nothing",
        )

    def _refuse_ended(self, table: str, row: dict[str, Any]) -> None:
        if TABLES[table].kind != "state":
            raise ConfigurationError(
                zh=f"{table}:{row['record_id']} 不是有起止的状态，不会终止；可用 --repair 或 --revoke。",
                en=f"{table}:{row['record_id']} is no state that lasts, so it does not end; there are --repair and "
                "--revoke.",
            )
        if row["end_date"] is not None and row["end_date"] <= self.day:
            raise ConfigurationError(
                zh=f"{table}:{row['record_id']} 已于 {row['end_date']} 终止。",
                en=f"{table}:{row['record_id']} ended on {row['end_date']} already.",
            )

    def _file(self, step: Step) -> None:
        if not (step.what.isdecimal() and 1990 <= int(step.what) < self.day.year):
            raise ConfigurationError(
                zh=f"{step.what!r} 不是可以报送年度报告的年度，应为 1990 至 {self.day.year - 1}。",
                en=f"{step.what!r} is no year whose report can be filed; it is one from 1990 to {self.day.year - 1}.",
            )
        year = int(step.what)
        if filed := [row for row in rows_of(self.around, "annual_report") if row["year"] == year]:
            raise ConfigurationError(
                zh=f"{year} 年度的年度报告已于 {filed[0]['event_date']} 报送（{filed[0]['record_id']}）。",
                en=f"The report of {year} was filed on {filed[0]['event_date']} already ({filed[0]['record_id']}).",
            )
        law = self.law.filing
        told: _Told = (
            "allowed",
            date(year + 1, 1, 1),
            self.law.laws[law.law].label,
            self.law.basis_of(law),
            law.reading,
        )
        name = NAMES["filed"]
        remark = Label("报告中的数字不得而知，按未填写计", "its figures cannot be known and count as not given")
        if "annual_report" not in self._read:
            remark = Label("本办法不看年度报告", "the scheme looks at no annual reports")
        self._taken(
            (Add("annual_report", {"year": year}),),
            Label(f"{name.zh}：{year}年度", f"{name.en}: {year}"),
            told,
            remark,
        )

    def _replace(self, step: Step) -> None:
        table, row = post_meant(self.around, step.what, self.day)
        self._refuse_ended(table, row)
        key, person = (table, row["source"], row["record_id"]), enterprise_meant(step.person or "")
        law, remark = self._law_of("ended", key), self._counts(key)
        edits = (End(*key), Add(table, {"person_id": person, "role": row["role"]}))
        said = named(NAMES["replaced"], table, row)
        self._taken(edits, Label(f"{said.zh} → {person}", f"{said.en} → {person}"), law, remark)
        if others := [one for one in rows_of(self.around, table) if self._is_held(one, row["person_id"])]:
            listed = _listed([(table, one) for one in others])
            remark = Label(f"原任职人员还担任：{listed.zh}", f"who leaves still holds {listed.en}")
        elif not _is_known(self.around, person):
            remark = Label(
                f"记录中没有 {person} 的任职、持股和失信信息：按没有计",
                f"no post, share or listing of {person} is on record: it counts as none",
            )
        if remark is not None:
            self.steps[-1] = replace(self.steps[-1], remark=remark)

    def _is_held(self, post: dict[str, Any], person: str) -> bool:
        over = post["end_date"] is not None and post["end_date"] <= self.day
        return post["person_id"] == person and post["start_date"] <= self.day and not over

    def _taken(
        self,
        edits: tuple[Edit, ...],
        said: Label,
        told: _Told,
        remark: Label | None,
    ) -> None:
        self.edits += edits
        self.around = self.rescorer.supposing(self.before, self.edits, self.day)
        self.steps.append(StepTold(said, *told, remark))


def _is_known(around: Neighbourhood, person: str) -> bool:
    """Whether anything but what is supposed is on record of a person."""
    keys = {"position": "person_id", "shareholding": "holder_id", "dishonest_debtor": "subject_id"}
    return any(
        row[key] == person and row["source"] != SUPPOSED
        for table, key in keys.items()
        if table in around.tables
        for row in around.tables[table].select([key, "source"]).to_pylist()
    )


def named(name: Label, table: str, row: dict[str, Any]) -> Label:
    """A step with its record."""
    of = TABLES[table]
    day = row[of.date_column]
    role = row.get("role")
    post = column_value(of.column("role"), role) if table == "position" and role else None
    kind = Label(f"{of.label.zh}（{post.zh}）", f"{of.label.en} ({post.en})") if post else of.label
    return Label(
        f"{name.zh}：{kind.zh} {row['record_id']}（{day}）", f"{name.en}: {kind.en} {row['record_id']} ({day})"
    )


def rows_of(around: Neighbourhood, table: str) -> list[dict[str, Any]]:
    """The enterprise's own rows of a table, each record once: the last row of its id and source."""
    rows = sorted(around.own(table).to_pylist(), key=lambda row: row["arrival"])
    return list({(row["source"], row["record_id"]): row for row in rows}.values())


def record_meant(around: Neighbourhood, typed: str) -> tuple[str, dict[str, Any]]:
    """The table and the row of the enterprise's own record that is meant by ``id``, ``table:id`` or
    ``table:source:id``.

    Raises
    ------
    ConfigurationError
        Where there is none or several; it lists those that there are.
    """
    every = [
        (table, row)
        for table in sorted(set(around.tables) & set(TABLES) - _NOT_ASKED)
        for row in rows_of(around, table)
    ]
    found = [
        (table, row)
        for table, row in every
        if typed in (row["record_id"], f"{table}:{row['record_id']}", f"{table}:{row['source']}:{row['record_id']}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        listed = _listed(found, sources=len({(table, row["record_id"]) for table, row in found}) < len(found))
        raise ConfigurationError(
            zh=f"有几条记录都叫 {typed!r}，请写明是哪一条：{listed.zh}。",
            en=f"Several records are called {typed!r}; say which: {listed.en}.",
        )
    listed = _listed(sorted(every, key=lambda one: one[1][TABLES[one[0]].date_column], reverse=True))
    raise ConfigurationError(
        zh=f"该企业与评分有关的记录中没有 {typed!r}；有（新的在前）：{listed.zh}。",
        en=f"Among the enterprise's records that bear on its grade there is no {typed!r}; there are, the newest "
        f"first: {listed.en}.",
    )


def _listed(found: Sequence[tuple[str, dict[str, Any]]], *, sources: bool = False) -> Label:
    names = [
        f"{table}:{row['source'] + ':' if sources else ''}{row['record_id']} ({row[TABLES[table].date_column]})"
        for table, row in found[:_SHOWN]
    ]
    left = len(found) - len(names)
    more = Label(f"{LIST_SEPARATOR.zh}另有 {left} 条", f"{LIST_SEPARATOR.en}and {left} more") if left else Label("", "")
    if not names:
        return Label("（没有记录）", "(none)")
    return Label(LIST_SEPARATOR.zh.join(names) + more.zh, LIST_SEPARATOR.en.join(names) + more.en)


def post_meant(around: Neighbourhood, typed: str, day: date) -> tuple[str, dict[str, Any]]:
    """The post that is meant by its record, or by its role where one person alone holds it on `day`."""
    if typed not in (TABLES["position"].column("role").codes or {}):
        table, row = record_meant(around, typed if typed.startswith("position:") else f"position:{typed}")
        return table, row
    held = [
        row
        for row in rows_of(around, "position")
        if row["role"] == typed and row["start_date"] <= day and not (row["end_date"] and row["end_date"] <= day)
    ]
    if len(held) != 1:
        listed = _listed([("position", row) for row in held])
        raise ConfigurationError(
            zh=f"担任 {typed} 的有 {len(held)} 人，请写明任职记录：{listed.zh}。",
            en=f"{len(held)} persons hold the post {typed}; name the record of the post: {listed.en}.",
        )
    return "position", held[0]


_REDUCIBLE: dict[ColumnType, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII),
    "integer": re.compile(r"\d{1,18}", re.ASCII),
    **dict.fromkeys(
        cast("tuple[ColumnType, ...]", ("amount", "number", "share")), re.compile(r"\d{1,14}(\.\d{1,6})?", re.ASCII)
    ),
}
"""How a smaller value of a column is written; of other columns there is no smaller one."""


def reducible(table: str, row: dict[str, Any], step: Step) -> Decimal | int | date:
    """The value that a part of a record is reduced to.

    Raises
    ------
    ConfigurationError
        Where the record has no such part, nothing stands in it, or the value is no smaller one.
    """
    parts = {column.name: column for column in TABLES[table].parts if column.type in _REDUCIBLE}
    part, value = step.part or "", step.value or ""
    if part not in parts or row[part] is None:
        there = [name for name in parts if row[name] is not None]
        raise ConfigurationError(
            zh=f"{table}:{row['record_id']} 没有可以减少的 {part!r}；有：{'、'.join(there) or '（没有）'}。",
            en=f"{table}:{row['record_id']} has no {part!r} that could be reduced; there are "
            f"{', '.join(there) or 'none'}.",
        )
    original: Any = row[part]
    wanted: Decimal | int | date | None = _read(parts[part].type, value)
    if wanted is None or not wanted < original:
        raise ConfigurationError(
            zh=f"{table}:{row['record_id']} 的 {part} 是 {original}，不能减少到 {value!r}。",
            en=f"{part} of {table}:{row['record_id']} is {original}: it cannot be reduced to {value!r}.",
        )
    return wanted


def _read(kind: ColumnType, typed: str) -> Any:
    """What was typed as a value of a column; None where it is none."""
    if _REDUCIBLE[kind].fullmatch(typed) is None:
        return None
    if kind == "integer":
        return int(typed)
    try:
        return date.fromisoformat(typed) if kind == "date" else Decimal(typed)
    except ValueError:  # no such day
        return None
