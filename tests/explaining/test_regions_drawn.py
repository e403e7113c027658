"""Regions drawn: every figure stands on the drawing, and nothing lies on top of anything else."""

from __future__ import annotations

import re

from riskml.explaining.regions_drawn import Tile, flows_drawn, tile_map


def corners(drawn: str) -> list[tuple[str, str]]:
    return re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"[^>]*fill-opacity', drawn)


def test_each_prefecture_has_a_place_of_its_own_with_its_share_in_figures() -> None:
    yunnan = [f"53{number:02d}" for number in (1, 3, 4, 5, 6, 7, 8, 9, 23, 25, 26, 28, 29, 31, 33, 34)]
    drawn = tile_map([Tile(code, 200, place) for place, code in enumerate(yunnan)], "D")
    assert len(set(corners(drawn))) == len(yunnan)
    assert ">昆明<" in drawn
    assert ">D 7.5%<" in drawn
    assert ">15 / 200<" in drawn


def test_prefectures_of_another_province_stand_in_order() -> None:
    drawn = tile_map([Tile(f"44{number:02d}", 10, 0) for number in range(1, 8)], "D")
    assert len(set(corners(drawn))) == 7
    assert ">广州市<" in drawn


def test_bands_are_as_broad_as_enterprises_are_many_and_no_end_is_too_small_for_its_bands() -> None:
    flows = [("A", "A", 60), ("A", "B", 20), ("B", "A", 10), (None, "B", 10)]
    drawn = flows_drawn(flows, ("A", "B", "C"))
    broad = [float(low) - float(y) for y, low in re.findall(r"M[\d.]+,[\d.]+C\S+ \S+ [\d.]+,([\d.]+)V([\d.]+)C", drawn)]
    assert [round(one / broad[0], 2) for one in broad] == [1.0, 0.33, 0.17, 0.17]
    for told in (">A 80<", ">B 10<", ">new 10<", ">A 70<", ">B 30<"):
        assert told in drawn
    assert ">C" not in drawn  # nobody is of it, before or now
