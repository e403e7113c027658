"""What a year of plans writes down."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from handmade import Province

from riskml.core.init import create_workspace
from riskml.lab.plans.year import _put_down


def test_nothing_is_learnt_of_those_whom_nobody_saw(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path)
    who = pd.Series([f"915301020000000{number:03d}" for number in range(4)])
    seen, problem = np.array([True, True, False, False]), np.array([1.0, 0.0, 1.0, 0.0])
    _put_down(workspace, date(2026, 6, 30), who, np.full(4, 2**30), problem, seen)
    stored = Province(workspace.root).stored("inspection")
    assert [(row["enterprise_id"], row["result"], row["problems"]) for row in stored] == [
        (who[0], "problem", 1), (who[1], "no_problem", 0),
    ]  # fmt: skip
