"""One enterprise graded again: on any day, with its records as they are or as they would be.

Equal to the last bit to a run of the whole province on those records: the same indicators, by the same SQL, over the
records that they can reach; the same method, rules and decisions. What is kept between questions (plans, footers of
files, the rates of trades and counties) bears on no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.features.matrix_of_one import ENTITY_DATES, STRUCK, MatrixOfOne, open_engine
from riskml.records.edits import Add, Edit, edited
from riskml.records.live import current_enterprise_sql
from riskml.records.lookup import Lookup
from riskml.records.store import RecordStore, open_store
from riskml.records.tables import Label
from riskml.relations.catalogue import PEERS, relation_inputs
from riskml.relations.neighbourhood import Neighbourhood, is_within_reach, read_neighbourhood
from riskml.runs.absence import why_ungraded
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import published_days, published_run
from riskml.runs.rates_on_file import struck_rates
from riskml.runs.records_around import relations_read
from riskml.schemes.decisions import Decision, in_force, read_decisions, somebody_elses
from riskml.schemes.grade import grade_block
from riskml.schemes.methods.method import Assessed, Floats, Method
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.questions import asked
from riskml.schemes.rules import fired_rules_sql

RATED_TABLES: frozenset[str] = frozenset(table for relation in PEERS for table in relation_inputs(relation))
"""What the rates of trades and counties are made of: a changed record of these changes everyone's rates."""


@dataclass(frozen=True)
class Rescored:
    """One enterprise on one day.

    Parameters
    ----------
    values
        Shape (k,): the indicators, in the order of the method's columns.
    assessed
        What the method makes of them: a block of one.
    graded
        The row of `riskml.schemes.grade.grade_block`.
    rules
        Rule → the records that it rests on, of all that fired.
    """

    as_of: date
    values: Floats
    assessed: Assessed
    graded: dict[str, Any]
    rules: dict[str, tuple[str, ...]]

    @property
    def grade(self) -> str:
        """The grade that applies."""
        return str(self.graded["grade"])

    @property
    def score(self) -> float | None:
        """The score, where the scheme has one."""
        return None if np.isnan(self.assessed.scores[0]) else float(self.assessed.scores[0])


@dataclass
class Rescorer:
    """Grades one enterprise at a time by a policy and a method; kept for many questions, asked by one thread at a time.

    Parameters
    ----------
    decisions
        Every officer's decision on file.
    """

    workspace: Workspace
    store: RecordStore
    policy: Policy
    method: Method
    decisions: Sequence[Decision]
    on_progress: Progress = field(default=lambda *_: None)
    _rated: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not is_within_reach(self.relations):
            raise ConfigurationError(
                zh="指标读取全省的检查（linked_inspection、adjusted_inspection），不能单独对一家企业重新评分。",
                en="The indicators read the inspections of the whole province (linked_inspection, "
                "adjusted_inspection): one enterprise cannot be graded by itself.",
            )

    @cached_property
    def relations(self) -> frozenset[str]:
        """All that indicators, rules and opened cases read."""
        return relations_read(self.method.system, self.policy.scheme, self.decisions)

    @cached_property
    def matrix(self) -> MatrixOfOne:
        """Where the rows are computed."""
        return MatrixOfOne(open_engine(self.workspace.spill), self.policy.periods, self.store.tables)

    @cached_property
    def lookup(self) -> Lookup:
        """Where records are read."""
        return Lookup(self.store)

    def around(self, enterprise_id: str) -> Neighbourhood:
        """The records around an enterprise; a RunError where the store has none of it."""
        found = read_neighbourhood(self.lookup, enterprise_id, self.relations)
        if not len(found.own("enterprise")):
            raise RunError(
                zh=f"数据中没有统一社会信用代码为 {enterprise_id!r} 的企业；请核对代码（18 位）。",
                en=f"There is no enterprise {enterprise_id!r} among the records; check the code (18 characters).",
            )
        return found

    def supposing(self, around: Neighbourhood, edits: Iterable[Edit], day: date) -> Neighbourhood:
        """The neighbourhood once `edits` of the enterprise's own records are known on `day`.

        Parameters
        ----------
        around
            As it is on record: it is read again where somebody joins, so that edits made before are given anew.

        Raises
        ------
        RunError
            Where a record that bears on everyone's rates would be another.
        """
        edits = tuple(edits)
        refuse_rated(edits)
        persons = {
            str(edit.values[name])
            for edit in edits
            if isinstance(edit, Add)
            for name in ("person_id", "holder_id")
            if edit.values.get(name)
        }
        if persons:  # whoever takes up a post brings ties along
            around = read_neighbourhood(self.lookup, around.enterprise_id, self.relations, joining=persons)
        return replace(around, tables=edited(around.tables, around.enterprise_id, edits, day))

    def rescore(self, around: Neighbourhood, days: Iterable[date]) -> tuple[Rescored, ...]:
        """Grade the enterprise of a neighbourhood on given days.

        Raises
        ------
        RunError
            Where it is not graded on one of them.
        """
        asked_for, who = sorted(set(days)), around.enterprise_id
        self.take_in(around, asked_for)
        found = list[Rescored]()
        for _, together in groupby(asked_for, key=lambda day: in_force(self.decisions, day)):
            same = list(together)
            if len(same) < len(asked_for):
                self.matrix.ask_pairs([(who, day) for day in same])
            found += self._graded(who, same)
        return tuple(found)

    def take_in(self, around: Neighbourhood, days: Sequence[date]) -> None:
        """Have an enterprise's records in the engine, and the rates of `days` (ascending, each once), which are asked
        about; errors as `rescore` has them.
        """
        self._take_rates(list(days))
        self.matrix.ask(around, [(around.enterprise_id, day) for day in days])
        self._refuse_ungraded(around.enterprise_id, days)

    def first_ungraded(self, around: Neighbourhood, first: date, last: date) -> date | None:
        """The first day, of those from `first` to `last`, on which the scheme does not grade the enterprise by what is
        on record already: deregistered by then, or out of its scope. None where it grades it on all.
        """
        days = [first + timedelta(days=later) for later in range((last - first).days + 1)]
        self.matrix.ask(around, [(around.enterprise_id, day) for day in days])
        return next((day for day, _ in self._ungraded(around.enterprise_id, days)), None)

    def _refuse_ungraded(self, who: str, days: Sequence[date]) -> None:
        """Refuse days on which the scheme does not grade the enterprise."""
        for day, why in self._ungraded(who, days):
            raise RunError(
                zh=f"基准日 {day}：企业 {who} 不评分：{why.zh}。",
                en=f"As of {day}, enterprise {who} is not graded: {why.en}.",
            )

    def _ungraded(self, who: str, days: Sequence[date]) -> Iterator[tuple[date, Label]]:
        """The days, of those that are asked about, on which the scheme does not grade the enterprise, and why."""
        engine, current = self.matrix.engine, current_enterprise_sql(ENTITY_DATES, self.policy.periods)
        within = f"status <> 'deregistered' AND ({self.policy.scheme.in_scope_sql})"
        graded = set(engine.run(f"SELECT as_of FROM ({current}) WHERE {within}")["as_of"].to_pylist())
        for day in days:
            if day not in graded and (why := why_ungraded(engine.connection, self.policy, who, day)) is not None:
                yield day, why

    def _take_rates(self, days: list[date]) -> None:
        """Have the rates of the days asked for in the engine."""
        if tuple(days) != self._rated:
            rates = struck_rates(self.workspace, self.store, self.policy.periods, days, self.on_progress)
            self.matrix.engine.fill({STRUCK: rates})
            self._rated = tuple(days)

    def _graded(self, who: str, days: list[date]) -> tuple[Rescored, ...]:
        """Grade by the records taken in; on each of `days` the same decisions are in force."""
        scheme, applying = self.policy.scheme, in_force(self.decisions, days[0])
        own = tuple(one for one in applying if one.enterprise_id == who)
        values = self.matrix.block(self.method.system, somebody_elses(own, scheme.id)).values
        found = self.matrix.engine.run(
            fired_rules_sql(scheme, ENTITY_DATES, self.policy.periods, self.store.tables, own).sql
        )
        assessed = self.method.assess(values)  # of all days at once: models take long to begin
        return tuple(
            self._one(who, day, values[place], assessed.row(place), found.filter(pc.equal(found["as_of"], day)), own)
            for place, day in enumerate(days)
        )

    def _one(
        self, who: str, day: date, values: Floats, assessed: Assessed, found: pa.Table, decisions: tuple[Decision, ...]
    ) -> Rescored:
        scheme = self.policy.scheme
        fired = asked(scheme.classes, assessed.classes, [who], found)
        (graded,) = grade_block(scheme, [who], assessed.scores, fired, decisions, bands=assessed.bands).to_pylist()
        rules = {row["rule"]: tuple(row["evidence"]) for row in fired.to_pylist()}
        return Rescored(day, values, assessed, graded, rules)


def refuse_rated(edits: Iterable[Edit]) -> None:
    """Refuse edits of records that bear on everyone's rates with a RunError that names their tables."""
    if changed := sorted({edit.table for edit in edits} & RATED_TABLES):
        raise RunError(
            zh=f"{'、'.join(changed)} 的记录关系到同行业、同地区所有企业的检查结果比率，不能只对一家企业试算。",
            en=f"Records of {', '.join(changed)} bear on the rates of everyone in the trade and county: what they "
            "would be cannot be found for one enterprise alone.",
        )


def open_rescorer(workspace: Workspace, scheme: str, as_of: date, on_progress: Progress) -> Rescorer:
    """What grades one enterprise again by what the run as of a date was made by; by what is in use where there is
    none.
    """
    published = published_run(workspace, scheme, as_of) if as_of in published_days(workspace, scheme) else None
    policy = published.policy if published else load_policy(workspace, scheme)
    method = published.method if published else method_in_use(workspace, policy)
    decisions = read_decisions(workspace.ledger)
    return Rescorer(workspace, open_store(workspace.records), policy, method, decisions, on_progress)
