"""What a run's page says of where its records come from."""

from __future__ import annotations

from pathlib import Path

from handmade import Province
from small_runs import T, make_workspace

from riskml.runs.score import score


def test_a_page_of_simulated_and_own_records_does_not_claim_that_all_are_simulated(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    province = Province(workspace.root, source="simulated")
    province.deliveries = 1
    province.receive({"honour": [{"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}]})
    page = (score(workspace, "yunnan", T, lambda *_: None).folder / "report.html").read_text(encoding="utf-8")
    assert "与 handmade 送来的混在一起" in page
    assert "均由 riskml simulate 生成" not in page
