"""Where a plan is: what anybody may check it by, and what stays in the office.

- ``data/plans/<scheme>/<plan>/published/``: the files that `riskml.sampling.verifier` reads
- ``data/plans/<scheme>/<plan>/office/``: whom the units stand for, and what follows for each of them
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.ledger import Ledger
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.planning.settings import WORD, WORD_IS
from riskml.sampling import verifier
from riskml.sampling.verifier import COMMITTED, DRAW

PEOPLE = "people.parquet"
"""In the office: a row for each row of frame.csv, in the same order, and of whoever is visited without a draw."""


NAMES = "inspectors.csv"
"""In the office: whom the inspectors of the published files stand for."""

OUTCOMES = "outcomes.csv"
"""In the office: what came of each visit."""


@dataclass(frozen=True)
class PlanFolder:
    """The folder of a plan.

    Parameters
    ----------
    name
        What the ledger calls it: ``<scheme>/<plan>``.
    """

    root: Path
    name: str

    @classmethod
    def of(cls, workspace: Workspace, scheme: str, plan: str) -> PlanFolder:
        """The folder of a plan, whether it was made or not; a ConfigurationError where a name is none of a folder."""
        for name in (scheme, plan):
            if not re.fullmatch(WORD, name):
                raise ConfigurationError(
                    zh=f"{name!r} 不是计划或办法的编号；应为{WORD_IS[0]}。",
                    en=f"{name!r} is no name of a plan or a scheme; it should be {WORD_IS[1]}.",
                )
        return cls(plans_folder(workspace) / scheme / plan, f"{scheme}/{plan}")

    @classmethod
    def made(cls, workspace: Workspace, scheme: str, plan: str) -> PlanFolder:
        """The folder of a plan that was made; a ConfigurationError lists those there are."""
        found = cls.of(workspace, scheme, plan)
        if not found.root.is_dir():
            there = plan_names(workspace, scheme)
            zh, en = nearest(plan, there)
            raise ConfigurationError(
                zh=f"办法 {scheme} 没有计划 {plan}{zh or '，还没有任何计划'}；先运行 riskml plan make。",
                en=f"There is no plan {plan!r} of {scheme}{en or ', and no other'}; run 'riskml plan make' first.",
            )
        return found

    @property
    def published(self) -> Path:
        """What anybody may check it by."""
        return self.root / "published"

    @property
    def office(self) -> Path:
        """What stays in the office."""
        return self.root / "office"

    @property
    def lock(self) -> Path:
        """What whoever makes, commits to or draws the plan holds; beside its folder, which is replaced."""
        return self.root.with_name(f".{self.root.name}.lock")

    def content(self) -> dict[str, Any]:
        """What its plan.json says; a RunError where that is no JSON."""
        path = self.published / "plan.json"
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise RunError(
                zh=f"{path} 无法读取或已损坏；请从备份恢复，或重新运行 riskml plan make。",
                en=f"{path} cannot be read or is damaged: restore it from the backup, or run 'riskml plan make' again.",
            ) from error
        return found

    def committed(self) -> dict[str, bytes]:
        """The files that a commitment names; a RunError where one is missing."""
        try:
            return {name: (self.published / name).read_bytes() for name in COMMITTED}
        except OSError as error:
            raise RunError(
                zh=f"{error.filename} 无法读取；请从备份恢复，或重新运行 riskml plan make。",
                en=f"{error.filename} cannot be read; restore it from the backup, or run 'riskml plan make' again.",
            ) from error


def verifier_source() -> bytes:
    """The one file by which anybody draws again."""
    return Path(verifier.__file__).read_bytes()


def outcomes_of(folder: PlanFolder) -> list[dict[str, str]]:
    """The rows of a plan's `OUTCOMES`; none where nothing came of it yet."""
    path = folder.office / OUTCOMES
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))) if path.is_file() else []


def told_outcomes_of(folder: PlanFolder) -> list[dict[str, str]]:
    """The same, a RunError where nothing came of it yet."""
    if found := outcomes_of(folder):
        return found
    raise RunError(
        zh=f"计划 {folder.name} 还没有结果；先运行 riskml plan results。",
        en=f"The plan {folder.name} has no results; run 'riskml plan results' first.",
    )


def plans_folder(workspace: Workspace) -> Path:
    """Where all plans are."""
    return workspace.data / "plans"


def drawn_plans(workspace: Workspace) -> tuple[PlanFolder, ...]:
    """The plans that were drawn, of every scheme."""
    found = sorted(plans_folder(workspace).glob(f"*/*/published/{DRAW}"))
    return tuple(PlanFolder.of(workspace, path.parents[2].name, path.parents[1].name) for path in found)


def plan_names(workspace: Workspace, scheme: str) -> tuple[str, ...]:
    """The plans of a scheme that were made, in the order of their names."""
    found = (plans_folder(workspace) / scheme).glob("*/published/plan.json")
    return tuple(sorted(path.parents[1].name for path in found))


@dataclass(frozen=True)
class Steps:
    """What the ledger has of a plan: the digests of its commitments, and of its draw where it was drawn."""

    commitments: tuple[str, ...]
    draw: str | None


def steps_of(ledger: Ledger, name: str) -> Steps:
    """What the ledger has of a plan."""
    own = [line.content for line in ledger.lines("plan") if line.content["plan"] == name]
    commitments = tuple(str(one["digest"]) for one in own if one["step"] == "commitment")
    return Steps(commitments, next((str(one["digest"]) for one in own if one["step"] == "draw"), None))
