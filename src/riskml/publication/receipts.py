"""Receipts for packages: checked against what was sent, and kept on the ledger."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from riskml.core.configuration import parse_json, read_bytes
from riskml.core.errors import RunError
from riskml.core.ledger import Ledger
from riskml.core.validation import ContentError, validated_json
from riskml.publication.package_manifest import MANIFEST, PACKAGE_ID, Manifest, Sha256
from riskml.publication.push_schema import TABLES
from riskml.publication.verify import MOST_JSON, read_manifest, read_rows

_Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Status = Literal["accepted", "partly", "rejected"]


class RejectedRow(BaseModel):
    """A row that the receiver did not take, found by its key; `rule` only where the table is ``rules``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: _Written
    enterprise_id: _Written
    rule: _Written | None = None
    reason: _Written

    @property
    def key(self) -> tuple[str, ...]:
        """Its key in the table."""
        return (self.enterprise_id,) if self.rule is None else (self.enterprise_id, self.rule)


class Receipt(BaseModel):
    """What a receiver says of a package.

    Parameters
    ----------
    manifest_sha256
        Of the manifest.json that was received: that, and so everything in it, arrived as it was sent.
    received_at
        With its time zone.
    accepted_rows
        Table → rows taken. Together with the rejected ones they are all rows of the package.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str = Field(pattern=PACKAGE_ID)
    manifest_sha256: Sha256
    receiver: _Written
    received_at: AwareDatetime
    accepted_rows: dict[str, Annotated[int, Field(ge=0)]]
    rejected: tuple[RejectedRow, ...] = ()

    @property
    def status(self) -> Status:
        """Whether all rows were taken, some, or none."""
        if not self.rejected:
            return "accepted"
        return "partly" if any(self.accepted_rows.values()) else "rejected"


class _Kept(BaseModel):
    """A receipt as the ledger has it: with the SHA-256 of the file that arrived, and what it comes to."""

    sha256: Sha256
    status: Status
    receipt: Receipt


@dataclass(frozen=True)
class Recorded:
    """A receipt, and whether it is a new one.

    Parameters
    ----------
    new
        False where the same receipt had been recorded before; it is not recorded twice.
    """

    receipt: Receipt
    new: bool


def record_receipt(ledger: Ledger, packages: Path, path: Path) -> Recorded:
    """Check a receipt against the package that it is for, and add it to the ledger.

    Parameters
    ----------
    packages
        The folder with the packages that were made.
    path
        The receipt, a JSON file.

    Raises
    ------
    ConfigurationError
        Where it is no ordinary file, too long, or no JSON.
    RunError
        Where it is no receipt, is for a package that was never made here, quotes another checksum, or does not account
        for every row.
    """
    content = read_bytes(path, MOST_JSON)
    try:
        parse_json(content, str(path))
        receipt = validated_json(Receipt, content, strict=False)
    except ContentError as error:
        raise RunError(
            zh=f"{path} 不是有效的回执：{error.zh}。", en=f"{path} is not a valid receipt: {error.en}."
        ) from error
    folder = packages / receipt.package
    manifest = read_manifest(folder)
    if not isinstance(manifest, Manifest) and folder.exists():
        raise RunError(zh=f"{folder}：{manifest.zh}。", en=f"{folder}: {manifest.en}.")
    if not isinstance(manifest, Manifest):
        raise RunError(
            zh=f"回执所指的推送包 {receipt.package} 不在 {packages} 中：不是从这里发出的。",
            en=f"The package {receipt.package} that the receipt is for is not in {packages}: it was not sent from "
            "here.",
        )
    _check(receipt, folder, manifest)
    digest = hashlib.sha256(content).hexdigest()
    known = any(kept.sha256 == digest for kept in ledger.contents("receipt", _Kept))
    if not known:
        ledger.append(
            "receipt", {"sha256": digest, "status": receipt.status, "receipt": receipt.model_dump(mode="json")}
        )
    return Recorded(receipt, not known)


def _check(receipt: Receipt, folder: Path, manifest: Manifest) -> None:
    sent = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    if receipt.manifest_sha256 != sent:
        raise RunError(
            zh=f"回执的 manifest_sha256 是 {receipt.manifest_sha256}，发出的是 {sent}：对方收到的不是同一个包，"
            "请重新发送。",
            en=f"The receipt's manifest_sha256 is {receipt.manifest_sha256}, what was sent has {sent}: another package "
            "arrived; send it again.",
        )
    rejected = {table.name: [row for row in receipt.rejected if row.table == table.name] for table in TABLES}
    for table, rows in manifest.rows().items():
        taken, refused = receipt.accepted_rows.get(table, 0), len({row.key for row in rejected[table]})
        if taken + refused != rows:
            raise RunError(
                zh=f"{table}：接收 {taken} 行、退回 {refused} 行，但发出 {rows} 行。",
                en=f"{table}: {taken} rows accepted and {refused} rejected, but {rows} were sent.",
            )
    unknown = [row for row in receipt.rejected if row.table not in rejected] or _never_sent(folder, manifest, rejected)
    if unknown or set(receipt.accepted_rows) - set(rejected):
        named = ", ".join(f"{row.table} {' '.join(row.key)}" for row in unknown[:5]) or ", ".join(receipt.accepted_rows)
        raise RunError(
            zh=f"回执中有没有发出的表或行：{named}。",
            en=f"The receipt names tables or rows that were not sent: {named}.",
        )


def _never_sent(folder: Path, manifest: Manifest, rejected: dict[str, list[RejectedRow]]) -> list[RejectedRow]:
    """The rejected rows that are not in the package."""
    left = {(name, row.key): row for name, rows in rejected.items() for row in rows}
    tables = {table.name: table for table in TABLES}
    for file in manifest.files:
        if rejected[file.table]:
            table = tables[file.table]
            for row in read_rows(table, gzip.decompress((folder / file.path).read_bytes())):
                left.pop((table.name, tuple(row[name] for name in table.key)), None)
    return list(left.values())
