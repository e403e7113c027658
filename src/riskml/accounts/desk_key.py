"""The desk's own secret: a file that the environment names, of which a key is derived for each purpose."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from riskml.core.errors import ConfigurationError
from riskml.core.files import refuse_readable, write_secret

VARIABLE = "RISKML_DESK_KEY"
"""Names the file."""

_BYTES = 32


def derived_key(purpose: str) -> bytes:
    """The key of 256 bits for one purpose (HKDF-SHA256, RFC 5869): what is known of one says nothing of another.

    Raises
    ------
    ConfigurationError
        Where the environment names no file, others can read it, or it holds no key.
    """
    return HKDF(SHA256(), _BYTES, salt=None, info=f"riskml {purpose}".encode()).derive(_secret())


def has_desk_key() -> bool:
    """Whether the environment names one."""
    return bool(os.environ.get(VARIABLE))


def make_desk_key(path: Path) -> None:
    """Make a secret in a new file that its owner alone can read; a ConfigurationError where the file is there."""
    write_secret(path, base64.b64encode(secrets.token_bytes(_BYTES)) + b"\n")


def _secret() -> bytes:
    name = os.environ.get(VARIABLE)
    if not name:
        raise ConfigurationError(
            zh=f"没有设置 {VARIABLE}：二维码和第二因素要用办案台的密钥；请用 riskml user key --to 文件 生成，"
            f"并让 {VARIABLE} 指明该文件。",
            en=f"{VARIABLE} is not set. Posted codes and second factors need the desk's key: 'riskml user key --to "
            f"FILE' makes one, and {VARIABLE} names the file.",
        )
    path = Path(name)
    try:
        found = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error):
        found = b""
    if len(found) != _BYTES:
        raise ConfigurationError(
            zh=f"{VARIABLE} 指明的 {path} 不是可读的密钥；可用 riskml user key --to 文件 生成。",
            en=f"{path}, which {VARIABLE} names, is no key that can be read; 'riskml user key --to FILE' makes one.",
        )
    refuse_readable(path)
    return found
