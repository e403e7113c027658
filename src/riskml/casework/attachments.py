"""Files that come with a step: kept with it in the database, whole and unaltered, and given back as they came."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from riskml.casework.tables import ATTACHMENTS
from riskml.core.errors import ConfigurationError, RunError

MOST_FILES = 5
"""Files that come with one step."""

MOST_BYTES = 10 * 1024 * 1024
"""The size of a file at most."""

_BEGINNINGS: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""What a file begins with → what it is. Papers and pictures: nothing that a machine runs."""

_LONGEST = 120


@dataclass(frozen=True)
class Given:
    """A file that somebody gives."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Attached:
    """A file that came with a step.

    Parameters
    ----------
    event_id, number
        The step, and which of its files it is, from 1.
    size
        In bytes.
    """

    event_id: int
    number: int
    name: str
    type: str
    sha256: str
    size: int

    def to_dict(self) -> dict[str, str | int]:
        """Plain values for JSON."""
        return {name: value for name, value in vars(self).items() if name != "event_id"}


def refuse_unfit(files: Sequence[Given]) -> None:
    """A ConfigurationError naming the file that will not do: too many, empty, too large, or none of the kinds."""
    if len(files) > MOST_FILES:
        raise ConfigurationError(
            zh=f"一步最多附 {MOST_FILES} 个文件，不是 {len(files)} 个。",
            en=f"A step takes {MOST_FILES} files at most, not {len(files)}.",
        )
    for one in files:
        if not one.content or len(one.content) > MOST_BYTES:
            most = MOST_BYTES // 1024**2
            raise ConfigurationError(
                zh=f"文件 {_plain(one.name)}：应在 1 字节与 {most} MB 之间，不是 {len(one.content):,} 字节。",
                en=f"File {_plain(one.name)}: should have 1 byte to {most} MB, not {len(one.content):,} bytes.",
            )
        _type_of(one)


def add_attachments(connection: Connection, event_id: int, files: Sequence[Given]) -> None:
    """Write the files of a step, in its transaction."""
    for number, one in enumerate(files, 1):
        connection.execute(
            ATTACHMENTS.insert().values(
                event_id=event_id,
                number=number,
                name=_plain(one.name),
                type=_type_of(one),
                sha256=hashlib.sha256(one.content).hexdigest(),
                content=one.content,
            )
        )


def attachments_of(connection: Connection, events: Sequence[int]) -> tuple[Attached, ...]:
    """The files of some steps, without what is in them."""
    table = ATTACHMENTS.c
    asked = (
        select(table.event_id, table.number, table.name, table.type, table.sha256, func.length(table.content))
        .where(table.event_id.in_(events))
        .order_by(table.event_id, table.number)
    )
    return tuple(Attached(*row) for row in connection.execute(asked))


def content_of(connection: Connection, attached: Attached) -> bytes:
    """What is in a file.

    Raises
    ------
    RunError
        Where its time was over and it was removed, or it is not what came: the database was altered.
    """
    asked = select(ATTACHMENTS.c.content).where(
        ATTACHMENTS.c.event_id == attached.event_id, ATTACHMENTS.c.number == attached.number
    )
    content = bytes(connection.execute(asked).scalar_one())
    if not content:
        raise RunError(
            zh=f"第 {attached.number} 个文件保存期满，已删除（SHA-256 {attached.sha256}）。",
            en=f"File {attached.number} was removed when its time was over (SHA-256 {attached.sha256}).",
        )
    if hashlib.sha256(content).hexdigest() != attached.sha256:
        raise RunError(
            zh=f"文件 {attached.name} 与收到时不同：数据库被改动；请从备份恢复，并查明原因。",
            en=f"File {attached.name} is not as it came: the database was altered. Restore it from the backup and find "
            "out why.",
        )
    return content


def _type_of(file: Given) -> str:
    """What a file is, by what it begins with, whatever its name says."""
    found = next((kind for begins, kind in _BEGINNINGS.items() if file.content.startswith(begins)), None)
    if found is None:
        raise ConfigurationError(
            zh=f"文件 {_plain(file.name)}：应为 PDF、PNG 或 JPEG。",
            en=f"File {_plain(file.name)}: should be PDF, PNG or JPEG.",
        )
    return found


def _plain(name: str) -> str:
    r"""A file's name without folders and without anything that is not printed.

    >>> _plain("C:\\papers\\..\\缴款\x00 凭证.pdf"), _plain("../../etc/passwd"), _plain("")
    ('缴款 凭证.pdf', 'passwd', '-')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable())[-_LONGEST:].strip() or "-"
