"""Where the last delivery came long before the as-of date, that is said."""

from __future__ import annotations

from datetime import timedelta

from handmade import Province

from riskml.records.received import last_received
from riskml.runs.freshness import OLD_DAYS, old_records


def test_records_are_said_to_be_old_from_the_day_after_the_limit(province: Province) -> None:
    province.receive({
        "enterprise": [{"record_id": "E1", "enterprise_id": "91530102MA00000001", "name": "某公司",
                        "valid_from": "2015-01-01", "status": "active", "kind": "limited_company",
                        "division": "530102"}]
    })  # fmt: skip
    store = province.store
    received = last_received(store)
    assert old_records(store, received + timedelta(days=OLD_DAYS)) == []
    (note,) = old_records(store, received + timedelta(days=OLD_DAYS + 1))
    assert f"{received}, {OLD_DAYS + 1} days before" in note.en
    assert f"{received}，比基准日" in note.zh
