"""What the record store says of itself: manifest.json, as typed data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.validation import ContentError, validated_json
from riskml.records.stored_columns import StoredColumns

MANIFEST = "manifest.json"

MANIFEST_VERSION = 3


class _AnyVersion(BaseModel):
    version: int


class StoreManifest(BaseModel):
    """The content of manifest.json; its fields are those of `riskml.records.store.RecordStore`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    buckets: int
    files: dict[str, dict[int, tuple[str, ...]]]
    columns: StoredColumns
    loads: tuple[dict[str, Any], ...]
    resolved: dict[str, str]
    hashes: dict[str, str]


def parse_manifest(content: bytes, path: Path) -> StoreManifest:
    """The manifest in `content`, read from `path`.

    Raises
    ------
    RunError
        Where it is damaged.
    ConfigurationError
        Where it is of another version.
    """
    try:
        version = validated_json(_AnyVersion, content, strict=True).version
        if version != MANIFEST_VERSION:
            raise ConfigurationError(
                zh=f"{path} 的版本是 {version}，本程序只认识版本 {MANIFEST_VERSION}；请用相应版本的 riskml，"
                "或重新导入。",
                en=f"{path} has version {version}, this program knows version {MANIFEST_VERSION}: use the riskml that "
                "wrote it, "
                "or load the sources again.",
            )
        return validated_json(StoreManifest, content, strict=True)
    except ContentError as error:
        raise RunError(
            zh=f"{path} 已损坏：{error.zh}；请从备份恢复 {path.parent}。",
            en=f"{path} is damaged: {error.en}. Restore {path.parent} from the backup.",
        ) from error
