"""The rates of trades and counties on given days, kept on file: all that the matrix row of one enterprise takes from
the whole province.

They are of one store and its effect periods; where either is another, they are struck anew. A run puts those of its day
on file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from riskml import __version__
from riskml.core import logs
from riskml.core.files import known_sha256, sha256, sync
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix_of_one import STRUCK_SCHEMA
from riskml.records.effect_periods import EffectPeriods
from riskml.records.store import RecordStore
from riskml.relations.catalogue import PEERS, is_received
from riskml.relations.common import PEER_VISITS, USUAL_VISITS, Common, visit_statements
from riskml.relations.templates import struck_sql


def struck_rates(
    workspace: Workspace, store: RecordStore, periods: EffectPeriods, days: Iterable[date], on_progress: Progress
) -> pa.Table:
    """The rates of all groups on `days` (`STRUCK_SCHEMA`), from the file where they are there; those that are not are
    struck from all visits, and put on file by whoever may write there.
    """
    asked = sorted(set(days))
    if not _rated(store) or not asked:
        return STRUCK_SCHEMA.empty_table()
    folder = _folder(workspace, store, periods)
    kept = {day: _kept(folder, day) for day in asked}
    found = [pq.read_table(path, schema=STRUCK_SCHEMA) for path in kept.values() if path is not None]
    missing = [day for day, path in kept.items() if path is None]
    if missing:
        on_progress("rates", 0, 1)
        with connect(workspace.spill) as connection:
            store.open_views(connection)
            for name, statement in visit_statements(periods).items():
                connection.execute(f"CREATE TABLE {name} AS {statement}")
            for day, rates in _struck(connection, periods, _rated(store), missing).items():
                found.append(rates)
                _keep_if_possible(folder, day, rates)
        on_progress("rates", 1, 1)
    return pa.concat_tables(found)


def keep_rates(
    workspace: Workspace, store: RecordStore, periods: EffectPeriods, day: date, connection: duckdb.DuckDBPyConnection
) -> None:
    """Put the rates of a day on file, where they are not there: no reader then waits for all visits.

    Parameters
    ----------
    connection
        With the tables of `riskml.relations.common.visit_statements` of the store.
    """
    folder = _folder(workspace, store, periods)
    if _rated(store) and _kept(folder, day) is None:
        _keep_if_possible(folder, day, _struck(connection, periods, _rated(store), [day])[day])


def other_rates(workspace: Workspace, store: RecordStore | None) -> tuple[Path, ...]:
    """The folders with rates of other stores than the present one: nobody who begins now reads them."""
    own = None if store is None else _of_store(store)
    return tuple(path for path in sorted((workspace.data / "rates").glob("*")) if path.name != own)


def _rated(store: RecordStore) -> list[str]:
    """The relations of peers of which anything can be known."""
    return [name for name in PEERS if is_received(name, store.tables)]


def _folder(workspace: Workspace, store: RecordStore, periods: EffectPeriods) -> Path:
    return workspace.data / "rates" / _of_store(store) / _key(periods.model_dump_json())


def _of_store(store: RecordStore) -> str:
    return _key(__version__, store.digest)


def _key(*what: str) -> str:
    """A name for what rates depend on besides the day."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


def _kept(folder: Path, day: date) -> Path | None:
    """The file of a day, which has its own hash in its name; None where there is none that is as it was written."""
    return next((path for path in folder.glob(f"{day}-*.parquet") if path.stem.endswith(known_sha256(path)[:16])), None)


def _keep(folder: Path, day: date, rates: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # A draft of its own: several may strike the rates of one day at once.
    draft = folder / f".{day}.{uuid4().hex}"
    try:
        pq.write_table(rates, draft, compression="zstd")
        sync(draft)
        draft.replace(folder / f"{day}-{sha256(draft)[:16]}.parquet")
    finally:
        draft.unlink(missing_ok=True)


def _keep_if_possible(folder: Path, day: date, rates: pa.Table) -> None:
    """Where a reader may not write, or the disk is full, the next one waits again; the log says so."""
    try:
        _keep(folder, day, rates)
    except OSError as error:
        logs.event("rates_not_kept", as_of=day, folder=str(folder), reason=str(error))


def _struck(
    connection: duckdb.DuckDBPyConnection, periods: EffectPeriods, relations: list[str], days: list[date]
) -> dict[date, pa.Table]:
    """The rates of each of `days`, all from one reading of the tables about visits."""
    connection.register("days", pa.table({"as_of": pa.array(days, pa.date32())}))
    common = Common("days", USUAL_VISITS, PEER_VISITS)
    rates = pa.concat_tables(
        connection.sql(struck_sql(name, "days", periods, common)).to_arrow_table().cast(STRUCK_SCHEMA)
        for name in relations
    )
    connection.unregister("days")
    as_of = rates["as_of"].to_numpy()
    return {day: rates.filter(pa.array(as_of == day)) for day in days}
