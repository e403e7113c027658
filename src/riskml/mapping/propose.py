"""A folder of files → a proposed source: its folder below ``sources/``, and what it could not place."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import put_in_place
from riskml.core.progress import Progress
from riskml.engines.duckdb import connect
from riskml.mapping.look import Looked, look
from riskml.mapping.match import MatchedFile, match
from riskml.mapping.write import Written, select_sql, source_yaml
from riskml.records.sources import find_source
from riskml.records.tables import TABLES


@dataclass(frozen=True)
class Proposal:
    """What was proposed.

    Parameters
    ----------
    folder
        Where source.yaml and the SQL are.
    matched
        Name of the view → its file, with the table that it fills.
    gaps_by_file
        Name of the view → how much a person has to fill in.
    """

    folder: Path
    looked: Looked
    matched: dict[str, MatchedFile]
    gaps_by_file: dict[str, int]

    @property
    def gaps(self) -> dict[str, int]:
        """Record table → how much a person has to fill in."""
        total: Counter[str] = Counter()
        for view, number in self.gaps_by_file.items():
            table = self.matched[view].table
            assert table is not None
            total[table.name] += number
        return dict(total)


def propose(sources: Path, name: str, folder: Path, on_progress: Progress) -> Proposal:
    """Write ``sources/<name>/`` for the files in `folder`.

    Raises
    ------
    ConfigurationError
        Where there is such a source, or its name can be none.
    RunError
        Where no file of the folder fills a record table.
    """
    target = find_source(sources, name)
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name):
        raise ConfigurationError(
            zh=f"{name!r} 不能作来源的名称；请用小写英文字母、数字、_ 和 -，以字母开头，如 qujing。",
            en=f"{name!r} cannot be the name of a source; use small letters, digits, _ and -, a letter first, such as "
            "qujing.",
        )
    if target.exists():
        raise ConfigurationError(
            zh=f"{target} 已经存在；请换一个名称，或先移走它。",
            en=f"{target} is there already; take another name, or move it away first.",
        )
    with tempfile.TemporaryDirectory(prefix="riskml-look-") as scratch:
        connection = connect(Path(scratch) / "spill")
        connection.execute("SET preserve_insertion_order = true")
        looked = look(connection, folder, Path(scratch), on_progress)
        matched = _named({one.path: match(one) for one in looked.files})
        written: dict[str, Written] = {}
        selects: dict[str, list[Written]] = {}
        for view, one in matched.items():
            if one.table:
                written[view] = select_sql(connection, view, one, one.table)
                selects.setdefault(one.table.name, []).append(written[view])
        connection.close()
    if not selects:
        raise RunError(
            zh=f"{folder} 中没有一个文件与记录表对应；请核对目录，或按 CONTRIBUTING 3.4 手写来源。",
            en=f"No file of {folder} fills a record table; check the folder, or write the source by CONTRIBUTING 3.4.",
        )
    draft = target.with_name(f".{name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # of one that was killed
    draft.mkdir(parents=True)
    (draft / "source.yaml").write_text(source_yaml(name, looked, matched), encoding="utf-8")
    for table, parts in selects.items():
        text = "\nUNION ALL BY NAME\n".join("\n".join(one.lines) for one in parts)
        (draft / f"{table}.sql").write_text(text + "\n", encoding="utf-8")
    put_in_place(draft, target)
    return Proposal(target, looked, matched, {view: one.gaps for view, one in written.items()})


def _named(matched: dict[str, MatchedFile]) -> dict[str, MatchedFile]:
    """The files by the names of their views: that of the table they fill, numbered where several do."""
    named: dict[str, MatchedFile] = {}
    for path, one in matched.items():
        stem = one.table.name if one.table else re.sub(r"\W", "_", PurePath(path).stem)
        name, number = f"{stem}_raw", 1
        while name in named:
            number += 1
            name = f"{stem}{number}_raw"
        named[name] = one
    assert all(one.table is None or one.table.name in TABLES for one in named.values())
    return named
