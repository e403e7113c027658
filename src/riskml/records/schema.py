"""What a record table is: its columns, their types, forms, codes and bounds.

A table is an *event* (it happened on a day), a *state* (it began, and may have ended) or a
*version* (what was true of the enterprise from a day on, until the next version). The columns
``record_id``, ``known_date``, ``authority``, ``source`` and ``arrival`` are common to all; ``known_date`` is the
day the regulator learnt of the record and falls back to the record's own date, ``arrival`` the order in which
records arrived.

Field names follow the disclosure system's items (FACTS: registration, penalties, abnormal list,
spot checks, pledges, annual report; 企业信息公示暂行条例 Arts. 6, 9, 10). Amounts are in 10,000 yuan
(万元), as the registry keeps them; shares are fractions between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from riskml.core.language import Label

ColumnType = Literal["text", "date", "integer", "amount", "share", "number", "flag"]
TextForm = Literal["plain", "identifier", "division", "street", "area", "industry"]
"""``street``: nine digits (GB/T 10114); ``area``: six digits of a county or nine of a street."""
TableKind = Literal["event", "state", "version"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "integer": "BIGINT",
    "amount": "DECIMAL(18, 4)",
    "share": "DECIMAL(9, 6)",
    "number": "DECIMAL(18, 4)",
    "flag": "BOOLEAN",
}


FOUNDED = date(1949, 10, 1)
"""No record that this system reads is older than the republic."""

OLDEST_ENTERPRISE = date(1840, 1, 1)
"""Some enterprises are."""

LARGEST_AMOUNT = 10_000_000_000
"""10,000 yuan: twice the assets of the largest bank."""


@dataclass(frozen=True)
class Column:
    """One column of a record table.

    Parameters
    ----------
    codes
        The values a text column may take, with their labels; None where any text is accepted. A word that is new
        becomes ``other`` where that is among them, and else null.
    planned
        A date that may lie in the future because it was set beforehand (a licence's expiry).
    identity
        Says who looked (an office, an inspector). Such a column is never an indicator.
    form
        How a text is normalised: an id of a person or an enterprise, a division, a street, an industry, or none of
        them.
    minimum, maximum
        Bounds of a number; what lies beyond them is a slip of the pen. ``received``: the year of the delivery.
    earliest
        The first day that a date can be.
    not_before
        The date column of the table that this one does not lie before.
    assigned
        Filled by the loading itself, never by a source (`riskml.records.newest`).
    """

    name: str
    type: ColumnType
    label: Label
    required: bool = False
    codes: dict[str, Label] | None = None
    planned: bool = False
    identity: bool = False
    form: TextForm = "plain"
    minimum: int | None = None
    maximum: int | Literal["received"] | None = None
    earliest: date = FOUNDED
    not_before: str | None = None
    assigned: bool = False


@dataclass(frozen=True)
class Table:
    """One record table.

    Parameters
    ----------
    subject
        The column that says whom the record is about, and by which the table is partitioned.
    counts
        The flag without which a record of it counts nothing, by law; None where all may count.
    """

    name: str
    dimension: str
    kind: TableKind
    label: Label
    own_columns: tuple[Column, ...]
    subject: str = "enterprise_id"
    counts: str | None = None

    @property
    def date_column(self) -> str:
        """The column holding the day the record happened or began."""
        return {"event": "event_date", "state": "start_date", "version": "valid_from"}[self.kind]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns in stored order: identity, dates, the table's own, provenance."""
        # The first version of a registration is as old as the enterprise.
        earliest = OLDEST_ENTERPRISE if self.kind == "version" else FOUNDED
        dates = [Column(self.date_column, "date", _DATE_LABELS[self.kind], required=True, earliest=earliest)]
        if self.kind == "state":
            dates.append(Column("end_date", "date", Label("终止日期", "end date")))
            dates.append(Column("end_known_date", "date", Label("终止知悉日期", "day the end became known")))
            planned = Label("预定终止日期", "planned end date")
            dates.append(Column("planned_end_date", "date", planned, planned=True, not_before="start_date"))
        head = [Column("record_id", "text", Label("记录编号", "record id"), required=True)]
        if self.subject == "enterprise_id":
            label = Label("统一社会信用代码", "enterprise")
            head.append(Column("enterprise_id", "text", label, required=True, form="identifier"))
        tail = [
            Column("known_date", "date", Label("知悉日期", "day it became known"), earliest=earliest),
            Column("authority", "text", Label("机关", "authority"), identity=True),
            Column("source", "text", Label("来源", "source")),
            Column("arrival", "integer", Label("到达次序", "order of arrival"), assigned=True),
        ]
        return (*head, *dates, *self.own_columns, *tail)

    @cached_property
    def parts(self) -> tuple[Column, ...]:
        """The columns that an amendment can take away or reduce by themselves (Yunnan Art. 14(3)).

        Not what makes the record what it is (required columns), when it happened and became public, or who says so.
        """
        if self.name == "amendment":
            return ()
        return tuple(
            column
            for column in self.own_columns
            if not (column.required or column.identity) and (column.type != "date" or column.planned)
        )

    @cached_property
    def clock_columns(self) -> tuple[str, ...]:
        """The dates that windows and effect periods run from, which an act keeps when it is changed."""
        if self.kind == "version" or self.name == "amendment":
            return ()
        own = (column.name for column in self.own_columns if column.type == "date" and not column.planned)
        return (self.date_column, *own)

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return {column.name: column for column in self.columns}[name]

    @cached_property
    def delivered_columns(self) -> tuple[Column, ...]:
        """The columns that a source may fill, in stored order."""
        return tuple(column for column in self.columns if not column.assigned)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns in stored order."""
        return tuple(column.name for column in self.columns)


_DATE_LABELS = {
    "event": Label("发生日期", "event date"),
    "state": Label("起始日期", "start date"),
    "version": Label("生效日期", "valid from"),
}


DIMENSIONS: dict[str, Label] = {
    "basic": Label("企业基础属性信息", "Basic attributes"),
    "dynamics": Label("企业动态信息", "Dynamics"),
    "supervision": Label("监管信息", "Supervision"),
    "relations": Label("关联关系信息", "Relations"),
    "social": Label("社会评价信息", "Social evaluation"),
}
"""The five dimensions of Yunnan Art. 12."""
