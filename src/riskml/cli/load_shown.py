"""What became of a load, as it is printed, as JSON, and in the log."""

from __future__ import annotations

from typing import Any

from riskml.cli.terminal import out, show_error, table
from riskml.core import logs
from riskml.core.language import counted, say
from riskml.records.checks import REASONS
from riskml.records.load_report import IngestReport
from riskml.records.references import REFERENCE_LEVELS
from riskml.records.tables import TABLES

UNMAPPED = frozenset({"malformed_line", "cut_off", "undecodable"})
"""Reasons of lines that no mapping ever saw."""


def log_load(report: IngestReport) -> None:
    """Write the counts to the command's log."""
    logs.event(
        "loaded", source=report.source, received=report.received, unreadable=len(report.unreadable),
        tables={one.table: {k: v for k, v in vars(one).items() if k != "table"} for one in report.tables},
        faults=_faults(report), notes=_notes(report),
    )  # fmt: skip


def as_content(report: IngestReport, *, dry: bool) -> dict[str, Any]:
    """The report for programs. Of every file: received = stored + known + refused + waiting."""
    return {
        "source": report.source, "dry_run": dry, "load": None if dry else report.load, "complete": report.complete,
        "same_as_load": report.same_as, "older": report.older.en if report.older else None,
        "needs_confirmation": [one.en for one in report.to_confirm],
        "faults": _faults(report), "notes": _notes(report),
        "new_words": [
            {"table": t, "column": c, "word": w, "fields": n, "taken_as": "other" if has_other(t, c) else None}
            for (t, c, w), n in report.new_words.items()
        ],
        "unknown_names": [{"column": c, "word": w, "nearest": near} for (c, w), near in report.unknown_names.items()],
        "references": [{**vars(one), "level": one.level} for one in report.unmet],
        "tables": {one.table: vars(one) for one in report.tables},
        "files": {one.file: {k: v for k, v in vars(one).items() if k != "file"} for one in report.files},
        "unreadable": {view: error.en for view, error in report.unreadable.items()},
        "unused_columns": report.unused_columns, "quarantine": str(report.quarantine) if report.quarantine else None,
        "offered_amendments": {"file": str(report.offered) if report.offered else None, "rows": report.number_offered},
    }  # fmt: skip


def show_load(report: IngestReport, *, dry: bool) -> None:
    """Print the report."""
    if report.same_as is not None:
        out.print(
            say(
                f"与第 {report.same_as} 批完全相同，没有任何改变。",
                f"The files are the same as those of load {report.same_as}: nothing was changed.",
            ),
            soft_wrap=True,
        )
        return
    table(
        f"{say('试算，未入库：', 'Dry run, nothing loaded: ') if dry else say('导入：', 'Loaded: ')}{report.source}",
        [
            say("表", "table"),
            say("收到", "received"),
            say("入库", "taken"),
            say("重复", "repeated"),
            say("结束", "closed"),
            say("移出", "left"),
            say("隔离", "refused"),
        ],
        [
            [one.table, one.received, one.taken, one.repeated, one.closed, one.left, one.refused]
            for one in report.tables
        ],
    )
    table(
        say("逐个文件", "File by file"),
        [
            say("文件", "file"),
            say("收到", "received"),
            say("= 入库", "= stored"),
            say("+ 已有", "+ known"),
            say("+ 隔离", "+ refused"),
            say("+ 等待", "+ waiting"),
        ],
        [[one.file, one.received, one.stored, one.known, one.refused, one.waiting] for one in report.files],
    )
    malformed = sum(count for (_, _, reason), count in report.faults.items() if reason in UNMAPPED)
    if malformed:
        english = counted(malformed, "lines are no rows: they count for their", "line is no row: it counts for its")
        out.print(
            say(
                f"  另有 {malformed:,} 行读不成一行数据，计入文件，不计入任何一张表。",
                f"  {english} file and for no table.",
            ),
            soft_wrap=True,
        )
    for said in ([report.older] if report.older else []) + list(report.to_confirm if dry else ()):
        out.print(say("  注意：", "  Note: ") + said.said, soft_wrap=True)
    for listed in (one for one in report.tables if one.is_late):
        out.print(
            say(
                f"  {listed.table} 的名单早于已导入的名单：只补充历史 {listed.taken:,} 条，没有移出，"
                "也没有恢复任何一条。",
                f"  The list of {listed.table} is older than one loaded before: it added "
                f"{counted(listed.taken, 'states')} to the past, ended none and "
                "reopened none.",
            ),
            soft_wrap=True,
        )
    _show_faults(report)
    for one in report.unmet:
        out.print(f"  {REFERENCE_LEVELS[one.level].said} {one.told.said}", soft_wrap=True)
    if report.number_offered:
        where = report.offered
        out.print(
            say(
                f"  与库中记录不同的 {report.number_offered:,} 处可作更正报送，须先逐行填写 "
                f"kind{f'，见 {where}' if where else ''}",
                f"  {counted(report.number_offered, 'differences')} to stored records can be sent as amendments, once "
                "a person has filled in kind"
                f"{f': see {where}' if where else ''}",
            ),
            soft_wrap=True,
        )
    if report.quarantine:
        out.print(
            say("  逐行原因见 ", "  Every row and field with its reason: ") + str(report.quarantine), soft_wrap=True
        )
    for view, names in report.unused_columns.items():
        out.print(
            say(
                f"  {view} 有未使用的字段：{'、'.join(names)}",
                f"  Columns of {view} that no mapping uses: {', '.join(names)}",
            ),
            soft_wrap=True,
        )
    for error in report.unreadable.values():
        show_error(error)


def _show_faults(report: IngestReport) -> None:
    for (name, column, reason), count in report.faults.items():
        place = f"{name}.{column}" if column else name
        out.print(f"  {say('隔离', 'refused')} {count:,}: {place}, {REASONS[reason].said}", soft_wrap=True)
    for (name, column, reason), count in report.notes.items():
        out.print(f"  {say('记下', 'noted')} {count:,}: {name}.{column}, {REASONS[reason].said}", soft_wrap=True)
    for (name, column, word), count in report.new_words.items():
        other = has_other(name, column)
        became = (
            say("新词，记作其他", "new word, taken as other")
            if other
            else say("新词，置空，作未知", "new word, null and not known")
        )
        out.print(f"  {became}: {name}.{column}: {word} × {count:,}", soft_wrap=True)
    for (column, word), near in report.unknown_names.items():
        meant = say(f"，是否应为 {near}？", f", did you mean {near}?") if near else ""
        out.print(f"  amendment.{column}: {word}{meant}", soft_wrap=True)


def has_other(table: str, column: str) -> bool:
    """Whether a new word of a column becomes the code ``other``; elsewhere it is null.

    >>> has_other("penalty", "severity"), has_other("inspection", "result")
    (True, False)
    """
    return "other" in (TABLES[table].column(column).codes or ())


def _faults(report: IngestReport) -> list[dict[str, Any]]:
    return [{"table": t, "column": c, "reason": r, "rows": n} for (t, c, r), n in report.faults.items()]


def _notes(report: IngestReport) -> list[dict[str, Any]]:
    return [{"table": t, "column": c, "reason": r, "fields": n} for (t, c, r), n in report.notes.items()]
