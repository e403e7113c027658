"""What the registry writes in the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import make_bundle

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.training.registry import Registry


def no_database(_: Path) -> None:
    raise RunError("没有数据库", "there is no database")


def test_a_registration_is_in_the_ledger_before_the_registry_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskml.training.registry.mlflow_client", no_database)
    bundle = make_bundle()
    for name in ("yunnan", "yunnan/catering_food", "yunnan", "yunnan/catering_food"):
        with pytest.raises(RunError, match="no database"):  # the ledger has it first
            Registry(tmp_path, name).register("run", bundle)
    lines = Workspace(tmp_path).ledger.lines("model")
    assert [line.content["model"] for line in lines] == [
        "yunnan",
        "yunnan/catering_food",
        "yunnan",
        "yunnan/catering_food",
    ]
