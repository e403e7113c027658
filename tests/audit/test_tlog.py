"""The tree over a chain's lines: taken over from what was there, grown, signed, and whole whenever it is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from riskml.audit import tlog
from riskml.audit.keys import Signer, make_key
from riskml.audit.tlog import MerkleLog
from riskml.audit.verifier import Checkpoint, is_consistent, leaf_hash, root_of
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.hash_chain import NOTHING_BEFORE, HashChain, hash_of, line_bytes


def lines_written(path: Path, number: int) -> list[bytes]:
    """A chain's file as an earlier version wrote it: its head has hashes alone."""
    lines, before = list[bytes](), NOTHING_BEFORE
    for at in range(1, number + 1):
        lines.append(line_bytes(at, before, "decision", {"number": at}))
        before = hash_of(lines[-1])
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    path.with_suffix(".head").write_text(f'{{"last":"{before}","next":null}}')
    return lines


@pytest.fixture
def log(tmp_path: Path) -> MerkleLog:
    lines_written(tmp_path / "ledger.jsonl", 600)
    return MerkleLog(HashChain(tmp_path / "ledger.jsonl", False), tmp_path / "tlog", "example.com/ledger")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return make_key(tmp_path_factory.mktemp("key") / "key.pem")


def test_an_earlier_ledger_is_taken_over_and_grows_on(log: MerkleLog, signer: Signer) -> None:
    first = log.checkpoint(signer)
    raw = log.chain.read()
    assert (first.size, first.root) == (600, root_of([leaf_hash(one) for one in raw]))
    assert sorted(path.name for path in (log.folder / "tile" / "0").rglob("*") if path.is_file()) == [
        "000",
        "001",
        "88",
    ]
    for number in range(250):
        log.chain.append("run", {"number": number})
    second = log.checkpoint(signer)
    assert (log.chain.read()[:600], second.size) == (raw, 850)
    assert sorted(path.name for path in (log.folder / "tile" / "0").rglob("*") if path.is_file()) == [
        "000", "001", "002", "82"
    ]  # fmt: skip
    second.require_signed(signer.key("example.com/ledger"))
    shown = tlog.Tree(log.folder, 850).consistency(600)
    assert is_consistent(600, first.root, 850, second.root, shown)
    checked = log.verify(signer.key("example.com/ledger"), [first])
    assert (checked.entries, checked.checkpoint) == (850, second)
    assert log.prove(600, signer).entry == raw[-1]


def test_without_a_key_a_checkpoint_is_unsigned(log: MerkleLog, signer: Signer) -> None:
    made = log.checkpoint(None)
    assert (made.signatures, made.note) == ((), made.text)
    with pytest.raises(RunError, match="no signature of"):
        log.verify(signer.key("example.com/ledger"))


def test_nothing_is_signed_that_the_last_checkpoint_does_not_lead_to(log: MerkleLog, signer: Signer) -> None:
    log.checkpoint(signer)
    lines_written(log.chain.path, 590)
    for folder in (log.folder, log.folder.with_name("again")):
        other = MerkleLog(log.chain, folder, log.origin)
        if folder != log.folder:  # the tree made anew, beside the checkpoint that is there
            folder.mkdir()
            (folder / "checkpoint").write_bytes((log.folder / "checkpoint").read_bytes())
        with pytest.raises(RunError, match=r"no longer begins with|were cut off|as it was written"):
            other.checkpoint(signer)


def test_a_log_of_nothing_has_the_root_of_nothing(tmp_path: Path) -> None:
    empty = MerkleLog(HashChain(tmp_path / "audit.jsonl"), tmp_path / "tlog", "example.com/audit")
    assert (empty.checkpoint(None).size, empty.verify(None).entries) == (0, 0)
    with pytest.raises(ConfigurationError, match="no line 1"):
        empty.prove(1, None)


def test_a_copy_is_whole_whoever_writes_meanwhile(log: MerkleLog, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    log.chain.append("run", {})
    with log.chain.path.open("ab") as file:
        file.write(b"half a li")  # of a writer who has said so in the head
    head = tlog.HashChain(log.chain.path)._head()
    log.chain._set_head(head.model_copy(update={"next": "0" * 64}))
    path, _ = log.chain.copy(tmp_path / "copy")
    assert HashChain(path).read() == log.chain.read()
    assert len(HashChain(path).read()) == 601


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = make_key(path)
    assert Signer.of_file(path).key("a") == made.key("a")
    with pytest.raises(ConfigurationError, match="not overwritten"):
        make_key(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Signer.of_file(path)
    path.write_text("no key")
    with pytest.raises(ConfigurationError, match="no Ed25519 key"):
        Signer.of_file(path)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_at_any_step_of_growing_the_next_checkpoint_is_the_same(
    log: MerkleLog, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    taken = 0

    def stop(path: Path, content: bytes) -> None:
        nonlocal taken
        taken += 1
        if taken == step:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[: len(content) // 2])
            raise Killed
        write(path, content)

    write = tlog.write_durably
    with monkeypatch.context() as patched:
        patched.setattr(tlog, "write_durably", stop)
        try:
            log.checkpoint(None)
        except Killed:
            pass
        else:
            assert step > taken
    assert log.checkpoint(None).root == root_of([leaf_hash(one) for one in log.chain.read()])
    log.verify(None)


WRITER = """
import sys, threading
from pathlib import Path
from riskml.audit.tlog import MerkleLog
from riskml.core.hash_chain import HashChain

chain = HashChain(Path(sys.argv[1]), reads_before_adding=False)
log = MerkleLog(chain, Path(sys.argv[1]).parent / "tlog", "example.com/audit")

def write(thread):
    for number in range(10**6):
        line = chain.append("read", {"thread": thread, "number": number})
        sys.stdout.write(f"{line.number} {line.hash}\\n")
        sys.stdout.flush()

for thread in range(8):
    threading.Thread(target=write, args=(thread,)).start()
while True:
    log.checkpoint(None)
"""


def test_killed_at_random_every_entry_that_was_reported_is_there_and_the_log_goes_on(tmp_path: Path) -> None:
    path, chance, reported = tmp_path / "audit.jsonl", random.Random(7), dict[int, str]()
    log = MerkleLog(HashChain(path, reads_before_adding=False), tmp_path / "tlog", "example.com/audit")
    last = Checkpoint.of(log.checkpoint(None).note)
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(chance.uniform(0.01, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
            said = [first, *writer.stdout.read().splitlines()]
        reported |= {int(number): hash_ for number, hash_ in (line.split() for line in said if len(line.strip()) > 65)}
        raw = log.chain.read()
        assert {number: hash_of(raw[number - 1]) for number in reported} == reported
        now = log.checkpoint(None)
        log.verify(None, [last])
        last = now
    assert last.size == len(log.chain.read()) >= 8
