"""Packages for the upper level: the same run gives the same bytes, and nothing that was changed passes."""

from __future__ import annotations

import csv
import grp
import gzip
import io
import json
import os
import runpy
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from small_runs import BEFORE, T, code
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.publication import verify
from riskml.publication.atomic_write import json_bytes
from riskml.publication.package_manifest import Manifest, package_id
from riskml.publication.push import Package, make_package, packages_folder
from riskml.publication.push_schema import TABLES, schema
from riskml.publication.receipts import record_receipt
from riskml.publication.verify import faults_of, read_manifest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def package(workspace: Workspace) -> Package:
    return make_package(workspace, "yunnan", T, None, lambda *_: None)


@pytest.fixture
def copy(package: Package, tmp_path: Path) -> Path:
    return shutil.copytree(package.folder, tmp_path / package.folder.name)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(package: Package, table: str) -> list[dict[str, str]]:
    texts = [gzip.decompress(path.read_bytes()).decode() for path in sorted((package.folder / table).iterdir())]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]


def test_a_package_says_what_the_run_says(workspace: Workspace, package: Package) -> None:
    run = workspace.runs / "yunnan" / "2026-10-31"
    published = pq.read_table(run / "grades").to_pylist()
    sent = {row["enterprise_id"]: row for row in rows(package, "grades")}
    assert len(sent) == len(published) == package.manifest.enterprises
    for one in published:
        row = sent[one["enterprise_id"]]
        assert (row["grade"], float(row["score"]), row["decided_by"], row["division"] or None) == (
            one["grade"], one["score"], one["decided_by"], one["division"],
        )  # fmt: skip
        assert row["pending"] == str(one["pending"]).lower()
    rules = {row["enterprise_id"]: row for row in rows(package, "rules")}
    assert (rules[code(15)]["article"], rules[code(15)]["grades"], rules[code(15)]["evidence_records"]) == (
        "15(3)",
        "C|D",
        "1",
    )
    assert len(rules) == pq.read_table(run / "rules").num_rows


def test_art5_a_package_carries_the_scheme_s_notice(package: Package) -> None:
    notice = json.loads((package.folder / "manifest.json").read_text(encoding="utf-8"))["notice"]
    assert "不向社会公开" in notice["zh"]
    assert "第五条" in notice["zh"]
    assert "Art. 5" in notice["en"]


def test_no_name_and_no_record_leaves_with_it(package: Package) -> None:
    everything = b"".join(
        gzip.decompress(content) for name, content in contents(package.folder).items() if name.endswith(".gz")
    )
    assert "有限公司".encode() not in everything
    assert b"O-15" not in everything


def test_pushing_a_run_twice_gives_the_same_id_and_bytes(
    workspace: Workspace, package: Package, tmp_path: Path
) -> None:
    before = contents(package.folder)
    again = make_package(workspace, "yunnan", T, tmp_path / "outbox", lambda *_: None)
    assert not again.made
    assert (again.folder, again.sha256) == (package.folder, package.sha256)
    assert contents(again.folder) == before
    shutil.rmtree(package.folder)
    anew = make_package(workspace, "yunnan", T, None, lambda *_: None)
    assert anew.made
    assert contents(anew.folder) == before == contents(tmp_path / "outbox" / package.folder.name)


def test_a_damaged_package_is_made_again(workspace: Workspace, package: Package) -> None:
    before = contents(package.folder)
    (package.folder / "grades" / "part-00000.csv.gz").write_bytes(b"")
    assert make_package(workspace, "yunnan", T, None, lambda *_: None).made
    assert contents(package.folder) == before


def test_other_runs_have_other_packages(workspace: Workspace, package: Package) -> None:
    other = make_package(workspace, "yunnan", BEFORE, None, lambda *_: None)
    assert other.manifest.package.startswith("yunnan-2026-09-30-")
    assert other.manifest.package[-16:] != package.manifest.package[-16:]


def test_an_untouched_package_passes(copy: Path) -> None:
    assert faults_of(copy) == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_anywhere_is_found(package: Package, copy: Path, data: st.DataObject) -> None:
    name, content = data.draw(st.sampled_from(sorted(contents(package.folder).items())))
    place, mask = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    flipped = bytearray(content)
    flipped[place] ^= mask
    (copy / name).write_bytes(flipped)
    try:
        assert faults_of(copy), (name, place)
    finally:
        (copy / name).write_bytes(content)


@pytest.mark.parametrize(
    "name", ["manifest.json", "schema.json", "grades/part-00000.csv.gz", "rules/part-00000.csv.gz"]
)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert any(name in fault.en for fault in faults_of(copy))


def test_a_file_too_many_is_named(copy: Path) -> None:
    (copy / "grades" / "part-00001.csv.gz").write_bytes(b"")
    assert ["not listed" in fault.en for fault in faults_of(copy)] == [True]


Edit = Callable[[list[dict[str, str]]], object]


def edited(copy: Path, table: str, edit: Edit) -> Path:
    """The package with other rows in a table and everything else made to fit: only the schema can object."""
    path = copy / table / "part-00000.csv.gz"
    changed = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode(), newline="")))
    edit(changed)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(changed[0]))
    writer.writeheader()
    writer.writerows(changed)
    content = text.getvalue().encode()
    packed = gzip.compress(content, mtime=0)
    path.write_bytes(packed)
    manifest = read_manifest(copy)
    assert isinstance(manifest, Manifest)
    files = tuple(
        file.model_copy(update={
            "rows": len(changed), "bytes": len(packed), "sha256": sha256(packed).hexdigest(),
            "content_sha256": sha256(content).hexdigest(),
        }) if file.table == table else file
        for file in manifest.files
    )  # fmt: skip
    manifest = manifest.model_copy(update={"files": files})
    manifest = manifest.model_copy(update={"package": package_id(manifest)})
    (copy / "manifest.json").write_bytes(json_bytes(manifest.to_dict()))
    return copy.rename(copy.with_name(manifest.package))


@pytest.mark.parametrize(
    ("table", "edit", "said"),
    [
        ("grades", lambda rows: rows[0].update(grade="E"), "grade 'E'"),
        ("grades", lambda rows: rows[0].update(score="high"), "score 'high'"),
        ("grades", lambda rows: rows[0].update(score="nan"), "score 'nan'"),
        ("grades", lambda rows: rows[0].update(pending="maybe"), "pending 'maybe'"),
        ("grades", lambda rows: rows[0].update(enterprise_id=""), "enterprise_id ''"),
        ("grades", lambda rows: rows[0].update(as_of="2026-10-30"), "as_of '2026-10-30'"),
        ("grades", lambda rows: rows[1].update(enterprise_id=rows[0]["enterprise_id"]), "there twice"),
        ("grades", lambda rows: rows.pop(), "enterprises"),
        ("rules", lambda rows: rows[0].update(effect="unknown"), "effect 'unknown'"),
        ("rules", lambda rows: rows[0].update(evidence_records="1.5"), "evidence_records '1.5'"),
        ("rules", lambda rows: rows[0].update(grades="C|X"), "grades 'C|X'"),
        ("rules", lambda rows: rows[0].update(enterprise_id="nobody"), "not in grades"),
    ],
)
def test_a_value_that_the_schema_does_not_allow_is_named(copy: Path, table: str, edit: Edit, said: str) -> None:
    found = faults_of(edited(copy, table, edit))
    assert any(said in fault.en for fault in found), found


def test_another_version_of_the_schema_is_not_guessed_at(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 2', '"version": 3'), encoding="utf-8")
    assert [fault.en for fault in faults_of(copy)] == [
        "manifest.json: the schema is riskml-push version 3; this program knows riskml-push version 2"
    ]


def test_a_path_that_leaves_the_package_is_refused(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace("grades/part-00000.csv.gz", "../part-00000.csv.gz"), encoding="utf-8"
    )
    (fault,) = faults_of(copy)
    assert "files (item 1).path" in fault.en


def receipt(package: Package, /, **changed: Any) -> dict[str, Any]:
    return {
        "package": package.manifest.package, "manifest_sha256": package.sha256, "receiver": "国家市场监督管理总局",
        "received_at": "2026-11-02T09:30:00+08:00", "accepted_rows": package.manifest.rows(), "rejected": [], **changed,
    }  # fmt: skip


def written(tmp_path: Path, content: dict[str, Any]) -> Path:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_receipt_is_recorded_once_and_nothing_before_it_changes(
    workspace: Workspace, package: Package, tmp_path: Path
) -> None:
    packages = packages_folder(workspace, "yunnan")
    first = record_receipt(workspace.ledger, packages, written(tmp_path, receipt(package)))
    assert (first.new, first.receipt.status) == (True, "accepted")
    log = workspace.ledger.path.read_text(encoding="utf-8")
    assert not record_receipt(workspace.ledger, packages, written(tmp_path, receipt(package))).new
    assert workspace.ledger.path.read_text(encoding="utf-8") == log
    accepted = {**package.manifest.rows(), "grades": package.manifest.enterprises - 1}
    rejected = [{"table": "grades", "enterprise_id": code(1), "reason": "代码不在登记库"}]
    second = record_receipt(
        workspace.ledger, packages, written(tmp_path, receipt(package, accepted_rows=accepted, rejected=rejected))
    )
    assert (second.new, second.receipt.status) == (True, "partly")
    lines = workspace.ledger.path.read_text(encoding="utf-8")
    assert lines.startswith(log)
    assert json.loads(lines.splitlines()[-1])["content"]["receipt"]["rejected"][0]["reason"] == "代码不在登记库"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"package": "yunnan-2026-10-31-0123456789abcdef"}, "not sent from here"),
        ({"package": "../../../etc-2026-10-31-0123456789abcdef"}, "not a valid receipt: package"),
        ({"manifest_sha256": "0" * 64}, "another package arrived"),
        ({"accepted_rows": {"grades": 1, "rules": 1}}, "grades: 1 rows accepted and 0 rejected"),
        ({"received_at": "2026-11-02T09:30:00"}, "received_at"),
        ({"receiver": " "}, "receiver"),
        ({"remark": "ok"}, "remark"),
    ],
)
def test_a_receipt_that_does_not_fit_is_refused(
    workspace: Workspace, package: Package, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    packages = packages_folder(workspace, "yunnan")
    before = contents(packages), workspace.ledger.last_hash()
    with pytest.raises(RunError, match=said):
        record_receipt(workspace.ledger, packages, written(tmp_path, receipt(package, **changed)))
    assert (contents(packages), workspace.ledger.last_hash()) == before


@pytest.mark.parametrize(
    "rejected",
    [
        [{"table": "grades", "enterprise_id": "nobody", "reason": "?"}],
        [{"table": "rules", "enterprise_id": code(1), "rule": "blacklisted", "reason": "?"}],
        [{"table": "grades", "enterprise_id": code(1), "reason": "?"}] * 2,
    ],
)
def test_only_rows_that_were_sent_can_be_rejected(
    workspace: Workspace, package: Package, tmp_path: Path, rejected: list[dict[str, Any]]
) -> None:
    accepted = package.manifest.rows()
    accepted[rejected[0]["table"]] -= len(rejected)
    with pytest.raises(RunError):
        record_receipt(
            workspace.ledger,
            packages_folder(workspace, "yunnan"),
            written(tmp_path, receipt(package, accepted_rows=accepted, rejected=rejected)),
        )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_documented_receipt_is_one(workspace: Workspace, package: Package, tmp_path: Path, language: str) -> None:
    example = runpy.run_path(str(DOCS / "make_push_schema.py"))["RECEIPTS"][language]
    mine = {**example, "package": package.manifest.package, "manifest_sha256": package.sha256}
    mine["rejected"] = [{**mine["rejected"][0], "enterprise_id": code(2)}]
    mine["accepted_rows"] = {**package.manifest.rows(), "grades": package.manifest.enterprises - 1}
    assert record_receipt(workspace.ledger, packages_folder(workspace, "yunnan"), written(tmp_path, mine)).new


def test_schema_json_and_the_page_are_what_the_code_says(package: Package) -> None:
    assert json.loads((package.folder / "schema.json").read_text(encoding="utf-8")) == schema()
    for table in TABLES:
        assert list(rows(package, table.name)[0]) == table.columns
    made = runpy.run_path(str(DOCS / "make_push_schema.py"))["push_schema_page"]
    for language in ("zh", "en"):
        page = (DOCS / language / "push-schema.md").read_text(encoding="utf-8")
        assert page == made(language), "run: python docs/make_push_schema.py"


def test_verification_needs_no_workspace_and_ends_with_1_where_something_is_wrong(copy: Path) -> None:
    good = CliRunner().invoke(app, ["publish", "--verify", str(copy)])
    assert good.exit_code == 0
    (copy / "schema.json").write_text("{}")
    bad = CliRunner().invoke(app, ["publish", "--verify", str(copy), "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["valid"] is False


@pytest.mark.parametrize("words", [[], ["--as-of", "2026-10-31", "--verify", "."], ["--verify", ".", "--to", "x"]])
def test_exactly_one_thing_is_asked_for(words: list[str]) -> None:
    assert isinstance(CliRunner().invoke(app, ["publish", *words]).exception, ConfigurationError)


def modes(folder: Path) -> set[tuple[str, int]]:
    return {("d" if path.is_dir() else "f", path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}


def test_a_transport_account_reads_the_copy_and_nothing_else(workspace: Workspace, tmp_path: Path) -> None:
    group, to, before = grp.getgrgid(os.getgid()).gr_name, tmp_path / "new" / "outbox", os.umask(0o077)
    try:
        package = make_package(workspace, "yunnan", T, to, lambda *_: None, group=group)
        own = make_package(workspace, "yunnan", BEFORE, tmp_path / "own", lambda *_: None)
    finally:
        os.umask(before)
    copy = to / package.folder.name
    assert modes(copy) == {("d", 0o750), ("f", 0o640)}
    assert {path.stat().st_gid for path in (to, copy, *copy.rglob("*"))} == {os.getgid()}
    assert to.stat().st_mode & 0o777 == 0o750
    assert faults_of(copy) == ()
    assert modes(tmp_path / "own" / own.folder.name) == {("d", 0o700), ("f", 0o600)}


def test_a_group_that_is_not_there_is_refused_before_any_work(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no group 'nobody-has-it'"):
        make_package(workspace, "yunnan", T, tmp_path / "outbox", lambda *_: None, group="nobody-has-it")
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b'{"package": "a", "package": "b"}', b'{"a": NaN}', b"\xff\xfe{}", b"9" * 5000]
)
def test_json_from_elsewhere_that_is_none_is_refused_in_words(
    workspace: Workspace, package: Package, copy: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "receipt.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"receipt\.json"):
        record_receipt(workspace.ledger, package.folder.parent, tmp_path / "receipt.json")
    (copy / "manifest.json").write_bytes(content)
    (fault,) = faults_of(copy)
    assert "manifest.json" in fault.en


def test_a_part_that_unpacks_without_end_is_not_unpacked(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_UNPACKED", 1000)
    assert any("more than 1,000 bytes unpacked" in fault.en for fault in faults_of(copy))
