"""A backup holds everything, and what is restored from it is what was backed up."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from databases import use_new_database
from handmade import Province
from sqlalchemy import text
from typer.testing import CliRunner

from riskml.backup.restore import restore
from riskml.backup.write import MANIFEST, back_up
from riskml.cli.commands import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.database.address import VARIABLE
from riskml.database.database import database_of

LISTING = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture
def busy(province: Province) -> Workspace:
    """A workspace with records, a run, a database that is written to, and what is no part of a backup."""
    province.receive({"abnormal_listing": [LISTING]})
    province.publish_run(1)
    workspace = province.workspace
    with closing(sqlite3.connect(workspace.data / "riskml.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE noted (what TEXT)")
        database.execute("INSERT INTO noted VALUES ('kept')")
        database.commit()
    for name in ("spill/a.tmp", "rates/0123/x.parquet", "simulated/e.csv"):
        (workspace.data / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.data / name).write_text("left out")
    return workspace


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somewhere else."""
    return tmp_path_factory.mktemp("disk")


def everything(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and ".sqlite" not in path.name
    }


def altered(backup: Path, to: Path, change: dict[str, bytes | None], *, more: dict[str, bytes] | None = None) -> Path:
    """The same backup with other content, without a member, or with more members."""
    with tarfile.open(backup) as old, tarfile.open(to, "w") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            content = change.get(member.name, file.read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, BytesIO(content))
        for name, content in (more or {}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            new.addfile(entry, BytesIO(content))
    return to


def test_what_is_restored_is_what_was_backed_up(busy: Workspace, disk: Path) -> None:
    back_up(busy, disk / "b.tar", silent)
    restore(disk / "b.tar", disk / "again", silent)
    left_out = ("data/spill/", "data/rates/", "data/simulated/")
    expected = {name: content for name, content in everything(busy.root).items() if not name.startswith(left_out)}
    assert everything(disk / "again") == expected
    again = Workspace(disk / "again")
    assert again.ledger.last_hash() == busy.ledger.last_hash()
    with closing(sqlite3.connect(again.data / "riskml.sqlite")) as database:
        assert database.execute("SELECT what FROM noted").fetchall() == [("kept",)]


def test_a_backup_that_is_not_as_it_was_written_restores_nothing(busy: Workspace, disk: Path) -> None:
    made = back_up(busy, disk / "b.tar", silent)
    one = sorted(name for name in made.files if name.endswith(".parquet"))[0]
    for number, found in enumerate(
        (
            altered(disk / "b.tar", disk / "1.tar", {one: b"other"}),
            altered(disk / "b.tar", disk / "2.tar", {one: None}),
            altered(disk / "b.tar", disk / "3.tar", {}, more={one + "x": b"more"}),
        )
    ):
        with pytest.raises(RunError, match=one):
            restore(found, disk / f"again{number}", silent)
    with pytest.raises(RunError, match="no whole backup"):
        restore(altered(disk / "b.tar", disk / "4.tar", {MANIFEST: None}), disk / "again", silent)
    with pytest.raises(RunError, match="no whole backup"):
        restore(altered(disk / "b.tar", disk / "5.tar", {}, more={"../outside": b"x"}), disk / "again", silent)
    cut = disk / "6.tar"
    cut.write_bytes((disk / "b.tar").read_bytes()[:-20_000])
    with pytest.raises(RunError):
        restore(cut, disk / "again", silent)
    assert [path.name for path in disk.iterdir() if "again" in path.name] == []
    assert not (disk / "outside").exists()


def test_nothing_is_overwritten_and_nobody_is_disturbed(busy: Workspace, disk: Path) -> None:
    back_up(busy, disk / "b.tar", silent)
    with pytest.raises(ConfigurationError, match="there already"):
        back_up(busy, disk / "b.tar", silent)
    with pytest.raises(ConfigurationError, match="within the workspace"):
        back_up(busy, busy.root / "c.tar", silent)
    with pytest.raises(ConfigurationError, match="there already"):
        restore(disk / "b.tar", busy.root, silent)
    with exclusive(busy.runs / "yunnan" / "run.lock"), pytest.raises(RunError, match="Another riskml process"):
        back_up(busy, disk / "d.tar", silent)
    assert sorted(path.name for path in disk.glob("*.tar")) == ["b.tar"]


def test_the_rows_of_postgresql_go_along(
    postgresql: str, busy: Workspace, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_new_database(postgresql, monkeypatch)
    with database_of(busy).writing() as connection:
        connection.execute(text("CREATE TABLE noted AS SELECT '甲' AS what"))
    back_up(busy, disk / "b.tar", silent)
    with monkeypatch.context() as without:
        without.delenv(VARIABLE)
        with pytest.raises(ConfigurationError, match=VARIABLE):
            restore(disk / "b.tar", disk / "again", silent)
    use_new_database(postgresql, monkeypatch)
    restore(disk / "b.tar", disk / "again", silent)
    with database_of(Workspace(disk / "again")).reading() as connection:
        assert connection.execute(text("SELECT what FROM noted")).fetchall() == [("甲",)]
    with pytest.raises(RunError, match=r"pg_restore failed.*noted"):  # the database is not empty any more
        restore(disk / "b.tar", disk / "once more", silent)
    assert not (disk / "once more").exists()


def test_the_two_commands(busy: Workspace, disk: Path) -> None:
    (busy.root / "features").mkdir()
    asked = ["--workspace", str(busy.root), "backup", "--to", str(disk / "b.tar")]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    assert [line.kind for line in busy.ledger.lines()][-1] == "backup"
    ran = CliRunner().invoke(app, ["restore", str(disk / "b.tar"), "--into", str(disk / "again")])
    assert ran.exit_code == 0, ran.output
    assert Workspace(disk / "again").records.is_dir()
