"""What should meet something and does not: counted after each load, by table and kind, with samples; kept, and asked
again at the next.

Amendments wait for their record or its replacement, records and listings for an enterprise or a person that is known,
holders for a register that has them. Some never will, and that is no fault: a holder from another province, a debtor
who has no post here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import RootModel

from riskml.core.errors import RunError
from riskml.core.validation import ContentError, validated_json
from riskml.records.amendments import Resolved
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES, Label

REFERENCES = "references"
"""What the store calls the file among those that a load works out anew."""

RED_SHARE, RED_ROWS = 0.05, 20
"""More than this share of a table's rows, and at least so many, is no single slip: a wrong table, column or register
was delivered.
"""

REFERENCE_LEVELS = {"red": Label("错误", "error"), "yellow": Label("注意", "warning"), "usual": Label("正常", "ok")}

SAMPLES = 10

_REGISTER = "register"
_PERSONS = "known_person"


@dataclass(frozen=True)
class Kind:
    """One way of meeting nothing; `at_most` says whether it may turn a check red, only yellow, or is as usual."""

    label: Label
    at_most: Literal["red", "yellow", "usual"] = "red"


KINDS: dict[str, Kind] = {
    "waiting_record": Kind(Label("更正所涉的记录尚未收到", "the record amended has not come")),
    "waiting_replacement": Kind(
        Label("替代记录尚未收到，原记录仍计入", "the replacing record has not come, the original still counts")
    ),
    "ambiguous": Kind(
        Label(
            "几个来源都有该记录编号，须写明来源（of_source）", "several sources have the record: say which (of_source)"
        )
    ),
    "nothing_to_reduce": Kind(Label("所涉记录的该字段为空，无可减少", "the record has nothing in the part amended")),
    "larger_than_original": Kind(Label("减至的值大于原值，未生效", "reduced to more than there was: it does not act")),
    "circular": Kind(Label("更正相互指向，未生效", "amendments that lead in a circle: they do not act")),
    "unknown_enterprise": Kind(Label("企业不在登记信息中，未使用", "the enterprise is in no registration: not used")),
    "unknown_person": Kind(Label("人员没有任职或出资", "a person without any post or share"), "yellow"),
    "unknown_holder": Kind(Label("企业股东不在登记信息中", "an enterprise that holds shares is in no registration")),
    "outside_holder": Kind(Label("外省企业股东", "an enterprise of another province holds shares"), "usual"),
    "unknown_branch": Kind(Label("分支机构不在登记信息中", "a branch is in no registration"), "yellow"),
    "outside_branch": Kind(Label("外省分支机构", "a branch in another province"), "usual"),
    "holds_itself": Kind(Label("企业持有自己的股份，不作关联", "an enterprise holds shares in itself: no tie")),
    "hidden_identity": Kind(
        Label("标识被遮蔽或只是姓名，不与任何人对应", "the id is masked or a name alone: it meets nobody")
    ),
}


@dataclass(frozen=True)
class Unmet:
    """Rows of one table that meet nothing in one way.

    Parameters
    ----------
    about
        Of amendments the table that they amend, else the same table.
    of
        All rows of the table.
    samples
        The first of their record ids.
    """

    table: str
    kind: str
    about: str
    rows: int
    of: int
    samples: tuple[str, ...]

    @property
    def level(self) -> Literal["red", "yellow", "usual"]:
        """How alarming it is."""
        at_most = KINDS[self.kind].at_most
        return "yellow" if at_most == "red" and (self.rows < RED_ROWS or self.rows <= RED_SHARE * self.of) else at_most

    @property
    def told(self) -> Label:
        """Table, kind, count and samples in words."""
        table, about, kind = TABLES[self.table].label, TABLES[self.about].label, KINDS[self.kind].label
        named = "、".join(self.samples)
        return Label(
            f"{table.zh}{'（' + about.zh + '）' if self.about != self.table else ''} {self.rows:,} / {self.of:,} 条："
            f"{kind.zh}；如 {named}",
            f"{table.en}{' of ' + about.en if self.about != self.table else ''} {self.rows:,} of {self.of:,}: "
            f"{kind.en}; "
            f"such as {', '.join(self.samples)}",
        )


def find_unmet(
    connection: duckdb.DuckDBPyConnection, store: RecordStore, resolved: Resolved, earlier: RecordStore | None
) -> tuple[Unmet, ...]:
    """Look at every table of `store`, which is open on `connection`.

    Parameters
    ----------
    earlier
        The store before a load: what it found of tables that the load did not touch, nor what they refer to, stands.
    """
    before = defaultdict(list)
    for one in read_references(earlier) if earlier else ():
        before[one.table].append(one)
    found = list(_of_amendments(resolved))
    asked = _Asked(connection)
    for name in sorted(store.tables - {"amendment", "enterprise"}):
        untouched = earlier is not None and all(
            store.files.get(other) == earlier.files.get(other) for other in (name, *_refers_to(name))
        )
        found += before[name] if untouched else asked.of(name)
    return tuple(found)


def write_references(found: Iterable[Unmet], path: Path) -> None:
    """Write the file, the same for the same findings."""
    text = json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text, encoding="utf-8")


class _Written(RootModel[tuple[Unmet, ...]]):
    """The content of the file."""


def parse_references(content: bytes, name: str) -> tuple[Unmet, ...]:
    """What `write_references` wrote to the file `name`; raises RunError where it is damaged."""
    try:
        return validated_json(_Written, content, strict=True).root
    except ContentError as error:
        raise RunError(
            zh=f"{name} 已损坏：{error.zh}；请从备份恢复该文件。",
            en=f"{name} is damaged: {error.en}. Restore it from the backup.",
        ) from error


def read_references(store: RecordStore) -> tuple[Unmet, ...]:
    """What the last load found that meets nothing; raises RunError where the file is damaged."""
    if REFERENCES not in store.resolved:
        return ()
    store.verify(REFERENCES)
    (path,) = store.paths(REFERENCES)
    return parse_references(path.read_bytes(), str(path))


def _of_amendments(resolved: Resolved) -> Iterable[Unmet]:
    samples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one, fate in resolved.fates:
        if fate not in ("acting", "undone"):
            samples[one.of_table, fate].append(one.record_id)
    for (table, kind), ids in sorted(samples.items()):
        yield Unmet("amendment", kind, table, len(ids), len(resolved.fates), tuple(sorted(ids)[:SAMPLES]))


def _refers_to(name: str) -> tuple[str, ...]:
    return ("enterprise", "position", "shareholding") if name == "dishonest_debtor" else ("enterprise",)


class _Asked:
    """The record tables, with the register and the persons known made ready once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_REGISTER} AS SELECT DISTINCT enterprise_id AS code FROM enterprise"
        )
        ((province,),) = connection.execute("SELECT mode(left(division, 2)) FROM enterprise").fetchall()
        # A code of 18 characters has the division of who registered it in the third to eighth.
        self.outside = f"length({{code}}) = 18 AND substr({{code}}, 3, 2) <> '{province}'" if province else "false"
        self.persons_made = False

    def of(self, name: str) -> list[Unmet]:
        """What meets nothing in one table."""
        ((rows,),) = self.connection.execute(f"SELECT count(*) FROM {name}").fetchall()
        return [
            Unmet(name, kind, name, count, rows, samples)
            for kind, where in self._questions(name).items()
            for count, samples in [self._answer(name, where)]
            if count
        ]

    def _questions(self, name: str) -> dict[str, str]:
        """Kind → condition on a row (alias r)."""
        asked: dict[str, str] = {}
        if TABLES[name].subject == "enterprise_id":
            asked["unknown_enterprise"] = _not_in(_REGISTER, "r.enterprise_id")
        match name:
            case "shareholding":
                firm = f"r.holder_kind = 'enterprise' AND {_not_in(_REGISTER, 'r.holder_id')}"
                asked |= self._here_or_outside("holder", firm, "r.holder_id")
                asked["holds_itself"] = "r.holder_id = r.enterprise_id"
                asked["hidden_identity"] = _hidden("r.holder_id")
            case "branch":
                asked |= self._here_or_outside("branch", _not_in(_REGISTER, "r.branch_id"), "r.branch_id")
            case "position":
                asked["hidden_identity"] = _hidden("r.person_id")
            case "dishonest_debtor":
                self._make_persons()
                asked["unknown_enterprise"] = f"r.subject_kind = 'enterprise' AND {_not_in(_REGISTER, 'r.subject_id')}"
                asked["unknown_person"] = (
                    f"r.subject_kind = 'person' AND NOT {_hidden('r.subject_id')} AND "
                    f"{_not_in(_PERSONS, 'r.subject_id')}"
                )
                asked["hidden_identity"] = _hidden("r.subject_id")
        return asked

    def _here_or_outside(self, what: str, unknown: str, code: str) -> dict[str, str]:
        outside = self.outside.format(code=code)
        return {
            f"unknown_{what}": f"{unknown} AND NOT ({outside}) AND NOT {_hidden(code)}",
            f"outside_{what}": f"{unknown} AND ({outside})",
        }

    def _make_persons(self) -> None:
        if not self.persons_made:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {_PERSONS} AS SELECT person_id AS code FROM position "
                "UNION SELECT holder_id FROM shareholding WHERE holder_kind = 'person'"
            )
            self.persons_made = True

    def _answer(self, name: str, where: str) -> tuple[int, tuple[str, ...]]:
        execute = self.connection.execute
        execute(f"CREATE OR REPLACE TEMP TABLE unmet AS SELECT r.record_id FROM {name} r WHERE {where}")
        ((count,),) = execute("SELECT count(*) FROM unmet").fetchall()
        samples = (
            execute(f"SELECT DISTINCT record_id FROM unmet ORDER BY record_id LIMIT {SAMPLES}").fetchall()
            if count
            else []
        )
        return int(count), tuple(row[0] for row in samples)


def _not_in(relation: str, code: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {relation} k WHERE k.code = {code})"


def _hidden(code: str) -> str:
    """Loading marks an id that hides who it is with the record it stands in."""
    return f"contains({code}, ' #')"
