"""The verifier agrees with what others published: trees of Certificate Transparency, RFC 8032, a signed note of Go."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from riskml.audit.tlog import MerkleLog, Tree
from riskml.audit.verifier import (
    Checkpoint,
    Key,
    NotAsWrittenError,
    is_consistent,
    is_signed,
    key_text,
    leaf_hash,
    root_by_inclusion,
    root_of,
    tile_path,
    tiles_of,
)
from riskml.core.hash_chain import HashChain

ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")

ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

CONSISTENT = {
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}

LEAVES = [leaf_hash(bytes.fromhex(one)) for one in ENTRIES]


def tree_over(folder: Path, leaves: list[bytes]) -> Tree:
    """The tree over some leaves, written by tiles alone."""
    log = MerkleLog(HashChain(folder / "none.jsonl"), folder, "none")
    for level, index, hashes in tiles_of(leaves):
        log._write_tile(level, index, [hashes[at : at + 32] for at in range(0, len(hashes), 32)])
    return Tree(folder, len(leaves))


def test_roots_are_those_of_certificate_transparency() -> None:
    assert [root_of(LEAVES[:size]).hex() for size in range(9)] == list(ROOTS)


@pytest.mark.parametrize(("old", "size"), CONSISTENT)
def test_consistency_proofs_are_those_of_certificate_transparency(tmp_path: Path, old: int, size: int) -> None:
    proof = tree_over(tmp_path, LEAVES[:size]).consistency(old)
    assert [one.hex() for one in proof] == list(CONSISTENT[old, size])


@pytest.mark.parametrize("size", [1, 2, 7, 255, 256, 257, 700])
def test_proofs_hold_of_their_tree_and_of_no_other(tmp_path: Path, size: int) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    tree, root = tree_over(tmp_path, leaves), root_of(leaves)
    assert tree.root() == root
    for at in {0, 1, size // 2, size - 1} & set(range(size)):
        proof = tree.inclusion(at)
        assert root_by_inclusion(leaves[at], at, size, proof) == root
        assert root_by_inclusion(leaf_hash(b"other"), at, size, proof) != root
        assert root_by_inclusion(leaves[at], at, size, [*proof, root]) is None
        old = at + 1
        assert tree.root(old) == root_of(leaves[:old])
        shown = tree.consistency(old)
        assert is_consistent(old, root_of(leaves[:old]), size, root, shown)
        assert not is_consistent(old, root_of([*leaves[:at], leaf_hash(b"other")]), size, root, shown)
        assert (
            not is_consistent(old, root_of(leaves[:old]), size, root_of([*leaves[1:], leaves[0]]), shown) or size == 1
        )


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    sizes = [(level, index, len(hashes) // 32) for level, index, hashes in tiles_of([b"a" * 32] * 70_000)]
    assert [one for one in sizes if one[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert [sum(one[0] == level for one in sizes) for level in range(3)] == [274, 2, 1]
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"


SIGNED = {
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a": (
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
        "5141438e7a100b",
    ),
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c": (
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
        "0d291612bb0c00",
    ),
}


@pytest.mark.parametrize("public", SIGNED)
def test_signatures_of_rfc_8032(public: str) -> None:
    message, signature = (bytes.fromhex(one) for one in SIGNED[public])
    assert is_signed(bytes.fromhex(public), signature, message)
    assert not is_signed(bytes.fromhex(public), signature, message + b".")


def test_signatures_are_checked_as_cryptography_makes_them() -> None:
    chance = random.Random(5)
    for _ in range(3):
        private, message = Ed25519PrivateKey.generate(), chance.randbytes(80)
        public, signature = private.public_key().public_bytes_raw(), private.sign(message)
        assert is_signed(public, signature, message)
        at = chance.randrange(64)
        assert not is_signed(public, signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :], message)
        order = 2**252 + 27742317777372353535851937790883648493
        again = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        assert not is_signed(public, signature[:32] + again, message)  # the same signature, written otherwise


def test_the_note_and_the_key_of_another_program_are_read() -> None:
    text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    key = Key.of(text)
    line = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    assert is_signed(key.public, base64.b64decode(line)[4:], b"This is an example message.\n")
    assert key_text(key.name, key.public) == text
    for wrong in (text.replace("530d", "530e"), text[:-8], "example.com/foo"):
        with pytest.raises(NotAsWrittenError):
            Key.of(wrong)


@pytest.mark.parametrize(
    "note", ["", "a\nb\nc\n", "log\n07\n" + "A" * 43 + "=\n", "log\n7\nAAAA\n", "log\n7\n" + "A" * 43 + "=\nmore\n"]
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(NotAsWrittenError, match="no checkpoint"):
        Checkpoint.of(note)
