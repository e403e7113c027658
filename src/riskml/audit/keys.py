"""The key that checkpoints are signed with: an Ed25519 key in a file that the environment names, and nowhere else."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from riskml.audit.verifier import Key, key_id
from riskml.core.errors import ConfigurationError
from riskml.core.files import refuse_readable, write_secret

VARIABLE = "RISKML_AUDIT_KEY"
"""Names the file (PEM, PKCS #8); without it checkpoints are unsigned."""


@dataclass(frozen=True)
class Signer:
    """Who signs: a private key."""

    private: Ed25519PrivateKey

    @classmethod
    def of_environment(cls) -> Signer | None:
        """That of the file which the environment names; None where it names none.

        Raises
        ------
        ConfigurationError
            Where there is no such file, others can read it, or it holds no Ed25519 key.
        """
        name = os.environ.get(VARIABLE)
        return cls.of_file(Path(name)) if name else None

    @classmethod
    def of_file(cls, path: Path) -> Signer:
        """That of a file; raises as `of_environment`."""
        try:
            private = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise ConfigurationError(
                zh=f"{VARIABLE} 指明的 {path} 不是可读的 Ed25519 私钥（PEM）；可用 riskml audit key --to 文件 生成。",
                en=f"{path}, which {VARIABLE} names, is no Ed25519 key (PEM) that can be read; "
                "'riskml audit key --to FILE' makes one.",
            )
        refuse_readable(path)
        return cls(private)

    def key(self, name: str) -> Key:
        """The public part, in the name of a log."""
        return Key(name, self.private.public_key().public_bytes_raw())

    def note(self, name: str, text: str) -> str:
        """A text with the signature of it in a name (signed-note)."""
        signature = key_id(name, self.key(name).public) + self.private.sign(text.encode())
        return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def make_key(path: Path) -> Signer:
    """Make a key in a new file that its owner alone can read; a ConfigurationError where the file is there."""
    private = Ed25519PrivateKey.generate()
    write_secret(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Signer(private)
