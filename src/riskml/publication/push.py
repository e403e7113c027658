"""The package for the upper level (Yunnan Art. 7): a published run in the stated schema, with checksums.

    <package>/manifest.json  schema.json  grades/part-00000.csv.gz …  rules/part-00000.csv.gz …

Nothing but the run and what was brought up to date at once since goes in: the same run and updates give the same
package, id and bytes. Names and addresses stay here; the credit code says whose grade it is, and of the evidence only
the number of records is told (Yunnan Art. 8).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from riskml.core.context_pool import ContextPool
from riskml.core.files import group_id, put_in_place, share, write_durably
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, parquet
from riskml.publication.atomic_write import appearing_whole, empty_draft, json_bytes
from riskml.publication.csv_lines import cell_sql, give_lines, line_of, line_sql
from riskml.publication.package_manifest import (
    MANIFEST,
    SCHEMA,
    Manifest,
    Notice,
    PackageFile,
    RunInputs,
    SchemaReference,
    package_id,
)
from riskml.publication.push_schema import LIST_SEPARATOR, NAME, TABLES, VERSION, PushTable, schema
from riskml.publication.updated import updated_grades_sql
from riskml.publication.verify import faults_of
from riskml.records.tables import Label
from riskml.runs.immediate import Update, read_updates
from riskml.runs.published import PublishedRun, published_run
from riskml.schemes.notices import notice_of

_SELECTED = {
    "grades": "SELECT DATE '{as_of}' AS as_of, * FROM ({grades}) ORDER BY enterprise_id",
    "rules": "SELECT * REPLACE (DATE '{as_of}' AS as_of), len(evidence) AS evidence_records FROM {part} ORDER BY "
    "enterprise_id, rule",
}


@dataclass(frozen=True)
class Package:
    """A package on disk.

    Parameters
    ----------
    sha256
        Of its manifest.json, which holds the checksums of all other files: what a receipt quotes.
    made
        Whether it was made now; False where the same package was there already.
    """

    folder: Path
    manifest: Manifest
    sha256: str
    made: bool


def make_package(
    workspace: Workspace,
    scheme: str,
    as_of: date,
    to: Path | None,
    on_progress: Callable[[str, int, int], None],
    *,
    group: str | None = None,
) -> Package:
    """Make the package of a published run in ``runs/<scheme>/push/``, and a copy in `to`.

    Parameters
    ----------
    to
        The folder from which the office's transport takes packages; None where no copy is wanted.
    group
        The group of accounts that may read the copy; its owner's alone where None.

    Raises
    ------
    ConfigurationError
        Where the run is not published, or there is no such group.
    RunError
        Where a file of the run is damaged, the account is not in the group, or another process is making a package.
    """
    shared = None if group is None else group_id(group)
    run = published_run(workspace, scheme, as_of)
    parent = packages_folder(workspace, scheme)
    parent.mkdir(parents=True, exist_ok=True)
    with exclusive(parent):
        draft = empty_draft(parent)
        updates = read_updates(workspace.ledger, scheme, as_of)
        notice = notice_of(run.policy.scheme, as_of)
        manifest = _write_contents(connect(workspace.spill), run, updates, notice, draft, on_progress)
        content = json_bytes(manifest.to_dict())
        write_durably(draft / MANIFEST, content)
        folder = parent / manifest.package
        made = not folder.exists() or bool(faults_of(folder))
        if made:
            put_in_place(draft, folder)
        else:
            shutil.rmtree(draft)
    if to is not None:
        if shared is not None and not to.exists():
            to.mkdir(parents=True)
            share(to, shared)
        with appearing_whole(to / folder.name) as copy:
            _copy_files(folder, copy)
            if shared is not None:
                share(copy, shared)
    return Package(folder, manifest, hashlib.sha256(content).hexdigest(), made)


def _copy_files(folder: Path, copy: Path) -> None:
    """Copy what is in a folder; of a disk that is full the error says so, which that of `shutil.copytree` does not."""
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
        else:
            shutil.copyfile(path, target)


def packages_folder(workspace: Workspace, scheme: str) -> Path:
    """Where the packages of a scheme are."""
    return workspace.runs / scheme / "push"


def _write_contents(
    connection: duckdb.DuckDBPyConnection,
    run: PublishedRun,
    updates: Mapping[str, Update],
    notice: Label,
    folder: Path,
    on_progress: Callable[[str, int, int], None],
) -> Manifest:
    """Write the schema and every part, and return the manifest that lists them."""
    packing: list[Future[PackageFile]] = []
    parts = [(table, part) for table in TABLES for part in run.parts(table.name)]
    with ContextPool(os.cpu_count()) as pool:  # parts are compressed while later ones are read
        for number, (table, part) in enumerate(parts):
            on_progress(table.name, number, len(parts))
            grades = updated_grades_sql(connection, parquet([part]), updates) if table.name == "grades" else ""
            selected = _SELECTED[table.name].format(as_of=run.as_of, part=parquet([part]), grades=grades)
            lines = [line_of(table.columns)]
            rows = give_lines(connection.sql(f"SELECT {_line_sql(table)} FROM ({selected})"), lines.append)
            path = f"{table.name}/{part.stem}.csv.gz"
            packing.append(pool.submit(_write_part, folder, path, rows, "".join(lines).encode()))
    files = [one.result() for one in packing]
    described = json_bytes(schema())
    write_durably(folder / SCHEMA, described)
    manifest = Manifest(
        schema=SchemaReference(name=NAME, version=VERSION, sha256=hashlib.sha256(described).hexdigest()),
        package=f"{run.scheme}-{run.as_of}-{'0' * 16}",
        scheme=run.scheme,
        as_of=run.as_of,
        grades=run.grades,
        notice=Notice(zh=notice.zh, en=notice.en),
        simulated=run.manifest.simulated,
        enterprises=run.manifest.enterprises,
        revision=run.revision,
        updated=len(updates),
        run=RunInputs.model_validate({name: getattr(run.manifest, name) for name in RunInputs.model_fields}),
        files=tuple(files),
    )
    return manifest.model_copy(update={"package": package_id(manifest)})


def _line_sql(table: PushTable) -> str:
    """A line of a table in SQL, every value as the schema says."""
    return line_sql(
        cell_sql(f"array_to_string({field.name}, '{LIST_SEPARATOR}')" if field.type == "list" else field.name)
        if field.type in ("text", "list")
        else f"coalesce(CAST({field.name} AS VARCHAR), '')"
        for field in table.fields
    )


def _write_part(folder: Path, path: str, rows: int, content: bytes) -> PackageFile:
    # Compressed without the time and the name that gzip would add: the same content gives the same bytes.
    packed = gzip.compress(content, mtime=0)
    write_durably(folder / path, packed)
    return PackageFile(
        path=path, rows=rows, bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest(),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
