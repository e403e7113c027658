"""The commands as their help shows them."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from typer.testing import CliRunner, Result

from riskml.cli import app
from riskml.core.workspace import Workspace


def run(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(app, ["--workspace", str(workspace.root), *words])


def example(command: str) -> list[str]:
    shown = CliRunner().invoke(app, [command, "--help"]).stdout
    found = re.search(r"Example: riskml (.*)", shown)
    assert found is not None, shown
    return shlex.split(found[1])


@pytest.mark.parametrize("command", ["migration", "publish", "export", "monitor", "warnings"])
def test_the_example_in_the_help_works(workspace: Workspace, command: str) -> None:
    words = example(command)
    assert words[0] == command
    ran = run(workspace, *words)
    assert ran.exit_code == 0, ran.output


def test_migration_as_json(workspace: Workspace) -> None:
    ran = run(workspace, "migration", "--as-of", "2026-10-31", "--from", "2026-08-31", "--json")
    content = json.loads(ran.stdout)
    assert (content["from"], content["to"]) == ("2026-08-31", "2026-10-31")
    assert content["same_model"]
    assert sum(map(sum, content["matrix"]["counts"])) == 61
