"""Every record that an indicator or a rule may read of one enterprise, on whatever day: its own, and those that derived
relations reach from it.

A superset is enough: the same SQL as for a province decides which of them count. What is of groups of enterprises
(rates of trades and counties) is not read here (`riskml.relations.common.Common.struck`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.records.lookup import Lookup, record_schema
from riskml.records.resolved import SPANS
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES
from riskml.relations.catalogue import relation_inputs, relation_needs

REGISTER = "enterprise"

_TIES = frozenset({"post_holder", "dishonest_post_holder", "linked_enterprise"})
_BEYOND_READING = frozenset({"linked_inspection", "adjusted_inspection"})
"""Relations that read the visits of enterprises far away, or of everyone."""

_HELD_AGAINST = ("serious_listing", "abnormal_listing", "penalty")
"""What counts against an enterprise that others are tied to, besides its listing as a dishonest judgment debtor."""


def is_within_reach(relations: Iterable[str]) -> bool:
    """Whether all that these relations read of one enterprise is in its neighbourhood."""
    return not _BEYOND_READING & set(relations)


@dataclass(frozen=True)
class Neighbourhood:
    """The records around one enterprise.

    Parameters
    ----------
    tables
        Record table → its rows, each once, with all columns of the table; and ``amended_span``, of these records. A
        table that is not there has no such row.
    """

    enterprise_id: str
    tables: dict[str, pa.Table]

    def own(self, table: str) -> pa.Table:
        """The enterprise's own rows of a record table."""
        rows = self.tables.get(table)
        if rows is None:
            return record_schema(TABLES[table]).empty_table()
        return rows.filter(pc.equal(rows[TABLES[table].subject], self.enterprise_id))

    def may_have(self, relation: str) -> bool:
        """Whether there may be rows of a relation at all: where there are none of what it needs, nobody need look."""
        if relation == "linked_enterprise":
            return any(
                pc.any(pc.not_equal(self.tables[table]["enterprise_id"], self.enterprise_id)).as_py()
                or (
                    table == "shareholding"
                    and pc.any(pc.equal(self.tables[table]["holder_kind"], "enterprise")).as_py()
                )
                for table in ("position", "shareholding")
                if table in self.tables
            )
        return all(len(self.tables.get(table, ())) for table in relation_needs(relation))


def read_neighbourhood(
    lookup: Lookup, enterprise_id: str, relations: Collection[str], *, joining: Collection[str] = ()
) -> Neighbourhood:
    """Read the neighbourhood of an enterprise, as far as `relations` (`is_within_reach`) reach.

    Parameters
    ----------
    joining
        Persons who are to be supposed to belong to it, with their ties.
    """
    gathered = _Gathered(lookup)
    inputs = {REGISTER, *(table for relation in relations for table in relation_inputs(relation))}
    for table in sorted(inputs & set(lookup.store.files)):
        gathered.add(table, {enterprise_id})
    if "investment" in relations:
        gathered.add("shareholding", {enterprise_id}, key="holder_id")
    if _TIES & set(relations):
        _add_ties(gathered, enterprise_id, set(joining), beyond="linked_enterprise" in relations)
    if "address_firms" in relations:
        _add_address(gathered)
    return Neighbourhood(enterprise_id, gathered.tables())


def _add_ties(gathered: _Gathered, enterprise_id: str, joining: set[str], *, beyond: bool) -> None:
    """The post-holders and holders, and the enterprises they tie to; where asked for, those beyond them."""
    persons, near = gathered.tied({enterprise_id}, joining)
    gathered.add("dishonest_debtor", persons)
    gathered.add(REGISTER, near)
    if not beyond:
        return
    for table in ("position", "shareholding"):
        gathered.add(table, near)
    _, far = gathered.tied(near, set())
    for table in _HELD_AGAINST:
        gathered.add(table, near | far)
    gathered.add("dishonest_debtor", near | far)


def _add_address(gathered: _Gathered) -> None:
    """The enterprises that ever stood at one of the addresses, where they are now, and whether they are listed."""
    addresses = gathered.values(REGISTER, "address")
    there = gathered.add(REGISTER, addresses, key="address")
    firms = set(there["enterprise_id"].to_pylist())
    gathered.add(REGISTER, firms)
    gathered.add("abnormal_listing", firms)


@dataclass
class _Gathered:
    """What was read so far: nothing is read twice by the same key."""

    lookup: Lookup
    parts: dict[str, list[pa.Table]] = field(default_factory=dict)
    asked: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, table: str, keys: set[str], *, key: str | None = None) -> pa.Table:
        """Read the rows of some keys that were not read before; none of a table that never was received."""
        key = key or TABLES[table].subject
        known = self.asked.setdefault((table, key), set())
        missing = {one for one in keys if one} - known
        known |= missing
        if not missing or table not in self.lookup.store.files:
            return record_schema(TABLES[table]).empty_table()
        rows = self.lookup.rows(table, missing, key=key)
        if len(rows):
            self.parts.setdefault(table, []).append(rows)
        return rows

    def values(self, table: str, column: str) -> set[str]:
        """What stands in a column of the rows read so far."""
        return {one for part in self.parts.get(table, ()) for one in pc.unique(part[column]).to_pylist() if one}

    def tied(self, enterprises: set[str], joining: set[str]) -> tuple[set[str], set[str]]:
        """The persons with a post or a share in `enterprises`, or `joining` them, and the enterprises that these
        persons, or shares between enterprises, tie to them; all their posts and shares are read.
        """
        posts, shares = (self._of(table, enterprises) for table in ("position", "shareholding"))
        by_person = pc.equal(shares["holder_kind"], "person")
        persons = {*joining, *posts["person_id"].to_pylist(), *shares.filter(by_person)["holder_id"].to_pylist()}
        owners = set(shares.filter(pc.equal(shares["holder_kind"], "enterprise"))["holder_id"].to_pylist())
        held = (
            self.add("position", persons, key="person_id"),
            self.add("shareholding", persons | enterprises, key="holder_id"),
        )
        reached = {one for rows in held for one in rows["enterprise_id"].to_pylist()} | owners
        return persons - {None}, (reached - {None}) - enterprises

    def _of(self, table: str, enterprises: set[str]) -> pa.Table:
        """The rows of `enterprises`, read before."""
        empty = record_schema(TABLES[table]).empty_table()
        rows = pa.concat_tables([empty, *self.parts.get(table, ())])
        return rows.filter(pc.is_in(rows["enterprise_id"], value_set=pa.array(sorted(enterprises), pa.string())))

    def tables(self) -> dict[str, pa.Table]:
        """All rows, each once, and how they were amended."""
        found = {name: _each_once(pa.concat_tables(parts)) for name, parts in sorted(self.parts.items())}
        spans = _spans(self.lookup.store)
        if spans is not None:
            subjects = {one for name, rows in found.items() for one in rows[TABLES[name].subject].to_pylist()}
            of_them = pc.is_in(spans["subject"], value_set=pa.array(sorted(subjects), pa.string()))
            found[SPANS] = spans.filter(of_them)
        return found


def _each_once(rows: pa.Table) -> pa.Table:
    """Rows may have been read by their enterprise and by their person; ``arrival`` tells one from another."""
    _, first = np.unique(rows["arrival"].to_numpy(), return_index=True)
    return rows if len(first) == len(rows) else rows.take(pa.array(first))


def _spans(store: RecordStore) -> pa.Table | None:
    """How the store's amended records read: read once, the last file that was asked for is kept."""
    if SPANS not in store.resolved:
        return None
    store.verify(SPANS)
    name = store.resolved[SPANS]
    return _read_spans(str(store.folder / name), store.hashes[name])


@lru_cache(maxsize=1)
def _read_spans(path: str, sha256: str) -> pa.Table:
    """The file that has this hash."""
    return pq.read_table(path)
