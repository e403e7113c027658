"""A proposed source as text: source.yaml, and one SELECT for each record table, what a person has to say marked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb
import yaml

from riskml.audit.entries import PERSONS_NUMBER
from riskml.core.language import Label, say
from riskml.engines.duckdb import identifier, literal
from riskml.mapping.look import SIMULATED_MARK, FoundColumn, Looked, tells_rows
from riskml.mapping.match import MatchedFile, Placed
from riskml.mapping.words import code_of, nearest_code, unit_of
from riskml.records.normalising import PLACEHOLDERS
from riskml.records.sources import GAP
from riskml.records.tables import Column, Table

_SURE = 0.62
"""Below this a place is a guess, and marked."""
_SHOWN_WORDS = 12
_RARE = 0.002
"""A word of fewer rows is left to the loading, which takes it as ``other`` and counts it."""
_YUAN = literal("元")
_DAYS = "'%Y-%m-%d', '%Y/%m/%d', '%Y.%m.%d', '%Y年%m月%d', '%Y%m%d'"
_NUMBER = r"^[-+0-9０-９,，.．]+$"


@dataclass
class Written:
    """One SELECT under way: its lines, and what a person has to say of it."""

    lines: list[str] = field(default_factory=list)
    gaps: int = 0

    def gap(self, text: str, indent: str = "    ") -> None:
        """A line that the loading refuses until it is gone."""
        self.remark(f"{GAP} {text}", indent)
        self.gaps += 1

    def remark(self, text: str, indent: str = "    ") -> None:
        """A comment of one line, whatever the names of files, sheets and columns hold."""
        self.lines.append(f"{indent}-- {one_line(text)}")


def one_line(text: str) -> str:
    r"""A text that cannot end the comment in which it is written.

    >>> one_line("名单\nSELECT 1;\u2028--")
    '名单 SELECT 1; --'
    """
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def source_yaml(name: str, looked: Looked, matched: dict[str, MatchedFile]) -> str:
    """The text of source.yaml: the files that fill a table, and as remarks those that do not."""
    content: dict[str, object] = {"source": name, "label": {"zh": name, "en": name}}
    if looked.simulated:
        content["simulated"] = True
    content["identifier"] = "uscc"
    content["files"] = {
        view: {"path": one.file.entry.path}
        | one.file.entry.model_dump(exclude_defaults=True, exclude={"path", "optional", "snapshot"})
        for view, one in matched.items()
        if one.table
    }
    head = say(
        "由 riskml source new 拟出。名称（label）请改成提供单位的名称；每次都送全量名单的，给该文件加 snapshot: true。",
        "Proposed by riskml source new. Call it (label) what its provider is called; where each delivery is the whole "
        "list, add snapshot: true to that file.",
    )
    lines = [f"# {head}"]
    if looked.simulated:
        lines.append(f"# {SIMULATED_MARK}: " + say("全部为模拟数据。", "all of it is simulated."))
    for one in matched.values():
        if one.table is None:
            nearest, how = one.next_best
            lines.append(
                f"# {one_line(one.file.path)}: "
                + say(
                    f"没有对应的记录表（最近的是 {nearest}，{how:.2f}）",
                    f"fills no table (nearest: {nearest}, {how:.2f})",
                )
            )
    lines += [f"# {one_line(f'{path}: {why.said}')}" for path, why in looked.unread.items()]
    return "\n".join(lines) + "\n" + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def select_sql(connection: duckdb.DuckDBPyConnection, view: str, one: MatchedFile, table: Table) -> Written:
    """The SELECT that makes the rows of `table` of one file."""
    out = Written()
    out.remark(f"{one.file.path} → {table.name}（{table.label.zh}）", "")
    for left in one.unplaced:
        out.remark(say(
            f"没有对应的字段：{left.name}（{left.rows:,} 行有值，{left.distinct:,} 种）",
            f"no place for: {left.name} ({left.rows:,} rows, {left.distinct:,} values)",
        ), "")  # fmt: skip
    if one.likeness - one.next_best[1] < 0.05:
        out.gap(
            say(
                f"也可能是 {one.next_best[0]} 表；确认后删去本行",
                f"or is it table {one.next_best[0]}? remove this line if not",
            ),
            "",
        )
    out.lines += ["SELECT", "    source_row,", "    source_file,"]
    placed = {placed.column.name: placed for placed in one.placed}
    for column in table.delivered_columns:
        if column.name == "record_id":
            _record_id(out, connection, one, table, placed)
        elif column.name in placed:
            _column(out, table, placed[column.name])
        elif column.required:
            _missing(out, column)
        elif column.name == "known_date":
            out.remark(say(
                "没有知悉日期：按记录自己的日期算，回看时会显得知道得太早",
                "no day of knowledge: the record's own is taken, and looking back it seems known too early",
            ))  # fmt: skip
    last = max(place for place, line in enumerate(out.lines) if not line.lstrip().startswith("--"))
    out.lines[last] = out.lines[last].removesuffix(",")
    out.lines.append(f"FROM {view}")
    return out


def _record_id(
    out: Written, connection: duckdb.DuckDBPyConnection, one: MatchedFile, table: Table, placed: dict[str, Placed]
) -> None:
    """An id of each record: a column that tells all rows, or else what together tells them."""
    if "record_id" in placed:
        if placed["record_id"].sureness < _SURE:
            out.gap(_is_it_kept(one, placed["record_id"]).said)
        out.lines.append(f"    {_name(placed['record_id'])} AS record_id,")
        return
    parts = [placed[name] for name in (table.subject, table.date_column) if name in placed]
    others = [one for name, one in placed.items() if one.column.required and one not in parts]
    for number in range(len(others) + 1):
        taken = parts + others[:number]
        if tells_rows(connection, one.file, [part.found.name for part in taken]):
            out.lines.append(
                "    -- "
                + say("没有唯一编号，由这几个字段合成", "no unique number: made of what together tells every row")
            )
            break
    else:
        taken = parts + others
        out.gap(say("这几个字段分不清各行；请补充能区分的字段", "these do not tell all rows apart: add what does"))
    out.lines.append(f"    concat_ws('-', {', '.join(_part_of_id(part, table) for part in taken)}) AS record_id,")


def _is_it_kept(one: MatchedFile, placed: Placed) -> Label:
    """The question whether a number stays with its record, and what to write where it does not."""
    typed = {own.found.name for own in one.placed if own.column.type != "text"}
    name = placed.found.name
    others = [column.name for column in one.file.columns if column.name in one.file.unique - typed - {name}]
    zh, en = (
        (f"换成也能区分每一行的 {'、'.join(others)} 之一",
         f"write one of these in the next line, which tell every row too: {', '.join(others)}")
        if others
        else ("改用 concat_ws('-', …)，由几个合起来能区分每一行的字段合成",
              "write concat_ws('-', …) in the next line, of columns that together tell every row")
    )  # fmt: skip
    return Label(
        f"“{name}”在每次报送中都是同一条记录的同一个编号吗？是则删去本行；不是则把下一行{zh}",
        f"has one matter the same {name!r} in every delivery? if so remove this line; if not, {en}",
    )


def _part_of_id(placed: Placed, table: Table) -> str:
    """A value in one form, where it is written in one of the usual ones: a record has the same id in every delivery."""
    name = _name(placed)
    if placed.column.type == "date":
        day = f"regexp_replace(translate(trim({name}), '０１２３４５６７８９', '0123456789'), '[T 日].*$', '')"
        return f"coalesce(strftime(try_strptime({day}, [{_DAYS}]), '%Y-%m-%d'), {name})"
    return f"upper(trim({name}))" if placed.column.name == table.subject else name


def _column(out: Written, table: Table, placed: Placed) -> None:
    column, found = placed.column, placed.found
    if placed.sureness < _SURE:
        examples = _examples(placed)
        out.gap(say(
            f"{column.name}（{column.label.zh}）由“{found.name}”填写是猜测{examples.zh}；对则删去本行，不对则删两行",
            f"{column.name} from {found.name!r} is a guess{examples.en}; remove this line, or both",
        ))  # fmt: skip
    if column.codes is not None:
        _codes(out, table, placed)
    elif column.type == "amount":
        _amount(out, placed)
    else:
        if column.type == "date" and found.shape.short_years:
            out.lines.append("    -- " + say(
                f"约 {found.shape.short_years:.1%} 的值年份只有两位，不能猜，将被拒绝：请提供单位改为四位",
                f"about {found.shape.short_years:.1%} of the values have years of two digits, which are not guessed: "
                "they are refused until the provider sends four",
            ))  # fmt: skip
        out.lines.append(f"    {_name(placed)} AS {column.name},")


def _examples(placed: Placed) -> Label:
    """Some values, of codes, dates and amounts alone: what is committed holds no person's name or number."""
    plain = placed.column.codes is None and placed.column.type not in ("date", "amount")
    words = [] if plain else [_shown(word) for word in _told(placed.found)[:3]]
    if not words:
        return Label("", "")
    return Label(f"，如 {'、'.join(words)}", f", values such as {', '.join(words)}")


def _codes(out: Written, table: Table, placed: Placed) -> None:
    """A column of codes: words that loading reads by itself are left; others are given their code, or marked."""
    column, found = placed.column, placed.found
    codes = column.codes or {}
    known = {*codes, *(label.zh for label in codes.values()), *PLACEHOLDERS}
    given = {word: code_of(table, column, word) for word in _told(found) if word not in known}
    rare = max(2, _RARE * found.rows)
    unknown = [word for word, code in given.items() if code is None and found.top[word] >= rare][:_SHOWN_WORDS]
    if not unknown and not any(given.values()):
        out.lines.append(f"    {_name(placed)} AS {column.name},")
        return
    out.lines.append(f"    CASE {_name(placed)}")
    out.lines += [f"        WHEN {literal(word)} THEN {literal(code)}" for word, code in given.items() if code]
    listed_zh = "、".join(f"{code} {label.zh}" for code, label in codes.items())
    for word in unknown:
        out.gap(say(
            f"“{_shown(word)}” × {found.top[word]:,} 是哪一个：{listed_zh}",
            f"{_shown(word)!r} × {found.top[word]:,} is which of {', '.join(codes)}",
        ), "        ")  # fmt: skip
        out.lines.append(f"        WHEN {literal(word)} THEN {literal(nearest_code(column, word))}")
    out.lines += [f"        ELSE {_name(placed)}", f"    END AS {column.name},"]


def _amount(out: Written, placed: Placed) -> None:
    """An amount: plain numbers are in the unit that the header says; where it says none, a person has to."""
    name, column = _name(placed), placed.column.name
    unit = unit_of(placed.found.name)
    bare = any(re.match(_NUMBER, word) for word in placed.found.top)
    if unit in (None, "万元") or not bare:
        if unit is None and bare:
            out.gap(say(
                f"“{placed.found.name}”没有写单位：按万元读；是元的，改为 {name} || {_YUAN}",
                f"{placed.found.name!r} names no unit: read as 10,000 yuan; for yuan write {name} || {_YUAN}",
            ))  # fmt: skip
        out.lines.append(f"    {name} AS {column},")
        return
    out.lines.append(
        f"    CASE WHEN regexp_full_match(trim({name}), {literal(_NUMBER.strip('^$'))}) THEN {name} || {literal(unit)} "
        f"ELSE {name} END AS {column},"
    )


def _missing(out: Written, column: Column) -> None:
    codes = ", ".join(column.codes or ())
    zh, en = (
        (f"；整个文件同一个值的写在这里：{codes}", f"; if one holds for the whole file write it: {codes}")
        if codes
        else ("", "")
    )
    out.gap(say(
        f"必填的 {column.name}（{column.label.zh}）没有找到{zh}",
        f"nothing found for {column.name}, which is required{en}",
    ))  # fmt: skip
    out.lines.append(f"    NULL AS {column.name},")


def _name(placed: Placed) -> str:
    return identifier(placed.found.name)


def _shown(word: str) -> str:
    """A value in a comment of one line."""
    return " ".join(word.split())[:30]


def _told(found: FoundColumn) -> list[str]:
    """The values that may be written into a file that is committed: none with a person's number."""
    return [word for word in found.top if not PERSONS_NUMBER.search(word)]
