"""One small province drawn by every plan: its intervals are there, and most hold the true rates."""

from __future__ import annotations

import pytest

from riskml.lab.plans import coverage


def test_most_intervals_of_one_province_hold_the_true_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "ENTERPRISES", 800)
    found = coverage.province_intervals(3)
    assert {key[0] for key in found} == set(coverage.PLANS)
    assert {key[3] for key in found} == {"everyone", "A", "B", "C", "region", "trade"}, "all of D are visited"
    held = [holds for rows in found.values() for holds, *_ in rows]
    assert len(held) > 100
    assert 0.85 < sum(held) / len(held) < 1
    assert all(0 < width <= 1 for rows in found.values() for _, width, _ in rows)
    shown = coverage.CoverageResult(
        tuple(coverage._covered(key, [(0, *one) for one in rows]) for key, rows in found.items())
    )
    assert len(shown.tables()[0].rows) == len(found)
    assert shown.to_dict()["simulated"]
