"""Checking a package, as its receiver and its sender do: complete, unchanged, and every value as the schema has it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import re
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from riskml.core.configuration import parse_json, read_bytes
from riskml.core.errors import ConfigurationError
from riskml.core.validation import ContentError, validated_json
from riskml.publication.atomic_write import json_bytes
from riskml.publication.columns import Field
from riskml.publication.package_manifest import MANIFEST, SCHEMA, Manifest, PackageFile, package_id
from riskml.publication.push_schema import LIST_SEPARATOR, NAME, TABLES, VERSION, PushTable, schema
from riskml.records.tables import Label

MOST_JSON, MOST_UNPACKED = 64 * 2**20, 2**30
"""Bytes of a manifest or a receipt, and of an unpacked part: far more than any that is made. They come from
elsewhere.
"""

_MOST_PER_FILE = 20
"""Faults told of each file; a receiver needs no million of them."""

_GRADE_COLUMNS = ("grade", "band", "grades")

Keys = dict[str, set[tuple[str, ...]]]


def faults_of(folder: Path) -> tuple[Label, ...]:
    """What is wrong with the package in `folder`; nothing where it can be accepted."""
    manifest = read_manifest(folder)
    if isinstance(manifest, Label):
        return (manifest,)
    if (manifest.schema_.name, manifest.schema_.version) != (NAME, VERSION):
        name, version = manifest.schema_.name, manifest.schema_.version
        return (Label(
            f"{MANIFEST}：数据规范 {name} 第 {version} 版，本程序只认识 {NAME} 第 {VERSION} 版",
            f"{MANIFEST}: the schema is {name} version {version}; this program knows {NAME} version {VERSION}",
        ),)  # fmt: skip
    return tuple(_faults(folder, manifest))


def read_manifest(folder: Path) -> Manifest | Label:
    """The manifest of a package, or what is wrong with it."""
    path = folder / MANIFEST
    if not path.is_file():
        return Label(f"{path} 不存在：{folder} 不是推送包", f"{path} does not exist: {folder} is no package")
    try:
        content = read_bytes(path, MOST_JSON)
        parse_json(content, MANIFEST)
        return validated_json(Manifest, content, strict=True)
    except ConfigurationError as error:
        return Label(error.zh.removesuffix("。"), error.en.removesuffix("."))
    except ContentError as error:
        return Label(f"{MANIFEST} 不正确：{error.zh}", f"{MANIFEST} is not valid: {error.en}")


def read_rows(table: PushTable, content: bytes) -> Iterator[dict[str, str]]:
    """The rows of a part's unpacked content; a ValueError where its columns are not the schema's."""
    rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    head = next(rows, [])
    if head != table.columns:
        raise ValueError(f"columns {', '.join(head)}")
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{len(row)} values")
        yield dict(zip(head, row, strict=True))


def _faults(folder: Path, manifest: Manifest) -> Iterator[Label]:
    if manifest.package != package_id(manifest) or manifest.package != folder.name:
        expected = package_id(manifest)
        yield Label(
            f"包编号：内容对应 {expected}，{MANIFEST} 中是 {manifest.package}，目录名是 {folder.name}",
            f"package id: the content gives {expected}, {MANIFEST} says {manifest.package}, the folder is "
            f"{folder.name}",
        )
    if (folder / MANIFEST).read_bytes() != json_bytes(manifest.to_dict()):
        yield Label(f"{MANIFEST} 的写法已改动", f"{MANIFEST} is not written as it was made")
    described = (folder / SCHEMA).read_bytes() if (folder / SCHEMA).is_file() else b""
    if described != json_bytes(schema()) or hashlib.sha256(described).hexdigest() != manifest.schema_.sha256:
        yield Label(f"{SCHEMA} 缺失或已改动", f"{SCHEMA} is missing or was changed")
    expected_files = {MANIFEST, SCHEMA, *(file.path for file in manifest.files)}
    for path in sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()):
        if path not in expected_files:
            yield Label(f"{path}：{MANIFEST} 没有列出", f"{path}: not listed in {MANIFEST}")
    keys: Keys = {table.name: set() for table in TABLES}
    for file in manifest.files:
        yield from islice(_file_faults(folder, file, manifest, keys), _MOST_PER_FILE)
    if manifest.rows().get("grades", 0) != manifest.enterprises:
        yield Label(
            f"grades 共 {manifest.rows().get('grades', 0)} 行，企业数为 {manifest.enterprises}",
            f"grades has {manifest.rows().get('grades', 0)} rows for {manifest.enterprises} enterprises",
        )
    ungraded = {key[0] for key in keys["rules"]} - {key[0] for key in keys["grades"]}
    if ungraded:
        yield Label(
            f"rules 中有 {len(ungraded)} 家企业不在 grades 中，如 {min(ungraded)}",
            f"rules names {len(ungraded)} enterprises that are not in grades, such as {min(ungraded)}",
        )


def _file_faults(folder: Path, file: PackageFile, manifest: Manifest, keys: Keys) -> Iterator[Label]:
    path = folder / file.path
    table = {table.name: table for table in TABLES}.get(file.table)
    if table is None:
        yield Label(f"{file.path}：数据规范没有这张表", f"{file.path}: the schema has no such table")
        return
    if not path.is_file():
        yield Label(f"{file.path}：缺失", f"{file.path}: missing")
        return
    packed = path.read_bytes()
    if len(packed) != file.bytes or hashlib.sha256(packed).hexdigest() != file.sha256:
        yield Label(
            f"{file.path}：与校验值不符（已损坏或被改动）",
            f"{file.path}: differs from its checksum: damaged or changed",
        )
        return
    try:
        with gzip.open(io.BytesIO(packed)) as unpacking:
            content = unpacking.read(MOST_UNPACKED + 1)
        if len(content) > MOST_UNPACKED:
            raise ValueError(f"more than {MOST_UNPACKED:,} bytes unpacked")
        if hashlib.sha256(content).hexdigest() != file.content_sha256:
            raise ValueError("content_sha256")
        rows = list(read_rows(table, content))
    except (OSError, EOFError, zlib.error, ValueError, csv.Error) as error:
        yield Label(f"{file.path}：无法读取（{error}）", f"{file.path}: cannot be read ({error})")
        return
    if len(rows) != file.rows:
        yield Label(
            f"{file.path}：{len(rows)} 行，应为 {file.rows} 行", f"{file.path}: {len(rows)} rows, not {file.rows}"
        )
    for number, row in enumerate(rows, start=2):
        for field in table.fields:
            if not _valid(field, row[field.name], manifest):
                told = f"{file.path}:{number} {field.name} {row[field.name]!r}"
                yield Label(f"{told}：不符合数据规范", f"{told}: not as the schema has it")
        key = tuple(row[name] for name in table.key)
        if key in keys[table.name]:
            yield Label(
                f"{file.path}:{number}：{'、'.join(key)} 重复", f"{file.path}:{number}: {', '.join(key)} is there twice"
            )
        keys[table.name].add(key)


def _valid(field: Field, value: str, manifest: Manifest) -> bool:
    if not value:
        return not field.required
    if field.name == "as_of":
        return value == manifest.as_of.isoformat()
    if field.name in _GRADE_COLUMNS:
        return all(grade in manifest.grades for grade in value.split(LIST_SEPARATOR))
    match field.type:
        case "date":
            return _is_date(value)
        case "flag":
            return value in ("true", "false")
        case "integer":
            return re.fullmatch(r"-?[0-9]+", value) is not None
        case "number":
            return _is_number(value)
        case _:
            return field.codes is None or all(entry in field.codes for entry in value.split(LIST_SEPARATOR))


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
