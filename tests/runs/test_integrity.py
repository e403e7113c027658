"""Whatever is altered by hand is refused by every command that rests on it, and named by check; what is broken harms
only itself.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import disturbed
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from decided import decide
from handmade import ROOT
from small_runs import BEFORE, MONTHS, T, code, make_bundle, make_workspace, put_in_use
from typer.testing import CliRunner

import riskml.runs.run
from riskml.cli import app
from riskml.core.errors import RiskmlError
from riskml.core.files import sha256
from riskml.core.hash_chain import _numbered, hash_of, line_bytes
from riskml.core.workspace import Workspace
from riskml.records.store import open_store
from riskml.runs.score import score

pytestmark = pytest.mark.long

RUN = f"runs/yunnan/{T}"
DECIDE = ["decide", code(15), "--rule", "serious_negative_effect", "--grade", "C", "--officer", "王某", "--reason",
    "复核", "--evidence", "O-15",
          "--decided", "2026-10-25", "--expires", "2027-01-01"]  # fmt: skip

COMMANDS: dict[str, tuple[list[str], set[str]]] = {
    "explain": (
        ["explain", code(14), "--as-of", str(T)],
        {"records", "run", "run parts", "carried policy", "carried model"},
    ),
    "score": (["score", "--as-of", str(T)], {"records", "model"}),
    "score --enterprise": (
        ["score", "--enterprise", code(14), "--as-of", "2026-11-01"],
        {"records", "run", "run parts"},
    ),
    "features": (["features", "--as-of", str(T), "--enterprise", code(14)], {"records"}),
    "train": (["train", "--as-of", str(T)], {"records"}),
    "train --trials": (["train", "--as-of", str(T), "--trials", "1"], {"records"}),
    "evaluate": (["evaluate"], {"records", "model"}),
    "ingest": (["ingest", "handmade", "--from", "inbox", "--received", "2026-11-01"], {"records"}),
    "decide": (DECIDE, {"records"}),
    "migration": (["migration", "--as-of", str(T)], {"records", "run", "run parts", "carried policy", "carried model"}),
    "export": (
        ["export", "--as-of", str(T), "--format", "csv"],
        {"records", "run", "run parts", "carried policy", "carried model"},
    ),
    "publish": (["publish", "--as-of", str(T)], {"run", "run parts", "carried policy"}),
    "warnings": (["warnings", "--as-of", str(T)], {"records", "run", "run parts", "carried policy", "carried model"}),
    "models": (["models", "--graded", f"{T:%Y-%m}"], {"run"}),
    "undo": (["undo"], set()),
    "ledger": (["ledger"], set()),
}
"""Command → its arguments, and what it rests on; every one rests on the ledger."""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three months published, with a decision in force; all in order."""
    made = make_workspace(tmp_path_factory.mktemp("integrity") / "workspace")
    training = (ROOT / "models" / "yunnan" / "training.yaml").read_text(encoding="utf-8")
    (made.models / "yunnan" / "training.yaml").write_text(training, encoding="utf-8")
    put_in_use(made, replace(make_bundle(), training_yaml=training))
    decide(
        made, "yunnan", enterprise_id=code(15), rule="serious_negative_effect", evidence=["O-15"], grade="D",
        officer="李某", reason="查实",
        decided_on=date(2026, 10, 20), expires_on=date(2027, 1, 15),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(riskml.runs.run, "write_report", disturbed.report)
        for day in MONTHS:
            score(made, "yunnan", day, disturbed.silent)
    ran = asked(made, "check")
    assert ran.exit_code == 0, ran.output
    return made


@pytest.fixture
def workspace(origin: Workspace, tmp_path: Path) -> Workspace:
    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(origin.root, copy.root)
    return copy


def asked(workspace: Workspace, *arguments: str) -> Result:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), *arguments])
    assert ran.exception is None or isinstance(ran.exception, (RiskmlError, SystemExit)), ran.exception
    return ran


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def remove_a_listing(workspace: Workspace) -> Path:
    (path,) = open_store(workspace.records).paths("serious_listing")
    rewrite(path, lambda table: table.filter(pc.not_equal(table["record_id"], "L-14")))
    return path


def remove_a_listing_with_its_hash(workspace: Workspace) -> Path:
    path, manifest = remove_a_listing(workspace), workspace.records / "manifest.json"
    name = str(path.relative_to(workspace.records))
    edit_json(manifest, lambda content: content["hashes"].update({name: sha256(path)}))
    return manifest


def change_the_model(workspace: Workspace) -> Path:
    path = workspace.bundle("yunnan") / "booster.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=1", 1))
    return path


def change_the_model_with_its_checksums(workspace: Workspace) -> Path:
    path, checksums = change_the_model(workspace), workspace.bundle("yunnan") / "checksums.json"
    edit_json(checksums, lambda content: content.update({path.name: sha256(path)}))
    return path.parent


def change_the_model_that_the_run_carries(workspace: Workspace) -> Path:
    path = workspace.root / RUN / "model" / "booster.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=1", 1))
    return path


def change_the_policy_that_the_run_carries(workspace: Workspace) -> Path:
    path = workspace.root / RUN / "policy" / "scheme.yaml"
    text = path.read_bytes().replace(b"effect: {fixed: D}", b"effect: {fixed: A}", 1)
    assert text != path.read_bytes()
    path.write_bytes(text)
    return path


def soften_a_grade(workspace: Workspace) -> Path:
    path = sorted((workspace.root / RUN / "grades").glob("*.parquet"))[0]
    mild = pa.scalar("A")
    rewrite(
        path,
        lambda table: table.set_column(
            table.schema.get_field_index("grade"), "grade", pa.array([mild.as_py()] * len(table))
        ),
    )
    return path


def soften_a_grade_with_its_manifest(workspace: Workspace) -> Path:
    path, manifest = soften_a_grade(workspace), workspace.root / RUN / "manifest.json"
    edit_json(manifest, lambda content: content["files"].update({f"grades/{path.name}": sha256(path)}))
    return manifest


def in_ledger(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Workspace], Path]:
    def alter(workspace: Workspace) -> Path:
        path = workspace.ledger.path
        path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))
        return path

    return alter


def invented(lines: list[bytes]) -> list[bytes]:
    """One more decision, with the right hash of the line before it."""
    (one,) = [json.loads(line)["content"] for line in lines if b'"decision"' in line]
    return [
        *lines,
        line_bytes(len(lines) + 1, hash_of(lines[-1]), "decision", {**one, "enterprise_id": code(14), "grade": "C"}),
    ]


def chained_anew(lines: list[bytes]) -> list[bytes]:
    """Another grade in the decision, and every hash after it redone."""
    found: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        rest = line.replace(b'"grade":"D"', b'"grade":"C"').split(b'"kind":"', 1)[1]
        found.append(_numbered(number, hash_of(found[-1]) if found else "0" * 64) + b'"kind":"' + rest)
    return found


def remove_the_ledger(workspace: Workspace) -> Path:
    workspace.ledger.path.unlink()
    return workspace.ledger.path


ALTERED: dict[str, tuple[Callable[[Workspace], Path], str]] = {
    "record file": (remove_a_listing, "records"),
    "record file and store manifest": (remove_a_listing_with_its_hash, "records"),
    "model bundle": (change_the_model, "model"),
    "model bundle and its checksums": (change_the_model_with_its_checksums, "model"),
    "model that the run carries": (change_the_model_that_the_run_carries, "carried model"),
    "policy that the run carries": (change_the_policy_that_the_run_carries, "carried policy"),
    "run's grades": (soften_a_grade, "run parts"),
    "run's grades and manifest": (soften_a_grade_with_its_manifest, "run"),
    "decision edited": (
        in_ledger(lambda lines: [line.replace(b'"grade":"D"', b'"grade":"C"') for line in lines]),
        "ledger",
    ),
    "decision edited, chain redone": (in_ledger(chained_anew), "ledger"),
    "decision invented": (in_ledger(invented), "ledger"),
    "promotion edited": (
        in_ledger(lambda lines: [line.replace(b'"kind":"promotion"', b'"kind":"policy"') for line in lines]),
        "ledger",
    ),
    "line removed": (in_ledger(lambda lines: lines[:2] + lines[3:]), "ledger"),
    "lines reordered": (in_ledger(lambda lines: [lines[1], lines[0], *lines[2:]]), "ledger"),
    "ledger truncated": (in_ledger(lambda lines: lines[:-2]), "ledger"),
    "ledger removed": (remove_the_ledger, "ledger"),
}


@pytest.mark.parametrize("thing", ALTERED)
def test_what_is_altered_is_refused_by_every_command_that_rests_on_it_and_named_by_check(
    workspace: Workspace, thing: str
) -> None:
    alter, kind = ALTERED[thing]
    path = alter(workspace)
    ran = asked(workspace, "check", "--json")
    named = [one["en"] for one in json.loads(ran.stdout)["findings"] if one["level"] == "error"]
    assert ran.exit_code == 1
    assert any(str(path) in en for en in named), named
    everything = {found.relative_to(workspace.root): found.read_bytes() for found in published_files(workspace)}
    for name, (arguments, rests_on) in COMMANDS.items():
        if kind in rests_on or kind == "ledger":
            arguments = [str(workspace.root / "inbox") if one == "inbox" else one for one in arguments]
            ran = asked(workspace, *arguments)
            assert isinstance(ran.exception, RiskmlError), f"{name} took the altered {thing}: {ran.output}"
            assert re.search("backup|Find out who|again", ran.exception.en), ran.exception.en
    assert {found.relative_to(workspace.root): found.read_bytes() for found in published_files(workspace)} == everything


def published_files(workspace: Workspace) -> list[Path]:
    return [
        path
        for path in [*workspace.runs.rglob("*"), *workspace.data.glob("ledger*")]
        if path.is_file() and path.suffix != ".lock"
    ]


def test_all_that_was_altered_is_named_not_only_the_first(workspace: Workspace) -> None:
    paths = [remove_a_listing(workspace), change_the_model(workspace), soften_a_grade(workspace)]
    in_ledger(lambda lines: lines[:-1])(workspace)
    ran = asked(workspace, "check", "--json")
    named = " ".join(one["en"] for one in json.loads(ran.stdout)["findings"] if one["level"] == "error")
    for path in (*paths, workspace.ledger.path):
        assert str(path) in named


def test_a_forged_run_is_not_taken_for_a_published_one(workspace: Workspace) -> None:
    forged = workspace.runs / "yunnan" / "2026-11-30"
    shutil.copytree(workspace.root / RUN, forged)
    edit_json(forged / "manifest.json", lambda content: content.update(as_of="2026-11-30"))
    assert "2026-10-31" in asked(workspace, "explain", code(14)).output
    assert "the ledger knows nothing of it" in str(
        asked(workspace, "export", "--as-of", "2026-11-30", "--format", "csv").exception
    )
    assert str(forged) in asked(workspace, "check").output


def folder_with(content: str | None) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        if content is not None:
            (path / "manifest.json").write_text(content, encoding="utf-8")

    return make


STRAY: dict[str, tuple[str, Callable[[Path], None]]] = {
    "no day": ("2026-13-45", folder_with("{}")),
    "a file": ("2026-11-30", Path.touch),
    "an empty folder": ("2026-11-30", folder_with(None)),
    "garbage": ("2026-11-30", folder_with("\0{[")),
    "a list": ("2026-11-30", folder_with("[]")),
    "nothing that is needed": ("2026-11-30", folder_with("{}")),
}


def reads_the_others(workspace: Workspace) -> None:
    for arguments in (
        ["explain", code(14)],
        ["export", "--as-of", str(T), "--format", "csv"],
        ["migration", "--as-of", str(T)],
        ["monitor"],
        ["warnings", "--as-of", str(T)],
        ["score", "--enterprise", code(14), "--as-of", "2026-11-01"],
    ):
        ran = asked(workspace, *arguments)
        assert ran.exit_code == 0, f"{arguments}: {ran.exception}"


@pytest.mark.parametrize("kind", STRAY)
def test_what_is_no_run_harms_no_run_and_is_named_by_check(workspace: Workspace, kind: str) -> None:
    name, make = STRAY[kind]
    path = workspace.runs / "yunnan" / name
    make(path)
    reads_the_others(workspace)
    ran = asked(workspace, "check")
    assert ran.exit_code == 1
    assert str(path) in ran.output


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "missing key": (
        lambda content: {name: value for name, value in content.items() if name != "grades"},
        "grades: is required",
    ),
    "wrong type": (lambda content: {**content, "enterprises": "many"}, "enterprises: should be a whole number"),
    "impossible date": (lambda content: {**content, "as_of": "2026-02-30"}, "as_of: should be a date"),
    "path that leaves the folder": (lambda content: {**content, "files": {"../../x.parquet": "0" * 64}}, "files"),
    "not an object": (lambda content: [content], "should be lines of"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_month_harms_only_itself_and_is_named_with_its_field(workspace: Workspace, kind: str) -> None:
    change, said = BROKEN[kind]
    path = workspace.runs / "yunnan" / str(MONTHS[0]) / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))), encoding="utf-8")
    reads_the_others(workspace)
    assert f"{path} is not valid" in asked(workspace, "monitor").stderr
    for told in (
        asked(workspace, "check").output,
        str(asked(workspace, "export", "--as-of", str(MONTHS[0]), "--format", "csv").exception),
    ):
        assert f"{path} is not valid" in told
        assert said in told


def test_a_run_goes_on_beside_a_broken_month_before_it(workspace: Workspace) -> None:
    (workspace.runs / "yunnan" / str(BEFORE) / "manifest.json").write_text("{")
    ran = asked(workspace, "score", "--as-of", str(T), "--json")
    assert ran.exit_code == 0, ran.exception


@pytest.mark.parametrize("gone", [shutil.rmtree, lambda path: path.rename(path.with_name(f"{path.name}.old"))])
def test_a_published_run_that_was_deleted_or_renamed_is_missed_by_every_reader(
    workspace: Workspace, gone: Callable[[Path], object]
) -> None:
    gone(workspace.root / RUN)
    ran = asked(workspace, "check")
    assert ran.exit_code == 1
    assert f"score --scheme yunnan --as-of {T}" in " ".join(ran.output.split())
    for arguments in (["explain", code(14)], ["explain", code(14), "--as-of", str(T)], ["warnings", "--as-of", str(T)],
                      ["migration", "--as-of", str(T)],
                      ["export", "--as-of", str(T), "--format", "csv"], ["models", "--graded", f"{T:%Y-%m}"],
                      ["score", "--enterprise", code(14), "--as-of", "2026-11-01"]):  # fmt: skip
        error = asked(workspace, *arguments).exception
        assert f"a published run as of {T}" in str(error), arguments
    ran = asked(workspace, "monitor")
    assert f"a published run as of {T}" in " ".join(ran.stderr.split())
    left_out = f"The run published as of {T} is missing or was altered, and is left out of this page"
    assert left_out in " ".join(ran.stdout.split())
    assert left_out in " ".join((workspace.runs / "yunnan" / "monitoring.html").read_text(encoding="utf-8").split())
    assert asked(workspace, "explain", code(14), "--as-of", str(BEFORE)).exit_code == 0


def test_the_ledger_is_shown_and_a_hash_that_was_noted_is_found_again(workspace: Workspace) -> None:
    lines = workspace.ledger.lines()
    shown = json.loads(asked(workspace, "ledger", "--json", "--holds", lines[2].hash).stdout)
    assert shown["last_hash"] == lines[-1].hash
    assert [line["kind"] for line in shown["lines"]] == [line.kind for line in lines]
    assert "--last" not in asked(workspace, "ledger", "--last", "2").output
    held = asked(workspace, "ledger", "--holds", lines[2].hash[:12])
    assert (held.exit_code, "The hash is that of line 3" in held.output) == (0, True)
    assert "at least the first 12" in str(asked(workspace, "ledger", "--holds", lines[2].hash[:11]).exception)
    in_ledger(chained_anew)(workspace)
    head = workspace.data / "ledger.head"
    head.write_text(json.dumps({"last": hash_of(workspace.ledger.path.read_bytes().splitlines()[-1]), "next": None}))
    assert asked(workspace, "ledger").exit_code == 0  # who can write everything can write the chain anew
    assert "was written anew" in str(asked(workspace, "ledger", "--holds", lines[-1].hash).exception)
