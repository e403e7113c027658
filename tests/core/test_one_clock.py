"""What time it is in China is asked in one place, so that it is the same wherever it decides."""

from __future__ import annotations

from pathlib import Path

import riskml
from riskml.core import china_day


def test_the_time_in_china_is_asked_of_one_place() -> None:
    files = Path(riskml.__file__).parent.rglob("*.py")
    asking = [path for path in files if "now(CHINA" in path.read_text(encoding="utf-8")]
    assert asking == [Path(china_day.__file__)]
