"""Write docs/zh/records.md and docs/en/records.md from the shipped record tables: ``python docs/make_records.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from riskml.records.tables import DIMENSIONS, SQL_TYPES, TABLES, Column, Label, Table

KINDS = {
    "event": Label("事件：发生在某日", "An event: it happened on a day"),
    "state": Label("状态：自某日起，可能已终止", "A state: it began, and may have ended"),
    "version": Label("版本：自某日起至下一版本", "A version: true from a day on until the next"),
}

HEAD = Label(
    """\
# 记录表

由 `python docs/make_records.py` 从 `src/riskml/records/shipped_tables/*.yaml` 生成，不要手改。

单位可以在工作区里自加字段和表，不用改程序，见[分析人员指南](analysts.md#自加字段和表)。

导入后的每一行都符合这里的字段、类型和代码；不符合的行进隔离区。金额单位为万元，比例为 0 至 1 之间的小数。
各表共有 `record_id`、`known_date`（监管部门知悉之日，来源没有时取记录自身的日期）、`authority`、`source`，状态表另有
`end_date` 和 `end_known_date`。标 † 的字段说明由谁检查、由谁作出，绝不作指标；标 ‡ 的日期可以晚于接收日（事先定下的到期日）。
终止日期晚于接收日的，存为 `planned_end_date`；写“长期”“9999-12-31”“-”等的是没有终止。
行业按 GB/T 4754，行政区划按 GB/T 2260，街道（乡镇）按 GB/T 10114 的代码。

一条记录由来源、主体和 `record_id` 认定：两个来源用同一编号，或一份决定书有两个当事人，是两条记录。`arrival` 由导入填写：到达的次序
（先按批次，再按文件，再按行）。几条记录日期相同时，以知悉较晚的为新；知悉日也相同的，以较晚到达的为新；与编号的写法无关。
""",
    """\
# Record tables

Made by `python docs/make_records.py` from `src/riskml/records/shipped_tables/*.yaml`; do not edit by hand.

An office may add columns and tables of its own in its workspace, without changing the program: see
[For analysts](analysts.md#columns-and-tables-of-your-own).

Every stored row has these columns, types and codes; a row that has not goes to quarantine. Amounts are in 10,000 yuan,
shares are decimals between 0 and 1. All tables have `record_id`, `known_date` (the day the authorities knew; where the
source has none, the record's own date), `authority` and `source`; tables of states also have `end_date` and
`end_known_date`. A column marked † says who looked or who decided and is never an indicator; a date marked ‡ may be
later than the day received (an expiry that is set beforehand). An end after the day received is stored as
`planned_end_date`; `长期`, 9999-12-31, - and the like mean that there is no end. Industries have the codes of GB/T 4754,
divisions those of GB/T 2260, streets and townships those of GB/T 10114.

A record is known by its source, its subject and its `record_id`: the same id in two sources, or for two parties of one
decision, is two records. `arrival` is filled in by the loading: the order in which rows arrived (by load, then by file,
then by line). Of several records of one date, the one known later is the newer; of those known on the same day, the one
that arrived later. How a source writes its ids decides nothing.
""",
)

COLUMNS = Label("| 字段 | 名称 | 类型 | 必填 | 代码 |", "| Column | Label | Type | Required | Codes |")
REQUIRED = Label("是", "yes")
ACROSS = Label("各维度共用", "Across dimensions")
STOP = Label("。", ".")


def records_page(language: str) -> str:
    """The whole page in one language (zh or en), ending in one newline."""
    return "\n".join([getattr(HEAD, language), *_sections(language)]).rstrip("\n") + "\n"


def _sections(language: str) -> Iterator[str]:
    for dimension, label in {**DIMENSIONS, "any": ACROSS}.items():
        yield f"## {getattr(label, language)}\n"
        for table in TABLES.values():
            if table.dimension == dimension:
                yield _table(table, language)


def _table(table: Table, language: str) -> str:
    kind, columns, stop = (getattr(one, language) for one in (KINDS[table.kind], COLUMNS, STOP))
    rows = "\n".join(_row(column, language) for column in table.columns)
    title = getattr(table.label, language)
    return f"### `{table.name}` {title}\n\n{kind}{stop}\n\n{columns}\n|---|---|---|---|---|\n{rows}\n"


def _row(column: Column, language: str) -> str:
    marks = ("†" if column.identity else "") + ("‡" if column.planned else "")
    codes = "<br>".join(f"`{code}` {getattr(label, language)}" for code, label in (column.codes or {}).items())
    name = f"`{column.name}`{' ' + marks if marks else ''}"
    required = getattr(REQUIRED, language) if column.required else ""
    return f"| {name} | {getattr(column.label, language)} | {SQL_TYPES[column.type]} | {required} | {codes} |"


if __name__ == "__main__":
    for language in ("zh", "en"):
        (Path(__file__).parent / language / "records.md").write_text(records_page(language), encoding="utf-8")
