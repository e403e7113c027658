"""What is done to a log is noticed by the one file that needs Python alone, as an outsider would run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from riskml.audit import verifier
from riskml.audit.entries import Event, record
from riskml.audit.keys import Signer, make_key
from riskml.audit.logs import log_of, reads_chain
from riskml.audit.verifier import key_text, leaf_hash, root_of, tiles_of
from riskml.core.hash_chain import hash_of, line_bytes
from riskml.core.workspace import Workspace

FIRST, ALL = 290, 300


@dataclass(frozen=True)
class Held:
    """What an outsider has: the log, the public key, and a checkpoint from earlier."""

    folder: Path
    entries: Path
    key: str
    earlier: Path
    signer: Signer


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The verifier, by a Python that has neither riskml nor anything else that was installed."""
    command = [sys.executable, "-I", "-S", verifier.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={"RISKML_LANG": "en"}, check=False)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Held:
    root = tmp_path_factory.mktemp("verified")
    workspace = Workspace(root / "workspace")
    workspace.data.mkdir(parents=True)
    signer, log = make_key(root / "key.pem"), log_of(workspace, "audit")
    for number in range(FIRST):
        record(workspace, Event("read", "explain", str(number)))
    earlier = root / "earlier.checkpoint"
    earlier.write_text(log.checkpoint(signer).note)
    for number in range(FIRST, ALL):
        record(workspace, Event("read", "explain", str(number)))
    log.checkpoint(signer)
    log.copy(root / "copy", signer)
    (root / "200.tlog-proof").write_text(log.prove(200, signer).written)
    key = signer.key(log.origin)
    return Held(log.folder, reads_chain(workspace).path, key_text(key.name, key.public), earlier, signer)


@pytest.fixture
def held(origin: Held, tmp_path: Path) -> Held:
    """A copy that a test may alter."""
    shutil.copytree(origin.entries.parent, tmp_path / "data")
    shutil.copytree(origin.folder.parents[2].with_name("copy"), tmp_path / "copy")
    return Held(
        tmp_path / "data" / "tlog" / "audit",
        tmp_path / "data" / "audit.jsonl",
        origin.key,
        origin.earlier,
        origin.signer,
    )


def check(held: Held, *more: object) -> subprocess.CompletedProcess[str]:
    return run("log", held.folder, "--entries", held.entries, "--key", held.key, *more)


def test_a_log_that_is_as_it_was_written_passes(held: Held) -> None:
    done = check(held, "--since", held.earlier)
    assert (done.returncode, done.stdout) == (
        0,
        "riskml/audit: 300 entries are those of the checkpoint; signed by riskml/audit\n",
    )
    done = run("log", held.folder.parents[2] / "copy", "--key", held.key, "--since", held.earlier)
    assert (done.returncode, done.stderr) == (0, "")


def chained(lines: list[bytes]) -> list[bytes]:
    """Lines with every number and hash redone, as somebody would who knows how they are made."""
    found, before = list[bytes](), "0" * 64
    for number, line in enumerate(lines, start=1):
        found.append(b'{"number":%d,"before":"%s","kind"' % (number, before.encode()) + line.split(b'"kind"', 1)[1])
        before = hash_of(found[-1])
    return found


EDITS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "edited": lambda lines: [*lines[:99], lines[99].replace(b'"99"', b'"77"'), *lines[100:]],
    "last edited": lambda lines: [*lines[:-1], lines[-1].replace(b'"299"', b'"77"')],
    "removed": lambda lines: lines[:99] + lines[100:],
    "first removed": lambda lines: lines[1:],
    "truncated": lambda lines: lines[:250],
    "last removed": lambda lines: lines[:-1],
    "reordered": lambda lines: [*lines[:10], lines[11], lines[10], *lines[12:]],
    "doubled": lambda lines: [*lines[:10], lines[9], *lines[10:]],
    "one of somebody else's": lambda lines: [
        *lines[:-1], line_bytes(300, hash_of(lines[298]), "read", {"enterprise": "X"})
    ],
}  # fmt: skip


@pytest.mark.parametrize(("redone", "with_tree"), [(False, False), (True, False), (True, True)],
                         ids=["", "and the chain redone", "and the tree made anew too"])  # fmt: skip
@pytest.mark.parametrize("edit", EDITS)
def test_whatever_is_done_to_the_entries_is_noticed(held: Held, edit: str, redone: bool, with_tree: bool) -> None:
    """With the tree and its checkpoint made anew too, whoever holds the key or an earlier checkpoint notices."""
    lines = EDITS[edit](held.entries.read_bytes().splitlines())
    lines = chained(lines) if redone else lines
    held.entries.write_bytes(b"".join(line + b"\n" for line in lines))
    if redone:
        held.entries.with_suffix(".head").write_text(json.dumps({"last": hash_of(lines[-1]), "next": None}))
    if with_tree:
        shutil.rmtree(held.folder / "tile")
        leaves = [leaf_hash(line) for line in lines]
        for level, index, hashes in tiles_of(leaves):
            path = held.folder / verifier.tile_path(level, index, len(hashes) // 32)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(hashes)
        made = verifier.Checkpoint("riskml/audit", len(lines), root_of(leaves), "")
        signature = (held.folder / "checkpoint").read_text().split("\n\n")[1]
        (held.folder / "checkpoint").write_text(f"{made.text}\n{signature}")
    done = check(held)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Not as written: ")


@pytest.mark.parametrize(
    "edit", [name for name in EDITS if name not in ("last edited", "last removed", "one of somebody else's")]
)
def test_signed_anew_it_is_still_not_what_an_earlier_checkpoint_has(held: Held, edit: str) -> None:
    """Even by the key itself a log that began otherwise cannot be made to lead on from what somebody kept."""
    lines = chained(EDITS[edit](held.entries.read_bytes().splitlines()))
    held.entries.write_bytes(b"".join(line + b"\n" for line in lines))
    held.entries.with_suffix(".head").write_text(json.dumps({"last": hash_of(lines[-1]), "next": None}))
    shutil.rmtree(held.folder)
    workspace = held.entries.parents[1]
    log_of(Workspace(workspace), "audit").checkpoint(held.signer)
    assert check(held).returncode == 0
    done = check(held, "--since", held.earlier)
    assert done.returncode == 1
    assert "the earlier checkpoint" in done.stderr or "the root of the first 290 entries" in done.stderr


def other_byte(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("part", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"])
def test_a_tile_that_is_changed_or_gone_is_named(held: Held, part: str) -> None:
    other_byte(held.folder / part, 3)
    assert f"{part} is not of the entries" in check(held).stderr
    (held.folder / part).unlink()
    assert f"{part.split('.p')[0]} is missing" in check(held).stderr


def test_a_bundle_and_a_proof_that_are_changed_are_noticed(held: Held, origin: Held, tmp_path: Path) -> None:
    copied = held.folder.parents[2] / "copy"
    other_byte(copied / "tile" / "entries" / "000", 200)
    done = run("log", copied, "--key", held.key)
    assert (done.returncode, "first at entry 1:" in done.stderr) == (1, True)
    proof = (origin.folder.parents[3] / "200.tlog-proof").read_text()
    path = tmp_path / "a.tlog-proof"
    path.write_text(proof)
    done = run("proof", path, "--key", held.key)
    assert (done.returncode, '"enterprise":"199"' in done.stdout) == (0, True)
    lines = proof.split("\n")
    for wrong in (
        proof.replace("index 199", "index 198"),
        "\n".join([*lines[:3], *lines[4:]]),
        "\n".join([lines[0], lines[1].replace("eyJ", "eyK", 1), *lines[2:]]),
        proof.replace("\n300\n", "\n299\n"),
    ):
        assert wrong != proof
        path.write_text(wrong)
        assert run("proof", path, "--key", held.key).returncode == 1


def test_a_signature_of_another_key_is_none(held: Held, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other.pem").key("riskml/audit")
    done = run("log", held.folder, "--entries", held.entries, "--key", key_text(other.name, other.public))
    assert (done.returncode, "has no signature of riskml/audit" in done.stderr) == (1, True)
    other_byte(held.folder / "checkpoint", 0)
    assert check(held).returncode == 1


def test_it_needs_nothing_but_python() -> None:
    assert "import riskml" not in (text := Path(verifier.__file__).read_text("utf-8"))
    assert "from riskml" not in text
    assert run("--help").returncode == 0
