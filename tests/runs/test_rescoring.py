"""One enterprise graded again equals a run of the whole province, with its records as they are and as they would be."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from handmade import Province
from provinces import copied

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.ties import drawing, seen_from
from riskml.features.compile import relations_used
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.matrix_of_one import STRUCK, MatrixOfOne, open_engine
from riskml.records.edits import Add, Amend, Edit, End, edited
from riskml.records.lookup import Lookup
from riskml.records.store import RecordStore, open_store
from riskml.relations.neighbourhood import Neighbourhood, read_neighbourhood
from riskml.relations.templates import relation_sql
from riskml.runs.configured import configured_indicators
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import published_run
from riskml.runs.rates_on_file import struck_rates
from riskml.runs.rescoring import Rescorer
from riskml.runs.score import score
from riskml.runs.ties import MOST, ties
from riskml.schemes.policy import load_policy
from riskml.training.settings import load_training

T = date(2026, 10, 31)
ITEM_SCHEMES = ("guandu", "guangzhou", "langfang", "lingyuan")

pytestmark = pytest.mark.long


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def made(small_loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A simulated province, graded under the schemes that need no model."""
    workspace = copied(small_loaded, tmp_path_factory.mktemp("province") / "workspace")
    for scheme in ITEM_SCHEMES:
        score(workspace, scheme, T, silent)
    return workspace


def stored(store: RecordStore, table: str) -> list[dict[str, Any]]:
    """All rows of a table, in a fixed order."""
    connection = duckdb.connect()
    store.open_views(connection)
    return connection.sql(f"SELECT * FROM {table} ORDER BY arrival").to_arrow_table().to_pylist()


def province_rows(workspace: Workspace, ids: list[str], day: date) -> pd.DataFrame:
    """The matrix of some enterprises, from the whole store."""
    system, periods = configured_indicators(workspace, load_training(workspace.model("yunnan") / "training.yaml")[0])
    builder = MatrixBuilder(connect(workspace.spill), open_store(workspace.records), system, periods)
    builder.pairs(pd.DataFrame({"enterprise_id": ids, "as_of": day}))
    return read_matrix(builder, silent).set_index("enterprise_id").drop(columns="as_of")


class OfOne:
    """The same of one enterprise at a time."""

    def __init__(self, workspace: Workspace, day: date) -> None:
        self.system, periods = configured_indicators(
            workspace, load_training(workspace.model("yunnan") / "training.yaml")[0]
        )
        store = open_store(workspace.records)
        self.lookup, self.day = Lookup(store), day
        engine = open_engine(workspace.spill)
        engine.fill({STRUCK: struck_rates(workspace, store, periods, [day], silent)})
        self.matrix = MatrixOfOne(engine, periods, store.tables)

    def around(self, enterprise_id: str, edits: tuple[Edit, ...]) -> Neighbourhood:
        """Its neighbourhood, once `edits` are known."""
        joining = {edit.values["person_id"] for edit in edits if isinstance(edit, Add) and "person_id" in edit.values}
        around = read_neighbourhood(self.lookup, enterprise_id, set(relations_used(self.system)), joining=joining)
        return replace(around, tables=edited(around.tables, enterprise_id, edits, self.day))

    def row(self, enterprise_id: str, edits: tuple[Edit, ...] = ()) -> np.ndarray[Any, Any]:
        """Its values, once `edits` are known."""
        self.matrix.ask(self.around(enterprise_id, edits), [(enterprise_id, self.day)])
        return self.matrix.block(self.system).values[0]


def chosen(workspace: Workspace, count: int) -> list[str]:
    """Enterprises that are tied to others, have records against them, or are like most."""
    store = open_store(workspace.records)
    found = [row["enterprise_id"] for table in ("penalty", "abnormal_listing") for row in stored(store, table)[:count]]
    every = [row["enterprise_id"] for row in stored(store, "enterprise") if row["valid_from"] <= T]
    return sorted({*found, *every[:: max(1, len(every) // count)]})


@pytest.mark.parametrize("day", [T, date(2025, 3, 14)])
def test_the_row_of_one_enterprise_is_that_of_the_province_to_the_last_bit(made: Workspace, day: date) -> None:
    born = {r["enterprise_id"] for r in stored(open_store(made.records), "enterprise") if r["valid_from"] <= day}
    ids = [one for one in chosen(made, 15) if one in born]
    expected, one = province_rows(made, ids, day), OfOne(made, day)
    for enterprise_id in ids:
        np.testing.assert_array_equal(one.row(enterprise_id), expected.loc[enterprise_id].to_numpy(), enterprise_id)


@pytest.mark.parametrize("scheme", ITEM_SCHEMES)
def test_graded_again_everyone_has_the_grade_score_and_rules_that_the_run_published(
    made: Workspace, scheme: str
) -> None:
    policy, run = load_policy(made, scheme), published_run(made, scheme, T)
    rescorer = Rescorer(made, open_store(made.records), policy, method_in_use(made, policy), ())
    connection = duckdb.connect()
    run.open_view(connection, "grades", "held")
    for held in connection.sql("SELECT * FROM held ORDER BY hash(enterprise_id) LIMIT 25").to_arrow_table().to_pylist():
        (found,) = rescorer.rescore(rescorer.around(held["enterprise_id"]), [T])
        assert (found.grade, found.score, list(found.rules)) == (held["grade"], held["score"], held["rules"])


def supposals(store: RecordStore) -> list[tuple[str, tuple[Edit, ...]]]:
    """Enterprises with edits of their records, of every kind."""
    found = list[tuple[str, tuple[Edit, ...]]]()
    penalties = stored(store, "penalty")
    for kind, row in zip(("repaired", "revoked", "misjudged") * 7, penalties[::9], strict=False):
        found.append((row["enterprise_id"], (Amend("penalty", row["source"], row["record_id"], kind),)))
    for row in [row for row in penalties[1::5] if row["fine"]][:8]:
        half = Amend("penalty", row["source"], row["record_id"], "reduced", "fine", str(row["fine"] / 2))
        found.append((row["enterprise_id"], (half,)))
    for table in ("abnormal_listing", "tax_arrears", "position"):
        for row in [one for one in stored(store, table) if one["end_date"] is None and one["start_date"] < T][::9][:8]:
            found.append((row["enterprise_id"], (End(table, row["source"], row["record_id"]),)))
    persons = [row["person_id"] for row in stored(store, "position")[5::50]]
    for row, person in zip(stored(store, "enterprise")[::40], persons[:10], strict=False):
        post = {"person_id": person, "person_name": "王某", "role": "director"}
        found.append((row["enterprise_id"], (Add("position", post), Add("annual_report", {"year": 2025}))))
    return found


def apart(one: OfOne, found: list[tuple[str, tuple[Edit, ...]]]) -> dict[str, tuple[Edit, ...]]:
    """Those of enterprises that no other's edits reach: all are delivered together."""
    kept, reached = dict[str, tuple[Edit, ...]](), set[str]()
    for enterprise_id, edits in found:
        tables = one.around(enterprise_id, edits).tables
        own = {firm for name in ("enterprise", "position", "shareholding") if name in tables
               for firm in tables[name]["enterprise_id"].to_pylist()}  # fmt: skip
        if enterprise_id not in reached and not own & set(kept):
            kept[enterprise_id] = edits
            reached |= own
    return kept


def test_edits_are_what_their_delivery_would_make_of_the_records(made: Workspace, tmp_path: Path) -> None:
    one, store = OfOne(made, T), open_store(made.records)
    edits, delivered = apart(one, supposals(store)), dict[str, list[dict[str, Any]]]({"amendment": []})
    supposed = {enterprise_id: one.row(enterprise_id, own) for enterprise_id, own in edits.items()}

    day = T.isoformat()
    for enterprise_id, own in edits.items():
        for number, edit in enumerate(own, 1):
            match edit:
                case Amend():
                    delivered["amendment"].append({
                        "record_id": f"{enterprise_id}-{edit.record_id}", "of_table": edit.table,
                        "of_record": edit.record_id, "of_source": edit.source, "of_enterprise": enterprise_id,
                        "kind": edit.kind, "part": edit.part, "value": edit.value, "event_date": day, "known_date": day,
                    })  # fmt: skip
                case End():
                    (row,) = [
                        row for row in stored(store, edit.table)
                        if (row["record_id"], row["enterprise_id"]) == (edit.record_id, enterprise_id)
                    ]  # fmt: skip
                    ended = {**row, "end_date": day, "end_known_date": day}
                    del ended["arrival"], ended["source"]
                    delivered.setdefault(edit.table, []).append(ended)
                case Add():
                    table_date = {"position": "start_date", "annual_report": "event_date"}[edit.table]
                    delivered.setdefault(f"{edit.table}+", []).append({
                        "record_id": f"new-{number}", "enterprise_id": enterprise_id, table_date: day,
                        "known_date": day, **edit.values,
                    })  # fmt: skip
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(made.root, copy.root)
    own = {table: rows for table, rows in delivered.items() if table != "amendment" and not table.endswith("+")}
    Province(copy.root, "simulated").receive(own)
    new = {table.removesuffix("+"): rows for table, rows in delivered.items() if table.endswith("+")}
    Province(copy.root, "handmade").receive({"amendment": delivered["amendment"], **new})
    expected = province_rows(copy, sorted(edits), T)
    differing = {
        enterprise_id: [
            (name, value, other)
            for name, value, other in zip(expected.columns, supposed[enterprise_id], row, strict=True)
            if not (value == other or (np.isnan(value) and np.isnan(other)))
        ]
        for enterprise_id, row in zip(expected.index, expected.to_numpy(), strict=True)
    }
    assert {enterprise_id: found for enterprise_id, found in differing.items() if found} == {}
    before = province_rows(made, sorted(edits), T)
    moved = [
        enterprise_id for enterprise_id in edits if not before.loc[enterprise_id].equals(expected.loc[enterprise_id])
    ]
    assert len(moved) > len(edits) / 3


def test_what_bears_on_everyones_rates_is_not_supposed_of_one(made: Workspace) -> None:
    policy = load_policy(made, "lingyuan")
    rescorer = Rescorer(made, open_store(made.records), policy, method_in_use(made, policy), ())
    visit = stored(rescorer.store, "inspection")[0]
    around = rescorer.around(visit["enterprise_id"])
    with pytest.raises(RunError, match="bear on the rates of everyone"):
        rescorer.supposing(around, [Amend("inspection", visit["source"], visit["record_id"], "misjudged")], T)


def test_whom_one_is_tied_to_is_what_the_relation_says_of_the_province(made: Workspace) -> None:
    store, run = open_store(made.records), published_run(made, "guandu", T)
    connection = connect(made.spill)
    store.open_views(connection)
    run.open_view(connection, "grades", "held")
    everyone = f"SELECT DISTINCT enterprise_id, DATE '{T}' AS as_of FROM enterprise WHERE valid_from <= '{T}'"
    connection.execute(f"CREATE TABLE asked AS {everyone}")
    relation = relation_sql("linked_enterprise", "asked", run.policy.periods)
    rows = connection.sql(f"SELECT * FROM ({relation})").to_arrow_table().to_pylist()
    grades = dict(connection.sql("SELECT enterprise_id, grade FROM held").fetchall())
    tied = sorted({row["enterprise_id"] for row in rows if row["hops"] == 2})[:6]
    assert len(tied) == 6
    for enterprise_id in tied:
        found = ties(made, "guandu", enterprise_id, T)
        own = [row for row in rows if row["enterprise_id"] == enterprise_id]
        assert found.left_out == max(0, len(own) - MOST)
        told = {one.enterprise_id: one for one in found.tied}
        for row in own if not found.left_out else ():
            one = told.pop(row["linked_id"])
            assert (one.hops, one.weight, one.penalties) == (row["hops"], float(row["weight"]), row["penalties"])
            assert (one.against > 0, one.grade) == (row["adverse"], grades.get(row["linked_id"]))
        assert found.left_out or not told
        assert all(one.name and one.division for one in found.tied)
        for one, seen in zip(found.tied, seen_from(found, "5301").tied, strict=True):
            within = str(one.division).startswith("5301")
            assert (seen.name, seen.enterprise_id, seen.grade) == (
                (one.name, one.enterprise_id, one.grade) if within else (None, None, None)
            )
        numbers = re.findall(r">(\d+)</text>", drawing(found))
        assert sorted(map(int, numbers)) == list(range(1, len(found.tied) + 1))
