"""A Merkle tree over the lines of a hash chain: tiles, checkpoints and proofs that an outsider can check.

The lines stay the one place where entries are: the tree grows over them when a checkpoint or a proof is asked for, and
an entry costs no more than its line. An earlier version's ledger is taken over in the same way: its lines are the first
leaves. What lies in the folder is that of C2SP's tlog-tiles: ``checkpoint``, ``tile/<level>/<index>[.p/<width>]``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from riskml.audit.keys import Signer
from riskml.audit.verifier import (
    WIDTH,
    Checked,
    Checkpoint,
    Consistency,
    Key,
    NotAsWrittenError,
    Proof,
    bundle_of,
    check_log,
    leaf_hash,
    node_hash,
    read_checkpoint,
    root_of,
    tile_path,
)
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import sync, write_durably
from riskml.core.hash_chain import Extent, HashChain, hash_of
from riskml.core.locks import exclusive
from riskml.core.validation import validated_json

T = TypeVar("T")

CHECKPOINT = "checkpoint"

_GROWN = "grown.json"
"""How far the full tiles go."""

_PATIENCE = 60.0
"""Seconds to wait for another process that lets the tree grow."""


class _Grown(BaseModel):
    """The extent of the chain that the full tiles of leaves are over."""

    lines: int
    bytes: int
    last: str


@dataclass(frozen=True)
class Tree:
    """The tree over the first `size` lines, by the tiles in a folder."""

    folder: Path
    size: int

    def root(self, size: int | None = None) -> bytes:
        """The root of it, or of the first `size` leaves."""
        of = self.size if size is None else size
        return self._subtree(0, of) if of else root_of([])

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The hashes beside the path from a leaf to the root (RFC 6962, 2.1.1)."""

        def path(at: int, start: int, end: int) -> list[bytes]:
            if end - start == 1:
                return []
            middle = start + _split(end - start)
            if at < middle:
                return [*path(at, start, middle), self._subtree(middle, end)]
            return [*path(at, middle, end), self._subtree(start, middle)]

        return tuple(path(index, 0, self.size))

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The hashes that show that the tree begins with its first `old` leaves (RFC 6962, 2.1.2)."""

        def path(old: int, start: int, end: int, known: bool) -> list[bytes]:
            if old == end - start:
                return [] if known else [self._subtree(start, end)]
            split = _split(end - start)
            if old <= split:
                return [*path(old, start, start + split, known), self._subtree(start + split, end)]
            return [*path(old - split, start + split, end, False), self._subtree(start, start + split)]

        return tuple(path(old, 0, self.size, True)) if 0 < old < self.size else ()

    def _subtree(self, start: int, end: int) -> bytes:
        number = end - start
        if number & (number - 1):
            middle = start + _split(number)
            return node_hash(self._subtree(start, middle), self._subtree(middle, end))
        level = (number.bit_length() - 1) // 8
        step = WIDTH**level
        return root_of(self._hashes(level, start // step, end // step))

    def _hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """Some hashes of one tile."""
        index, first = divmod(start, WIDTH)
        width = min(WIDTH, (self.size >> 8 * level) - index * WIDTH)
        paths = [self.folder / tile_path(level, index), self.folder / tile_path(level, index, width)]
        path = next((one for one in paths if one.is_file()), None)
        if path is None:
            raise RunError(
                zh=f"{paths[-1]} 缺失；请从备份恢复 {self.folder}，或移走它，由 riskml audit checkpoint 按各行重建。",
                en=f"{paths[-1]} is missing. Restore {self.folder} from the backup, or move it away: "
                "'riskml audit checkpoint' makes it again from the lines.",
            )
        held = path.read_bytes()
        return [held[32 * at : 32 * at + 32] for at in range(first, first + end - start)]


def _split(number: int) -> int:
    """The largest power of two below a number."""
    return 1 << (number - 1).bit_length() - 1


@dataclass(frozen=True)
class MerkleLog:
    """A log: the lines of a chain, and the tree over them in a folder.

    Parameters
    ----------
    origin
        Its name in checkpoints.
    """

    chain: HashChain
    folder: Path
    origin: str

    @property
    def lock(self) -> Path:
        """What is held by whoever lets the tree grow."""
        return self.folder / "tree.lock"

    def _grown(self) -> Tree:
        """The tree over all lines that there are now; tiles that are missing are written."""
        start, end = self._full(), self.chain.extent()
        if end.lines < start.lines:
            raise RunError(
                zh=f"{self.chain.path} 有 {end.lines} 行，而 {self.folder} 已有 {start.lines} 行的树：行被截去；"
                "请从备份恢复，并查明原因。",
                en=f"{self.chain.path} has {end.lines} lines, and {self.folder} a tree over {start.lines}: lines "
                "were cut off. Restore the file from the backup and find out why.",
            )
        full = self._leaves(start, end)
        self._above(start.lines, end.lines)
        if full != start:
            self._write(_GROWN, _Grown(**vars(full)).model_dump_json().encode())
        return Tree(self.folder, end.lines)

    def stored(self) -> Checkpoint | None:
        """The last checkpoint that was made; None where none was."""
        if not (self.folder / CHECKPOINT).exists():
            return None
        return as_run_error(lambda: read_checkpoint(self.folder / CHECKPOINT))

    def checkpoint(self, signer: Signer | None) -> Checkpoint:
        """How long the log is now and the root of its tree, signed where there is a key; kept as the last one.

        Raises
        ------
        RunError
            Where the log does not begin with what the last checkpoint has: nothing is signed then. Or where a line
            after the last full tile is not as it was written.
        """
        with exclusive(self.lock, wait=_PATIENCE):
            return self._checkpoint(signer)

    def _checkpoint(self, signer: Signer | None) -> Checkpoint:
        tree, last = self._grown(), self.stored()
        if last is not None and (last.size > tree.size or tree.root(last.size) != last.root):
            raise RunError(
                zh=f"{self.chain.path} 不再以上次检查点（{last.size} 条）的内容开头，没有签名；请从备份恢复，"
                "并查明原因。",
                en=f"{self.chain.path} no longer begins with what the last checkpoint has ({last.size} entries), and "
                "nothing was signed. Restore it from the backup and find out why.",
            )
        made = Checkpoint(self.origin, tree.size, tree.root(), "")
        made = Checkpoint.of(signer.note(self.origin, made.text) if signer else made.text)
        self._write(CHECKPOINT, made.note.encode())
        return made

    def prove(self, number: int, signer: Signer | None) -> Proof:
        """The proof that line `number`, counted from 1, is in the log as the checkpoint has it that is made of it now.

        Raises
        ------
        ConfigurationError
            Where there is no such line.
        """
        checkpoint = self.checkpoint(signer)
        if not 1 <= number <= checkpoint.size:
            raise ConfigurationError(
                zh=f"{self.chain.path} 没有第 {number} 行；它有 {checkpoint.size} 行。",
                en=f"{self.chain.path} has no line {number}: it has {checkpoint.size}.",
            )
        tree = Tree(self.folder, checkpoint.size)
        lines = self.chain.lines_from(Extent(), self.chain.extent())
        made = Proof(next(islice(lines, number - 1, None)), number - 1, tree.inclusion(number - 1), checkpoint)
        return as_run_error(lambda: Proof.of(made.written))

    def consistency(self, earlier: Checkpoint, signer: Signer | None) -> Consistency:
        """The proof that a checkpoint, made now, leads on from an earlier one; a RunError where it does not."""
        now = self.checkpoint(signer)
        proof = Consistency(earlier.size, Tree(self.folder, now.size).consistency(earlier.size), now)
        as_run_error(lambda: proof.require(earlier))
        return proof

    def verify(self, key: Key | None, since: Sequence[Checkpoint] = ()) -> Checked:
        """Compare the lines with the tiles, these with the last checkpoint, and that with earlier ones.

        Raises
        ------
        RunError
            Saying what differs; or where there is no checkpoint.
        """
        lines = self.chain.lines_from(Extent(), self.chain.extent())
        return as_run_error(lambda: check_log(self.folder, lines, key, since))

    def copy(self, to: Path, signer: Signer | None) -> Checkpoint:
        """Write the whole log as an outsider may be given it: checkpoint, tiles, and the entries in bundles.

        Raises
        ------
        RunError
            Where a line is longer than an entry of a bundle can be.
        """
        other = replace(self, folder=to)
        other._write(CHECKPOINT, self.checkpoint(signer).note.encode())  # which that of the copy has to go on from
        checkpoint = other.checkpoint(signer)
        entries = self.chain.lines_from(Extent(), self.chain.extent())
        for index in range(-(-checkpoint.size // WIDTH)):
            width = min(WIDTH, checkpoint.size - index * WIDTH)
            try:
                bundle = bundle_of(next(entries) for _ in range(width))
            except OverflowError as error:
                raise RunError(
                    zh=f"{self.chain.path} 有一行超过 65535 字节，条目包放不下；请连同该文件一起交出。",
                    en=f"{self.chain.path} has a line of more than 65,535 bytes, which no bundle can hold: hand over "
                    "that file instead.",
                ) from error
            other._write(tile_path("entries", index, width), bundle)
        return checkpoint

    def _full(self) -> Extent:
        path = self.folder / _GROWN
        return Extent(**vars(validated_json(_Grown, path.read_bytes(), strict=True))) if path.exists() else Extent()

    def _leaves(self, start: Extent, end: Extent) -> Extent:
        """Write the tiles of leaves after `start`; returns how far the full ones go."""
        full, last, length, waiting = start, start.last, start.bytes, list[bytes]()
        for raw, hash_ in _with_hashes(self.chain.lines_from(start, end)):
            waiting.append(leaf_hash(raw))
            last, length = hash_, length + len(raw) + 1
            if len(waiting) == WIDTH:
                self._write_tile(0, full.lines // WIDTH, waiting)
                full = Extent(full.lines + WIDTH, length, last)
                waiting.clear()
        if waiting:
            self._write_tile(0, full.lines // WIDTH, waiting)
        return full

    def _above(self, old: int, size: int) -> None:
        """Write the tiles above the leaves, from those on that the first `old` leaves had not filled."""
        level = 1
        while number := size >> 8 * level:
            for index in range(old >> 8 * (level + 1), -(-number // WIDTH)):
                width = min(WIDTH, number - index * WIDTH)
                below = Tree(self.folder, size)
                hashes = [root_of(below._hashes(level - 1, at * WIDTH, at * WIDTH + WIDTH))
                          for at in range(index * WIDTH, index * WIDTH + width)]  # fmt: skip
                self._write_tile(level, index, hashes)
            level += 1

    def _write_tile(self, level: int, index: int, hashes: Sequence[bytes]) -> None:
        path = tile_path(level, index, len(hashes))
        self._write(path, b"".join(hashes))
        if len(hashes) == WIDTH:  # the partial ones before it are its beginning
            shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)

    def _write(self, name: str, content: bytes) -> None:
        """Write a file that is there whole or not at all."""
        path = self.folder / name
        draft = path.with_name(f"{path.name}.draft")
        write_durably(draft, content)
        draft.replace(path)
        sync(path.parent)


def _with_hashes(lines: Iterator[bytes]) -> Iterator[tuple[bytes, str]]:
    for raw in lines:
        yield raw, hash_of(raw)


def as_run_error(check: Callable[[], T]) -> T:
    """What a check of the verifier gives; what it finds wrong as an error of riskml."""
    try:
        return check()
    except NotAsWrittenError as error:
        raise RunError(zh=f"{error.zh}。", en=f"{error.en[:1].upper()}{error.en[1:]}.") from error
