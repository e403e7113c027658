"""What a package says of itself: manifest.json, as typed data that sender and receiver read alike."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from riskml.schemes.provisions import GradeId

MANIFEST, SCHEMA = "manifest.json", "schema.json"

PACKAGE_ID = r"^[a-z][a-z0-9_]*-\d{4}-\d{2}-\d{2}-[0-9a-f]{16}$"

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    # A field that this version does not know is refused: it may be what changes the meaning of the others.
    model_config = ConfigDict(extra="forbid", frozen=True)


class SchemaReference(_Part):
    """Which schema the package follows; `sha256` is that of its schema.json."""

    name: str
    version: int
    sha256: Sha256


class RunInputs(_Part):
    """What the run was made of: the version of riskml, and digests of the policy, the model (None where the scheme adds
    points or counts), the records and the officers' decisions.
    """

    riskml: str
    policy: Sha256
    model: Sha256 | None
    records: Sha256
    decisions: Sha256


class PackageFile(_Part):
    """One part of a table: gzip'd CSV.

    Parameters
    ----------
    sha256
        Of the file as it is sent.
    content_sha256
        Of what it unpacks to.
    """

    path: str = Field(pattern=r"^[a-z]+/part-\d{5}\.csv\.gz$")
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: Sha256
    content_sha256: Sha256

    @property
    def table(self) -> str:
        """The table that it is a part of."""
        return self.path.split("/")[0]


class Notice(_Part):
    """The scheme's notice, with its article."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Manifest(_Part):
    """The content of manifest.json.

    Parameters
    ----------
    grades
        The scheme's grades from the mildest to the riskiest.
    revision
        Which revision of the date's run was packed; 0 for the first that was published.
    updated
        How many of the grades were brought up to date at once since the run.
    """

    schema_: SchemaReference = Field(alias="schema")
    package: str = Field(pattern=PACKAGE_ID)
    scheme: str = Field(pattern="^[a-z][a-z0-9_]*$")
    as_of: date
    grades: tuple[GradeId, ...] = Field(min_length=2)
    notice: Notice
    simulated: bool
    enterprises: int = Field(ge=0)
    revision: int = Field(ge=0)
    updated: int = Field(ge=0)
    run: RunInputs
    files: tuple[PackageFile, ...]

    def rows(self) -> dict[str, int]:
        """Rows of each table."""
        counted: dict[str, int] = {}
        for file in self.files:
            counted[file.table] = counted.get(file.table, 0) + file.rows
        return counted

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return self.model_dump(mode="json", by_alias=True)


def package_id(manifest: Manifest) -> str:
    """The name that a manifest's content gives a package: scheme, as-of date, and a digest of what is in it.

    The digest is over the unpacked parts, so that another version of the compressor changes bytes but no id.
    """
    content = manifest.model_dump(
        mode="json",
        by_alias=True,
        include={"schema_", "scheme", "as_of", "grades", "notice", "simulated", "revision", "updated", "run"},
    )
    parts = {file.path: file.content_sha256 for file in manifest.files}
    digest = hashlib.sha256(json.dumps([content, parts], sort_keys=True).encode()).hexdigest()
    return f"{manifest.scheme}-{manifest.as_of}-{digest[:16]}"
