"""Undoing the last load: the store as it was, unless something published rests on it."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from handmade import Province

from riskml.core.errors import ConfigurationError, RunError
from riskml.records.store import read_store
from riskml.runs.undo import undo

PENALTY = {
    "record_id": "P1",
    "enterprise_id": "甲",
    "event_date": "2026-05-10",
    "severity": "minor",
    "kind": "fine",
    "fine": "1",
}
LISTING = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}


def test_undo_restores_the_store_to_the_byte(province: Province) -> None:
    province.receive({"penalty": [PENALTY], "abnormal_listing": [LISTING]})
    digest, rows = province.store.digest, province.stored("abnormal_listing")
    report = province.receive(
        {"abnormal_listing": [{**LISTING, "end_date": "2026-09-01"}], "penalty": [{**PENALTY, "fine": "9"}]}
    )
    assert report.quarantine is not None
    assert province.store.digest != digest
    undone = undo(province.workspace)
    assert (undone.number, undone.files) == (2, ("abnormal_listing2.parquet", "penalty2.parquet"))
    assert (province.store.digest, province.stored("abnormal_listing")) == (digest, rows)
    assert not report.quarantine.exists()


def test_all_loads_can_be_undone_one_after_the_other(province: Province) -> None:
    province.receive({"penalty": [PENALTY]})
    province.receive({"penalty": [{**PENALTY, "record_id": "P2"}]})
    undo(province.workspace)
    undo(province.workspace)
    assert read_store(province.workspace.records) is None
    with pytest.raises(ConfigurationError, match="no records"):
        undo(province.workspace)
    assert province.receive({"penalty": [PENALTY]}).tables[0].taken == 1


def test_a_corrected_mapping_loads_after_an_undo(province: Province) -> None:
    rows: dict[str, Any] = {"penalty": [{**PENALTY, "record_id": f"P{n}"} for n in range(30)]}
    source = province.source(rows)
    mapping = (source.folder / "penalty.sql").read_text()
    (source.folder / "penalty.sql").write_text(mapping.replace(" fine,", " '7' AS fine,"))
    province.load(source)
    (source.folder / "penalty.sql").write_text(mapping)
    with pytest.raises(RunError, match="would be refused"):
        province.load(source)
    undo(province.workspace)
    assert province.load(source).tables[0].taken == 30
    assert {str(row["fine"]) for row in province.stored("penalty")} == {"1.0000"}


def test_a_load_that_a_run_rests_on_is_not_undone(province: Province) -> None:
    province.receive({"penalty": [PENALTY]})
    province.publish_run(1)
    with pytest.raises(RunError, match="yunnan/2026-10-31"):
        undo(province.workspace)
    province.receive({"penalty": [{**PENALTY, "record_id": "P2"}]})
    undo(province.workspace)
    with pytest.raises(RunError, match="yunnan/2026-10-31"):
        undo(province.workspace)


@pytest.mark.parametrize("damage", ["{", "removed"])
def test_a_damaged_run_rests_on_its_loads_all_the_same(province: Province, damage: str) -> None:
    province.receive({"penalty": [PENALTY]})
    manifest = province.publish_run(1) / "manifest.json"
    manifest.unlink() if damage == "removed" else manifest.write_text(damage)
    with pytest.raises(RunError, match="yunnan/2026-10-31"):
        undo(province.workspace)


def test_a_run_that_was_published_elsewhere_rests_on_its_loads(province: Province) -> None:
    province.receive({"penalty": [PENALTY]})
    with province.workspace.ledger.putting("run", "run hdfs://province/runs/yunnan/2026-10-31", "a" * 64, loads=1):
        pass
    with pytest.raises(RunError, match="hdfs://province/runs/yunnan/2026-10-31"):
        undo(province.workspace)


def test_a_run_that_was_given_up_stands_in_the_way_of_no_undo(province: Province) -> None:
    province.receive({"penalty": [PENALTY]})
    shutil.rmtree(province.publish_run(1))
    assert undo(province.workspace).number == 1


@pytest.mark.parametrize("damaged", ["before/load-00002.json", "penalty/bucket=000/load-00001.parquet"])
def test_what_is_no_longer_whole_is_named_and_nothing_undone(province: Province, damaged: str) -> None:
    province.receive({"penalty": [PENALTY]})
    province.receive({"penalty": [{**PENALTY, "record_id": "P2"}]})
    digest = province.store.digest
    path = province.workspace.records / damaged
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    with pytest.raises(RunError, match=path.name):
        undo(province.workspace)
    assert province.store.digest == digest
