"""The records around one enterprise, ready to be read: out of its neighbourhood, as far as relations reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.engines.statements import Statements
from riskml.explaining.evidence_reader import MOMENT, EvidenceReader, StoreReader
from riskml.explaining.individual_names import masked_name
from riskml.explaining.nearby import NearbyReader, Planned, nearby
from riskml.features.compile import relations_used
from riskml.features.matrix_of_one import STRUCK
from riskml.features.specs import IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.lookup import Lookup
from riskml.records.resolved import RESOLVED, SPANS, resolved_schema
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES
from riskml.relations.catalogue import PEERS
from riskml.relations.common import Listing
from riskml.relations.neighbourhood import Neighbourhood, is_within_reach, read_neighbourhood
from riskml.runs.rates_on_file import struck_rates
from riskml.schemes.decisions import Decision
from riskml.schemes.scheme import Scheme

_TOLD = frozenset({"enterprise", "position", "external_grade", "dishonest_debtor"})
"""Record tables that are looked in of every enterprise: its names, and what others say of it."""


@dataclass(frozen=True)
class Around:
    """One enterprise at one date, and where its records are."""

    enterprise_id: str
    as_of: date
    somebody_elses: tuple[Listing, ...]
    periods: EffectPeriods
    store: RecordStore
    workspace: Workspace

    @contextmanager
    def opened(self, relations: Collection[str]) -> Iterator[tuple[EvidenceReader, Statements]]:
        """What reads the rows of `relations`, and what runs statements over the record tables.

        Where a relation reads far beyond the enterprise both read the whole store.
        """
        if not is_within_reach(relations):
            connection = connect_reader(self.workspace.spill)
            self.store.open_views(connection)
            yield StoreReader(connection, self.periods, self.enterprise_id, self.as_of, self.somebody_elses), connection
            return
        with self.opened_near(relations) as opened:
            yield opened

    @contextmanager
    def opened_near(self, relations: Collection[str]) -> Iterator[tuple[NearbyReader, Statements]]:
        """The same of relations within reach, which are read in its neighbourhood."""
        around, tables = self._tables(relations)
        with nearby(self.workspace.spill) as engine:
            empty = {name: schema.empty_table() for name, schema in engine.schemas.items()}
            engine.fill({**empty, **tables})
            yield (
                NearbyReader(engine, around, self.periods, self.enterprise_id, self.as_of, self.somebody_elses),
                Planned(engine),
            )

    def registrations(self, enterprises: Collection[str]) -> dict[str, dict[str, Any]]:
        """Name and division of each of some enterprises at the date; of one that is not registered nothing. An
        operator's own name in that of an individual business is masked.
        """
        rows = Lookup(self.store).rows("enterprise", enterprises)
        posts = Lookup(self.store).rows("position", enterprises)
        spans = _resolved_table(self.store, SPANS)
        of_them = pc.is_in(spans["subject"], value_set=pa.array(sorted(enterprises), pa.string()))
        asked = pa.table({"enterprise_id": pa.array(sorted(enterprises), pa.string())})
        asked = asked.append_column("as_of", pa.array([self.as_of] * len(asked), pa.date32()))
        with nearby(self.workspace.spill) as engine:
            engine.fill({"enterprise": rows, SPANS: spans.filter(of_them), MOMENT: asked})
            current = current_enterprise_sql(MOMENT, self.periods)
            found = engine.run(f"SELECT enterprise_id, name, division, kind FROM ({current})").to_pylist()
        persons = {row["enterprise_id"]: set[str]() for row in found}
        for post in posts.select(["enterprise_id", "person_name"]).to_pylist():
            if post["person_name"]:
                persons.setdefault(post["enterprise_id"], set()).add(post["person_name"])
        for row in found:
            if row["kind"] == "individual_business":
                row["name"] = masked_name(row["name"], persons[row["enterprise_id"]])
        return {row["enterprise_id"]: row for row in found}

    def _tables(self, relations: Collection[str]) -> tuple[Neighbourhood, dict[str, pa.Table]]:
        """The neighbourhood, and all rows that are read, by table."""
        effects = _resolved_table(self.store, "amendment_effect")
        amended = set(effects.filter(pc.equal(effects["subject"], self.enterprise_id))["of_table"].to_pylist())
        lookup = Lookup(self.store)
        around = read_neighbourhood(lookup, self.enterprise_id, {*relations, *_TOLD, *amended})
        tables = dict(around.tables)
        subjects = {self.enterprise_id}
        for name, rows in tables.items():
            if name in TABLES:
                subjects.update(rows[TABLES[name].subject].to_pylist())
        of_them = pa.array(sorted(subjects), pa.string())
        tables["amendment_effect"] = effects.filter(pc.is_in(effects["subject"], value_set=of_them))
        if set(PEERS) & set(relations):
            tables[STRUCK] = struck_rates(self.workspace, self.store, self.periods, [self.as_of], lambda *_: None)
        return around, tables


def relations_read(system: IndicatorSystem, scheme: Scheme, decisions: Iterable[Decision]) -> frozenset[str]:
    """All that indicators, rules and opened cases read."""
    of_rules = {one.from_ for rule in scheme.all_rules for one in rule.circumstances}
    of_cases = {table for one in decisions for table in one.evidence_tables}
    return frozenset({*relations_used(system), *of_rules, *of_cases})


def _resolved_table(store: RecordStore, name: str) -> pa.Table:
    if name not in store.resolved:
        return resolved_schema(name).empty_table()
    store.verify(name)
    file = store.resolved[name]
    return _resolved(store.folder / file, store.hashes[file])


@lru_cache(maxsize=2 * len(RESOLVED))
def _resolved(path: Path, sha256: str) -> pa.Table:
    """The file that has this hash, read once."""
    return pq.read_table(path)
