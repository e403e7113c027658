"""Many choices among edits of one enterprise's records, graded at once; each as if rescored by itself.

What no edit touches is computed once. What edits touch falls into groups that have no relation and no rule in common:
of each group every combination of its own edits is measured once, all of them in one statement over copies of the
enterprise. A choice is then a row put together from its groups, and rows that are alike are assessed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskml.features.compile import relations_used
from riskml.features.matrix_of_one import ENTITY_DATES, REGISTERED, columns_of
from riskml.features.values import MatrixValues
from riskml.records.copies import MOST_STEPS, Places, Step, copied, copy_names, stepwise
from riskml.records.lookup import record_schema
from riskml.records.resolved import SPANS, resolved_schema
from riskml.records.tables import TABLES
from riskml.relations.catalogue import is_whole, own_inputs, relation_inputs, relation_needs
from riskml.relations.common import Listing
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import Rescorer, refuse_rated
from riskml.schemes.decisions import Decision, in_force, somebody_elses
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Assessed, Floats
from riskml.schemes.questions import asked
from riskml.schemes.rules import fired_rules_sql

FiredRule = tuple[str, tuple[str, ...]]
"""A rule whose circumstances are on record, and the records."""

Fired = tuple[FiredRule, ...]


@dataclass(frozen=True)
class Outcome:
    """What a choice comes to on one day.

    Parameters
    ----------
    rank
        The place of the grade that applies, the mildest being 0.
    score
        None where the scheme has none.
    decided_by, rules
        As `riskml.schemes.grade.grade_block` has them.
    evidence
        The records that each of `rules` rests on.
    values
        Shape (k,): the indicators, in the order of the method's columns.
    """

    rank: int
    score: float | None
    decided_by: str
    rules: tuple[str, ...]
    evidence: Fired
    values: Floats


@dataclass
class _Group:
    """Steps that bear on the same relations or rules, and what they bear on.

    Parameters
    ----------
    mask
        The bits of its steps in a choice.
    relations
        Those that the method reads.
    rules
        The ids of those that apply.
    classes, kinds
        Day and combination of its steps → which of `kinds` it comes to: the values of its columns and the rules that
        fire. Many combinations come to the same.
    """

    mask: int
    tables: set[str]
    relations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    classes: dict[tuple[int, int], int] = field(default_factory=dict)
    kinds: dict[tuple[bytes, Fired], int] = field(default_factory=dict)


class Scenarios:
    """Choices among steps, for one enterprise on days on which the same decisions are in force.

    Parameters
    ----------
    steps
        At most `MOST_STEPS`; a choice has a bit for each, the lowest for the first. None adds a post-holder or a
        holder, who would bring ties along.
    days
        Ascending, each once.

    Raises
    ------
    RunError
        Where a step bears on everyone's rates (`Rescorer.supposing`), or the enterprise is not graded on one of `days`.
    KeyError
        Where there is no such record.
    """

    def __init__(self, rescorer: Rescorer, around: Neighbourhood, steps: Sequence[Step], days: Sequence[date]) -> None:
        if len(steps) > MOST_STEPS:
            raise ValueError(f"{len(steps)} steps, more than {MOST_STEPS}")
        self.rescorer, self.around, self.steps, self.days = rescorer, around, tuple(steps), tuple(days)
        self.scheme, self.who, self.matrix = rescorer.policy.scheme, around.enterprise_id, rescorer.matrix
        refuse_rated(step.edit for step in steps)
        applying = in_force(rescorer.decisions, self.days[0])
        self.decisions = tuple(one for one in applying if one.enterprise_id == self.who)
        rescorer.take_in(around, self.days)
        system = rescorer.method.system
        self.base = self.matrix.values(system, self._listings([self.who]))
        self.registered = self.matrix.engine.run(f"SELECT * FROM {REGISTERED}")
        self.fired = self._rules([self.who])
        self.groups = self._grouped()
        self._outcomes: dict[tuple[int, ...], Outcome] = {}

    def outcomes(self, choices: Sequence[int] | Places, day: date) -> list[Outcome]:
        """What each choice comes to on one of the days."""
        keys = self._keys(np.asarray(choices, dtype=np.int64), self.days.index(day))
        self._assess(keys)
        return [self._outcomes[key] for key in keys]

    def grade(self, choices: Sequence[int] | Places) -> None:
        """Grade choices on all days at once, for `outcomes` to be asked of any."""
        wanted = np.asarray(choices, dtype=np.int64)
        self._assess([key for at in range(len(self.days)) for key in self._keys(wanted, at)])

    def ranks(self, choices: Sequence[int] | Places, day: date) -> Places:
        """The grade of each choice by its place; shape (n,)."""
        return np.array([one.rank for one in self.outcomes(choices, day)], dtype=np.int64)

    def _keys(self, choices: Places, at: int) -> list[tuple[int, ...]]:
        """Of each choice the day, and what each group comes to."""
        columns = [np.full(len(choices), at, dtype=np.int64)]
        for group in self.groups:
            combinations, places = np.unique(choices & group.mask, return_inverse=True)
            self._measure(group, [one for one in combinations.tolist() if (at, one) not in group.classes])
            columns.append(np.array([group.classes[at, one] for one in combinations.tolist()], dtype=np.int64)[places])
        return [tuple(key) for key in np.column_stack(columns).tolist()]

    # What steps bear on

    @cached_property
    def _read_by(self) -> dict[str, tuple[set[str], set[str]]]:
        """Rule → the relations that it reads, and the tables whose records of the enterprise it reads."""
        found = {rule.id: {one.from_ for one in rule.circumstances} for rule in self.scheme.applied}
        for one in self.decisions:
            if one.rule in found:
                found[one.rule] |= set(one.evidence_tables)
        return {rule: (names, {table for name in names for table in own_inputs(name)}) for rule, names in found.items()}

    def _grouped(self) -> list[_Group]:
        """The steps by what they bear on: two of one group where a relation or a rule reads the tables of both."""
        masks: dict[str, int] = {}
        for place, step in enumerate(self.steps):
            masks[step.edit.table] = masks.get(step.edit.table, 0) | 1 << place
        groups = [_Group(mask, {table}) for table, mask in masks.items()]
        relations = {name: set(own_inputs(name)) for name in relations_used(self.rescorer.method.system)}
        for read in (*relations.values(), *(tables for _, tables in self._read_by.values())):
            met = [group for group in groups if group.tables & read]
            if len(met) > 1:
                groups = [group for group in groups if group not in met]
                mask = sum(group.mask for group in met)
                groups.append(_Group(mask, set().union(*(group.tables for group in met))))
        for group in groups:
            group.relations = tuple(name for name, read in relations.items() if read & group.tables)
            group.rules = tuple(rule for rule, (_, read) in self._read_by.items() if read & group.tables)
        return groups

    # What each combination of a group's steps comes to

    def _measure(self, group: _Group, combinations: list[int]) -> None:
        """Measure what combinations of a group's steps come to, on all days."""
        if not combinations:
            return
        count = len(self.days)
        values = MatrixValues(self.rescorer.method.system, len(combinations) * count, self.matrix.is_known)
        copies = copy_names(self.who, len(combinations))
        names, fired = copies.to_pylist(), dict[tuple[str, date], list[FiredRule]]()
        read = {name for rule in group.rules for name in self._read_by[rule][0]}
        if alone := {name for name in (*group.relations, *read) if not is_whole(name)}:
            tables = self._lay_out(combinations, alone, copies)
            for name in group.relations:
                if name in alone and all(table in tables for table in relation_needs(name)):
                    self.matrix.measure(name, values, self._listings(names))
            fired = self._rules(names) if read and read <= alone else {}
        self._measure_beyond(combinations, [name for name in group.relations if is_whole(name)], values)
        if not read <= alone:
            fired = self._rules_beyond(group, combinations, names)
        columns = [column.name for name in group.relations for column in columns_of(values.system, name)]
        measured = np.column_stack([np.zeros((values.rows, 0)), *(values.computed[name] for name in columns)])
        for place, (combination, name) in enumerate(zip(combinations, names, strict=True)):
            for at, day in enumerate(self.days):
                own = tuple(one for one in fired.get((name, day), ()) if one[0] in group.rules)
                kind = measured[place * count + at].tobytes(), own
                group.classes[at, combination] = group.kinds.setdefault(kind, len(group.kinds))

    def _lay_out(self, combinations: list[int], relations: Iterable[str], names: pa.Array) -> dict[str, pa.Table]:
        """Have copies of the enterprise in the engine, one for each combination; gives their records."""
        read = {table for name in relations for table in relation_inputs(name)}
        choices = np.array(combinations, dtype=np.int64)
        tables = copied(self.around.tables, self.who, self.steps, choices, sorted(read))
        empty = {name: record_schema(TABLES[name]).empty_table() for name in read}
        self.matrix.engine.fill({**empty, SPANS: resolved_schema(SPANS).empty_table(), **tables})
        self._ask(names)
        return tables

    def _ask(self, names: pa.Array) -> None:
        """Ask for enterprises whose registration is that of this one, on all days; in the order given."""
        engine, count = self.matrix.engine, len(self.days)
        who = names.take(pa.array(np.repeat(np.arange(len(names)), count)))
        days = pa.array(list(self.days) * len(names), pa.date32())
        places = pa.array(np.arange(len(who), dtype=np.int32))
        engine.fill({ENTITY_DATES: pa.table([who, days, places], schema=engine.schemas[ENTITY_DATES])})
        order = pc.index_in(pa.array(self.days, pa.date32()), value_set=self.registered["as_of"])
        rows = self.registered.take(order).take(pa.array(np.tile(np.arange(count), len(names))))
        place = rows.schema.get_field_index("enterprise_id")
        engine.fill({REGISTERED: rows.set_column(place, "enterprise_id", who)})

    def _beyond(self, combinations: list[int], relations: Iterable[str]) -> Iterator[tuple[list[int], Neighbourhood]]:
        """The neighbourhood with all that `relations` read of the enterprise, which is in the engine, and the places of
        the combinations for which it is so.
        """
        own = {table for name in relations for table in own_inputs(name)}
        mask = sum(1 << place for place, step in enumerate(self.steps) if step.edit.table in own)
        places = dict[int, list[int]]()
        for place, combination in enumerate(combinations):
            places.setdefault(combination & mask, []).append(place)
        self._ask(pa.array([self.who]))
        for combination, of in places.items():
            tables = stepwise(self.around.tables, self.who, self.steps, combination)
            read = {table for name in relations for table in relation_inputs(name)}
            empty = {name: record_schema(TABLES[name]).empty_table() for name in read}
            found = {name: tables[name] for name in (*read, SPANS) if name in tables}
            self.matrix.engine.fill({**empty, SPANS: resolved_schema(SPANS).empty_table(), **found})
            yield of, replace(self.around, tables=tables)

    def _measure_beyond(self, combinations: list[int], relations: list[str], values: MatrixValues) -> None:
        """Measure relations that read other enterprises' records too, once for whatever they read of this one."""
        count = len(self.days)
        for name in relations:
            columns = columns_of(values.system, name)
            for of, around in self._beyond(combinations, [name]):
                one = MatrixValues(values.system, count, self.matrix.is_known)
                if around.may_have(name):
                    self.matrix.measure(name, one, self._listings([self.who]))
                for column in columns:
                    for place in of:
                        values.computed[column.name][place * count : (place + 1) * count] = one.computed[column.name]

    def _rules_beyond(
        self, group: _Group, combinations: list[int], names: list[str]
    ) -> dict[tuple[str, date], list[FiredRule]]:
        """The rules of copies, where some read other enterprises' records too."""
        read = {name for rule in group.rules for name in self._read_by[rule][0]}
        found = dict[tuple[str, date], list[FiredRule]]()
        for of, _ in self._beyond(combinations, read):
            once = self._rules([self.who])
            for place in of:
                found |= {(names[place], day): rules for (_, day), rules in once.items()}
        return found

    def _rules(self, names: list[str]) -> dict[tuple[str, date], list[FiredRule]]:
        """Enterprise and day → the rules that fire."""
        decisions = self._decisions_of(names)
        policy, engine = self.rescorer.policy, self.matrix.engine
        sql = fired_rules_sql(self.scheme, ENTITY_DATES, policy.periods, self.rescorer.store.tables, decisions).sql
        found = dict[tuple[str, date], list[FiredRule]]()
        for row in engine.run(sql).to_pylist():
            found.setdefault((row["enterprise_id"], row["as_of"]), []).append((row["rule"], tuple(row["evidence"])))
        return found

    def _decisions_of(self, names: Iterable[str]) -> tuple[Decision, ...]:
        """The decisions about the enterprise, as if they were about each of its copies."""
        if not self.decisions:
            return ()
        return tuple(one.model_copy(update={"enterprise_id": name}) for name in names for one in self.decisions)

    def _listings(self, names: list[str]) -> tuple[Listing, ...]:
        return somebody_elses(self._decisions_of(names), self.scheme.id)

    # Rows put together, and graded

    def _assess(self, asked_for: Iterable[tuple[int, ...]]) -> None:
        """Grade rows that were not graded before: assessed together, graded day by day."""
        keys = sorted(set(asked_for) - set(self._outcomes))
        if not keys:
            return
        kinds = [list(group.kinds) for group in self.groups]
        by_day = {at: [key for key in keys if key[0] == at] for at in sorted({key[0] for key in keys})}
        values = np.vstack([self._values(of_day, at, kinds) for at, of_day in by_day.items()])
        assessed = self.rescorer.method.assess(values)
        touched = {rule for group in self.groups for rule in group.rules}
        start = 0
        for at, of_day in by_day.items():
            rows = slice(start, start + len(of_day))
            start = rows.stop
            fired = [one for one in self.fired.get((self.who, self.days[at]), ()) if one[0] not in touched]
            rules = [
                (*fired, *(one for found, place in zip(kinds, key[1:], strict=True) for one in found[place][1]))
                for key in of_day
            ]
            for key, outcome in zip(of_day, self._graded(values, assessed, rows, rules, at), strict=True):
                self._outcomes[key] = outcome

    def _values(self, keys: list[tuple[int, ...]], at: int, kinds: list[list[Any]]) -> Floats:
        """The indicators of rows; shape (n, k)."""
        values = MatrixValues(self.base.system, len(keys), self.matrix.is_known)
        for name, column in self.base.computed.items():
            values.computed[name] = np.full(len(keys), column[at])
        for number, group in enumerate(self.groups):
            columns = [column.name for name in group.relations for column in columns_of(values.system, name)]
            table = np.array([np.frombuffer(found[0]) for found in kinds[number]]).reshape(len(kinds[number]), -1)
            for place, name in enumerate(columns):
                values.computed[name] = table[[key[number + 1] for key in keys], place]
        self.matrix.express(values)
        return values.matrix()

    def _graded(
        self, values: Floats, assessed: Assessed, rows: slice, rules: Sequence[Fired], at: int
    ) -> list[Outcome]:
        """Grade some rows, of one day, by what was made of them and the rules that fired."""
        names = copy_names(self.who, len(rules)).to_pylist()
        told = [
            {"enterprise_id": name, "as_of": self.days[at], "rule": rule, "evidence": list(evidence)}
            for name, fired in zip(names, rules, strict=True)
            for rule, evidence in fired
        ]
        fired = asked(self.scheme.classes, assessed.classes[rows], names, pa.Table.from_pylist(told, schema=_FIRED))
        graded = grade_block(
            self.scheme, names, assessed.scores[rows], fired, self._decisions_of(names), bands=assessed.bands[rows]
        )
        ranks = {name: rank for rank, name in enumerate(self.scheme.grade_names)}
        return [
            Outcome(ranks[row["grade"]], row["score"], row["decided_by"], tuple(row["rules"]), found, own)
            for row, found, own in zip(graded.to_pylist(), rules, values[rows], strict=True)
        ]


_FIRED = pa.schema(
    [
        ("enterprise_id", pa.string()),
        ("as_of", pa.date32()),
        ("rule", pa.string()),
        ("evidence", pa.list_(pa.string())),
    ]
)
"""What grading reads of rules that fired."""
