"""riskml audit: what was done is on the log, an outsider checks it by one file, and the report has the checkpoint."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from small_runs import T, code, make_workspace
from typer.testing import CliRunner

from riskml.audit.keys import VARIABLE
from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.runs.score import score


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("audit") / "workspace")
    score(made, "yunnan", T, lambda *_: None)
    return made


def asked(workspace: Workspace, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["--workspace", str(workspace.root), *map(str, arguments)])


def run_verifier(path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(path), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={"RISKML_LANG": "en"}, check=False)


def test_every_question_about_an_enterprise_is_shown_with_who_asked_and_so_is_the_looking(workspace: Workspace) -> None:
    for command in ("explain", "future"):
        assert asked(workspace, command, code(14), "--as-of", T).exit_code == 0
    assert isinstance(asked(workspace, "explain", "nobody", "--as-of", T).exception, (RunError, ConfigurationError))
    shown = json.loads(asked(workspace, "audit", "show", "--enterprise", code(14), "--json").stdout)["entries"]
    assert [(one["kind"], one["content"]["what"], one["content"]["outcome"]) for one in shown] == [
        ("read", what, "done") for what in ("explain", "future")
    ]
    whole = json.loads(asked(workspace, "audit", "show", "--who", shown[0]["account"], "--json").stdout)["entries"]
    assert [(one["content"]["what"], one["content"]["outcome"]) for one in whole[-2:]] == [
        ("explain", "failed"), ("show", "done")
    ]  # fmt: skip
    assert json.loads(asked(workspace, "audit", "show", "--day", "2020-01-01", "--json").stdout) == {"entries": []}
    assert "future" in asked(workspace, "audit", "show").output


def test_the_report_has_the_checkpoints_by_which_the_log_is_checked_later(workspace: Workspace, tmp_path: Path) -> None:
    page = (workspace.runs / "yunnan" / str(T) / "report.en.html").read_text(encoding="utf-8")
    notes = re.findall(r'<pre class="scroll"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert page.count("<svg") >= 2 + page.count("riskml/ledger</title>")
    kept = [tmp_path / "ledger.checkpoint", tmp_path / "audit.checkpoint"]
    for path, note in zip(kept, notes, strict=True):
        path.write_text(html.unescape(note))
    assert asked(workspace, "audit", "checkpoint").exit_code == 0
    done = asked(workspace, "audit", "verify", "--since", kept[0], "--since", kept[1], "--json")
    assert done.exit_code == 0, done.exception
    entries = {one["log"]: one["entries"] for one in json.loads(done.stdout)["logs"]}
    assert entries["ledger"] == len(workspace.ledger.lines())
    kept[0].write_text(kept[0].read_text().replace("riskml/ledger", "other/ledger"))
    assert isinstance(asked(workspace, "audit", "verify", "--since", kept[0]).exception, ConfigurationError)
    assert "entries are those of its checkpoint" in " ".join(asked(workspace, "check").output.split())


def test_an_outsider_checks_a_signed_log_and_the_proof_of_one_line_by_one_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, verifier, kept = tmp_path / "key.pem", tmp_path / "verifier.py", tmp_path / "kept"
    public = asked(workspace, "audit", "key", "--to", key).stdout.splitlines()
    monkeypatch.setenv(VARIABLE, str(key))
    assert asked(workspace, "audit", "verifier", "--to", verifier).exit_code == 0
    assert "unsigned" not in asked(workspace, "audit", "checkpoint", "--to", kept).output
    assert (kept / "ledger.svg").read_text().startswith("<svg")
    proof, copied, since = tmp_path / "1.tlog-proof", tmp_path / "copy", tmp_path / "since.proof"
    workspace.ledger.append("receipt", {"of": "a test"})
    assert asked(workspace, "audit", "consistency", kept / "ledger.checkpoint", "--to", since).exit_code == 0
    leads = ("consistency", since, "--since", kept / "ledger.checkpoint")
    assert asked(workspace, "audit", "prove", 1, "--to", proof).exit_code == 0
    assert asked(workspace, "audit", "copy", "--to", copied).exit_code == 0
    for arguments in (("proof", proof), leads, ("log", copied, "--since", kept / "ledger.checkpoint")):
        done = run_verifier(verifier, *arguments, "--key", public[0])
        assert (done.returncode, done.stderr) == (0, "")
        assert run_verifier(verifier, *arguments, "--key", public[1]).returncode == 1
    other = kept / "audit.checkpoint"
    assert run_verifier(verifier, "consistency", since, "--since", other).returncode == 1
    since.write_text(since.read_text().replace("\n", "\n" + "A" * 43 + "=\n", 1))
    assert "does not lead on" in run_verifier(verifier, *leads).stderr
    assert "signed by riskml/ledger" in asked(workspace, "audit", "verify").output
    assert "no line 999" in str(asked(workspace, "audit", "prove", 999, "--to", proof).exception)


def test_where_a_grade_comes_from_is_checked_down_to_every_file(workspace: Workspace, tmp_path: Path) -> None:
    path, verifier = tmp_path / "grade.json", tmp_path / "verifier.py"
    asked(workspace, "audit", "verifier", "--to", verifier)
    assert asked(workspace, "audit", "grade", code(14), "--to", path).exit_code == 0
    assert "no enterprise nobody" in str(asked(workspace, "audit", "grade", "nobody", "--to", path).exception)
    held = json.loads(path.read_text())
    done = run_verifier(verifier, "grade", path, "--workspace", workspace.root)
    manifest = json.loads(held["manifest"])
    files = len(manifest["files"]) + len(manifest["carried"]) + len(manifest["reports"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{code(14)}: {held['rows']['grades'][0]['grade']} by yunnan as of {T}; ")
    assert int(re.findall(r"(\d+) files are those", done.stdout)[0]) > files  # the records too
    for wrong in (
        {**held, "manifest": held["manifest"].replace('"enterprises":', '"enterprises" :')},
        {**held, "rows": {"grades": []}},
        {**held, "proof": held["proof"].replace("index ", "index 1")},
        {"proof": held["proof"]},
    ):
        path.write_text(json.dumps(wrong))
        assert run_verifier(verifier, "grade", path).returncode == 1
    path.write_text(json.dumps(held))
    part = workspace.runs / "yunnan" / str(T) / next(iter(manifest["files"]))
    content = part.read_bytes()
    try:
        part.write_bytes(content[:-1])
        assert (
            f"{part.name} is missing, or is not"
            in run_verifier(verifier, "grade", path, "--workspace", workspace.root).stderr
        )
    finally:
        part.write_bytes(content)


def test_check_and_verify_name_what_was_altered(tmp_path: Path, workspace: Workspace) -> None:
    path = workspace.data / "audit.jsonl"
    held = path.read_bytes()
    try:
        path.write_bytes(held.replace(code(14).encode(), code(15).encode(), 1))
        for arguments in (["check"], ["audit", "verify"]):
            done = asked(workspace, *arguments)
            assert "audit.jsonl" in " ".join(done.output.split()) + str(done.exception)
            assert done.exit_code == 1
    finally:
        path.write_bytes(held)
    assert asked(workspace, "audit", "verify").exit_code == 0
