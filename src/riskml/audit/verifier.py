"""Check a log of riskml, a proof, or a grade: by this one file and Python's own library, on any machine.

``python3 verifier.py log FOLDER --entries FILE --key KEY --since CHECKPOINT`` (see ``--help``). It ends with 0 where
all is as it was written, with 1 where something is not, and says what. What it checks by is public: Merkle trees of RFC
6962, tiles, checkpoints, notes and proofs of C2SP (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof), Ed25519 of
RFC 8032. riskml itself computes and checks its trees by the functions of this file: there is no second way.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WIDTH = 256
"""How many hashes a full tile has."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

PROOF = "c2sp.org/tlog-proof@v1"
"""The first line of an inclusion proof."""

GRADE_PROOF = "riskml grade proof 1"
"""What the proof of a grade says that it is."""

_SIGNATURE = "— "
"""How the line of a signature begins."""

_MOST_SIGNATURES = 100

ED25519 = b"\x01"
"""What stands before an Ed25519 public key, in keys and their ids."""


class NotAsWrittenError(Exception):
    """What is checked is not what was written, or is no such thing at all; the same sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en


# Trees.


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root of the tree over some leaves, or over subtrees of one size.

    >>> root_of([]) == EMPTY_ROOT, root_of([b"a" * 32]) == b"a" * 32
    (True, True)
    """
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = above + level[len(above) * 2 :]  # one that is left over goes up as it is
    return level[0]


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `size` leaves that has `leaf` at `index`, by an inclusion proof (RFC 9162, 2.1.3.2); None
    where the proof is none of such a tree.
    """
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = node_hash(one, found)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree with `root` begins with the `old` leaves of the one with `old_root` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            first, second = node_hash(one, first), node_hash(one, second)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, one)
        at, last = at >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, root)


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile is, below the folder of a log; `level` is ``entries`` for a bundle of entries.

    >>> tile_path(0, 1234067), tile_path(1, 5, 17), tile_path("entries", 0)
    ('tile/0/x001/x234/067', 'tile/1/005.p/17', 'tile/entries/000')
    """
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{one}" for one in groups[:-1]), groups[-1]])
    return f"tile/{level}/{place}" + ("" if width == WIDTH else f".p/{width}")


def tiles_of(leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Every tile of a tree: its level, its index, and its hashes one after the other."""
    level, hashes = 0, list(leaves)
    while hashes:
        for at in range(0, len(hashes), WIDTH):
            yield level, at // WIDTH, b"".join(hashes[at : at + WIDTH])
        full = len(hashes) // WIDTH * WIDTH
        hashes = [root_of(hashes[at : at + WIDTH]) for at in range(0, full, WIDTH)]
        level += 1


def bundle_of(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle has them, each after its length; an OverflowError where one is longer than 65,535 bytes."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def entries_in(bundle: bytes) -> list[bytes]:
    """The entries of a bundle."""
    found, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        found.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(bundle):
        raise NotAsWrittenError("条目包在中途断开", "a bundle of entries ends in the middle of one")
    return found


# Signatures.

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]


def _added(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while number:
        if number % 2:
            found = _added(found, point)
        point, number = _added(point, point), number >> 1
    return found


def _point_in(encoded: bytes) -> _Point | None:
    """The point that 32 bytes stand for; None where they stand for none."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= _P:
        return None
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(squared, (_P + 3) // 8, _P)
    if (x * x - squared) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - squared) % _P or (x == 0 and sign):
        return None
    if x % 2 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE = _point_in((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) of a message is by the key with a public part (32 bytes; RFC 8032,
    5.1.7).
    """
    if len(public_key) != 32 or len(signature) != 64 or _BASE is None:
        return False
    key, nonce, factor = _point_in(public_key), _point_in(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or factor >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % _ORDER
    left, right = _times(factor, _BASE), _added(nonce, _times(challenge, key))
    return not (left[0] * right[2] - right[0] * left[2]) % _P and not (left[1] * right[2] - right[1] * left[2]) % _P


def key_id(name: str, public_key: bytes) -> bytes:
    """The four bytes that a note has for an Ed25519 key of a name (signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def key_text(name: str, public_key: bytes) -> str:
    """A public key as it is given to whoever checks: name, id, and key."""
    return f"{name}+{key_id(name, public_key).hex()}+{base64.b64encode(ED25519 + public_key).decode()}"


@dataclass(frozen=True)
class Key:
    """A public key, and the name that it signs in."""

    name: str
    public: bytes

    @classmethod
    def of(cls, text: str) -> Key:
        """The key that `key_text` gives; raises `NotAsWrittenError` where it is none."""
        name, _, rest = text.strip().partition("+")
        number, _, encoded = rest.partition("+")
        public = _decoded(encoded)
        if public is None or len(public) != 33 or public[:1] != ED25519:
            raise NotAsWrittenError(f"{text.strip()} 不是公钥", f"{text.strip()} is no public key")
        if key_id(name, public[1:]).hex() != number:
            raise NotAsWrittenError(f"公钥 {name} 的编号不符", f"the id of the key {name} is not its own")
        return cls(name, public[1:])


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


# Checkpoints and proofs.


@dataclass(frozen=True)
class Checkpoint:
    """How long a log was, and the root of its tree.

    Parameters
    ----------
    note
        The whole text, with its signatures.
    signatures
        The name of each, and its key's id with the signature.
    """

    origin: str
    size: int
    root: bytes
    note: str
    signatures: tuple[tuple[str, bytes], ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def of(cls, note: str) -> Checkpoint:
        """The checkpoint that a text is; raises `NotAsWrittenError` where it is none."""
        text, _, signed = note.rpartition("\n\n") if f"\n\n{_SIGNATURE}" in note else (note, "", "")
        lines = text.strip("\n").split("\n")
        root = _decoded(lines[2]) if len(lines) == 3 else None
        if root is None or len(root) != 32 or not lines[0] or not _is_number(lines[1]):
            raise NotAsWrittenError(
                "不是检查点：应为名称、条数、根三行，其后是签名",
                "this is no checkpoint: it should have lines of a name, a size and a root, and signatures after them",
            )
        found = []
        for line in signed.splitlines()[:_MOST_SIGNATURES]:
            name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
            signature = _decoded(encoded)
            if not line.startswith(_SIGNATURE) or signature is None or len(signature) < 5:
                raise NotAsWrittenError("检查点的签名行不正确", "a signature of the checkpoint is none")
            found.append((name, signature))
        return cls(lines[0], int(lines[1]), root, note, tuple(found))

    def require_signed(self, key: Key) -> None:
        """Raise `NotAsWrittenError` unless it is signed by a key."""
        own = [one[4:] for name, one in self.signatures if (name, one[:4]) == (key.name, key_id(key.name, key.public))]
        if not own:
            raise NotAsWrittenError(f"检查点没有 {key.name} 的签名", f"the checkpoint has no signature of {key.name}")
        if not all(is_signed(key.public, one, self.text.encode()) for one in own):
            raise NotAsWrittenError(
                f"检查点上 {key.name} 的签名是错的：它被改动过",
                f"the signature of {key.name} on the checkpoint is wrong: it was changed",
            )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text)) == text


@dataclass(frozen=True)
class Proof:
    """That an entry is in a log: its index, the hashes beside its path to the root, and a checkpoint with that root."""

    entry: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def written(self) -> str:
        """The text of it (tlog-proof); the entry is its extra data."""
        lines = [PROOF, f"extra {base64.b64encode(self.entry).decode()}", f"index {self.index}"]
        return "\n".join([*lines, *(base64.b64encode(one).decode() for one in self.hashes), "", self.checkpoint.note])

    @classmethod
    def of(cls, text: str) -> Proof:
        """The proof that a text is, seen to hold; raises `NotAsWrittenError` where it does not."""
        head, _, note = text.partition("\n\n")
        first, extra, index, *hashes = [*head.split("\n"), "", "", ""][: max(3, head.count("\n") + 1)]
        entry, decoded = _decoded(extra.removeprefix("extra ")), [_decoded(one) for one in hashes]
        number = index.removeprefix("index ")
        if first != PROOF or entry is None or not _is_number(number) or None in decoded:
            raise NotAsWrittenError(f"不是 {PROOF} 的证明", f"this is no {PROOF}")
        found = cls(entry, int(number), tuple(one for one in decoded if one is not None), Checkpoint.of(note))
        if (
            root_by_inclusion(leaf_hash(entry), found.index, found.checkpoint.size, found.hashes)
            != found.checkpoint.root
        ):
            raise NotAsWrittenError(
                f"条目 {found.index + 1} 不在检查点所指的日志中：条目或证明被改动过",
                f"entry {found.index + 1} is not in the log of the checkpoint: it or its proof was changed",
            )
        return found


@dataclass(frozen=True)
class Consistency:
    """That the log of a checkpoint begins with what one of its first `old` entries had."""

    old: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def written(self) -> str:
        """The text of it, as C2SP's tlog-witness has it."""
        return "\n".join(
            [f"old {self.old}", *(base64.b64encode(one).decode() for one in self.hashes), "", self.checkpoint.note]
        )

    @classmethod
    def of(cls, text: str) -> Consistency:
        """The proof that a text is; raises `NotAsWrittenError` where it is none."""
        head, _, note = text.partition("\n\n")
        old, *hashes = head.split("\n")
        decoded, number = [_decoded(one) for one in hashes], old.removeprefix("old ")
        if not old.startswith("old ") or not _is_number(number) or None in decoded:
            raise NotAsWrittenError("不是一致性证明", "this is no proof of consistency")
        return cls(int(number), tuple(one for one in decoded if one is not None), Checkpoint.of(note))

    def require(self, earlier: Checkpoint) -> None:
        """Raise `NotAsWrittenError` unless its log begins with what an earlier checkpoint has."""
        now = self.checkpoint
        same = (earlier.origin, earlier.size) == (now.origin, self.old)
        if not same or not is_consistent(self.old, earlier.root, now.size, now.root, self.hashes):
            raise NotAsWrittenError(
                f"检查点（{now.size} 条）不是接着较早的检查点（{earlier.size} 条）的：日志被改动或截短，或证明不是它的",
                f"the checkpoint ({now.size} entries) does not lead on from the earlier one ({earlier.size} entries): "
                "the log was changed or cut, or the proof is of another",
            )


# Whole logs.


@dataclass(frozen=True)
class Checked:
    """A log that is as it was written.

    Parameters
    ----------
    entries
        How many there are; those beyond the checkpoint's size no checkpoint covers yet.
    """

    checkpoint: Checkpoint
    entries: int


def check_log(
    folder: Path, entries: Iterable[bytes], key: Key | None = None, since: Sequence[Checkpoint] = ()
) -> Checked:
    """Compare a log's entries with its tiles, these with its checkpoint, and that with earlier ones.

    Parameters
    ----------
    folder
        With ``checkpoint`` and ``tile``.
    key
        Whose signature the checkpoints should have.

    Raises
    ------
    NotAsWrittenError
        Saying what differs.
    """
    checkpoint = read_checkpoint(folder / "checkpoint")
    leaves = [leaf_hash(one) for one in entries]
    if len(leaves) < checkpoint.size:
        raise NotAsWrittenError(
            f"检查点有 {checkpoint.size} 条，现在只剩 {len(leaves)} 条：末尾被截去",
            f"the checkpoint has {checkpoint.size} entries and {len(leaves)} are left: the end was cut off",
        )
    _check_tiles(folder, leaves[: checkpoint.size])
    for one in (*since, checkpoint):
        if key is not None:
            one.require_signed(key)
        if one.origin != checkpoint.origin or one.size > checkpoint.size:
            raise NotAsWrittenError(
                f"较早的检查点（{one.origin}，{one.size} 条）不是这份日志的，或日志此后被截短",
                f"the earlier checkpoint ({one.origin}, {one.size} entries) is none of this log, or the log was cut "
                "since",
            )
        if root_of(leaves[: one.size]) != one.root:
            raise NotAsWrittenError(
                f"前 {one.size} 条的根与检查点不符：有条目在此后被改动、删去、增加或移动",
                f"the root of the first {one.size} entries is not that of the checkpoint: entries were changed, "
                "removed, added or moved since",
            )
    return Checked(checkpoint, len(leaves))


def _check_tiles(folder: Path, leaves: Sequence[bytes]) -> None:
    for level, index, hashes in tiles_of(leaves):
        number = len(hashes) // 32
        whole, part = folder / tile_path(level, index), folder / tile_path(level, index, number)
        path = part if part.is_file() else whole
        if not path.is_file():
            raise NotAsWrittenError(f"{path} 缺失", f"{path} is missing")
        held = path.read_bytes()[: len(hashes)]
        if held != hashes:
            first = next(at for at in range(number) if held[32 * at : 32 * at + 32] != hashes[32 * at : 32 * at + 32])
            entry = (index * WIDTH + first) * WIDTH**level + 1
            raise NotAsWrittenError(
                f"{path} 与条目不符，第一处在第 {entry} 条：该条目，或这一文件，被改动、删去或移动",
                f"{path} is not of the entries, first at entry {entry}: that entry, or this file, was changed, removed "
                "or moved",
            )


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file."""
    try:
        return Checkpoint.of(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        raise NotAsWrittenError(f"没有检查点 {path}", f"there is no checkpoint {path}") from error


def entries_of_lines(path: Path) -> Iterator[bytes]:
    """The entries of a log that riskml keeps as lines, each seen to hold the hash of the one before, and the last to be
    the one that the head beside the file has.
    """
    before, number = "0" * 64, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            entry = line.removesuffix(b"\n")
            if line == entry or not entry.startswith(f'{{"number":{number},"before":"{before}",'.encode()):
                raise NotAsWrittenError(
                    f"{path} 第 {number} 行，或它前面的一行，与写入时不同",
                    f"{path}, line {number} or the one before it, is not as it was written",
                )
            yield entry
            before = hashlib.sha256(entry).hexdigest()
    head = path.with_suffix(".head")
    if head.is_file() and before not in _ends(head.read_bytes()):
        raise NotAsWrittenError(
            f"{path} 的末行（第 {number} 行）不是 {head.name} 所记的：末尾被截去或增加",
            f"the last line of {path} (line {number}) is not the one that {head.name} has: the end was cut off or "
            "added to",
        )


def _ends(head: bytes) -> tuple[str, str | None]:
    """The hashes that the last line may have."""
    held = json.loads(head[: head.rindex(b"}") + 1])
    return held["last"], held["next"]


def entries_of_bundles(folder: Path, size: int) -> Iterator[bytes]:
    """The entries of a log that has them in bundles."""
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        path = folder / tile_path("entries", index, width)
        if not path.is_file():
            raise NotAsWrittenError(f"{path} 缺失", f"{path} is missing")
        entries = entries_in(path.read_bytes())
        if len(entries) != width:
            raise NotAsWrittenError(
                f"{path} 有 {len(entries)} 条，应为 {width} 条", f"{path} has {len(entries)} entries, not {width}"
            )
        yield from entries


# Grades.


@dataclass(frozen=True)
class GradeProof:
    """Where an enterprise's grade comes from, by the manifest that the ledger has.

    Parameters
    ----------
    manifest
        Of the run, as data: digests of records, policy, model and decisions, and the hash of each file published.
    """

    enterprise: str
    grade: str
    manifest: dict[str, Any]
    proof: Proof

    @classmethod
    def of(cls, text: str) -> GradeProof:
        """The proof that a text is, seen to hold down to the manifest; raises `NotAsWrittenError` where it does not."""
        try:
            content = json.loads(text)
            proof, line = Proof.of(content["proof"]), json.loads(Proof.of(content["proof"]).entry)["content"]
            manifest, (row,) = json.loads(content["manifest"]), content["rows"]["grades"]
            digest = hashlib.sha256(content["manifest"].encode()).hexdigest()
            known = content["format"] == GRADE_PROOF, row["enterprise_id"] == content["enterprise"]
            place = f"run {manifest['scheme']}/{manifest['as_of']}"
            if not all(known) or (line["of"], line["digest"]) != (place, digest):
                raise NotAsWrittenError(
                    "清单不是总账所记的那一份：清单或证明被改动过",
                    "the manifest is not the one that the ledger has: it or the proof was changed",
                )
            return cls(content["enterprise"], row["grade"], manifest, proof)
        except (KeyError, TypeError, ValueError) as error:
            raise NotAsWrittenError("不是等级的证明", "this is no proof of a grade") from error

    def check_files(self, workspace: Path) -> int:
        """Compare the files of the run, and the records where they are still those of the run, with their hashes;
        returns how many they are.
        """
        run = workspace / "runs" / self.manifest["scheme"] / self.manifest["as_of"]
        files = {
            run / name: held for part in ("files", "carried", "reports") for name, held in self.manifest[part].items()
        }
        records = workspace / "data" / "records"
        if _sha256(records / "manifest.json") == self.manifest["records"]:
            stored = json.loads((records / "manifest.json").read_bytes())["hashes"]
            files |= {records / name: held for name, held in stored.items()}
        for path, held in files.items():
            if _sha256(path) != held:
                raise NotAsWrittenError(
                    f"{path} 缺失，或不是该结果所用、所发布的",
                    f"{path} is missing, or is not what the run used or published",
                )
        return len(files)


def _sha256(path: Path) -> str | None:
    """The SHA-256 of a file; None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# The command.


def say(zh: str, en: str) -> str:
    """The one of two texts that ``RISKML_LANG``, or else the locale, asks for."""
    asked = os.environ.get("RISKML_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return en if asked.startswith("en") else zh


def _log(asked: argparse.Namespace) -> str:
    folder, key = Path(asked.folder), Key.of(asked.key) if asked.key else None
    size = read_checkpoint(folder / "checkpoint").size
    entries = entries_of_lines(Path(asked.entries)) if asked.entries else entries_of_bundles(folder, size)
    checked = check_log(folder, entries, key, [read_checkpoint(Path(one)) for one in asked.since])
    return say(
        f"{checked.checkpoint.origin}：{size} 条与检查点相符"
        + (f"；其后 {checked.entries - size} 条尚无检查点" if checked.entries > size else "")
        + _by(checked.checkpoint, key).zh,
        f"{checked.checkpoint.origin}: {size} entries are those of the checkpoint"
        + (f"; no checkpoint covers {checked.entries - size} after them" if checked.entries > size else "")
        + _by(checked.checkpoint, key).en,
    )


def _proof(asked: argparse.Namespace) -> str:
    proof, key = Proof.of(Path(asked.file).read_text("utf-8")), Key.of(asked.key) if asked.key else None
    if key is not None:
        proof.checkpoint.require_signed(key)
    told, entry = _by(proof.checkpoint, key), proof.entry.decode()
    return say(
        f"第 {proof.index + 1} 条在 {proof.checkpoint.origin} 的 {proof.checkpoint.size} 条之中{told.zh}\n{entry}",
        f"Entry {proof.index + 1} is among the {proof.checkpoint.size} of {proof.checkpoint.origin}{told.en}\n{entry}",
    )


def _consistency(asked: argparse.Namespace) -> str:
    proof, key = Consistency.of(Path(asked.file).read_text("utf-8")), Key.of(asked.key) if asked.key else None
    earlier = read_checkpoint(Path(asked.since))
    proof.require(earlier)
    if key is not None:
        earlier.require_signed(key)
        proof.checkpoint.require_signed(key)
    told, now = _by(proof.checkpoint, key), proof.checkpoint
    return say(
        f"{now.origin} 的 {now.size} 条以较早检查点的 {earlier.size} 条开头{told.zh}",
        f"The {now.size} entries of {now.origin} begin with the {earlier.size} of the earlier checkpoint{told.en}",
    )


def _grade(asked: argparse.Namespace) -> str:
    proof, key = GradeProof.of(Path(asked.file).read_text("utf-8")), Key.of(asked.key) if asked.key else None
    if key is not None:
        proof.proof.checkpoint.require_signed(key)
    told, of, line = _by(proof.proof.checkpoint, key), proof.manifest, proof.proof.index + 1
    made = "\n".join(f"{name}: {of[name]}" for name in ("policy", "model", "records", "decisions"))
    files = proof.check_files(Path(asked.workspace)) if asked.workspace else None
    return say(
        f"{proof.enterprise}：{of['scheme']} {of['as_of']} 为 {proof.grade}；"
        f"清单是总账第 {line} 行所记的{told.zh}\n{made}" + (f"\n{files} 个文件与清单相符" if files is not None else ""),
        f"{proof.enterprise}: {proof.grade} by {of['scheme']} as of {of['as_of']}; the manifest is the one of "
        f"line {line} of the ledger{told.en}\n{made}"
        + (f"\n{files} files are those of the manifest" if files is not None else ""),
    )


@dataclass(frozen=True)
class _Said:
    zh: str
    en: str


def _by(checkpoint: Checkpoint, key: Key | None) -> _Said:
    """What to say of a checkpoint's signatures."""
    if key is not None:
        return _Said(f"；{key.name} 签名正确", f"; signed by {key.name}")
    if checkpoint.signatures:
        return _Said("；有签名而未核对（未给公钥）", "; its signature was not checked: no key was given")
    return _Said("；检查点没有签名", "; the checkpoint is unsigned")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name; 0 where it is as it was written, else 1."""
    parser = argparse.ArgumentParser(description=say("核对 riskml 的日志和证明", "check logs and proofs of riskml"))
    of = parser.add_subparsers(required=True)
    log = of.add_parser("log", help=say("核对整份日志", "a whole log"))
    log.add_argument("folder", help=say("含 checkpoint 和 tile 的目录", "the folder with checkpoint and tile"))
    log.add_argument(
        "--entries", help=say("条目所在的 .jsonl；不写则用条目包", "the .jsonl with the entries, else bundles")
    )
    log.add_argument("--since", action="append", default=[], help=say("较早的检查点", "an earlier checkpoint"))
    log.set_defaults(check=_log)
    proof = of.add_parser("proof", help=say("核对一条的证明", "the proof of one entry"))
    proof.add_argument("file")
    proof.set_defaults(check=_proof)
    grade = of.add_parser(
        "grade", help=say("核对一家企业的等级从何而来", "where the grade of an enterprise comes from")
    )
    grade.add_argument("file")
    grade.add_argument("--workspace", help=say("一并核对此工作区的文件", "a workspace whose files to compare too"))
    grade.set_defaults(check=_grade)
    consistency = of.add_parser(
        "consistency", help=say("核对新检查点接着旧的", "that a checkpoint leads on from another")
    )
    consistency.add_argument("file")
    consistency.add_argument("--since", required=True, help=say("较早的检查点", "the earlier checkpoint"))
    consistency.set_defaults(check=_consistency)
    for one in (log, proof, grade, consistency):
        one.add_argument("--key", help=say("公钥：名称+编号+密钥", "the public key: name+id+key"))
    asked = parser.parse_args(arguments)
    try:
        print(asked.check(asked))
    except NotAsWrittenError as error:
        print(say(f"不符：{error.zh}", f"Not as written: {error.en}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
