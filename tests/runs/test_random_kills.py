"""Every command that writes, killed at steps drawn once and for all: the ledger is whole, what it names is there, and
the same command again comes to what it would have come to.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import disturbed
import pytest
import small_runs
from disturbed import FINISHED
from handmade import Province
from small_runs import BEFORE, T, without_checkpoints

from riskml.checks.integrity import check_integrity
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.lifecycle.promotion_log import promotions
from riskml.records.store import open_store
from riskml.runs.immediate import read_updates
from riskml.schemes.decisions import read_decisions
from riskml.training.registry import Registry

pytestmark = pytest.mark.long

KILLED = -9
TIMED = ("seconds", "peak_memory_gib", "reports")  # a report has the checkpoints of its moment
Outcome = Callable[[Workspace], Any]


def files(place: str) -> Outcome:
    """Every file of a place with its bytes; of a run's manifest all but its times."""

    def read(workspace: Workspace) -> dict[str, Any]:
        at = workspace.root / place
        found: dict[str, Any] = {}
        for path in sorted(at.rglob("*")) if at.is_dir() else [at]:
            if path.is_file() and path.suffix != ".lock":
                found[str(path.relative_to(workspace.root))] = without_checkpoints(path.read_bytes())
                if path.name == "manifest.json" and place.startswith("runs/yunnan/2"):
                    content = json.loads(path.read_bytes())
                    found[str(path.relative_to(workspace.root))] = {
                        one: content[one] for one in content if one not in TIMED
                    }
        return found

    return read


def records(workspace: Workspace) -> dict[str, bytes]:
    store = open_store(workspace.records)
    return {
        str(path.relative_to(store.folder)): path.read_bytes()
        for table in sorted(store.files)
        for path in store.paths(table)
    }


def decisions(workspace: Workspace) -> Any:
    return set(read_decisions(workspace.ledger))


def updates(workspace: Workspace) -> Any:
    return read_updates(workspace.ledger, "yunnan", T)


def receipts(workspace: Workspace) -> Any:
    return [line.content for line in workspace.ledger.lines("receipt")]


def model(workspace: Workspace) -> Any:
    outcomes = [entry.outcome.model_dump(exclude={"version"}) for entry in promotions(workspace.ledger, "yunnan")]
    (champion,) = [one.bundle for one in Registry(workspace.root, "yunnan").versions() if "champion" in one.aliases]
    return files("models/yunnan/bundle")(workspace), outcomes[-1], champion


JOBS: dict[str, tuple[str, Callable[[Workspace], None], Outcome, int]] = {
    "ingest": ("origin", disturbed.ingest, records, 8),
    "undo": ("loaded", disturbed.undo, files("data/records/manifest.json"), 4),
    "score": ("origin", disturbed.score, files(f"runs/yunnan/{T}"), 8),
    "score --enterprise": ("changed", disturbed.update, updates, 5),
    "decide": ("origin", disturbed.decision, decisions, 5),
    "migration": ("published", disturbed.migration, files(f"runs/yunnan/migration/{BEFORE}_{T}"), 5),
    "export": ("published", disturbed.export, files("exported.csv"), 4),
    "publish": ("published", disturbed.package, files("runs/yunnan/push"), 6),
    "publish --receipt": ("packaged", disturbed.receipt, receipts, 5),
    "warnings": ("published", disturbed.warnings, files(f"runs/yunnan/warnings/{T}"), 4),
    "train": ("untrained", disturbed.train_first, model, 4),
    "promote": ("challenged", disturbed.promotion, model, 4),
}
"""Command → where it starts, the job, what it comes to, and at how many steps it is killed."""


def test_there_are_sixty_kills_or_more() -> None:
    assert sum(kills for *_, kills in JOBS.values()) >= 60


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """Where the jobs start."""
    root = tmp_path_factory.mktemp("kills")
    origin = disturbed.make_origin(root / "origin")

    def goes_on(name: str, start: Workspace, *jobs: Callable[[Workspace], None]) -> Workspace:
        shutil.copytree(start.root, root / name)
        for job in jobs:
            assert disturbed.disturbed(job, Workspace(root / name))[0] == FINISHED
        return Workspace(root / name)

    published = goes_on("published", origin, disturbed.score)
    untrained = create_workspace(root / "untrained")
    Province(untrained.root).receive(small_runs.records())
    return {
        "origin": origin,
        "published": published,
        "loaded": goes_on("loaded", origin, disturbed.ingest),
        "changed": goes_on("changed", published, disturbed.ingest),
        "packaged": goes_on("packaged", published, disturbed.package),
        "untrained": untrained,
        "challenged": goes_on("challenged", untrained, disturbed.train_first, disturbed.train_another),
    }


@pytest.mark.parametrize("command", JOBS)
def test_killed_at_any_step_a_command_leaves_all_in_order_and_comes_to_the_same(
    starts: dict[str, Workspace], tmp_path: Path, command: str
) -> None:
    begins, job, outcome, kills = JOBS[command]
    fresh = Workspace(tmp_path / "workspace")

    def renew() -> None:
        shutil.rmtree(fresh.root, ignore_errors=True)
        shutil.copytree(starts[begins].root, fresh.root)

    renew()
    code, steps = disturbed.disturbed(job, fresh)
    assert code == FINISHED
    expected = outcome(fresh)
    assert expected
    for step in sorted(random.Random(command).sample(range(1, steps + 1), min(kills, steps))):
        renew()
        assert disturbed.disturbed(job, fresh, step=step)[0] == KILLED, f"step {step} of {steps}"
        assert not wrong(fresh), f"after step {step} of {steps}"
        assert disturbed.disturbed(job, fresh)[0] == FINISHED, f"after step {step} of {steps}"
        assert outcome(fresh) == expected, f"after step {step} of {steps}"
        assert not wrong(fresh), f"again after step {step} of {steps}"


def wrong(workspace: Workspace) -> list[str]:
    return [one.en for one in check_integrity(workspace) if one.level == "error"]
