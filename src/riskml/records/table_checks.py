"""What a workspace's file of a record table must not do, refused with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath

from riskml.core.validation import nearest
from riskml.records.schema import DIMENSIONS, Table
from riskml.records.table_specs import TableFile

OWN = "local_"
"""How the name of what an office adds begins."""


def check_own(file: TableFile, shipped: Mapping[str, Table]) -> None:
    """Refuse a name that is not the file's or not one's own, and what a shipped table has already or a new one lacks.

    Raises
    ------
    ConfigurationError
        As all of these do.
    """
    spec, stem = file.spec, PurePath(file.name).stem
    if stem != spec.table:
        raise file.fault(["table"], f"应与文件同名，写 {stem}", f"should be the name of the file, {stem}")
    adds = spec.table in shipped
    if not adds and not spec.table.startswith(OWN):
        zh, en = nearest(spec.table, shipped)
        zh = f"没有随附的记录表 {spec.table!r}；自建的表名以 {OWN} 开头{zh}"
        raise file.fault(
            ["table"], zh, f"no table {spec.table!r} is shipped, and the name of one's own begins with {OWN}{en}"
        )
    for field in ("label", "dimension", "kind"):
        given = getattr(spec, field) is not None
        if adds and given:
            raise file.fault([field], "随附的表已有，不能再写", "a shipped table has one already")
        if not adds and not given:
            raise file.fault([field], "必须填写，现在没有", "is required and not there")
    if spec.subject is not None:
        zh, en = "自建的表都以企业为主体，不写这一项", "a table of one's own is about enterprises: leave it out"
        raise file.fault(["subject"], zh, en)
    if spec.counts is not None:
        zh, en = (
            "只有随附的表才写；自建的表由指标的 where 说明",
            "is of shipped tables; of one's own the 'where' of an indicator says it",
        )
        raise file.fault(["counts"], zh, en)
    if spec.dimension == "any":
        zh, en = nearest("any", DIMENSIONS)
        raise file.fault(["dimension"], f"没有维度 'any'{zh}", f"there is none called 'any'{en}")
    for place, column in enumerate(spec.columns):
        if not column.id.startswith(OWN):
            own = f"{OWN}{column.id}"
            zh, en = (
                f"自加的字段名以 {OWN} 开头，如 {own}",
                f"the name of a column of one's own begins with {OWN}, like {own}",
            )
            raise file.fault(["columns", place, "id"], zh, en)
        if adds and column.required:
            zh = "加在随附的表上的字段不能必填：已入库的记录没有它"
            en = "a column that is added to a shipped table cannot be required: stored records do not have it"
            raise file.fault(["columns", place, "required"], zh, en)


def check_added(file: TableFile, tables: Mapping[str, Table], before: Collection[str]) -> None:
    """Refuse a table or a column that is there already, by name or by its Chinese label: an amendment names them by
    either.

    Parameters
    ----------
    tables
        Those put together so far.
    before
        The names of those that files may add columns to.
    """
    spec, known = file.spec, tables.get(file.spec.table)
    if known and spec.table not in before:
        raise file.fault(
            ["table"], f"已有一个文件写了表 {spec.table}", f"another file has table {spec.table!r} already"
        )
    label = spec.label.zh if spec.label else None
    if not known and label in {one.label.zh for one in tables.values()}:
        raise file.fault(["label"], f"已有名为“{label}”的表", f"a table is called {label} already")
    names = {column.name for column in known.columns} if known else set()
    labels = {column.label.zh for column in known.columns} if known else set()
    for place, column in enumerate(spec.columns):
        if column.id in names:
            zh, en = f"该表已有字段 {column.id}", f"the table has a column {column.id!r} already"
            raise file.fault(["columns", place, "id"], zh, en)
        if column.label.zh in labels:
            called = column.label.zh
            zh, en = f"该表已有名为“{called}”的字段", f"a column of the table is called {called} already"
            raise file.fault(["columns", place, "label"], zh, en)
        names.add(column.id)
        labels.add(column.label.zh)


def check_references(file: TableFile, table: Table, coded: Collection[str]) -> None:
    """Refuse a ``not_before`` that is no date of the `table`, and a ``codes_of`` that is none of the `coded`
    columns.
    """
    for place, column in enumerate(file.spec.columns):
        dates = [one.name for one in table.columns if one.type == "date" and one.name != column.id]
        if column.not_before is not None and column.not_before not in dates:
            zh, en = nearest(column.not_before, dates)
            zh = f"{table.name} 没有日期字段 {column.not_before!r}{zh}"
            raise file.fault(
                ["columns", place, "not_before"], zh, f"{table.name} has no date {column.not_before!r}{en}"
            )
        if column.codes_of is not None and column.codes_of not in coded:
            zh, en = nearest(column.codes_of, coded)
            zh = f"没有带代码的字段 {column.codes_of!r}{zh}"
            raise file.fault(
                ["columns", place, "codes_of"], zh, f"no column with codes is called {column.codes_of!r}{en}"
            )
