"""Whether every file of an extract has the columns that the mappings read, however their names are written in it."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from riskml.core.errors import RunError

ROW = "source_row"
"""The column put before the file's own: the row's number, from 0 after the header, malformed and blank rows counted."""

MOST_COLUMNS = 1_000
"""No registry's extract has so many; a file that has more is not what source.yaml says it is."""


@dataclass(frozen=True)
class Wanted:
    """The columns of an extract that mappings read, in lower case.

    Parameters
    ----------
    certain
        Those that can be of this extract only.
    possible
        Those that may be of this extract or of another that the same mapping reads.
    everything
        Whether a mapping selects all columns (``*``).
    optional
        Those that a file may lack, as source.yaml says.
    """

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    everything: bool = False
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Header:
    """The columns of one file.

    Parameters
    ----------
    columns
        Their names; one that is blank or occurs again is numbered.
    repeated
        The names that occur more than once, in lower case.
    lines
        How many lines of a delimited file they take.
    """

    columns: tuple[str, ...]
    repeated: frozenset[str] = frozenset()
    lines: int = 0


def numbered(given: list[str], lines: int = 0) -> Header:
    """The names as column names: none blank, none twice.

    >>> numbered(["a", "", "A"]).columns
    ('a', 'column1', 'A_1')
    """
    names: list[str] = []
    repeated: set[str] = set()
    used = {ROW, "source_file"}
    for place, one in enumerate(given):
        plain = one.replace("\ufeff", "").replace("\0", "").strip() or f"column{place}"
        name, times = plain, 0
        while name.lower() in used:
            times += 1
            name = f"{plain}_{times}"
        if times and plain.lower() not in {ROW, "source_file"}:
            repeated.add(plain.lower())
        used.add(name.lower())
        names.append(name)
    return Header(tuple(names), frozenset(repeated), lines)


def settle(headers: dict[Path, Header], wanted: Wanted) -> tuple[dict[Path, dict[str, str]], dict[Path, RunError]]:
    """What each file's columns are called in the extract, and the files that cannot be read by themselves.

    A name that is written in another width or case, with blanks, invisible characters or, on a second line, a remark is
    still the name; one that another file has, or that only this extract can have, must be there.

    Returns
    -------
    dict
        File → its own name of a column → the name in the extract.
    dict
        File → why it is refused.
    """
    read = wanted.certain | wanted.possible
    names = {path: _recognised(header.columns, read) for path, header in headers.items()}
    present = {path: {name.lower() for name in own.values()} for path, own in names.items()}
    somewhere = frozenset[str]().union(*present.values())
    needed = (somewhere & (somewhere if wanted.everything else read)) | wanted.certain
    refused = {}
    for path, own in present.items():
        doubled = sorted(name for name in headers[path].repeated & read if f"{name}_1" not in read)
        missing = sorted(needed - own - wanted.optional)
        if doubled:
            refused[path] = _doubled(path, doubled)
        elif missing:
            others = frozenset[str]().union(*(had for other, had in present.items() if other != path))
            unused = [given for given, name in names[path].items() if name.lower() not in read | others]
            refused[path] = _lacking(path, missing, unused)
    return {path: own for path, own in names.items() if path not in refused}, refused


def _recognised(columns: tuple[str, ...], read: frozenset[str]) -> dict[str, str]:
    """A file's own names → those in the extract."""
    own = {name.lower() for name in columns}
    found: dict[str, str] = {}
    for spelt in (_plain, _first_line):
        for name in sorted(read - own - {value.lower() for value in found.values()}):
            same = [
                given
                for given in columns
                if given.lower() not in read and given not in found and spelt(given) == _plain(name)
            ]
            if len(same) == 1:
                found[same[0]] = name
    return {name: found.get(name, name) for name in columns}


def _plain(name: str) -> str:
    r"""The name without what is not seen or only looks different.

    >>> _plain(" ＥＮＤ＿date\u200b\n")
    'end_date'
    """
    shown = unicodedata.normalize("NFKC", name)
    return "".join(mark for mark in shown if unicodedata.category(mark)[0] not in "ZC").casefold()


def _first_line(name: str) -> str:
    r"""A header over several lines: its name, before a remark.

    >>> _first_line("end_date\n(none: open)")
    'end_date'
    """
    return _plain(name.strip().partition("\n")[0])


def _lacking(path: Path, missing: list[str], unused: list[str]) -> RunError:
    zh, en = "请重新导出。", "Export it again."
    for name in missing:
        close = difflib.get_close_matches(name, unused, n=1, cutoff=0.5) or (
            unused if len(unused) == len(missing) == 1 else []
        )
        if close:
            zh, en = f"多出的 {_shown(close[0])} 是否就是 {name}？", f"It has {_shown(close[0])}: is that {name}?"
    return RunError(
        zh=f"{path} 缺少字段 {'、'.join(missing)}，该文件未导入。{zh}字段改名的，请在文件或来源的 SQL 中改正；"
        "可以没有的，写在 source.yaml 该文件的 optional 中。",
        en=f"{path} lacks the column {', '.join(missing)} and is not loaded. {en} Where a column was renamed, correct "
        "the file or the SQL "
        "of the source; one that may be missing is named under 'optional' of the file in source.yaml.",
    )


def _doubled(path: Path, names: list[str]) -> RunError:
    return RunError(
        zh=f"{path} 的表头中 {'、'.join(names)} 出现多次，无法知道应读哪一列，该文件未导入；请改正表头，或在来源的 SQL "
        f"中写明 {names[0]}_1 是什么。",
        en=f"{path} has {', '.join(names)} more than once in its header, so which one is meant cannot be known, and is "
        "not loaded; "
        f"correct the header, or let the SQL of the source say what {names[0]}_1 is.",
    )


def _shown(name: str) -> str:
    return " ".join(name.split())
